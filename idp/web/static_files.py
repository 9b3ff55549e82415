"""Static files under addresses with a digest of their content, so that a browser may keep them for ever."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

STATIC_FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
DIGEST_LENGTH = 12
CACHE_CONTROL = "public, max-age=31536000, immutable"
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """One file ready to send: bytes, media type, strong entity tag (RFC 9110 §8.8.3), Cache-Control value."""

    content: bytes
    content_type: str
    etag: str
    cache_control: str = CACHE_CONTROL


class StaticFiles:
    """The files of one folder, read whole at boot; no address from outside is looked up on disk."""

    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for path in sorted(file for file in folder.rglob("*") if file.is_file()):
            self._add(PurePosixPath(path.relative_to(folder).as_posix()), path.read_bytes())

    def url(self, name: str) -> str:
        """Give the address of `name`: css/base.css is at /static/css/base.<digest>.css.

        Raises KeyError for a name that is not there.
        """
        return self._urls[name]

    def find(self, path: str) -> StaticFile | None:
        """Find the file behind a request path; only the exact address that `url` gives is known."""
        return self._files.get(path)

    def _add(self, name: PurePosixPath, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
        url = f"{PREFIX}{name.with_suffix('')}.{digest}{name.suffix}"
        content_type = CONTENT_TYPES.get(name.suffix) or mimetypes.guess_type(name.name)[0]
        self._urls[str(name)] = url
        self._files[url] = StaticFile(content, content_type or "application/octet-stream", f'"{digest}"')

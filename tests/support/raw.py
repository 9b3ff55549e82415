"""Requests exactly as written, and what a provider keeps: for tests that send what no browser would."""

import io
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, text

from tests.support.journey import Browser
from tests.support.provider import Provider

FORM = "application/x-www-form-urlencoded"
COOKIES = ("yh_browser", "yh_session")
_VOLATILE = re.compile(r"[A-Za-z0-9_-]{40,}|\b[0-9a-f]{16}\b|\b[0-9A-F]{4}-[0-9A-F]{4}\b|\b\d+ KB\b")


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as the door gave it, headers in their order and with repetitions."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """The value of a header that stands once, or None."""
        found = self.all(name)
        assert len(found) < 2, f"{name} stands {len(found)} times"
        return found[0] if found else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def ask(
    provider: Provider,
    method: str,
    url: str,
    *,
    body: bytes = b"",
    content_type: str = FORM,
    address: str = "192.0.2.77",
    headers: dict[str, str] | None = None,
    **environ: Any,
) -> RawAnswer:
    """Call the door with this very request: no encoding, no normalising, no following."""
    path, _, query = url.partition("?")
    frame: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8400",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address,
        "HTTP_HOST": provider.issuer.partition("://")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body or method == "POST":
        frame |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type}
    for name, value in (headers or {}).items():
        frame["HTTP_" + name.upper().replace("-", "_")] = value
    began: list[Any] = []
    parts = provider.app(frame | environ, lambda status, given, *_: began.extend((status, given)))
    content = b"".join(parts)
    return RawAnswer(int(began[0].split(" ")[0]), tuple(began[1]), content)


def cookie_header(browser: Browser) -> dict[str, str]:
    """The Cookie header that this browser would send."""
    held = ((name, browser.cookie(name)) for name in COOKIES)
    return {"Cookie": "; ".join(f"__Host-{name}={value}" for name, value in held if value is not None)}


def snapshot(provider: Provider) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every durable table, sorted; the short-lived store is not among them."""
    with provider.sql.once() as db:
        names = [name for name in inspect(db).get_table_names() if name != "ephemeral_entry"]
        return {
            name: sorted((tuple(row) for row in db.execute(text(f'SELECT * FROM "{name}"'))), key=repr)  # noqa: S608 - names of our own tables
            for name in sorted(names)
        }


def masked(answer: RawAnswer) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """An answer without what is new each time: tokens, handles, references, request ids and sizes."""
    headers = tuple((name, _VOLATILE.sub("*", value)) for name, value in answer.headers)
    fixed = tuple((name, value) for name, value in headers if name != "Content-Length")
    return answer.status, fixed, _VOLATILE.sub("*", answer.text)

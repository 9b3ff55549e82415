"""Documents that are the same for everybody: their bytes are made once and caches may keep them."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from crypto import base64url
from crypto.sm import sm3
from idp.keys.keyring import Keyring, Ring
from idp.web.exchange import JSON_TYPE, Answer, Request

MAX_AGE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document's two answers, whole and unchanged, and the tag that chooses between them."""

    etag: str
    whole: Answer
    unchanged: Answer

    def answer(self, request: Request) -> Answer:
        """304 for a caller that has this very document (RFC 9110 §13.1.2), else the document."""
        known = request.header("if-none-match")
        if known is None:
            return self.whole
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return self.unchanged if self.etag in tags or "*" in tags else self.whole


def prepare(document: object) -> Prepared:
    """Make the answers of a JSON document."""
    body = orjson.dumps(document)
    etag = f'"{base64url.encode(sm3.digest(body)[:16])}"'
    kept = (("ETag", etag), ("Cache-Control", f"public, max-age={MAX_AGE_SECONDS}"))
    return Prepared(etag, Answer(200, JSON_TYPE + kept, body), Answer(304, kept, b""))


class PreparedByRing:
    """A document that depends on the keys in use: prepared once per ring."""

    def __init__(self, document: Callable[[Ring], object], keyring: Keyring) -> None:
        self._document = document
        self._keyring = keyring
        self._held: tuple[Ring, Prepared] | None = None

    def answer(self, request: Request) -> Answer:
        """The document as of the present ring."""
        ring = self._keyring.ring()
        held = self._held
        if held is None or held[0] is not ring:
            held = self._held = (ring, prepare(self._document(ring)))
        return held[1].answer(request)

"""Documents that are the same for everybody: their bytes are made once and caches may keep them."""

from dataclasses import dataclass

import orjson

from crypto import base64url
from crypto.sm import sm3
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

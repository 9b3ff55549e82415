"""The token in every form, which a foreign site can neither read nor make."""

from crypto import base64url
from crypto.compare import equal
from crypto.sm.sm3 import DIGEST_SIZE, hmac_sm3
from crypto.tokens import random_bytes
from idp.errors import RequestRefused
from idp.web.edge import Edge
from idp.web.exchange import Request


class Csrf:
    """Form tokens without memory: HMAC-SM3 under `key` over the browser's cookie and, when signed in, the
    session handle.

    Each token is written with a fresh pad, so that compressed pages do not give it away byte by byte
    (BREACH).
    """

    def __init__(self, key: bytes, edge: Edge) -> None:
        self._key = key
        self._edge = edge

    def token(self, browser_id: str, session: str | None) -> str:
        """A new token for a form shown to this browser: 86 characters of base64url."""
        pad = random_bytes(DIGEST_SIZE)
        return base64url.encode(pad + _xor(pad, self._digest(browser_id, session)))

    def check(self, request: Request, browser_id: str | None, session: str | None, given: str | None) -> None:
        """Let a form through that our page in this browser sent.

        Raises RequestRefused("request.csrf") when the browser names a foreign origin, has no cookie, or the
        token is missing, malformed, another browser's or from before a sign-in or sign-out.
        """
        if not self._edge.origin_allowed(request):
            raise RequestRefused("request.csrf", "origin")
        if browser_id is None:
            raise RequestRefused("request.csrf", "no browser cookie")
        if not equal(_unmasked(given or ""), self._digest(browser_id, session)):
            raise RequestRefused("request.csrf", "token")

    def _digest(self, browser_id: str, session: str | None) -> bytes:
        bound = f"{len(browser_id)}:{browser_id}" + ("" if session is None else f"+{session}")
        return hmac_sm3(self._key, bound.encode())


def _unmasked(token: str) -> bytes:
    """The digest inside a token; empty when the token is malformed."""
    try:
        data = base64url.decode(token)
    except ValueError:
        return b""
    return _xor(data[:DIGEST_SIZE], data[DIGEST_SIZE:]) if len(data) == 2 * DIGEST_SIZE else b""


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))

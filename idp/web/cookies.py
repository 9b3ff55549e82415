"""Cookies: their names, flags and shapes, in one place."""

import re
from enum import StrEnum

from idp.web.exchange import Request
from idp.web.i18n import Language

SECURE_PREFIX = "__Host-"


class Cookie(StrEnum):
    """What a cookie is for; the value is its name without prefix."""

    BROWSER = "yh_browser"
    SESSION = "yh_session"
    DEVICE = "yh_device"
    LANGUAGE = "yh_language"
    THEME = "yh_theme"
    SIZE = "yh_size"


_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
SHAPES: dict[Cookie, re.Pattern[str]] = {
    Cookie.BROWSER: _TOKEN,
    Cookie.SESSION: _TOKEN,
    Cookie.DEVICE: _TOKEN,
    Cookie.LANGUAGE: re.compile("|".join(map(re.escape, Language))),
    Cookie.THEME: re.compile("auto|light|dark"),
    Cookie.SIZE: re.compile("normal|large"),
}


class Cookies:
    """Writes and reads the cookies of the provider at `issuer`.

    Under https they are Secure and carry the prefix that keeps sibling hosts from planting them (RFC 6265bis
    §4.1.3.2); http, which settings allow on loopback only, has neither. All are HttpOnly, SameSite=Lax and
    Path=/, without Domain.
    """

    def __init__(self, issuer: str) -> None:
        secure = issuer.startswith("https://")
        self._flags = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
        self._names = {kind: (SECURE_PREFIX if secure else "") + kind.value for kind in Cookie}

    def name(self, kind: Cookie) -> str:
        """The full name under which the browser keeps this cookie."""
        return self._names[kind]

    def set(self, kind: Cookie, value: str, seconds: int | None) -> tuple[str, str]:
        """The header that stores `value` for so many seconds, or until the browser closes.

        Tokens are 32 bytes as base64url. Raises ValueError for a value that `read` would not give back.
        """
        if not SHAPES[kind].fullmatch(value):
            raise ValueError(f"value does not have the shape of {kind}")
        age = "" if seconds is None else f"; Max-Age={seconds}"
        return ("Set-Cookie", f"{self._names[kind]}={value}{age}{self._flags}")

    def clear(self, kind: Cookie) -> tuple[str, str]:
        """The header that makes the browser forget this cookie."""
        return ("Set-Cookie", f"{self._names[kind]}=; Max-Age=0{self._flags}")

    def read(self, request: Request, kind: Cookie) -> str | None:
        """The value the browser sent, or None when there is none, several, or one of another shape.

        Reads only the cookie asked for: sibling hosts plant cookies for the whole domain in writings that stop a
        strict parser, and those must not sign anybody out.
        """
        header = request.header("cookie")
        if header is None:
            return None
        start = self._names[kind] + "="
        sent = [
            part.removeprefix(start) for part in map(str.strip, header.split(";")) if part.startswith(start)
        ]
        return sent[0] if len(sent) == 1 and SHAPES[kind].fullmatch(sent[0]) else None

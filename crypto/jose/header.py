"""The parts of compact tokens from strangers, read strictly: one form of each, and no header that chooses keys."""

from collections.abc import Mapping
from typing import Final

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose.strict_json import read_object

REFUSED: Final = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "p2s", "p2c"})
"""Members by which a token would choose its own key, change the meaning of the bytes or cost the reader much time
or memory (RFC 7515 §4.1, RFC 7797, RFC 7516 §4.1.3, RFC 7518 §4.8.1; RFC 8725 §3.10)."""


def split(token: str, parts: int, max_bytes: int) -> list[str]:
    """Give the segments of a compact token that must have this many; raises TokenRejected."""
    if len(token) > max_bytes:
        raise TokenRejected("oversize")
    segments = token.split(".", parts)
    if len(segments) != parts:
        raise TokenRejected("malformed")
    return segments


def octets(segment: str) -> bytes:
    """Decode one segment, of which only one form is read, so that no token can be rewritten into another.

    Raises TokenRejected.
    """
    try:
        return base64url.decode(segment)
    except ValueError:
        raise TokenRejected("malformed") from None


def members(segment: str) -> dict[str, object]:
    """Decode one segment that holds a JSON object; raises TokenRejected."""
    return json_object(octets(segment))


def json_object(data: bytes) -> dict[str, object]:
    """Read a JSON object; raises TokenRejected."""
    try:
        return read_object(data)
    except ValueError:
        raise TokenRejected("malformed") from None


def check_members(header: Mapping[str, object]) -> None:
    """Accept a header without refused members and with a kid of text, if any; raises TokenRejected."""
    if not REFUSED.isdisjoint(header) or not isinstance(header.get("kid", ""), str):
        raise TokenRejected("header")


def check_type(header: Mapping[str, object], name: str, allowed: frozenset[str] | None) -> None:
    """Accept a typ or cty that is among the allowed ones, None for any; raises TokenRejected("typ").

    Media types have no case and may leave out ``application/`` (RFC 7515 §4.1.9).
    """
    given = header.get(name, "")
    if not isinstance(given, str):
        raise TokenRejected("typ")
    if allowed is not None and _media(given) not in {_media(one) for one in allowed}:
        raise TokenRejected("typ")


def _media(typ: str) -> str:
    return typ.lower().removeprefix("application/")

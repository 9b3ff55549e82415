"""The registered claims of a token against what its reader expects (RFC 7519 §4.1)."""

from collections.abc import Mapping, Sequence
from typing import Final

from crypto.errors import TokenRejected

MAX_IAT_AHEAD: Final = 60
"""Seconds by which iat may lie ahead whatever the leeway: clocks differ a little, never by hours."""


def check(
    claims: Mapping[str, object],
    *,
    issuer: str | None,
    audience: str | None,
    now: float,
    leeway: int,
    required: Sequence[str],
) -> None:
    """Accept claims, or raise TokenRejected: malformed, missing, expired, not_yet_valid, issuer or audience.

    Times are seconds since 1970; a token lives until exp + leeway, and from nbf - leeway on.
    """
    exp, nbf, iat = (_time(claims, name) for name in ("exp", "nbf", "iat"))
    if any(claims.get(name) is None for name in required):
        raise TokenRejected("missing")
    if exp is not None and now >= exp + leeway:
        raise TokenRejected("expired")
    if nbf is not None and now < nbf - leeway:
        raise TokenRejected("not_yet_valid")
    if iat is not None and now < iat - max(leeway, MAX_IAT_AHEAD):
        raise TokenRejected("not_yet_valid")
    if issuer is not None and claims.get("iss") != issuer:
        raise TokenRejected("issuer")
    if audience is not None and audience not in _audiences(claims.get("aud")):
        raise TokenRejected("audience")


def _time(claims: Mapping[str, object], name: str) -> int | None:
    """An integer, and neither true nor a fraction: other readers would disagree about those."""
    if name not in claims:
        return None
    value = claims[name]
    if type(value) is not int:
        raise TokenRejected("malformed")
    return value


def _audiences(aud: object) -> list[str]:
    """aud is text or a list of text (RFC 7519 §4.1.3); anything else names nobody."""
    if isinstance(aud, str):
        return [aud]
    if isinstance(aud, list) and all(isinstance(one, str) for one in aud):
        return aud
    return []

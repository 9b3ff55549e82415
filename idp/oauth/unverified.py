"""What a JWT says before it is verified: only to choose the key or the client by which it is then verified."""

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose.strict_json import read_object

MAX_BYTES = 8192


def named_key(token: str) -> str | None:
    """The `kid` of the header, or None. Raises TokenRejected when this is no JWT."""
    return _text(_part(token, 0), "kid")


def named_subject(token: str) -> str | None:
    """The `sub` of the claims, or None. Raises TokenRejected when this is no JWT."""
    return _text(_part(token, 1), "sub")


def named_audience(token: str) -> str | None:
    """The `aud` of the claims where it is one text, or None. Raises TokenRejected when this is no JWT."""
    return _text(_part(token, 1), "aud")


def _part(token: str, index: int) -> dict[str, object]:
    if len(token) > MAX_BYTES:
        raise TokenRejected("oversize")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRejected("malformed")
    try:
        return read_object(base64url.decode(parts[index]))
    except ValueError:
        raise TokenRejected("malformed") from None


def _text(members: dict[str, object], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None

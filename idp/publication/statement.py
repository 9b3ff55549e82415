"""What a publication looks like, and how anybody checks one: pure, over bytes.

A file is JSON lines: one change a line, and a last line that holds the statement, a compact JWS by the instance's SM2
evidence key (`publication+jws`). The statement names day, part and number, how many lines there are, the SM3 digest of them,
and the digest of the statement before: a file that was altered, shortened, exchanged or left out shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from crypto.compare import equal
from crypto.errors import CryptoError
from crypto.jose import jwt
from crypto.keys.handle import Signer
from crypto.sm import sm3
from idp.clock import CHINA
from idp.identifiers.masking import mask_name
from idp.publication.store import Change

ALGORITHM: Final = "SGD_SM3_SM2"
TYP: Final = "publication+jws"
MAX_BYTES: Final = 4_096
FIRST: Final = "0" * 64
"""What the first statement names as the one before."""
SOLE_TRADERS: Final = "92"
_REQUIRED: Final = ("iat", "number", "day", "part", "count", "digest", "previous")


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed of a publication."""

    number: int
    day: str
    part: int
    count: int
    digest: str
    previous: str


def line_of(change: Change) -> bytes:
    """One change as a line. A sole trader's name may be a person's: only its first character is told (china.md §3.9)."""
    told = dict(change.details)
    if str(told.get("uscc", "")).startswith(SOLE_TRADERS):
        told["name"] = mask_name(str(told.get("name", "")))
    at = change.at.astimezone(CHINA).isoformat(timespec="seconds")
    return orjson.dumps({"id": change.id, "at": at, "kind": change.kind, **told}) + b"\n"


def digest_of(lines: Sequence[bytes]) -> str:
    """SM3 over the lines with their ends, in hexadecimal."""
    return sm3.digest(b"".join(lines)).hex()


def sign(statement: Statement, issuer: str, signer: Signer, now: float) -> str:
    """The signed statement."""
    claims: dict[str, object] = {"iss": issuer, "iat": int(now)}
    claims |= {name: getattr(statement, name) for name in Statement.__dataclass_fields__}
    return jwt.encode(claims, signer, TYP)


def file_of(lines: Sequence[bytes], signed: str) -> bytes:
    """The whole file."""
    return b"".join(lines) + orjson.dumps({"statement": signed}) + b"\n"


def previous_of(signed: str | None) -> str:
    """What the next statement names as the one before."""
    return FIRST if signed is None else sm3.digest(signed.encode("ascii")).hex()


def check(content: bytes, keys: Sequence[Mapping[str, object]], issuer: str, now: float) -> Statement | None:
    """The statement of a file that says what it said when it was signed; None where anything does not hold."""
    lines = content.splitlines(keepends=True)
    try:
        signed = str(orjson.loads(lines[-1])["statement"])
        said: dict[str, Any] = jwt.decode(
            signed,
            list(keys),
            algorithms=frozenset({ALGORITHM}),
            typ=frozenset({TYP}),
            issuer=issuer,
            now=now,
            required=_REQUIRED,
            max_bytes=MAX_BYTES,
        )
        statement = Statement(**{name: said[name] for name in Statement.__dataclass_fields__})
    except (CryptoError, orjson.JSONDecodeError, IndexError, KeyError, TypeError):
        return None
    holds = statement.count == len(lines) - 1 and equal(
        digest_of(lines[:-1]).encode(), str(statement.digest).encode()
    )
    return statement if holds else None

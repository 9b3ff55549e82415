"""The statement of a ceremony and the evidence of officers over it: their forms, read strictly. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from crypto import base64url, compare
from crypto.jose.strict_json import read_object
from crypto.sm import sm3
from idp.errors import IdpError

TYPE: Final = "yihao-ceremony"
EVIDENCE_TYPE: Final = "yihao-evidence"
VERSION: Final = 1
LEAST_THRESHOLD: Final = 2
"""Dual control: no single officer opens a root key or carries out a ceremony."""
MOST_HOLDERS: Final = 16
LARGEST: Final = 1 << 20
LONGEST_LABEL: Final = 64


class QuorumRefused(IdpError):
    """A statement or a piece of evidence does not count; `reason` is the machine word.

    Of statements: malformed, clock, expired, outdated, policy, too_few. Of evidence: evidence_malformed,
    other_statement, stranger, removed, duplicate, early, late, ahead, signature.
    """

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"quorum.{reason}", reason, **values)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as ceremonies see one: a label and an SM2 public key x‖y, from which the id follows."""

    label: str
    public_key: bytes

    @property
    def id(self) -> str:
        """32 hexadecimal digits: the beginning of the fingerprint."""
        return fingerprint(self.public_key)[:32]

    def as_json(self) -> dict[str, str]:
        """The form within a statement."""
        return {
            "fingerprint": fingerprint(self.public_key),
            "id": self.id,
            "label": self.label,
            "public_key": base64url.encode(self.public_key),
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """What exactly is to be done, where, and by whose agreement. Instants in whole seconds since 1970.

    `generation` is the root key's generation when the ceremony was opened, 0 where there is none: once it is another
    one, the officers or their number changed, and the statement is outdated.
    """

    id: str
    kind: str
    instance: str
    what: Mapping[str, Any]
    generation: int
    threshold: int
    officers: tuple[Officer, ...]
    opened_at: int
    expires_at: int
    nonce: str

    def as_json(self) -> dict[str, object]:
        """The form of a statement file."""
        return {
            "expires_at": self.expires_at,
            "generation": self.generation,
            "id": self.id,
            "instance": self.instance,
            "kind": self.kind,
            "nonce": self.nonce,
            "officers": [officer.as_json() for officer in self.officers],
            "opened_at": self.opened_at,
            "threshold": self.threshold,
            "type": TYPE,
            "version": VERSION,
            "what": self.what,
        }

    def canonical(self) -> bytes:
        """The one form that is signed: JSON in UTF-8, keys sorted, no white space."""
        return canonical(self.as_json())

    def digest(self) -> str:
        """SM3 of the canonical form, in hexadecimal: what officers compare."""
        return sm3.digest(self.canonical()).hex()

    def officer(self, officer_id: str) -> Officer | None:
        """The officer of this id among those of the statement."""
        return next((each for each in self.officers if each.id == officer_id), None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An officer's signature over a statement and the second at which it was made."""

    ceremony_id: str
    statement_digest: str
    officer_id: str
    signed_at: int
    signature: bytes = field(repr=False)

    def is_about(self, statement: Statement) -> bool:
        """Whether it names exactly this statement."""
        return compare.equal(self.statement_digest.encode(), statement.digest().encode())

    def as_json(self) -> dict[str, object]:
        """The form of an evidence file."""
        return {
            "ceremony": self.ceremony_id,
            "officer": self.officer_id,
            "signature": base64url.encode(self.signature),
            "signed_at": self.signed_at,
            "statement": self.statement_digest,
            "type": EVIDENCE_TYPE,
            "version": VERSION,
        }


def canonical(value: object) -> bytes:
    """JSON in UTF-8 with sorted keys and no white space."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fingerprint(public_key: bytes) -> str:
    """SM3 of the 64 bytes x‖y of an SM2 public key, in hexadecimal."""
    return sm3.digest(public_key).hex()


def message(statement: Statement, signed_at: int) -> bytes:
    """The bytes that an officer signs: the canonical statement, a line feed, and the second of signing in decimal."""
    return statement.canonical() + b"\n" + str(signed_at).encode()


def read_statement(text: bytes) -> Statement:
    """Read a statement. Raises QuorumRefused("malformed") unless it is canonical to the byte."""
    try:
        value = _object(text, TYPE)
        statement = Statement(
            id=_text(value["id"]),
            kind=_text(value["kind"]),
            instance=_text(value["instance"]),
            what=_mapping(value["what"]),
            generation=_number(value["generation"]),
            threshold=_number(value["threshold"]),
            officers=tuple(read_officer(each) for each in value["officers"]),
            opened_at=_number(value["opened_at"]),
            expires_at=_number(value["expires_at"]),
            nonce=_text(value["nonce"]),
        )
        is_same = statement.canonical() == text.strip()
    except (KeyError, TypeError, ValueError):
        is_same = False
    if not is_same:
        raise QuorumRefused("malformed")
    check_policy(statement.threshold, statement.officers)
    return statement


def read_evidence(text: bytes) -> Evidence:
    """Read an evidence file. Raises QuorumRefused("evidence_malformed")."""
    try:
        value = _object(text, EVIDENCE_TYPE)
        return Evidence(
            ceremony_id=_text(value["ceremony"]),
            statement_digest=_text(value["statement"]),
            officer_id=_text(value["officer"]),
            signed_at=_number(value["signed_at"]),
            signature=base64url.decode(_text(value["signature"])),
        )
    except (KeyError, TypeError, ValueError):
        raise QuorumRefused("evidence_malformed") from None


def check_policy(threshold: int, officers: Sequence[Officer]) -> None:
    """Raise QuorumRefused("policy") unless 2 ≤ m ≤ n ≤ 16, labels are printable, and no two share a label or a key."""
    keys = {officer.public_key for officer in officers}
    labels = {officer.label for officer in officers}
    is_fit = LEAST_THRESHOLD <= threshold <= len(officers) <= MOST_HOLDERS
    is_fit = is_fit and all(_is_label(officer.label) for officer in officers)
    if not is_fit or len(keys) != len(officers) or len(labels) != len(officers):
        raise QuorumRefused("policy", threshold=threshold, holders=len(officers))


def _is_label(label: str) -> bool:
    return 0 < len(label) <= LONGEST_LABEL and label.isprintable() and label == label.strip()


def _object(text: bytes, kind: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise ValueError("oversize")
    value = read_object(text)
    if value.get("type") != kind or value.get("version") != VERSION:
        raise ValueError("another kind of file")
    return value


def read_officer(value: object) -> Officer:
    """Read an officer of a statement. Raises KeyError, TypeError or ValueError."""
    given = _mapping(value)
    return Officer(_text(given["label"]), base64url.decode(_text(given["public_key"])))


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value

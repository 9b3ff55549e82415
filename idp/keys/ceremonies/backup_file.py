"""The file of a backup: who can open it stands in clear, everything else is sealed under the root key.

In clear: the instance, the generation of the root key with the officers' sealed shares, the agreement of the officers
(statement and evidence), and the manifest. Sealed under a key that the root key wraps: the rows. The associated data
are the clear part, so that none of it can be exchanged; the whole is signed by the instance's checkpoint key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from crypto import base64url, compare
from crypto.errors import CryptoError
from crypto.jose.strict_json import read_object
from crypto.keys.handle import KeyProvider
from crypto.seal import Sealer
from crypto.sm import sm3
from crypto.tokens import random_bytes
from idp.keys.book import Book, Holder
from idp.keys.ceremonies.kind import CeremonyRefused
from idp.keys.ceremonies.signing import does_hold
from idp.keys.models import RootForm
from idp.keys.quorum import examine
from idp.keys.statement import (
    Evidence,
    QuorumRefused,
    Statement,
    canonical,
    read_evidence,
    read_officer,
    read_statement,
)

TYPE: Final = "yihao-key-backup"
VERSION: Final = 1
LARGEST: Final = 64 << 20
_KEY_SIZE = 16
_PLACE = "key-backup"


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup whose agreement was verified; its rows open with the root key only."""

    head: Mapping[str, Any]
    statement: Statement
    book: Book
    form: RootForm
    key: bytes = field(repr=False)
    body: bytes = field(repr=False)
    digest: str = ""

    @property
    def manifest(self) -> Mapping[str, str]:
        """SM3 of each row by `table/name`."""
        return dict(self.head["manifest"])

    def wrapped_root(self) -> bytes | None:
        """What a device opens to the root key, where one keeps it."""
        wrapped = self.head["root"]["wrapped"]
        return None if wrapped is None else base64url.decode(wrapped)

    def rows(self, provider: KeyProvider) -> dict[str, dict[str, dict[str, Any]]]:
        """The rows. Raises CeremonyRefused("backup_altered") under another root key or when anything was changed."""
        try:
            key = provider.unwrap(self.key, _purpose(self.statement.id))
            opened = Sealer({1: key}, 1).open(self.body, _PLACE, _head_digest(self.head))
        except CryptoError:
            raise CeremonyRefused("backup_altered") from None
        return dict(orjson.loads(opened))


def seal_backup(head: Mapping[str, Any], rows: Mapping[str, Any], provider: KeyProvider) -> dict[str, Any]:
    """The file without its signature."""
    key = random_bytes(_KEY_SIZE)
    whole = {**head, "type": TYPE, "version": VERSION}
    body = Sealer({1: key}, 1).seal(canonical(rows), _PLACE, _head_digest(whole))
    wrapped = provider.wrap(key, _purpose(str(head["statement"]["id"])))
    return {**whole, "key": base64url.encode(wrapped), "body": base64url.encode(body)}


def signed_part(value: Mapping[str, Any]) -> bytes:
    """What the instance's signature covers."""
    return canonical({name: inner for name, inner in value.items() if name != "signature"})


def read_backup(data: bytes, instance: str) -> BackupFile:
    """Read a backup of this instance and verify that m of its officers agreed to exactly its manifest.

    Raises CeremonyRefused: backup_malformed, backup_other_instance, backup_altered, backup_quorum.
    """
    value = _parsed(data)
    head = {name: inner for name, inner in value.items() if name not in {"key", "body", "signature"}}
    try:
        statement = read_statement(canonical(head["statement"]))
        evidence = [read_evidence(canonical(each)) for each in head["evidence"]]
        book = _book(head)
        form = RootForm(head["root"]["form"])
        key, body = base64url.decode(value["key"]), base64url.decode(value["body"])
        digest = sm3.digest(canonical(head["manifest"])).hex()
    except QuorumRefused:
        raise CeremonyRefused("backup_quorum") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CeremonyRefused("backup_malformed") from None
    if head["instance"] != instance or statement.instance != instance:
        raise CeremonyRefused("backup_other_instance")
    agreed = str(statement.what.get("manifest"))
    is_of_these = compare.equal(agreed.encode(), digest.encode()) and statement.threshold == book.threshold
    if not is_of_these or statement.generation != book.generation or not is_signed(value):
        raise CeremonyRefused("backup_altered")
    _check_agreement(statement, evidence, book, form)
    return BackupFile(head, statement, book, form, key, body, sm3.digest(data).hex())


def book_of(data: bytes, instance: str) -> Book:
    """Who opens this backup: for a key agent that starts without the tables."""
    backup = read_backup(data, instance)
    if backup.form is not RootForm.SHARES:
        raise CeremonyRefused("no_officers")
    return backup.book


def is_signed(value: Mapping[str, Any]) -> bool:
    """Whether the instance's signature holds, where the instance had a checkpoint key to make one."""
    signature = value.get("signature")
    return signature is None or does_hold(signature, signed_part(value))


def _check_agreement(statement: Statement, evidence: list[Evidence], book: Book, form: RootForm) -> None:
    examination = examine(statement, evidence, statement.officers, statement.expires_at)
    if len(examination.accepted) < statement.threshold:
        raise CeremonyRefused("backup_quorum")
    holders = {holder.officer for holder in book.holders.values()}
    if form is RootForm.SHARES and holders != set(statement.officers):
        raise CeremonyRefused("backup_altered")


def _book(head: Mapping[str, Any]) -> Book:
    root = head["root"]
    holders = {}
    for each in head["holders"]:
        officer = read_officer(each["officer"])
        sealed, check = base64url.decode(each["sealed"]), base64url.decode(each["check_value"])
        holders[officer.id] = Holder(officer, sealed, check)
    return Book(
        generation=int(root["generation"]),
        ceremony_id=str(root["ceremony_id"]),
        threshold=int(root["threshold"]),
        check_value=base64url.decode(root["check_value"]),
        holders=holders,
    )


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        value = read_object(data) if len(data) <= LARGEST else {}
    except ValueError:
        value = {}
    if value.get("type") != TYPE or value.get("version") != VERSION:
        raise CeremonyRefused("backup_malformed")
    return value


def _purpose(ceremony_id: str) -> str:
    return f"backup:{ceremony_id}"


def _head_digest(head: Mapping[str, Any]) -> str:
    return sm3.digest(canonical(head)).hex()

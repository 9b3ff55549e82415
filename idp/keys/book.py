"""What is known of a root key in officers' hands: who holds a share, how many are needed, and how right ones are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto.keys.shares import Share
from crypto.sm import sm3
from idp.keys.ceremonies import store
from idp.keys.models import RootForm
from idp.keys.statement import Officer
from idp.storage.engine import Db

_SHARE_DOMAIN: Final = b"yihao root share\x00"


@dataclass(frozen=True, slots=True)
class Holder:
    """An officer with the sealed share and the check value of what is in it."""

    officer: Officer
    sealed: bytes = field(repr=False)
    share_check: bytes = field(repr=False)
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """One generation of a root key in shares; holders by id."""

    generation: int
    ceremony_id: str
    threshold: int
    check_value: bytes
    holders: Mapping[str, Holder]

    def holder_of(self, public_key: bytes) -> Holder | None:
        """The holder with this SM2 key, or None."""
        return next((each for each in self.holders.values() if each.officer.public_key == public_key), None)


def share_context(ceremony_id: str, generation: int, officer_id: str) -> tuple[str, str, str]:
    """The place to which a sealed share is bound."""
    return ceremony_id, str(generation), officer_id


def share_check(share: Share) -> bytes:
    """32 bytes by which an opened share is recognised; its 16 random bytes cannot be found from them."""
    return sm3.digest(_SHARE_DOMAIN + bytes(share))


def read_book(db: Db) -> Book | None:
    """The book of the present generation, or None where it is not in shares."""
    root = store.find_active_root(db)
    if root is None or root.form is not RootForm.SHARES:
        return None
    people = {row.id: row for row in store.list_custodians(db)}
    holders = {
        row.custodian_id: Holder(
            officer=Officer(people[row.custodian_id].label, bytes(people[row.custodian_id].public_key)),
            sealed=bytes(row.sealed),
            share_check=bytes(row.check_value),
            is_removed=people[row.custodian_id].removed_at is not None,
        )
        for row in store.list_shares(db, root.generation)
    }
    return Book(root.generation, root.ceremony_id, root.threshold, bytes(root.check_value), holders)

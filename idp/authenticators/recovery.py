"""Recovery codes: ten on paper, each good once, for when a phone is gone (NIST SP 800-63B-4 §3.1.2, look-up secrets)."""

from datetime import datetime
from typing import Final

from crypto.compare import equal
from crypto.lookup import Lookup
from crypto.sm import sm3
from crypto.tokens import random_bytes
from idp.authenticators.evidence import Way
from idp.authenticators.store import Credential, CredentialStore
from idp.ephemeral.port import Store
from idp.identifiers.normalise import normalise
from idp.storage.engine import Db

KIND: Final = Way.RECOVERY_CODE.value
CODES: Final = 10
LETTERS: Final = 10
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Thirty-one signs that nobody takes for another; ten of them carry 49 bits."""
BURNED_SECONDS: Final = 3600


class RecoveryCodes:
    """Makes and burns the codes of persons."""

    def __init__(self, credentials: CredentialStore, store: Store, lookup: Lookup) -> None:
        self._credentials = credentials
        self._store = store
        self._lookup = lookup

    def make(self, db: Db, person_id: str, now: datetime) -> list[str]:
        """Ten new codes in place of all older ones; shown once, kept as digests."""
        self._credentials.remove_kind(db, person_id, KIND)
        codes = [new_code() for _ in range(CODES)]
        rows = [
            self._credentials.row(KIND, person_id, _digest(code), now, label=str(number))
            for number, code in enumerate(codes)
        ]
        self._credentials.add_rows(db, rows)
        return codes

    def left(self, db: Db, person_id: str) -> int:
        """How many codes a person has left."""
        return len(self._credentials.list_kind(db, person_id, KIND))

    def check(self, db: Db, person_id: str, typed: str) -> Credential | None:
        """The code that this is, burned; None where it is none of the person's. All are compared."""
        wanted = _digest(normalise(typed).upper()).encode()
        codes = self._credentials.list_kind(db, person_id, KIND)
        hits = [code for code in codes if equal(code.secret.encode(), wanted)]
        if not hits or not self._burn(hits[0].id):
            return None
        self._credentials.remove(db, person_id, hits[0].id)
        return hits[0]

    def _burn(self, credential_id: str) -> bool:
        # The row goes in a transaction that may still fail; of two at once only one gets here.
        return self._store.add_once(self._lookup.digest("recovery_code", credential_id), b"1", BURNED_SECONDS)


def new_code() -> str:
    """Ten letters, each equally likely."""
    letters: list[str] = []
    while len(letters) < LETTERS:
        # Above the last whole multiple a remainder would favour the first letters.
        drawn = [byte for byte in random_bytes(LETTERS) if byte < 256 - 256 % len(ALPHABET)]
        letters += [ALPHABET[byte % len(ALPHABET)] for byte in drawn]
    return "".join(letters[:LETTERS])


def shown(code: str) -> str:
    """A code as people read it: two groups of five."""
    return f"{code[:5]}-{code[5:]}"


def _digest(code: str) -> str:
    return sm3.digest(code.encode()).hex()

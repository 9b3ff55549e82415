"""Whose account a certificate opens: bound once by its owner, found by its fingerprint from then on (china.md §4.5).

A certificate that names somebody's number opens nothing before its owner, signed in otherwise, has bound it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from crypto.sm import sm3
from crypto.x509.identity import Identity, Kind
from idp.accounts.store import PersonStore
from idp.authenticators.evidence import Way
from idp.authenticators.store import Credential, CredentialStore
from idp.identifiers.document import DocumentKind
from idp.identifiers.id_number import IdNumber
from idp.storage.engine import Db
from idp.ukey.answer import read_answer
from idp.ukey.challenge import UkeyChallenges
from idp.ukey.check import Holder, UkeyCheck, UkeyRefused, Why

KIND: Final = Way.UKEY.value
MOST: Final = 5


class Bound(StrEnum):
    """What came of binding a certificate."""

    DONE = "done"
    OTHER_PERSON = "other_person"
    FULL = "full"


class Ukeys:
    """All acts on USB keys and certificates of persons; `check` None: the way is off."""

    def __init__(
        self,
        check: UkeyCheck | None,
        challenges: UkeyChallenges,
        credentials: CredentialStore,
        persons: PersonStore,
    ) -> None:
        self._check = check
        self._challenges = challenges
        self._credentials = credentials
        self._persons = persons

    @property
    def is_on(self) -> bool:
        """Whether there is anybody whose certificates are trusted."""
        return self._check is not None

    def begin(self, browser: str, client_name: str) -> tuple[str, str]:
        """The id of a new challenge for this browser, and the line to sign."""
        return self._challenges.begin(browser, client_name)

    def answered(
        self, challenge_id: str, browser: str, certificate: str, signature: str
    ) -> Holder | UkeyRefused:
        """Who signed the line. The challenge is gone, whatever comes of it."""
        if self._check is None:
            return UkeyRefused(Why.UNTRUSTED)
        text = self._challenges.take(challenge_id, browser)
        return self._check.check_answer(text, read_answer(certificate, signature))

    def shown(self, der: bytes) -> Holder | UkeyRefused:
        """Whom a certificate names that was shown to the gateway."""
        return self._check.check_shown(der) if self._check is not None else UkeyRefused(Why.UNTRUSTED)

    def find(self, db: Db, holder: Holder) -> str | None:
        """The person whose account this certificate opens; None where nobody has bound it."""
        bound = self._credentials.find_by_handle(db, _handle(holder))
        return bound.person_id if bound is not None else None

    def bind(self, db: Db, person_id: str, holder: Holder, now: datetime) -> Bound:
        """Bind a certificate to the account of the person whom it names.

        Raises Conflict (at the transaction's door) when it is bound already.
        """
        if person_id not in self._named(db, holder.identities):
            return Bound.OTHER_PERSON
        if len(self.list_of(db, person_id)) >= MOST:
            return Bound.FULL
        shown = f"{holder.subject_shown}|{holder.algorithm}|{holder.serial}"
        row = self._credentials.row(KIND, person_id, shown, now, holder.thumbprint_sm3[:43], _handle(holder))
        self._credentials.add_rows(db, [row])
        return Bound.DONE

    def list_of(self, db: Db, person_id: str) -> list[Credential]:
        """A person's bound certificates, oldest first; the secret of each is how it is shown."""
        return self._credentials.list_kind(db, person_id, KIND)

    def remove(self, db: Db, person_id: str, credential_id: str) -> bool:
        """Unbind a certificate; false when the person has no such one."""
        is_own = any(one.id == credential_id for one in self.list_of(db, person_id))
        return is_own and self._credentials.remove(db, person_id, credential_id)

    def _named(self, db: Db, identities: tuple[Identity, ...]) -> set[str]:
        """The persons whom the numbers of a certificate name."""
        found = set()
        for identity in identities:
            kind = _document_kind(identity)
            handle = self._persons.find_handle_by_document(db, kind, identity.value) if kind else None
            if handle is not None:
                found.add(handle[0])
        return found


def _document_kind(identity: Identity) -> str | None:
    """The kind of document whose number it is; None for an organisation's."""
    if identity.kind is Kind.RESIDENT_NUMBER:
        return IdNumber(identity.value).kind.value
    return DocumentKind.PASSPORT.value if identity.kind is Kind.PASSPORT else None


def _handle(holder: Holder) -> bytes:
    return sm3.digest(f"certificate|{holder.thumbprint_sm3}".encode())

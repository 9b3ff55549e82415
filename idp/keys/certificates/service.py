"""The acts of the internal authority: ask the root, install its answer, issue, revoke, sign the list.

::

    request ──▶ key pair created ──root signs offline──▶ install: key pair active ──▶ issue · revoke · list
                                                              └── its predecessor signs its own lists and nothing else
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from crypto.errors import CertificateRejected
from crypto.x509 import authority, certificate, crl, path, request, signing
from crypto.x509.authority import Addresses, Authority, Revoked
from crypto.x509.certificate import Certificate
from crypto.x509.profiles import ProfileName
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import Conflict, IdpError, NotFound
from idp.keys.certificates import store
from idp.keys.certificates.authority_keys import AuthorityKey, AuthorityKeys
from idp.keys.certificates.events import (
    AuthorityInstalled,
    AuthorityRequested,
    CertificateIssued,
    CertificateRefused,
    CertificateRevoked,
    RevocationListSigned,
)
from idp.keys.certificates.store import LONGEST_SUBJECT, Issued
from idp.keys.lifecycle import Actor
from idp.keys.models import CertificateKind, KeyState
from idp.storage.engine import Db, Sql

ISSUED: Final = (CertificateKind.OFFICER, CertificateKind.NODE, CertificateKind.DEPARTMENT)
REASONS: Final = tuple(each for each in authority.REASONS if each != "ca_compromise")
LIST_RUNS: Final = timedelta(days=7)
"""How long a list counts; the next one is due well before, and after each revocation."""


class CertificateFault(IdpError):
    """An act of the authority is refused: `reason` is a word of CertificateRejected or no_authority."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason, reason=reason)
        self.reason = reason


class Certificates:
    """The internal authority of an instance; every act is one transaction with its event."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit, keys: AuthorityKeys) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._keys = keys

    def request(self, subject: str, actor: Actor) -> request.Request:
        """Ask the offline root to certify the authority's key under this name (RFC 4514).

        The key is made when none waits for its certificate; asking again is for the same key. Raises CertificateFault.
        """
        with self._sql.once() as db:
            key = self._keys.waiting_or_new(db)
        with self._refusing("request", key.kid, actor):
            asked = request.write(subject, self._keys.signer(key))
        with self._sql.begin() as db:
            if key.is_new:
                self._keys.store(db, key, actor)
            self._audit.append(db, AuthorityRequested(actor=actor.name, object=key.kid, place=actor.place))
        return asked

    def install(self, certificate_data: bytes, root_data: bytes, actor: Actor) -> Certificate:
        """Install what the root signed: the authority issues from now on, its predecessor no longer.

        Raises CertificateFault when it hangs from another root, is no authority, or is not for the key that waits.
        """
        with self._refusing("install", "authority", actor):
            own, root = certificate.parse_any(certificate_data), certificate.parse_any(root_data)
            path.check_subordinate(own, root, instant(self._clock))
            with self._sql.begin() as db:
                key = self._waiting_for(db, own)
                self._keys.succeed(db, key, actor)
                if store.find_certificate(db, root.serial_hex) is None:
                    store.add_certificate(db, self._issued(root, CertificateKind.AUTHORITY))
                store.add_certificate(db, self._issued(own, CertificateKind.AUTHORITY, key.kid))
                event = AuthorityInstalled(
                    actor=actor.name,
                    object=own.serial_hex,
                    place=actor.place,
                    key=key.kid,
                    root=root.serial_hex,
                )
                self._audit.append(db, event)
        return own

    def issue(
        self,
        request_data: bytes,
        kind: CertificateKind,
        actor: Actor,
        dns_names: Sequence[str] = (),
        addresses: Addresses | None = None,
    ) -> Certificate:
        """Certify the name and key of a request for an officer, a node or a department.

        An officer's key is SM2: evidence is signed with nothing else. Raises CertificateFault.
        """
        with self._refusing("issue", kind.value, actor):
            asked = request.parse(request_data)
            if kind not in ISSUED or (kind is CertificateKind.OFFICER and asked.public_key.kind != "SM2"):
                raise CertificateRejected("profile")
            with self._sql.once() as db:
                own = self._active(db)
            made = own.issue(asked, ProfileName(kind.value), instant(self._clock), dns_names, addresses)
            with self._sql.begin() as db:
                store.add_certificate(db, self._issued(made, kind))
                event = CertificateIssued(
                    actor=actor.name,
                    object=made.serial_hex,
                    place=actor.place,
                    kind=kind.value,
                    key=made.public_key.kind,
                )
                self._audit.append(db, event)
        return made

    def revoke(self, serial: str, reason: str, actor: Actor) -> Issued:
        """Revoke a certificate for good; the next list names it.

        Raises NotFound, Conflict when it is revoked already, CertificateFault for an authority's: the root does that.
        """
        with self._refusing("revoke", serial, actor), self._sql.begin() as db:
            found = self.get(db, serial)
            if found.kind not in ISSUED or reason not in REASONS:
                raise CertificateRejected("profile")
            if not store.revoke_certificate(db, serial, instant(self._clock), reason):
                raise Conflict("certificate.revoked", serial=serial)
            event = CertificateRevoked(
                actor=actor.name, object=serial, place=actor.place, kind=found.kind.value, reason=reason
            )
            self._audit.append(db, event)
            return self.get(db, serial)

    def revocation_list(self, actor: Actor, kid: str | None = None) -> crl.Crl:
        """Sign the list of the authority, or of an earlier one by the id of its key.

        The number is the time in milliseconds, so that a later list has a higher one (RFC 5280 §5.2.3).
        """
        now = instant(self._clock)
        with self._refusing("list", kid or "authority", actor):
            with self._sql.once() as db:
                own = self._active(db) if kid is None else self._of(db, self._keys.find(db, kid))
                below = [each for each in store.list_revoked(db) if _is_below(each, own.certificate)]
            number = int(now.timestamp() * 1000)
            made = own.revocation_list(map(_revoked, below), number, now, now + LIST_RUNS)
        event = RevocationListSigned(
            actor=actor.name,
            object=own.certificate.serial_hex,
            place=actor.place,
            number=number,
            count=len(below),
        )
        self._audit.note(event)
        return made

    def get(self, db: Db, serial: str) -> Issued:
        """A certificate by its serial number. Raises NotFound."""
        found = store.find_certificate(db, serial)
        if found is None:
            raise NotFound("certificate.unknown", serial=serial)
        return found

    def _active(self, db: Db) -> Authority:
        return self._of(db, next(iter(self._keys.list(db, KeyState.ACTIVE)), None))

    def _of(self, db: Db, key: AuthorityKey | None) -> Authority:
        issued = None if key is None else store.find_authority(db, key.kid)
        if key is None or issued is None or key.wrapped is None:
            raise CertificateFault("certificate.no_authority", "no_authority")
        return Authority(certificate.parse(issued.der), self._keys.signer(key))

    def _waiting_for(self, db: Db, own: Certificate) -> AuthorityKey:
        for key in self._keys.list(db, KeyState.CREATED):
            if signing.spki_of(key.handle) == own.spki:
                return key
        raise CertificateRejected("key")

    def _issued(self, made: Certificate, kind: CertificateKind, kid: str | None = None) -> Issued:
        if not made.subject.text or len(made.subject.text) > LONGEST_SUBJECT:
            raise CertificateRejected("malformed")
        return Issued(
            serial=made.serial_hex,
            kind=kind,
            subject=made.subject.text,
            der=made.der,
            key_id=kid,
            not_before=made.not_before,
            not_after=made.not_after,
            revoked_at=None,
            reason=None,
            created_at=instant(self._clock),
        )

    @contextmanager
    def _refusing(self, wanted: str, about: str, actor: Actor) -> Iterator[None]:
        """Tell refusals: one event, and CertificateRejected as a fault with words."""
        try:
            yield
        except (CertificateRejected, CertificateFault, NotFound, Conflict) as refused:
            event = CertificateRefused(
                actor=actor.name,
                object=about[:64],
                place=actor.place,
                wanted=wanted,
                reason=_word(refused),
            )
            self._audit.note(event)
            if isinstance(refused, CertificateRejected):
                raise CertificateFault("certificate.rejected", refused.reason) from None
            raise


def _word(refused: CertificateRejected | IdpError) -> str:
    """Why, in one machine word."""
    if isinstance(refused, CertificateRejected | CertificateFault):
        return refused.reason
    return refused.code


def _is_below(issued: Issued, own: Certificate) -> bool:
    """Whether this authority issued it: by its name and its key, for a successor may have the same name."""
    read = certificate.parse(issued.der)
    wanted, key = read.extensions.authority_key_id, own.extensions.subject_key_id
    return read.issuer.der == own.subject.der and (wanted is None or key is None or wanted == key)


def _revoked(issued: Issued) -> Revoked:
    if issued.revoked_at is None or issued.reason is None:
        raise ValueError("not revoked")
    return Revoked(int(issued.serial, 16), issued.revoked_at, issued.reason)

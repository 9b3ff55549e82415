"""Whether a path's certificates are revoked: OCSP, then CRL, cached, refusing by level when nobody answers.

Whoever calls brings the way out (`fetch`) and the time. An answer that is forged, stale or about something else counts
as none, so that it can do no more harm than cutting the line. When no source of a certificate answers, level 3 and
above is refused and a lower level is let through with the mark UNCHECKED. "Revoked" refuses at every level, and so
does a responder of the issuer that does not know the certificate.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crypto.errors import CertificateRejected
from crypto.tokens import random_bytes
from crypto.x509 import crl, ocsp
from crypto.x509.certificate import Certificate
from crypto.x509.path import Path

Fetch = Callable[[str, bytes | None], bytes]
"""Gives the body found at an address: by GET, or by POST of an OCSP request. May raise anything: nobody answered."""

REFUSE_FROM_LEVEL: Final = 3
LONGEST_HELD: Final = timedelta(hours=12)
FAILURE_HELD: Final = timedelta(seconds=30)
MOST_HELD: Final = 2048
MOST_ADDRESSES: Final = 3

_NONCE_BYTES = 32


class Standing(StrEnum):
    """What is known of a path: every certificate was found good, or for at least one nobody answered."""

    GOOD = "good"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class _Held:
    """What came from an address: a verified list, a verified status, or None for no usable answer."""

    value: crl.Crl | ocsp.Single | None
    until: datetime


class Checker:
    """Asks for the revocation status of paths. One for the process, safe to share between its threads."""

    def __init__(self, fetch: Fetch, cert_id_hash: ocsp.Hash | None = None) -> None:
        """Take the way out; `cert_id_hash` names certificates to responders, see ``crypto.x509.ocsp``."""
        self._fetch = fetch
        self._cert_id_hash = cert_id_hash
        self._held: OrderedDict[tuple[str, bytes, int], _Held] = OrderedDict()
        self._busy: dict[str, _Turn] = {}
        self._guard = threading.Lock()

    def check(self, path: Path, level: int, at: datetime) -> Standing:
        """Give the standing of every certificate below the anchor, for a use of this assurance level (1 to 4).

        Raises CertificateRejected: revoked, revocation_unknown; at level 3 and above revocation_unavailable, too.
        """
        standings = [self._standing(subject, issuer, at) for subject, issuer in path.links()]
        if Standing.UNCHECKED not in standings:
            return Standing.GOOD
        if level >= REFUSE_FROM_LEVEL:
            raise CertificateRejected("revocation_unavailable")
        return Standing.UNCHECKED

    def _standing(self, subject: Certificate, issuer: Certificate, at: datetime) -> Standing:
        for address in subject.extensions.ocsp_addresses[:MOST_ADDRESSES]:
            status = self._value(address, subject, issuer, at, self._ask)
            if isinstance(status, ocsp.Single):
                if status.status == "good":
                    return Standing.GOOD
                raise CertificateRejected("revoked" if status.status == "revoked" else "revocation_unknown")
        for address in subject.extensions.crl_addresses[:MOST_ADDRESSES]:
            listed = self._value(address, None, issuer, at, self._load)
            if isinstance(listed, crl.Crl):
                listed.check_not_revoked(subject.serial)
                return Standing.GOOD
        return Standing.UNCHECKED

    def _value(
        self,
        address: str,
        subject: Certificate | None,
        issuer: Certificate,
        at: datetime,
        get: Callable[[str, Certificate | None, Certificate, datetime], _Held],
    ) -> crl.Crl | ocsp.Single | None:
        """What an address says, from memory or fetched; while one thread fetches, the others of that address wait."""
        key = (address, issuer.der, subject.serial if subject else 0)
        held = self._remembered(key, at)
        if held is None:
            with self._turn(address):
                held = self._remembered(key, at)
                if held is None:
                    held = self._keep(key, get(address, subject, issuer, at))
        return held.value

    def _ask(self, address: str, subject: Certificate | None, issuer: Certificate, at: datetime) -> _Held:
        if subject is None:
            raise ValueError("OCSP asks about one certificate")
        wanted = ocsp.cert_id(subject, issuer, self._cert_id_hash)
        nonce = random_bytes(_NONCE_BYTES)
        try:
            answer = ocsp.parse(self._fetch(address, ocsp.write_request(wanted, nonce)))
            status = answer.check(wanted, issuer, nonce, at)
        except Exception:
            # Whatever goes wrong on the way or in the answer means one thing: nobody vouched.
            return _Held(None, at + FAILURE_HELD)
        return _Held(status, min(status.next_update, at + LONGEST_HELD))

    def _load(self, address: str, _subject: Certificate | None, issuer: Certificate, at: datetime) -> _Held:
        try:
            listed = crl.parse(self._fetch(address, None))
            listed.check(issuer, at)
        except Exception:
            # As above.
            return _Held(None, at + FAILURE_HELD)
        return _Held(listed, min(listed.next_update, at + LONGEST_HELD))

    def _remembered(self, key: tuple[str, bytes, int], at: datetime) -> _Held | None:
        with self._guard:
            held = self._held.get(key)
            if held is None or at > held.until:
                return None
            self._held.move_to_end(key)
            return held

    def _keep(self, key: tuple[str, bytes, int], held: _Held) -> _Held:
        with self._guard:
            self._held[key] = held
            self._held.move_to_end(key)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        return held

    def _turn(self, address: str) -> "_Turn":
        with self._guard:
            turn = self._busy.setdefault(address, _Turn(self._busy, self._guard, address))
            turn.waiting += 1
        return turn


class _Turn:
    """The one fetch under way at an address; forgotten when nobody waits for it any more."""

    def __init__(self, busy: dict[str, "_Turn"], guard: threading.Lock, address: str) -> None:
        self.waiting = 0
        self._busy = busy
        self._guard = guard
        self._address = address
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        with self._guard:
            self.waiting -= 1
            if not self.waiting:
                del self._busy[self._address]

"""How long certificates still run, and the alarm before one ends without a successor (CRY-11)."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.keys.certificates import store
from idp.keys.certificates.events import CertificateExpiring
from idp.keys.certificates.store import Issued
from idp.keys.events import HERE, SYSTEM
from idp.keys.models import CertificateKind
from idp.observe.log import logger
from idp.storage.engine import Sql

ALARM: Final[Mapping[CertificateKind, timedelta]] = {
    CertificateKind.AUTHORITY: timedelta(days=180),
    CertificateKind.OFFICER: timedelta(days=30),
    CertificateKind.NODE: timedelta(days=30),
    CertificateKind.DEPARTMENT: timedelta(days=60),
}
"""How long before its end a certificate is told of: as long as it takes to get the next one."""
JOB_SECONDS: Final = 3600

_log = logger(__name__)


class Standing(StrEnum):
    """What a certificate is now."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"


def standing(issued: Issued, now: datetime) -> Standing:
    """What a certificate is at this time."""
    if issued.revoked_at is not None:
        return Standing.REVOKED
    if now > issued.not_after:
        return Standing.EXPIRED
    return Standing.EXPIRING if now > issued.not_after - ALARM[issued.kind] else Standing.VALID


def without_successor(every: Sequence[Issued], now: datetime) -> list[Issued]:
    """Certificates that end soon and whose subject has no later one of the same kind."""
    good = [each for each in every if standing(each, now) in {Standing.VALID, Standing.EXPIRING}]
    last: dict[tuple[CertificateKind, str], datetime] = {}
    for each in good:
        key = (each.kind, each.subject)
        last[key] = max(each.not_after, last.get(key, each.not_after))
    return [
        each
        for each in good
        if standing(each, now) is Standing.EXPIRING and each.not_after == last[each.kind, each.subject]
    ]


class ExpiryWatch:
    """The job that tells of certificates that end soon; each is told once per process."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def run(self) -> int:
        """Tell what was not told yet; how many."""
        now = instant(self._clock)
        with self._sql.once() as db:
            ending = without_successor(store.list_certificates(db), now)
        with self._lock:
            news = [each for each in ending if each.serial not in self._told]
            self._told.update(each.serial for each in news)
        for each in news:
            days = (each.not_after - now).days
            _log.warning("certificates.expiring", serial=each.serial, kind=each.kind.value, days=days)
            event = CertificateExpiring(
                actor=SYSTEM, object=each.serial, place=HERE, kind=each.kind.value, days=days
            )
            self._audit.note(event)
        return len(news)

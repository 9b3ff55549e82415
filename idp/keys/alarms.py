"""What the operators must hear of keys, once for each occasion: an event in the audit log, a line in the log, a gauge."""

import threading

from idp.audit.event import Event
from idp.audit.service import Audit
from idp.errors import IdpError
from idp.keys.data.events import DataKeyUnusable, SealedRowRefused
from idp.keys.events import (
    HERE,
    SYSTEM,
    KeyDeviceBack,
    KeyDeviceGone,
    KeyPairUnusable,
    KeyUseNearLimit,
    RetiredKeyMet,
)
from idp.observe.log import logger
from idp.observe.metrics import Metrics

MAX_TOLD = 1024

_log = logger(__name__)


class Alarms:
    """Raises alarms; each is told once per process until what it tells of is over."""

    def __init__(self, audit: Audit, metrics: Metrics) -> None:
        self._audit = audit
        self._metrics = metrics
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def device_gone(self, provider: str) -> None:
        """The device or service that keeps the private keys does not answer."""
        if self._is_news(f"gone {provider}"):
            self._metrics.key_device(provider, is_up=False)
            _log.error("keys.device_gone", provider=provider)
            self._note(KeyDeviceGone(actor=SYSTEM, object=provider, place=HERE))

    def device_back(self, provider: str) -> None:
        """It answers: told only where its loss was told."""
        with self._lock:
            if f"gone {provider}" not in self._told:
                return
            self._told.discard(f"gone {provider}")
        self._metrics.key_device(provider, is_up=True)
        _log.warning("keys.device_back", provider=provider)
        self._note(KeyDeviceBack(actor=SYSTEM, object=provider, place=HERE))

    def retired_met(self, kid: str) -> None:
        """A token came back under a key that is retired or destroyed."""
        if self._is_news(f"retired {kid}"):
            _log.warning("keys.retired_met", kid=kid)
            self._note(RetiredKeyMet(actor=SYSTEM, object=kid, place=HERE))

    def use_near_limit(self, kid: str, used: int, limit: int) -> None:
        """A key should be replaced for the number of its uses."""
        if self._is_news(f"limit {kid}"):
            _log.error("keys.use_near_limit", kid=kid, count=used)
            self._note(KeyUseNearLimit(actor=SYSTEM, object=kid, place=HERE, used=used, limit=limit))

    def data_key_unusable(self, kid: str) -> None:
        """A version of a data key does not open and was left out."""
        if self._is_news(f"unusable {kid}"):
            _log.error("keys.data_key_unusable", kid=kid)
            self._note(DataKeyUnusable(actor=SYSTEM, object=kid, place=HERE))

    def row_damaged(self, place: tuple[str, ...]) -> None:
        """A sealed column does not open: damaged, moved, or sealed under a key that is not held."""
        row = ":".join(place[:2])
        if self._is_news(f"row {row}"):
            _log.error("seal.row_refused", table=place[0])
            self._note(SealedRowRefused(actor=SYSTEM, object=row, place=HERE))

    def pair_unusable(self, kid: str) -> None:
        """A private key does not open, or is not the one of its row."""
        if self._is_news(f"unusable {kid}"):
            _log.error("keys.pair_unusable", kid=kid)
            self._note(KeyPairUnusable(actor=SYSTEM, object=kid, place=HERE))

    def _is_news(self, occasion: str) -> bool:
        with self._lock:
            if occasion in self._told or len(self._told) >= MAX_TOLD:
                return False
            self._told.add(occasion)
            return True

    def _note(self, event: Event) -> None:
        """In a thread of its own: who meets an alarm is inside a transaction, which the event neither joins nor waits for."""
        threading.Thread(target=self._write, args=(event,), name="key-alarm").start()

    def _write(self, event: Event) -> None:
        try:
            self._audit.note(event)
        except IdpError as error:
            _log.error("keys.alarm_unwritten", code=error.code, detail=error.detail)

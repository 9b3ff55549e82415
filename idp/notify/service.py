"""Messages to persons: written into an outbox with the act that they tell of, sent soon after (C28).

queued ──a gateway took it──▶ sent        queued ──the last try failed, or refused──▶ failed
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from idp.clock import Clock, instant
from idp.notify.models import MessageState
from idp.notify.port import Gateway, GatewayDown, Message, MessageRefused
from idp.notify.store import MessageStore, Queued
from idp.observe.log import logger
from idp.storage.engine import Db, Sql
from idp.web.i18n import Catalogue, Language

SMS: Final = "sms"
PAUSES: Final = (10, 60, 300, 1800)
"""Seconds before each further try; after the last one the message is given up."""
AT_ONCE: Final = 100
_log = logger(__name__)


class Notices:
    """The one way to tell a person something outside the pages."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        store: MessageStore,
        catalogue: Catalogue,
        gateways: Sequence[Gateway],
        signature: str,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._store = store
        self._catalogue = catalogue
        self._gateways = gateways
        self._signature = signature

    def tell(
        self,
        db: Db,
        kind: str,
        mobile: str | None,
        person_id: str | None = None,
        language: str = Language.ZH,
        **values: object,
    ) -> str | None:
        """Queue a text in the caller's transaction and give its id; None for somebody without a number.

        `kind` is a key of words `sms.<kind>`; a text begins with who sends it and holds no link.
        """
        if mobile is None:
            return None
        text = self._catalogue.text(f"sms.{kind}", language, **values)
        signed = f"【{self._signature}】{text}"
        return self._store.add(db, kind, SMS, person_id, mobile, signed, instant(self._clock))

    def deliver(self, message_id: str) -> bool:
        """Try to send one message now; whether it was sent. Never within a transaction: a gateway may be slow."""
        now = instant(self._clock)
        with self._sql.begin() as db:
            queued = self._store.claim(db, message_id, now, now + timedelta(seconds=PAUSES[0]))
        if queued is None:
            return False
        state, gateway, reference = self._send(queued)
        with self._sql.begin() as db:
            if state is not None:
                self._store.settle(db, queued.id, state, gateway, reference, instant(self._clock))
        return state is MessageState.SENT

    def run(self) -> int:
        """Send what is due; how many were tried."""
        with self._sql.once() as db:
            due = self._store.list_due(db, instant(self._clock), AT_ONCE)
        for message_id in due:
            self.deliver(message_id)
        return len(due)

    def _send(self, queued: Queued) -> tuple[MessageState | None, str | None, str | None]:
        """What becomes of a message: a state, or None to try again later. The next gateway is asked where one is down."""
        message = Message(queued.id, queued.channel, queued.recipient, queued.text)
        for gateway in self._gateways:
            if gateway.channel != queued.channel:
                continue
            try:
                return MessageState.SENT, gateway.name, gateway.send(message)
            except GatewayDown as error:
                _log.warning("message.gateway_down", kind=queued.kind, code=error.code)
            except MessageRefused as error:
                _log.warning("message.refused", kind=queued.kind, code=error.code)
                return MessageState.FAILED, gateway.name, None
        if queued.tries > len(PAUSES):
            return MessageState.FAILED, None, None
        return None, None, None

"""Every query on the outbox. Numbers and texts are opened here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from crypto.seal import Sealer
from crypto.tokens import random_handle
from idp.notify.models import MessageRow, MessageState
from idp.storage.base import table_of
from idp.storage.sealed import SealedTable

_message = table_of(MessageRow)
SEALED: Final = SealedTable(_message, ("recipient", "text"))


@dataclass(frozen=True, slots=True, repr=False)
class Queued:
    """One message that waits."""

    id: str
    kind: str
    channel: str
    recipient: str
    text: str
    tries: int

    def __repr__(self) -> str:
        return f"Queued({self.id})"


@dataclass(frozen=True, slots=True)
class Sent:
    """That a person was sent a message, without number and text: those are gone once it is sent."""

    kind: str
    channel: str
    state: MessageState
    created_at: datetime
    sent_at: datetime | None


class MessageStore:
    """Adds, finds and settles messages."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def add(
        self,
        db: Connection,
        kind: str,
        channel: str,
        person_id: str | None,
        recipient: str,
        text: str,
        now: datetime,
    ) -> str:
        """Queue a message and give its id."""
        message_id = random_handle()
        row = {
            "id": message_id,
            "kind": kind,
            "channel": channel,
            "person_id": person_id,
            "recipient": self._seal(recipient, message_id, "recipient"),
            "text": self._seal(text, message_id, "text"),
            "state": MessageState.QUEUED,
            "tries": 0,
            "due_at": now,
            "created_at": now,
        }
        db.execute(insert(_message), [row])
        return message_id

    def claim(self, db: Connection, message_id: str, now: datetime, next_due: datetime) -> Queued | None:
        """Take a message that is due, for one sender alone: it is due again only if this one fails to settle it."""
        wanted = (
            _message.c.id == message_id,
            _message.c.state == MessageState.QUEUED,
            _message.c.due_at <= now,
        )
        taken = update(_message).where(*wanted).values(due_at=next_due, tries=_message.c.tries + 1)
        row = db.execute(taken.returning(_message)).first()
        return None if row is None else self._opened(row)

    def list_due(self, db: Connection, now: datetime, limit: int) -> list[str]:
        """Messages that are due, the oldest first."""
        due = (_message.c.state == MessageState.QUEUED, _message.c.due_at <= now)
        wanted = select(_message.c.id).where(*due).order_by(_message.c.due_at).limit(limit)
        return list(db.execute(wanted).scalars())

    def list_of(self, db: Connection, person_id: str) -> list[Sent]:
        """The messages to a person, newest first."""
        columns = [_message.c[name] for name in Sent.__dataclass_fields__]
        wanted = select(*columns).where(_message.c.person_id == person_id)
        return [Sent(*row) for row in db.execute(wanted.order_by(_message.c.created_at.desc()))]

    def settle(
        self,
        db: Connection,
        message_id: str,
        state: MessageState,
        gateway: str | None,
        reference: str | None,
        now: datetime,
    ) -> None:
        """Mark a message sent or given up; number and text are gone from then on."""
        values = {
            "state": state,
            "gateway": gateway,
            "reference": reference,
            "recipient": None,
            "text": None,
            "sent_at": now if state is MessageState.SENT else None,
        }
        db.execute(update(_message).where(_message.c.id == message_id).values(values))

    def _opened(self, row: Any) -> Queued:
        recipient = self._sealer.open(bytes(row.recipient), _message.name, row.id, "recipient").decode()
        text = self._sealer.open(bytes(row.text), _message.name, row.id, "text").decode()
        return Queued(row.id, row.kind, row.channel, recipient, text, row.tries)

    def _seal(self, value: str, row_id: str, column: str) -> bytes:
        return self._sealer.seal(value.encode(), _message.name, row_id, column)

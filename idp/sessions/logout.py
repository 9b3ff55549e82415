"""What a protocol does when a session ends: declared here, implemented above."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from idp.sessions.store import SsoSession


class Participant(Protocol):
    """A protocol that told applications of a session and must tell them of its end."""

    def session_ended(self, db: Connection, sso: SsoSession, client_ids: list[str], now: datetime) -> None:
        """Revoke what hangs on the session and queue the notices, in the transaction that ends it."""
        ...

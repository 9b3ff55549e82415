"""What a protocol does when a session ends: declared here, implemented above."""

from datetime import datetime
from typing import Protocol

from idp.sessions.store import SsoSession
from idp.storage.engine import Db


class Participant(Protocol):
    """A protocol that told applications of a session and must tell them of its end."""

    def session_ended(self, db: Db, sso: SsoSession, client_ids: list[str], why: str, now: datetime) -> None:
        """Revoke what hangs on the session and queue the notices, in the transaction that ends it."""
        ...

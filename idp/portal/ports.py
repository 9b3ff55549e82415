"""What the account home needs of the protocols: declared here, so that it knows none of them."""

from typing import Protocol

from idp.applications.store import Application


class ClientNames(Protocol):
    """Finds the application behind a client."""

    def application(self, client_id: str) -> Application | None:
        """The application, or None when the client is unknown."""
        ...


class SessionNotices(Protocol):
    """Tells applications that a session ended."""

    def deliver_session(self, session_id: str) -> object:
        """Deliver what is queued about this session."""
        ...

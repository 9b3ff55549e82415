"""Applications as the pages need them: by id, held in the process, at most a second old."""

from idp.applications import store
from idp.applications.store import Application
from idp.storage.engine import Sql
from idp.storage.stamps import Cached, Stamps


class Applications:
    """Finds applications without a query on the way."""

    def __init__(self, sql: Sql, stamps: Stamps) -> None:
        self._sql = sql
        self._held: Cached[dict[str, Application]] = Cached(stamps, store.STAMP, self._load)

    def find(self, application_id: str | None) -> Application | None:
        """The application of this id, or None."""
        return self._held.value().get(application_id) if application_id else None

    def _load(self) -> dict[str, Application]:
        with self._sql.once() as db:
            return {application.id: application for application in store.list_all(db)}

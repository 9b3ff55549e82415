"""The least levels that a client asks of whoever comes to it: set by an officer, written down with what they were."""

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.errors import NotFound
from idp.oauth.clients import store
from idp.oauth.clients.events import ClientLevelsChanged
from idp.storage.engine import Sql


class ClientLevels:
    """Sets them."""

    def __init__(self, sql: Sql, audit: Audit) -> None:
        self._sql = sql
        self._audit = audit

    def require(
        self, client_id: str, least_aal: int | None, least_ial: int | None, actor: str, place: Place
    ) -> tuple[int, int]:
        """Set the least level of sign-in (1 to 3) and of the person (0 to 3); None leaves one as it is.

        Returns what stands now. Raises NotFound (`client.unknown`).
        """
        with self._sql.begin() as db:
            row = store.find(db, client_id)
            if row is None:
                raise NotFound("client.unknown", client_id)
            before = (row.least_aal, row.least_ial)
            after = (
                row.least_aal if least_aal is None else least_aal,
                row.least_ial if least_ial is None else least_ial,
            )
            if after != before:
                store.change(db, client_id, {"least_aal": after[0], "least_ial": after[1]})
                event = ClientLevelsChanged(
                    actor=actor,
                    object=f"client:{client_id}",
                    place=place,
                    least_aal=after[0],
                    least_ial=after[1],
                    least_aal_before=before[0],
                    least_ial_before=before[1],
                )
                self._audit.append(db, event)
        return after

"""C24, the sharing log: which application got which items, when and how often; never a value (PRI-12)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from idp.claims import store as release_store
from idp.claims.catalogue import BY_NAME
from idp.claims.store import ReleaseEntry
from idp.organisations.store import Organisation, OrganisationStore
from idp.portal.frame import Frame
from idp.portal.ports import ClientNames
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request

PAGE: Final = "/account/data/shared"
BACK: Final = Continuation("portal.shared")
ON_A_PAGE: Final = 50
LAST_ANSWER: Final = 253_402_300_799_000_000
"""The last microsecond that a date can have."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One line of the log in words; `acting_for` names the organisation, where it went out in its name."""

    application: str
    department: str
    entries: list[str]
    acting_for: str | None
    first_at: datetime
    last_at: datetime
    times: int


class SharingViews:
    """`/account/data/shared`."""

    def __init__(self, frame: Frame, clients: ClientNames, organisations: OrganisationStore) -> None:
        self._frame = frame
        self._clients = clients
        self._organisations = organisations

    def page(self, request: Request) -> Answer:
        """Newest first, by pages."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        after = _place(request.query.get("before", ""))
        with self._frame.sql.once() as db:
            entries = release_store.list_releases(db, signed_in.person.id, after, ON_A_PAGE + 1)
            ids = sorted({one.organisation_id for one in entries if one.organisation_id})
            organisations = self._organisations.list_of(db, ids) if ids else {}
        shown = entries[:ON_A_PAGE]
        return self._frame.show(
            request,
            signed_in,
            "portal/shared.html",
            rows=[self._row(request, one, organisations) for one in shown],
            older=_mark(shown[-1]) if len(entries) > ON_A_PAGE else None,
        )

    def _row(
        self, request: Request, entry: ReleaseEntry, organisations: dict[str, Organisation]
    ) -> ReleaseRow:
        language = self._frame.pages.language(request)
        application = self._clients.application(entry.client_id)
        organisation = organisations.get(entry.organisation_id or "")
        return ReleaseRow(
            application=application.name_in(language) if application else entry.client_id,
            department=application.department_in(language) if application else "",
            entries=[self._name(request, claim) for claim in entry.claims],
            acting_for=organisation.name if organisation else None,
            first_at=entry.first_at,
            last_at=entry.last_at,
            times=entry.times,
        )

    def _name(self, request: Request, claim: str) -> str:
        known = BY_NAME.get(claim)
        return self._frame.pages.text(request, known.text) if known else claim


def _mark(entry: ReleaseEntry) -> str:
    """Where the next page begins, for its address: an instant and a row, which says nothing of whose."""
    return f"{round(entry.last_at.timestamp() * 1_000_000)}-{entry.id}"


def _place(mark: str) -> tuple[datetime, str] | None:
    """The place of a page, from the address; what is no such mark counts as none."""
    at, _, entry_id = mark.partition("-")
    if not (at.isascii() and at.isdigit() and len(at) < 19 and entry_id and int(at) <= LAST_ANSWER):
        return None
    return datetime.fromtimestamp(int(at) / 1_000_000, UTC), entry_id[:43]

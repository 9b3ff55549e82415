"""E10, who of an organisation did what for it: grants, choices, sign-ins; as a page and as a file for its own audit."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from idp.accounts.store import PersonStore
from idp.clock import CHINA, Clock, instant
from idp.enterprise import store
from idp.enterprise.access import Access, At
from idp.enterprise.page_values import HappeningRow, card
from idp.enterprise.store import GRANTS, USES, Before, Happening
from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_name
from idp.organisations.store import OrganisationStore
from idp.portal.frame import Frame, SignedIn
from idp.portal.ports import ClientNames
from idp.storage.engine import Db
from idp.web.continuation import Continuation
from idp.web.exchange import NO_STORE, Answer, Request

BACK: Final = Continuation("enterprise.list")
DAYS: Final = 180
ON_A_PAGE: Final = 50
IN_A_FILE: Final = 5_000
FILTERS: Final = {"": (GRANTS, USES), "grants": (GRANTS,), "uses": (USES,)}
"""What the address may ask for, with the parts that it means."""
ACTS: Final = frozenset(
    {
        *("invited", "accepted", "declined", "withdrawn", "expired", "ended"),
        *("chosen", "switched", "signed_in"),
    }
)
"""What has words of its own."""


class HistoryViews:
    """`/organisation/history`, for who manages the organisation."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        access: Access,
        persons: PersonStore,
        organisations: OrganisationStore,
        clients: ClientNames,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._access = access
        self._persons = persons
        self._organisations = organisations
        self._clients = clients

    def page(self, request: Request) -> Answer:
        """Newest first, by pages; a filter is part of the address."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        at, found, rows = self._rows(request, signed_in, _before(request), ON_A_PAGE + 1)
        last = found[ON_A_PAGE - 1] if len(found) > ON_A_PAGE else None
        return self._frame.show(
            request,
            signed_in,
            "enterprise/history.html",
            organisation=card(at.organisation),
            rows=rows[:ON_A_PAGE],
            chosen=_chosen(request),
            older=f"{_micros(last.at)}.{last.key}" if last else None,
            days=DAYS,
        )

    def export(self, request: Request) -> Answer:
        """The same as a file of comma-separated values, under the same filter, names masked as on the page."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        _, _, rows = self._rows(request, signed_in, None, IN_A_FILE)
        text, words = io.StringIO(), self._frame.pages.text
        sheet = csv.writer(text)
        heads = ("when", "who", "act", "capacity", "to", "application")
        sheet.writerow([words(request, f"org_history.{head}") for head in heads])
        for row in rows:
            capacity = words(request, f"capacity.{row.capacity.value}")
            when = row.when.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
            act = words(request, f"org_history.act.{row.act}")
            cells = (when, row.who, act, capacity, row.to, row.application)
            sheet.writerow(["'" + cell if cell[:1] in {"=", "+", "-", "@"} else cell for cell in cells])
        headers = (
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", 'attachment; filename="organisation-history.csv"'),
            *NO_STORE,
        )
        return Answer(200, headers, b"\xef\xbb\xbf" + text.getvalue().encode())

    def _rows(
        self, request: Request, signed_in: SignedIn, before: Before | None, limit: int
    ) -> tuple[At, list[Happening], list[HappeningRow]]:
        now = instant(self._clock)
        parts = FILTERS[_chosen(request)]
        with self._frame.sql.once() as db:
            at = self._access.readable(db, signed_in.person.id, request.query.get("id", ""), now)
            since = now - timedelta(days=DAYS)
            found = store.list_of(db, at.organisation.id, parts, since, before, limit)
            ids = sorted({one.to_organisation for one in found if one.to_organisation})
            agencies = {each.id: each.name for each in self._organisations.list_of(db, ids).values()}
            names = self._names(db, found)
        rows = [self._row(request, one, names, agencies) for one in found]
        return at, found, rows

    def _names(self, db: Db, found: Sequence[Happening]) -> dict[str, str]:
        """Masked names of everybody in these rows."""
        ids = {one.by.removeprefix("person:") for one in found if one.by and one.by.startswith("person:")}
        ids |= {one.to_person for one in found if one.to_person}
        persons = ((each, self._persons.find(db, each)) for each in sorted(ids))
        return {each: mask_name(person.name) if person and person.name else "*" for each, person in persons}

    def _row(
        self, request: Request, one: Happening, names: dict[str, str], agencies: dict[str, str]
    ) -> HappeningRow:
        by, text = one.by or "", self._frame.pages.text
        application = self._clients.application(one.client_id) if one.client_id else None
        if by.startswith("person:"):
            who = names[by.removeprefix("person:")]
        else:
            who = text(
                request, "org_history.register" if by.startswith("register:") else "org_history.system"
            )
        return HappeningRow(
            when=one.at,
            who=who,
            act=one.act if one.act in ACTS else "ended",
            capacity=Capacity(one.capacity),
            to=agencies.get(one.to_organisation or "") or names.get(one.to_person or "", ""),
            application=application.name_in(self._frame.pages.language(request)) if application else "",
        )


def _chosen(request: Request) -> str:
    asked = request.query.get("show", "")
    return asked if asked in FILTERS else ""


def _before(request: Request) -> Before | None:
    """Where a page goes on, from the address; what is no such place counts as none."""
    micros, _, key = request.query.get("before", "").partition(".")
    if not (micros.isascii() and micros.isdigit() and len(micros) < 18 and key):
        return None
    return Before(datetime.fromtimestamp(int(micros) / 1_000_000, UTC), key[:96])


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)

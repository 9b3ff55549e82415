"""C20, sign-in history: 180 days of sign-ins and refusals, each of which the owner can say was somebody else."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.accounts.models import RequestKind
from idp.accounts.requests.service import PersonRequests, about_event
from idp.applications.service import Applications
from idp.audit import store as audit_store
from idp.audit.store import Entry
from idp.clock import CHINA, Clock, instant
from idp.errors import NotFound
from idp.login.events import SignedIn as SignInDone
from idp.login.events import SignInRefused
from idp.portal.devices import END_OTHERS
from idp.portal.frame import Frame, SignedIn
from idp.web.continuation import Continuation
from idp.web.exchange import NO_STORE, Answer, Request, redirect

PAGE = "/account/history"
REPORT: Final = "/account/history/report"
REPORTED: Final = "/account/history/reported"
BACK = Continuation("portal.history")
DAYS: Final = 180
ON_A_PAGE: Final = 50
IN_A_FILE: Final = 5_000
ACTS: Final = (SignInDone.act, SignInRefused.act)
FILTERS: Final = {"": ACTS, "done": (SignInDone.act,), "refused": (SignInRefused.act,)}
"""What the address may ask for, with the acts that it means."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One sign-in or refusal in words; `reported` is the number under which the owner said that it was somebody else."""

    handle: str
    when: datetime
    is_done: bool
    why: str
    method: str
    application: str
    device: str
    place: str
    reported: str | None = None


class HistoryViews:
    """`/account/history` as a page and as a file."""

    def __init__(
        self, frame: Frame, clock: Clock, applications: Applications, requests: PersonRequests
    ) -> None:
        self._requests = requests
        self._frame = frame
        self._clock = clock
        self._applications = applications

    def page(self, request: Request) -> Answer:
        """Newest first, by pages; a filter is part of the address."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        chosen, before = _asked(request)
        entries = self._entries(signed_in, chosen, before, ON_A_PAGE + 1)
        shown = entries[:ON_A_PAGE]
        reports = self._reports(signed_in)
        return self._frame.show(
            request,
            signed_in,
            "portal/history.html",
            chosen=chosen,
            rows=[self._row(request, entry, reports.get(about_event(entry.id))) for entry in shown],
            older=shown[-1].id if len(entries) > ON_A_PAGE else None,
            days=DAYS,
            report_action=REPORT,
        )

    def report(self, request: Request) -> Answer:
        """Take it down that a sign-in was somebody else's, and show what to do now."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        handle = form.get("handle", "")
        with self._frame.sql.begin() as db:
            event_id = _number(handle)
            entry = (
                None if event_id is None else audit_store.find_of_actor(db, signed_in.actor, ACTS, event_id)
            )
            if entry is None:
                raise NotFound("request.unknown", "no sign-in of this person")
            made = self._requests.report(db, signed_in.person.id, entry.id, self._frame.place(request))
        return redirect(f"{REPORTED}?number={made.number}")

    def reported(self, request: Request) -> Answer:
        """The number of a report, and the ways to keep somebody else out."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        with self._frame.sql.once() as db:
            found = self._requests.find_of(db, signed_in.person.id, request.query.get("number", ""))
        if found is None:
            raise NotFound("request.unknown", "no report of this person")
        return self._frame.show(
            request,
            signed_in,
            "portal/reported.html",
            number=found.number,
            time=found.created_at,
            end_others_action=END_OTHERS,
            back_url=PAGE,
        )

    def export(self, request: Request) -> Answer:
        """The same as a file of comma-separated values, under the same filter."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        chosen, _ = _asked(request)
        text = io.StringIO()
        sheet = csv.writer(text)
        heads = ("when", "result", "way", "application", "device", "place")
        sheet.writerow([self._frame.pages.text(request, f"history.{head}") for head in heads])
        for entry in self._entries(signed_in, chosen, None, IN_A_FILE):
            row = self._row(request, entry)
            when = row.when.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
            sheet.writerow(_harmless((when, row.why, row.method, row.application, row.device, row.place)))
        headers = (
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", 'attachment; filename="sign-ins.csv"'),
            *NO_STORE,
        )
        # The mark tells spreadsheet programs that this is UTF-8.
        return Answer(200, headers, b"\xef\xbb\xbf" + text.getvalue().encode())

    def _entries(self, signed_in: SignedIn, chosen: str, before: int | None, limit: int) -> list[Entry]:
        since = instant(self._clock) - timedelta(days=DAYS)
        with self._frame.sql.once() as db:
            return audit_store.list_of_actor(db, signed_in.actor, FILTERS[chosen], since, before, limit)

    def _reports(self, signed_in: SignedIn) -> dict[str, str]:
        with self._frame.sql.once() as db:
            made = self._requests.list_of(db, signed_in.person.id)
        return {one.about: one.number for one in made if one.kind is RequestKind.NOT_ME}

    def _row(self, request: Request, entry: Entry, reported: str | None = None) -> HistoryRow:
        text = self._frame.pages.text
        is_done = entry.act == SignInDone.act
        why = "done" if is_done else str(entry.details.get("why"))
        application_id = entry.details.get("application")
        application = self._applications.find(application_id) if application_id else None
        return HistoryRow(
            handle=str(entry.id),
            when=entry.at,
            is_done=is_done,
            why=text(request, f"history.why.{why if why in KNOWN else 'other'}"),
            method=text(request, f"login.method.{entry.details['method']}"),
            application=application.name_in(self._frame.pages.language(request))
            if application
            else text(request, "history.here"),
            device=str(entry.details.get("device") or text(request, "history.unknown")),
            place=entry.place,
            reported=reported,
        )


KNOWN: Final = frozenset({"done", "credentials", "paused", "frozen", "closed"})
"""Reasons that have words of their own."""


def _asked(request: Request) -> tuple[str, int | None]:
    """Filter and place of a page, from the address; what is no filter or number counts as none."""
    chosen, before = request.query.get("show", ""), request.query.get("before", "")
    return chosen if chosen in FILTERS else "", _number(before)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _harmless(cells: tuple[str, ...]) -> list[str]:
    """Cells that no spreadsheet program takes for a formula."""
    return ["'" + cell if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in cells]

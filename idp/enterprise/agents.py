"""E05, the agents of an organisation: listed, filtered, exported, ended together."""

import csv
import io
from typing import Final

from idp.clock import CHINA, Clock, instant
from idp.delegations.models import DelegationState
from idp.delegations.service import Delegations
from idp.delegations.store import Delegation
from idp.enterprise.access import Access, At
from idp.enterprise.page_values import GrantRow, card
from idp.enterprise.shown import Shown
from idp.errors import NotFound
from idp.portal.frame import Frame, SignedIn
from idp.storage.engine import Db
from idp.web.continuation import Continuation
from idp.web.exchange import NO_STORE, Answer, Request, redirect

PAGE: Final = "/organisation/agents"
BACK: Final = Continuation("enterprise.list")
FILTERS: Final = {
    "": tuple(DelegationState),
    "active": (DelegationState.ACTIVE,),
    "invited": (DelegationState.INVITED,),
    "frozen": (DelegationState.FROZEN,),
    "over": (
        DelegationState.ENDED,
        DelegationState.EXPIRED,
        DelegationState.DECLINED,
        DelegationState.WITHDRAWN,
    ),
}
"""What the address may ask for, with the states that it means."""
MARK: Final = "end-"
"""Beginning of the name of a checkbox; the rest is the id of the grant."""


class AgentViews:
    """`/organisation/agents`."""

    def __init__(
        self, frame: Frame, clock: Clock, access: Access, delegations: Delegations, shown: Shown
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._access = access
        self._delegations = delegations
        self._shown = shown

    def page(self, request: Request) -> Answer:
        """The grants of an organisation, for who manages it."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        at, rows, chosen = self._rows(request, signed_in)
        return self._frame.show(
            request,
            signed_in,
            "enterprise/agents.html",
            organisation=card(at.organisation),
            rows=rows,
            chosen=chosen,
            mark=MARK,
        )

    def export(self, request: Request) -> Answer:
        """The same as a file of comma-separated values, names masked as on the page."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        _, rows, _ = self._rows(request, signed_in)
        text, words = io.StringIO(), self._frame.pages.text
        sheet = csv.writer(text)
        heads = ("who", "capacity", "matters", "from", "until", "state")
        sheet.writerow([words(request, f"agents.{head}") for head in heads])
        for row in rows:
            matters = "；".join(row.matters) or words(request, "agents.all_matters")
            until = f"{row.ends_at.astimezone(CHINA):%Y-%m-%d}" if row.ends_at else ""
            cells = (
                row.who,
                words(request, f"capacity.{row.capacity.value}"),
                matters,
                f"{row.starts_at.astimezone(CHINA):%Y-%m-%d}",
                until,
                words(request, f"delegation.state.{row.state}"),
            )
            sheet.writerow(["'" + cell if cell[:1] in {"=", "+", "-", "@"} else cell for cell in cells])
        headers = (
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", 'attachment; filename="agents.csv"'),
            *NO_STORE,
        )
        return Answer(200, headers, b"\xef\xbb\xbf" + text.getvalue().encode())

    def end(self, request: Request) -> Answer:
        """Two steps: the first POST lists what was ticked, the second (`confirm`) ends it."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        ids = [name.removeprefix(MARK) for name in form if name.startswith(MARK)]
        now = instant(self._clock)
        with self._frame.sql.once() as db:
            at = self._access.managed(db, signed_in.person.id, form.get("id", ""), now)
            grants = self._grants(db, at, ids)
            language = self._frame.pages.language(request)
            rows = self._shown.rows(db, grants, signed_in.person.id, language)
        if not rows:
            return redirect(f"{PAGE}?id={at.organisation.id}")
        if form.get("confirm") != "yes":
            return self._frame.show(
                request,
                signed_in,
                "enterprise/end.html",
                organisation=card(at.organisation),
                rows=rows,
                mark=MARK,
            )
        with self._frame.sql.begin() as db:
            for grant in grants:
                self._delegations.changing.end(db, signed_in.person, grant.id, self._frame.place(request))
        return redirect(f"{PAGE}?id={at.organisation.id}")

    def _rows(self, request: Request, signed_in: SignedIn) -> tuple[At, list[GrantRow], str]:
        asked = request.query.get("show", "")
        chosen = asked if asked in FILTERS else ""
        now = instant(self._clock)
        with self._frame.sql.once() as db:
            at = self._access.managed(db, signed_in.person.id, request.query.get("id", ""), now)
            store = self._delegations.parts.store
            grants = store.list_of_organisation(db, at.organisation.id, FILTERS[chosen])
            language = self._frame.pages.language(request)
            return at, self._shown.rows(db, grants, signed_in.person.id, language), chosen

    def _grants(self, db: Db, at: At, ids: list[str]) -> list[Delegation]:
        """The ticked grants. Raises NotFound when one is not this organisation's."""
        store = self._delegations.parts.store
        found = [store.find(db, each) for each in ids]
        if any(grant is None or grant.organisation_id != at.organisation.id for grant in found):
            raise NotFound("delegation.unknown", "not a grant of this organisation")
        return [grant for grant in found if grant is not None]

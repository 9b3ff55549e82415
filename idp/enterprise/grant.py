"""E08 and E09, one grant: ending it, taking something away, and deciding about it after a change of representative."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from idp.clock import CHINA, Clock, instant
from idp.delegations.changing import HANDOVER
from idp.delegations.models import DelegationState
from idp.delegations.rules import Refusal
from idp.delegations.service import Delegations
from idp.delegations.store import Delegation
from idp.enterprise.access import Access, At
from idp.enterprise.page_values import card
from idp.enterprise.shown import Shown
from idp.errors import NotFound
from idp.identifiers.capacity import Capacity
from idp.portal.frame import Frame, SignedIn
from idp.storage.engine import Db
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/organisation/grant"
BACK: Final = Continuation("enterprise.list")


class GrantViews:
    """`/organisation/grant` and `/organisation/handover`."""

    def __init__(
        self, frame: Frame, clock: Clock, access: Access, delegations: Delegations, shown: Shown
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._access = access
        self._delegations = delegations
        self._shown = shown

    def page(self, request: Request) -> Answer:
        """GET shows the grant with what can be done about it; POST does it."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        with self._frame.sql.once() as db:
            grant, at = self._found(db, signed_in, request.query.get("id", ""))
        return self._page(request, signed_in, grant, at, [], None)

    def handover(self, request: Request) -> Answer:
        """E09: every grant of the representative before, one decision each."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        now = instant(self._clock)
        with self._frame.sql.once() as db:
            at = self._access.managed(db, signed_in.person.id, request.query.get("id", ""), now)
            store = self._delegations.parts.store
            frozen = store.list_of_organisation(db, at.organisation.id, (DelegationState.FROZEN,))
            waiting = [one for one in frozen if one.frozen_for == HANDOVER]
            rows = self._shown.rows(db, waiting, signed_in.person.id, self._frame.pages.language(request))
        return self._frame.show(
            request,
            signed_in,
            "enterprise/handover.html",
            organisation=card(at.organisation),
            rows=rows,
            may_decide=at.capacity is Capacity.LEGAL_REPRESENTATIVE,
        )

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.once() as db:
            grant, at = self._found(db, signed_in, form.get("id", ""))
        act = form.get("act", "")
        ends_at = _end_of(form.get("ends", "")) if act == "narrow" else None
        if act == "narrow" and ends_at is None:
            error = values.FieldError("ends", self._frame.pages.text(request, "invite.day"))
            return self._page(request, signed_in, grant, at, [error], None)
        outcome = self._act(request, signed_in, grant, act, ends_at)
        if isinstance(outcome, Refusal):
            text = self._frame.pages.text(request, f"delegation.refused.{outcome.value}")
            return self._page(request, signed_in, grant, at, [], text)
        is_handover = grant.frozen_for == HANDOVER
        return redirect(f"/organisation/{'handover' if is_handover else 'agents'}?id={at.organisation.id}")

    def _act(
        self, request: Request, signed_in: SignedIn, grant: Delegation, act: str, ends_at: datetime | None
    ) -> Delegation | Refusal:
        person, place = signed_in.person, self._frame.place(request)
        changing, inviting = self._delegations.changing, self._delegations.inviting
        with self._frame.sql.begin() as db:
            if act == "end":
                return changing.end(db, person, grant.id, place)
            if act == "keep":
                return changing.keep(db, person, grant.id, place)
            if act == "withdraw":
                return inviting.withdraw(db, person, grant.id, place)
            if act == "narrow":
                return changing.narrow(db, person, grant.id, replace(grant.held, ends_at=ends_at), place)
        raise NotFound("delegation.unknown", "no such act")

    def _found(self, db: Db, signed_in: SignedIn, delegation_id: str) -> tuple[Delegation, At]:
        """A grant with its organisation, for who manages it or holds it. Raises NotFound."""
        grant = self._delegations.parts.store.find(db, delegation_id)
        if grant is None or grant.organisation_id is None:
            raise NotFound("delegation.unknown", "no such grant")
        at = self._access.at(db, signed_in.person.id, grant.organisation_id, instant(self._clock))
        if not at.manages and grant.agent_person_id != signed_in.person.id:
            raise NotFound("delegation.unknown", "not this person's")
        return grant, at

    def _page(
        self,
        request: Request,
        signed_in: SignedIn,
        grant: Delegation,
        at: At,
        errors: list[values.FieldError],
        refused: str | None,
    ) -> Answer:
        with self._frame.sql.once() as db:
            (row,) = self._shown.rows(db, [grant], signed_in.person.id, self._frame.pages.language(request))
        is_open = grant.state in {DelegationState.ACTIVE, DelegationState.FROZEN}
        return self._frame.show(
            request,
            signed_in,
            "enterprise/grant.html",
            status=409 if refused else 200,
            organisation=card(at.organisation),
            row=row,
            is_open=is_open,
            is_invited=grant.state is DelegationState.INVITED,
            is_handover=grant.frozen_for == HANDOVER,
            may_narrow=at.manages and not row.is_own and is_open,
            errors=errors,
            refused=refused,
            action=PAGE,
        )


def _end_of(text: str) -> datetime | None:
    """The end of a day as typed, the day included; None when it is no day."""
    try:
        return datetime.combine(date.fromisoformat(text[:10]), time(), CHINA) + timedelta(days=1)
    except ValueError:
        return None

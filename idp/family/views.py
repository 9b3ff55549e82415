"""C23: what waits, those acted for, those who act, what is over; answering, ending, inviting, adding a child."""

from datetime import date, datetime, time, timedelta
from typing import Final

from idp.clock import CHINA, Clock, instant, today
from idp.delegations.inviting import To
from idp.delegations.rules import Held, Refusal
from idp.delegations.service import Delegations
from idp.delegations.store import Delegation
from idp.errors import NotFound
from idp.family.shown import FamilyShown
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import parse_id_number
from idp.identifiers.mobile import parse_mobile
from idp.identifiers.person_name import parse_person_name
from idp.limits.counter import Limits
from idp.matters.service import Matters
from idp.matters.store import Matter
from idp.portal.frame import Frame, SignedIn
from idp.storage.engine import Db
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/account/family"
INVITE: Final = "/account/family/invite"
CHILD: Final = "/account/family/child"
BACK: Final = Continuation("family.overview")
BACK_TO_INVITE: Final = Continuation("family.invite")
BACK_TO_CHILD: Final = Continuation("family.child")
MATTER: Final = "matter-"
SHOWN_MATTERS: Final = 80
DAYS: Final = 365


class FamilyViews:
    """`/account/family` and what lies under it."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        delegations: Delegations,
        matters: Matters,
        limits: Limits,
        shown: FamilyShown,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._delegations = delegations
        self._matters = matters
        self._limits = limits
        self._shown = shown

    def overview(self, request: Request) -> Answer:
        """Everything, with what can be done about it."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        return self._overview(request, signed_in, None)

    def answer(self, request: Request) -> Answer:
        """Accept an offer or decline it; the one who was invited only."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.once() as db:
            offered = _one(self._offers(db, signed_in), form.get("id", ""))
        inviting = self._delegations.inviting
        act = inviting.accept if form.get("answer") == "accept" else inviting.decline
        with self._frame.sql.begin() as db:
            outcome = act(db, signed_in.person, offered.id, self._frame.place(request))
        if isinstance(outcome, Refusal):
            return self._overview(request, signed_in, outcome)
        return redirect(PAGE)

    def end(self, request: Request) -> Answer:
        """Two steps: a page that says what ends, and its end. Either side may; an offer that waits is withdrawn."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.once() as db:
            grant = _one([*self._held(db, signed_in), *self._given(db, signed_in)], form.get("id", ""))
            row = self._shown.row(db, grant, signed_in.person.id, self._frame.pages.language(request))
        if form.get("confirm") != "yes":
            return self._frame.show(request, signed_in, "family/end.html", row=row, action=f"{PAGE}/end")
        is_offer = grant.state.value == "invited"
        act = self._delegations.inviting.withdraw if is_offer else self._delegations.changing.end
        with self._frame.sql.begin() as db:
            outcome = act(db, signed_in.person, grant.id, self._frame.place(request))
        if isinstance(outcome, Refusal):
            return self._overview(request, signed_in, outcome)
        return redirect(PAGE)

    def invite(self, request: Request) -> Answer:
        """GET shows the form, POST offers somebody to act for oneself; both only after a fresh sign-in."""
        if request.method != "POST":
            signed_in = self._frame.look(request)
            if signed_in is None or not self._frame.is_fresh(signed_in):
                return self._frame.begin_afresh(request, BACK_TO_INVITE)
            ends = (today(self._clock) + timedelta(days=DAYS)).isoformat()
            return self._invite_form(request, signed_in, {"ends": ends}, [])
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK_TO_INVITE)
        return self._offer(request, signed_in, form)

    def child(self, request: Request) -> Answer:
        """GET asks for a child's name and number, POST adds it when the register vouches; after a fresh sign-in only."""
        if request.method != "POST":
            signed_in = self._frame.look(request)
            if signed_in is None or not self._frame.is_fresh(signed_in):
                return self._frame.begin_afresh(request, BACK_TO_CHILD)
            return self._child_form(request, signed_in, {}, [])
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK_TO_CHILD)
        return self._add_child(request, signed_in, form)

    def _offer(self, request: Request, signed_in: SignedIn, form: dict[str, str]) -> Answer:
        known = {matter.code for matter in self._fitting()}
        chosen = {name.removeprefix(MATTER) for name in form if name.startswith(MATTER)} & known
        matters = frozenset({ALL}) if form.get("scope") == "all" else frozenset(chosen)
        faults = [] if matters else [("matters", "invite.no_matters")]
        mobile, until = "", _day(form.get("ends", ""))
        try:
            mobile = parse_mobile(form.get("who", "")[:64]).value
        except IdentifierRejected as error:
            faults.append(("who", error.code))
        if until is None:
            faults.append(("ends", "invite.day"))
        if faults:
            return self._invite_form(request, signed_in, form, faults)
        held = Held(Capacity.FAMILY, matters, instant(self._clock), until, may_delegate=False)
        with self._frame.sql.begin() as db:
            outcome = self._delegations.inviting.invite_family(
                db, signed_in.person, held, To(mobile=mobile), self._frame.place(request)
            )
        if isinstance(outcome, Refusal):
            return self._invite_form(request, signed_in, form, [], outcome)
        return redirect(PAGE)

    def _add_child(self, request: Request, signed_in: SignedIn, form: dict[str, str]) -> Answer:
        faults = []
        try:
            name = parse_person_name(form.get("name", "")[:400]).value
        except IdentifierRejected as error:
            faults.append(("name", error.code))
        try:
            number = parse_id_number(form.get("id_number", "")[:64], today(self._clock))
        except IdentifierRejected as error:
            faults.append(("id_number", error.code))
        if faults:
            return self._child_form(request, signed_in, form, faults)
        # Asking about a child tells something of it: as limited as any other question to a register (ABU-03).
        for rule, key in (
            ("proof_source", request.client_address),
            ("proof_document", f"kin|{number.value}"),
        ):
            self._limits.admit(rule, key)
        outcome = self._delegations.guardianship.check(signed_in.person, number, name)
        if isinstance(outcome, Refusal):
            for rule, key in (
                ("proof_source", request.client_address),
                ("proof_document", f"kin|{number.value}"),
            ):
                self._limits.refused(rule, key)
            return self._child_form(request, signed_in, form, [], outcome)
        with self._frame.sql.begin() as db:
            added = self._delegations.guardianship.record(db, outcome, self._frame.place(request))
        if isinstance(added, Refusal):
            return self._child_form(request, signed_in, form, [], added)
        return redirect(PAGE)

    def _overview(self, request: Request, signed_in: SignedIn, fault: Refusal | None) -> Answer:
        language = self._frame.pages.language(request)
        with self._frame.sql.once() as db:
            circle = self._shown.circle(
                db,
                self._offers(db, signed_in),
                self._held(db, signed_in),
                self._given(db, signed_in),
                language,
            )
        return self._frame.show(
            request,
            signed_in,
            "family/overview.html",
            status=409 if fault else 200,
            circle=circle,
            refused=self._refused(request, fault),
            answer_action=f"{PAGE}/answer",
            end_action=f"{PAGE}/end",
        )

    def _invite_form(
        self,
        request: Request,
        signed_in: SignedIn,
        form: dict[str, str],
        faults: list[tuple[str, str]],
        refused: Refusal | None = None,
    ) -> Answer:
        language = self._frame.pages.language(request)
        chosen = {name.removeprefix(MATTER) for name in form if name.startswith(MATTER)}
        shown = self._fitting()[:SHOWN_MATTERS]
        return self._frame.show(
            request,
            signed_in,
            "family/invite.html",
            status=400 if faults else 409 if refused else 200,
            who=form.get("who", "")[:64],
            ends=form.get("ends", "")[:10],
            scope="all" if form.get("scope") == "all" else "chosen",
            matters=[(one.code, one.name_in(language), one.code in chosen) for one in shown],
            mark=MATTER,
            errors=self._errors(request, faults),
            refused=self._refused(request, refused),
            action=INVITE,
            back_url=PAGE,
        )

    def _child_form(
        self,
        request: Request,
        signed_in: SignedIn,
        form: dict[str, str],
        faults: list[tuple[str, str]],
        refused: Refusal | None = None,
    ) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "family/child.html",
            status=400 if faults else 409 if refused else 200,
            name=form.get("name", "")[:400],
            id_number=form.get("id_number", "")[:64],
            errors=self._errors(request, faults),
            refused=self._refused(request, refused),
            action=CHILD,
            back_url=PAGE,
        )

    def _errors(self, request: Request, faults: list[tuple[str, str]]) -> list[values.FieldError]:
        return [values.FieldError(field, self._frame.pages.text(request, key)) for field, key in faults]

    def _refused(self, request: Request, fault: Refusal | None) -> str | None:
        return self._frame.pages.text(request, f"delegation.refused.{fault.value}") if fault else None

    def _fitting(self) -> list[Matter]:
        """Matters in which family may act."""
        return [one for one in self._matters.list_active() if Capacity.FAMILY in one.capacities]

    def _offers(self, db: Db, signed_in: SignedIn) -> list[Delegation]:
        person, store = signed_in.person, self._delegations.parts.store
        found = store.list_invited(db, person.id, person.mobile)
        return [one.delegation for one in found if one.delegation.person_id is not None]

    def _held(self, db: Db, signed_in: SignedIn) -> list[Delegation]:
        found = self._delegations.parts.store.list_of_agent(db, signed_in.person.id)
        return [one.delegation for one in found if one.delegation.person_id is not None]

    def _given(self, db: Db, signed_in: SignedIn) -> list[Delegation]:
        return self._delegations.parts.store.list_of_subject(db, signed_in.person.id)


def _one(grants: list[Delegation], grant_id: str) -> Delegation:
    """The one that this person has to do with. Raises NotFound."""
    found = next((one for one in grants if one.id == grant_id), None)
    if found is None:
        raise NotFound("delegation.unknown", "no grant of this person")
    return found


def _day(text: str) -> datetime | None:
    """The end of a day as typed, which is meant whole."""
    try:
        return datetime.combine(date.fromisoformat(text[:10]) + timedelta(days=1), time(), CHINA)
    except ValueError:
        return None

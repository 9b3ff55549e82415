"""E06, inviting: whom, for what, from when until when; a page to check; then the offer, once.

typed ──check──▶ draft (boxed) ──confirm, swap──▶ spent: the offer is made
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from idp.clock import Clock, instant, today
from idp.delegations.inviting import To
from idp.delegations.rules import Held, Refusal
from idp.delegations.service import Delegations
from idp.enterprise.access import Access, At
from idp.enterprise.offer import MATTER, Offer, TypedOffer, checked, first, typed
from idp.enterprise.page_values import MatterChoice, MatterGroup, card
from idp.enterprise.shown import Shown
from idp.ephemeral.box import Box
from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_mobile
from idp.matters.service import Matters
from idp.organisations.service import Organisations
from idp.portal.frame import Frame, SignedIn
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/organisation/invite"
BACK: Final = Continuation("enterprise.list")
SECONDS: Final = 1800
SHOWN_MATTERS: Final = 80
"""Matters on one page: as many checkboxes as one form may bring."""


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """An offer that was checked and waits for its confirmation, by one person for one organisation."""

    person_id: str
    organisation_id: str
    capacity: Capacity
    matters: tuple[str, ...]
    starts_at: float
    ends_at: float | None
    may_delegate: bool
    mobile: str | None
    agent_organisation_id: str | None
    agent_name: str | None
    is_spent: bool = False

    def __repr__(self) -> str:
        return "Draft(…)"


class InviteViews:
    """`/organisation/invite` and its confirmation."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        access: Access,
        delegations: Delegations,
        organisations: Organisations,
        matters: Matters,
        shown: Shown,
        drafts: Box[Draft],
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._access = access
        self._delegations = delegations
        self._organisations = organisations
        self._matters = matters
        self._shown = shown
        self._drafts = drafts

    def page(self, request: Request) -> Answer:
        """GET shows the form, POST checks it and shows what it comes to."""
        if request.method == "POST":
            return self._check(request)
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        at = self._at(signed_in, request.query.get("id", ""))
        return self._form(request, signed_in, at, first(today(self._clock)), [])

    def confirm(self, request: Request) -> Answer:
        """Make the offer that was checked. A second press finds it made."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        held = self._drafts.find(form.get("draft", ""))
        if held is None or held.value.person_id != signed_in.person.id:
            return self._frame.timed_out(request)
        draft = held.value
        done = f"/organisation/agents?id={draft.organisation_id}"
        if draft.is_spent or not self._drafts.swap(held, replace(draft, is_spent=True)):
            return redirect(done)
        fault = self._invite(request, signed_in, draft)
        return redirect(done) if fault is None else self._refused(request, signed_in, draft, fault)

    def _invite(self, request: Request, signed_in: SignedIn, draft: Draft) -> Refusal | None:
        to = To(mobile=draft.mobile, organisation_id=draft.agent_organisation_id)
        with self._frame.sql.begin() as db:
            made = self._delegations.inviting.invite(
                db, signed_in.person, draft.organisation_id, _held(draft), to, self._frame.place(request)
            )
        return made if isinstance(made, Refusal) else None

    def _check(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        at = self._at(signed_in, form.get("id", ""))
        asked = typed(form)
        known = frozenset(matter.code for matter in self._matters.list_active())
        offer = checked(asked, known, instant(self._clock))
        faults = offer if isinstance(offer, list) else []
        if isinstance(offer, Offer):
            agent = self._agent(offer)
            if agent is None and offer.uscc is not None:
                faults = [("who", "invite.no_organisation")]
            else:
                return self._summary(request, signed_in, at, offer, agent)
        errors = [values.FieldError(field, self._frame.pages.text(request, key)) for field, key in faults]
        return self._form(request, signed_in, at, asked, errors)

    def _agent(self, offer: Offer) -> tuple[str, str] | None:
        """Id and name of the organisation that is to be the agent."""
        if offer.uscc is None:
            return None
        with self._frame.sql.once() as db:
            found = self._organisations.find_by_uscc(db, offer.uscc)
        return (found.id, found.name) if found else None

    def _summary(
        self, request: Request, signed_in: SignedIn, at: At, offer: Offer, agent: tuple[str, str] | None
    ) -> Answer:
        held = offer.held
        draft = Draft(
            person_id=signed_in.person.id,
            organisation_id=at.organisation.id,
            capacity=held.capacity,
            matters=tuple(sorted(held.matters)),
            starts_at=held.starts_at.timestamp(),
            ends_at=held.ends_at.timestamp() if held.ends_at else None,
            may_delegate=held.may_delegate,
            mobile=offer.to.mobile,
            agent_organisation_id=agent[0] if agent else None,
            agent_name=agent[1] if agent else None,
        )
        return self._frame.show(
            request,
            signed_in,
            "enterprise/invite_check.html",
            organisation=card(at.organisation),
            who=agent[1] if agent else mask_mobile(offer.to.mobile or ""),
            capacity=held.capacity,
            matters=self._shown.matters_of(held.matters, self._frame.pages.language(request)),
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            may_delegate=held.may_delegate,
            draft=self._drafts.new(draft),
        )

    def _form(
        self,
        request: Request,
        signed_in: SignedIn,
        at: At,
        asked: TypedOffer,
        errors: list[values.FieldError],
    ) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "enterprise/invite.html",
            organisation=card(at.organisation),
            form=asked,
            groups=self._groups(request, asked),
            may_name_administrators=at.capacity is Capacity.LEGAL_REPRESENTATIVE,
            mark=MATTER,
            errors=errors,
        )

    def _groups(self, request: Request, asked: TypedOffer) -> list[MatterGroup]:
        """The matters that agents may do, by department."""
        language = self._frame.pages.language(request)
        groups: dict[str, list[MatterChoice]] = {}
        fitting = [one for one in self._matters.list_active() if Capacity.AGENT in one.capacities]
        for one in fitting[:SHOWN_MATTERS]:
            choice = MatterChoice(one.code, one.name_in(language), one.code in asked.matters)
            groups.setdefault(one.department, []).append(choice)
        return [MatterGroup(department, matters) for department, matters in groups.items()]

    def _refused(self, request: Request, signed_in: SignedIn, draft: Draft, fault: Refusal) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "enterprise/refused.html",
            status=409,
            text=self._frame.pages.text(request, f"delegation.refused.{fault.value}"),
            back_url=f"{PAGE}?id={draft.organisation_id}",
        )

    def _at(self, signed_in: SignedIn, organisation_id: str) -> At:
        with self._frame.sql.once() as db:
            return self._access.managed(db, signed_in.person.id, organisation_id, instant(self._clock))


def _held(draft: Draft) -> Held:
    ends_at = None if draft.ends_at is None else datetime.fromtimestamp(draft.ends_at, UTC)
    starts_at = datetime.fromtimestamp(draft.starts_at, UTC)
    return Held(draft.capacity, frozenset(draft.matters), starts_at, ends_at, draft.may_delegate)

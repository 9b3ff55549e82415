"""E07, answering an invitation: who asks, for what, until when, and what it means; two equal answers."""

from typing import Final

from idp.clock import Clock, instant
from idp.delegations.rules import Refusal, is_open_invitation
from idp.delegations.service import Delegations
from idp.delegations.store import Delegation
from idp.enterprise.page_values import card
from idp.enterprise.shown import Shown
from idp.errors import NotFound
from idp.organisations.store import Organisation, OrganisationStore
from idp.portal.frame import Frame, SignedIn
from idp.storage.engine import Db
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/account/invitation"
LIST: Final = "/account/organisations"
BACK: Final = Continuation("enterprise.list")


class InvitationViews:
    """`/account/invitation`."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        delegations: Delegations,
        organisations: OrganisationStore,
        shown: Shown,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._delegations = delegations
        self._organisations = organisations
        self._shown = shown

    def page(self, request: Request) -> Answer:
        """The invitation, for the one who was invited. Raises NotFound for everybody else."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        with self._frame.sql.once() as db:
            offered, organisation = self._offered(db, signed_in, request.query.get("id", ""))
        return self._page(request, signed_in, offered, organisation, None)

    def answer(self, request: Request) -> Answer:
        """Accept or decline."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.once() as db:
            offered, organisation = self._offered(db, signed_in, form.get("id", ""))
        act = (
            self._delegations.inviting.accept
            if form.get("answer") == "accept"
            else self._delegations.inviting.decline
        )
        with self._frame.sql.begin() as db:
            outcome = act(db, signed_in.person, offered.id, self._frame.place(request))
        if isinstance(outcome, Refusal):
            return self._page(request, signed_in, offered, organisation, outcome)
        return redirect(LIST)

    def _offered(self, db: Db, signed_in: SignedIn, delegation_id: str) -> tuple[Delegation, Organisation]:
        person = signed_in.person
        waiting = self._delegations.parts.store.list_invited(db, person.id, person.mobile)
        found = next((one.delegation for one in waiting if one.delegation.id == delegation_id), None)
        organisation = (
            self._organisations.find(db, found.organisation_id) if found and found.organisation_id else None
        )
        if found is None or organisation is None:
            raise NotFound("delegation.unknown", "no such invitation to this person")
        return found, organisation

    def _page(
        self,
        request: Request,
        signed_in: SignedIn,
        offered: Delegation,
        organisation: Organisation,
        fault: Refusal | None,
    ) -> Answer:
        text = self._frame.pages.text
        needed = self._delegations.parts.catalogue.least_level(offered.matters)
        is_open = is_open_invitation(offered.state, offered.invited_at, instant(self._clock))
        return self._frame.show(
            request,
            signed_in,
            "enterprise/invitation.html",
            status=200 if fault is None else 409,
            organisation=card(organisation),
            capacity=offered.capacity,
            matters=self._shown.matters_of(offered.matters, self._frame.pages.language(request)),
            starts_at=offered.starts_at,
            ends_at=offered.ends_at,
            may_delegate=offered.may_delegate,
            is_open=is_open,
            needed=needed if signed_in.level < needed else None,
            refused=text(request, f"delegation.refused.{fault.value}") if fault else None,
            id=offered.id,
            action=f"{PAGE}/answer",
        )

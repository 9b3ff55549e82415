"""The organisations a person acts for (/account/organisations), and E04, the home of one of them."""

from datetime import timedelta
from typing import Final

from idp.clock import Clock, instant
from idp.delegations.models import DelegationState
from idp.delegations.service import Delegations
from idp.enterprise.access import Access, At
from idp.enterprise.page_values import CapacityRow, Counts, card
from idp.enterprise.shown import Shown
from idp.identifiers.capacity import Capacity
from idp.organisations.models import RegistrationStatus
from idp.organisations.store import OrganisationStore
from idp.portal.frame import Frame
from idp.storage.engine import Db
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request

LIST: Final = Continuation("enterprise.list")
SOON: Final = timedelta(days=30)


class HomeViews:
    """What a person acts for, and one organisation as its people see it."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        access: Access,
        delegations: Delegations,
        organisations: OrganisationStore,
        shown: Shown,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._access = access
        self._delegations = delegations
        self._organisations = organisations
        self._shown = shown

    def overview(self, request: Request) -> Answer:
        """Every capacity and every invitation that waits."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, LIST)
        person, now = signed_in.person, instant(self._clock)
        language = self._frame.pages.language(request)
        with self._frame.sql.once() as db:
            held = self._delegations.capacities.list_of(db, person.id, now)
            waiting = [
                one.delegation
                for one in self._delegations.parts.store.list_invited(db, person.id, person.mobile)
                if one.delegation.organisation_id is not None
            ]
            ids = {one.organisation_id or "" for one in held} | {one.organisation_id or "" for one in waiting}
            known = self._organisations.list_of(db, sorted(ids))
            over = [card(one) for one in self._access.list_over(db, person.id)]
            invitations = self._shown.rows(db, waiting, person.id, language)
        capacities = [
            CapacityRow(card(known[one.organisation_id]), one.capacity, one.ends_at, one.via_name)
            for one in held
            if one.organisation_id in known
        ]
        offers = [
            (row, card(known[grant.organisation_id]))
            for row, grant in zip(invitations, waiting, strict=True)
            if grant.organisation_id in known
        ]
        return self._frame.show(
            request, signed_in, "enterprise/list.html", capacities=capacities, invitations=offers, over=over
        )

    def home(self, request: Request) -> Answer:
        """E04. Raises NotFound for an organisation that is not this person's."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, LIST)
        now = instant(self._clock)
        with self._frame.sql.once() as db:
            at = self._access.at(db, signed_in.person.id, request.query.get("id", ""), now)
            alerts, counts = self._state(db, at, request)
        return self._frame.show(
            request,
            signed_in,
            "enterprise/home.html",
            organisation=card(at.organisation),
            capacity=at.capacity,
            manages=at.manages,
            is_representative=at.capacity is Capacity.LEGAL_REPRESENTATIVE,
            alerts=alerts,
            counts=counts,
        )

    def _state(self, db: Db, at: At, request: Request) -> tuple[list[str], Counts]:
        """What needs attention, in words, and how many hold which capacity."""
        now, text = instant(self._clock), self._frame.pages.text
        grants = self._delegations.parts.store.list_of_organisation(db, at.organisation.id)
        active = [one for one in grants if one.state is DelegationState.ACTIVE]
        counts = Counts(
            administrator=sum(one.capacity is Capacity.ADMINISTRATOR for one in active),
            agent=sum(one.capacity is Capacity.AGENT for one in active),
            invited=sum(one.state is DelegationState.INVITED for one in grants),
        )
        handover = sum(one.frozen_for == "handover" for one in grants)
        soon = sum(one.ends_at is not None and one.ends_at - now < SOON for one in active)
        alerts = []
        if at.organisation.status is RegistrationStatus.ABNORMAL:
            alerts.append(text(request, "organisation.alert.abnormal"))
        if handover and at.capacity is Capacity.LEGAL_REPRESENTATIVE:
            alerts.append(text(request, "organisation.alert.handover", n=handover))
        if at.manages and counts.administrator < 2:
            alerts.append(text(request, "organisation.alert.few_administrators"))
        if at.manages and soon:
            alerts.append(text(request, "organisation.alert.soon", n=soon))
        return alerts, counts

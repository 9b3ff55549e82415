"""An organisation with people who act for it, as tests of delegations, acting and pages need them."""

from dataclasses import dataclass
from datetime import timedelta

from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.delegations.inviting import To
from idp.delegations.rules import Held, Refusal
from idp.delegations.store import Delegation
from idp.identifiers.capacity import ALL, Capacity
from idp.organisations.store import Organisation
from tests.support.factories import MadePerson
from tests.support.provider import Provider

PLACE = Place("192.0.2.0/24", "test")
YEAR = timedelta(days=365)
TAX, PERMIT = "TAX-001", "PERMIT-001"


@dataclass
class Office:
    """One organisation and the acts on its grants, each in a transaction of its own."""

    provider: Provider
    organisation: Organisation
    representative: MadePerson
    root: Delegation

    def person(self, made: MadePerson) -> Person:
        """The person as stored now."""
        with self.provider.sql.once() as db:
            found = self.provider.services.persons.find(db, made.id)
        assert found is not None
        return found

    def invite(
        self, by: MadePerson, to: To, capacity: Capacity = Capacity.AGENT, **held: object
    ) -> Delegation | Refusal:
        """Offer; `held` changes matters, ends_at, starts_at, may_delegate."""
        with self.provider.sql.begin() as db:
            return self._who.inviting.invite(
                db, self.person(by), self.organisation.id, self.held(capacity, **held), to, PLACE
            )

    def held(self, capacity: Capacity, **changes: object) -> Held:
        """What an offer gives: one matter for a year unless told otherwise."""
        now = instant(self.provider.clock)
        is_agent = capacity in {Capacity.AGENT, Capacity.FAMILY}
        values: dict[str, object] = {
            "matters": frozenset({TAX}) if is_agent else frozenset({ALL}),
            "starts_at": now,
            "ends_at": now + YEAR if is_agent else None,
            "may_delegate": False,
        }
        return Held(capacity, **{**values, **changes})  # type: ignore[arg-type] # named by the tests

    def accept(self, by: MadePerson, delegation_id: str) -> Delegation | Refusal:
        """Accept an offer."""
        with self.provider.sql.begin() as db:
            return self._who.inviting.accept(db, self.person(by), delegation_id, PLACE)

    def give(
        self, by: MadePerson, to: MadePerson, capacity: Capacity = Capacity.AGENT, **held: object
    ) -> Delegation:
        """Offer and accept; fails the test when either is refused."""
        offered = self.invite(by, To(person_id=to.id), capacity, **held)
        assert isinstance(offered, Delegation), offered
        accepted = self.accept(to, offered.id)
        assert isinstance(accepted, Delegation), accepted
        return accepted

    def end(self, by: MadePerson, delegation_id: str) -> Delegation | Refusal:
        """End a grant."""
        with self.provider.sql.begin() as db:
            return self._who.changing.end(db, self.person(by), delegation_id, PLACE)

    def matters_of(self, made: MadePerson) -> frozenset[str]:
        """What somebody may do here now, by any way."""
        with self.provider.sql.once() as db:
            held = self._who.capacities.list_of(db, made.id, instant(self.provider.clock))
        here = [one.matters for one in held if one.organisation_id == self.organisation.id]
        return frozenset().union(*here)

    @property
    def _who(self):  # type: ignore[no-untyped-def] # the service, as wiring builds it
        return self.provider.services.people.delegations


def office(provider: Provider, **organisation: object) -> Office:
    """A registered organisation with its legal representative (level 3)."""
    made = provider.make.organisation(**organisation)
    representative = provider.make.person(level=3)
    with provider.sql.begin() as db:
        root = provider.services.people.delegations.founding.representative(
            db, made.id, representative.id, "test", PLACE
        )
    return Office(provider, made, representative, root)

"""Persons and organisations who grant each other, over a provider of tests."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.delegations.inviting import To
from idp.delegations.rules import Held, Refusal
from idp.delegations.service import Delegations
from idp.delegations.store import Delegation
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.uscc import Uscc
from idp.organisations.models import RegistrationStatus
from idp.organisations.port import RegisterFacts
from idp.organisations.rules import kind_of
from idp.organisations.store import Organisation
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number, synthetic_uscc

PLACE = Place("192.0.2.0/24", "TEST-REFS")
ACTOR = "officer:test"


class World:
    """Makes persons and organisations, and says the acts in a few words; each act is a transaction of its own."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.sql = provider.sql
        self.acts: Delegations = provider.services.people.delegations
        self._made = 0

    @property
    def now(self) -> datetime:
        """The present instant of the standing clock."""
        return instant(self.provider.clock)

    def person(self, **changes: Any) -> Person:
        """Somebody who may sign in and has a mobile number that is proven."""
        made = self.provider.make.person(**{"mobile_verified_at": self.now, **changes})
        return self.read_person(made.id)

    def read_person(self, person_id: str) -> Person:
        """The person as stored now."""
        with self.sql.once() as db:
            found = self.provider.services.persons.find(db, person_id)
        assert found is not None
        return found

    def organisation(self) -> Organisation:
        """A registered enterprise."""
        self._made += 1
        return self.told(
            RegisterFacts(
                uscc=synthetic_uscc(self._made),
                name=f"测试单位{self._made}",
                kind=kind_of(Uscc(synthetic_uscc(self._made))),
                status=RegistrationStatus.REGISTERED,
                authority="某市场监督管理局",
                region="140100",
                representative_name="测试甲",
                representative_kind="111",
                representative_number=synthetic_id_number(900),
            )
        )

    def told(self, facts: RegisterFacts) -> Organisation:
        """Bring an organisation to what the register says."""
        with self.sql.begin() as db:
            return self.provider.services.people.organisations.apply(db, facts, "register", ACTOR, PLACE)

    def facts(self, organisation: Organisation, **changes: Any) -> RegisterFacts:
        """What the register says of an organisation, with changes."""
        return replace(
            RegisterFacts(
                uscc=organisation.uscc,
                name=organisation.name,
                kind=organisation.kind,
                status=organisation.status,
                authority=organisation.authority or "",
                region=organisation.region,
                representative_name=organisation.representative_name or "",
                representative_kind=organisation.representative_kind or "",
                representative_number=organisation.representative_number or "",
            ),
            **changes,
        )

    def founded(self, organisation: Organisation, person: Person) -> Delegation:
        """The register's word that a person represents an organisation."""
        with self.sql.begin() as db:
            return self.acts.founding.representative(db, organisation.id, person.id, "register", PLACE)

    def held(
        self, capacity: Capacity = Capacity.AGENT, *matters: str, days: float | None = 30, **more: Any
    ) -> Held:
        """What a grant gives; all matters unless some are named."""
        ends_at = None if days is None else self.now + timedelta(days=days)
        values = {"starts_at": self.now, "ends_at": ends_at, "may_delegate": False, **more}
        return Held(capacity, frozenset(matters or {ALL}), **values)

    def invite(
        self, by: Person, organisation: Organisation, to: Person | To, held: Held
    ) -> Delegation | Refusal:
        """Offer a grant for an organisation."""
        whom = to if isinstance(to, To) else To(person_id=to.id)
        with self.sql.begin() as db:
            return self.acts.inviting.invite(db, by, organisation.id, held, whom, PLACE)

    def accept(self, by: Person, delegation: Delegation | Refusal) -> Delegation | Refusal:
        """Answer an offer with yes."""
        assert isinstance(delegation, Delegation), delegation
        with self.sql.begin() as db:
            return self.acts.inviting.accept(db, by, delegation.id, PLACE)

    def granted(self, by: Person, organisation: Organisation, to: Person, held: Held) -> Delegation:
        """An offer that was accepted."""
        accepted = self.accept(to, self.invite(by, organisation, to, held))
        assert isinstance(accepted, Delegation), accepted
        return accepted

    def end(self, by: Person, delegation: Delegation) -> Delegation | Refusal:
        """End a grant."""
        with self.sql.begin() as db:
            return self.acts.changing.end(db, by, delegation.id, PLACE)

    def narrow(self, by: Person, delegation: Delegation, wanted: Held) -> Delegation | Refusal:
        """Take something away from a grant."""
        with self.sql.begin() as db:
            return self.acts.changing.narrow(db, by, delegation.id, wanted, PLACE)

    def keep(self, by: Person, delegation: Delegation) -> Delegation | Refusal:
        """Confirm a grant of the representative of before."""
        with self.sql.begin() as db:
            return self.acts.changing.keep(db, by, delegation.id, PLACE)

    def read(self, delegation: Delegation | Refusal) -> Delegation:
        """The grant as stored now."""
        assert isinstance(delegation, Delegation), delegation
        with self.sql.once() as db:
            found = self.acts.parts.store.find(db, delegation.id)
        assert found is not None
        return found

    def ways(self, person: Person) -> set[tuple[str, str | None]]:
        """The ways in which a person may act now: grant and the grant through which it is held."""
        with self.sql.once() as db:
            return {
                (one.delegation_id, one.via_delegation_id)
                for one in self.acts.capacities.list_of(db, person.id, self.now)
            }

"""Whatever anybody tries, in any order: nobody may do more than everybody above still holds.

Random people, strangers among them, offer, accept, decline, withdraw, narrow, end and review grants of three
organisations while registers, deaths and time go on. After every act the whole table is read and the law is worked out
from it anew, apart from the product's code.
"""

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.accounts.store import Person
from idp.delegations.inviting import To
from idp.delegations.rules import Held
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from idp.organisations.store import Organisation
from tests.idp.delegations.table import Table
from tests.idp.delegations.world import ACTOR, PLACE, World

PEOPLE = 9
ORGANISATIONS = 3
MATTERS = ("M1", "M2", "M3")
WEIGHTS = {
    "invite": 26,
    "invite_organisation": 4,
    "accept": 26,
    "narrow": 20,
    "end": 5,
    "keep": 40,
    "decline": 1,
    "withdraw": 1,
    "found": 2,
    "hold": 1,
    "thaw": 4,
    "gone": 1,
    "wait": 2,
    "job": 1,
}
RAISING = frozenset({"accept", "found", "thaw", "keep", "wait"})
"""Acts after which the one who acts may hold more than before: each is bounded by what another side gave."""
SEEDS = st.lists(st.integers(0, 2**32 - 1), min_size=40, max_size=80)
"""Each act is drawn from a seed of its own, so that a failure shrinks to the acts that matter."""


class Play:
    """Carries acts out and checks the law after each; `done` counts the acts that changed something."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = [world.person() for _ in range(PEOPLE)]
        self.organisations = [world.organisation() for _ in range(ORGANISATIONS)]
        self.table = Table(world)
        self.done: Counter[str] = Counter()

    def run(self, seeds: list[int]) -> None:
        """Forget all grants, give each organisation its first representative, then act."""
        self.table.clear()
        for organisation, person in zip(self.organisations, self.people, strict=False):
            self._hold(organisation, is_held=False)
            self.world.founded(organisation, person)
        for seed in seeds:
            self._act(Random(seed))  # noqa: S311  # a play, no secret

    def _act(self, chance: Random) -> None:
        act = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        grants = self.table.grants()
        grant = self._grant_for(act, chance, grants)
        by = self._person_for(act, chance, grant)
        before = self.table.rights_of(by.id)
        self._do(act, chance, by, grant)
        self.done[act] += self.table.grants() != grants
        self.table.check_law()
        if act not in RAISING:
            raised = self.table.rights_of(by.id) - before
            assert not raised, f"{act} raised the rights of the one who did it"
        for person in self.people:
            assert self.world.ways(person) == self.table.ways_of(person.id)

    def _grant_for(self, act: str, chance: Random, grants: list[Delegation]) -> Delegation:
        """Mostly a grant with which the act can succeed."""
        states = {
            "accept": "invited",
            "decline": "invited",
            "withdraw": "invited",
            "keep": "frozen",
            "narrow": "active",
        }
        fitting = [one for one in grants if one.state == states.get(act, "active")]
        if act in {"end", "narrow", "invite"} and chance.random() < 0.7:
            parents = {one.parent_id for one in fitting} if act != "invite" else set()
            deep = {one.id for one in grants if one.parent_id is not None}
            fitting = [one for one in fitting if one.id in (parents & deep or deep)] or fitting
        return chance.choice(fitting if fitting and chance.random() < 0.9 else grants)

    def _person_for(self, act: str, chance: Random, grant: Delegation) -> Person:
        """Mostly somebody who may do the act, sometimes anybody."""
        if act in {"accept", "decline"} and grant.agent_organisation_id is not None:
            fitting = self.table.managers_of(grant.agent_organisation_id)
        elif act in {"accept", "decline"}:
            fitting = {grant.agent_person_id or ""}
        elif act in {"keep", "narrow"}:
            fitting = self.table.managers_of(grant.organisation_id)
        elif act == "invite":
            fitting = {grant.agent_person_id or ""}
        else:
            fitting = self.table.holders_at(grant.organisation_id or "")
        wanted = [one for one in self.people if one.id in fitting]
        return chance.choice(wanted if wanted and chance.random() < 0.85 else self.people)

    def _do(self, act: str, chance: Random, by: Person, grant: Delegation) -> None:
        world, acts = self.world, self.world.acts
        organisation = chance.choice(self.organisations)
        if act == "invite":
            at = next(one for one in self.organisations if one.id == grant.organisation_id)
            world.invite(by, at, chance.choice(self.people), self._offered(chance, by, at))
        elif act == "invite_organisation":
            at = next(one for one in self.organisations if one.id == grant.organisation_id)
            world.invite(by, at, To(organisation_id=organisation.id), self._offered(chance, by, at))
        elif act == "found":
            world.founded(organisation, by)
        elif act in {"hold", "thaw"}:
            self._hold(organisation, is_held=act == "hold")
        elif act == "gone":
            with world.sql.begin() as db:
                acts.following.person_gone(db, by.id, "deceased", ACTOR, PLACE)
        elif act == "wait":
            world.provider.clock.advance(chance.choice([3_600, 86_400, 9 * 86_400]))
        elif act == "job":
            acts.following.run()
        else:
            self._do_with(act, chance, by, grant)

    def _do_with(self, act: str, chance: Random, by: Person, grant: Delegation) -> None:
        world, inviting = self.world, self.world.acts.inviting
        if act == "accept":
            world.accept(by, grant)
        elif act == "narrow":
            world.narrow(by, grant, self._changed(chance, grant))
        elif act == "end":
            world.end(by, grant)
        elif act == "keep":
            world.keep(by, grant)
        else:
            with world.sql.begin() as db:
                (inviting.decline if act == "decline" else inviting.withdraw)(db, by, grant.id, PLACE)

    def _offered(self, chance: Random, by: Person, at: Organisation) -> Held:
        """Mostly about what the one who offers holds, so that it is sometimes just too much."""
        capacity = chance.choice([Capacity.ADMINISTRATOR, Capacity.AGENT, Capacity.AGENT])
        held = [
            matter for place, _, matter in self.table.rights_of(by.id) if place == at.id and matter in MATTERS
        ]
        some = chance.sample(MATTERS, chance.randint(1, 3))
        matters = [one for one in some if one in held] or some if chance.random() < 0.8 else ["*"]
        days = chance.choice([None, 2, 5, 20, 30, 700, 800])
        return self.world.held(capacity, *matters, days=days, may_delegate=chance.random() < 0.7)

    def _changed(self, chance: Random, grant: Delegation) -> Held:
        """Mostly a real narrowing, sometimes anything."""
        some = frozenset(chance.sample(MATTERS, chance.randint(1, 3)))
        if chance.random() < 0.15:
            return self.world.held(grant.capacity, *some, days=800, may_delegate=True)
        matters = some if "*" in grant.matters else grant.matters & some or grant.matters
        starts_at = grant.starts_at + timedelta(days=chance.choice([0, 0, 0, 3]))
        sooner = self.world.now + timedelta(days=chance.choice([1, 1, 4, 900]))
        ends_at = sooner if grant.ends_at is None else min(sooner, grant.ends_at)
        return Held(grant.capacity, matters, starts_at, ends_at, grant.may_delegate and chance.random() < 0.8)

    def _hold(self, organisation: Organisation, *, is_held: bool) -> None:
        organisations = self.world.provider.services.people.organisations
        with self.world.sql.begin() as db:
            if is_held:
                organisations.freeze(db, organisation.id, "dispute", ACTOR, PLACE)
            else:
                organisations.thaw(db, organisation.id, ACTOR, PLACE)


def test_nobody_may_do_more_than_everybody_above_holds(lone_world: World) -> None:
    """Many plays on SQLite; each kind of act succeeds often enough to say something."""
    play = Play(lone_world)

    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(SEEDS)
    def plays(seeds: list[int]) -> None:
        play.run(seeds)

    plays()
    for act in ("invite", "invite_organisation", "accept", "narrow", "end", "keep", "found", "gone"):
        assert play.done[act] > 1, f"{act} hardly ever succeeded: this play says nothing"


def test_same_holds_on_both_pairs_of_stores(world: World) -> None:
    """Fewer plays on each pair of stores."""
    play = Play(world)

    @settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(SEEDS)
    def plays(seeds: list[int]) -> None:
        play.run(seeds)

    plays()

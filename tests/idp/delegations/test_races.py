"""Two acts at the same moment never leave more than either of them alone would."""

from dataclasses import replace
from functools import partial

from idp.delegations.inviting import To
from idp.delegations.models import DelegationState
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from tests.idp.delegations.table import Table
from tests.idp.delegations.world import World
from tests.support.at_once import at_once

ROUNDS = 6


def test_end_of_a_grant_reaches_what_is_accepted_below_it_at_that_moment(world: World) -> None:
    """Whichever comes first, nothing below an ended grant may be acted on."""
    boss, organisation = world.person(), world.organisation()
    world.founded(organisation, boss)
    for _ in range(ROUNDS):
        agent, helper = world.person(), world.person()
        given = world.granted(boss, organisation, agent, world.held(Capacity.AGENT, "M1", may_delegate=True))
        offer = world.invite(agent, organisation, helper, world.held(Capacity.AGENT, "M1", days=10))
        at_once([partial(world.end, boss, given), partial(world.accept, helper, offer)])

        assert world.read(given).state is DelegationState.ENDED
        assert world.ways(helper) == set()
        assert world.read(offer).state is not DelegationState.ACTIVE


def test_narrowing_reaches_what_is_accepted_below_it_at_that_moment(world: World) -> None:
    """Whichever comes first, nothing below gives more than what is left."""
    boss, organisation = world.person(), world.organisation()
    world.founded(organisation, boss)
    for _ in range(ROUNDS):
        agent, helper = world.person(), world.person()
        held = world.held(Capacity.AGENT, "M1", "M2", may_delegate=True)
        given = world.granted(boss, organisation, agent, held)
        offer = world.invite(agent, organisation, helper, world.held(Capacity.AGENT, "M1", "M2", days=10))
        less = replace(given.held, matters=frozenset({"M1"}))
        narrowed, _ = at_once(
            [partial(world.narrow, boss, given, less), partial(world.accept, helper, offer)]
        )

        assert isinstance(narrowed, Delegation)
        Table(world).check_law()


def test_two_organisations_that_accept_each_other_at_once_are_not_both_agents(world: World) -> None:
    """One acceptance wins, the other offer stays open."""
    first, second = world.person(), world.person()
    for _ in range(ROUNDS):
        here, there = world.organisation(), world.organisation()
        world.founded(here, first)
        world.founded(there, second)
        one = world.invite(first, here, To(organisation_id=there.id), world.held())
        other = world.invite(second, there, To(organisation_id=here.id), world.held())
        at_once([partial(world.accept, second, one), partial(world.accept, first, other)])

        Table(world).check_law()
        assert sorted(world.read(each).state for each in (one, other)) == ["active", "invited"]


def test_two_representatives_at_once_leave_one(world: World) -> None:
    """The register's words come one after the other, and the last one stands."""
    people = [world.person() for _ in range(4)]
    for _ in range(ROUNDS):
        organisation = world.organisation()
        world.founded(organisation, people[0])
        at_once([partial(world.founded, organisation, who) for who in people[1:]])

        Table(world).check_law()
        assert len(Table(world).managers_of(organisation.id)) == 1


def test_one_offer_accepted_many_times_at_once_is_one_grant(world: World) -> None:
    """One answer counts."""
    boss, agent, organisation = world.person(), world.person(), world.organisation()
    world.founded(organisation, boss)
    for _ in range(ROUNDS):
        offer = world.invite(boss, organisation, agent, world.held(Capacity.AGENT, "M1"))
        answers = at_once([partial(world.accept, agent, offer)] * 6)

        assert sum(isinstance(each, Delegation) for each in answers) == 1
        assert world.ways(agent) == {(world.read(offer).id, None)}

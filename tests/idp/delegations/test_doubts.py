"""What somebody would try who wants more than was granted, or loses what was granted by an act that was refused."""

from dataclasses import replace
from datetime import timedelta

from idp.delegations.inviting import To
from idp.delegations.models import DelegationState
from idp.delegations.rules import Refusal
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from tests.idp.delegations.world import PLACE, World


def test_later_beginning_is_later_below_too(world: World) -> None:
    """A grant that begins later lets nobody below it begin sooner."""
    boss, agent, helper, organisation = world.person(), world.person(), world.person(), world.organisation()
    world.founded(organisation, boss)
    given = world.granted(boss, organisation, agent, world.held(Capacity.AGENT, "M1", may_delegate=True))
    below = world.granted(agent, organisation, helper, world.held(Capacity.AGENT, "M1", days=20))

    later = replace(given.held, starts_at=world.now + timedelta(days=5))
    assert isinstance(world.narrow(boss, given, later), Delegation)

    assert world.ways(agent) == set()
    assert world.ways(helper) == set()
    world.provider.clock.advance(6 * 86_400)
    assert world.ways(helper) == {(below.id, None)}


def test_two_organisations_never_become_agents_of_each_other(world: World) -> None:
    """Both offers were open; the second acceptance is refused."""
    first, second = world.person(), world.person()
    here, there = world.organisation(), world.organisation()
    world.founded(here, first)
    world.founded(there, second)
    one = world.invite(first, here, To(organisation_id=there.id), world.held())
    other = world.invite(second, there, To(organisation_id=here.id), world.held())

    assert isinstance(world.accept(second, one), Delegation)
    assert world.accept(first, other) is Refusal.CIRCLE


def test_offer_from_below_is_refused_and_takes_nothing_away(world: World) -> None:
    """Whoever accepts from somebody who stands on him is refused, and both keep what they have."""
    boss, agent, helper, organisation = world.person(), world.person(), world.person(), world.organisation()
    world.founded(organisation, boss)
    given = world.granted(boss, organisation, agent, world.held(Capacity.AGENT, "M1", may_delegate=True))
    below = world.granted(agent, organisation, helper, world.held(Capacity.AGENT, "M1", days=20))
    with world.sql.begin() as db:
        wider = replace(world.read(below), may_delegate=True)
        world.acts.parts.store.put(db, wider)

    back = world.invite(helper, organisation, agent, world.held(Capacity.AGENT, "M1", days=10))
    answer = world.accept(agent, back) if isinstance(back, Delegation) else back

    assert isinstance(answer, Refusal)
    assert world.read(given).state is DelegationState.ACTIVE
    assert world.ways(helper) == {(below.id, None)}


def test_level_that_has_run_out_accepts_nothing(world: World) -> None:
    """The level counts as of the acceptance, not as it was once given."""
    boss, organisation = world.person(), world.organisation()
    world.founded(organisation, boss)
    stale = world.person(level=2, level_until=world.now - timedelta(days=1))
    fresh = world.person(level=2, level_until=world.now + timedelta(days=1))
    for agent, is_taken in ((stale, False), (fresh, True)):
        offer = world.invite(boss, organisation, agent, world.held(Capacity.ADMINISTRATOR))
        assert isinstance(world.accept(agent, offer), Delegation) is is_taken


def test_number_that_nobody_proved_takes_no_invitation(world: World) -> None:
    """Writing down another's number is not enough to take what was offered to it."""
    boss, organisation = world.person(), world.organisation()
    world.founded(organisation, boss)
    stranger = world.person(mobile="19900007001", mobile_verified_at=None)
    offer = world.invite(boss, organisation, To(mobile="19900007001"), world.held(Capacity.AGENT, "M1"))

    assert isinstance(world.accept(stranger, offer), Refusal)


def test_death_of_the_representative_leaves_grants_to_be_reviewed(world: World) -> None:
    """Nobody acts at first; what the heir keeps may be acted on again."""
    boss, heir, keeper, organisation = world.person(), world.person(), world.person(), world.organisation()
    world.founded(organisation, boss)
    given = world.granted(boss, organisation, keeper, world.held(Capacity.ADMINISTRATOR))
    with world.sql.begin() as db:
        world.acts.following.person_gone(db, boss.id, "deceased", "system:test", PLACE)

    assert world.ways(keeper) == set()
    assert world.read(given).state is DelegationState.FROZEN
    world.founded(organisation, heir)
    assert isinstance(world.keep(heir, given), Delegation)
    assert world.ways(keeper) == {(given.id, None)}


def test_change_of_representative_reaches_every_grant_of_a_large_organisation(lone_world: World) -> None:
    """Also where there are more grants than a list for people holds."""
    world = lone_world
    boss, heir, agent, organisation = world.person(), world.person(), world.person(), world.organisation()
    root = world.founded(organisation, boss)
    given = world.granted(boss, organisation, agent, world.held(Capacity.AGENT, "M1"))
    with world.sql.begin() as db:
        for number in range(1_005):
            other = replace(
                given,
                id=f"{number:032x}",
                agent_person_id=None,
                agent_organisation_id=organisation.id,
                invited_at=world.now + timedelta(seconds=1),
            )
            world.acts.parts.store.add(db, other)
    world.founded(organisation, heir)

    assert world.read(root).state is DelegationState.ENDED
    assert world.read(given).state is DelegationState.FROZEN

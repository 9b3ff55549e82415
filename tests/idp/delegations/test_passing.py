"""What time and keys do to grants."""

from datetime import timedelta

from idp.delegations.inviting import To
from idp.delegations.models import DelegationState
from idp.delegations.rules import INVITED_FOR
from idp.delegations.verifying import verified
from idp.identifiers.capacity import Capacity
from idp.keys.lifecycle import Actor
from idp.keys.models import KeyPurpose
from tests.idp.delegations.world import PLACE, World


def test_periods_that_are_over_are_marked_and_told_once(world: World) -> None:
    """A grant and an invitation end with their time; each is marked and audited once, and the number is gone."""
    boss, agent, organisation = world.person(), world.person(), world.organisation()
    world.founded(organisation, boss)
    given = world.granted(boss, organisation, agent, world.held(Capacity.AGENT, "M1", days=2))
    offered = world.invite(boss, organisation, To(mobile="19900007123"), world.held(Capacity.AGENT, "M1"))
    world.provider.clock.advance(timedelta(days=2).total_seconds())
    assert world.ways(agent) == set()
    assert world.acts.following.run() == 1
    world.provider.clock.advance(INVITED_FOR.total_seconds())
    assert world.acts.following.run() == 1
    assert world.acts.following.run() == 0

    assert world.read(given).state is DelegationState.EXPIRED
    assert (world.read(offered).state, world.read(offered).invitee) == (DelegationState.EXPIRED, None)
    told = [(row.object, row.details) for row in world.provider.events("delegation.ended")]
    assert [each[0] for each in told] == [given.id, world.read(offered).id]
    assert "19900007123" not in str(world.provider.events())


def test_word_still_holds_when_the_key_that_signed_it_has_ended(world: World) -> None:
    """After a rotation old and new evidence verify alike."""
    boss, agent, organisation = world.person(), world.person(), world.organisation()
    world.founded(organisation, boss)
    given = world.granted(boss, organisation, agent, world.held(Capacity.AGENT, "M1"))
    kid = world.provider.services.foundation.keyring.signer_of(KeyPurpose.EVIDENCE, "SGD_SM3_SM2").handle.kid
    services, officer = world.provider.services, Actor("officer:test", PLACE, "officer")
    successor = services.lifecycle.make(KeyPurpose.EVIDENCE, "SGD_SM3_SM2", officer)
    world.provider.clock.advance(services.settings.keys.publish_seconds + 1)
    services.lifecycle.activate(successor, officer)
    world.provider.clock.advance(1.5)

    evidence = world.acts.parts.evidence
    later = world.granted(boss, organisation, world.person(), world.held(Capacity.AGENT, "M1"))
    now_kid = world.provider.services.foundation.keyring.signer_of(
        KeyPurpose.EVIDENCE, "SGD_SM3_SM2"
    ).handle.kid
    assert now_kid == successor != kid
    for grant in (given, later):
        assert verified(evidence, world.read(grant)) == {"grant": True, "acceptance": True}

"""Grants need the word of both sides, and nobody gives more than he holds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.clock import instant
from idp.delegations.inviting import To
from idp.delegations.models import DelegationState
from idp.delegations.parts import word_of
from idp.delegations.rules import ADMINISTRATORS, INVITED_FOR, Refusal
from idp.delegations.store import Delegation
from idp.identifiers.capacity import ALL, Capacity
from tests.support.at_once import at_once
from tests.support.delegating import PERMIT, PLACE, TAX, YEAR, Office, office
from tests.support.matters import matter
from tests.support.provider import Provider

ADMINISTRATOR = Capacity.ADMINISTRATOR


def _offer(here: Office, to: To, **held: Any) -> Delegation:
    offered = here.invite(here.representative, to, **held)
    assert isinstance(offered, Delegation), offered
    return offered


def test_nothing_may_be_done_before_both_sides_said_yes(any_provider: Provider) -> None:
    """An invitation gives nothing; accepted, it gives the named matters until its end, and nothing after it."""
    here, agent = office(any_provider), any_provider.make.person()
    offered = _offer(here, To(person_id=agent.id))
    assert here.matters_of(agent) == frozenset()
    accepted = here.accept(agent, offered.id)
    assert isinstance(accepted, Delegation) and accepted.state is DelegationState.ACTIVE
    assert here.matters_of(agent) == {TAX}
    any_provider.clock.advance(YEAR.total_seconds())
    assert here.matters_of(agent) == frozenset()


def test_only_the_one_who_was_invited_may_answer(any_provider: Provider) -> None:
    """A stranger who knows the invitation's id can neither accept nor decline it."""
    here, agent, stranger = office(any_provider), any_provider.make.person(), any_provider.make.person()
    offered = _offer(here, To(person_id=agent.id))
    assert here.accept(stranger, offered.id) is Refusal.NOT_INVITED
    who = any_provider.services.people.delegations.inviting
    with any_provider.sql.begin() as db:
        assert who.decline(db, here.person(stranger), offered.id, PLACE) is Refusal.NOT_INVITED
        assert who.withdraw(db, here.person(stranger), offered.id, PLACE) is Refusal.NOT_YOURS
    assert isinstance(here.accept(agent, offered.id), Delegation)
    assert [row.actor for row in any_provider.events("delegation.refused")] == [f"person:{stranger.id}"] * 3


def test_a_mobile_number_is_invited_before_its_owner_is_known(any_provider: Provider) -> None:
    """Who proves the number later accepts; the number is sealed in the row and gone from it afterwards."""
    here, agent = office(any_provider), any_provider.make.person()
    offered = _offer(here, To(mobile=agent.mobile))
    with any_provider.sql.once() as db:
        waiting = any_provider.services.people.delegations.parts.store.list_invited(
            db, agent.id, agent.mobile
        )
    assert [one.delegation.id for one in waiting] == [offered.id]
    accepted = here.accept(agent, offered.id)
    assert isinstance(accepted, Delegation) and accepted.invitee is None
    with any_provider.sql.once() as db:
        raw = db.exec_driver_sql(
            "SELECT invitee, invitee_digest, invitee_digest_even FROM delegation WHERE invitee IS NOT NULL"
        )
        assert raw.all() == []


def test_an_invitation_is_over_after_its_time_a_decline_or_a_withdrawal(any_provider: Provider) -> None:
    """None of the three can be accepted afterwards."""
    here, agent = office(any_provider), any_provider.make.person()
    who = any_provider.services.people.delegations.inviting
    declined, withdrawn, old = (_offer(here, To(person_id=agent.id)) for _ in range(3))
    with any_provider.sql.begin() as db:
        who.decline(db, here.person(agent), declined.id, PLACE)
        who.withdraw(db, here.person(here.representative), withdrawn.id, PLACE)
    any_provider.clock.advance(INVITED_FOR.total_seconds())
    assert {here.accept(agent, one.id) for one in (declined, withdrawn, old)} == {Refusal.OVER}
    assert here.matters_of(agent) == frozenset()


def test_acceptance_and_withdrawal_at_once_leave_one_of_them(any_provider: Provider) -> None:
    """Whatever comes first wins; never does the agent hold a grant that was withdrawn."""
    here, agent = office(any_provider), any_provider.make.person()
    who = any_provider.services.people.delegations.inviting
    representative, person = here.person(here.representative), here.person(agent)
    for _ in range(6):
        offered = _offer(here, To(person_id=agent.id))

        def accept(offered: Delegation = offered) -> object:
            with any_provider.sql.begin() as db:
                return who.accept(db, person, offered.id, PLACE)

        def withdraw(offered: Delegation = offered) -> object:
            with any_provider.sql.begin() as db:
                return who.withdraw(db, representative, offered.id, PLACE)

        accepted, withdrawn = at_once([accept, withdraw])
        assert isinstance(accepted, Delegation) != isinstance(withdrawn, Delegation)
        assert (here.matters_of(agent) == {TAX}) is isinstance(accepted, Delegation)
        if isinstance(accepted, Delegation):
            here.end(agent, accepted.id)


@pytest.mark.parametrize(
    ("capacity", "held", "fault"),
    [
        (Capacity.AGENT, {"matters": frozenset()}, Refusal.NO_MATTERS),
        (Capacity.AGENT, {"ends_at": None}, Refusal.PERIOD),
        (Capacity.AGENT, {"days": 732}, Refusal.PERIOD),
        (Capacity.AGENT, {"days": -1}, Refusal.PERIOD),
        (Capacity.AGENT, {"matters": frozenset(f"M{n}" for n in range(201))}, Refusal.TOO_MANY_MATTERS),
        (Capacity.LEGAL_REPRESENTATIVE, {}, Refusal.MAY_NOT_DELEGATE),
        (Capacity.GUARDIAN, {}, Refusal.MAY_NOT_DELEGATE),
        (Capacity.SELF, {}, Refusal.MAY_NOT_DELEGATE),
    ],
)
def test_offers_that_nobody_may_make(
    provider: Provider, capacity: Capacity, held: dict[str, Any], fault: Refusal
) -> None:
    """Empty, endless, too long, past and overfull offers, and capacities that only a register gives."""
    here, agent = office(provider), provider.make.person()
    if "days" in held:
        held = {"ends_at": instant(provider.clock) + timedelta(days=held["days"])}
    assert here.invite(here.representative, To(person_id=agent.id), capacity, **held) is fault


def test_nobody_gives_what_he_does_not_hold(any_provider: Provider) -> None:
    """Strangers give nothing; administrators name agents only; agents nobody; who may pass on gives within the own grant."""
    here = office(any_provider)
    administrator, agent, second, third = (any_provider.make.person() for _ in range(4))
    assert here.invite(agent, To(person_id=second.id)) is Refusal.NOT_YOURS
    here.give(here.representative, administrator, ADMINISTRATOR)
    assert here.invite(administrator, To(person_id=second.id), ADMINISTRATOR) is Refusal.MAY_NOT_DELEGATE
    here.give(administrator, agent)
    assert here.invite(agent, To(person_id=second.id)) is Refusal.MAY_NOT_DELEGATE
    here.give(administrator, agent, may_delegate=True, matters=frozenset({TAX, PERMIT}))
    wide = {"matters": frozenset({TAX, "OTHER-1"})}
    assert here.invite(agent, To(person_id=second.id), **wide) is Refusal.MORE_THAN_HELD
    assert here.invite(agent, To(person_id=second.id), matters=frozenset({ALL})) is Refusal.MORE_THAN_HELD
    longer = instant(any_provider.clock) + YEAR + timedelta(days=1)
    assert here.invite(agent, To(person_id=second.id), ends_at=longer) is Refusal.MORE_THAN_HELD
    assert here.invite(agent, To(person_id=second.id), may_delegate=True) is Refusal.TOO_DEEP
    here.give(agent, second)
    assert here.matters_of(second) == {TAX}
    assert here.invite(second, To(person_id=third.id)) is Refusal.MAY_NOT_DELEGATE


def test_nobody_names_himself_and_no_two_organisations_name_each_other(any_provider: Provider) -> None:
    """A representative is not his own agent, and a circle of agent organisations is refused."""
    here, there = office(any_provider), office(any_provider)
    boss = here.representative
    assert here.invite(boss, To(person_id=boss.id)) is Refusal.ONESELF
    assert here.invite(boss, To(mobile=boss.mobile)) is Refusal.ONESELF
    assert here.invite(boss, To(organisation_id=here.organisation.id)) is Refusal.ONESELF
    offered = _offer(here, To(organisation_id=there.organisation.id))
    assert isinstance(there.accept(there.representative, offered.id), Delegation)
    assert there.invite(there.representative, To(organisation_id=here.organisation.id)) is Refusal.CIRCLE


def test_five_administrators_and_no_sixth_even_at_once(any_provider: Provider) -> None:
    """Offers count as well; eight that come together leave five."""
    here = office(any_provider)
    boss = here.person(here.representative)
    invited = [any_provider.make.person() for _ in range(8)]
    who = any_provider.services.people.delegations.inviting
    held = here.held(ADMINISTRATOR)

    def offer(person_id: str) -> object:
        with any_provider.sql.begin() as db:
            return who.invite(db, boss, here.organisation.id, held, To(person_id=person_id), PLACE)

    outcomes = at_once([lambda person_id=one.id: offer(person_id) for one in invited])
    made = [one for one in outcomes if isinstance(one, Delegation)]
    assert len(made) == ADMINISTRATORS
    assert {one for one in outcomes if not isinstance(one, Delegation)} == {Refusal.TOO_MANY}


def test_who_accepts_must_be_known_well_enough_for_the_matters(any_provider: Provider) -> None:
    """The level of the matters is asked of the agent when he accepts, and met later it is enough."""
    here, agent = office(any_provider), any_provider.make.person(level=1)
    _matter(any_provider, TAX, 2)
    offered = _offer(here, To(person_id=agent.id))
    assert here.accept(agent, offered.id) is Refusal.LEVEL
    known = any_provider.make.person(level=2)
    assert isinstance(here.accept(known, _offer(here, To(person_id=known.id)).id), Delegation)


def test_a_new_grant_takes_the_place_of_the_old_one_with_all_that_stood_on_it(any_provider: Provider) -> None:
    """The same agent has one grant; whom the old one had let in is out."""
    here, agent, below = office(any_provider), any_provider.make.person(), any_provider.make.person()
    first = here.give(here.representative, agent, may_delegate=True)
    here.give(agent, below)
    second = here.give(here.representative, agent, matters=frozenset({PERMIT}))
    assert here.matters_of(agent) == {PERMIT} and here.matters_of(below) == frozenset()
    with any_provider.sql.once() as db:
        old = any_provider.services.people.delegations.parts.store.find(db, first.id)
    assert old is not None and old.ended_for == "replaced" and second.id != first.id


def test_family_needs_both_sides_and_five_are_enough(any_provider: Provider) -> None:
    """A person names at most five who act for the family; each of them agrees; either side ends it."""
    here, owner = office(any_provider), any_provider.make.person()
    who = any_provider.services.people.delegations
    relatives = [any_provider.make.person() for _ in range(6)]
    person = here.person(owner)
    outcomes: list[object] = []
    for relative in relatives:
        with any_provider.sql.begin() as db:
            outcomes.append(
                who.inviting.invite_family(
                    db, person, here.held(Capacity.FAMILY), To(person_id=relative.id), PLACE
                )
            )
    assert outcomes[5] is Refusal.TOO_MANY
    first = outcomes[0]
    assert isinstance(first, Delegation)
    assert isinstance(here.accept(relatives[0], first.id), Delegation)
    with any_provider.sql.once() as db:
        held = who.capacities.list_of(db, relatives[0].id, instant(any_provider.clock))
    assert [one.subject_person_id for one in held] == [owner.id]
    assert isinstance(here.end(owner, first.id), Delegation)
    with any_provider.sql.once() as db:
        assert who.capacities.list_of(db, relatives[0].id, instant(any_provider.clock)) == []


def test_each_word_is_signed_and_a_changed_row_shows(any_provider: Provider) -> None:
    """Grant and acceptance verify over just what the row says; any other content, and the other side's word, do not."""
    here, agent = office(any_provider), any_provider.make.person()
    grant = here.give(here.representative, agent)
    evidence = any_provider.services.people.delegations.parts.evidence
    offered = replace(grant, state=DelegationState.INVITED)
    word = word_of(offered, "grant", f"person:{here.representative.id}")
    assert grant.grant_evidence and grant.acceptance_evidence
    assert evidence.does_hold(grant.grant_evidence, word)
    assert not evidence.does_hold(grant.grant_evidence, replace(word, matters=("OTHER-1",)))
    assert not evidence.does_hold(grant.grant_evidence, replace(word, ends_at=None))
    accepted = word_of(grant, "acceptance", f"person:{agent.id}")
    assert evidence.does_hold(grant.acceptance_evidence, accepted)
    assert not evidence.does_hold(grant.grant_evidence, accepted)
    assert not evidence.does_hold(grant.acceptance_evidence[:-2] + "AA", accepted)


def _matter(provider: Provider, code: str, level: int) -> None:
    provider.services.people.matters.replace_all([matter(code, level=level)], "system:test", PLACE)
    provider.clock.advance(1.5)

"""A guardian is bound to a child by the register's word only, until the child is eighteen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.clock import today
from idp.delegations.guardianship import GUARDIANS, Guardianship, Kin, birthday
from idp.delegations.rules import Refusal
from idp.delegations.store import Delegation
from idp.identifiers.id_number import IdNumber
from idp.proofing.port import Claimed, Matched, Mismatched, SourceDown, Verdict
from tests.idp.delegations.world import PLACE, World
from tests.support.at_once import at_once
from tests.support.synthetic import synthetic_id_number

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Register:
    """Vouches for everybody unless told otherwise, and remembers what it was asked."""

    answer: Callable[[Claimed], Verdict] | None = None
    asked: list[Claimed] = field(default_factory=list)
    name: str = "population-test"

    def check(self, claimed: Claimed) -> Verdict:
        self.asked.append(claimed)
        if self.answer is not None:
            return self.answer(claimed)
        return Matched(self.name, "REF", LONG_AGO)


def _bound(world: World, register: Register | None) -> Guardianship:
    return Guardianship(world.acts.parts, world.acts.founding, world.provider.services.persons, register)


def _child(world: World, years: int, sequence: int = 500, days: int = 0) -> IdNumber:
    born = birthday(today(world.provider.clock), -years) + timedelta(days=days)
    return IdNumber(synthetic_id_number(sequence, born))


def _record(world: World, guardianship: Guardianship, kin: Kin | Refusal) -> Delegation | Refusal:
    assert isinstance(kin, Kin), kin
    with world.sql.begin() as db:
        return guardianship.record(db, kin, PLACE)


def test_guardian_acts_for_a_small_child_that_cannot_sign_in(world: World) -> None:
    """The child gets a row that signs in nowhere; two guardians share it; at eighteen it ends by itself."""
    register, parents = Register(), [world.person(), world.person()]
    guardianship = _bound(world, register)
    number = _child(world, 6)
    grants = [_record(world, guardianship, guardianship.check(one, number, "测试小")) for one in parents]
    first, second = (world.read(grant) for grant in grants)

    assert first.person_id == second.person_id
    child = world.read_person(first.person_id or "")
    assert (child.state, child.mobile) == (PersonState.DEPENDENT, None)
    assert world.ways(parents[0]) == {(first.id, None)}
    assert register.asked[0].proof["guardian_number"] == parents[0].id_number
    assert _record(world, guardianship, guardianship.check(parents[0], number, "测试小")) is Refusal.ALREADY

    until = first.ends_at
    assert until is not None
    world.provider.clock.advance((until - world.now).total_seconds() - 1)
    assert world.ways(parents[0]) == {(first.id, None)}
    world.provider.clock.advance(1)
    assert world.ways(parents[0]) == set()


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (lambda _: Mismatched("population-test", "REF", ("kinship",)), Refusal.NO_KIN),
        (lambda _: SourceDown("population-test", "slow"), Refusal.REVIEW),
        (lambda _: Matched("population-test", "REF", LONG_AGO, is_deceased=True), Refusal.NO_KIN),
    ],
)
def test_without_the_register_s_yes_nobody_is_bound(
    lone_world: World, answer: Callable[[Claimed], Verdict], refusal: Refusal
) -> None:
    """A no is a no; no answer is none, and sends people to the counter; neither writes anything."""
    guardianship = _bound(lone_world, Register(answer))
    number = _child(lone_world, 6)
    assert guardianship.check(lone_world.person(), number, "测试小") is refusal
    assert _bound(lone_world, None).check(lone_world.person(), number, "测试小") is Refusal.REVIEW
    with lone_world.sql.once() as db:
        assert lone_world.provider.services.persons.find_by_document(db, "111", number.value) is None


def test_no_register_is_asked_about_an_adult_or_by_somebody_unknown(lone_world: World) -> None:
    """Somebody of eighteen has no guardian; who is not proofed well enough cannot fish for kinship."""
    register = Register()
    guardianship = _bound(lone_world, register)
    guardian = lone_world.person()
    assert guardianship.check(guardian, _child(lone_world, 18), "测试小") is Refusal.NO_MINOR
    assert guardianship.check(lone_world.person(level=1), _child(lone_world, 6), "测试小") is Refusal.LEVEL
    assert register.asked == []
    assert isinstance(guardianship.check(guardian, _child(lone_world, 18, days=1), "测试小"), Kin)


def test_from_fourteen_on_the_child_has_an_account_of_its_own(lone_world: World) -> None:
    """An older child that has not registered is not made by others; a registered one is bound and stays as it is."""
    guardianship = _bound(lone_world, Register())
    guardian = lone_world.person()
    older = _child(lone_world, 14)
    assert (
        _record(lone_world, guardianship, guardianship.check(guardian, older, "测试大"))
        is Refusal.NOT_REGISTERED
    )
    child: Person = lone_world.person(id_number=older.value, name="测试大")
    grant = _record(lone_world, guardianship, guardianship.check(guardian, older, "测试大"))
    assert isinstance(grant, Delegation)
    assert grant.person_id == child.id
    assert lone_world.read_person(child.id).state is PersonState.ACTIVE
    frozen = lone_world.person(id_number=_child(lone_world, 15).value, state=PersonState.FROZEN)
    again = guardianship.check(guardian, IdNumber(frozen.id_number), frozen.name)
    assert _record(lone_world, guardianship, again) is Refusal.NOT_USABLE


def test_many_who_add_a_child_at_once_make_one_child_and_few_guardians(world: World) -> None:
    """One row for one number, each guardian once, no more than are allowed."""
    guardianship = _bound(world, Register())
    number = _child(world, 3)
    people = [world.person() for _ in range(GUARDIANS + 2)]
    kin = [guardianship.check(one, number, "测试小") for one in (*people, people[0])]
    at_once([partial(_record, world, guardianship, one) for one in kin])
    for one in kin:
        _record(world, guardianship, one)
    bound = [one for one in people if world.ways(one)]
    assert len(bound) == GUARDIANS
    assert all(len(world.ways(one)) == 1 for one in bound)


@pytest.mark.parametrize(
    ("born", "years", "day"),
    [
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2010, 12, 31), 14, date(2024, 12, 31)),
    ],
)
def test_birthday_of_a_leap_day_is_the_first_of_march(born: date, years: int, day: date) -> None:
    """Years are completed on the day, or on the one after where there is none."""
    assert birthday(born, years) == day

"""The look-up key is rotated by dual digests: found, unique and signed in at every instant (decision 0013)."""

import threading
from datetime import UTC, datetime

import pytest

from crypto.tokens import random_handle
from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.errors import Conflict
from idp.keys.lifecycle import MoveRefused
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider
from tests.support.rotating import OFFICER, PAST_RETIRE, PAST_SPREAD, PAST_VERIFY, Nodes, nodes
from tests.support.synthetic import synthetic_id_number, synthetic_mobile

ODD = ("id_number_digest", "mobile_digest")
EVEN = ("id_number_digest_even", "mobile_digest_even")


def _filled(house: Nodes, columns: tuple[str, str]) -> tuple[int, int]:
    """How many documents have the first column, how many persons the second."""
    tables = ("person_document", "person")
    first, second = (
        sum(getattr(row, name) is not None for row in house.rows(table))
        for table, name in zip(tables, columns, strict=True)
    )
    return first, second


def _person(number: int, mobile: str | None = None) -> Person:
    now = datetime.now(UTC)
    identity = synthetic_id_number(number)
    return Person(random_handle(), "111", identity, "测试乙", mobile, 1, PersonState.ACTIVE, now, now)


def _register(node: Provider, person: Person) -> bool:
    try:
        with node.sql.begin() as db:
            node.services.persons.add(db, [person])
    except Conflict:
        return False
    return True


def _signs_in(house: Nodes, person: MadePerson) -> bool:
    """Whether a person signs in on every node, by ID number and by mobile number."""
    return all(
        Browser(node).open("/login").submit(identifier=identifier, password=person.password).path
        == "/account"
        for node in house.providers
        for identifier in (person.id_number, person.mobile)
    )


@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_everybody_is_found_at_every_step(any_environment: dict[str, str]) -> None:
    """Published, filled, switched, retired, emptied, and once more round to the first column: sign-in holds throughout."""
    # Nobody signs in forty times within minutes but here, where it is not to be asked for one more step.
    with nodes({**any_environment, "YIHAO_RISK__OFTEN": "0"}) as house:
        life, person = house.lifecycle, house.first.make.person()
        assert (_filled(house, ODD), _filled(house, EVEN)) == ((1, 1), (0, 0))

        life.make("lookup", OFFICER)
        house.advance(2)
        later = house.second.make.person(id_number=synthetic_id_number(70), mobile=synthetic_mobile(70))
        assert (_filled(house, ODD), _filled(house, EVEN)) == ((2, 2), (1, 1)), "written under both"
        house.advance(PAST_SPREAD)
        with pytest.raises(MoveRefused) as unfilled:
            life.activate("lookup", 2, OFFICER)
        assert (unfilled.value.reason, unfilled.value.values["count"]) == ("in_use", 2), "number and mobile"
        assert _signs_in(house, person) and _signs_in(house, later)

        house.walk()
        assert _filled(house, EVEN) == (2, 2)
        life.activate("lookup", 2, OFFICER)
        house.advance(2)
        assert _signs_in(house, person) and _signs_in(house, later)

        house.advance(PAST_VERIFY)
        life.retire("lookup", 1, OFFICER)
        house.advance(2)
        with pytest.raises(MoveRefused):
            life.make("lookup", OFFICER)
        house.advance(PAST_SPREAD)
        house.second.services.data_rotation.upkeep.run()
        assert (_filled(house, ODD), _filled(house, EVEN)) == ((0, 0), (2, 2))
        assert _signs_in(house, person) and _signs_in(house, later)

        assert house.activated("lookup") == 3
        assert (_filled(house, ODD), _filled(house, EVEN)) == ((2, 2), (2, 2))
        assert _signs_in(house, person) and _signs_in(house, later)
        house.advance(PAST_RETIRE)
        with house.first.sql.begin() as db:
            life.destroy(db, "lookup", 1, OFFICER)


def test_the_old_column_is_emptied_before_its_key_is_destroyed(any_environment: dict[str, str]) -> None:
    """Digests of a retired key are gone from the rows before the key is."""
    with nodes(any_environment) as house:
        house.first.make.person()
        house.activated("lookup")
        house.advance(PAST_VERIFY)
        house.lifecycle.retire("lookup", 1, OFFICER)
        house.advance(PAST_RETIRE)
        with house.first.sql.begin() as db, pytest.raises(MoveRefused) as refused:
            house.lifecycle.destroy(db, "lookup", 1, OFFICER)
        assert refused.value.reason == "in_use"
        house.first.services.data_rotation.upkeep.run()
        with house.first.sql.begin() as db:
            house.lifecycle.destroy(db, "lookup", 1, OFFICER)


@pytest.mark.parametrize("stage", ["published", "activated", "retired"])
def test_a_number_is_registered_once_by_an_old_and_a_new_process(
    any_environment: dict[str, str], stage: str
) -> None:
    """The same number raced by a process still on the rings before a step and one on those after it: one person."""
    with nodes(any_environment) as house:
        life, behind = house.lifecycle, house.second.services.foundation.held.persons
        behind.digests("111", "x")
        life.make("lookup", OFFICER)
        if stage != "published":
            house.advance(PAST_SPREAD)
            behind.digests("111", "x")
            life.activate("lookup", 2, OFFICER)
        if stage == "retired":
            house.advance(PAST_VERIFY)
            behind.digests("111", "x")
            life.retire("lookup", 1, OFFICER)
        # Only the first node's clock moves: the other has not heard of the last step yet.
        house.first.clock.advance(2)
        held = [node.services.foundation.held.persons for node in house.providers]
        known = [(each.current, set(each.digests("111", "x"))) for each in held]
        assert known[0] != known[1]
        for number in range(100, 120):
            _raced_once(house, number)
        rows = house.rows("person")
        assert len(rows) == 20


def _raced_once(house: Nodes, number: int) -> None:
    """Both nodes register the same numbers at once: one of them does."""
    start, done = threading.Barrier(2), []

    def register(node: Provider) -> None:
        person = _person(number, synthetic_mobile(number))
        start.wait()
        if _register(node, person):
            done.append(person.id)

    threads = [threading.Thread(target=register, args=(node,)) for node in house.providers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1


def test_the_import_knows_numbers_under_either_key(any_environment: dict[str, str]) -> None:
    """A digest made before a switch is still known as taken after it."""
    with nodes(any_environment, 1) as house:
        person, persons = house.first.make.person(), house.first.services.persons
        before = persons.document_digest("111", person.id_number), persons.mobile_digest(person.mobile)
        house.activated("lookup")
        after = persons.document_digest("111", person.id_number), persons.mobile_digest(person.mobile)
        assert set(before).isdisjoint(after)
        with house.first.sql.once() as db:
            assert persons.taken_digests(db, [before[0]], [before[1]]) == set(before)
            assert persons.taken_digests(db, [after[0]], [after[1]]) == set(after)

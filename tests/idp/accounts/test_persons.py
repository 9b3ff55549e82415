"""Registering persons, and freezing, releasing and closing them."""

import threading

import pytest

from idp.accounts.models import PersonState
from idp.accounts.new_person import NewPerson
from idp.accounts.persons import PersonRefused
from idp.accounts.store import Person
from idp.authenticators.base import Accepted
from idp.authenticators.evidence import Evidence, Way
from idp.errors import Conflict, NotFound
from idp.identifiers.document import DocumentKind
from idp.storage.engine import Sql
from tests.idp.accounts.house import ACTOR, PLACE, House, on_databases
from tests.support.synthetic import synthetic_id_number, synthetic_mobile

RACERS = 8
PROOFS = (Evidence(Way.PASSWORD, 1.0),)


def somebody(number: int = 1, **changes: object) -> NewPerson:
    """A person as typed, with spaces and full-width digits as people paste them."""
    values: dict[str, object] = {
        "id_number": f" {synthetic_id_number(number)} ",
        "name": " 测试 ",
        "mobile": f"+86 {synthetic_mobile(number)}",
        "level": 2,
    }
    return NewPerson(**(values | changes))  # type: ignore[arg-type]  # the changes are of the right types


def register(house: House, number: int = 1, **changes: object) -> Person:
    """Register that person."""
    return house.persons.register(somebody(number, **changes), ACTOR, PLACE)


@on_databases
def test_a_registered_person_is_found_by_canonical_numbers_and_signs_in(house: House, sql: Sql) -> None:
    """What was typed is stored canonical, with its event, and the first password opens the account."""
    person = register(house, password="first-password")
    with sql.once() as db:
        found = house.store.find_by_document(db, "111", synthetic_id_number(1))
        assert found == house.store.find_by_mobile(db, synthetic_mobile(1))
        outcome, _ = house.passwords.check(db, person.id, "first-password")
    assert found is not None
    assert (found.id, found.name, found.level, found.id_kind) == (person.id, "测试", 2, "111")
    assert isinstance(outcome, Accepted)
    assert house.count("audit_event", f"act = 'person.added' AND object = '{person.id}'") == 1


def test_every_faulty_field_is_named_and_nothing_is_written(house: House) -> None:
    """A refusal lists all fields at once, and repeats no value."""
    bad = somebody(id_number="140199190001010010", name="<b>", mobile="123", level=9, password="x" * 2000)
    with pytest.raises(PersonRefused) as refused:
        house.persons.register(bad, ACTOR, PLACE)
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("id_number", "id.check"),
        ("name", "name.format"),
        ("mobile", "mobile.format"),
        ("level", "level.format"),
        ("password", "password.length"),
    ]
    assert "140199190001010010" not in repr(refused.value) + refused.value.detail + repr(bad)
    assert house.count("person") == house.count("audit_event") == 0


def test_a_password_that_is_no_text_is_refused(house: House) -> None:
    """A lone surrogate cannot be hashed: refused by its field, not by a failure later."""
    with pytest.raises(PersonRefused, match=r"password\.not_text"):
        register(house, password="\ud800")


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (DocumentKind.PASSPORT, "e 1234567", "E1234567"),
        (DocumentKind.HK_MACAO_TRAVEL_PERMIT, "H1234567801", "H12345678"),
        (DocumentKind.FOREIGN_PERMANENT, "abc123456789012", "ABC123456789012"),
    ],
)
def test_holders_of_other_documents_are_registered_under_their_kind(
    house: House, kind: DocumentKind, typed: str, kept: str
) -> None:
    """Passports, permits and the old foreign card have no check digit: form and kind are kept (GA/T 2000.156)."""
    person = register(house, id_number=typed, id_kind=kind.value)
    assert (person.id_kind, person.id_number) == (kind.value, kept)


def test_a_number_of_another_kind_than_said_is_refused(house: House) -> None:
    """A resident number given as a residence permit is a mistake of one of the two."""
    with pytest.raises(PersonRefused, match=r"id\.kind"):
        register(house, id_kind="154")


def test_a_taken_number_is_named(house: House) -> None:
    """The same ID number, then the same mobile number, each with its own code; the first person stays as it was."""
    register(house, 1)
    with pytest.raises(Conflict) as number:
        register(house, 1, mobile=None)
    with pytest.raises(Conflict) as mobile:
        register(house, 2, mobile=synthetic_mobile(1), password="first-password")
    assert (number.value.code, mobile.value.code) == ("person.id_number_taken", "person.mobile_taken")
    assert (house.count("person"), house.count("credential"), house.count("audit_event")) == (1, 0, 1)


@on_databases
@pytest.mark.parametrize(
    ("shared", "code"), [("id_number", "person.id_number_taken"), ("mobile", "person.mobile_taken")]
)
def test_of_many_at_the_same_moment_one_is_registered(house: House, shared: str, code: str) -> None:
    """The unique constraint decides the race for a number; all others get the conflict by name."""
    start, results = threading.Barrier(RACERS), list[str]()

    def race(number: int) -> None:
        start.wait()
        try:
            register(house, number, **{shared: getattr(somebody(1), shared)})
            results.append("registered")
        except Conflict as conflict:
            results.append(conflict.code)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(1, RACERS + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [code] * (RACERS - 1) + ["registered"]
    assert house.count("person") == house.count("audit_event") == 1


@pytest.mark.sec("SEC-23")
@on_databases
def test_freezing_ends_every_session_of_that_person_only(house: House, sql: Sql) -> None:
    """More sessions than one look lists are all ended; a neighbour's stays."""
    person, neighbour = register(house, 1), register(house, 2)
    with sql.begin() as db:
        cookies = [house.sessions.open(db, person.id, PROOFS, "p", "d")[1] for _ in range(120)]
        _, kept = house.sessions.open(db, neighbour.id, PROOFS, "p", "d")
    assert house.persons.freeze(person.id, ACTOR, PLACE).state is PersonState.FROZEN
    assert house.persons.unfreeze(person.id, ACTOR, PLACE).state is PersonState.ACTIVE
    with sql.once() as db:
        assert not any(house.sessions.find(db, cookie) for cookie in cookies)
        assert house.sessions.find(db, kept) is not None
    assert house.count("sso_session", "ended_for = 'person_frozen'") == 120
    assert house.count("audit_event", "act = 'person.state_changed'") == 2


@pytest.mark.parametrize("before", ["active", "frozen"])
def test_closed_is_for_good(house: House, before: str) -> None:
    """A closed person is neither frozen nor released again; the number stays taken."""
    person = register(house)
    if before == "frozen":
        house.persons.freeze(person.id, ACTOR, PLACE)
    assert house.persons.close(person.id, ACTOR, PLACE).state is PersonState.CLOSED
    for act in (house.persons.freeze, house.persons.unfreeze):
        with pytest.raises(Conflict, match=r"person\.closed"):
            act(person.id, ACTOR, PLACE)
    with pytest.raises(Conflict, match=r"person\.id_number_taken"):
        register(house, mobile=None)


def test_asking_for_the_present_state_changes_nothing(house: House) -> None:
    """A second freeze or close succeeds without a second event, so that scripts can repeat it."""
    person = register(house)
    for act in (house.persons.unfreeze, house.persons.close, house.persons.close):
        act(person.id, ACTOR, PLACE)
    assert house.count("audit_event", "act = 'person.state_changed'") == 1


def test_nobody_is_frozen_by_an_unknown_id(house: House) -> None:
    """An id that is nobody's is said to be so."""
    with pytest.raises(NotFound, match=r"person\.unknown"):
        house.persons.freeze("nobody", ACTOR, PLACE)

"""Holds, names, numbers, documents, mobile numbers, death, and two rows that become one."""

from datetime import date
from typing import Any

import pytest

from idp.accounts.life.ages import age_on, birthday, born_on
from idp.accounts.life.merging import MergeRefused
from idp.accounts.models import ChangeKind, HoldKind, PersonState
from idp.accounts.store import Person
from idp.clock import instant
from idp.errors import Conflict
from idp.identifiers.errors import IdentifierRejected
from idp.proofing.assurance import NewEvidence
from tests.support.at_once import at_once
from tests.support.delegating import PLACE, office
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number

ACTOR = "officer:test"
OLD_CARD, NEW_CARD = "USA140190000001", "91484019000101001X"


def _person(provider: Provider, made: MadePerson) -> Person:
    with provider.sql.once() as db:
        found = provider.services.persons.find(db, made.id)
    assert found is not None
    return found


def _do(provider: Provider, act: Any, *arguments: Any, **named: Any) -> Any:
    with provider.sql.begin() as db:
        return act(db, *arguments, **named)


def _can_sign_in(
    provider: Provider, made: MadePerson, number: str | None = None, address: str = "192.0.2.50"
) -> bool:
    browser = Browser(provider, address).open("/login")
    return browser.submit(identifier=number or made.id_number, password=made.password).path == "/account"


def test_each_side_lifts_its_own_hold_and_all_must_be_lifted(any_provider: Provider) -> None:
    """Owner, risk and court freeze; lifting one leaves the others; sessions end at the first."""
    made, holds = any_provider.make.person(), any_provider.services.life.holds
    browser = Browser(any_provider).open("/login").sign_in(made)
    for kind in HoldKind:
        _do(any_provider, holds.place, made.id, kind, "test", None, ACTOR, PLACE)
    assert browser.open("/account").path == "/login"
    for kind in (HoldKind.OWNER, HoldKind.RISK):
        _do(any_provider, holds.lift, made.id, kind, ACTOR, PLACE)
        assert _person(any_provider, made).state is PersonState.FROZEN and not _can_sign_in(
            any_provider, made
        )
    _do(any_provider, holds.lift, made.id, HoldKind.COURT, ACTOR, PLACE)
    assert _can_sign_in(any_provider, made)
    assert len(any_provider.events("person.held")) == 6


def test_a_new_name_is_canonical_and_the_old_one_stays_in_the_history(any_provider: Provider) -> None:
    """Rare characters and every writing of the middle dot; the values are sealed, and no event holds one."""
    made, life = any_provider.make.person(name="阿依"), any_provider.services.life
    name = "阿依努尔\u2022\U00020bb7"
    changed = _do(any_provider, life.identity.change_name, made.id, name, "population", None, ACTOR, PLACE)
    assert changed.name == "阿依努尔·\U00020bb7" and _person(any_provider, made).name == changed.name
    with any_provider.sql.once() as db:
        (change,) = life.store.list_changes(db, made.id)
        raw = db.exec_driver_sql("SELECT before, after FROM person_change").one()
    assert (change.kind, change.before, change.after) == (ChangeKind.NAME, "阿依", changed.name)
    assert "阿依".encode() not in bytes(raw[0]) and changed.name.encode() not in bytes(raw[1])
    assert "阿依" not in str(any_provider.events("person.identity_changed"))
    with pytest.raises(IdentifierRejected):
        _do(any_provider, life.identity.change_name, made.id, "\u202e", "self", None, ACTOR, PLACE)


def test_a_corrected_number_signs_in_and_the_wrong_one_does_not(any_provider: Provider) -> None:
    """The person stays the same row; the former number stays with it and is nobody else's."""
    made, life = any_provider.make.person(), any_provider.services.life
    new = synthetic_id_number(998)
    args = (made.id, "111", new, "population", None, ACTOR, PLACE)
    corrected = _do(any_provider, life.identity.correct_number, *args)
    assert corrected.id == made.id
    assert _can_sign_in(any_provider, made, new) and not _can_sign_in(any_provider, made, made.id_number)
    other = any_provider.make.person()
    with pytest.raises(Conflict):
        _do(
            any_provider,
            life.identity.correct_number,
            other.id,
            "111",
            made.id_number,
            "p",
            None,
            ACTOR,
            PLACE,
        )
    assert _person(any_provider, other).id_number == other.id_number


def test_old_and_new_card_of_a_foreigner_are_one_person_until_the_old_one_ends(
    any_provider: Provider,
) -> None:
    """Both numbers sign in as the same person; ended, the old one does not."""
    made = any_provider.make.person(id_kind="553", id_number=NEW_CARD, name="Ada Sample")
    life = any_provider.services.life
    _do(any_provider, life.identity.add_document, made.id, "553", OLD_CARD, "window", "e1", ACTOR, PLACE)
    with any_provider.sql.once() as db:
        found = any_provider.services.persons.find_by_document(db, "553", OLD_CARD)
        documents = life.store.list_documents(db, made.id)
    assert found is not None and found.id == made.id and found.id_number == NEW_CARD
    old = next(document for document in documents if document.id_number == OLD_CARD)
    with pytest.raises(Conflict):
        _do(any_provider, life.identity.end_document, made.id, documents[0].id, ACTOR, PLACE)
    _do(any_provider, life.identity.end_document, made.id, old.id, ACTOR, PLACE)
    with any_provider.sql.once() as db:
        assert any_provider.services.persons.find_by_document(db, "553", OLD_CARD) is None


def test_of_two_persons_who_add_one_number_at_once_one_gets_it(any_provider: Provider) -> None:
    """The unique digest decides on every store."""
    persons, life = [any_provider.make.person() for _ in range(4)], any_provider.services.life

    def add(person_id: str) -> object:
        return _do(
            any_provider, life.identity.add_document, person_id, "414", "E12345678", "w", "e", ACTOR, PLACE
        )

    outcomes = at_once([lambda person_id=one.id: add(person_id) for one in persons])
    assert sum(outcome is None for outcome in outcomes) == 1
    assert all(isinstance(outcome, Conflict) for outcome in outcomes if outcome is not None)


def test_a_recycled_mobile_number_goes_to_who_proved_it(any_provider: Provider) -> None:
    """The old holder keeps the account and signs in by number only; both histories tell."""
    former, new = any_provider.make.person(), any_provider.make.person()
    life = any_provider.services.life
    took = _do(any_provider, life.identity.take_mobile, new.id, former.mobile, ACTOR, PLACE)
    assert took == former.id
    assert _person(any_provider, former).mobile is None and _person(any_provider, new).mobile == former.mobile
    with any_provider.sql.once() as db:
        kinds = {
            change.person_id: change.kind
            for each in (former, new)
            for change in life.store.list_changes(db, each.id)
        }
    assert kinds == {former.id: ChangeKind.MOBILE, new.id: ChangeKind.MOBILE}
    assert _can_sign_in(any_provider, former)


def test_the_dead_sign_in_no_more_and_their_grants_end(any_provider: Provider) -> None:
    """Sessions and grants end at the register's word; an officer may undo a mistake, and nothing else does."""
    here, life = office(any_provider), any_provider.services.life
    agent = any_provider.make.person()
    here.give(here.representative, agent)
    browser = Browser(any_provider).open("/login").sign_in(agent)
    _do(any_provider, life.identity.died, agent.id, "population", "system:register", PLACE)
    assert browser.open("/account").path == "/login" and here.matters_of(agent) == frozenset()
    assert _person(any_provider, agent).state is PersonState.DECEASED
    _do(any_provider, life.holds.lift, agent.id, HoldKind.RISK, ACTOR, PLACE)
    assert _person(any_provider, agent).state is PersonState.DECEASED
    _do(any_provider, life.identity.revive, agent.id, "e2", ACTOR, PLACE)
    assert _person(any_provider, agent).state is PersonState.ACTIVE and here.matters_of(agent) == frozenset()


def test_two_rows_of_one_human_become_the_older_one(any_provider: Provider) -> None:
    """Both documents sign in as the survivor, whose subject stays; the other row is never used again."""
    older = any_provider.make.person(name="阿依·古丽")
    any_provider.clock.advance(10)
    younger = any_provider.make.person(id_kind="414", id_number="E12345678", name="阿依·古丽", level=3)
    life = any_provider.services.life
    survivor = _do(any_provider, life.merging.merge, younger.id, older.id, "e3", ACTOR, PLACE)
    assert survivor.id == older.id and survivor.level == 3
    with any_provider.sql.once() as db:
        found = any_provider.services.persons.find_by_document(db, "414", "E12345678")
        gone = any_provider.services.persons.find(db, younger.id)
    assert found is not None and found.id == older.id
    assert (
        gone is not None
        and gone.state is PersonState.MERGED
        and gone.merged_into == older.id
        and gone.name == ""
    )
    again = _do(any_provider, life.merging.merge, older.id, younger.id, None, ACTOR, PLACE)
    assert again is MergeRefused.NOT_ACTIVE


def test_the_proofs_of_both_rows_carry_the_survivor(any_provider: Provider) -> None:
    """The better proof of the row that goes is the survivor's: its level stands, and falls when that proof ends."""
    assurance, clock = any_provider.services.people.assurance, any_provider.clock
    older = any_provider.make.person(level=0)
    clock.advance(1)
    younger = any_provider.make.person(level=0, id_kind="414", id_number="E00000901")
    with any_provider.sql.begin() as db:
        for person, method in ((older, "population"), (younger, "face")):
            new = NewEvidence(method, method, "r", instant(clock))
            assurance.record(db, person.id, new, ACTOR, PLACE)
    survivor = _do(
        any_provider, any_provider.services.life.merging.merge, younger.id, older.id, "e", ACTOR, PLACE
    )
    assert (survivor.id, survivor.level, survivor.level_next) == (older.id, 2, 1)
    with any_provider.sql.once() as db:
        assert {one.method for one in assurance.list_of(db, older.id)} == {"population", "face"}
        assert assurance.list_of(db, younger.id) == []


def test_rows_of_two_humans_are_never_merged(any_provider: Provider) -> None:
    """Itself, another name, two resident numbers, somebody frozen."""
    one, other = any_provider.make.person(), any_provider.make.person()
    passport = any_provider.make.person(id_kind="414", id_number="E12345678", name="测试乙")
    merge, holds = any_provider.services.life.merging.merge, any_provider.services.life.holds
    assert _do(any_provider, merge, one.id, one.id, None, ACTOR, PLACE) is MergeRefused.ITSELF
    assert _do(any_provider, merge, one.id, other.id, None, ACTOR, PLACE) is MergeRefused.TWO_RESIDENTS
    assert _do(any_provider, merge, one.id, passport.id, None, ACTOR, PLACE) is MergeRefused.OTHER_NAME
    _do(any_provider, holds.place, passport.id, HoldKind.COURT, "test", "(2026)1", ACTOR, PLACE)
    assert _do(any_provider, merge, one.id, passport.id, None, ACTOR, PLACE) is MergeRefused.NOT_ACTIVE


def test_merges_of_one_pair_at_once_end_in_one_survivor(any_provider: Provider) -> None:
    """From both sides at the same moment: one merge, one refusal, nobody waits for ever."""
    older = any_provider.make.person()
    any_provider.clock.advance(10)
    younger = any_provider.make.person(id_kind="414", id_number="E12345678")
    merge = any_provider.services.life.merging.merge
    pairs = [(older.id, younger.id), (younger.id, older.id)]
    outcomes = at_once(
        [lambda pair=pair: _do(any_provider, merge, *pair, None, ACTOR, PLACE) for pair in pairs]
    )
    assert [one for one in outcomes if isinstance(one, Person)] and MergeRefused.NOT_ACTIVE in outcomes


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 11, 27), date(2026, 11, 26), 13),
        (date(2012, 11, 26), date(2026, 11, 26), 14),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_ages_are_whole_years(born: date, day: date, age: int) -> None:
    """The birthday itself counts; a birthday on 29 February falls on 1 March in other years."""
    assert age_on(born, day) == age
    assert birthday(born, 18) == (date(2026, 3, 1) if born.month == 2 else date(2030, 11, born.day))


def test_the_birth_date_comes_from_the_number_else_from_a_proof(provider: Provider) -> None:
    """A resident number tells it; of a passport only what was proved is known."""
    resident = _person(provider, provider.make.person())
    assert born_on(resident) == date(1900, 1, 1)
    passport = provider.make.person(id_kind="414", id_number="E12345678", born=date(1903, 4, 5))
    assert born_on(_person(provider, passport)) == date(1903, 4, 5)

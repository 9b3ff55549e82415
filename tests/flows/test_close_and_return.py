"""C25 and the way back: fifteen days to think again, nothing personal left, and the same subject for who returns."""

from typing import Any

from idp.accounts.life.closing import Blocked, Cooling
from idp.accounts.life.returning import AlreadyThere, NeedsStrongerProof, Registered
from idp.accounts.models import HoldKind, PersonState
from idp.accounts.new_person import ValidPerson
from idp.identifiers.capacity import Capacity
from tests.support.at_once import at_once
from tests.support.delegating import PLACE, office
from tests.support.factories import PASSWORD, MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of

DAY = 86_400
COOLING = 15 * DAY


def _begin(provider: Provider, person: MadePerson) -> Any:
    with provider.sql.begin() as db:
        return provider.services.life.closing.begin(db, person.id, f"person:{person.id}", PLACE)


def _register(provider: Provider, person: MadePerson, level: int = 2, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "id_kind": "111",
        "id_number": person.id_number,
        "name": person.name,
        "mobile": person.mobile,
        "level": 0,
        "password": PASSWORD,
    }
    valid = ValidPerson(**{**values, **changes})
    with provider.sql.begin() as db:
        return provider.services.life.returning.register(db, valid, level, "registration", PLACE)


def _close(provider: Provider, person: MadePerson) -> None:
    assert isinstance(_begin(provider, person), Cooling)
    provider.clock.advance(COOLING)
    assert provider.services.life.closing.run() == 1


def _state(provider: Provider, person: MadePerson) -> PersonState:
    with provider.sql.once() as db:
        found = provider.services.persons.find(db, person.id)
    assert found is not None
    return found.state


def test_a_sign_in_within_fifteen_days_takes_the_closing_back(any_provider: Provider) -> None:
    """On the last day the right password signs in and the account stays; a wrong one changes nothing."""
    person = any_provider.make.person()
    _begin(any_provider, person)
    any_provider.clock.advance(COOLING - 60)
    browser = Browser(any_provider).open("/login")
    browser.sign_in(person, "wrong")
    assert _state(any_provider, person) is PersonState.CLOSING
    assert browser.open("/login").sign_in(person).path == "/account"
    any_provider.clock.advance(120)
    assert any_provider.services.life.closing.run() == 0
    assert _state(any_provider, person) is PersonState.ACTIVE


def test_while_closing_nothing_else_works(any_provider: Provider) -> None:
    """Tokens that were issued before are not usable until the owner signs in."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    tokens = party.tokens(Browser(any_provider), person)
    _begin(any_provider, person)
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 400


def test_nothing_personal_is_left_after_the_closing(any_provider: Provider) -> None:
    """Name, number, mobile number, password and history values are gone; sessions, consents and tokens have ended."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    party.tokens(Browser(any_provider), person, scope="openid realname offline_access")
    _close(any_provider, person)
    with any_provider.sql.once() as db:
        left = any_provider.services.persons.find(db, person.id)
        documents = any_provider.services.life.store.list_documents(db, person.id)
        credentials = db.exec_driver_sql("SELECT count(*) FROM credential").scalar_one()
        open_families = db.exec_driver_sql(
            "SELECT count(*) FROM token_family WHERE revoked_at IS NULL"
        ).scalar_one()
    assert left is not None and (left.name, left.id_number, left.mobile) == ("", "", None)
    assert [document.id_number for document in documents] == [""] and credentials == 0
    assert open_families == 0 and left.state is PersonState.CLOSED
    assert Browser(any_provider).open("/login").sign_in(person).path == "/login"


def test_who_returns_has_the_same_subject_everywhere(any_provider: Provider) -> None:
    """After closing and a new registration with the same number, the application meets the subject that it knew."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    before = claims_of(any_provider, party.tokens(Browser(any_provider), person)["id_token"])["sub"]
    _close(any_provider, person)
    back = _register(any_provider, person)
    assert isinstance(back, Registered) and back.has_returned and back.person.id == person.id
    browser = Browser(any_provider, "192.0.2.31")
    after = claims_of(any_provider, party.tokens(browser, person)["id_token"])["sub"]
    assert after == before
    assert any_provider.events("person.returned")


def test_a_weaker_proof_does_not_open_what_somebody_left(any_provider: Provider) -> None:
    """Two elements do not restore an account that had a remote proof; nothing is written; a person of level 1 needs no more."""
    strong, weak = any_provider.make.person(level=3), any_provider.make.person(level=1)
    _close(any_provider, strong)
    _close(any_provider, weak)
    assert _register(any_provider, strong, 1) == NeedsStrongerProof(2)
    assert _state(any_provider, strong) is PersonState.CLOSED
    assert isinstance(_register(any_provider, strong, 2), Registered)
    assert isinstance(_register(any_provider, weak, 1), Registered)


def test_who_is_here_already_is_not_registered_again(any_provider: Provider) -> None:
    """Active, frozen and closing persons keep their row; the answer tells nothing more than that."""
    active, frozen, closing = (any_provider.make.person() for _ in range(3))
    with any_provider.sql.begin() as db:
        any_provider.services.life.holds.place(db, frozen.id, HoldKind.RISK, "test", None, "cli:test", PLACE)
    _begin(any_provider, closing)
    assert {type(_register(any_provider, one, mobile=None)) for one in (active, frozen, closing)} == {
        AlreadyThere
    }


def test_of_two_registrations_of_one_number_at_once_one_stands(any_provider: Provider) -> None:
    """Whichever transaction is first has the number; the other finds it taken and leaves nothing."""
    gone = any_provider.make.person()
    _close(any_provider, gone)
    fresh = MadePerson("", "14019919010101003X", "测试新", "19900007001", PASSWORD)
    for person in (fresh, gone):
        outcomes = at_once(
            [lambda person=person: _register(any_provider, person, mobile=None) for _ in range(6)]
        )
        assert sum(isinstance(one, Registered) for one in outcomes) == 1
    with any_provider.sql.once() as db:
        found = db.exec_driver_sql("SELECT count(*) FROM person").scalar_one()
        keys = db.exec_driver_sql("SELECT count(*) FROM credential").scalar_one()
    assert (found, keys) == (2, 2)


def test_the_only_representative_of_a_firm_hands_it_over_first(any_provider: Provider) -> None:
    """Nobody closes who would leave an organisation without anybody; with an administrator beside him he may."""
    here, administrator = office(any_provider), any_provider.make.person()
    assert _begin(any_provider, here.representative) == Blocked((here.organisation.id,))
    here.give(here.representative, administrator, Capacity.ADMINISTRATOR)
    assert isinstance(_begin(any_provider, here.representative), Cooling)


def test_a_closing_that_is_taken_back_while_the_job_runs_is_not_completed(any_provider: Provider) -> None:
    """Sign-in and job at once end in one of both: an active person with a name, or a closed one without."""
    closing = any_provider.services.life.closing
    for _ in range(4):
        person = any_provider.make.person()
        _begin(any_provider, person)
        any_provider.clock.advance(COOLING)

        def sign_in(person: MadePerson = person) -> object:
            with any_provider.sql.begin() as db:
                return closing.take_back(db, person.id, PLACE)

        at_once([closing.run, sign_in])
        with any_provider.sql.once() as db:
            found = any_provider.services.persons.find(db, person.id)
        assert found is not None
        assert (found.state, bool(found.name)) in {(PersonState.ACTIVE, True), (PersonState.CLOSED, False)}

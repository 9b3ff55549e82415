"""Signing in where much is unusual: one more step, a pause, a refusal; explained to the person and to the auditor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.methods import World, give_passkey, transaction_of, use_passkey, world
from tests.support.places import LINES
from tests.support.provider import SqliteTemplate

NORTH, SOUTH, NOWHERE = "192.0.2.10", "198.51.100.10", "203.0.113.10"
pytestmark = pytest.mark.sec("SEC-29")


@pytest.fixture
def house(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    """A provider with a table of regions and a telephone."""
    table = tmp_path / "regions.csv"
    table.write_text(LINES, encoding="utf-8")
    with world(tmp_path, sqlite_template, YIHAO_RISK__REGIONS_FILE=str(table)) as made:
        yield made


def _at_home(house: World, person: MadePerson) -> Browser:
    return Browser(house.provider, NORTH).open("/account").sign_in(person)


def _from(house: World, address: str, person: MadePerson) -> Browser:
    return Browser(house.provider, address).open("/account").sign_in(person)


def _weighed(house: World) -> list[str]:
    return [str(event.details) for event in house.provider.events("sign_in.weighed")]


def test_a_known_device_and_a_second_one_at_home_need_no_more(house: World) -> None:
    """Nobody is asked for more for a new telephone in the same network."""
    person = house.provider.make.person()
    assert _at_home(house, person).path == "/account"
    assert _at_home(house, person).path == "/account"
    assert _weighed(house) == []


def test_far_away_within_minutes_takes_a_second_step(house: World) -> None:
    """A new device 2,800 km away ten minutes later: why it is asked for stands there, and the code signs in."""
    person = house.provider.make.person()
    _at_home(house, person)
    house.provider.clock.advance(3600)
    far = _from(house, NOWHERE, person)
    assert far.path == "/account", "new device and network alone stay below the threshold"
    house.provider.clock.advance(7200)
    _at_home(house, person)
    house.provider.clock.advance(600)
    known = far.open("/oauth/logout")
    known.post("/oauth/logout/confirm", known.hidden())
    away = _from(house, SOUTH, person)
    assert away.path == "/login/more" and "和平时不一样" in away.page
    assert away.cookie("yh_session") is None
    away.submit(way="sms")
    away.submit(code=house.code(person.mobile))
    assert away.path == "/account" and away.cookie("yh_session")
    (told,) = _weighed(house)
    assert "travel=50" in told and "new_device=20" in told and "raise" in told and "85" in told


def test_the_second_step_cannot_be_walked_around(house: World) -> None:
    """Other pages of the transaction, a fresh tab and the way back open nothing."""
    person = house.provider.make.person()
    _at_home(house, person)
    house.provider.clock.advance(600)
    away = _from(house, SOUTH, person)
    transaction = transaction_of(away)
    for path in (f"/login?transaction={transaction}", f"/login/more?transaction={transaction}", "/account"):
        away.open(path)
        assert away.cookie("yh_session") is None and not away.path.startswith("/account")
    away.post("/login", {**away.hidden(), "identifier": person.id_number, "password": person.password})
    assert away.cookie("yh_session") is None


def test_a_passkey_is_enough_wherever_it_is_used(house: World) -> None:
    """A proof that cannot be phished is both steps: its owner travels undisturbed."""
    person = house.provider.make.person()
    device = give_passkey(house.provider, person)
    _at_home(house, person)
    house.provider.clock.advance(600)
    away = Browser(house.provider, SOUTH).open("/account")
    assert use_passkey(away, device).path == "/account"


def test_who_has_nothing_for_a_second_step_waits_instead(house: World) -> None:
    """A password is all that there is: a minute's pause, told with its end, then it signs in."""
    person = house.provider.make.person(mobile=None)
    _at_home(house, person)
    house.provider.clock.advance(600)
    away = _from(house, SOUTH, person)
    assert away.status == 403 and "请稍等，再登录一次" in away.page and away.cookie("yh_session") is None
    away.open("/account").sign_in(person)
    assert away.status == 403, "not over yet"
    house.provider.clock.advance(61)
    assert away.open("/account").sign_in(person).path == "/account"


def test_many_failures_of_others_from_there_stop_it(house: World) -> None:
    """Credential stuffing: 21 people's passwords failed from the address; the 22nd that is right is refused, its owner told."""
    person = house.provider.make.person()
    _at_home(house, person)
    house.provider.services.people.notices.run()
    house.provider.clock.advance(600)
    risk = house.provider.services.signing_in.risk
    attacker = Browser(house.provider, SOUTH).open("/login")
    for _ in range(3):
        attacker.sign_in(house.provider.make.person(), "not the password")
    for number in range(21):
        risk.failed(SOUTH, f"password|somebody {number}")
    away = _from(house, SOUTH, person)
    assert away.status == 403 and "不能在这里登录" in away.page and away.cookie("yh_session") is None
    _from(house, SOUTH, person)
    house.provider.services.people.notices.run()
    (text,) = house.phone.texts(person.mobile)
    assert "已被拦下" in text and "http" not in text, "told once in an hour"
    assert "refuse" in _weighed(house)[-1] and "stuffing=40" in _weighed(house)[-1]
    assert _at_home(house, person).path != "/login", "at home the owner signs in all the while"


def test_failures_of_one_name_are_no_stuffing(house: World) -> None:
    """Somebody who mistypes his own password often is no attacker of many: each name counts once."""
    person = house.provider.make.person()
    _at_home(house, person)
    for _ in range(40):
        house.provider.services.signing_in.risk.failed(NORTH, "password|one")
    _at_home(house, person)
    assert _weighed(house) == []


def test_a_changed_way_counts_for_three_days(house: World) -> None:
    """Codes were renewed in the account: from a new device right after, one more step; after three days none."""
    person = house.provider.make.person()
    browser = _at_home(house, person)
    browser.open("/account/security/codes").submit()
    assert _at_home(house, person).path == "/login/more"
    assert "changed_means=25" in _weighed(house)[-1]
    house.provider.clock.advance(72 * 3600 + 60)
    assert _at_home(house, person).path == "/account"


def test_what_is_kept_names_nobody(house: World) -> None:
    """The auditor's record has signals and weights, no number and no whole address."""
    person = house.provider.make.person()
    _at_home(house, person)
    house.provider.clock.advance(600)
    _from(house, SOUTH, person)
    (told,) = _weighed(house)
    assert person.id_number not in told and person.mobile not in told and SOUTH not in told


def test_where_many_passwords_failed_a_human_is_asked_for(house: World) -> None:
    """A program that guesses one password for each of many names meets the picture; a person passes it; elsewhere none."""
    person = house.provider.make.person()
    risk = house.provider.services.signing_in.risk
    for number in range(21):
        risk.failed(NOWHERE, f"password|somebody {number}")
    browser = Browser(house.provider, NOWHERE).open("/login")
    assert 'name="human"' in browser.page
    browser.post(
        "/login",
        {**browser.hidden(), "identifier": person.id_number, "password": person.password, "human": ""},
    )
    assert browser.path == "/login" and browser.cookie("yh_session") is None
    assert browser.sign_in(person).path == "/login/more", "right, and from there one more step"
    assert 'name="human"' not in Browser(house.provider, NORTH).open("/login").page


def test_a_device_is_sent_ten_codes_an_hour_wherever_it_goes(house: World) -> None:
    """A telephone that changes its address with each request does not escape its quota."""
    person = house.provider.make.person()
    browser = _at_home(house, person)
    cookie = browser.cookie("yh_device")
    assert cookie is not None
    statuses = []
    for number in range(11):
        wanderer = Browser(house.provider, f"203.0.113.{number + 1}")
        wanderer.set_cookie("yh_device", cookie)
        wanderer.open("/login")
        wanderer.open(f"/login/sms?transaction={transaction_of(wanderer)}")
        other = house.provider.make.person()
        wanderer.submit("/login/sms", identifier=other.mobile)
        statuses.append(wanderer.status)
    assert statuses == [200] * 10 + [429]

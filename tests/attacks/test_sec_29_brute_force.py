"""SEC-29: whoever guesses is stopped, by whatever door: each way counts by itself, bursts gain nothing, others are not hurt."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.authenticators.evidence import Way
from idp.authenticators.mobile_code import TRIES as CODE_TRIES
from idp.clock import instant
from idp.limits.lockout import TRIES
from idp.login.outcomes import Caller, MethodPaused, Proved, WrongCredentials
from tests.support.at_once import at_once
from tests.support.delegating import PLACE
from tests.support.journey import Browser
from tests.support.methods import World, app_code, give_app, transaction_of, world
from tests.support.provider import Provider, SqliteTemplate

pytestmark = pytest.mark.sec("SEC-29")


@pytest.fixture
def house(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    with world(tmp_path, sqlite_template) as made:
        yield made


def caller(number: int = 1) -> Caller:
    """Somebody at an address of his own."""
    return Caller(PLACE, f"203.0.113.{number}", "Chrome · Linux")


def wrong_codes(right: str, count: int) -> list[str]:
    """Codes of six digits that are not the right one."""
    return [code for number in range(count + 1) if (code := f"{number:06d}") != right][:count]


@pytest.mark.parametrize("way", [Way.TOTP, Way.RECOVERY_CODE])
def test_a_burst_from_everywhere_gets_ten_guesses_at_a_second_factor(
    any_provider: Provider, way: Way
) -> None:
    """Whoever has the password and forty addresses guesses ten times at the app: at most one more is looked at."""
    person = any_provider.make.person()
    secret = give_app(any_provider, person)
    by_code = any_provider.services.signing_in.by_code
    guesses = wrong_codes(app_code(any_provider, secret), 40)

    def guess(number: int) -> object:
        return by_code.check(way, person.id, guesses[number], caller(number))

    told = at_once([lambda number=number: guess(number) for number in range(40)])  # type: ignore[misc]
    assert sum(isinstance(one, WrongCredentials) for one in told) <= TRIES + 1
    assert sum(isinstance(one, MethodPaused) for one in told) >= 40 - TRIES - 1
    # Even the right code waits now; a quarter of an hour later it does not.
    assert isinstance(by_code.check(Way.TOTP, person.id, "1", caller(99)), MethodPaused | WrongCredentials)
    any_provider.clock.advance(1000)
    late = by_code.check(Way.TOTP, person.id, app_code(any_provider, secret), caller(99))
    assert isinstance(late, Proved | MethodPaused)


def test_one_way_that_rests_leaves_the_others(provider: Provider) -> None:
    """Ten misses at the app: the recovery code goes on, and so does the password of the same person."""
    person = provider.make.person()
    secret = give_app(provider, person)
    with provider.sql.begin() as db:
        codes = provider.services.signing_in.recovery.make(db, person.id, instant(provider.clock))
    way = provider.services.signing_in
    for guess in wrong_codes(app_code(provider, secret), TRIES):
        way.by_code.check(Way.TOTP, person.id, guess, caller())
        provider.clock.advance(100)
    assert isinstance(way.by_code.check(Way.TOTP, person.id, "000001", caller()), MethodPaused)
    assert isinstance(way.by_code.check(Way.RECOVERY_CODE, person.id, codes[0], caller()), Proved)
    assert isinstance(way.by_password.check(person.id_number, person.password, caller()), Proved)


def test_the_right_secret_starts_the_count_anew(provider: Provider) -> None:
    """A person who mistypes now and then is never paused by what he mistyped before."""
    person = provider.make.person()
    for _ in range(4):
        for _ in range(3):
            provider.services.signing_in.by_password.check(person.id_number, "wrong", caller())
        checked = provider.services.signing_in.by_password.check(person.id_number, person.password, caller())
        assert isinstance(checked, Proved)


def test_codes_to_one_number_are_few_whatever_asks(house: World) -> None:
    """By mobile number and by ID number together no number gets more than five an hour, and the answer never says so."""
    person = house.provider.make.person()
    for number in range(8):
        browser = Browser(house.provider, f"198.51.100.{number}").open("/account")
        browser.open(f"/login/sms?transaction={transaction_of(browser)}")
        browser.submit(identifier=person.mobile if number % 2 else person.id_number)
        assert browser.status in {200, 429}
    house.settle()
    assert len(house.phone.texts(person.mobile)) <= 5


def test_guesses_at_a_sent_code_are_counted_over_tabs(house: World) -> None:
    """Ten wrong guesses spoil a code, whichever tab they come from."""
    person = house.provider.make.person()
    browser = Browser(house.provider).open("/account")
    browser.open(f"/login/sms?transaction={transaction_of(browser)}").submit(identifier=person.mobile)
    code = house.code(person.mobile)
    fields = browser.hidden()
    for guess in wrong_codes(code, CODE_TRIES):
        browser.post("/login/sms", {**fields, "code": guess})
    browser.post("/login/sms", {**fields, "code": code})
    assert "验证码已用完" in browser.page and browser.open("/account").path == "/login"


def test_a_stranger_cannot_pause_a_citizen(provider: Provider) -> None:
    """Twenty misses from elsewhere leave the own address free."""
    person = provider.make.person()
    for number in range(20):
        Browser(provider, "203.0.113.7").open("/account").sign_in(person, f"guess {number}")
    own = Browser(provider, "192.0.2.99").open("/account").sign_in(person)
    assert own.path == "/account" and not re.search("暂停", own.page)

"""C16 as people walk it: back in by what is left, and never by less than a change takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.clock import instant
from tests.support.journey import Browser
from tests.support.methods import (
    World,
    give_app,
    give_passkey,
    transaction_of,
    use_passkey,
    world,
)
from tests.support.provider import SqliteTemplate

NEW = "a new phrase that nobody knows 新的"


@pytest.fixture
def house(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    with world(tmp_path, sqlite_template) as made:
        yield made


def by_mobile(house: World, mobile: str) -> Browser:
    """Through the page to the code by text message, answered."""
    browser = Browser(house.provider).open("/account")
    browser.open(f"/recover?transaction={transaction_of(browser)}").submit(have="mobile")
    assert browser.path == "/login/sms"
    return browser.submit(identifier=mobile).submit(code=house.code(mobile))


def test_a_forgotten_password_is_replaced_by_the_registered_number(house: World) -> None:
    """The code, the new password, and the old one opens nothing; other sign-ins end and the number is told."""
    person = house.provider.make.person()
    elsewhere = Browser(house.provider).open("/account").sign_in(person)
    browser = by_mobile(house, person.mobile)
    assert browser.path == "/account/security/password"
    browser.submit(password=NEW)
    assert browser.path == "/account/security" and elsewhere.open("/account").path == "/login"
    assert Browser(house.provider).open("/account").sign_in(person).path == "/login"
    assert Browser(house.provider).open("/account").sign_in(person, NEW).path == "/account"
    house.provider.services.people.notices.run()
    assert any("登录方式已更改" in text for text in house.phone.texts(person.mobile))


@pytest.mark.sec("SEC-22")
def test_a_number_alone_does_not_weaken_a_stronger_account(house: World) -> None:
    """Who has an app or a passkey proves by it too before a password is set, whoever holds the telephone number."""
    provider = house.provider
    person, other = provider.make.person(), provider.make.person()
    device = give_passkey(provider, other)
    give_app(provider, person)
    browser = by_mobile(house, person.mobile)
    assert browser.path == "/login/totp"
    browser.open("/account/security/password")
    assert browser.path == "/login"
    second = by_mobile(house, other.mobile)
    assert second.path == "/login/more" and "最可靠的方式" in second.page
    use_passkey(second, device)
    assert second.path == "/account/security/password"


def test_a_recovery_code_helps_who_lost_the_app(house: World) -> None:
    """A code by text message is the first proof, one from paper the second: two things, if one kind."""
    provider, person = house.provider, house.provider.make.person()
    give_app(provider, person)
    with provider.sql.begin() as db:
        codes = provider.services.signing_in.recovery.make(db, person.id, instant(provider.clock))
    browser = by_mobile(house, person.mobile)
    browser.open(f"/login/recovery-code?transaction={transaction_of(browser)}").submit(code=codes[0])
    assert browser.path == "/account/security/password"


def test_nothing_left_leads_to_the_counter(house: World) -> None:
    """What to bring and what stays; picking nothing is told at the choice."""
    browser = Browser(house.provider).open("/recover").submit(have="nothing")
    assert "服务窗口" in browser.page and browser.status == 200
    browser.open("/recover").submit()
    assert browser.status == 400 and "选择一项" in browser.page


@pytest.mark.sec("SEC-28")
def test_the_page_tells_nothing_of_an_account(house: World) -> None:
    """It takes no identifier at all: what follows is a sign-in, which tells nobody who is registered."""
    assert 'name="identifier"' not in Browser(house.provider).open("/recover").page

"""Pauses after wrong passwords: told in time, short at first, and never of a person (decision 0006)."""

import threading
from typing import Any

import pytest

from idp.authenticators.password import PasswordMethod
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider
from tests.support.raw import ask, cookie_header
from tests.support.synthetic import synthetic_id_number

WRONG = "not the password"


def _miss(browser: Browser, person: MadePerson, times: int) -> Browser:
    for _ in range(times):
        if 'id="password"' not in browser.page:
            browser.open("/login")
        browser.sign_in(person, WRONG)
    return browser


def _form(provider: Provider, address: str = "192.0.2.10") -> Browser:
    return Browser(provider, address).open("/login")


def test_the_third_miss_says_how_many_are_left(any_provider: Provider) -> None:
    """Two misses are told plainly; from the third on the page counts down to the pause."""
    person = any_provider.make.person()
    browser = _miss(_form(any_provider), person, 2)
    assert 'class="caution"' not in browser.page and "账户或密码不正确" in browser.page
    _miss(browser, person, 1)
    assert 'class="caution"' in browser.page and "2" in browser.page.partition('class="caution"')[2][:60]
    assert browser.status == 200 and person.id_number in browser.page


def test_the_fifth_miss_pauses_and_the_right_password_waits(any_provider: Provider) -> None:
    """In the pause even the right password is refused unread; after it, it signs in and the count starts anew."""
    person = any_provider.make.person()
    browser = _miss(_form(any_provider), person, 5)
    assert "暂停" in browser.page and 'id="password"' not in browser.page
    browser.open("/login").sign_in(person)
    assert browser.path == "/login" and "暂停" in browser.page
    assert browser.cookie("yh_session") is None

    any_provider.clock.advance(6)
    browser.open("/login").sign_in(person)
    assert browser.path == "/account"
    again = _miss(_form(any_provider), person, 2)
    assert 'class="caution"' not in again.page, "success starts the count anew"
    refusals = [event.details for event in any_provider.events("sign_in.refused")]
    assert "paused" in str(refusals) and WRONG not in str(refusals)


def test_pauses_grow_and_the_tenth_miss_rests_a_quarter_of_an_hour(provider: Provider) -> None:
    """Each further miss doubles the pause; after the tenth nothing helps for 15 minutes."""
    person = provider.make.person()
    browser = _miss(_form(provider), person, 5)
    for seconds in (5, 10, 20, 40, 80):
        provider.clock.advance(seconds - 1)
        assert "暂停" in browser.open("/login").sign_in(person, WRONG).page, seconds
        provider.clock.advance(1)
        browser.open("/login").sign_in(person, WRONG)
    provider.clock.advance(890)
    assert "暂停" in browser.open("/login").sign_in(person).page


def test_another_source_and_another_person_are_free(any_provider: Provider) -> None:
    """A stranger's misses pause neither the citizen elsewhere nor anybody else at the stranger's address."""
    person, neighbour = any_provider.make.person(), any_provider.make.person()
    _miss(_form(any_provider), person, 5)
    assert _form(any_provider, "198.51.100.7").sign_in(person).path == "/account"
    assert _form(any_provider).sign_in(neighbour).path == "/account"


def test_unknown_numbers_pause_like_known_ones(provider: Provider) -> None:
    """Misses of a number that nobody has show the same pages, so that they tell nothing."""
    known = provider.make.person()
    nobody = MadePerson("", synthetic_id_number(994), "", "", "")
    shown = []
    for person in (known, nobody):
        browser = _form(provider)
        pages = []
        for _ in range(5):
            browser.sign_in(person, WRONG)
            pages.append((browser.status, browser.page.count("caution"), "暂停" in browser.page))
        shown.append(pages)
    assert shown[0] == shown[1]


@pytest.mark.sec("SEC-28")
def test_a_burst_gets_no_more_than_ten_checks(
    any_provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty tries at once, the right one last, lead to ten checked passwords at most and to no session."""
    checked: list[str] = []
    check = PasswordMethod.check

    def counted(self: PasswordMethod, db: Any, person_id: str | None, password: str) -> Any:
        checked.append(password)
        return check(self, db, person_id, password)

    monkeypatch.setattr(PasswordMethod, "check", counted)
    person = any_provider.make.person()
    browser = _form(any_provider)
    hidden = browser.hidden()
    headers = {**cookie_header(browser), "Origin": any_provider.issuer}
    start = threading.Barrier(50)
    statuses: list[int] = []

    def attempt() -> None:
        body = f"identifier={person.id_number}&password=wrong&transaction={hidden['transaction']}"
        start.wait()
        answer = ask(
            any_provider,
            "POST",
            "/login",
            body=f"{body}&csrf_token={hidden['csrf_token']}".encode(),
            headers=headers,
            address="192.0.2.10",
        )
        statuses.append(answer.status)

    threads = [threading.Thread(target=attempt) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(checked) <= 10, "a parallel burst gains nothing"
    assert len(statuses) == 50 and set(statuses) <= {200, 503}
    assert "暂停" in browser.open("/login").sign_in(person).page

"""C18: a new password, after a fresh sign-in, with every other device signed out."""

from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider

PAGE = "/account/security/password"
NEW = "another 很长的 pass phrase"
FRESH = 601


def _signed_in(provider: Provider) -> tuple[MadePerson, Browser]:
    person = provider.make.person()
    return person, Browser(provider).open("/login").sign_in(person)


def test_the_new_password_opens_and_the_old_one_does_not(any_provider: Provider) -> None:
    """After the change only the new one signs in; the event names the person and no password."""
    person, browser = _signed_in(any_provider)
    browser.open(PAGE).submit(password=NEW)
    assert browser.path == "/account/security" and browser.status == 200
    assert Browser(any_provider, "192.0.2.11").open("/login").sign_in(person).path == "/login"
    assert Browser(any_provider, "192.0.2.12").open("/login").sign_in(person, NEW).path == "/account"
    (event,) = any_provider.events("password.changed")
    assert event.object == person.id and NEW not in str(event)


def test_other_devices_are_signed_out_and_this_one_is_not(any_provider: Provider) -> None:
    """Whoever sat in with the old password is out at once."""
    person, browser = _signed_in(any_provider)
    other = Browser(any_provider, "198.51.100.7").open("/login").sign_in(person)
    browser.open(PAGE).submit(password=NEW)
    assert other.open("/account").path == "/login" and browser.open("/account").path == "/account"


def test_an_old_sign_in_is_asked_once_more(provider: Provider) -> None:
    """Ten minutes after the sign-in the form asks to sign in again and comes back to it; a kept form changes nothing."""
    person, browser = _signed_in(provider)
    fields = browser.open(PAGE).hidden()
    provider.clock.advance(FRESH)
    assert browser.post(PAGE, {**fields, "password": NEW}).path == "/login"
    assert not provider.events("password.changed")
    assert browser.open(PAGE).path == "/login"
    assert browser.sign_in(person).path == PAGE
    browser.submit(password=NEW)
    assert provider.events("password.changed")


def test_passwords_made_of_the_account_are_refused_in_words(provider: Provider) -> None:
    """Short ones, ones of a single character, and ones made of number, mobile number or birthday change nothing."""
    person, browser = _signed_in(provider)
    birthday = person.id_number[6:14]
    for bad in (
        "short",
        "aaaaaaaaaaaa",
        person.id_number,
        f"pw-{person.mobile}",
        f"pw{birthday}x",
        "x" * 1025,
    ):
        browser.open(PAGE).submit(password=bad)
        assert browser.path == PAGE and "field-error" in browser.page, bad
        assert f'value="{bad}"' not in browser.page
    assert not provider.events("password.changed")

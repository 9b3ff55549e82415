"""Stored passwords grow stronger when their owners sign in."""

from sqlalchemy import text

from crypto.passwords import PasswordHasher
from idp.authenticators.password import KIND
from idp.clock import instant
from tests.support.factories import PASSWORD
from tests.support.journey import Browser
from tests.support.provider import Provider


def _stored(provider: Provider, person_id: str) -> str:
    with provider.sql.once() as db:
        found = provider.services.passwords._credentials.find(db, person_id, KIND)
    assert found is not None
    return found.secret


def test_old_parameters_are_renewed_by_the_right_password_only(any_provider: Provider) -> None:
    """A hash of older cost stays after a wrong password, is renewed by the right one, and then left alone."""
    person = any_provider.make.person(password=None)
    peppers = any_provider.services.foundation.data_keys.versions("pepper")
    weak = PasswordHasher(peppers, max(peppers), memory_kib=1024, time_cost=1).hash(PASSWORD)
    with any_provider.sql.begin() as db:
        now = instant(any_provider.clock)
        any_provider.services.passwords._credentials.add(db, KIND, [(person.id, weak)], now)
    assert "m=1024,t=1" in _stored(any_provider, person.id)

    browser = Browser(any_provider).open("/login").sign_in(person, "wrong")
    assert _stored(any_provider, person.id) == weak
    browser.sign_in(person, PASSWORD)
    assert browser.path == "/account"
    renewed = _stored(any_provider, person.id)
    assert "m=7168,t=1" in renewed

    Browser(any_provider).open("/login").sign_in(person, PASSWORD)
    assert _stored(any_provider, person.id) == renewed


def test_the_hash_is_not_readable_in_the_table(provider: Provider) -> None:
    """The row holds sealed bytes, in which neither parameters nor salt can be seen (GB/T 39786 §8.4)."""
    person = provider.make.person()
    with provider.sql.once() as db:
        (secret,) = db.execute(text("SELECT secret FROM credential")).one()
    assert b"argon2" not in bytes(secret)
    assert "argon2id" in _stored(provider, person.id)


def test_a_credential_moved_to_another_row_signs_nobody_in(provider: Provider) -> None:
    """Sealed bytes copied by somebody with the database onto another person's row do not open."""
    victim, thief = provider.make.person(), provider.make.person(password="the thief's own 密码")
    with provider.sql.begin() as db:
        db.execute(
            text(
                "UPDATE credential SET secret = (SELECT secret FROM credential WHERE person_id = :thief) "
                "WHERE person_id = :victim"
            ),
            {"thief": thief.id, "victim": victim.id},
        )
    browser = Browser(provider).open("/login").sign_in(victim, "the thief's own 密码")
    assert browser.cookie("yh_session") is None

"""Standing consents: one per person and client, replaced, withdrawn by exactly one caller."""

import threading

import pytest

from idp.audit.event import Place
from idp.clock import instant
from idp.consent import store
from idp.consent.service import granted, is_covered
from idp.consent.store import Consent
from tests.support.provider import Provider

PLACE = Place("192.0.2.0/24", "0123456789abcdef")


def _put(provider: Provider, person_id: str, scope: str, seen: str) -> None:
    with provider.sql.begin() as db:
        store.put(db, person_id, "dept-one", scope, seen, instant(provider.clock))


def _consent(provider: Provider, scope: str, seen: str) -> Consent:
    now = instant(provider.clock)
    return Consent("p", "c", frozenset(scope.split()), frozenset(seen.split()), now)


def test_a_later_decision_takes_the_place_of_the_earlier(any_provider: Provider) -> None:
    """One row per person and client, with the later scope and time."""
    person = any_provider.make.person()
    any_provider.make.client()
    _put(any_provider, person.id, "openid", "openid realname")
    any_provider.clock.advance(10)
    _put(any_provider, person.id, "openid realname", "openid realname")
    with any_provider.sql.once() as db:
        (found,) = store.list_standing(db, person.id)
    assert found.scope == {"openid", "realname"} and found.granted_at == instant(any_provider.clock)


def test_a_withdrawn_consent_is_gone_until_given_again(any_provider: Provider) -> None:
    """Neither found nor listed; of eight who withdraw one does."""
    person = any_provider.make.person()
    any_provider.make.client()
    _put(any_provider, person.id, "openid", "openid")
    start, done = threading.Barrier(8), []

    def withdraw() -> None:
        start.wait()
        with any_provider.sql.begin() as db:
            done.append(any_provider.services.consents.withdraw(db, person.id, "dept-one", PLACE))

    threads = [threading.Thread(target=withdraw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 7 + [True]
    assert len(any_provider.events("consent.withdrawn")) == 1
    with any_provider.sql.once() as db:
        assert store.find(db, person.id, "dept-one") is None
        assert store.find_for_change(db, person.id, "dept-one") is None
        assert store.list_standing(db, person.id) == []
    _put(any_provider, person.id, "openid", "openid")
    with any_provider.sql.once() as db:
        assert store.find(db, person.id, "dept-one") is not None


@pytest.mark.parametrize(
    ("seen", "asked", "covered"),
    [
        (None, "openid", True),
        (None, "openid realname", False),
        (None, "openid offline_access", False),
        ("openid realname", "openid realname", True),
        ("openid realname mobile", "openid mobile", True),
        ("openid realname", "openid realname mobile", False),
        ("openid realname", "openid realname offline_access", False),
        ("", "openid", True),
    ],
)
def test_only_what_was_asked_before_needs_no_question(
    provider: Provider, seen: str | None, asked: str, covered: bool
) -> None:
    """`openid` alone gives nothing away; every other scope, offline access too, is asked once."""
    consent = None if seen is None else _consent(provider, "", seen)
    assert is_covered(consent, frozenset(asked.split())) is covered


def test_given_is_what_was_asked_and_agreed(provider: Provider) -> None:
    """Never more than this request wants, never more than the person gave."""
    consent = _consent(provider, "openid realname mobile", "openid realname mobile idcard")
    assert granted(consent, frozenset({"openid", "realname", "idcard"})) == {"openid", "realname"}
    assert granted(None, frozenset({"openid", "realname"})) == {"openid"}

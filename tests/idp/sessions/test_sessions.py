"""Sessions as stored: found by the digest of a cookie, ended by exactly one caller, listed while open."""

import threading
from datetime import timedelta

from sqlalchemy import text

from idp.audit.event import Place
from idp.authenticators.evidence import Evidence, Way
from idp.clock import instant
from idp.sessions import store
from idp.sessions.store import SsoSession
from tests.support.provider import Provider

PLACE = Place("192.0.2.0/24", "0123456789abcdef")


def proofs(provider: Provider) -> tuple[Evidence, ...]:
    """A password that was right just now."""
    return (Evidence(Way.PASSWORD, provider.clock.timestamp()),)


def _open(provider: Provider, person_id: str) -> tuple[SsoSession, str]:
    with provider.sql.begin() as db:
        return provider.services.sessions.open(
            db, person_id, proofs(provider), "192.0.2.0/24", "Chrome · Linux"
        )


def test_the_cookie_is_kept_nowhere(any_provider: Provider) -> None:
    """The row holds a digest; the cookie finds the session, its digest or id does not."""
    sso, cookie = _open(any_provider, any_provider.make.person().id)
    with any_provider.sql.once() as db:
        row = str(db.execute(text("SELECT * FROM sso_session")).one())
        assert cookie not in row
        sessions = any_provider.services.sessions
        assert sessions.find(db, cookie) == sso
        assert sessions.find(db, sso.id) is None and sessions.find(db, None) is None


def test_one_of_many_ends_a_session(any_provider: Provider) -> None:
    """Eight at once: one gets true, and there is one event."""
    sso, cookie = _open(any_provider, any_provider.make.person().id)
    start, ended = threading.Barrier(8), []

    def end() -> None:
        start.wait()
        with any_provider.sql.begin() as db:
            ended.append(any_provider.services.sessions.end(db, sso, "signed_out", "person:x", PLACE))

    threads = [threading.Thread(target=end) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [False] * 7 + [True]
    assert len(any_provider.events("session.ended")) == 1
    with any_provider.sql.once() as db:
        assert any_provider.services.sessions.find(db, cookie) is None


def test_renewing_keeps_the_name_and_changes_the_cookie(any_provider: Provider) -> None:
    """The same `sid` and end, a new time of sign-in; the old cookie finds nothing."""
    sso, old = _open(any_provider, any_provider.make.person().id)
    any_provider.clock.advance(60)
    sessions = any_provider.services.sessions
    with any_provider.sql.begin() as db:
        renewed, new = sessions.renew(db, sso, proofs(any_provider))
    with any_provider.sql.once() as db:
        assert sessions.find(db, old) is None
        assert sessions.find(db, new) == renewed
    assert renewed.id == sso.id and renewed.expires_at == sso.expires_at
    assert renewed.auth_time == sso.auth_time + timedelta(seconds=60)


def test_touching_writes_once_a_minute(any_provider: Provider) -> None:
    """Within a minute of the last use nothing is written, after it the time of use moves."""
    sso, cookie = _open(any_provider, any_provider.make.person().id)
    sessions = any_provider.services.sessions
    for seconds, moved in ((60, False), (1, True)):
        any_provider.clock.advance(seconds)
        with any_provider.sql.begin() as db:
            sessions.touch(db, sso)
            found = sessions.find(db, cookie)
        assert found is not None and (found.seen_at > sso.seen_at) is moved


def test_only_open_sessions_of_the_person_are_listed(any_provider: Provider) -> None:
    """Newest first; ended, idle and other persons' sessions are not there."""
    person, other = any_provider.make.person(), any_provider.make.person()
    sessions = any_provider.services.sessions
    idle, _ = _open(any_provider, person.id)
    any_provider.clock.advance(1800)
    first, _ = _open(any_provider, person.id)
    any_provider.clock.advance(1)
    second, _ = _open(any_provider, person.id)
    ended, _ = _open(any_provider, person.id)
    _open(any_provider, other.id)
    with any_provider.sql.begin() as db:
        sessions.end(db, ended, "signed_out", "person:x", PLACE)
        assert [one.id for one in sessions.list_open(db, person.id)] == [second.id, first.id]
        assert idle.id not in {one.id for one in sessions.list_open(db, person.id)}


def test_participants_stand_once_in_the_order_they_came(any_provider: Provider) -> None:
    """A second visit moves the time of last use and not the place in the list."""
    person = any_provider.make.person()
    sso, _ = _open(any_provider, person.id)
    for client_id in ("b", "a", "b"):
        any_provider.clock.advance(10)
        with any_provider.sql.begin() as db:
            store.note_participant(db, sso.id, client_id, instant(any_provider.clock))
    with any_provider.sql.once() as db:
        assert store.list_participants(db, sso.id) == ["b", "a"]
        used = store.last_use_by_client(db, person.id)
    assert used["b"] == instant(any_provider.clock) and used["a"] < used["b"]

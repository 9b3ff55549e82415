"""What the worker removes, and the ledger of notices about ended sessions."""

import threading
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from crypto.tokens import random_token
from idp.clock import instant
from idp.oauth.logout import store
from idp.oauth.logout.models import DeliveryState
from idp.oauth.tokens.sweep import Sweep
from idp.sessions import store as session_store
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider


def _count(provider: Provider, table: str) -> int:
    with provider.sql.once() as db:
        return int(db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - constants


def test_expired_tokens_go_a_day_later_and_living_ones_stay(any_provider: Provider) -> None:
    """A family and its refresh tokens leave together; offline access, which lives a month, stays."""
    short = RelyingParty(any_provider, any_provider.make.client("dept-one"))
    long = RelyingParty(any_provider, any_provider.make.client("dept-two"))
    browser, person = Browser(any_provider), any_provider.make.person()
    tokens = short.tokens(browser, person)
    short.refresh(tokens["refresh_token"])
    kept = long.tokens(browser, person, scope="openid offline_access")
    sweep = Sweep(any_provider.sql, any_provider.clock)
    any_provider.clock.advance(8 * 3600 + 3600)
    assert sweep.run() == 0, "a day is kept for questions"
    any_provider.clock.advance(24 * 3600)
    assert sweep.run() >= 3
    assert sweep.run() == 0
    assert long.refresh(kept["refresh_token"]).status_code == 200


def _add(provider: Provider, count: int) -> list[str]:
    now = instant(provider.clock)
    rows: list[dict[str, Any]] = [
        {
            "id": random_token(16),
            "session_id": f"session-{number}",
            "client_id": "dept-one",
            "person_id": "p",
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "next_at": now + timedelta(seconds=number),
            "last_result": "",
            "created_at": now,
        }
        for number in range(count)
    ]
    with provider.sql.begin() as db:
        store.add(db, rows)
    return [row["id"] for row in rows]


def test_the_oldest_due_come_first_and_no_more_than_asked(any_provider: Provider) -> None:
    """Only what is due, in the order of its time."""
    ids = _add(any_provider, 5)
    with any_provider.sql.begin() as db:
        now = instant(any_provider.clock)
        assert store.list_due(db, now, 10) == ids[:1]
        assert store.list_due(db, now + timedelta(seconds=10), 3) == ids[:3]
        store.add(db, [])


def test_one_of_many_claims_a_notice(any_provider: Provider) -> None:
    """Eight workers at once: one receives it, counted as one try."""
    (notice,) = _add(any_provider, 1)
    now, start, won = instant(any_provider.clock), threading.Barrier(8), []

    def claim() -> None:
        start.wait()
        with any_provider.sql.begin() as db:
            won.append(store.claim(db, notice, now, now + timedelta(seconds=10)))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (delivery,) = [one for one in won if one is not None]
    assert delivery.attempts == 1


def test_a_session_is_told_to_a_client_once(any_provider: Provider) -> None:
    """The pair of session and client is unique in the ledger."""
    _add(any_provider, 2)
    assert _count(any_provider, "logout_delivery") == 2
    with any_provider.sql.once() as db:
        assert len(store.list_of_session(db, "session-1")) == 1


def test_settled_notices_are_never_claimed(any_provider: Provider) -> None:
    """Delivered and failed are final."""
    ids = _add(any_provider, 2)
    now = instant(any_provider.clock)
    later = now + timedelta(days=1)
    with any_provider.sql.begin() as db:
        for notice, state in zip(ids, (DeliveryState.DELIVERED, DeliveryState.FAILED), strict=True):
            tried = store.claim(db, notice, later, later)
            assert tried is not None
            store.settle(db, tried, state, "x", now)
        assert store.list_due(db, later, 10) == []
        assert [store.claim(db, notice, later, later) for notice in ids] == [None, None]


def test_a_try_that_was_overtaken_leaves_no_trace(any_provider: Provider) -> None:
    """A worker that stalled while another one tried again cannot write over what came of the later try."""
    (notice,) = _add(any_provider, 1)
    now = instant(any_provider.clock)
    with any_provider.sql.begin() as db:
        stalled = store.claim(db, notice, now, now)
        later = store.claim(db, notice, now, now)
        assert stalled is not None and later is not None
        store.settle(db, later, DeliveryState.DELIVERED, "200", now)
        store.settle(db, stalled, DeliveryState.PENDING, "timeout", now)
        assert store.claim(db, notice, now, now) is None


def test_old_sessions_and_settled_notices_are_forgotten(any_provider: Provider) -> None:
    """After half a year nothing of a sign-in is left but its events; a younger one stays."""
    person = any_provider.make.person()
    for address in ("192.0.2.1", "192.0.2.2"):
        Browser(any_provider, address).open("/login").sign_in(person)
        any_provider.clock.advance(170 * 86_400)
    assert Sweep(any_provider.sql, any_provider.clock).run() == 1
    with any_provider.sql.once() as db:
        assert [sso.place for sso in session_store.list_not_ended(db, person.id)] == ["192.0.2.0/24"]

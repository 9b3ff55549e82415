"""Limits: counted together by all processes, refused with a time to come back."""

import pytest

from idp.errors import TooMany
from idp.limits.counter import Limits
from idp.limits.lockout import FREE_MISSES, TRIES, WINDOW_SECONDS, pause_seconds
from idp.limits.rules import RULES, Counts, Rule
from idp.main import all_routes
from tests.support.provider import Provider
from tests.support.raw import ask


@pytest.fixture(autouse=True)
def small_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that are reached in a few calls."""
    monkeypatch.setitem(RULES, "page", Rule(Counts.EVERY, 3, 60))
    monkeypatch.setitem(RULES, "token", Rule(Counts.REFUSALS, 3, 60))


def _other_process(provider: Provider) -> Limits:
    base = provider.services.foundation
    return Limits(base.store, base.held.box_index, base.clock)


def test_every_request_counts_in_all_processes_together(any_provider: Provider) -> None:
    """Three are let in wherever they arrive; the fourth is refused and told when to return."""
    here, there = any_provider.services.foundation.limits, _other_process(any_provider)
    for limits in (here, there, here):
        limits.admit("page", "192.0.2.1")
    with pytest.raises(TooMany) as refused:
        there.admit("page", "192.0.2.1")
    assert 0 < refused.value.retry_after <= 60
    here.admit("page", "192.0.2.2")


def test_refusals_count_and_good_requests_do_not(any_provider: Provider) -> None:
    """Any number of good requests passes; after three refusals the subject waits, then gets one try at a time."""
    limits = any_provider.services.foundation.limits
    for _ in range(20):
        limits.admit("token", "192.0.2.1")
    for _ in range(3):
        limits.refused("token", "192.0.2.1")
    with pytest.raises(TooMany):
        limits.admit("token", "192.0.2.1")
    limits.admit("token", "192.0.2.2")
    any_provider.clock.advance(6)
    limits.admit("token", "192.0.2.1")
    limits.refused("token", "192.0.2.1")
    with pytest.raises(TooMany):
        limits.admit("token", "192.0.2.1")


def test_rules_are_apart(provider: Provider) -> None:
    """What is used up under one rule is free under another."""
    limits = provider.services.foundation.limits
    for _ in range(3):
        limits.refused("token", "192.0.2.1")
    limits.admit("userinfo", "192.0.2.1")
    limits.admit("none", "192.0.2.1")


@pytest.mark.clause("RFC 6585", "4")
def test_the_door_answers_429_with_retry_after(any_provider: Provider) -> None:
    """A machine gets JSON, a person a page, both with the time; other addresses are served."""
    for _ in range(3):
        assert ask(any_provider, "POST", "/oauth/token", body=b"x=1").status == 401
    over = ask(any_provider, "POST", "/oauth/token", body=b"x=1")
    assert over.status == 429 and int(over.one("Retry-After") or 0) > 0
    assert b"temporarily_unavailable" in over.body
    assert ask(any_provider, "POST", "/oauth/token", body=b"x=1", address="192.0.2.78").status == 401
    for _ in range(3):
        ask(any_provider, "GET", "/oauth/logout")
    page = ask(any_provider, "GET", "/oauth/logout")
    assert page.status == 429 and page.one("Retry-After") and "<html" in page.text


def test_every_route_names_a_rule() -> None:
    """A route whose limit nobody declared would answer 500."""
    assert {route.limit for route in all_routes()} <= set(RULES)


def test_pauses_double_and_end_at_the_window() -> None:
    """5, 10, 20, 40, 80 seconds, then a quarter of an hour (decision 0006)."""
    assert [pause_seconds(n) for n in range(FREE_MISSES + 1, TRIES + 2)] == [5, 10, 20, 40, 80, 900, 900]
    assert WINDOW_SECONDS == 900

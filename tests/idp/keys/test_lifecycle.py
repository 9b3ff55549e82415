"""A key pair goes through its states in order and in time, or not at all, on both databases."""

import threading
from typing import Any

import pytest

from crypto.errors import TokenRejected
from idp.audit.event import Place
from idp.errors import Conflict, NotFound
from idp.keys import store
from idp.keys.lifecycle import Actor, MoveRefused
from idp.keys.models import KeyPurpose, KeyState
from tests.support.at_once import at_once
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of, published_keys

OFFICER = Actor("cli:officer", Place("console", "REF"), "officer")
TOKEN = KeyPurpose.TOKEN


def _pairs(provider: Provider, *states: KeyState, algorithm: str = "ES256") -> list[Any]:
    with provider.sql.once() as db:
        rows = store.list_key_pairs(db, TOKEN, *(states or KeyState))
    return [row for row in rows if row.algorithm == algorithm]


def _kids(provider: Provider) -> set[str]:
    return {key["kid"] for key in published_keys(provider) if key["use"] == "sig"}


def _id_token(provider: Provider, client_id: str = "dept-one") -> str:
    application = RelyingParty(provider, provider.make.client(client_id))
    return application.tokens(Browser(provider), provider.make.person())["id_token"]


def _wait_for_alarms() -> None:
    """Alarms are written beside the requests that met them."""
    for thread in threading.enumerate():
        if thread.name == "key-alarm":
            thread.join()


def _succeed(provider: Provider) -> tuple[str, str]:
    """Rotate the token key; the old kid and the new one."""
    (old,) = _pairs(provider, KeyState.ACTIVE)
    new = provider.services.lifecycle.make(TOKEN, "ES256", OFFICER)
    provider.clock.advance(provider.services.settings.keys.publish_seconds)
    provider.services.lifecycle.activate(new, OFFICER)
    provider.clock.advance(2)
    return old.kid, new


@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_a_key_is_known_before_it_signs_and_verifies_after_it_stopped(any_provider: Provider) -> None:
    """The successor is in the key set first, then signs; tokens of its predecessor hold until it is retired."""
    (old,) = _pairs(any_provider, KeyState.ACTIVE)
    before = _id_token(any_provider)
    new = any_provider.services.lifecycle.make(TOKEN, "ES256", OFFICER)
    any_provider.clock.advance(2)
    assert {old.kid, new} <= _kids(any_provider)
    assert any_provider.services.foundation.keyring.signer("ES256").handle.kid == old.kid
    any_provider.clock.advance(any_provider.services.settings.keys.publish_seconds)
    any_provider.services.lifecycle.activate(new, OFFICER)
    any_provider.clock.advance(2)
    assert any_provider.services.foundation.keyring.signer("ES256").handle.kid == new
    assert {old.kid, new} <= _kids(any_provider)
    any_provider.clock.advance(-900)
    assert claims_of(any_provider, before)["iss"] == any_provider.issuer


def test_a_retired_key_verifies_nothing_and_is_told_once(any_provider: Provider) -> None:
    """After retirement the kid is gone from the key set, its tokens are refused, and the operators hear of it once."""
    application = RelyingParty(any_provider, any_provider.make.client())
    person = any_provider.make.person()
    old, _ = _succeed(any_provider)
    keyring = any_provider.services.foundation.keyring
    any_provider.clock.advance(any_provider.services.settings.keys.verify_seconds)
    any_provider.services.lifecycle.retire(old, OFFICER)
    any_provider.clock.advance(2)
    assert old not in _kids(any_provider)
    for _ in range(3):
        keyring.met(old)
        keyring.met("never-seen")
    _wait_for_alarms()
    assert [event.object for event in any_provider.events("key.retired_met")] == [old]
    assert application.tokens(Browser(any_provider), person)["id_token"]


@pytest.mark.parametrize("short", [1, 600])
def test_too_early_is_refused_with_its_time(any_provider: Provider, short: int) -> None:
    """A key that others may not have seen yet does not sign, and the refusal names the earliest instant."""
    lifecycle, seconds = any_provider.services.lifecycle, any_provider.services.settings.keys.publish_seconds
    new = lifecycle.make(TOKEN, "ES256", OFFICER)
    any_provider.clock.advance(seconds - short)
    with pytest.raises(MoveRefused) as refused:
        lifecycle.activate(new, OFFICER)
    assert refused.value.reason == "early" and refused.value.values["since"]
    (event,) = any_provider.events("key.move_refused")
    assert event.object == new and "early" in str(event.details)
    assert [row.kid for row in _pairs(any_provider, KeyState.PUBLISHED)] == [new]
    any_provider.clock.advance(short)
    lifecycle.activate(new, OFFICER)


def test_a_clock_set_back_moves_nothing(any_provider: Provider) -> None:
    """With a clock before the last instant in the keys' timelines nothing is made, activated or retired."""
    lifecycle, keys = any_provider.services.lifecycle, any_provider.services.settings.keys
    old, new = _succeed(any_provider)
    any_provider.clock.advance(-keys.publish_seconds - 10)
    for act in (
        lambda: lifecycle.make(TOKEN, "ES256", OFFICER),
        lambda: lifecycle.retire(old, OFFICER),
        lambda: lifecycle.replace_now(TOKEN, "ES256", OFFICER),
    ):
        with pytest.raises(MoveRefused) as refused:
            act()
        assert refused.value.reason == "clock"
    assert [row.kid for row in _pairs(any_provider, KeyState.ACTIVE)] == [new]


@pytest.mark.parametrize("act", ["publish", "activate", "retire"])
def test_an_active_key_takes_no_step_of_its_own(any_provider: Provider, act: str) -> None:
    """Only its successor moves the active key, so that there is always one."""
    (active,) = _pairs(any_provider, KeyState.ACTIVE)
    with pytest.raises(MoveRefused) as refused:
        getattr(any_provider.services.lifecycle, act)(active.kid, OFFICER)
    assert refused.value.reason == "state"
    assert [row.kid for row in _pairs(any_provider, KeyState.ACTIVE)] == [active.kid]


def test_an_unknown_key_is_named_so(any_provider: Provider) -> None:
    """A slip of typing is no move."""
    with pytest.raises(NotFound):
        any_provider.services.lifecycle.activate("no-such-key", OFFICER)


def test_the_private_part_is_destroyed_only_after_its_time(any_provider: Provider) -> None:
    """Destruction wants a retired key and its time; then the row stays and the private part is gone."""
    lifecycle, keys = any_provider.services.lifecycle, any_provider.services.settings.keys
    old, new = _succeed(any_provider)
    with any_provider.sql.begin() as db, pytest.raises(MoveRefused):
        lifecycle.destroy(db, new, OFFICER)
    any_provider.clock.advance(keys.verify_seconds)
    lifecycle.retire(old, OFFICER)
    with pytest.raises(MoveRefused), any_provider.sql.begin() as db:
        lifecycle.destroy(db, old, OFFICER)
    any_provider.clock.advance(keys.retire_seconds)
    with any_provider.sql.begin() as db:
        lifecycle.destroy(db, old, OFFICER)
    (row,) = [row for row in _pairs(any_provider) if row.kid == old]
    assert (row.state, row.wrapped) == (KeyState.DESTROYED, None) and row.destroyed_at is not None


def test_in_an_emergency_the_old_key_ends_at_once(any_provider: Provider) -> None:
    """The new key signs in the next second, and tokens of the leaked one are refused everywhere."""
    token = _id_token(any_provider)
    (old,) = _pairs(any_provider, KeyState.ACTIVE)
    new = any_provider.services.lifecycle.replace_now(TOKEN, "ES256", OFFICER)
    any_provider.clock.advance(2)
    with pytest.raises(TokenRejected):
        claims_of(any_provider, token)
    assert any_provider.services.foundation.keyring.signer("ES256").handle.kid == new
    assert claims_of(any_provider, _id_token(any_provider, "dept-two"))["iss"] == any_provider.issuer
    assert old.kid not in _kids(any_provider)


def test_of_two_nodes_that_rotate_at_once_one_wins(any_provider: Provider) -> None:
    """Eight nodes publish a successor and then activate it: one of each does, the others are told, nothing is lost."""
    lifecycle = any_provider.services.lifecycle
    made = at_once([lambda: lifecycle.make(TOKEN, "ES256", OFFICER)] * 8)
    (kid,) = [one for one in made if isinstance(one, str)]
    assert all(isinstance(one, Conflict) for one in made if one != kid)
    any_provider.clock.advance(any_provider.services.settings.keys.publish_seconds)
    moved = at_once([lambda: lifecycle.activate(kid, OFFICER)] * 8)
    assert moved.count(None) == 1
    assert all(isinstance(one, Conflict | MoveRefused) for one in moved if one is not None)
    assert [row.kid for row in _pairs(any_provider, KeyState.ACTIVE)] == [kid]
    assert len(_pairs(any_provider, KeyState.VERIFY_ONLY)) == 1

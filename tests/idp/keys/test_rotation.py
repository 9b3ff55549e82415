"""The schedule rotates by itself: a successor in time, a hand-over in time, a retirement in time."""

from datetime import timedelta
from typing import Any

from idp.keys import store
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.rotation import Rotation
from tests.support.provider import Provider

DAY = 86400


def _rotation(provider: Provider) -> Rotation:
    base = provider.services.foundation
    return Rotation(
        base.sql, base.clock, provider.services.lifecycle, base.alarms, provider.services.settings.keys
    )


def _states(provider: Provider, purpose: KeyPurpose = KeyPurpose.TOKEN) -> list[str]:
    with provider.sql.once() as db:
        rows = store.list_key_pairs(db, purpose, *KeyState)
    return [row.state.value for row in rows if row.algorithm == "SGD_SM3_SM2"]


def _timeline(provider: Provider) -> list[Any]:
    with provider.sql.once() as db:
        return [
            row
            for row in store.list_key_pairs(db, KeyPurpose.TOKEN, *KeyState)
            if row.algorithm == "SGD_SM3_SM2"
        ]


def test_nothing_is_due_on_the_first_day(any_provider: Provider) -> None:
    """A fresh instance rotates nothing, however often the job runs."""
    assert [_rotation(any_provider).run() for _ in range(3)] == [0, 0, 0]
    assert _states(any_provider) == ["active"]


def test_a_whole_rotation_by_schedule(any_provider: Provider) -> None:
    """Published before the day, signing on the day, the old one retired when its last token has expired."""
    rotation, keys = _rotation(any_provider), any_provider.services.settings.keys
    any_provider.clock.advance(keys.rotate_days["token"] * DAY - keys.publish_seconds)
    rotation.run()
    assert _states(any_provider) == ["active", "published"]
    rotation.run()
    assert _states(any_provider) == ["active", "published"]
    any_provider.clock.advance(keys.publish_seconds)
    rotation.run()
    assert _states(any_provider) == ["verify_only", "active"]
    any_provider.clock.advance(keys.verify_seconds)
    rotation.run()
    assert _states(any_provider) == ["retired", "active"]
    old, new = _timeline(any_provider)
    assert new.activated_at - new.published_at >= timedelta(seconds=keys.publish_seconds)
    assert old.retired_at - old.verify_only_at >= timedelta(seconds=keys.verify_seconds)
    moved = any_provider.events("key.moved")
    assert moved and all("schedule" in str(event.details) for event in moved)
    assert any_provider.services.foundation.keyring.signer("SGD_SM3_SM2").handle.kid == new.kid


def test_a_job_that_slept_for_a_year_takes_no_short_cut(any_provider: Provider) -> None:
    """Long after the day the successor still stands in the key set for its whole time before it signs."""
    rotation = _rotation(any_provider)
    any_provider.clock.advance(400 * DAY)
    rotation.run()
    rotation.run()
    assert _states(any_provider) == ["active", "published"]
    any_provider.clock.advance(any_provider.services.settings.keys.publish_seconds)
    rotation.run()
    assert _states(any_provider) == ["verify_only", "active"]


def test_every_purpose_follows_its_own_days(any_provider: Provider) -> None:
    """Checkpoint keys live longer than token keys."""
    rotation, keys = _rotation(any_provider), any_provider.services.settings.keys
    any_provider.clock.advance(keys.rotate_days["token"] * DAY)
    rotation.run()
    assert _states(any_provider, KeyPurpose.CHECKPOINT) == ["active"]
    any_provider.clock.advance(keys.rotate_days["audit_checkpoint"] * DAY)
    rotation.run()
    assert _states(any_provider, KeyPurpose.CHECKPOINT) == ["active", "published"]

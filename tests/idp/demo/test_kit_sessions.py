"""The kit's local sessions: what is kept, once, for how long, and for whom."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def kept(kit_module: Callable[[str], ModuleType], tmp_path: Path) -> Any:
    """Sessions in a fresh file."""
    return kit_module("local_sessions").LocalSessions(tmp_path / "sessions.db", "secret-of-the-test")


def test_value_is_taken_once(kept: Any) -> None:
    """A `state` serves one answer: the second taker gets nothing."""
    kept.put("state|a", {"nonce": "n"}, 60)
    assert kept.take("state|a") == {"nonce": "n"}
    assert kept.take("state|a") is None


def test_expired_value_is_gone(kept: Any) -> None:
    """What is too old is neither given nor changed nor in the way of a new one."""
    kept.put("session|a", {"v": 1}, -1)
    assert kept.get("session|a") is None
    assert kept.replace("session|a", {"v": 2}) is False
    assert kept.add("session|a", 60) is True


def test_end_of_a_session_ends_all_that_belongs_to_it(kept: Any) -> None:
    """A logout token ends the sessions of its `sid` and no other."""
    kept.put("session|a", {"v": 1}, 60, "S-1")
    kept.put("session|b", {"v": 2}, 60, "S-1")
    kept.put("session|c", {"v": 3}, 60, "S-2")
    assert kept.end("S-1") == 2
    assert kept.get("session|a") is None
    assert kept.get("session|c") == {"v": 3}


def test_ended_session_does_not_come_back_by_a_refresh(kept: Any) -> None:
    """A refresh that was under way when the session ended puts nothing back."""
    kept.put("session|a", {"v": 1}, 60, "S-1")
    kept.end("S-1")
    assert kept.replace("session|a", {"v": 2}) is False
    assert kept.get("session|a") is None


def test_key_is_held_by_the_first_only(kept: Any) -> None:
    """Of two clicks at the same moment one refreshes."""
    assert kept.add("refreshing|t", 60) is True
    assert kept.add("refreshing|t", 60) is False


def test_stolen_file_opens_no_session(kept: Any, tmp_path: Path) -> None:
    """The file names no key in clear and only its owner may read it."""
    kept.put("session|very-secret-cookie", {"v": 1}, 60)
    file = tmp_path / "sessions.db"
    assert b"very-secret-cookie" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0

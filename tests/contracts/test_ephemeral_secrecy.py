"""What whoever reads or writes the raw store can learn and do: nothing, on every implementation."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.ephemeral.box import Box
from idp.ephemeral.port import Store
from tests.support.servers import redis_cli
from tests.support.stores import ALL, on_stores, random_key

MINUTE = 60
CANARY = "canary-Zhang-San-140100190001010011"
MARKER = b"marker-in-clear-0123456789"


@dataclass(frozen=True)
class Code:
    """A one-time code's payload."""

    subject: str
    spent: bool = False


@dataclass(frozen=True)
class Reset:
    """A password reset's payload, of the same shape."""

    subject: str
    spent: bool = False


SEALER = Sealer({1: b"k" * 16}, 1)
LOOKUP = Lookup(b"l" * 32)


def raw_content(store_url: str, folder: Path) -> bytes:
    """Everything that the store keeps, keys and values, as its owner could read it."""
    if store_url.startswith("sqlite"):
        return b"".join(path.read_bytes() for path in folder.glob("ephemeral.db*"))
    if store_url.startswith("redis"):
        dump = folder / "dump.rdb"
        redis_cli(store_url, "--rdb", str(dump))
        return dump.read_bytes()
    with psycopg.connect(store_url.replace("+psycopg", "")) as db:
        rows = db.execute("SELECT key, value FROM ephemeral_entry").fetchall()
    return b"".join(bytes(column) for row in rows for column in row)


@on_stores(*ALL)
def test_nothing_of_an_entry_is_readable_in_the_raw_store(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Neither id, nor payload, nor the box's name stand anywhere in what the store keeps."""
    box = Box(store, SEALER, LOOKUP, "canary-box", Code, MINUTE)
    box.put(f"id-{CANARY}", Code(CANARY))
    box.add_once(f"other-{CANARY}", Code(CANARY))
    held = box.find(f"id-{CANARY}")
    assert held is not None
    assert box.swap(held, Code(CANARY, spent=True))
    store.put(random_key(), MARKER, MINUTE)
    content = raw_content(store_url, tmp_path)
    assert MARKER in content, "the search itself must be able to find something"
    for clear in (CANARY, "canary-box", "subject", "spent"):
        assert clear.encode() not in content


@pytest.mark.sec("SEC-07")
@on_stores(*ALL)
def test_an_id_of_one_kind_does_nothing_in_another(store: Store) -> None:
    """Reading, taking and adding under a foreign id leaves the entry of the right kind alone."""
    codes = Box(store, SEALER, LOOKUP, "code", Code, MINUTE)
    resets = Box(store, SEALER, LOOKUP, "reset", Reset, MINUTE)
    code = codes.new(Code("alice"))
    assert resets.get(code) is None
    assert resets.take(code) is None
    assert resets.add_once(code, Reset("mallory"))
    assert resets.take(code) == Reset("mallory")
    assert codes.take(code) == Code("alice")


@pytest.mark.sec("SEC-07")
@on_stores(*ALL)
def test_an_entry_moved_inside_the_raw_store_does_not_open(store: Store) -> None:
    """Sealed bytes copied to another id or another kind are as good as absent."""
    codes = Box(store, SEALER, LOOKUP, "code", Code, MINUTE)
    resets = Box(store, SEALER, LOOKUP, "reset", Reset, MINUTE)
    held = codes.find(codes.new(Code("alice")))
    assert held is not None
    store.put(LOOKUP.digest("box:code", "other id"), held.raw, MINUTE)
    store.put(LOOKUP.digest("box:reset", "other kind"), held.raw, MINUTE)
    assert codes.get("other id") is None
    assert resets.take("other kind") is None
    assert codes.swap(held, Code("alice", spent=True)), "the original still opens and swaps"

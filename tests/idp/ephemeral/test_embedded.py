"""What only the embedded store does: its table, its clock, its sweep."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.port import StoreUnavailable
from idp.errors import SettingsRefused
from tests.support.fixtures import Postgres
from tests.support.stores import on_stores, random_key

BOTH = ("sqlite", "postgresql")


class Time:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now


def rows(store_url: str) -> int:
    """How many rows the table has, expired ones included."""
    engine = create_engine(store_url)
    with engine.connect() as db:
        number: int = db.execute(text("SELECT count(*) FROM ephemeral_entry")).scalar_one()
    engine.dispose()
    return number


@on_stores(*BOTH)
def test_expiry_follows_the_given_clock_to_the_millisecond(store_url: str) -> None:
    """An entry lives until exactly its life is over, whatever the database's own clock says."""
    time = Time()
    store = EmbeddedStore.from_url(store_url, now=time)
    store.create_table()
    key = random_key()
    store.put(key, b"v", 5)
    time.now += 4.999
    assert store.get(key) == b"v"
    time.now += 0.001
    assert store.get(key) is None
    assert store.take(key) is None
    store.close()


@on_stores(*BOTH)
def test_sweep_removes_expired_entries_only_and_no_more_than_asked(store_url: str) -> None:
    """Small batches take away what has ended; living entries and counters stay."""
    time = Time()
    store = EmbeddedStore.from_url(store_url, now=time)
    store.create_table()
    # The database is shared with other tests, whose entries have ended by this time.
    time.now += 1000
    while store.sweep():
        pass
    before = rows(store_url)
    living, counter = random_key(), random_key()
    for _ in range(25):
        store.put(random_key(), b"v", 5)
    store.put(living, b"v", 60)
    store.count(counter, 60)
    assert store.sweep() == 0
    time.now += 5
    assert [store.sweep(limit=10) for _ in range(4)] == [10, 10, 5, 0]
    assert rows(store_url) == before + 2
    assert store.get(living) == b"v"
    assert store.count(counter, 60, by=0) == 1
    store.close()


def test_the_table_can_be_created_by_many_at_once(tmp_path: Path, postgres: Postgres) -> None:
    """Nodes that start together all find the table, on a fresh file and on a fresh database."""
    for url in (f"sqlite:///{tmp_path}/fresh.db", postgres.create_database("fresh_ephemeral")):
        stores = [EmbeddedStore.from_url(url) for _ in range(12)]
        with ThreadPoolExecutor(len(stores)) as pool:
            list(pool.map(EmbeddedStore.create_table, stores))
        for store in stores:
            store.ping()
            store.close()


def test_a_store_on_a_given_engine_commits_every_act(tmp_path: Path) -> None:
    """An engine made elsewhere, with transactions by default, serves as well."""
    engine = create_engine(f"sqlite:///{tmp_path}/given.db")
    store = EmbeddedStore(engine)
    store.create_table()
    key = random_key()
    store.put(key, b"v", 60)
    other = sqlite3.connect(tmp_path / "given.db")
    assert other.execute("SELECT value FROM ephemeral_entry").fetchall() == [(b"v",)]
    other.close()
    store.close()


def test_the_sqlite_file_is_in_wal_mode(store_url: str, tmp_path: Path) -> None:
    """Readers of other processes do not wait for the writer."""
    store = EmbeddedStore.from_url(store_url)
    store.create_table()
    other = sqlite3.connect(tmp_path / "ephemeral.db")
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    store.close()


def test_a_store_without_its_file_or_table_refuses(tmp_path: Path) -> None:
    """A folder that is gone or a table never made is StoreUnavailable, without statement or values in its
    words.
    """
    missing = EmbeddedStore.from_url(f"sqlite:///{tmp_path}/no/such/folder/s.db")
    with pytest.raises(StoreUnavailable):
        missing.ping()
    bare = EmbeddedStore.from_url(f"sqlite:///{tmp_path}/bare.db")
    with pytest.raises(StoreUnavailable) as refusal:
        bare.put(random_key(), b"canary", 60)
    assert refusal.value.detail == "embedded store: OperationalError"
    assert "canary" not in str(refusal.value.__cause__)
    missing.close()
    bare.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "oracle://localhost/x", "nonsense", ""])
def test_other_databases_are_refused_at_boot(url: str) -> None:
    """A database whose atomic acts were never tested is not used."""
    with pytest.raises(SettingsRefused):
        EmbeddedStore.from_url(url)

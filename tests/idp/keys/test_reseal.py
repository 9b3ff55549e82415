"""Rows go over to a new sealing key while they are in use: resumable, by any number of workers, nothing overwritten."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.seal import key_id_of
from crypto.tokens import random_handle
from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.keys.reseal import walk
from idp.keys.reseal.walk import Progress, Walk
from tests.support.rotating import Nodes, nodes
from tests.support.synthetic import synthetic_mobile

ROWS = 3_000


def _fill(house: Nodes, count: int) -> list[Person]:
    """So many persons with numbers of nobody."""
    now = datetime.now(UTC)
    persons = [
        Person(
            random_handle(),
            "414",
            f"E{n:08d}",
            f"测试{n}",
            synthetic_mobile(n) if n < 900 else None,
            1,
            PersonState.ACTIVE,
            now,
            now,
        )
        for n in range(count)
    ]
    with house.first.sql.begin() as db:
        house.first.services.persons.add(db, persons)
    return persons


def _all_read(house: Nodes, persons: list[Person]) -> bool:
    with house.second.sql.once() as db:
        found = [(house.second.services.persons.find(db, each.id), each) for each in persons[::7]]
    return all(one is not None and _facts(one) == _facts(each) for one, each in found)


def _facts(person: Person) -> tuple[object, ...]:
    return person.id, person.id_kind, person.id_number, person.name, person.mobile


def test_a_killed_reseal_is_finished_by_the_next(any_environment: dict[str, str]) -> None:
    """SIGKILL in the middle: whole steps stand, every row opens, the next run goes on there and nothing is left."""
    with nodes(any_environment) as house:
        persons = _fill(house, ROWS)
        house.activated("seal")
        script = Path(__file__).with_name("reseal_until_killed.py")
        process = subprocess.Popen(
            [sys.executable, str(script)],
            env={**os.environ, **any_environment, "PYTHONPATH": str(Path(__file__).parents[3])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin and process.stdout
        reached = [int(process.stdout.readline()) for _ in range(3)]
        process.stdin.write(b"go on")
        process.stdin.flush()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()

        (progress,) = house.rows("reseal", "name = 'seal:person'")
        assert reached[-1] <= progress.done < ROWS and progress.done % walk.BATCH == 0
        assert house.versions("person", "name") == {1, 2}
        assert _all_read(house, persons)

        told: list[Progress] = []
        house.reseal.run(lambda: False, told.append)
        assert told[0].done == progress.done + walk.BATCH, "it went on where the other was killed"
        assert house.versions("person", "name") == house.versions("person_document", "id_number") == {2}
        assert house.versions("person", "mobile") == {2}
        assert _all_read(house, persons)
        (ended,) = (event for event in house.acts("reseal.ended") if event.object == "seal:person")
        assert (ended.details["rows"], ended.details["refused"]) == (ROWS, 0)


def test_two_workers_at_once_do_the_work_once(any_environment: dict[str, str]) -> None:
    """Both go over the same table: neither fails, every row is sealed anew and opens, the count is right."""
    with nodes(any_environment) as house:
        persons = _fill(house, ROWS)
        house.activated("seal")
        failures: list[Exception] = []

        def work(number: int) -> None:
            try:
                house.providers[number].services.data_rotation.reseal.run(lambda: False, lambda _: None)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert house.versions("person", "name") == {2}
        assert _all_read(house, persons)
        (progress,) = house.rows("reseal", "name = 'seal:person'")
        assert progress.done == ROWS and progress.ended_at is not None


def test_a_row_changed_meanwhile_is_not_overwritten(
    any_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name changed between the reading and the writing of a step stays changed, and is sealed anew all the same."""
    with nodes(any_environment) as house:
        persons = _fill(house, 20)
        chosen = persons[3]
        house.activated("seal")
        old_sealer, find = house.first.services.foundation.sealer, Walk._changes
        changed = False

        def change_between(self: Walk, rows: list[object]) -> tuple[list[object], int]:
            nonlocal changed
            found = find(self, rows)
            if not changed:
                changed = True
                sealed = old_sealer.seal("改名".encode(), "person", chosen.id, "name")
                house.change("UPDATE person SET name = :name WHERE id = :id", name=sealed, id=chosen.id)
            return found  # type: ignore[return-value]

        monkeypatch.setattr(Walk, "_changes", change_between)
        house.walk()
        with house.second.sql.once() as db:
            found = house.second.services.persons.find(db, chosen.id)
        assert found is not None and found.name == "改名"
        assert house.versions("person", "name") == {2}


def test_rows_that_do_not_open_are_told_of_and_left(any_environment: dict[str, str]) -> None:
    """One altered, one moved from another row, one under an unknown key: each is one event; the rest is sealed anew."""
    with nodes(any_environment) as house:
        persons = _fill(house, 40)
        altered, moved, unknown = persons[:3]
        (row,) = house.rows("person", f"id = '{altered.id}'")
        house.change("UPDATE person SET name = :name WHERE id = :id", name=_flipped(row.name), id=altered.id)
        house.change("UPDATE person SET name = :name WHERE id = :id", name=row.name, id=moved.id)
        foreign = b"\x01\x00\x09" + bytes(row.name)[3:]
        house.change("UPDATE person SET name = :name WHERE id = :id", name=foreign, id=unknown.id)
        house.activated("seal")
        progress = house.reseal.run(lambda: False, lambda _: None)
        assert all(each.is_ended for each in progress)
        assert {each.name: each.refused for each in progress if each.refused} == {"seal:person": 3}
        told = [event.object for event in house.acts("seal.row_refused")]
        assert sorted(told) == sorted(f"person:{each.id}" for each in (altered, moved, unknown))
        (kept,) = house.rows("person", f"id = '{altered.id}'")
        assert bytes(kept.name) == _flipped(row.name)
        sealed = [bytes(each.name) for each in house.rows("person")]
        assert sum(key_id_of(each) == 2 for each in sealed) == 37
        (again,) = (each for each in house.reseal.run(lambda: False, lambda _: None) if each.refused)
        assert again.is_ended and len(house.acts("reseal.ended")) == len(progress), (
            "nothing is done over for them"
        )


def test_a_stopped_reseal_goes_on_in_the_job(sqlite_nodes: Nodes) -> None:
    """Asked to stop after a step, it stops whole; the job goes on by itself and retires the old key in the end."""
    house = sqlite_nodes
    _fill(house, 1_200)
    house.activated("seal")
    steps: list[Progress] = []
    stopped, *untouched = house.reseal.run(lambda: bool(steps), steps.append)
    assert (stopped.done, stopped.is_ended) == (walk.BATCH, False)
    assert untouched and not any(each.done for each in untouched)
    upkeep = house.second.services.data_rotation.upkeep
    tables = 1 + len(untouched)
    while not all(row.ended_at for row in house.rows("reseal")) or len(house.rows("reseal")) < tables:
        upkeep.run()
    assert house.versions("person", "name") == {2}
    house.advance(7_201)
    upkeep.run()
    assert house.state("seal") == {1: "retired", 2: "active"}


def test_with_one_version_there_is_nothing_to_do(sqlite_nodes: Nodes) -> None:
    """Without a rotation no row is touched, and no progress is kept."""
    _fill(sqlite_nodes, 10)
    assert sqlite_nodes.reseal.run(lambda: False, lambda _: None) == []
    assert sqlite_nodes.rows("reseal") == []


def _flipped(sealed: bytes) -> bytes:
    return bytes(sealed)[:-1] + bytes((bytes(sealed)[-1] ^ 1,))

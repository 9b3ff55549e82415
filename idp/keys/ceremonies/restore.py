"""Putting key material back from a backup: what is missing or damaged, and nothing else.

A row that is whole stays as it is, so do rows younger than the backup, and what was destroyed stays destroyed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crypto import compare
from crypto.keys import shares
from idp.keys.ceremonies import store
from idp.keys.ceremonies.backup_file import BackupFile, read_backup
from idp.keys.ceremonies.kind import Act, CeremonyRefused, Done, Plan, Wish, Workplace
from idp.keys.ceremonies.material import IDENTITY, MATERIAL, manifest, read_rows, unpacked
from idp.keys.models import KeyState
from idp.keys.rooted import OpenRoot
from idp.storage.engine import Db

NAME: Final = "restore"
ALONE: Final = frozenset({KeyState.ACTIVE.value, KeyState.PUBLISHED.value})
"""States in which there may be one key of a kind only."""


@dataclass(frozen=True, slots=True)
class Differences:
    """`table/name` of rows that only the backup has, that differ, that were destroyed since, that only the tables have."""

    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    destroyed: tuple[str, ...]
    extra: tuple[str, ...]

    def as_json(self) -> dict[str, list[str]]:
        """The form within a statement."""
        return {
            "damaged": list(self.damaged),
            "destroyed": list(self.destroyed),
            "extra": list(self.extra),
            "missing": list(self.missing),
        }


class Restore:
    """Into an empty or damaged key store; the differences stand in the statement, so that officers agree to them."""

    name = NAME
    founds = True

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """The file is to be given."""
        if wish.file is None:
            raise CeremonyRefused("file_needed")
        backup = read_backup(wish.file, work.instance)
        _check_root(db, backup)
        differences = find_differences(db, backup)
        if not differences.missing and not differences.damaged:
            raise CeremonyRefused("no_differences")
        what = {
            "file": backup.digest,
            "generation": backup.book.generation,
            "check_value": backup.book.check_value.hex(),
            "backup_ceremony": backup.statement.id,
            **differences.as_json(),
        }
        root = store.find_active_root(db)
        officers = store.list_officers(db)
        if officers and root is not None:
            return Plan(what, officers, root.threshold)
        return Plan(what, backup.statement.officers, backup.statement.threshold)

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Open the rows with the root key, and put back what the officers agreed to."""
        if act.file is None:
            raise CeremonyRefused("file_needed")
        backup = read_backup(act.file, work.instance)
        what = act.statement.what
        if not compare.equal(backup.digest.encode(), str(what["file"]).encode()):
            raise CeremonyRefused("backup_altered")
        _check_root(db, backup)
        differences = find_differences(db, backup)
        if differences.as_json() != {name: what[name] for name in differences.as_json()}:
            raise CeremonyRefused("changed")
        root = _opened(backup, work)
        rows = backup.rows(root.provider())
        if manifest(rows) != backup.manifest:
            raise CeremonyRefused("backup_altered")
        _put_back(db, rows, differences, act.now)
        store.tell_processes(db)
        facts = {
            "file": backup.digest,
            "generation": root.generation,
            "check_value": backup.book.check_value.hex(),
            "restored": len(differences.missing) + len(differences.damaged),
        }
        return Done(facts, root)


def find_differences(db: Db, backup: BackupFile) -> Differences:
    """Compare what is there with the manifest of the backup."""
    rows = read_rows(db)
    here, there = manifest(rows), backup.manifest
    destroyed = {name for name in here if _is_destroyed(rows, name)}
    differing = {name for name in here.keys() & there.keys() if here[name] != there[name]}
    return Differences(
        missing=tuple(sorted(there.keys() - here.keys())),
        damaged=tuple(sorted(differing - destroyed)),
        destroyed=tuple(sorted(differing & destroyed)),
        extra=tuple(sorted(here.keys() - there.keys())),
    )


def _is_destroyed(rows: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    table, _, key = name.partition("/")
    return bool(rows[table][key].get("state") == KeyState.DESTROYED.value)


def _check_root(db: Db, backup: BackupFile) -> None:
    """Refuse a backup whose root key is not this instance's, or older than the present one."""
    for row in store.list_roots(db):
        if row.generation > backup.book.generation:
            raise CeremonyRefused("backup_newer")
        if row.generation == backup.book.generation and row.ceremony_id != backup.book.ceremony_id:
            raise CeremonyRefused("backup_other_root")
    if store.has_keys(db) and not store.list_roots(db):
        # Keys without any generation: nobody knows whose they are.
        raise CeremonyRefused("unprepared")


def _opened(backup: BackupFile, work: Workplace) -> OpenRoot:
    generation = backup.book.generation
    key = work.open_generation(backup.form, generation, backup.wrapped_root())
    if not compare.equal(shares.check_value(key, generation), backup.book.check_value):
        raise CeremonyRefused("backup_other_root")
    return OpenRoot(generation, key)


def _put_back(db: Db, rows: Mapping[str, Mapping[str, Any]], differences: Differences, now: datetime) -> None:
    for table in store.MATERIAL_TABLES:
        for name in _of(table, differences.damaged):
            row = unpacked(rows[table][name])
            columns = (*MATERIAL[table], "state") if table == "root_key" else MATERIAL[table]
            identity = {column: row[column] for column in IDENTITY[table]}
            store.change_row(db, table, identity, {column: row[column] for column in columns})
        for name in _of(table, differences.missing):
            store.add_row(db, table, _placed(db, table, unpacked(rows[table][name]), now))


def _of(table: str, names: tuple[str, ...]) -> list[str]:
    return [name.partition("/")[2] for name in names if name.startswith(f"{table}/")]


def _placed(db: Db, table: str, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A missing key comes back in its state, unless another has its place by now: then it verifies or opens only."""
    if table not in store.KEY_TABLES or row["state"] not in ALONE:
        return row
    same = ("purpose", "algorithm") if table == "key_pair" else ("purpose",)
    for other in store.list_rows(db, table):
        values = other._mapping
        if values["state"] == row["state"] and all(values[column] == row[column] for column in same):
            return {**row, "state": KeyState.VERIFY_ONLY.value, "verify_only_at": now}
    return row

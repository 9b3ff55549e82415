"""Queries of walks: any table that is declared in `idp/storage/sealed`, read and changed row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, and_, bindparam, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from crypto.seal import HEADER_SIZE, header_of
from idp.keys.models import ResealRow
from idp.storage.base import table_of
from idp.storage.sealed import DigestedTable, SealedTable

COUNTED_AT_ONCE: Final = 20_000
MOST_COUNTED: Final = 100_000
"""Where it is enough to know that there are many."""

_reseal = table_of(ResealRow)


@dataclass(frozen=True, slots=True)
class Change:
    """New values of one row, to be set only while the columns in `seen` hold what they held when it was read."""

    row_id: str
    seen: Mapping[str, bytes | None]
    new: Mapping[str, bytes | None]


def read_rows(db: Connection, table: SealedTable, after: str, limit: int) -> list[Any]:
    """The next rows behind an id, in the order of ids."""
    rows = table.table
    return list(db.execute(select(rows).where(rows.c.id > after).order_by(rows.c.id).limit(limit)))


def swap_rows(db: Connection, table: SealedTable, changes: Sequence[Change]) -> int:
    """Make the changes whose rows are as they were read; how many were made. All of them name the same columns.

    Give them in the order of ids, so that two workers never wait for each other in a circle.
    """
    if not changes:
        return 0
    rows, first = table.table, changes[0]
    statement = update(rows).where(rows.c.id == bindparam("row_id"))
    for name in first.seen:
        seen = bindparam(f"seen_{name}", type_=rows.c[name].type)
        statement = statement.where(rows.c[name].is_not_distinct_from(seen))
    statement = statement.values({name: bindparam(f"new_{name}") for name in first.new})
    return int(db.execute(statement, [_parameters(change) for change in changes]).rowcount)


def count_rows(db: Connection, table: SealedTable) -> int:
    """How many rows there are."""
    return int(db.execute(select(func.count()).select_from(table.table)).scalar_one())


def count_sealed(db: Connection, table: SealedTable, version: int, *, is_under: bool) -> int:
    """Rows with a column sealed under this version (`is_under`), or with one under any other. In short statements."""
    rows, header = table.table, literal(header_of(version), LargeBinary)
    parts = [func.substr(rows.c[column], 1, HEADER_SIZE) for column in table.columns]
    wanted = or_(*(part == header if is_under else part != header for part in parts))
    last: str | None = ""
    counted = 0
    while last is not None:
        window = select(rows.c.id, wanted.label("is_wanted")).where(rows.c.id > last)
        part = window.order_by(rows.c.id).limit(COUNTED_AT_ONCE).subquery()
        found = db.execute(
            select(func.max(part.c.id), func.count().filter(part.c.is_wanted)).select_from(part)
        ).one()
        last, counted = found[0], counted + found[1]
    return counted


def count_missing(db: Connection, table: DigestedTable, version: int) -> int:
    """Rows that cannot be found under this version of the look-up key yet."""
    rows = table.sealed.table
    return _count_some(
        db,
        table,
        or_(
            *(
                rows.c[column.source].is_not(None) & rows.c[column.slot(version)].is_(None)
                for column in table.columns
            )
        ),
    )


def count_digests(db: Connection, table: DigestedTable, version: int) -> int:
    """Rows that hold a digest in the columns of this version."""
    return _count_some(db, table, _holds(table, version))


def empty_digests(db: Connection, table: DigestedTable, version: int, limit: int) -> int:
    """Remove the digests of some rows from the columns of this version; how many rows held one."""
    rows = table.sealed.table
    some = select(rows.c.id).where(_holds(table, version)).limit(limit)
    nothing: dict[str, None] = {column.slot(version): None for column in table.columns}
    return int(db.execute(update(rows).where(rows.c.id.in_(some)).values(**nothing)).rowcount)


def find_progress(db: Connection, name: str) -> Any | None:
    """How far a walk has come, or None when it never began."""
    return db.execute(select(_reseal).where(_reseal.c.name == name)).first()


def begin_walk(db: Connection, name: str, version: int, total: int, now: datetime) -> None:
    """Begin a walk from the first row, in place of an earlier one; of several workers the first to begin it has begun it."""
    start: dict[str, Any] = {"version": version, "last_id": "", "done": 0, "refused": 0, "total": total}
    start |= {"started_at": now, "ended_at": None}
    if not db.execute(update(_reseal).where(_reseal.c.name == name).values(**start)).rowcount:
        row = (
            (sqlite if db.dialect.name == "sqlite" else postgresql).insert(_reseal).values(name=name, **start)
        )
        db.execute(row.on_conflict_do_nothing())


def advance_walk(db: Connection, seen: Any, last_id: str, rows: int, refused: int) -> bool:
    """Note that a walk went on from where it was seen; False when another worker did meanwhile."""
    on = {"last_id": last_id, "done": seen.done + rows, "refused": seen.refused + refused}
    return bool(db.execute(update(_reseal).where(_unchanged(seen)).values(**on)).rowcount)


def end_walk(db: Connection, seen: Any, now: datetime) -> bool:
    """Note that a walk is at its end; False when another worker changed it meanwhile."""
    return bool(db.execute(update(_reseal).where(_unchanged(seen)).values(ended_at=now)).rowcount)


def _unchanged(seen: Any) -> ColumnElement[bool]:
    return and_(
        _reseal.c.name == seen.name,
        _reseal.c.version == seen.version,
        _reseal.c.last_id == seen.last_id,
        _reseal.c.started_at == seen.started_at,
        _reseal.c.ended_at.is_(None),
    )


def _holds(table: DigestedTable, version: int) -> ColumnElement[bool]:
    rows = table.sealed.table
    return or_(*(rows.c[column.slot(version)].is_not(None) for column in table.columns))


def _count_some(db: Connection, table: DigestedTable, wanted: ColumnElement[bool]) -> int:
    some = select(table.sealed.table.c.id).where(wanted).limit(MOST_COUNTED).subquery()
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


def _parameters(change: Change) -> dict[str, object]:
    seen = {f"seen_{name}": value for name, value in change.seen.items()}
    return {"row_id": change.row_id, **seen, **{f"new_{name}": value for name, value in change.new.items()}}

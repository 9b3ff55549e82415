"""Every query on the journal of imports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from crypto.tokens import random_handle
from idp.errors import Conflict
from idp.importing.models import ImportRunRow
from idp.storage.base import table_of

_run = table_of(ImportRunRow)


class RunElsewhere(Conflict):
    """Another process reads the same file at this moment."""

    def __init__(self) -> None:
        super().__init__("import.elsewhere", "the journal moved")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the journal of a file stands: the next line, the byte where it begins, and what was counted so far."""

    id: str
    line: int
    place: int
    counts: Mapping[str, int]


def begin(db: Connection, kind: str, digest: str, actor: str, now: datetime) -> Standing:
    """Where a run over this file is to begin: after the last whole batch of one that was broken off, else at the start.

    A file that was read to its end is read anew. Raises Conflict at the transaction's door when two begin at once.
    """
    row = db.execute(select(_run).where(_run.c.kind == kind, _run.c.file_digest == digest)).first()
    if row is not None and row.ended_at is None:
        return Standing(row.id, row.line, row.place, dict(row.counts))
    anew: dict[str, Any] = {
        "line": 0,
        "place": 0,
        "counts": {},
        "actor": actor,
        "started_at": now,
        "moved_at": now,
    }
    if row is not None:
        db.execute(update(_run).where(_run.c.id == row.id).values(**anew, ended_at=None))
        return Standing(row.id, 0, 0, {})
    run_id = random_handle()
    db.execute(insert(_run).values(id=run_id, kind=kind, file_digest=digest, **anew))
    return Standing(run_id, 0, 0, {})


def advance(
    db: Connection, at: Standing, line: int, place: int, counts: Mapping[str, int], now: datetime
) -> Standing:
    """Move the journal to the end of a batch, in the transaction that writes it. Raises RunElsewhere when it does not
    stand where it is thought to.
    """
    values = {"line": line, "place": place, "counts": dict(counts), "moved_at": now}
    _moved(db, at, values)
    return Standing(at.id, line, place, counts)


def finish(db: Connection, at: Standing, now: datetime) -> None:
    """The file was read to its end. Raises as `advance`."""
    _moved(db, at, {"ended_at": now, "moved_at": now})


def _moved(db: Connection, at: Standing, values: Mapping[str, Any]) -> None:
    is_here = and_(_run.c.id == at.id, _run.c.place == at.place, _run.c.ended_at.is_(None))
    if db.execute(update(_run).where(is_here).values(**values).returning(_run.c.id)).first() is None:
        raise RunElsewhere

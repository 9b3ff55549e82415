"""Every query on requests of persons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.accounts.models import PersonRequestRow, RequestKind, RequestState
from idp.accounts.store import PersonStore
from idp.storage.base import table_of

_request = table_of(PersonRequestRow)
_INSERTS: Final[dict[str, Callable[..., Any]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
SEALED_COLUMNS: Final = ("words", "answer")
MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True, repr=False)
class PersonRequest:
    """One request with its words opened; `about` is a code."""

    id: str
    person_id: str
    kind: RequestKind
    about: str
    words: str | None
    answer: str | None
    state: RequestState
    number: str
    created_at: datetime
    due_at: datetime
    answered_at: datetime | None = None

    def __repr__(self) -> str:
        return f"PersonRequest({self.id})"


class RequestStore:
    """Finds, adds and answers requests."""

    def __init__(self, persons: PersonStore) -> None:
        self._persons = persons

    def add(self, db: Connection, request: PersonRequest) -> bool:
        """Add a request; false when the same sign-in was reported already."""
        row = {name: getattr(request, name) for name in PersonRequest.__dataclass_fields__}
        row |= {name: self._sealed(row[name], request.id, name) for name in SEALED_COLUMNS}
        added = _INSERTS[db.dialect.name](_request).values(**row).on_conflict_do_nothing()
        return db.execute(added.returning(_request.c.id)).first() is not None

    def find(self, db: Connection, number: str) -> PersonRequest | None:
        """The request of this number, whoever made it, or None."""
        row = db.execute(select(_request).where(_request.c.number == number)).first()
        return None if row is None else self._opened(row)

    def find_about(
        self, db: Connection, person_id: str, kind: RequestKind, about: str
    ) -> PersonRequest | None:
        """A person's request of a kind about something, or None."""
        mine = (_request.c.person_id == person_id, _request.c.kind == kind, _request.c.about == about)
        row = db.execute(select(_request).where(*mine)).first()
        return None if row is None else self._opened(row)

    def list_of(self, db: Connection, person_id: str) -> list[PersonRequest]:
        """A person's requests, newest first."""
        wanted = select(_request).where(_request.c.person_id == person_id)
        rows = db.execute(wanted.order_by(_request.c.created_at.desc(), _request.c.id).limit(MOST_LISTED))
        return [self._opened(row) for row in rows]

    def list_open(self, db: Connection) -> list[PersonRequest]:
        """Requests that wait for an answer, the one that is due first at the top."""
        wanted = select(_request).where(_request.c.state == RequestState.OPEN)
        rows = db.execute(wanted.order_by(_request.c.due_at, _request.c.id).limit(MOST_LISTED))
        return [self._opened(row) for row in rows]

    def count_open(self, db: Connection, person_id: str) -> int:
        """How many requests of a person wait for an answer, reports of sign-ins not counted."""
        waiting = (
            _request.c.person_id == person_id,
            _request.c.state == RequestState.OPEN,
            _request.c.kind != RequestKind.NOT_ME,
        )
        return int(db.execute(select(func.count()).select_from(_request).where(*waiting)).scalar_one())

    def answer(self, db: Connection, request_id: str, answer: str, now: datetime) -> bool:
        """Answer a request; true for exactly one caller."""
        waiting = (_request.c.id == request_id, _request.c.state == RequestState.OPEN)
        values = {
            "answer": self._sealed(answer, request_id, "answer"),
            "state": RequestState.ANSWERED,
            "answered_at": now,
        }
        answered = update(_request).where(*waiting).values(values).returning(_request.c.id)
        return db.execute(answered).first() is not None

    def _sealed(self, value: str | None, row_id: str, column: str) -> bytes | None:
        return None if value is None else self._persons.seal(value, row_id, column)

    def _opened(self, row: Any) -> PersonRequest:
        values = {name: getattr(row, name) for name in PersonRequest.__dataclass_fields__}
        values["about"] = row.about or ""
        for name in SEALED_COLUMNS:
            sealed = values[name]
            values[name] = None if sealed is None else self._persons.open(bytes(sealed), row.id, name)
        return PersonRequest(**values)

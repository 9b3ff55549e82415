"""Every query on applications."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from idp.applications.models import ApplicationRow, ApplicationState
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_application = table_of(ApplicationRow)
STAMP = "clients"


@dataclass(frozen=True, slots=True)
class Application:
    """A relying application as citizens see it."""

    id: str
    name: str
    name_en: str
    department: str
    department_en: str
    home_url: str
    state: ApplicationState

    def name_in(self, language: str) -> str:
        """The name in a language; Chinese where there is no other."""
        return self.name_en or self.name if language == "en" else self.name

    def department_in(self, language: str) -> str:
        """The department's name in a language; Chinese where there is no other."""
        return self.department_en or self.department if language == "en" else self.department


def add(db: Connection, row: dict[str, object]) -> None:
    """Add an application and tell all processes."""
    db.execute(insert(_application).values(**row))
    raise_stamp(db, STAMP)


def change_state(db: Connection, application_id: str, state: ApplicationState) -> None:
    """Set the state of an application and tell all processes."""
    db.execute(update(_application).where(_application.c.id == application_id).values(state=state))
    raise_stamp(db, STAMP)


def list_all(db: Connection) -> list[Application]:
    """All applications."""
    return [value(row) for row in db.execute(select(_application))]


def value(row: Row[Any]) -> Application:
    """The application in a row."""
    return Application(**{name: getattr(row, name) for name in Application.__dataclass_fields__})

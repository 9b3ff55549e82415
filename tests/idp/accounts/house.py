"""Persons, sessions and the importer, put together for tests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from crypto.lookup import Lookup
from crypto.passwords import PasswordHasher
from crypto.seal import Sealer
from idp.accounts import import_file
from idp.accounts.commands_import import FirstPasswords
from idp.accounts.import_report import BadRows, ImportReport, error_file
from idp.accounts.importing import Importer, ImportRun
from idp.accounts.persons import Persons
from idp.accounts.store import PersonStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.authenticators.password import PasswordMethod
from idp.authenticators.store import CredentialStore
from idp.sessions.service import Sessions
from idp.sessions.settings import SessionSettings
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from tests.support.synthetic import TODAY, synthetic_id_number, synthetic_mobile

PLACE = Place("192.0.2.0/24", "TEST-REFS")
ACTOR = "officer:test"
on_databases = pytest.mark.parametrize("sql", ["sqlite", "postgresql"], indirect=True)


class FixedClock:
    """Noon of the day on which synthetic numbers are valid."""

    def timestamp(self) -> float:
        return datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC).timestamp()


@dataclass
class House:
    """What the tests of this folder work with."""

    sql: Sql
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        sealer = Sealer({1: b"s" * 16}, 1)
        credentials = CredentialStore(sealer)
        hasher = PasswordHasher({1: b"p" * 16}, 1, memory_kib=8, time_cost=1)
        self.audit = Audit(self.sql, self.clock)
        self.store = PersonStore(sealer, Lookup(b"l" * 32))
        self.passwords = PasswordMethod(hasher, credentials, 2)
        self.sessions = Sessions(SessionSettings.model_validate({}), self.clock, self.audit, [])
        self.persons: Persons[SsoSession] = Persons(
            self.sql, self.clock, self.audit, self.store, self.passwords, self.sessions
        )
        self.importer = Importer(
            self.sql, self.clock, self.audit, self.store, FirstPasswords(hasher, credentials)
        )

    def read_in(
        self,
        source: Path,
        *,
        bad: Path | None = None,
        is_dry: bool = False,
        is_stopped: Callable[[], bool] = lambda: False,
        tell: Callable[[int], None] = lambda line: None,
    ) -> ImportReport:
        """Import a file."""
        report = ImportReport()
        run = ImportRun(ACTOR, PLACE, is_dry, is_stopped, tell)
        with import_file.opened(source) as file, error_file(bad, source) as out:
            self.importer.run(file, run, report, BadRows(file, report, out))
        return report

    def count(self, table: str, where: str = "1 = 1") -> int:
        """Rows of a table."""
        with self.sql.once() as db:
            return int(db.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())  # noqa: S608 - constants of tests


def person_line(number: int) -> str:
    """A valid line `name,id_number,mobile,level` of somebody who belongs to nobody."""
    identity = synthetic_id_number(number % 1000, region=f"14{number // 1000:02d}99")
    return f"测试{chr(0x4E00 + number)},{identity},{synthetic_mobile(number)},1"


def write_csv(path: Path, lines: Iterable[str], encoding: str = "utf-8") -> Path:
    """A file with the Chinese header and these lines."""
    path.write_bytes(("\r\n".join(["姓名,证件号码,手机号,等级", *lines]) + "\r\n").encode(encoding))
    return path

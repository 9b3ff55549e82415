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
from idp.accounts.commands_import import CarriedPasswords
from idp.accounts.importing import PersonImport
from idp.accounts.life.closing import Closing
from idp.accounts.life.holds import Holds
from idp.accounts.life.parts import Parts
from idp.accounts.life.settings import AccountSettings
from idp.accounts.life.store import LifeStore
from idp.accounts.persons import Persons
from idp.accounts.store import PersonStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.authenticators.password import PasswordMethod
from idp.authenticators.store import CredentialStore
from idp.importing.engine import Engine
from idp.importing.port import ImportRun
from idp.importing.report import ImportReport, error_file
from idp.proofing.carried import CarriedEvidence
from idp.proofing.methods import methods
from idp.sessions.service import Sessions
from idp.sessions.settings import SessionSettings
from idp.storage.engine import Db, Sql
from tests.support.synthetic import TODAY, synthetic_id_number, synthetic_mobile

PLACE = Place("192.0.2.0/24", "TEST-REFS")
ACTOR = "officer:test"
on_databases = pytest.mark.parametrize("sql", ["sqlite", "postgresql"], indirect=True)


class FixedClock:
    """Noon of the day on which synthetic numbers are valid."""

    def timestamp(self) -> float:
        return datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC).timestamp()


class NothingLeft:
    """No organisation waits for anybody."""

    def blockers(self, db: Db, person_id: str) -> list[str]:
        return []


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
        listeners = (self.sessions, self.passwords)
        parts = Parts(
            self.sql,
            self.clock,
            self.audit,
            AccountSettings.model_validate({}),
            self.store,
            LifeStore(self.store),
            listeners,
        )
        holds, closing = Holds(parts, self.sessions), Closing(parts, NothingLeft())
        self.persons = Persons(
            self.sql,
            self.clock,
            self.audit,
            self.store,
            self.passwords,
            CarriedEvidence(methods()),
            holds,
            closing,
        )
        self.kept = CarriedPasswords(hasher, credentials, are_weak_kept=True)
        self.reset = CarriedPasswords(hasher, credentials, are_weak_kept=False)

    def read_in(
        self,
        source: Path,
        *,
        bad: Path | None = None,
        is_dry: bool = False,
        is_stopped: Callable[[], bool] = lambda: False,
        tell: Callable[[int], None] = lambda line: None,
        are_weak_kept: bool = True,
    ) -> ImportReport:
        """Import a file."""
        report = ImportReport()
        run = ImportRun(ACTOR, PLACE, is_dry, is_stopped, tell)
        passwords = self.kept if are_weak_kept else self.reset
        what = PersonImport(self.clock, self.audit, self.store, passwords, CarriedEvidence(methods()))
        with import_file.opened(source) as file, error_file(bad, source, what.vocabulary) as out:
            Engine(self.sql, self.clock, self.audit, what).run(file, run, report, out)
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

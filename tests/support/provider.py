"""The whole provider in one process, on either pair of stores, as tests of flows and attacks use it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text

from idp.composition import load_settings, prepare, wire
from idp.main import all_tables, public_app
from idp.storage.engine import Sql
from idp.wiring import Services
from tests.support.clock import StandingClock
from tests.support.factories import Factories
from tests.support.fixtures import Postgres

ISSUER = "https://id.province.test"
PAIRS = ("sqlite+embedded", "postgresql+redis")
KEY_TABLES = ("data_key", "key_pair", "root_key")
KEEP_TABLES = ("alembic_version", "ephemeral_entry")


class Provider:
    """Services and door of one provider, with a standing clock and factories for what a test needs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.clock = StandingClock()
        self.environment = dict(environment)
        self.services: Services = wire(load_settings(self.environment), self.clock)
        self.app = public_app(self.services)
        self.make = Factories(self.services)
        self.issuer = self.services.settings.issuer

    @property
    def sql(self) -> Sql:
        """The durable store."""
        return self.services.sql

    def events(self, act: str | None = None) -> list[Any]:
        """Audit events, oldest first."""
        with self.sql.once() as db:
            rows = db.execute(
                text("SELECT act, outcome, actor, object, details, reference FROM audit_event ORDER BY id")
            )
            return [row for row in rows if act is None or row.act == act]

    def close(self) -> None:
        """Give connections back."""
        self.services.close()


def environment(database_url: str, root_key: Path, redis_url: str | None = None) -> dict[str, str]:
    """The settings of a test provider, as its environment."""
    given = {
        "YIHAO_ISSUER": ISSUER,
        "YIHAO_PROFILE": "sandbox",
        "YIHAO_DATABASE__URL": database_url,
        "YIHAO_DATABASE__POOL_SIZE": "16",
        "YIHAO_KEYS__ROOT_KEY_FILE": str(root_key),
        # The least that settings allow: these tests are not about the cost of a hash.
        "YIHAO_PASSWORDS__MEMORY_KIB": "7168",
        "YIHAO_PASSWORDS__TIME_COST": "1",
        "YIHAO_OBSERVE__LOG_LEVEL": "warning",
    }
    return given | ({"YIHAO_REDIS__URL": redis_url} if redis_url else {})


class SqliteTemplate:
    """A prepared instance on SQLite, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        prepare(load_settings(environment(f"sqlite:///{folder}/yihao.db", folder / "root.key")))

    def copy(self, folder: Path) -> dict[str, str]:
        """The environment of a fresh copy in `folder`."""
        for name in ("yihao.db", "root.key"):
            shutil.copy(self._folder / name, folder / name)
        return environment(f"sqlite:///{folder}/yihao.db", folder / "root.key")


class PostgresTemplate:
    """A prepared instance on PostgreSQL, emptied for each test."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self._root_key = folder / "root.key"
        self._url = postgres.create_database("provider")
        prepare(load_settings(environment(self._url, self._root_key)))
        sql = Sql(self._url)
        with sql.begin() as db:
            db.execute(text("CREATE SCHEMA template"))
            for name in KEY_TABLES:
                db.execute(text(f"CREATE TABLE template.{name} AS TABLE {name}"))
        sql.close()

    def clean(self, redis_url: str) -> dict[str, str]:
        """The environment, after emptying all tables and putting the keys back as they were made."""
        sql = Sql(self._url)
        names = [table.name for table in all_tables().sorted_tables if table.name not in KEEP_TABLES]
        with sql.begin() as db:
            db.execute(text("TRUNCATE " + ", ".join(names)))
            for name in KEY_TABLES:
                db.execute(text(f"INSERT INTO {name} TABLE template.{name}"))
        sql.close()
        return environment(self._url, self._root_key, redis_url)

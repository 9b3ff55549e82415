"""Fixtures of the whole provider: `provider` on SQLite, `any_provider` on both pairs of stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fixtures import Postgres, Redis
from tests.support.provider import PAIRS, PostgresTemplate, Provider, SqliteTemplate
from tests.support.rotating import Nodes, nodes


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """A prepared SQLite instance of this worker."""
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> PostgresTemplate:
    """A prepared PostgreSQL instance of this worker."""
    return PostgresTemplate(tmp_path_factory.mktemp("postgres-template"), postgres)


@pytest.fixture
def provider(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Provider]:
    """A fresh provider on SQLite and the embedded store."""
    made = Provider(sqlite_template.copy(tmp_path))
    yield made
    made.close()


@pytest.fixture(params=PAIRS)
def any_provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    """A fresh provider on each pair of stores in turn."""
    if request.param == PAIRS[0]:
        made = Provider(request.getfixturevalue("sqlite_template").copy(tmp_path))
    else:
        redis: Redis = request.getfixturevalue("redis")
        made = Provider(request.getfixturevalue("postgres_template").clean(redis.url))
    yield made
    made.close()


@pytest.fixture(params=PAIRS)
def any_environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """A prepared instance on each pair of stores in turn, for tests that start several processes of it."""
    if request.param == PAIRS[0]:
        made: dict[str, str] = request.getfixturevalue("sqlite_template").copy(tmp_path)
    else:
        made = request.getfixturevalue("postgres_template").clean(request.getfixturevalue("redis").url)
    return made


@pytest.fixture
def sqlite_nodes(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Nodes]:
    """Two processes of a fresh instance on SQLite."""
    with nodes(sqlite_template.copy(tmp_path)) as made:
        yield made

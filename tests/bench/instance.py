"""An instance to be measured: PostgreSQL and Redis of its own, prepared, with persons, sessions and clients."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.authenticators.evidence import Evidence, Way
from idp.authenticators.password import KIND
from idp.authenticators.store import CredentialStore
from idp.clock import instant
from idp.composition import load_settings, prepare, wire
from idp.consent import store as consent_store
from idp.wiring import Services
from tests.bench.messages import HOST
from tests.support.clock import StandingClock
from tests.support.factories import PASSWORD, Factories, MadeClient
from tests.support.servers import PostgresServer, RedisServer
from tests.support.synthetic import FIRST_BIRTH, synthetic_id_number

PERSONS = 2000
SEATS = 16
"""Connections of the load; each has a session of its own."""
SCOPE = "openid realname"


@dataclass(frozen=True, slots=True)
class World:
    """What scripts need to know."""

    issuer: str
    web: MadeClient
    service_es256: MadeClient
    service_sm2: MadeClient
    id_numbers: list[str]
    password: str
    sessions: list[str]
    """Values of session cookies, one per connection."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Running stores with what is in them; `environment` is that of the provider's process."""

    environment: dict[str, str]
    world: World
    postgres_pid: int
    redis_pid: int


@contextmanager
def instance() -> Iterator[Instance]:
    """Start the stores, fill them, and remove everything at the end."""
    root = Path(tempfile.mkdtemp(prefix="yihao-bench-"))
    root.chmod(0o711)  # PostgreSQL runs as another user when this runs as root
    postgres, redis = PostgresServer(root / "postgres"), RedisServer(root / "redis")
    try:
        postgres.start()
        redis.start()
        environment = _environment(postgres.create_database("bench"), redis.url, root / "root.key")
        settings = load_settings(environment)
        prepare(settings)
        services = wire(settings, StandingClock())
        world = _filled(services)
        services.close()
        yield Instance(environment, world, postgres.pid, redis.pid)
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


def _environment(database_url: str, redis_url: str, root_key: Path) -> dict[str, str]:
    """Production's defaults, so its hash cost too; requests come as through a proxy of this machine."""
    return {
        "YIHAO_ISSUER": f"https://{HOST}",
        "YIHAO_PROFILE": "sandbox",
        "YIHAO_DATABASE__URL": database_url,
        "YIHAO_REDIS__URL": redis_url,
        "YIHAO_KEYS__ROOT_KEY_FILE": str(root_key),
        "YIHAO_WEB__TRUSTED_PROXIES": '["127.0.0.0/8"]',
    }


def _filled(services: Services) -> World:
    make = Factories(services)
    service = {
        "grant_types": ["client_credentials"],
        "scope": "records.read",
        "redirect_uris": ["https://s.test/"],
    }
    web = make.client("bench-web", scope="openid realname")
    service_es256 = make.client("bench-es256", **service)
    service_sm2 = make.client("bench-sm2", **service, access_token_signed_response_alg="SGD_SM3_SM2")
    id_numbers, person_ids = _persons(services, make)
    sessions = []
    now = instant(services.clock)
    with services.sql.begin() as db:
        for person_id in person_ids[:SEATS]:
            consent_store.put(db, person_id, web.client_id, SCOPE, SCOPE, now)
            _, cookie = services.sessions.open(
                db, person_id, (Evidence(Way.PASSWORD, services.clock.timestamp()),), "198.18.0.0", "bench"
            )
            sessions.append(cookie)
    issuer = services.settings.issuer
    return World(issuer, web, service_es256, service_sm2, id_numbers, PASSWORD, sessions)


def _persons(services: Services, make: Factories) -> tuple[list[str], list[str]]:
    """ID numbers of persons with one common password, hashed once; and the ids of all."""
    first = make.person(id_number=synthetic_id_number(0), mobile=None)
    now = instant(services.clock)
    numbers = [
        synthetic_id_number(i % 1000, FIRST_BIRTH + timedelta(days=1 + i // 1000)) for i in range(PERSONS)
    ]
    persons = [
        Person(f"bench-{i}", "111", number, "测试甲", None, 2, PersonState.ACTIVE, now, now)
        for i, number in enumerate(numbers)
    ]
    credentials = CredentialStore(services.foundation.sealer)
    with services.sql.begin() as db:
        services.persons.add(db, persons)
        known = credentials.find(db, first.id, KIND)
        assert known is not None, "the first person has no password"
        credentials.add(db, KIND, [(person.id, known.secret) for person in persons], now)
    return numbers, [person.id for person in persons]

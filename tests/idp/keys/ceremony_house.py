"""An instance with officers, as tests of ceremonies and of the key agent use it: tables, key agent, clock, audit."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from crypto.keys.handle import KeyProvider
from crypto.sm.sm2 import Sm2PrivateKey
from idp.audit.event import Place
from idp.audit.models import AuditRow
from idp.audit.service import Audit
from idp.keys.agent import Agent
from idp.keys.agent_client import AgentClient
from idp.keys.agent_server import AgentServer
from idp.keys.book import Book, read_book
from idp.keys.ceremonies.build import build
from idp.keys.ceremonies.kind import Wish
from idp.keys.ceremonies.service import Caller, Ceremonies
from idp.keys.datakeys import DataKeys
from idp.keys.lifecycle import new_row
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.root import open_provider, prepare_root
from idp.keys.settings import KeysSettings
from idp.keys.statement import Evidence, Officer, Statement, message
from idp.keys.store import add_key_pair
from idp.keys.unsealing import contribute
from idp.settings import Profile
from idp.storage.base import table_of
from idp.storage.engine import Db, Sql
from tests.support.clock import StandingClock

ISSUER = "https://id.province.test"
CALLER = Caller("cli:test", Place("console", "7H2K-93QF"))
LABELS = ("甲", "乙", "丙", "丁", "戊")
PAIRS = (
    (KeyPurpose.TOKEN, "ES256"),
    (KeyPurpose.TOKEN, "SGD_SM3_SM2"),
    (KeyPurpose.CHECKPOINT, "SGD_SM3_SM2"),
    (KeyPurpose.TRANSPORT, "SGD_SM2_3"),
)


@dataclass(frozen=True)
class Person:
    """An officer with the private key."""

    label: str
    key: Sm2PrivateKey

    @property
    def officer(self) -> Officer:
        """What the instance knows of it."""
        return Officer(self.label, self.key.public_key.raw)


def person(label: str) -> Person:
    """A new officer."""
    return Person(label, Sm2PrivateKey.generate())


def people(labels: Sequence[str] = LABELS) -> list[Person]:
    """New officers."""
    return [person(label) for label in labels]


def sign(statement: Statement, who: Person, at: int) -> Evidence:
    """What `yihao key ceremony sign` makes."""
    signature = who.key.sign(message(statement, at))
    return Evidence(statement.id, statement.digest(), who.officer.id, at, signature)


class RunningAgent:
    """A key agent on a real socket, in a thread."""

    def __init__(self, house: "House", book: Any = None) -> None:
        self.agent = Agent(book or house.book, house.audit.note)
        self._stop = threading.Event()
        ready = threading.Event()
        server = AgentServer(self.agent, house.keys.agent_socket)
        self._thread = threading.Thread(target=server.serve, args=(self._stop, ready.set))
        self._thread.start()
        assert ready.wait(10)
        self.client = AgentClient(house.keys.agent_socket)

    def close(self) -> None:
        """End it, as SIGTERM does."""
        self._stop.set()
        self._thread.join()


class House:
    """One instance; its root key is in a file until `initialise`."""

    def __init__(self, sql: Sql, folder: Path) -> None:
        self.sql = sql
        self.folder = folder
        self.clock = StandingClock()
        self.audit = Audit(sql, self.clock)
        self._sockets = tempfile.TemporaryDirectory(prefix="ya-")
        self.keys = KeysSettings(
            root_key_file=folder / "root.key", agent_socket=Path(self._sockets.name) / "a" / "key.sock"
        )
        self.destroyed: list[str] = []
        self.device: KeyProvider | None = None
        self.officers: list[Person] = []

    def close(self) -> None:
        """Give everything back."""
        self.sql.close()
        self._sockets.cleanup()

    def now(self) -> int:
        """The present second."""
        return int(self.clock.timestamp())

    def book(self) -> Book | None:
        """Who holds shares now."""
        with self.sql.once() as db:
            return read_book(db)

    def provider(self) -> KeyProvider:
        """The keys as a server process opens them."""
        return open_provider(self.keys, Profile.SANDBOX, self.sql, self.device)

    def ceremonies(self, sql: Sql | None = None) -> Ceremonies:
        """Ceremonies of this instance, over other connections where another node is meant."""
        used = sql or self.sql
        audit = Audit(used, self.clock)
        devices = {} if self.device is None else {self.keys.provider: self.device}
        return build(ISSUER, Profile.SANDBOX, self.keys, used, self.clock, audit, self._destroy, devices)

    def fill(self, provider: KeyProvider) -> None:
        """Keys of every sort."""
        DataKeys(self.sql, provider, self.clock).create_missing()
        for purpose, algorithm in PAIRS:
            self._add_pair(provider, purpose, algorithm)

    def fill_missing(self) -> None:
        """What `yihao init` adds after the first officers: data keys."""
        DataKeys(self.sql, self.provider(), self.clock).create_missing()

    def fill_pair(self, purpose: str, algorithm: str) -> None:
        """One more active key pair."""
        self._add_pair(self.provider(), KeyPurpose(purpose), algorithm)

    def first_wish(self, threshold: int) -> Wish:
        """The present officers as the first ones."""
        return Wish(officers=tuple(each.officer for each in self.officers), threshold=threshold)

    def prepare_file(self) -> None:
        """An instance as in development: root key in a file, keys under it."""
        self.fill(prepare_root(self.keys, Profile.SANDBOX, self.sql, self.clock))

    def agree(self, statement: Statement, who: Sequence[Person]) -> None:
        """Sign and hand in."""
        for each in who:
            self.ceremonies().add_evidence(statement.id, sign(statement, each, self.now()), CALLER)

    def initialise(self, threshold: int = 3, officers: Sequence[Person] | None = None) -> None:
        """The first officers, from opening to the record."""
        self.officers = list(officers or people())
        statement = self.ceremonies().open("initialise", self.first_wish(threshold), CALLER)
        self.agree(statement, self.officers[:threshold])
        self.ceremonies().execute(statement.id, CALLER)
        self.keys = self.keys.model_copy(update={"root": "shares"})

    def unseal(self, agent: RunningAgent, who: Sequence[Person]) -> None:
        """Officers bring their shares."""
        for each in who:
            book = self.book()
            assert book is not None
            agent.client.contribute(contribute(each.key, book, agent.client.one_time_key()))

    def run(self, kind: str, wish: Wish, who: Sequence[Person], **execution: Any) -> str:
        """A whole ceremony; its record."""
        statement = self.ceremonies().open(kind, wish, CALLER)
        self.agree(statement, who)
        return self.ceremonies().execute(statement.id, CALLER, **execution).record

    def events(self, act: str) -> list[Any]:
        """Audit events of one kind, oldest first."""
        rows = table_of(AuditRow)
        with self.sql.once() as db:
            return list(db.execute(select(rows).where(rows.c.act == act).order_by(rows.c.id)))

    def opened(self) -> dict[str, bytes]:
        """Every data key in clear, and a signature of every pair proves that it opens."""
        provider = self.provider()
        keys: dict[str, bytes] = {}
        with self.sql.once() as db:
            for row in db.execute(
                text("SELECT purpose, version, wrapped FROM data_key WHERE wrapped IS NOT NULL")
            ):
                name = f"{row.purpose}:{row.version}"
                keys[name] = provider.unwrap(bytes(row.wrapped), f"data:{name}")
        return keys

    def change(self, statement: str) -> None:
        """Change the tables by hand."""
        with self.sql.begin() as db:
            db.execute(text(statement))

    def change_bytes(self, table: str, where: str, wrapped: str) -> None:
        """Put other wrapped bytes, given in hexadecimal, into a row."""
        with self.sql.begin() as db:
            query = text(f"UPDATE {table} SET wrapped = :wrapped WHERE {where}")  # noqa: S608 - constants of tests
            db.execute(query, {"wrapped": bytes.fromhex(wrapped)})

    def value(self, query: str) -> Any:
        """One value from the tables."""
        with self.sql.once() as db:
            return db.execute(text(query)).scalar()

    def _add_pair(self, provider: KeyProvider, purpose: KeyPurpose, algorithm: Any) -> None:
        made = provider.generate(algorithm)
        row = new_row(made.handle, purpose, provider.name, made.wrapped)
        now = datetime.fromtimestamp(self.clock.timestamp(), UTC)
        stamps = dict.fromkeys(("created_at", "published_at", "activated_at"), now)
        with self.sql.begin() as db:
            add_key_pair(db, {**row, "state": KeyState.ACTIVE, **stamps})

    def _destroy(self, db: Db, target: str, actor: str, place: Place) -> None:
        self.destroyed.append(target)

"""Builds every service once, by constructor arguments, in the order of start; fails at boot, never later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto.keys.handle import KeyProvider
from crypto.lookup import Lookup
from crypto.passwords import PasswordHasher
from crypto.seal import Sealer
from crypto.sm import selftest
from idp import settings as loader
from idp.accounts.names import MaskedNames
from idp.accounts.store import PersonStore
from idp.applications.service import Applications
from idp.audit.service import Audit
from idp.authenticators.password import PasswordMethod
from idp.authenticators.settings import PasswordSettings
from idp.authenticators.store import CredentialStore
from idp.claims.release import Release
from idp.claims.subject import Subjects
from idp.clock import Clock, SystemClock
from idp.consent.service import SECONDS as QUESTION_SECONDS
from idp.consent.service import Consents, Question
from idp.ephemeral.box import Box
from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.open import open_store
from idp.ephemeral.port import Store
from idp.jobs import Job
from idp.keys.datakeys import DataKeys
from idp.keys.keyring import Keyring
from idp.keys.root import create_root_key, open_root_key
from idp.keys.settings import KeysSettings
from idp.limits.counter import Limits
from idp.limits.lockout import Lockout
from idp.login.service import Login
from idp.login.transaction import SECONDS as LOGIN_SECONDS
from idp.login.transaction import LoginTransaction
from idp.oauth.clients.resolve import TableClients
from idp.oauth.logout.backchannel import BackchannelLogout
from idp.oauth.logout.participant import OAuthParticipant
from idp.oauth.settings import OAuthSettings
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.sweep import Sweep
from idp.observe import log
from idp.observe.health import Health
from idp.observe.metrics import Metrics
from idp.observe.settings import ObserveSettings
from idp.outbound import Outbound, OutboundSettings
from idp.sessions.service import Sessions
from idp.sessions.settings import SessionSettings
from idp.settings import Profile, Section
from idp.storage import migrate
from idp.storage.engine import Sql
from idp.storage.settings import DatabaseSettings, RedisSettings
from idp.storage.stamps import Stamps
from idp.web.settings import SiteSettings, WebSettings

SECTIONS: dict[str, type[Section]] = {
    "database": DatabaseSettings,
    "redis": RedisSettings,
    "keys": KeysSettings,
    "web": WebSettings,
    "site": SiteSettings,
    "outbound": OutboundSettings,
    "observe": ObserveSettings,
    "sessions": SessionSettings,
    "passwords": PasswordSettings,
    "oauth": OAuthSettings,
}
LOGOUT_JOB_SECONDS = 5
SWEEP_JOB_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Foundation:
    """Stores, keys and what watches them."""

    settings: Any
    clock: Clock
    sql: Sql
    stamps: Stamps
    store: Store
    provider: KeyProvider
    data_keys: DataKeys
    keyring: Keyring
    sealer: Sealer
    box_sealer: Sealer
    lookup: Lookup
    audit: Audit
    limits: Limits
    lockout: Lockout
    metrics: Metrics
    health: Health
    outbound: Outbound

    def box(self, name: str, payload: type[Any], seconds: int) -> Box[Any]:
        """A box of short-lived things; a name stands for one kind."""
        return Box(self.store, self.box_sealer, self.lookup, name, payload, seconds)


@dataclass(frozen=True, slots=True)
class Services:
    """All services of the house, as plugins, commands and the composition root see them."""

    foundation: Foundation
    persons: PersonStore
    names: MaskedNames
    passwords: PasswordMethod
    applications: Applications
    clients: TableClients
    families: Families
    sessions: Sessions
    consents: Consents
    login: Login
    release: Release
    subjects: Subjects
    backchannel: BackchannelLogout
    jobs: tuple[Job, ...]

    @property
    def settings(self) -> Any:
        """The settings that all this was built from."""
        return self.foundation.settings

    @property
    def sql(self) -> Sql:
        """The durable store."""
        return self.foundation.sql

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.foundation.clock

    @property
    def audit(self) -> Audit:
        """The audit log."""
        return self.foundation.audit

    @property
    def lookup(self) -> Lookup:
        """Keyed digests for look-up and for secrets of clients."""
        return self.foundation.lookup


def load_settings(environment: Mapping[str, str] | None = None) -> Any:
    """The settings of this process. Raises SettingsRefused."""
    return loader.load(SECTIONS, environment)


def prepare(settings: Any, clock: Clock | None = None) -> None:
    """Make what an instance needs before it can start: root key, tables, data keys, signing keys. Can be repeated."""
    clock = clock or SystemClock()
    create_root_key(settings.keys.root_key_file)
    provider = open_root_key(settings.keys.root_key_file, settings.profile)
    sql = Sql(settings.database.url, settings.database.pool_size)
    try:
        migrate.upgrade(sql)
        DataKeys(sql, provider, clock).create_missing()
        Keyring(sql, provider, Stamps(sql, clock), clock).create_missing()
    finally:
        sql.close()


def wire(settings: Any, clock: Clock | None = None) -> Services:
    """Build everything: self-test, root key, stores, services. Raises SettingsRefused, SelfTestFailed or Unavailable."""
    log.configure(settings.observe.log_level)
    selftest.run()
    return _services(_foundation(settings, clock or SystemClock()))


def _foundation(settings: Any, clock: Clock) -> Foundation:
    provider = open_root_key(settings.keys.root_key_file, settings.profile)
    sql = Sql(settings.database.url, settings.database.pool_size)
    migrate.require_current(sql)
    data_keys = DataKeys(sql, provider, clock)
    stamps = Stamps(sql, clock)
    keyring = Keyring(sql, provider, stamps, clock)
    keyring.check()
    store = open_store(settings.redis.url, embedded_url(settings.database.url))
    seal_keys = data_keys.versions("seal")
    box_keys = data_keys.versions("ephemeral")
    box_sealer = Sealer(box_keys, max(box_keys))
    lookup = Lookup(data_keys.first("lookup"))
    return Foundation(
        settings=settings,
        clock=clock,
        sql=sql,
        stamps=stamps,
        store=store,
        provider=provider,
        data_keys=data_keys,
        keyring=keyring,
        sealer=Sealer(seal_keys, max(seal_keys)),
        box_sealer=box_sealer,
        lookup=lookup,
        audit=Audit(sql, clock),
        limits=Limits(store, lookup, clock),
        lockout=Lockout(store, box_sealer, lookup, clock),
        metrics=Metrics(),
        health=Health(
            {
                "database": sql.ping,
                "ephemeral": store.ping,
                "keys": keyring.check,
                "migrations": lambda: migrate.require_current(sql),
            }
        ),
        outbound=Outbound(settings.outbound, settings.profile is Profile.SANDBOX),
    )


def _services(base: Foundation) -> Services:
    settings, clock = base.settings, base.clock
    peppers = base.data_keys.versions("pepper")
    hasher = PasswordHasher(
        peppers, max(peppers), settings.passwords.memory_kib, settings.passwords.time_cost
    )
    persons = PersonStore(base.sealer, base.lookup)
    passwords = PasswordMethod(hasher, CredentialStore(base.sealer), settings.passwords.parallel)
    clients = TableClients(base.sql, base.stamps)
    subjects = Subjects(base.data_keys.first("pairwise"))
    families = Families(settings.oauth, settings.sessions.idle_seconds, clock, base.audit)
    participant = OAuthParticipant(clients, families)
    sessions = Sessions(settings.sessions, clock, base.audit, [participant])
    questions = base.box("consent_question", Question, QUESTION_SECONDS)
    backchannel = BackchannelLogout(
        settings.issuer, base.sql, clock, base.keyring, subjects, clients, base.outbound, base.metrics
    )
    return Services(
        foundation=base,
        persons=persons,
        names=MaskedNames(base.sql, persons),
        passwords=passwords,
        applications=Applications(base.sql, base.stamps),
        clients=clients,
        families=families,
        sessions=sessions,
        consents=Consents(clock, base.audit, questions, [participant]),
        login=Login(
            base.sql,
            clock,
            base.audit,
            base.box("login_transaction", LoginTransaction, LOGIN_SECONDS),
            persons,
            passwords,
            sessions,
            base.limits,
            base.lockout,
        ),
        release=Release(settings.profile),
        subjects=subjects,
        backchannel=backchannel,
        jobs=_jobs(base, backchannel),
    )


def _jobs(base: Foundation, backchannel: BackchannelLogout) -> tuple[Job, ...]:
    jobs = (
        Job("backchannel_logout", LOGOUT_JOB_SECONDS, backchannel.deliver_due),
        Job("sweep", SWEEP_JOB_SECONDS, Sweep(base.sql, base.clock).run),
    )
    # Redis forgets by itself; a table has to be told.
    if isinstance(base.store, EmbeddedStore):
        return (*jobs, Job("ephemeral_sweep", SWEEP_JOB_SECONDS, base.store.sweep))
    return jobs


def embedded_url(database_url: str) -> str:
    """Where the embedded short-lived store lies: beside an SQLite file, since one file takes one writer at a time."""
    if not database_url.startswith("sqlite:///"):
        return database_url
    return database_url.removesuffix(".db") + "-ephemeral.db"

"""Builds every service once, by constructor arguments, in the order of start; fails at boot, never later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp import settings as loader
from idp.accounts import store as account_store
from idp.accounts.life import store as life_store
from idp.accounts.life.settings import AccountSettings
from idp.accounts.names import MaskedNames
from idp.accounts.requests.service import PersonRequests
from idp.accounts.requests.store import RequestStore
from idp.accounts.store import PersonStore
from idp.acting.service import Acting
from idp.acting.settings import ActingSettings
from idp.applications.service import Applications
from idp.audit.service import Audit
from idp.authenticators import store as credential_store
from idp.authenticators.password import KIND, PasswordMethod
from idp.authenticators.settings import PasskeySettings, PasswordSettings
from idp.authenticators.store import CredentialStore
from idp.claims.grants import Grants
from idp.claims.log import ReleaseLog
from idp.claims.release import Release
from idp.claims.subject import Subjects
from idp.clock import Clock, SystemClock
from idp.consent.service import SECONDS as QUESTION_SECONDS
from idp.consent.service import Consents, Question
from idp.conversion import store as conversion_store
from idp.delegations import store as delegation_store
from idp.devices.service import Devices
from idp.ephemeral.box import Box
from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.open import open_store
from idp.ephemeral.port import Store
from idp.jobs import Job
from idp.keys import engine
from idp.keys.alarms import Alarms
from idp.keys.certificates import expiry
from idp.keys.data.held import HeldKeys, hold
from idp.keys.datakeys import DataKeys
from idp.keys.device_settings import KeyServiceSettings, Pkcs11Settings, RemoteKeysSettings, SdfSettings
from idp.keys.devices import open_device, provision
from idp.keys.keyring import Keyring
from idp.keys.lifecycle import Lifecycle
from idp.keys.providers import Providers
from idp.keys.reseal.data_rotation import DataRotation, Tables, data_rotation
from idp.keys.root import check_settings, open_provider, prepare_root
from idp.keys.rotation import Rotation
from idp.keys.settings import KeysSettings
from idp.limits.counter import Limits
from idp.limits.lockout import Lockout
from idp.notify import store as message_store
from idp.oauth.clients.keys import ClientKeys
from idp.oauth.clients.resolve import TableClients
from idp.oauth.logout.backchannel import BackchannelLogout
from idp.oauth.logout.participant import OAuthParticipant
from idp.oauth.settings import OAuthSettings
from idp.oauth.tokens.acting import ActingPolicy
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.protect import Protect
from idp.oauth.tokens.sweep import Sweep
from idp.observe import log
from idp.observe.health import Health
from idp.observe.metrics import Metrics
from idp.observe.settings import ObserveSettings
from idp.organisations import store as organisation_store
from idp.organisations.settings import OrganisationSettings
from idp.outbound import Outbound, OutboundSettings
from idp.plugins import Contributions, Plugin, Ways
from idp.risk.settings import RiskSettings
from idp.sessions.service import Sessions
from idp.sessions.settings import SessionSettings
from idp.settings import Profile, Section
from idp.storage import migrate
from idp.storage.engine import Sql
from idp.storage.settings import DatabaseSettings, RedisSettings
from idp.storage.stamps import Stamps
from idp.ukey.settings import UkeySettings
from idp.web.settings import SiteSettings, WebSettings
from idp.wiring_life import Life, life
from idp.wiring_login import SigningIn, signing_in
from idp.wiring_people import People, people

SECTIONS: dict[str, type[Section]] = {
    "database": DatabaseSettings,
    "redis": RedisSettings,
    "keys": KeysSettings,
    "pkcs11": Pkcs11Settings,
    "sdf": SdfSettings,
    "remote_keys": RemoteKeysSettings,
    "key_service": KeyServiceSettings,
    "web": WebSettings,
    "site": SiteSettings,
    "outbound": OutboundSettings,
    "observe": ObserveSettings,
    "sessions": SessionSettings,
    "passwords": PasswordSettings,
    "passkeys": PasskeySettings,
    "risk": RiskSettings,
    "ukey": UkeySettings,
    "oauth": OAuthSettings,
    "acting": ActingSettings,
    "accounts": AccountSettings,
    "organisations": OrganisationSettings,
}
LOGOUT_JOB_SECONDS = 5
ROTATION_JOB_SECONDS = 60
SWEEP_JOB_SECONDS = 60
DATA_KEYS_JOB_SECONDS = 5
SEALED_TABLES = (
    account_store.SEALED,
    account_store.SEALED_DOCUMENTS,
    life_store.SEALED_CHANGES,
    life_store.SEALED_REQUESTS,
    credential_store.SEALED,
    organisation_store.SEALED,
    organisation_store.SEALED_IDENTIFIERS,
    conversion_store.SEALED,
    delegation_store.SEALED,
    message_store.SEALED,
)
"""Every table with sealed columns: a rotation of the sealing key makes them anew (a test looks for others)."""
DIGESTED_TABLES = (
    account_store.DIGESTED,
    account_store.DIGESTED_DOCUMENTS,
    organisation_store.DIGESTED,
    conversion_store.DIGESTED,
    delegation_store.DIGESTED,
)


@dataclass(frozen=True, slots=True)
class Foundation:
    """Stores, keys and what watches them."""

    settings: Any
    clock: Clock
    sql: Sql
    stamps: Stamps
    store: Store
    providers: Providers
    data_keys: DataKeys
    keyring: Keyring
    alarms: Alarms
    held: HeldKeys
    audit: Audit
    limits: Limits
    lockout: Lockout
    metrics: Metrics
    health: Health
    outbound: Outbound

    def box(self, name: str, payload: type[Any], seconds: int) -> Box[Any]:
        """A box of short-lived things; a name stands for one kind."""
        return Box(self.store, self.box_sealer, self.held.box_index, name, payload, seconds)

    @property
    def sealer(self) -> Sealer:
        """Seals rows."""
        return self.held.sealer

    @property
    def box_sealer(self) -> Sealer:
        """Seals boxes."""
        return self.held.box_sealer


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
    signing_in: SigningIn
    grants: Grants
    release: Release
    releases: ReleaseLog
    subjects: Subjects
    client_keys: ClientKeys
    protect: Protect
    backchannel: BackchannelLogout
    data_rotation: DataRotation
    lifecycle: Lifecycle
    people: People
    acting: Acting
    life: Life
    requests: PersonRequests
    own_jobs: tuple[Job, ...]
    contributions: tuple[Contributions, ...] = ()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every periodic job of the house and its plugins."""
        return (
            *self.own_jobs,
            *self.people.jobs,
            *self.life.jobs,
            *(job for each in self.contributions for job in each.jobs),
        )

    def close(self) -> None:
        """Give everything back that this process holds; counters are written before."""
        self.signing_in.aside.close()
        self.foundation.keyring.usage.close()
        self.foundation.held.spending.usage.close()
        self.foundation.providers.close()
        self.foundation.store.close()
        self.sql.close()

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
    def client_secrets(self) -> Lookup:
        """Keyed digests of clients' secrets."""
        return self.foundation.held.client_secrets


def load_settings(
    sections: Mapping[str, type[Section]] = SECTIONS, environment: Mapping[str, str] | None = None
) -> Any:
    """The settings of this process. Raises SettingsRefused."""
    return loader.load(dict(sections), environment)


def prepare(settings: Any, clock: Clock | None = None) -> None:
    """Make what an instance needs before it can start: root key, tables, data keys, signing keys. Can be repeated."""
    clock = clock or SystemClock()
    sql = Sql(settings.database.url, settings.database.pool_size)
    try:
        migrate.upgrade(sql)
        device = open_device(settings, sql, clock, _outbound(settings))
        provision(device)
        provider = prepare_root(settings.keys, settings.profile, sql, clock, device)
        DataKeys(sql, provider, clock).create_missing()
        alarms = Alarms(Audit(sql, clock), Metrics())
        Keyring(sql, Providers(provider, device), Stamps(sql, clock), clock, alarms).create_missing()
    finally:
        sql.close()


def _outbound(settings: Any) -> Outbound:
    return Outbound(settings.outbound, settings.profile is Profile.SANDBOX)


def wire(
    settings: Any,
    clock: Clock | None = None,
    log_to: BinaryIO | None = None,
    plugins: Sequence[Plugin] = (),
) -> Services:
    """Build everything: self-test, root key, stores, services, plugins. Raises SettingsRefused, SelfTestFailed or
    Unavailable.

    The log goes to `log_to`, standard output where that is None.
    """
    log.configure(settings.observe.log_level, log_to)
    check_settings(settings.keys, settings.profile)
    engine.settle(settings.keys, settings.profile)
    base = _foundation(settings, clock or SystemClock())
    services = _services(base, merged(plugin.ways(base) for plugin in plugins))
    return replace(services, contributions=tuple(plugin.contribute(services) for plugin in plugins))


def _foundation(settings: Any, clock: Clock) -> Foundation:
    sql = Sql(settings.database.url, settings.database.pool_size)
    migrate.require_current(sql)
    outbound = _outbound(settings)
    device = open_device(settings, sql, clock, outbound)
    provider = open_provider(settings.keys, settings.profile, sql, device)
    providers = Providers(provider, device)
    data_keys = DataKeys(sql, provider, clock)
    stamps = Stamps(sql, clock)
    audit, metrics = Audit(sql, clock), Metrics()
    alarms = Alarms(audit, metrics)
    keyring = Keyring(sql, providers, stamps, clock, alarms)
    keyring.open_all()
    store = open_store(settings.redis.url, embedded_url(settings.database.url))
    held = hold(sql, provider, stamps, clock, alarms)
    return Foundation(
        settings=settings,
        clock=clock,
        sql=sql,
        stamps=stamps,
        store=store,
        providers=providers,
        data_keys=data_keys,
        keyring=keyring,
        alarms=alarms,
        held=held,
        audit=audit,
        limits=Limits(store, held.box_index, clock),
        lockout=Lockout(store, held.box_sealer, held.box_index, clock),
        metrics=metrics,
        health=Health(
            {
                "database": sql.ping,
                "ephemeral": store.ping,
                "keys": keyring.check,
                "migrations": lambda: migrate.require_current(sql),
            }
        ),
        outbound=outbound,
    )


def merged(ways: Iterable[Ways]) -> Ways:
    """The ways of all plugins together; the first one that has a register gives it."""
    every = list(ways)
    return Ways(
        sources={method: source for each in every for method, source in each.sources.items()},
        register=next((each.register for each in every if each.register is not None), None),
        gateways=tuple(gateway for each in every for gateway in each.gateways),
    )


def _services(base: Foundation, ways: Ways) -> Services:
    settings, clock = base.settings, base.clock
    hasher = base.held.hasher(settings.passwords.memory_kib, settings.passwords.time_cost)
    persons, credentials = PersonStore(base.sealer, base.held.persons), CredentialStore(base.sealer)
    passwords = PasswordMethod(hasher, credentials, settings.passwords.parallel)
    clients = TableClients(base.sql, base.stamps)
    subjects = Subjects(base.data_keys.first("pairwise"))
    who = people(base, ways)
    capacities = who.delegations.capacities
    policy = ActingPolicy(settings.acting, clock, capacities, who.matters)
    families = Families(settings.oauth, settings.sessions.idle_seconds, clock, base.audit, policy)
    participant = OAuthParticipant(clients, families)
    sessions = Sessions(settings.sessions, clock, base.audit, [participant])
    questions = base.box("consent_question", Question, QUESTION_SECONDS)
    client_keys = ClientKeys(base.outbound.get_json, clock)
    protect = Protect(settings.issuer, base.keyring, client_keys, clock)
    backchannel = BackchannelLogout(
        settings.issuer, base.sql, clock, protect, subjects, clients, base.outbound, base.metrics
    )
    tables = Tables(
        SEALED_TABLES,
        DIGESTED_TABLES,
        lambda db, version: credentials.count_peppered(db, KIND, version),
    )
    rotation = data_rotation(
        base.sql, clock, base.audit, base.providers.software, base.held, settings.keys, tables
    )
    lifecycle = Lifecycle(base.sql, clock, base.audit, base.providers, settings.keys)
    consents = Consents(clock, base.audit, questions, [participant])
    grants = Grants(base.sql, base.stamps, clock, base.audit)
    devices = Devices(clock)
    living = life(base, persons, passwords, devices, sessions, consents, who.delegations, who.assurance)
    return Services(
        foundation=base,
        persons=persons,
        names=MaskedNames(base.sql, persons),
        passwords=passwords,
        applications=Applications(base.sql, base.stamps),
        clients=clients,
        families=families,
        sessions=sessions,
        consents=consents,
        life=living,
        requests=PersonRequests(clock, base.audit, RequestStore(persons)),
        signing_in=signing_in(base, persons, credentials, passwords, devices, sessions, living, who),
        grants=grants,
        release=Release(settings.profile, clock, grants),
        releases=ReleaseLog(clock),
        subjects=subjects,
        client_keys=client_keys,
        protect=protect,
        backchannel=backchannel,
        lifecycle=lifecycle,
        data_rotation=rotation,
        people=who,
        acting=Acting(clock, base.audit, capacities, [participant]),
        own_jobs=_jobs(base, backchannel, lifecycle, rotation),
    )


def _jobs(
    base: Foundation, backchannel: BackchannelLogout, lifecycle: Lifecycle, data: DataRotation
) -> tuple[Job, ...]:
    rotation = Rotation(base.sql, base.clock, lifecycle, base.alarms, base.settings.keys)
    jobs = (
        Job("backchannel_logout", LOGOUT_JOB_SECONDS, backchannel.deliver_due),
        Job("key_rotation", ROTATION_JOB_SECONDS, rotation.run),
        Job("data_keys", DATA_KEYS_JOB_SECONDS, data.upkeep.run),
        Job(
            "certificate_expiry", expiry.JOB_SECONDS, expiry.ExpiryWatch(base.sql, base.clock, base.audit).run
        ),
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

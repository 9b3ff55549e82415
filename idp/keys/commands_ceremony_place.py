"""Ceremonies as the command line has them: over the tables alone, or with all that an act needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from crypto.keys.handle import KeyProvider
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, SystemClock
from idp.commands import instance
from idp.keys import engine
from idp.keys.ceremonies.build import build
from idp.keys.ceremonies.destroy import NAME, PAIR
from idp.keys.ceremonies.kind import CeremonyRefused, Destroyer
from idp.keys.ceremonies.service import Ceremonies
from idp.keys.devices import open_device
from idp.keys.lifecycle import Actor
from idp.outbound import Outbound
from idp.settings import Profile
from idp.storage.engine import Db, Sql
from idp.storage.migrate import require_current
from idp.wiring import Services


@contextmanager
def over_tables() -> Iterator[tuple[Ceremonies, Sql]]:
    """Ceremonies over the tables alone, so that they work while the root key is sealed or not yet made."""
    settings = instance.settings()
    sql = Sql(settings.database.url, settings.database.pool_size)
    try:
        require_current(sql)
        clock = SystemClock()
        yield _built(settings, sql, clock, Audit(sql, clock), _refuse_destruction, {}), sql
    finally:
        sql.close()


@contextmanager
def acting(kind: str) -> Iterator[Ceremonies]:
    """Ceremonies that can act: with the device that settings name, and with all services where a key is destroyed."""
    settings = instance.settings()
    engine.settle(settings.keys, settings.profile)
    if kind == NAME:
        with instance.services(settings) as services:
            devices = _devices(settings, services.sql, services.clock)
            yield _built(
                settings, services.sql, services.clock, services.audit, partial(_destroy, services), devices
            )
        return
    sql, clock = Sql(settings.database.url, settings.database.pool_size), SystemClock()
    try:
        require_current(sql)
        devices = _devices(settings, sql, clock)
        yield _built(settings, sql, clock, Audit(sql, clock), _refuse_destruction, devices)
    finally:
        sql.close()


def _built(
    settings: Any,
    sql: Sql,
    clock: Clock,
    audit: Audit,
    destroy: Destroyer,
    devices: Mapping[str, KeyProvider],
) -> Ceremonies:
    return build(settings.issuer, settings.profile, settings.keys, sql, clock, audit, destroy, devices)


def _devices(settings: Any, sql: Sql, clock: Clock) -> Mapping[str, KeyProvider]:
    outbound = Outbound(settings.outbound, settings.profile is Profile.SANDBOX)
    device = open_device(settings, sql, clock, outbound)
    return {} if device is None else {device.name: device}


def _destroy(services: Services, db: Db, target: str, actor: str, place: Place) -> None:
    """Destroy by the rules of the life cycle, within the ceremony's transaction."""
    kind, _, name = target.partition(":")
    agreed = Actor(actor, place, "ceremony")
    if kind == PAIR:
        services.lifecycle.destroy(db, name, agreed)
    else:
        purpose, _, version = name.partition(":")
        services.data_rotation.lifecycle.destroy(db, purpose, int(version), agreed)


def _refuse_destruction(db: Db, target: str, actor: str, place: Place) -> None:
    """Only a ceremony of that kind destroys."""
    raise CeremonyRefused("target")

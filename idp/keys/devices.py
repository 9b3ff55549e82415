"""Opens what keeps keys outside this process, from settings."""

from collections.abc import Callable
from functools import partial
from typing import Any

from crypto.errors import EngineUnavailable
from crypto.keys.handle import KeyProvider
from crypto.keys.pkcs11_keys import Pkcs11Keys
from crypto.keys.remote import RemoteKeys
from crypto.keys.sdf import SdfKeys
from idp.clock import Clock
from idp.errors import SettingsRefused
from idp.keys import store
from idp.keys.device_settings import Pkcs11Settings, RemoteKeysSettings, SdfSettings
from idp.keys.identity import open_identity, read_public
from idp.keys.key_transport import KeyTransport
from idp.outbound import Outbound
from idp.storage.engine import Sql


def open_device(settings: Any, sql: Sql, clock: Clock, outbound: Outbound) -> KeyProvider | None:
    """What settings name for new private keys, None where that is software. Raises SettingsRefused."""
    match settings.keys.provider:
        case "pkcs11":
            return open_pkcs11(settings.pkcs11)
        case "sdf":
            return open_sdf(settings.sdf, partial(_is_taken, sql))
        case "remote":
            return open_remote(settings.remote_keys, outbound, clock)
        case _:
            return None


def open_pkcs11(settings: Pkcs11Settings) -> Pkcs11Keys:
    """The provider over the token; its wrapping key is made by `yihao init`. Raises SettingsRefused."""
    if settings.module is None or not settings.token:
        raise _refused("pkcs11.module and pkcs11.token: required")
    return Pkcs11Keys(
        str(settings.module),
        settings.token,
        settings.pin.get_secret_value(),
        settings.generation,
        settings.sessions,
    )


def provision(device: KeyProvider | None) -> None:
    """Make what a device needs of its own before it can wrap: the wrapping key inside a PKCS#11 token."""
    if isinstance(device, Pkcs11Keys):
        device.provision()


def open_sdf(settings: SdfSettings, is_taken: Callable[[str], bool]) -> SdfKeys:
    """The provider over the SDF device; `is_taken` says whether the table of keys has a kid, in whatever state.

    Raises SettingsRefused when the library does not load or the indexes are none.
    """
    if settings.library is None:
        raise _refused("sdf.library: required")
    if settings.last_index < settings.first_index:
        raise _refused("sdf.last_index: before sdf.first_index")
    try:
        return SdfKeys(
            settings.library,
            indexes=range(settings.first_index, settings.last_index + 1),
            kek=settings.kek_index,
            password=settings.password.get_secret_value().encode("utf-8"),
            is_taken=is_taken,
            decryption=settings.decryption,
            earlier_keks=settings.earlier_kek_indexes,
            max_sessions=settings.max_sessions,
        )
    except EngineUnavailable as unavailable:
        raise _refused(f"sdf.library: {unavailable}") from None


def open_remote(settings: RemoteKeysSettings, outbound: Outbound, clock: Clock) -> RemoteKeys:
    """The provider behind a key service. Raises SettingsRefused; the service need not answer yet."""
    transport = KeyTransport(
        outbound, settings.url, settings.certificate, settings.certificate_key, settings.authority
    )
    identity = open_identity(settings.identity_file, "remote_keys.identity_file")
    service = read_public(settings.service_key, "remote_keys.service_key")
    return RemoteKeys(transport, identity, service, frozenset(settings.algorithms), clock.timestamp)


def _is_taken(sql: Sql, kid: str) -> bool:
    with sql.once() as db:
        return store.find_key_pair(db, kid) is not None


def _refused(fault: str) -> SettingsRefused:
    return SettingsRefused("settings.refused", fault, faults=fault)

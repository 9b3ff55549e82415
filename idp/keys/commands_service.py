"""`yihao key-service`: serve the keys of this host's provider to nodes, and make the key by which each is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels

from crypto.keys.handle import KeyProvider
from crypto.keys.software import SoftwareKeys
from crypto.sm import selftest
from idp.clock import SystemClock
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.errors import SettingsRefused
from idp.keys.device_settings import KeyServiceSettings
from idp.keys.devices import open_pkcs11, open_sdf, provision
from idp.keys.identity import create_identity, open_identity, read_public
from idp.keys.key_service import KeyService
from idp.keys.root import read_root_file
from idp.settings import Profile

PORT: Final = 8402
THREADS: Final = 16
BACKPRESSURE: Final = 64
STOP_SECONDS: Final = 5
TARGET: Final = "idp.keys.commands_service:create_key_service"


@click.group("key-service", cls=Group, help="key-service")
def key_service() -> None:
    """The noun."""


@command("key-service identity")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@option("--json", "as_json", is_flag=True, help="option.json")
def identity(path: Path, as_json: bool) -> None:
    """Make the SM2 key of a node or service where there is none, and show its public half."""
    create_identity(path)
    public = open_identity(path, str(path)).public.hex()
    if as_json:
        terminal.give({"public_key": public})
    else:
        click.echo(public)


@command("key-service serve")
@option("--host", default="127.0.0.1", show_default=True, help="option.host")
@option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="option.port")
def serve(host: str, port: int) -> None:
    """Check that the keys can be served, then serve until SIGTERM or Ctrl-C.

    One process: requests that came before are remembered in its memory.
    """
    settings = instance.settings()
    build(settings)
    own = settings.key_service
    _require_files(own)
    server = Granian(
        TARGET,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        http=HTTPModes.http1,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        ssl_cert=own.certificate,
        ssl_key=own.certificate_key,
        ssl_protocol_min=SSLProtocols.tls13,
        ssl_ca=own.authority,
        ssl_crl=None if own.crl is None else [own.crl],
        ssl_client_verify=True,
    )
    server.on_startup(lambda: terminal.say("key_service.ready", address=f"https://{host}:{port}"))
    try:
        server.serve()
    except SystemExit as end:
        raise terminal.Fault("serve.failed") from end
    terminal.say("serve.stopped")


def create_key_service() -> KeyService:
    """The service from this process's settings: what granian calls."""
    return build(instance.settings())


def build(settings: Any) -> KeyService:
    """The service over the provider of settings. Raises SettingsRefused, SelfTestFailed."""
    selftest.run()
    own: KeyServiceSettings = settings.key_service
    callers = {
        name: read_public(public, f"key_service.callers.{name}") for name, public in own.callers.items()
    }
    if not callers:
        raise _refused("key_service.callers: no node may use the keys")
    try:
        opener = PROVIDERS[settings.keys.provider]
    except KeyError:
        raise _refused("keys.provider: a key service keeps keys in software, sdf or pkcs11") from None
    key = open_identity(own.identity_file, "key_service.identity_file")
    return KeyService(opener(settings), key, callers, SystemClock())


def _open_software(settings: Any) -> KeyProvider:
    """Keys under a root key in a file: for trying the service out."""
    if settings.profile is Profile.PRODUCTION:
        raise _refused("keys.provider: in production a key service stands before a device")
    return SoftwareKeys(read_root_file(settings.keys.root_key_file, settings.profile))


def _open_sdf(settings: Any) -> KeyProvider:
    """The service has no table of keys: a pair that a node holds already is refused there, and it asks again."""
    return open_sdf(settings.sdf, is_taken=lambda _kid: False)


def _open_pkcs11(settings: Any) -> KeyProvider:
    keys = open_pkcs11(settings.pkcs11)
    provision(keys)
    return keys


PROVIDERS: Final[dict[str, Callable[[Any], KeyProvider]]] = {
    "software": _open_software,
    "sdf": _open_sdf,
    "pkcs11": _open_pkcs11,
}
"""What a key service can stand before."""


def _require_files(own: KeyServiceSettings) -> None:
    for name in ("certificate", "certificate_key", "authority", "crl"):
        path: Path | None = getattr(own, name)
        if path is not None and not path.is_file():
            raise _refused(f"key_service.{name}: no such file")


def _refused(fault: str) -> SettingsRefused:
    return SettingsRefused("settings.refused", fault, faults=fault)


for _verb in (identity, serve):
    key_service.add_command(_verb)

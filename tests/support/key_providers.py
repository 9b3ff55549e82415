"""The key providers that the contract suite runs on, each with its twin, a stranger and its plug.

A provider joins by one line in ``PROVIDERS``: its name and a factory that takes an empty folder of its own and gives
a ``ProviderCase`` until the ``with`` block ends.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crypto.keys import jwk
from crypto.keys.handle import GeneratedKey, KeyProvider
from crypto.keys.pkcs11_keys import Pkcs11Keys
from crypto.keys.software import SoftwareKeys, new_root_key
from idp.clock import SystemClock
from tests.support import softhsm
from tests.support.key_service import Plug, RealKeyService, stranger_keys
from tests.support.sdf.device import SdfTestDevice


@dataclass(frozen=True, slots=True)
class ProviderCase:
    """A provider under test and what the suite needs around it.

    ``same_again`` gives a second provider over the same device or root key, as another process would open it;
    ``other`` one over another device or root key. ``unplug`` takes the device of ``provider`` away and ``plug`` gives
    it back; both are None where nothing can go away. ``destroy_by_tool`` is what an officer does first where the
    device deletes no key for the provider; None elsewhere.
    """

    provider: KeyProvider
    same_again: Callable[[], KeyProvider]
    other: Callable[[], KeyProvider]
    unplug: Callable[[], object] | None = None
    plug: Callable[[], object] | None = None
    destroy_by_tool: Callable[[GeneratedKey], object] | None = None


CaseFactory = Callable[[Path], AbstractContextManager[ProviderCase]]


@contextmanager
def software_case(folder: Path) -> Iterator[ProviderCase]:
    """Keys in memory; the folder stays empty."""
    root_key = new_root_key()
    yield ProviderCase(
        SoftwareKeys(root_key),
        same_again=lambda: SoftwareKeys(root_key),
        other=lambda: SoftwareKeys(new_root_key()),
    )


@contextmanager
def pkcs11_case(folder: Path) -> Iterator[ProviderCase]:
    """A token of SoftHSM2; its plug is the folder that SoftHSM2 keeps it in."""
    label, stranger = softhsm.init_token(), softhsm.init_token()
    kept, away = softhsm.token_folder(label), folder / "away"

    def provider(token: str) -> Pkcs11Keys:
        made = Pkcs11Keys(softhsm.module(), token, softhsm.PIN)
        made.provision()
        return made

    yield ProviderCase(
        provider(label),
        same_again=lambda: provider(label),
        other=lambda: provider(stranger),
        unplug=lambda: kept.replace(away),
        plug=lambda: away.replace(kept),
    )


@contextmanager
def sdf_case(folder: Path) -> Iterator[ProviderCase]:
    """The SDF device of the tests; unplugged, every call to it fails."""
    device, stranger = (SdfTestDevice(folder / name, sessions=64) for name in ("device", "stranger"))
    device.make_pairs(*range(1, 61))
    opened = [each.open(indexes=range(1, 61)) for each in (device, device, stranger)]
    yield ProviderCase(
        opened[0],
        same_again=lambda: opened[1],
        other=lambda: opened[2],
        unplug=device.unplug,
        plug=device.plug,
        destroy_by_tool=lambda made: device.destroy_key_of(jwk.elliptic_public(made.handle.public_jwk)),
    )
    for provider in opened:
        provider.close()


@contextmanager
def remote_case(folder: Path) -> Iterator[ProviderCase]:
    """A real key service over mutual TLS, software keys behind it; the plug is pulled on the way to it."""
    service, stranger = RealKeyService(folder / "service"), stranger_keys(SystemClock())
    service.start()
    try:
        plug = Plug(service.transport())
        opened = service.keys(plug), service.keys()
        yield ProviderCase(
            opened[0],
            same_again=lambda: opened[1],
            other=lambda: stranger,
            unplug=plug.pull,
            plug=plug.push,
        )
    finally:
        service.stop()


PROVIDERS: dict[str, CaseFactory] = {
    "software": software_case,
    "pkcs11": pkcs11_case,
    "sdf": sdf_case,
    "remote": remote_case,
}

"""Ceremonies over one instance: every collaborator from its settings."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from crypto.keys.handle import KeyProvider
from idp.audit.service import Audit
from idp.clock import Clock
from idp.errors import IdpError
from idp.keys.agent_client import AgentClient
from idp.keys.ceremonies.kind import Destroyer, Workplace
from idp.keys.ceremonies.kinds import KINDS
from idp.keys.ceremonies.service import Ceremonies
from idp.keys.root import open_generation, open_present_root
from idp.keys.settings import KeysSettings
from idp.settings import Profile
from idp.storage.engine import Sql

_NO_DEVICES: Final[Mapping[str, KeyProvider]] = MappingProxyType({})


def build(
    issuer: str,
    profile: Profile,
    keys: KeysSettings,
    sql: Sql,
    clock: Clock,
    audit: Audit,
    destroy: Destroyer,
    devices: Mapping[str, KeyProvider] = _NO_DEVICES,
) -> Ceremonies:
    """`devices` are providers other than software, by name; the one that settings name keeps a root key in form device."""
    device = devices.get(keys.provider)
    work = Workplace(
        instance=issuer,
        open_root=lambda db: open_present_root(db, keys, profile, device),
        open_generation=lambda form, generation, wrapped: open_generation(
            form, generation, wrapped, keys, profile, device
        ),
        destroy=destroy,
        devices=devices,
        device=device,
        root_file=str(keys.root_key_file),
    )
    return Ceremonies(sql, clock, audit, KINDS, work, lambda *made: _hand_on(keys.agent_socket, *made))


def _hand_on(socket: Path, generation: int, key: bytes) -> bool:
    """Give a root key just made to the key agent; where it does not take it, officers bring their shares again."""
    try:
        AgentClient(socket).adopt(generation, key)
    except IdpError:
        return False
    return True

"""What stands in for the world outside in a demo: registers that know the people and the enterprises, and a mobile phone.

Both are the sandbox twins of `adapters/`, run as servers of their own; nothing here is known to the provider but addresses
and a key, as with real ones.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from crypto.keys.remote_messages import MessageKey
from crypto.sm.sm2 import Sm2PrivateKey
from idp.demo.delegations import CLAIMABLE, ENTERPRISES, Enterprise, facts_of
from idp.demo.instance import Instance, Memory, write_private
from idp.demo.personas import NEWCOMERS, PERSONAS
from idp.demo.processes import Server
from idp.keys.models import KeyPurpose
from idp.wiring import Services

METHODS: Final = ("population", "bank", "legal_persons")
CARD_NUMBER: Final = "6222000000000000018"
"""The bank card of everybody in the demo: what the bank asks for when a level is raised."""
GATEWAY: Final = "demo-phone"
ALGORITHM: Final = "SGD_SM3_SM2"


def environment(instance: Instance, memory: Memory) -> dict[str, str]:
    """The settings that point to them, added to those of the instance."""
    key = MessageKey(Sm2PrivateKey(bytes.fromhex(memory.register_key)))
    public_key = dict(key.handle.public_jwk)
    sources = {
        method: {"url": f"{instance.register}/{method}", "public_key": public_key} for method in METHODS
    }
    return {
        "YIHAO_REGISTRIES__SOURCES": json.dumps(sources),
        "YIHAO_SMS__GATEWAYS": json.dumps([{"name": GATEWAY, "url": f"{instance.phone}/send"}]),
    }


def write_files(instance: Instance, memory: Memory, services: Services) -> None:
    """Give them what they need: whom the registers know, its key, and the keys that we sign with."""
    known = [
        {
            "id_kind": one.id_kind,
            "id_number": one.id_number,
            "name": one.name,
            "mobile": one.mobile,
            "card_number": CARD_NUMBER,
        }
        for one in (*PERSONAS, *NEWCOMERS)
    ]
    write_private(_data(instance), {"persons": known, "organisations": registered()})
    signer = services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, ALGORITHM)
    write_private(_callers(instance), {"keys": [dict(signer.handle.public_jwk)]})
    _key(instance).write_text(memory.register_key, "ascii")


def servers(instance: Instance, inherited: Mapping[str, str]) -> list[Server]:
    """The two servers."""
    plain = instance.environment(inherited)
    callers = ("--callers", str(_callers(instance)))
    register = ("--data", str(_data(instance)), "--key", str(_key(instance)), *callers)
    return [
        _server("register", "adapters.registries.twin", instance.register, register, plain),
        _server("phone", "adapters.messages.twin", instance.phone, callers, plain),
    ]


def newcomers() -> list[dict[str, Any]]:
    """Who may register in the demo: the register knows them, the provider does not yet."""
    return [{"name": one.name, "id_number": one.id_number, "mobile": one.mobile} for one in NEWCOMERS]


def registered() -> list[dict[str, Any]]:
    """What the legal-person register says of the enterprises: of those that are here, and of the one to be claimed."""
    numbers = {one.name: (one.id_kind, one.id_number) for one in PERSONAS}
    return [_told(plan, *numbers[plan.representative]) for plan in (*ENTERPRISES, CLAIMABLE)]


def claimable() -> dict[str, Any]:
    """The enterprise that nobody has claimed yet, and who may."""
    return {
        "name": CLAIMABLE.name,
        "uscc": CLAIMABLE.uscc,
        "organisation_code": CLAIMABLE.uscc[8:17],
        "legal_representative": CLAIMABLE.representative,
    }


def _told(plan: Enterprise, id_kind: str, id_number: str) -> dict[str, Any]:
    facts = facts_of(plan, plan.representative, id_kind, id_number)
    told = {
        name: getattr(facts, name)
        for name in (
            *("uscc", "name", "authority", "region"),
            *("representative_name", "representative_kind", "representative_number"),
        )
    }
    old = [["organisation_code", plan.uscc[8:17]]] if plan is CLAIMABLE else []
    return {**told, "kind": facts.kind.value, "status": facts.status.value, "identifiers": old}


def _server(
    name: str, module: str, address: str, options: tuple[str, ...], environment: Mapping[str, str]
) -> Server:
    port = address.rpartition(":")[2]
    command = (sys.executable, "-m", module, "--port", port, *options)
    return Server(name, command, environment, f"{address}/health")


def _data(instance: Instance) -> Path:
    return instance.directory / "register.json"


def _callers(instance: Instance) -> Path:
    return instance.directory / "register-callers.json"


def _key(instance: Instance) -> Path:
    return instance.directory / "register.key"

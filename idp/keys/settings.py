"""Settings of keys: where the root key comes from, what keeps private keys, how long a key stays in each state."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from idp.settings import Section


class KeysSettings(Section):
    """Section `keys`."""

    root: Literal["file", "shares", "device"] = Field(
        "file",
        description="Where the root key comes from: the officers' `shares` through the key agent, a `device`, or a "
        "`file`; production refuses `file`.",
    )
    root_key_file: Path = Field(
        Path("var/root.key"),
        description="File with the root key (32 hexadecimal digits), readable by the service only.",
    )
    agent_socket: Path = Field(
        Path("var/agent/key.sock"),
        description="Socket of the key agent, which holds the root key once unsealed; its folder is the service's own (0700).",
    )
    provider: Literal["software", "pkcs11", "sdf", "remote"] = Field(
        "software", description="What keeps the private keys that are made from now on."
    )
    engine: Literal["auto", "botan", "openssl", "gmssl"] = Field(
        "auto",
        description="Library for SM2; `auto` takes the fastest one present. Production refuses `gmssl`.",
    )
    spread_seconds: int = Field(
        60,
        ge=30,
        description="Least time for which every process can open under a data key before one seals under it: far beyond "
        "the second within which they all learn of it.",
    )
    publish_seconds: int = Field(
        900,
        ge=600,
        description="Least time in the key set before a key signs: twice the time for which caches keep the set, or more.",
    )
    verify_seconds: int = Field(
        7200, ge=3600, description="Least time for which a key verifies after it stopped signing."
    )
    retire_seconds: int = Field(
        86400, ge=3600, description="Least time between the retirement of a key and its destruction."
    )
    rotate_days: dict[str, int] = Field(
        {
            "token": 90,
            "federation": 365,
            "audit_checkpoint": 365,
            "transport": 180,
            "evidence": 365,
            "registry": 365,
        },
        description="Days after which the active key of a purpose is replaced by schedule.",
    )

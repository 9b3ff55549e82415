"""Settings of the root key."""

from pathlib import Path

from pydantic import Field

from idp.settings import Section


class KeysSettings(Section):
    """Section `keys`."""

    root_key_file: Path = Field(
        Path("var/root.key"),
        description="File with the root key (32 hexadecimal digits), readable by the service only.",
    )

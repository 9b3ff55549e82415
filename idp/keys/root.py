"""The root key in software: a file that only the service may read."""

import os
from pathlib import Path

from crypto.keys.software import SoftwareKeys, is_known, new_root_key
from idp.errors import SettingsRefused
from idp.settings import Profile


def create_root_key(path: Path) -> None:
    """Write a new root key, readable by the owner only; an existing file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(new_root_key().hex() + "\n")


def open_root_key(path: Path, profile: Profile) -> SoftwareKeys:
    """The software key provider over the root key in `path`.

    Raises SettingsRefused when the file is missing, malformed, readable by others, or holds a key known from test vectors.
    """
    try:
        text = path.read_text("ascii").strip()
        mode = path.stat().st_mode
        root_key = bytes.fromhex(text)
    except (OSError, ValueError):
        raise SettingsRefused(
            "settings.refused", "root key unreadable", faults="keys.root_key_file: missing or malformed"
        ) from None
    if len(root_key) != 16:
        raise SettingsRefused(
            "settings.refused", "root key length", faults="keys.root_key_file: 32 hexadecimal digits"
        )
    if profile is Profile.PRODUCTION and (mode & 0o077 or is_known(root_key)):
        raise SettingsRefused(
            "settings.refused",
            "root key unsafe",
            faults="keys.root_key_file: readable by others, or a known key",
        )
    return SoftwareKeys(root_key)

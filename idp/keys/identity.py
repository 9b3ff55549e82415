"""The SM2 key by which a node and a key service know each other: a file that only the service may read."""

import os
from pathlib import Path
from typing import Final

from crypto.errors import KeyUnusable
from crypto.keys.remote_messages import MessageKey
from crypto.sm import sm2
from crypto.sm.sm2 import Sm2PrivateKey
from idp.errors import SettingsRefused

PUBLIC_DIGITS: Final = 128
"""Hexadecimal digits of a public key x‖y, as settings hold it."""


def create_identity(path: Path) -> None:
    """Write a new private key, readable by the owner only; an existing file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(sm2.engine().generate().hex() + "\n")


def open_identity(path: Path, setting: str) -> MessageKey:
    """The key in `path`, which `setting` names.

    Raises SettingsRefused when the file is missing, malformed, or readable by others.
    """
    try:
        mode = path.stat().st_mode
        private = Sm2PrivateKey(bytes.fromhex(path.read_text("ascii").strip()))
    except (OSError, ValueError, KeyUnusable):
        raise _refused(setting, "no file with an SM2 private key: run `yihao key-service identity`") from None
    if mode & 0o077:
        raise _refused(setting, "readable by others")
    return MessageKey(private)


def read_public(text: str, setting: str) -> bytes:
    """The public key x‖y of settings; raises SettingsRefused unless it is one."""
    try:
        raw = bytes.fromhex(text) if len(text) == PUBLIC_DIGITS else b""
        sm2.Sm2PublicKey(raw)
    except (ValueError, KeyUnusable):
        raise _refused(setting, "an SM2 public key has 128 hexadecimal digits") from None
    return raw


def _refused(setting: str, fault: str) -> SettingsRefused:
    return SettingsRefused("settings.refused", f"{setting}: {fault}", faults=f"{setting}: {fault}")

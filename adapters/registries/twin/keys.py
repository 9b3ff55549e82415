"""The twin's own SM2 key, in a file that the demo keeps; and a key of nobody, for answers that must be refused."""

import os
from pathlib import Path

from crypto.keys.remote_messages import MessageKey
from crypto.sm.sm2 import Sm2PrivateKey
from crypto.tokens import random_bytes


def signer_from(path: Path) -> MessageKey:
    """The key in a file of 64 hexadecimal digits, made where there is none yet, readable by its owner only."""
    if not path.exists():
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as file:
            file.write(_fresh().hex())
    return MessageKey(Sm2PrivateKey(bytes.fromhex(path.read_text("ascii").strip())))


def stranger() -> MessageKey:
    """A key that nobody trusts."""
    return MessageKey(Sm2PrivateKey(_fresh()))


def _fresh() -> bytes:
    """32 bytes in the range of a private key: the first byte keeps them below the order of the curve."""
    return b"\x01" + random_bytes(31)

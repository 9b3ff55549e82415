"""A SoftHSM2 of the tests' own: one folder of tokens in this process, moved away to take the tokens away.

SoftHSM2 reads SOFTHSM2_CONF when it is initialised, and one process has one instance of it. All tokens of a test
process therefore lie in one folder, which is made on first use; a token is looked up by its label.
"""

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

MODULES: Final = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
)
PIN: Final = "1234-user"
OFFICER_PIN: Final = "5678-officer"


def module() -> str:
    """The path of the library; fails with a sentence where it is not installed."""
    for path in MODULES:
        if path.exists() and shutil.which("softhsm2-util"):
            return str(path)
    raise AssertionError("SoftHSM2 is not installed: the PKCS#11 tests need the package softhsm2")


def init_token(label: str | None = None) -> str:
    """Make a token and give its label. A module that runs in this process sees it after its next start."""
    label = label or f"test {secrets.token_hex(6)}"
    command = ["softhsm2-util", "--init-token", "--free", "--label", label]
    command += ["--pin", PIN, "--so-pin", OFFICER_PIN]
    module()
    folder()
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return label


def token_folder(label: str) -> Path:
    """The folder in which SoftHSM2 keeps this token."""
    found = [
        path.parent for path in folder().glob("tokens/*/token.object") if label.encode() in path.read_bytes()
    ]
    assert len(found) == 1, f"SoftHSM2 keeps {len(found)} tokens of this label"
    return found[0]


@lru_cache(maxsize=1)
def folder() -> Path:
    """The folder of this process, with its configuration; it goes when the process ends."""
    made = Path(tempfile.mkdtemp(prefix="softhsm-"))
    owner = os.getpid()
    (made / "tokens").mkdir()
    lines = [f"directories.tokendir = {made}/tokens", "objectstore.backend = file", "log.level = ERROR"]
    (made / "softhsm2.conf").write_text("\n".join(lines) + "\n")
    os.environ["SOFTHSM2_CONF"] = str(made / "softhsm2.conf")
    atexit.register(lambda: shutil.rmtree(made, ignore_errors=True) if os.getpid() == owner else None)
    return made

"""Builds the test device of test_device.c and does to it what the vendor's tool and a technician would."""

import ctypes
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

from crypto.keys.sdf import SdfKeys
from crypto.keys.sdf_abi import SDR_COMMFAIL, Decryption
from crypto.sm import sm2
from crypto.tokens import random_bytes

SOURCE: Final = Path(__file__).with_name("test_device.c")
PASSWORD: Final = b"synthetic access password"
INDEXES: Final = range(1, 33)
KEK: Final = 1
_COMPILER: Final = ("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-pthread")
_LINKED: Final = ("-l:libcrypto.so.3", "-ldl")
_FORMS: Final[dict[Decryption, tuple[str, ...]]] = {
    "none": (),
    "short": ("-DDECRYPT_SHORT",),
    "long": ("-DDECRYPT_LONG",),
}
_HANDLES: Final = {"devices": 1, "sessions": 2, "keys": 3}


class SdfTestDevice:
    """One device in a folder of its own, with a KEK at index 1 and no key pairs yet."""

    def __init__(self, folder: Path, decryption: Decryption = "short", sessions: int = 8) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.decryption = decryption
        # A copy for each device: the library keeps its state beside itself, and one path is loaded once.
        self.library = folder / "libtestsdf.so"
        self.library.write_bytes(_build(decryption))
        self.set_password(PASSWORD)
        self.limit_sessions(sessions)
        self.make_kek(KEK)

    def open(self, **changes: object) -> SdfKeys:
        """A provider over this device; nobody else holds keys unless `is_taken` says so."""
        options: dict[str, object] = {
            "indexes": INDEXES,
            "kek": KEK,
            "password": PASSWORD,
            "is_taken": lambda _kid: False,
            "decryption": self.decryption,
        }
        return SdfKeys(self.library, **{**options, **changes})  # type: ignore[arg-type] # options by name

    def make_pairs(self, *indexes: int) -> None:
        """Make a signing and a decryption key pair at each index."""
        engine = sm2.engine()
        for index in indexes:
            for kind in ("sign", "enc"):
                d = engine.generate()
                self._pair(kind, index).write_bytes(d + engine.public_key(d))

    def destroy_pair(self, kind: str, index: int) -> None:
        """Destroy a key pair: `sign` or `enc`."""
        self._pair(kind, index).unlink()

    def destroy_key_of(self, public: bytes) -> None:
        """Destroy the key pair with this public key x‖y, as an officer does who is told its index."""
        for pair in self._folder.glob("*-*.key"):
            if pair.read_bytes()[32:] == public:
                pair.unlink()

    def make_kek(self, index: int) -> None:
        """Make a key encryption key at an index."""
        (self._folder / f"kek-{index}.key").write_bytes(random_bytes(16))

    def set_password(self, password: bytes) -> None:
        """Set what opens private keys from now on."""
        (self._folder / "password").write_bytes(password)

    def limit_sessions(self, number: int) -> None:
        """Allow so many sessions at once."""
        (self._folder / "sessions").write_text(str(number), "ascii")

    def say_of_missing_keys(self, code: int) -> None:
        """Answer with another code than the standard's where there is no key, as some vendors do."""
        (self._folder / "missing").write_text(f"{code:x}", "ascii")

    def unplug(self, code: int = SDR_COMMFAIL) -> None:
        """Let every call fail with a code."""
        (self._folder / "fault").write_text(f"{code:x}", "ascii")

    def plug(self) -> None:
        """Let it work again."""
        (self._folder / "fault").unlink()

    def wrong_passwords(self) -> int:
        """How often a wrong password was tried."""
        refused = self._folder / "refused"
        return len(refused.read_bytes()) if refused.exists() else 0

    def open_handles(self, kind: str) -> int:
        """How many `devices`, `sessions` or `keys` this process has open."""
        count: int = ctypes.CDLL(str(self.library)).TestDevice_CountHandles(_HANDLES[kind])
        return count

    def _pair(self, kind: str, index: int) -> Path:
        return self._folder / f"{kind}-{index}.key"


@lru_cache(maxsize=len(_FORMS))
def _build(decryption: Decryption) -> bytes:
    """The compiled library."""
    with tempfile.TemporaryDirectory(prefix="yihao-sdf-") as folder:
        library = Path(folder) / "libtestsdf.so"
        command = [*_COMPILER, *_FORMS[decryption], "-o", str(library), str(SOURCE), *_LINKED]
        done = subprocess.run(command, check=False, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return library.read_bytes()

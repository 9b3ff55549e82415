"""The few functions of libbotan's C interface that SM2 needs, called through ctypes: Botan 2.19 and 3.x.

Nothing here decides anything: ``botan.py`` does. The calls that calculate drop the interpreter lock, so that
threads sign side by side; an operation therefore belongs to one thread. The others keep it: waiting to get it
back from a busy thread would take longer than they do.
"""

import ctypes
import ctypes.util
import os
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from typing import Final

from crypto.errors import EngineUnavailable
from crypto.sm import curve

# Newest first: Botan 3 signs about twice as fast.
_LIBRARIES: Final = ("botan-3", "botan-2")
_MIN_VERSION: Final = (2, 19)
_CURVE: Final = b"sm2p256v1"

# Botan reads "<identity>,<hash>"; the hash "Raw" makes it take e = SM3(Z‖M) as it is. "Raw" without the comma
# would be an identity.
_RAW_DIGEST: Final = b",Raw"
_PADDINGS: Final = {"sign": _RAW_DIGEST, "verify": _RAW_DIGEST, "encrypt": b"SM3", "decrypt": b"SM3"}

# Botan's pool of locked memory is guarded by a mutex that a fork copies as it stands: measured, 9 of 150
# children forked beside two busy threads waited for ever. Without the pool it takes memory from the C library,
# whose own lock survives a fork. Memory is wiped on release in both cases.
_POOL_SIZE: Final = "BOTAN_MLOCK_POOL_SIZE"

_CALCULATING: Final = frozenset(
    {
        "botan_privkey_load_sm2",
        "botan_pk_op_sign_finish",
        "botan_pk_op_verify_create",
        "botan_pk_op_verify_finish",
        "botan_pk_op_encrypt",
        "botan_pk_op_decrypt",
    }
)

_OUT: Final = POINTER(c_void_p)
_SIZE: Final = POINTER(c_size_t)
_SIGNATURES: Final[dict[str, tuple[object, tuple[object, ...]]]] = {
    "botan_version_major": (c_uint32, ()),
    "botan_version_minor": (c_uint32, ()),
    "botan_version_patch": (c_uint32, ()),
    "botan_rng_init": (c_int, (_OUT, c_char_p)),
    "botan_rng_destroy": (c_int, (c_void_p,)),
    "botan_mp_init": (c_int, (_OUT,)),
    "botan_mp_destroy": (c_int, (c_void_p,)),
    "botan_mp_from_bin": (c_int, (c_void_p, c_char_p, c_size_t)),
    "botan_mp_to_bin": (c_int, (c_void_p, c_char_p)),
    "botan_mp_num_bytes": (c_int, (c_void_p, _SIZE)),
    "botan_privkey_load_sm2": (c_int, (_OUT, c_void_p, c_char_p)),
    "botan_privkey_destroy": (c_int, (c_void_p,)),
    "botan_privkey_export_pubkey": (c_int, (_OUT, c_void_p)),
    "botan_pubkey_load_sm2": (c_int, (_OUT, c_void_p, c_void_p, c_char_p)),
    "botan_pubkey_destroy": (c_int, (c_void_p,)),
    "botan_pubkey_get_field": (c_int, (c_void_p, c_void_p, c_char_p)),
    "botan_pk_op_sign_create": (c_int, (_OUT, c_void_p, c_char_p, c_uint32)),
    "botan_pk_op_sign_destroy": (c_int, (c_void_p,)),
    "botan_pk_op_sign_update": (c_int, (c_void_p, c_char_p, c_size_t)),
    "botan_pk_op_sign_finish": (c_int, (c_void_p, c_void_p, c_char_p, _SIZE)),
    "botan_pk_op_verify_create": (c_int, (_OUT, c_void_p, c_char_p, c_uint32)),
    "botan_pk_op_verify_destroy": (c_int, (c_void_p,)),
    "botan_pk_op_verify_update": (c_int, (c_void_p, c_char_p, c_size_t)),
    "botan_pk_op_verify_finish": (c_int, (c_void_p, c_char_p, c_size_t)),
    "botan_pk_op_encrypt_create": (c_int, (_OUT, c_void_p, c_char_p, c_uint32)),
    "botan_pk_op_encrypt_destroy": (c_int, (c_void_p,)),
    "botan_pk_op_encrypt": (c_int, (c_void_p, c_void_p, c_char_p, _SIZE, c_char_p, c_size_t)),
    "botan_pk_op_decrypt_create": (c_int, (_OUT, c_void_p, c_char_p, c_uint32)),
    "botan_pk_op_decrypt_destroy": (c_int, (c_void_p,)),
    "botan_pk_op_decrypt": (c_int, (c_void_p, c_char_p, _SIZE, c_char_p, c_size_t)),
}


def load() -> ctypes.CDLL:
    """Load libbotan 2.19 or later.

    Raises EngineUnavailable when it is missing, older, or was built without SM2.
    """
    path = next((path for path in map(ctypes.util.find_library, _LIBRARIES) if path), None)
    if path is None:
        raise EngineUnavailable("libbotan was not found on this machine: install Botan 2.19 or later")
    try:
        lib = _open(path)
    except (OSError, AttributeError):
        raise EngineUnavailable("libbotan does not load or is older than Botan 2.19") from None
    if (lib.botan_version_major(), lib.botan_version_minor()) < _MIN_VERSION:
        raise EngineUnavailable("libbotan is older than Botan 2.19")
    try:
        private_key(lib, (1).to_bytes(curve.SCALAR_SIZE, "big"))
    except EngineUnavailable:
        raise EngineUnavailable("libbotan on this machine was built without SM2") from None
    return lib


def version(lib: ctypes.CDLL) -> str:
    """Give the library's name and version, like ``Botan 2.19.3``."""
    return f"Botan {lib.botan_version_major()}.{lib.botan_version_minor()}.{lib.botan_version_patch()}"


class Thing:
    """One object of libbotan, destroyed with this one.

    An operation belongs to the thread that made it, and everything to the process that made it.
    """

    __slots__ = ("_destroy", "_keeps", "_pid", "handle")

    def __init__(
        self, lib: ctypes.CDLL, kind: str, maker: str, *arguments: object, keeps: tuple["Thing", ...] = ()
    ) -> None:
        """Call the maker; ``keeps`` are the objects that the new one may look into as long as it lives."""
        self._pid = os.getpid()
        self._destroy = getattr(lib, f"botan_{kind}_destroy")
        self._keeps = keeps
        self.handle = c_void_p()
        if getattr(lib, f"botan_{maker}")(byref(self.handle), *arguments) != 0:
            self.handle = c_void_p()
            raise EngineUnavailable(f"libbotan refuses {maker}")

    def __del__(self, getpid: Callable[[], int] = os.getpid) -> None:
        # A child of fork leaves the parent's copies alone: another thread may have been inside them. The function is
        # bound here because the module's names are gone when the interpreter ends.
        if self.handle and self._pid == getpid():
            self._destroy(self.handle)


def system_rng(lib: ctypes.CDLL) -> Thing:
    """Give the operating system's generator, which has no state that a fork could copy."""
    return Thing(lib, "rng", "rng_init", b"system")


def private_key(lib: ctypes.CDLL, d: bytes) -> Thing:
    """Load a private key that was checked."""
    number = _number(lib, d)
    return Thing(lib, "privkey", "privkey_load_sm2", number.handle, _CURVE)


def public_key(lib: ctypes.CDLL, public: bytes) -> Thing:
    """Load a public key that was checked."""
    x, y = _number(lib, public[: curve.SCALAR_SIZE]), _number(lib, public[curve.SCALAR_SIZE :])
    return Thing(lib, "pubkey", "pubkey_load_sm2", x.handle, y.handle, _CURVE)


def public_of(lib: ctypes.CDLL, private: Thing) -> bytes:
    """Give the public key of a private one as 64 bytes x‖y."""
    public = Thing(lib, "pubkey", "privkey_export_pubkey", private.handle)
    return b"".join(_field(lib, public, name) for name in (b"public_x", b"public_y"))


def operation(lib: ctypes.CDLL, name: str, key: Thing) -> Thing:
    """Prepare ``sign``, ``verify``, ``encrypt`` or ``decrypt`` with a key."""
    kind = f"pk_op_{name}"
    return Thing(lib, kind, f"{kind}_create", key.handle, _PADDINGS[name], 0, keeps=(key,))


def _open(path: str) -> ctypes.CDLL:
    before = os.environ.get(_POOL_SIZE)
    os.environ[_POOL_SIZE] = "0"
    try:
        lib, keeping_lock = ctypes.CDLL(path), ctypes.PyDLL(path)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(lib if name in _CALCULATING else keeping_lock, name)
            function.restype = result
            function.argtypes = arguments
            setattr(lib, name, function)
        _number(lib, b"\x01")
    finally:
        if before is None:
            del os.environ[_POOL_SIZE]
        else:
            os.environ[_POOL_SIZE] = before
    return lib


def _number(lib: ctypes.CDLL, big_endian: bytes) -> Thing:
    number = Thing(lib, "mp", "mp_init")
    if lib.botan_mp_from_bin(number.handle, big_endian, len(big_endian)) != 0:
        raise EngineUnavailable("libbotan refuses a number")
    return number


def _field(lib: ctypes.CDLL, public: Thing, name: bytes) -> bytes:
    number = _number(lib, b"\x00")
    size = c_size_t()
    out = ctypes.create_string_buffer(curve.SCALAR_SIZE)
    if (
        lib.botan_pubkey_get_field(number.handle, public.handle, name) != 0
        or lib.botan_mp_num_bytes(number.handle, byref(size)) != 0
        or size.value > len(out)
        or lib.botan_mp_to_bin(number.handle, out) != 0
    ):
        raise EngineUnavailable("libbotan does not show a public key")
    return out.raw[: size.value].rjust(curve.SCALAR_SIZE, b"\x00")

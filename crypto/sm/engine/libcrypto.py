"""The few functions of libcrypto 3.x that SM2 needs, called through ctypes.

Nothing here decides anything: ``openssl.py`` does. ctypes drops the interpreter lock during each call, so
threads sign side by side; an EVP context therefore belongs to one thread.
"""

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_ulong, c_void_p
from typing import Final

from crypto.errors import EngineUnavailable

_MIN_VERSION = 0x30000000
_KEYPAIR: Final = 0x87
_PUBLIC_KEY: Final = 0x86
_PARAM_UNSIGNED = 2
_PARAM_UTF8 = 4
_PARAM_OCTETS = 5
_SCALAR_SIZE = 32


class _Param(ctypes.Structure):
    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


_SIGNATURES: Final[dict[str, tuple[object, tuple[object, ...]]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "OpenSSL_version": (c_char_p, (c_int,)),
    "ERR_clear_error": (None, ()),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new_from_pkey": (c_void_p, (c_void_p, c_void_p, c_char_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_fromdata_init": (c_int, (c_void_p,)),
    "EVP_PKEY_fromdata": (c_int, (c_void_p, POINTER(c_void_p), c_int, POINTER(_Param))),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_sign_init": (c_int, (c_void_p,)),
    "EVP_PKEY_sign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_PKEY_verify_init": (c_int, (c_void_p,)),
    "EVP_PKEY_verify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_PKEY_encrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_encrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_PKEY_decrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_decrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "OBJ_txt2nid": (c_int, (c_char_p,)),
    "EC_GROUP_new_by_curve_name": (c_void_p, (c_int,)),
    "EC_GROUP_free": (None, (c_void_p,)),
    "EC_POINT_new": (c_void_p, (c_void_p,)),
    "EC_POINT_clear_free": (None, (c_void_p,)),
    "EC_POINT_mul": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EC_POINT_add": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EC_POINT_is_at_infinity": (c_int, (c_void_p, c_void_p)),
    "EC_POINT_oct2point": (c_int, (c_void_p, c_void_p, c_char_p, c_size_t, c_void_p)),
    "EC_POINT_point2oct": (c_size_t, (c_void_p, c_void_p, c_int, c_char_p, c_size_t, c_void_p)),
    "BN_bin2bn": (c_void_p, (c_char_p, c_int, c_void_p)),
    "BN_clear_free": (None, (c_void_p,)),
}


def load() -> ctypes.CDLL:
    """Load libcrypto 3.0 or later.

    Raises EngineUnavailable when it is missing, older, or was built without SM2.
    """
    path = ctypes.util.find_library("crypto")
    if path is None:
        raise EngineUnavailable("libcrypto was not found on this machine: install OpenSSL 3.0 or later")
    try:
        lib = ctypes.CDLL(path)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(lib, name)
            function.restype = result
            function.argtypes = arguments
    except (OSError, AttributeError):
        raise EngineUnavailable("libcrypto does not load or is older than OpenSSL 3.0") from None
    if lib.OpenSSL_version_num() < _MIN_VERSION:
        raise EngineUnavailable("libcrypto is older than OpenSSL 3.0")
    context = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if not context:
        lib.ERR_clear_error()
        raise EngineUnavailable("libcrypto on this machine was built without SM2")
    lib.EVP_PKEY_CTX_free(context)
    return lib


class Context:
    """An EVP context over one key, ready for one kind of operation; freed with the object.

    It belongs to the thread that made it and to the process that made it.
    """

    __slots__ = ("_lib", "_pid", "_pkey", "handle")

    def __init__(self, lib: ctypes.CDLL, operation: str, public: bytes, d: bytes | None = None) -> None:
        """Load x‖y, and d where needed, for ``sign``, ``verify``, ``encrypt`` or ``decrypt``."""
        self._lib = lib
        self._pid = os.getpid()
        self.handle: int | None = None
        self._pkey = _load_key(lib, public, d)
        self.handle = lib.EVP_PKEY_CTX_new_from_pkey(None, self._pkey, None)
        if not self.handle or getattr(lib, f"EVP_PKEY_{operation}_init")(self.handle) != 1:
            lib.ERR_clear_error()
            raise EngineUnavailable(f"libcrypto refuses to {operation} with SM2")

    def __del__(self, getpid: Callable[[], int] = os.getpid) -> None:
        # A child of fork leaves the parent's copies alone: another thread may have been inside them.
        if getattr(self, "_pkey", None) and self._pid == getpid():
            self._lib.EVP_PKEY_CTX_free(self.handle)
            self._lib.EVP_PKEY_free(self._pkey)


def _load_key(lib: ctypes.CDLL, public: bytes, d: bytes | None) -> int:
    group = ctypes.create_string_buffer(b"SM2")
    point = ctypes.create_string_buffer(b"\x04" + public, 65)
    scalar = ctypes.create_string_buffer(_SCALAR_SIZE)
    params = [
        _Param(b"group", _PARAM_UTF8, ctypes.addressof(group), 3, 0),
        _Param(b"pub", _PARAM_OCTETS, ctypes.addressof(point), 65, 0),
    ]
    if d is not None:
        scalar.raw = d if sys.byteorder == "big" else d[::-1]
        params.append(_Param(b"priv", _PARAM_UNSIGNED, ctypes.addressof(scalar), _SCALAR_SIZE, 0))
    params.append(_Param(None, 0, None, 0, 0))
    array = (_Param * len(params))(*params)
    pkey = c_void_p()
    context = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    try:
        lib.EVP_PKEY_fromdata_init(context)
        selection = _PUBLIC_KEY if d is None else _KEYPAIR
        done = lib.EVP_PKEY_fromdata(context, byref(pkey), selection, array) == 1
    finally:
        lib.EVP_PKEY_CTX_free(context)
        ctypes.memset(scalar, 0, _SCALAR_SIZE)
    if not done or pkey.value is None:
        lib.ERR_clear_error()
        raise EngineUnavailable("libcrypto refuses an SM2 key that is on the curve")
    return pkey.value

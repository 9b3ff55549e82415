"""The device interface of GM/T 0018 (SDF) as a C library offers it: structures, functions, error codes.

Nothing here decides anything: ``sdf_device.py`` does. Numbers stand right-aligned in fields of 64 bytes
(ECCref_MAX_BITS 512); every field is 1 or 4 bytes wide at a multiple of its width, so packed and plain structures are
the same bytes. ctypes drops the interpreter lock during each call.
"""

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_ubyte, c_uint32, c_void_p
from pathlib import Path
from typing import Final, Literal

from crypto.errors import EngineUnavailable

ECC_FIELD: Final = 64
"""Bytes of one number in a structure (ECCref_MAX_LEN)."""

SGD_SM4_ECB: Final = 0x00000401
SGD_SM4_CBC: Final = 0x00000402
SGD_SM4_MAC: Final = 0x00000410
SGD_SM2_1: Final = 0x00020200
SGD_SM2_3: Final = 0x00020800

SDR_OK: Final = 0
SDR_COMMFAIL: Final = 0x01000003
SDR_HARDFAIL: Final = 0x01000004
SDR_OPENDEVICE: Final = 0x01000005
SDR_OPENSESSION: Final = 0x01000006
SDR_PARDENY: Final = 0x01000007
SDR_KEYNOTEXIST: Final = 0x01000008

_SDR_BASE = 0x01000000
_NAMES: Final = (
    "SDR_BASE",
    "SDR_UNKNOWERR",
    "SDR_NOTSUPPORT",
    "SDR_COMMFAIL",
    "SDR_HARDFAIL",
    "SDR_OPENDEVICE",
    "SDR_OPENSESSION",
    "SDR_PARDENY",
    "SDR_KEYNOTEXIST",
    "SDR_ALGNOTSUPPORT",
    "SDR_ALGMODNOTSUPPORT",
    "SDR_PKOPERR",
    "SDR_SKOPERR",
    "SDR_SIGNERR",
    "SDR_VERIFYERR",
    "SDR_SYMOPERR",
    "SDR_STEPERR",
    "SDR_FILESIZEERR",
    "SDR_FILENOEXIST",
    "SDR_FILEOFSERR",
    "SDR_KEYTYPEERR",
    "SDR_KEYERR",
    "SDR_ENCDATAERR",
    "SDR_RANDERR",
    "SDR_PRKRERR",
    "SDR_MACERR",
    "SDR_FILEEXISTS",
    "SDR_FILEWERR",
    "SDR_NOBUFFER",
    "SDR_INARGERR",
    "SDR_OUTARGERR",
)

Decryption = Literal["none", "short", "long"]
"""How the vendor declares SDF_InternalDecrypt_ECC.

``short`` is (session, index, cipher, data, length); ``long`` has the algorithm after the index; ``none`` means that it
is missing or not to be used. Both forms are about, and calling one as the other ends the process: so it is said by who
has the vendor's header at hand, never guessed.
"""


class DeviceInfo(ctypes.Structure):
    """DEVICEINFO (GM/T 0018 §5)."""

    _fields_ = (
        ("IssuerName", c_ubyte * 40),
        ("DeviceName", c_ubyte * 16),
        ("DeviceSerial", c_ubyte * 16),
        ("DeviceVersion", c_uint32),
        ("StandardVersion", c_uint32),
        ("AsymAlgAbility", c_uint32 * 2),
        ("SymAlgAbility", c_uint32),
        ("HashAlgAbility", c_uint32),
        ("BufferSize", c_uint32),
    )


class EccPublicKey(ctypes.Structure):
    """ECCrefPublicKey."""

    _fields_ = (("bits", c_uint32), ("x", c_ubyte * ECC_FIELD), ("y", c_ubyte * ECC_FIELD))


class EccSignature(ctypes.Structure):
    """ECCSignature."""

    _fields_ = (("r", c_ubyte * ECC_FIELD), ("s", c_ubyte * ECC_FIELD))


class EccCipherHead(ctypes.Structure):
    """ECCCipher up to its last member, C, whose L bytes follow."""

    _fields_ = (
        ("x", c_ubyte * ECC_FIELD),
        ("y", c_ubyte * ECC_FIELD),
        ("M", c_ubyte * 32),
        ("L", c_uint32),
    )


_HANDLE = c_void_p
_OUT_HANDLE = POINTER(c_void_p)
_LENGTH = POINTER(c_uint32)

_FUNCTIONS: Final[dict[str, tuple[object, ...]]] = {
    "SDF_OpenDevice": (_OUT_HANDLE,),
    "SDF_CloseDevice": (_HANDLE,),
    "SDF_OpenSession": (_HANDLE, _OUT_HANDLE),
    "SDF_CloseSession": (_HANDLE,),
    "SDF_GetDeviceInfo": (_HANDLE, POINTER(DeviceInfo)),
    "SDF_GenerateRandom": (_HANDLE, c_uint32, c_char_p),
    "SDF_GetPrivateKeyAccessRight": (_HANDLE, c_uint32, c_char_p, c_uint32),
    "SDF_ReleasePrivateKeyAccessRight": (_HANDLE, c_uint32),
    "SDF_ExportSignPublicKey_ECC": (_HANDLE, c_uint32, POINTER(EccPublicKey)),
    "SDF_ExportEncPublicKey_ECC": (_HANDLE, c_uint32, POINTER(EccPublicKey)),
    "SDF_InternalSign_ECC": (_HANDLE, c_uint32, c_char_p, c_uint32, POINTER(EccSignature)),
    "SDF_ExternalVerify_ECC": (
        _HANDLE,
        c_uint32,
        POINTER(EccPublicKey),
        c_char_p,
        c_uint32,
        POINTER(EccSignature),
    ),
    "SDF_GenerateKeyWithKEK": (_HANDLE, c_uint32, c_uint32, c_uint32, c_char_p, _LENGTH, _OUT_HANDLE),
    "SDF_ImportKeyWithKEK": (_HANDLE, c_uint32, c_uint32, c_char_p, c_uint32, _OUT_HANDLE),
    "SDF_DestroyKey": (_HANDLE, _HANDLE),
    "SDF_Encrypt": (_HANDLE, _HANDLE, c_uint32, c_char_p, c_char_p, c_uint32, c_char_p, _LENGTH),
    "SDF_Decrypt": (_HANDLE, _HANDLE, c_uint32, c_char_p, c_char_p, c_uint32, c_char_p, _LENGTH),
    "SDF_CalculateMAC": (_HANDLE, _HANDLE, c_uint32, c_char_p, c_char_p, c_uint32, c_char_p, _LENGTH),
}
_DECRYPT = "SDF_InternalDecrypt_ECC"
_DECRYPT_FORMS: Final[dict[Decryption, tuple[object, ...]]] = {
    "short": (_HANDLE, c_uint32, c_void_p, c_char_p, _LENGTH),
    "long": (_HANDLE, c_uint32, c_uint32, c_void_p, c_char_p, _LENGTH),
}


class Library:
    """A vendor's library, its functions declared. Safe to share between threads; sessions are not."""

    __slots__ = ("_functions", "decryption")

    def __init__(self, path: Path, decryption: Decryption) -> None:
        """Load the library; raises EngineUnavailable when it does not load or lacks a function that is needed."""
        wanted = dict(_FUNCTIONS)
        if decryption != "none":
            wanted[_DECRYPT] = _DECRYPT_FORMS[decryption]
        try:
            loaded = ctypes.CDLL(str(path))
        except OSError:
            raise EngineUnavailable("the SDF library does not load on this machine") from None
        self._functions = {}
        for name, arguments in wanted.items():
            function = getattr(loaded, name, None)
            if function is None:
                raise EngineUnavailable(f"the SDF library has no {name}")
            function.restype, function.argtypes = c_int, arguments
            self._functions[name] = function
        self.decryption = decryption

    def call(self, name: str, *arguments: object) -> int:
        """Call one function and give its code, 0 for success."""
        code: int = self._functions[name](*arguments)
        return code & 0xFFFFFFFF


def name_of(code: int) -> str:
    """Give the name of an error code, as the standard has it; a vendor's own code as a number."""
    place = code - _SDR_BASE
    return _NAMES[place] if 0 < place < len(_NAMES) else f"0x{code:08X}"


def wipe(buffer: "ctypes.Array[ctypes.c_char]") -> None:
    """Overwrite a buffer of ours with zeros."""
    ctypes.memset(buffer, 0, len(buffer))

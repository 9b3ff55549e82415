"""What an SDF device does, one call each, with its codes turned into the errors of this package (GM/T 0018 §6)."""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_uint32, c_void_p, create_string_buffer
from typing import Final, Literal

from crypto.errors import CryptoError, DeviceUnavailable, KeyUnusable, SealError
from crypto.keys import sdf_abi as abi
from crypto.keys.sdf_sessions import Session, Sessions
from crypto.sm import curve

KeyKind = Literal["sign", "enc"]
"""An index has two key pairs: one signs, one decrypts."""

BLOCK: Final = 16
SESSION_KEY_BITS: Final = 128
MAX_CIPHER: Final = 1024
MAC_SIZE: Final = 16

_NUMBER = 32
_PADDING = bytes(abi.ECC_FIELD - _NUMBER)
_RANDOM_AT_ONCE = 1024
_MAX_WRAPPED_KEY = 512
_OLD_CIPHER = 136
"""C of ECCCipher in headers that give it a fixed size: a library may copy as much."""
_ZERO_IV = bytes(BLOCK)

_EXPORTS: Final[dict[KeyKind, str]] = {
    "sign": "SDF_ExportSignPublicKey_ECC",
    "enc": "SDF_ExportEncPublicKey_ECC",
}
_GONE: Final = frozenset({abi.SDR_COMMFAIL, abi.SDR_HARDFAIL, abi.SDR_OPENDEVICE, abi.SDR_OPENSESSION})


class SdfDevice:
    """A device behind its vendor's library. Safe to share between threads and to carry over a fork."""

    __slots__ = ("_library", "_make_sessions", "_password", "_refused", "_sessions")

    def __init__(
        self, library: abi.Library, password: bytes, make_sessions: Callable[[abi.Library], Sessions]
    ) -> None:
        """``password`` opens the private keys; ``make_sessions`` makes the sessions of one process."""
        self._library = library
        self._password = password
        self._make_sessions = make_sessions
        self._sessions: dict[int, Sessions] = {}
        self._refused: set[int] = set()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of this process for this thread; raises DeviceUnavailable."""
        process = os.getpid()
        sessions = self._sessions.get(process)
        if sessions is None:
            # One store in a dict is one step: of two threads that race, both get the first one's.
            sessions = self._sessions.setdefault(process, self._make_sessions(self._library))
        with sessions.use() as session:
            yield session

    def close(self) -> None:
        """Give back this process's sessions and its device."""
        sessions = self._sessions.pop(os.getpid(), None)
        if sessions is not None:
            sessions.close()

    def check(self, session: Session) -> None:
        """Ask for the device's information; raises DeviceUnavailable unless it answers."""
        code = self._library.call("SDF_GetDeviceInfo", session.handle, byref(abi.DeviceInfo()))
        if code != abi.SDR_OK:
            raise DeviceUnavailable(f"SDF_GetDeviceInfo: {abi.name_of(code)}")

    def random(self, session: Session, n: int) -> bytes:
        """Give n bytes of the device's generator."""
        parts = []
        for start in range(0, n, _RANDOM_AT_ONCE):
            size = min(_RANDOM_AT_ONCE, n - start)
            buffer = create_string_buffer(size)
            self._call(session, "SDF_GenerateRandom", size, buffer)
            parts.append(_taken(buffer, size))
        return b"".join(parts)

    def find_public_key(self, session: Session, kind: KeyKind, index: int) -> bytes | None:
        """Give the public key x‖y at an index, None where there is none.

        Raises KeyUnusable when it is not a point of the SM2 curve written as the standard has it.
        """
        key = abi.EccPublicKey()
        code = self._library.call(_EXPORTS[kind], session.handle, index, byref(key))
        if code == abi.SDR_KEYNOTEXIST:
            return None
        self._accept(session, _EXPORTS[kind], code, KeyUnusable)
        public = _number(bytes(key.x)) + _number(bytes(key.y))
        curve.check_public(public)
        return public

    def sign(self, session: Session, index: int, digest: bytes) -> bytes:
        """Sign e, 32 bytes, and give r‖s."""
        self._grant(session, index)
        signature = abi.EccSignature()
        self._call_key(session, index, "SDF_InternalSign_ECC", index, digest, len(digest), byref(signature))
        return _number(bytes(signature.r)) + _number(bytes(signature.s))

    def verify(self, session: Session, public: bytes, digest: bytes, rs: bytes) -> None:
        """Let the device verify r‖s over e; raises KeyUnusable when it does not."""
        key = abi.EccPublicKey(256, _field(public[:_NUMBER]), _field(public[_NUMBER:]))
        signature = abi.EccSignature(_field(rs[:_NUMBER]), _field(rs[_NUMBER:]))
        arguments = (byref(key), digest, len(digest), byref(signature))
        self._call(session, "SDF_ExternalVerify_ECC", abi.SGD_SM2_1, *arguments)

    def decrypt(self, session: Session, index: int, ciphertext: bytes) -> bytes:
        """Open 04‖x‖y‖C3‖C2, already known to be well-formed; raises SealError when it is altered."""
        c2 = ciphertext[1 + 3 * _NUMBER :]
        if len(c2) > MAX_CIPHER:
            raise SealError("an SM2 ciphertext is too long for the device")
        self._grant(session, index)
        cipher = _cipher(ciphertext, c2)
        size = max(len(c2), _OLD_CIPHER) + BLOCK
        plain, length = create_string_buffer(size), c_uint32(size)
        algorithm = (abi.SGD_SM2_3,) if self._library.decryption == "long" else ()
        arguments = (index, *algorithm, cipher, plain, byref(length))
        try:
            self._call_key(session, index, "SDF_InternalDecrypt_ECC", *arguments, otherwise=SealError)
            return _taken(plain, length.value)
        finally:
            abi.wipe(plain)

    @contextmanager
    def new_session_key(self, session: Session, kek: int) -> Iterator[tuple[c_void_p, bytes]]:
        """A fresh SM4 key inside the device while the block lasts, and its form under the key encryption key."""
        handle, wrapped = c_void_p(), create_string_buffer(_MAX_WRAPPED_KEY)
        length = c_uint32(_MAX_WRAPPED_KEY)
        arguments = (SESSION_KEY_BITS, abi.SGD_SM4_ECB, kek, wrapped, byref(length), byref(handle))
        self._call(session, "SDF_GenerateKeyWithKEK", *arguments)
        try:
            yield handle, wrapped.raw[: length.value]
        finally:
            self._library.call("SDF_DestroyKey", session.handle, handle)

    @contextmanager
    def session_key(self, session: Session, kek: int, wrapped: bytes) -> Iterator[c_void_p]:
        """A wrapped SM4 key inside the device while the block lasts; raises SealError when it is refused."""
        handle = c_void_p()
        arguments = (abi.SGD_SM4_ECB, kek, wrapped, len(wrapped), byref(handle))
        self._call(session, "SDF_ImportKeyWithKEK", *arguments, otherwise=SealError)
        try:
            yield handle
        finally:
            self._library.call("SDF_DestroyKey", session.handle, handle)

    def cbc(
        self,
        session: Session,
        way: Literal["SDF_Encrypt", "SDF_Decrypt"],
        key: c_void_p,
        iv: bytes,
        data: bytes,
    ) -> bytes:
        """Encrypt or decrypt whole blocks by SM4-CBC."""
        out, length = create_string_buffer(len(data) + BLOCK), c_uint32(len(data) + BLOCK)
        chain = create_string_buffer(iv, BLOCK)  # the device writes the next one here
        arguments = (key, abi.SGD_SM4_CBC, chain, data, len(data), out, byref(length))
        try:
            self._call(session, way, *arguments, otherwise=SealError)
            if length.value != len(data):
                raise KeyUnusable("the SDF device pads what it was given in whole blocks")
            return _taken(out, length.value)
        finally:
            abi.wipe(out)

    def mac(self, session: Session, key: c_void_p, data: bytes) -> bytes:
        """Give the SM4-CBC-MAC of whole blocks, 16 bytes; data of one length only may go under one key."""
        tag, length = create_string_buffer(2 * MAC_SIZE), c_uint32(2 * MAC_SIZE)
        chain = create_string_buffer(_ZERO_IV, BLOCK)
        arguments = (key, abi.SGD_SM4_MAC, chain, data, len(data), tag, byref(length))
        self._call(session, "SDF_CalculateMAC", *arguments)
        if length.value != MAC_SIZE:
            raise KeyUnusable("the SDF device shortens its SM4-MAC")
        return tag.raw[:MAC_SIZE]

    def _grant(self, session: Session, index: int) -> None:
        """Open a private key for this session.

        A refused password is never sent again in this process: devices lock after a few.
        """
        if index in session.granted:
            return
        if index in self._refused:
            raise KeyUnusable(f"the access password of SDF key {index} was refused before")
        name = "SDF_GetPrivateKeyAccessRight"
        code = self._library.call(name, session.handle, index, self._password, len(self._password))
        try:
            self._accept(session, name, code, KeyUnusable)
        except KeyUnusable:
            if code != abi.SDR_KEYNOTEXIST:
                self._refused.add(index)
            raise
        session.granted.add(index)

    def _call_key(
        self,
        session: Session,
        index: int,
        name: str,
        *arguments: object,
        otherwise: type[CryptoError] = KeyUnusable,
    ) -> None:
        code = self._library.call(name, session.handle, *arguments)
        if code == abi.SDR_PARDENY:
            session.granted.discard(index)
        self._accept(session, name, code, otherwise)

    def _call(
        self, session: Session, name: str, *arguments: object, otherwise: type[CryptoError] = KeyUnusable
    ) -> None:
        self._accept(session, name, self._library.call(name, session.handle, *arguments), otherwise)

    def _accept(self, session: Session, name: str, code: int, otherwise: type[CryptoError]) -> None:
        """Raise for any code but success.

        Vendors' own codes say nothing to us: when the device still answers, what was asked of it was at fault, so that
        a stranger's bad ciphertext never counts as a broken device.
        """
        if code == abi.SDR_OK:
            return
        message = f"{name}: {abi.name_of(code)}"
        if code in _GONE:
            raise DeviceUnavailable(message)
        self.check(session)
        denied = code in {abi.SDR_PARDENY, abi.SDR_KEYNOTEXIST}
        raise (KeyUnusable if denied else otherwise)(message)


def _field(number: bytes) -> "ctypes.Array[ctypes.c_ubyte]":
    return (ctypes.c_ubyte * abi.ECC_FIELD).from_buffer_copy(_PADDING + number)


def _number(field: bytes) -> bytes:
    if field[: abi.ECC_FIELD - _NUMBER] != _PADDING:
        raise KeyUnusable("the SDF device writes numbers in another form than GM/T 0018")
    return field[abi.ECC_FIELD - _NUMBER :]


def _cipher(ciphertext: bytes, c2: bytes) -> "ctypes.Array[ctypes.c_char]":
    """ECCCipher of 04‖x‖y‖C3‖C2."""
    x, y, c3 = (ciphertext[1 + start : 1 + start + _NUMBER] for start in (0, _NUMBER, 2 * _NUMBER))
    head = abi.EccCipherHead(_field(x), _field(y), (ctypes.c_ubyte * _NUMBER).from_buffer_copy(c3), len(c2))
    size = ctypes.sizeof(head) + max(len(c2), _OLD_CIPHER)
    return create_string_buffer(bytes(head) + c2, size)


def _taken(buffer: "ctypes.Array[ctypes.c_char]", size: int) -> bytes:
    """What the device wrote; the buffer is zeros afterwards."""
    if size > len(buffer):
        raise KeyUnusable("the SDF device reports more bytes than there was room for")
    taken = buffer.raw[:size]
    abi.wipe(buffer)
    return taken

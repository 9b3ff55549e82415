"""SM2 by libbotan 2.19 or 3.x.

The digest e = SM3(Z‖M) is computed here with the identity always given, and Botan signs or verifies e itself.
Nonces come from the operating system with every call: nothing is kept that a fork could copy. Botan's C
interface adds no points, so the point of key agreement is asked of libcrypto.
"""

import ctypes
import hashlib
from ctypes import byref, c_size_t
from functools import cached_property

from crypto.errors import EngineUnavailable, SealError, VerificationError
from crypto.sm import curve, encoding
from crypto.sm.engine import libbotan, libcrypto
from crypto.sm.engine.kept import PerThread, PerThreadAndKey
from crypto.sm.engine.points import Group
from crypto.sm.engine.port import PreparedSigner

_MAX_OVERHEAD = 128


class BotanEngine:
    """The engine of ``port.Engine`` over the machine's libbotan."""

    def __init__(self) -> None:
        """Load the library; raises EngineUnavailable in one clear sentence."""
        self._lib = lib = libbotan.load()
        self._verifiers = PerThreadAndKey(lambda public: _Verification(lib, public))
        self._name = libbotan.version(lib)

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_unsafe(self) -> bool:
        return False

    def generate(self) -> bytes:
        return curve.random_scalar(curve.N - 2)

    def public_key(self, d: bytes) -> bytes:
        curve.check_private(d)
        return libbotan.public_of(self._lib, libbotan.private_key(self._lib, d))

    def check_public(self, public: bytes) -> None:
        curve.check_public(public)

    def load_signer(self, d: bytes, identity: bytes) -> PreparedSigner:
        return _Signer(self._lib, d, self.public_key(d), identity)

    def sign(self, d: bytes, digest_e: bytes) -> bytes:
        curve.check_private(d)
        curve.check_digest(digest_e)
        return _Signing(self._lib, d).sign(digest_e)

    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        curve.check_presented_digest(digest_e)
        encoding.check_rs(rs)
        try:
            holds = self._verifiers.get(public).holds(digest_e, rs)
        except BaseException:
            self._verifiers.drop(public)
            raise
        if not holds:
            raise VerificationError("an SM2 signature does not hold")

    def encrypt(self, public: bytes, plaintext: bytes) -> bytes:
        if not plaintext:
            raise SealError("an empty plaintext is not encrypted")
        curve.check_public(public)
        rng = libbotan.system_rng(self._lib)
        operation = libbotan.operation(self._lib, "encrypt", libbotan.public_key(self._lib, public))
        while True:
            out = ctypes.create_string_buffer(len(plaintext) + _MAX_OVERHEAD)
            size = c_size_t(len(out))
            failed = self._lib.botan_pk_op_encrypt(
                operation.handle, rng.handle, out, byref(size), plaintext, len(plaintext)
            )
            if failed:
                raise SealError("libbotan refuses to encrypt")
            ciphertext = encoding.der_to_ciphertext(out.raw[: size.value])
            # Botan does not look for the all-zero mask, which would send the plaintext in the clear
            # (GM/T 0003.4 §6.1 A5).
            if not ciphertext.endswith(plaintext):
                return ciphertext

    def decrypt(self, d: bytes, ciphertext: bytes) -> bytes:
        curve.check_private(d)
        der = encoding.ciphertext_to_der(ciphertext)
        operation = libbotan.operation(self._lib, "decrypt", libbotan.private_key(self._lib, d))
        out = ctypes.create_string_buffer(len(der))
        size = c_size_t(len(out))
        failed = self._lib.botan_pk_op_decrypt(operation.handle, out, byref(size), der, len(der))
        plaintext = out.raw[: size.value]
        ctypes.memset(out, 0, len(out))
        # The all-zero mask again: no honest sender makes such a ciphertext (GM/T 0003.4 §7.1 B4).
        if failed or ciphertext.endswith(plaintext):
            raise SealError("an SM2 ciphertext does not open")
        return plaintext

    def shared_point(self, d: bytes, ephemeral_d: bytes, public: bytes, ephemeral: bytes) -> bytes:
        return self._group.shared_point(d, ephemeral_d, public, ephemeral)

    @cached_property
    def _group(self) -> Group:
        return Group(libcrypto.load())


class _Signer:
    """A key kept ready in every thread that uses it."""

    __slots__ = ("_operations", "_z")

    def __init__(self, lib: ctypes.CDLL, d: bytes, public: bytes, identity: bytes) -> None:
        self._z = curve.z_value(public, identity)
        self._operations = PerThread(lambda: _Signing(lib, d))

    def sign(self, data: bytes) -> bytes:
        try:
            return self._operations.get().sign(hashlib.new("sm3", self._z + data).digest())
        except BaseException:
            self._operations.drop()
            raise


class _Signing:
    """A private key loaded to sign digests, of one thread."""

    __slots__ = ("_finish", "_operation", "_out", "_rng", "_size", "_update")

    def __init__(self, lib: ctypes.CDLL, d: bytes) -> None:
        self._rng = libbotan.system_rng(lib)
        self._operation = libbotan.operation(lib, "sign", libbotan.private_key(lib, d))
        self._update = lib.botan_pk_op_sign_update
        self._finish = lib.botan_pk_op_sign_finish
        self._out = ctypes.create_string_buffer(encoding.RS_SIZE)
        self._size = c_size_t()

    def sign(self, digest_e: bytes) -> bytes:
        operation, out, size = self._operation.handle, self._out, self._size
        size.value = encoding.RS_SIZE
        if (
            self._update(operation, digest_e, len(digest_e)) != 0
            or self._finish(operation, self._rng.handle, out, byref(size)) != 0
            or size.value != encoding.RS_SIZE
        ):
            raise EngineUnavailable("libbotan refuses to sign")
        rs = out.raw
        encoding.check_rs(rs)
        return rs


class _Verification:
    """A public key loaded to verify signatures over digests, of one thread."""

    __slots__ = ("_lib", "_operation")

    def __init__(self, lib: ctypes.CDLL, public: bytes) -> None:
        curve.check_public(public)
        self._lib = lib
        self._operation = libbotan.operation(lib, "verify", libbotan.public_key(lib, public))

    def holds(self, digest_e: bytes, rs: bytes) -> bool:
        handle = self._operation.handle
        if self._lib.botan_pk_op_verify_update(handle, digest_e, len(digest_e)) != 0:
            raise EngineUnavailable("libbotan refuses to verify")
        return bool(self._lib.botan_pk_op_verify_finish(handle, rs, len(rs)) == 0)

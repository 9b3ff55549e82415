"""SM2 by libcrypto 3.x.

The digest e = SM3(Z‖M) is computed here with the identity always given, and libcrypto signs or verifies e
itself: its own default identity, empty before OpenSSL 4.0, is never in play. Contexts are kept, because
loading a key costs as much as a signature.
"""

import ctypes
import hashlib
from ctypes import byref, c_size_t

from crypto.errors import EngineUnavailable, SealError, VerificationError
from crypto.sm import curve, encoding
from crypto.sm.engine import libcrypto
from crypto.sm.engine.kept import PerThread, PerThreadAndKey
from crypto.sm.engine.points import Group
from crypto.sm.engine.port import PreparedSigner

_DER_SIZE = 80
_MAX_OVERHEAD = 128


class OpenSslEngine:
    """The engine of ``port.Engine`` over the machine's libcrypto."""

    def __init__(self) -> None:
        """Load the library; raises EngineUnavailable in one clear sentence."""
        self._lib = lib = libcrypto.load()
        self._group = Group(lib)
        self._verifiers = PerThreadAndKey(lambda public: _verifier(lib, public))
        self._name = str(lib.OpenSSL_version(0).decode("ascii"))

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
        return self._group.multiply_generator(d)

    def check_public(self, public: bytes) -> None:
        curve.check_public(public)

    def load_signer(self, d: bytes, identity: bytes) -> PreparedSigner:
        return _Signer(self._lib, d, self.public_key(d), identity)

    def sign(self, d: bytes, digest_e: bytes) -> bytes:
        curve.check_digest(digest_e)
        return _sign(self._lib, libcrypto.Context(self._lib, "sign", self.public_key(d), d), digest_e)

    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        curve.check_presented_digest(digest_e)
        der = encoding.rs_to_der(rs)
        context = self._verifiers.get(public)
        if self._lib.EVP_PKEY_verify(context.handle, der, len(der), digest_e, len(digest_e)) != 1:
            self._lib.ERR_clear_error()
            raise VerificationError("an SM2 signature does not hold")

    def encrypt(self, public: bytes, plaintext: bytes) -> bytes:
        if not plaintext:
            raise SealError("an empty plaintext is not encrypted")
        curve.check_public(public)
        context = libcrypto.Context(self._lib, "encrypt", public)
        while True:
            out = ctypes.create_string_buffer(len(plaintext) + _MAX_OVERHEAD)
            size = c_size_t(len(out))
            done = self._lib.EVP_PKEY_encrypt(context.handle, out, byref(size), plaintext, len(plaintext))
            if done != 1:
                self._lib.ERR_clear_error()
                raise SealError("libcrypto refuses to encrypt")
            ciphertext = encoding.der_to_ciphertext(out.raw[: size.value])
            # An all-zero mask would send the plaintext in the clear, whatever the library's version checks
            # (GM/T 0003.4 §6.1 A5).
            if not ciphertext.endswith(plaintext):
                return ciphertext

    def decrypt(self, d: bytes, ciphertext: bytes) -> bytes:
        der = encoding.ciphertext_to_der(ciphertext)
        context = libcrypto.Context(self._lib, "decrypt", self.public_key(d), d)
        out = ctypes.create_string_buffer(len(der))
        size = c_size_t(len(out))
        done = self._lib.EVP_PKEY_decrypt(context.handle, out, byref(size), der, len(der))
        plaintext = out.raw[: size.value]
        ctypes.memset(out, 0, len(out))
        # The all-zero mask again: no honest sender makes such a ciphertext (GM/T 0003.4 §7.1 B4).
        if done != 1 or ciphertext.endswith(plaintext):
            self._lib.ERR_clear_error()
            raise SealError("an SM2 ciphertext does not open")
        return plaintext

    def shared_point(self, d: bytes, ephemeral_d: bytes, public: bytes, ephemeral: bytes) -> bytes:
        return self._group.shared_point(d, ephemeral_d, public, ephemeral)


class _Signer:
    """A key kept ready in every thread that uses it."""

    __slots__ = ("_contexts", "_lib", "_z")

    def __init__(self, lib: ctypes.CDLL, d: bytes, public: bytes, identity: bytes) -> None:
        self._lib = lib
        self._z = curve.z_value(public, identity)
        self._contexts = PerThread(lambda: libcrypto.Context(lib, "sign", public, d))

    def sign(self, data: bytes) -> bytes:
        return _sign(self._lib, self._contexts.get(), hashlib.new("sm3", self._z + data).digest())


def _verifier(lib: ctypes.CDLL, public: bytes) -> libcrypto.Context:
    curve.check_public(public)
    return libcrypto.Context(lib, "verify", public)


def _sign(lib: ctypes.CDLL, context: libcrypto.Context, digest_e: bytes) -> bytes:
    out = ctypes.create_string_buffer(_DER_SIZE)
    size = c_size_t(_DER_SIZE)
    if lib.EVP_PKEY_sign(context.handle, out, byref(size), digest_e, len(digest_e)) != 1:
        lib.ERR_clear_error()
        raise EngineUnavailable("libcrypto refuses to sign")
    return encoding.der_to_rs(out.raw[: size.value])

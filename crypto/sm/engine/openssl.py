"""SM2 by libcrypto 3.x.

The digest e = SM3(Z‖M) is computed here with the identity always given, and libcrypto signs or verifies e
itself: its own default identity, empty before OpenSSL 4.0, is never in play. Contexts are kept, because
loading a key costs as much as a signature: one for each thread, and none crosses a fork, so that a child
draws its nonces from its own generator.
"""

import ctypes
import hashlib
import os
import threading
from collections import OrderedDict
from ctypes import byref, c_size_t

from crypto.errors import EngineUnavailable, SealError, VerificationError
from crypto.sm import curve, encoding
from crypto.sm.engine import libcrypto
from crypto.sm.engine.port import PreparedSigner
from crypto.tokens import random_bytes

_DER_SIZE = 80
_KEPT_VERIFIERS = 64
_MAX_OVERHEAD = 128


class _Process:
    """Counts forks, so that a child knows its inherited contexts for what they are."""

    generation = 0

    @classmethod
    def forked(cls) -> None:
        cls.generation += 1


os.register_at_fork(after_in_child=_Process.forked)


class OpenSslEngine:
    """The engine of ``port.Engine`` over the machine's libcrypto."""

    def __init__(self) -> None:
        """Load the library; raises EngineUnavailable in one clear sentence."""
        self._lib = libcrypto.load()
        self._group = libcrypto.Group(self._lib)
        self._verifiers = _Verifiers()
        self._name = str(self._lib.OpenSSL_version(0).decode("ascii"))

    @property
    def name(self) -> str:
        return self._name

    def generate(self) -> bytes:
        upper = curve.N - 2
        while True:
            d = random_bytes(curve.SCALAR_SIZE)
            if 1 <= int.from_bytes(d, "big") <= upper:
                return d

    def public_key(self, d: bytes) -> bytes:
        curve.check_private(d)
        return self._group.multiply_generator(d)

    def check_public(self, public: bytes) -> None:
        curve.check_public(public)

    def load_signer(self, d: bytes, identity: bytes) -> PreparedSigner:
        return _Signer(self._lib, d, self.public_key(d), identity)

    def sign(self, d: bytes, digest_e: bytes) -> bytes:
        return _sign(self._lib, libcrypto.Context(self._lib, "sign", self.public_key(d), d), digest_e)

    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        der = encoding.rs_to_der(rs)
        context = self._verifiers.get(self._lib, public)
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


class _Signer:
    """A key kept ready in every thread that uses it."""

    __slots__ = ("_d", "_lib", "_local", "_public", "_z")

    def __init__(self, lib: ctypes.CDLL, d: bytes, public: bytes, identity: bytes) -> None:
        self._lib = lib
        self._d = d
        self._public = public
        self._z = curve.z_value(public, identity)
        self._local = threading.local()

    def sign(self, data: bytes) -> bytes:
        kept: tuple[int, libcrypto.Context] | None = getattr(self._local, "kept", None)
        if kept is None or kept[0] != _Process.generation:
            kept = (_Process.generation, libcrypto.Context(self._lib, "sign", self._public, self._d))
            self._local.kept = kept
        return _sign(self._lib, kept[1], hashlib.new("sm3", self._z + data).digest())


class _Verifiers(threading.local):
    """The public keys that this thread used last, loaded."""

    def __init__(self) -> None:
        self._generation = _Process.generation
        self._kept: OrderedDict[bytes, libcrypto.Context] = OrderedDict()

    def get(self, lib: ctypes.CDLL, public: bytes) -> libcrypto.Context:
        if self._generation != _Process.generation:
            self._generation = _Process.generation
            self._kept.clear()
        context = self._kept.get(public)
        if context is None:
            curve.check_public(public)
            context = self._kept[public] = libcrypto.Context(lib, "verify", public)
            if len(self._kept) > _KEPT_VERIFIERS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(public)
        return context


def _sign(lib: ctypes.CDLL, context: libcrypto.Context, digest_e: bytes) -> bytes:
    out = ctypes.create_string_buffer(_DER_SIZE)
    size = c_size_t(_DER_SIZE)
    if lib.EVP_PKEY_sign(context.handle, out, byref(size), digest_e, len(digest_e)) != 1:
        lib.ERR_clear_error()
        raise EngineUnavailable("libcrypto refuses to sign")
    return encoding.der_to_rs(out.raw[: size.value])

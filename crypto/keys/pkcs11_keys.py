"""Keys inside a token or HSM that speaks PKCS#11: what is stored outside is a reference that only this token opens.

Stored form, of references and of wrapped bytes alike: 1 byte version (1) | 2 bytes generation, big endian |
12 bytes nonce | AES-256-GCM ciphertext and tag under the token's wrapping key of that generation. The associated
data are the first three bytes and the purpose, so that a reference moved to another key, and bytes moved to another
purpose or generation, do not open. A reference holds the CKA_ID of its key pair.
"""

from collections.abc import Callable
from typing import Final

from crypto.errors import KeyUnusable, SealError
from crypto.keys import pairs, possession
from crypto.keys.handle import Algorithm, Decrypter, GeneratedKey, KeyHandle, Signer
from crypto.keys.pkcs11 import Bench
from crypto.keys.pkcs11_device import Device
from crypto.tokens import random_bytes

SESSIONS: Final = 8

_VERSION = 1
_HEADER_SIZE = 3
_NONCE_SIZE = 12
_TAG_SIZE = 16
_ID_SIZE = 16
_MAX_GENERATION = 0xFFFF
_BODY = _HEADER_SIZE + _NONCE_SIZE


class Pkcs11Keys:
    """The provider of ``handle.KeyProvider`` over one token. Safe to share between threads and to carry over a fork.

    Construction touches nothing: the token is opened by the first use, so a process starts without it. After a wrong
    PIN every method raises KeyUnusable and the token is not asked again, because it counts wrong PINs and locks
    itself: let one process call ``check`` before others are started.
    """

    __slots__ = ("_device", "_generation")

    def __init__(
        self, module: str, token: str, pin: str, generation: int = 1, sessions: int = SESSIONS
    ) -> None:
        """Take the path of the module, the label of the token, the user PIN, and the generation that wraps.

        ``sessions`` may be busy at once; one more holds the log-in. Raises KeyUnusable for a generation out of
        0..65535.
        """
        if not 0 <= generation <= _MAX_GENERATION:
            raise KeyUnusable("the generation of a wrapping key lies in 0..65535")
        self._device = Device(module, token, pin, sessions)
        self._generation = generation

    @property
    def name(self) -> str:
        """Short name, stored with each key."""
        return "pkcs11"

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """What the token's mechanisms suffice for; nothing until it was reached once."""
        return self._device.algorithms()

    def provision(self) -> None:
        """Make the wrapping key of this generation unless the token has it; earlier ones stay readable."""
        label = _label(self._generation)

        def make(bench: Bench) -> None:
            if not bench.has_wrapping_key(label):
                bench.make_wrapping_key(label)

        self._device.use(make)

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Make a key pair inside; raises KeyUnusable for an algorithm that is not among ``algorithms``."""
        self.check()
        if algorithm not in self.algorithms:
            raise KeyUnusable("the provider does not make keys of this algorithm")
        key_id = random_bytes(_ID_SIZE)
        form = self._device.use(lambda bench: bench.generate(algorithm, key_id, f"yihao {algorithm}"))
        handle = pairs.new_handle(algorithm, form)
        try:
            return GeneratedKey(handle, self.wrap(key_id, pairs.purpose(handle)))
        except BaseException:
            self._device.use(lambda bench: bench.destroy(key_id))
            raise

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Find a signing key and let it prove that it is the handle's.

        Raises SealError when the reference does not open, KeyUnusable when its key is another or gone.
        """
        pairs.check_signing(handle)
        signer = _TokenSigner(self._device, handle, self._key_id(handle, wrapped))
        possession.prove_signer(signer)
        return signer

    def decrypter(self, handle: KeyHandle, wrapped: bytes) -> Decrypter:
        """Find a decryption key; raises as ``signer`` does."""
        pairs.check_decryption(handle)
        decrypter = _TokenDecrypter(self._device, handle, self._key_id(handle, wrapped))
        possession.prove_decrypter(decrypter)
        return decrypter

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the token's wrapping key; raises KeyUnusable before ``provision``."""
        header = bytes((_VERSION,)) + self._generation.to_bytes(2, "big")
        nonce = random_bytes(_NONCE_SIZE)
        label, associated = _label(self._generation), header + purpose.encode("utf-8")
        return header + nonce + self._device.use(lambda bench: bench.seal(label, nonce, key, associated))

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under another token's key or for another purpose."""
        if len(wrapped) < _BODY + _TAG_SIZE or wrapped[0] != _VERSION:
            raise SealError("not wrapped by a token")
        header, nonce, sealed = wrapped[:_HEADER_SIZE], wrapped[_HEADER_SIZE:_BODY], wrapped[_BODY:]
        label, associated = _label(int.from_bytes(header[1:], "big")), header + purpose.encode("utf-8")
        if not self._device.use(lambda bench: bench.has_wrapping_key(label)):
            raise SealError("wrapped under a generation that the token does not hold")
        return self._opened(lambda bench: bench.open(label, nonce, sealed, associated), label)

    def rewrap(self, generated: GeneratedKey) -> bytes:
        """Give the reference under the wrapping key of the current generation; the key itself stays where it is."""
        purpose = pairs.purpose(generated.handle)
        return self.wrap(self.unwrap(generated.wrapped, purpose), purpose)

    def destroy(self, handle: KeyHandle, wrapped: bytes) -> None:
        """Remove both halves from the token, for good; nothing more to do when they are gone."""
        key_id = self._key_id(handle, wrapped)
        self._device.use(lambda bench: bench.destroy(key_id))

    def random(self, n: int) -> bytes:
        """Give n random bytes of the token's generator."""
        return self._device.use(lambda bench: bench.random(n))

    def check(self) -> None:
        """Raise DeviceUnavailable unless token and module answer now."""
        self._device.use(Bench.probe)

    def _key_id(self, handle: KeyHandle, wrapped: bytes) -> bytes:
        key_id = self.unwrap(wrapped, pairs.purpose(handle))
        if len(key_id) != _ID_SIZE:
            raise SealError("not the reference of a key")
        return key_id

    def _opened(self, attempt: Callable[[Bench], bytes | None], label: str) -> bytes:
        """Open, or find out whether the bytes or the token are at fault.

        A token that can seal answers; what it then refuses a second time is not authentic.
        """
        opened = self._device.use(attempt)
        if opened is None:
            self._device.use(lambda bench: bench.seal(label, random_bytes(_NONCE_SIZE), b"", b""))
            opened = self._device.use(attempt)
        if opened is None:
            raise SealError("wrapped bytes do not authenticate")
        return opened


class _TokenSigner:
    """A signing key inside the token."""

    __slots__ = ("_device", "_key_id", "handle")

    def __init__(self, device: Device, handle: KeyHandle, key_id: bytes) -> None:
        self._device, self.handle, self._key_id = device, handle, key_id

    def sign(self, data: bytes) -> bytes:
        """Sign inside the token."""
        return self._device.use(lambda bench: bench.sign(self.handle.algorithm, self._key_id, data))


class _TokenDecrypter:
    """The static half of ECDH-ES inside the token (RFC 7518 §4.6)."""

    __slots__ = ("_device", "_key_id", "handle")

    def __init__(self, device: Device, handle: KeyHandle, key_id: bytes) -> None:
        self._device, self.handle, self._key_id = device, handle, key_id

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Not of this algorithm: raises KeyUnusable."""
        raise KeyUnusable("an ECDH-ES key opens no SM2 ciphertext")

    def agree(self, public: bytes) -> bytes:
        """Give Z, 32 bytes; a point off the curve does not reach the token."""
        pairs.p256_point(public)
        point = b"\x04" + public
        return self._device.use(lambda bench: bench.agree(self._key_id, point))


def _label(generation: int) -> str:
    return f"yihao wrapping key {generation}"

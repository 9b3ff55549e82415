"""Keys in this process's memory, stored only under a root key (SM4-GCM).

For development, tests and provinces without a device; a device provider takes this one's place without other
changes.
"""

from collections.abc import Mapping
from typing import Final

from crypto.errors import KeyUnusable
from crypto.keys import pairs
from crypto.keys.handle import Algorithm, Decrypter, GeneratedKey, KeyHandle, Signer
from crypto.keys.software_keys import DECRYPTERS, MAKERS, SIGNERS
from crypto.seal import Sealer
from crypto.tokens import random_bytes

ROOT_KEY_SIZE: Final = 16
KNOWN_ROOT_KEYS: Final = frozenset(
    {bytes((byte,)) * ROOT_KEY_SIZE for byte in range(256)}
    | {
        bytes.fromhex("0123456789abcdeffedcba9876543210"),  # GM/T 0002 annex A, RFC 8998 annex A
        bytes.fromhex("0123456789abcdef0123456789abcdef"),
        bytes(range(16)),
        bytes(range(1, 17)),
        b"1234567812345678",
        b"1234567890123456",
        b"0123456789abcdef",
        b"0123456789ABCDEF",
    }
)

_PLACE = "wrapped-key"


def new_root_key() -> bytes:
    """Give a fresh root key of 16 bytes."""
    return random_bytes(ROOT_KEY_SIZE)


def is_known(root_key: bytes) -> bool:
    """Say whether this root key stands in public: one repeated byte, counting, or a published test vector."""
    return root_key in KNOWN_ROOT_KEYS


class SoftwareKeys:
    """The provider of ``handle.KeyProvider`` in memory. Safe to share between threads and to carry over a fork."""

    __slots__ = ("_sealer",)

    def __init__(
        self, root_key: bytes, generation: int = 1, earlier: Mapping[int, bytes] | None = None
    ) -> None:
        """Take the root key of 16 bytes and its generation, which every wrapped key names.

        ``earlier`` are root keys of other generations that still unwrap. Raises KeyUnusable for another size, a
        publicly known key, or two keys of one generation.
        """
        held = dict(earlier or {})
        if generation in held:
            raise KeyUnusable("two root keys of one generation")
        held[generation] = root_key
        if any(is_known(key) for key in held.values()):
            raise KeyUnusable("the root key is publicly known: make one with new_root_key()")
        self._sealer = Sealer(held, generation)

    @property
    def name(self) -> str:
        """Short name, stored with each key."""
        return "software"

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """All that the interface knows."""
        return frozenset(MAKERS)

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Make a key pair; raises KeyUnusable for an algorithm that is not among ``algorithms``."""
        make = MAKERS.get(algorithm)
        if make is None:
            raise KeyUnusable("the provider does not make keys of this algorithm")
        private, form = make()
        handle = pairs.new_handle(algorithm, form)
        return GeneratedKey(handle, self.wrap(private, pairs.purpose(handle)))

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Load a signing key.

        Raises SealError when it does not unwrap, KeyUnusable when it is not the handle's key.
        """
        load = SIGNERS.get(handle.algorithm)
        if load is None:
            raise KeyUnusable("the handle does not name a signing key")
        return load(handle, self.unwrap(wrapped, pairs.purpose(handle)))

    def decrypter(self, handle: KeyHandle, wrapped: bytes) -> Decrypter:
        """Load a decryption key; raises as ``signer`` does."""
        load = DECRYPTERS.get(handle.algorithm)
        if load is None:
            raise KeyUnusable("the handle does not name a decryption key")
        return load(handle, self.unwrap(wrapped, pairs.purpose(handle)))

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the root key for one purpose."""
        return self._sealer.seal(key, _PLACE, purpose)

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under a root key not held or for another purpose."""
        return self._sealer.open(wrapped, _PLACE, purpose)

    def rewrap(self, generated: GeneratedKey) -> bytes:
        """Give the private part under the current root key."""
        purpose = pairs.purpose(generated.handle)
        return self.wrap(self.unwrap(generated.wrapped, purpose), purpose)

    def destroy(self, handle: KeyHandle, wrapped: bytes) -> None:
        """Nothing is kept here: the key is gone when its wrapped bytes are."""

    def random(self, n: int) -> bytes:
        """Give n random bytes of the operating system's generator."""
        return random_bytes(n)

    def check(self) -> None:
        """Memory always answers."""

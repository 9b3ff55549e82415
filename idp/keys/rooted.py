"""A key provider over a root key that may get a successor while this process runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeVar

from crypto.errors import SealError
from crypto.keys.handle import Algorithm, Decrypter, GeneratedKey, KeyHandle, Signer
from crypto.keys.software import SoftwareKeys

T = TypeVar("T")
_NONE: Final[Mapping[int, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OpenRoot:
    """The root key in this process's memory: the generation that wraps, and earlier ones that still unwrap."""

    generation: int
    key: bytes = field(repr=False)
    earlier: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    def provider(self) -> SoftwareKeys:
        """The key provider over it. Raises KeyUnusable for a publicly known key."""
        return SoftwareKeys(self.key, self.generation, self.earlier)


class RootedKeys:
    """The software provider, which looks for a newer root key when something does not open.

    After a rotation of the root key by another process, keys that were wrapped anew still open here: the root key is
    asked for once more. What this process wraps meanwhile stays readable, because the next generation opens this one.
    Safe to share between threads and to carry over a fork.
    """

    def __init__(self, root: OpenRoot, find: Callable[[], OpenRoot]) -> None:
        """`find` opens the root key anew; it raises as `root.open_root` does."""
        self._held = root.provider()
        self._generation = root.generation
        self._find = find

    @property
    def name(self) -> str:
        """Short name, stored with each key."""
        return self._held.name

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """What it can generate and use."""
        return self._held.algorithms

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Make a key pair; raises KeyUnusable for an algorithm that is not among ``algorithms``."""
        return self._held.generate(algorithm)

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Load a signing key; raises SealError when it does not unwrap, KeyUnusable when it is not the handle's key."""
        return self._opened(lambda held: held.signer(handle, wrapped))

    def decrypter(self, handle: KeyHandle, wrapped: bytes) -> Decrypter:
        """Load a decryption key; raises as ``signer`` does."""
        return self._opened(lambda held: held.decrypter(handle, wrapped))

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the root key for one purpose."""
        return self._held.wrap(key, purpose)

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under another root key or for another purpose."""
        return self._opened(lambda held: held.unwrap(wrapped, purpose))

    def rewrap(self, generated: GeneratedKey) -> bytes:
        """Give the private part under the current root key."""
        return self._opened(lambda held: held.rewrap(generated))

    def destroy(self, handle: KeyHandle, wrapped: bytes) -> None:
        """Nothing is kept here: the key is gone when its wrapped bytes are."""
        self._held.destroy(handle, wrapped)

    def random(self, n: int) -> bytes:
        """Give n random bytes of the operating system's generator."""
        return self._held.random(n)

    def check(self) -> None:
        """Memory always answers."""
        self._held.check()

    def _opened(self, act: Callable[[SoftwareKeys], T]) -> T:
        try:
            return act(self._held)
        except SealError:
            found = self._find()
            if found.generation == self._generation:
                raise
            self._held, self._generation = found.provider(), found.generation
        return act(self._held)

"""What the contract suites of key providers share: a provider with its keys, and how a key is put to use."""

from dataclasses import dataclass, field
from typing import Final

import pytest

from crypto.errors import KeyUnusable, SealError
from crypto.keys import jwk
from crypto.keys.handle import (
    DECRYPTION,
    ECDH_ES,
    ES256,
    SIGNING,
    SM2,
    Algorithm,
    Decrypter,
    GeneratedKey,
    KeyProvider,
    Signer,
)
from crypto.sm.sm2 import Sm2PublicKey
from tests.support.independent import agreed, holds
from tests.support.key_providers import ProviderCase

REFUSED: Final = (SealError, KeyUnusable)
PURPOSE: Final = "lookup/7"
SECRET: Final = b"sixteen key byte"
every_algorithm = pytest.mark.parametrize("algorithm", (*SIGNING, *DECRYPTION))


@dataclass(frozen=True)
class Bench:
    """A provider case and the keys made so far: RSA keys take long, and most tests can share."""

    case: ProviderCase
    made: dict[tuple[Algorithm, int], GeneratedKey] = field(default_factory=dict)

    @property
    def provider(self) -> KeyProvider:
        """The provider under test."""
        return self.case.provider

    def key(self, algorithm: Algorithm, number: int = 0) -> GeneratedKey:
        """The shared key of this algorithm and number."""
        if (algorithm, number) not in self.made:
            self.made[algorithm, number] = self.provider.generate(algorithm)
        return self.made[algorithm, number]

    def lacks(self, algorithm: Algorithm) -> bool:
        """Whether the provider does not name this algorithm; then it must refuse to make such keys."""
        if algorithm in self.provider.algorithms:
            return False
        with pytest.raises(KeyUnusable):
            self.provider.generate(algorithm)
        return True

    def any_signing(self) -> Algorithm:
        """An algorithm that every provider of its kind signs by, and quickly."""
        return next(algorithm for algorithm in (ES256, SM2) if algorithm in self.provider.algorithms)


def load(provider: KeyProvider, made: GeneratedKey) -> Signer | Decrypter:
    """The key ready for use, by what its algorithm is for."""
    use = provider.signer if made.handle.algorithm in SIGNING else provider.decrypter
    return use(made.handle, made.wrapped)


def works(bench: Bench, made: GeneratedKey, provider: KeyProvider | None = None) -> bool:
    """Whether the stored key signs or opens for its public half."""
    used, handle = provider or bench.provider, made.handle
    if handle.algorithm in SIGNING:
        return holds(handle, b"data", used.signer(handle, made.wrapped).sign(b"data"))
    decrypter = used.decrypter(handle, made.wrapped)
    if handle.algorithm == ECDH_ES:
        public, z = agreed(handle)
        return decrypter.agree(public) == z
    return decrypter.decrypt(Sm2PublicKey(jwk.elliptic_public(handle.public_jwk)).encrypt(b"p")) == b"p"


def flipped(data: bytes, place: int) -> bytes:
    """The bytes with one bit changed."""
    return data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]

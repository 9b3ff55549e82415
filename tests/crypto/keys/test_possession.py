"""A key kept elsewhere proves that it belongs to its handle."""

from dataclasses import dataclass

import pytest

from crypto.errors import DeviceUnavailable, KeyUnusable
from crypto.keys import possession, software
from crypto.keys.handle import (
    DECRYPTION,
    PS256,
    RS256,
    SIGNING,
    Algorithm,
    Decrypter,
    GeneratedKey,
    KeyHandle,
    Signer,
)
from crypto.keys.software import SoftwareKeys

KEYS = SoftwareKeys(software.new_root_key())
MADE: dict[Algorithm, list[GeneratedKey]] = {}


def made(algorithm: Algorithm) -> list[GeneratedKey]:
    """Two keys of this algorithm."""
    return MADE.setdefault(algorithm, [KEYS.generate(algorithm) for _ in range(2)])


@dataclass(frozen=True)
class Misnamed:
    """A key that goes by the handle of another."""

    handle: KeyHandle
    signer: Signer | None = None
    decrypter: Decrypter | None = None

    def sign(self, data: bytes) -> bytes:
        """By the key itself."""
        assert self.signer is not None
        return self.signer.sign(data)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """By the key itself."""
        assert self.decrypter is not None
        return self.decrypter.decrypt(ciphertext)

    def agree(self, public: bytes) -> bytes:
        """By the key itself."""
        assert self.decrypter is not None
        return self.decrypter.agree(public)


@pytest.mark.parametrize("algorithm", SIGNING)
def test_a_signing_key_is_recognised(algorithm: Algorithm) -> None:
    """The right key passes; one that goes by another's handle does not."""
    one, two = made(algorithm)
    signer = KEYS.signer(one.handle, one.wrapped)
    possession.prove_signer(signer)
    with pytest.raises(KeyUnusable, match="not the one"):
        possession.prove_signer(Misnamed(two.handle, signer=signer))


@pytest.mark.parametrize("algorithm", DECRYPTION)
def test_a_decryption_key_is_recognised(algorithm: Algorithm) -> None:
    """The right key passes; one that goes by another's handle does not."""
    one, two = made(algorithm)
    decrypter = KEYS.decrypter(one.handle, one.wrapped)
    possession.prove_decrypter(decrypter)
    with pytest.raises(KeyUnusable, match="not the one"):
        possession.prove_decrypter(Misnamed(two.handle, decrypter=decrypter))


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\xff" * 64, b"\x01" * 63])
@pytest.mark.parametrize("algorithm", [name for name in SIGNING if name not in {RS256, PS256}])
def test_what_is_no_signature_proves_nothing(algorithm: Algorithm, signature: bytes) -> None:
    """A device that answers rubbish is not believed."""

    class Rubbish:
        handle = made(algorithm)[0].handle

        def sign(self, data: bytes) -> bytes:
            return signature

    with pytest.raises(KeyUnusable, match="not the one"):
        possession.prove_signer(Rubbish())


def test_an_absent_device_is_not_a_wrong_key() -> None:
    """What the device raises goes through."""

    class Absent:
        handle = made("ES256")[0].handle

        def sign(self, data: bytes) -> bytes:
            raise DeviceUnavailable("away")

    with pytest.raises(DeviceUnavailable):
        possession.prove_signer(Absent())

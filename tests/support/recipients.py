"""Applications that have their answers encrypted: a key pair of their own, and what opens what comes to it."""

import json
from dataclasses import dataclass
from typing import Any

from crypto import base64url
from crypto.jose import jwe, nested
from crypto.jose.profile import ENC_OF, CiphertextEncoding
from crypto.keys.handle import Decrypter, DecryptionAlgorithm
from crypto.keys.software import SoftwareKeys, new_root_key


@dataclass(frozen=True)
class Recipient:
    """An application's encryption key for one key management algorithm."""

    alg: DecryptionAlgorithm
    decrypter: Decrypter

    @classmethod
    def fresh(cls, alg: DecryptionAlgorithm = "SGD_SM2_3") -> "Recipient":
        """A new key pair."""
        keys = SoftwareKeys(new_root_key())
        made = keys.generate(alg)
        return cls(alg, keys.decrypter(made.handle, made.wrapped))

    @property
    def enc(self) -> str:
        """The content encryption that goes with the algorithm."""
        return ENC_OF[self.alg]

    @property
    def jwk(self) -> dict[str, str]:
        """The public key, with use enc."""
        return dict(self.decrypter.handle.public_jwk)

    @property
    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The key set that the application registers."""
        return {"keys": [self.jwk]}

    def opened(self, token: str, ek_encoding: CiphertextEncoding = "c1c3c2") -> str:
        """The signed token inside an encrypted one. Raises TokenRejected for one to somebody else."""
        return nested.unwrap(
            token,
            self.decrypter,
            algorithms=frozenset({self.alg}),
            encryptions=frozenset({self.enc}),
            ek_encoding=ek_encoding,
        )

    def wrapped(self, signed: str) -> str:
        """A signed token encrypted to this key, as anybody can do it."""
        return nested.wrap(signed, self.jwk, alg=self.alg, enc=self.enc)

    def decrypted(self, token: str) -> bytes:
        """The payload of an encrypted token, whatever it is."""
        return jwe.decrypt(
            token, self.decrypter, algorithms=frozenset({self.alg}), encryptions=frozenset({self.enc})
        )


def outer_header(token: str) -> dict[str, Any]:
    """The protected header of a compact token."""
    return dict(json.loads(base64url.decode(token.partition(".")[0])))

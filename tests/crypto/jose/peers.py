"""Readers of encrypted tokens with their private keys in hand, written apart from the key providers."""

from typing import TypedDict

from cryptography.hazmat.primitives.asymmetric import ec

from crypto.errors import KeyUnusable
from crypto.keys import jwk
from crypto.keys.handle import KeyHandle
from crypto.sm.sm2 import Sm2PrivateKey


class Pair(TypedDict):
    """Key management and content encryption."""

    alg: str
    enc: str


SM2_PAIR: Pair = {"alg": "SGD_SM2_3", "enc": "SGD_SM4_GCM"}
P256_PAIR: Pair = {"alg": "ECDH-ES", "enc": "A256GCM"}


class Sm2Reader:
    """Holds an SM2 encryption key."""

    def __init__(self, kid: str = "sm2-enc") -> None:
        self.key = Sm2PrivateKey.generate()
        form = jwk.elliptic_jwk("SM2", self.key.public_key.raw)
        self.jwk = {**form, "kid": kid, "alg": "SGD_SM2_3", "use": "enc"}
        self.handle = KeyHandle(kid, "SGD_SM2_3", self.jwk)

    def decrypt(self, ciphertext: bytes) -> bytes:
        return self.key.decrypt(ciphertext)

    def agree(self, public: bytes) -> bytes:
        raise KeyUnusable("an SM2 key agrees on nothing here")


class P256Reader:
    """Holds a P-256 key for agreement; counts how often it is used."""

    def __init__(self, kid: str = "p256-enc", scalar: int | None = None) -> None:
        curve = ec.SECP256R1()
        self.key = ec.generate_private_key(curve) if scalar is None else ec.derive_private_key(scalar, curve)
        numbers = self.key.public_key().public_numbers()
        point = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        self.jwk = {**jwk.elliptic_jwk("P-256", point), "kid": kid, "alg": "ECDH-ES", "use": "enc"}
        self.handle = KeyHandle(kid, "ECDH-ES", self.jwk)
        self.agreements = 0

    def decrypt(self, ciphertext: bytes) -> bytes:
        raise KeyUnusable("a P-256 key decrypts nothing here")

    def agree(self, public: bytes) -> bytes:
        self.agreements += 1
        x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
        numbers = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
        return self.key.exchange(ec.ECDH(), numbers.public_key())

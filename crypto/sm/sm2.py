"""SM2 signatures and encryption (GM/T 0003-2012, GM/T 0009-2012): keys and checks over the machine's engine.

Signatures are r‖s of 64 bytes, ciphertexts 04‖x‖y‖C3‖C2; ``rs_to_der`` and its sisters change to the ASN.1
forms and back.
"""

import threading

from crypto.sm import curve
from crypto.sm.curve import DEFAULT_IDENTITY, message_digest, z_value
from crypto.sm.encoding import check_rs, ciphertext_to_der, der_to_ciphertext, der_to_rs, rs_to_der
from crypto.sm.engine.choose import choose
from crypto.sm.engine.port import Engine, PreparedSigner

__all__ = [
    "DEFAULT_IDENTITY",
    "Sm2PrivateKey",
    "Sm2PublicKey",
    "check_rs",
    "choose",
    "ciphertext_to_der",
    "der_to_ciphertext",
    "der_to_rs",
    "engine",
    "message_digest",
    "rs_to_der",
    "use",
    "z_value",
]


class _Process:
    """The one engine of this process, once it is settled."""

    engine: Engine | None = None
    lock = threading.Lock()


def use(chosen: Engine) -> None:
    """Settle the engine of this process, before its first use; the same engine may be settled again.

    Raises RuntimeError when another one is in use already: keys are loaded in it.
    """
    with _Process.lock:
        if _Process.engine is None:
            _Process.engine = chosen
        elif _Process.engine is not chosen:
            raise RuntimeError(f"the SM2 engine of this process is {_Process.engine.name} already")


def engine() -> Engine:
    """Give the engine of this process; on first use, where none was settled, the one of ``choose("auto")``.

    Raises EngineUnavailable when no library knows SM2.
    """
    settled = _Process.engine
    if settled is not None:
        return settled
    with _Process.lock:
        if _Process.engine is None:
            _Process.engine = choose()
        return _Process.engine


class Sm2PublicKey:
    """A point on the curve, checked."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        """Take 64 bytes x‖y; raises KeyUnusable when they are not a point on the curve."""
        engine().check_public(raw)
        self.raw = bytes(raw)

    def verify(self, data: bytes, rs: bytes, identity: bytes = DEFAULT_IDENTITY) -> None:
        """Accept r‖s over data by this key under this identity (GM/T 0003.2 §7.1).

        Raises VerificationError.
        """
        engine().verify(self.raw, message_digest(self.raw, data, identity), rs)

    def encrypt(self, plaintext: bytes) -> bytes:
        """Encrypt at least one byte as 04‖x‖y‖C3‖C2 (GM/T 0003.4 §6.1); raises SealError when it is empty."""
        return engine().encrypt(self.raw, plaintext)


class Sm2PrivateKey:
    """A private key in 1..n-2. Its printed form shows nothing of it."""

    __slots__ = ("_d", "_signers", "public_key")

    def __init__(self, d: bytes) -> None:
        """Take 32 bytes; raises KeyUnusable when they are out of range."""
        curve.check_private(d)
        self._d = bytes(d)
        self._signers: dict[bytes, PreparedSigner] = {}
        self.public_key = Sm2PublicKey(engine().public_key(self._d))

    @classmethod
    def generate(cls) -> "Sm2PrivateKey":
        """Give a fresh key."""
        return cls(engine().generate())

    def sign(self, data: bytes, identity: bytes = DEFAULT_IDENTITY) -> bytes:
        """Sign data under this identity and give r‖s (GM/T 0003.2 §6.1)."""
        signer = self._signers.get(identity)
        if signer is None:
            signer = self._signers[identity] = engine().load_signer(self._d, identity)
        return signer.sign(data)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Give the plaintext of 04‖x‖y‖C3‖C2 (GM/T 0003.4 §7.1).

        Raises SealError when it is malformed or altered.
        """
        return engine().decrypt(self._d, ciphertext)

    def shared_point(self, ephemeral: "Sm2PrivateKey", peer: Sm2PublicKey, peer_ephemeral: bytes) -> bytes:
        """Give the point x‖y of key agreement (GM/T 0003.3 §6.1): a secret, for ``agreement`` alone.

        Raises KeyUnusable when the peer's ephemeral key is off the curve or the point is infinity.
        """
        return engine().shared_point(self._d, ephemeral._d, peer.raw, peer_ephemeral)

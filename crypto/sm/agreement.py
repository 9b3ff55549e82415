"""SM2 key agreement with optional confirmation (GM/T 0003.3-2012 §6.1): an initiator A and a responder B.

::

    A  Initiator(...)       -- R_A -->        Responder(...)  B
       .agree(R_B)          <-- R_B, S_B --   .agree(R_A)
       Agreed.check(S_B)    -- S_A -->        Agreed.check(S_A)

Each object serves one agreement. Without the confirmations only the identities and static keys stand for who
the other side is: an attacker in between ends with another key, but is not noticed until it is used.
"""

from dataclasses import dataclass, field
from typing import Final

from crypto import compare
from crypto.errors import KeyUnusable, VerificationError
from crypto.sm import curve, sm3
from crypto.sm.sm2 import Sm2PrivateKey, Sm2PublicKey

_FROM_RESPONDER: Final = b"\x02"
_FROM_INITIATOR: Final = b"\x03"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one side ends with: the key of the length asked for, and the confirmation to send.

    The confirmation is S_A of the initiator, S_B of the responder, 32 bytes. The printed form shows no key.
    """

    key: bytes = field(repr=False)
    confirmation: bytes
    expected: bytes = field(repr=False)

    def check(self, confirmation: bytes) -> None:
        """Accept the other side's confirmation (GM/T 0003.3 §6.1 A9, B10).

        Raises VerificationError; the key must not be used then.
        """
        if not compare.equal(confirmation, self.expected):
            raise VerificationError("the other side did not agree on the same SM2 key")


@dataclass(frozen=True, slots=True)
class Party:
    """One side as both see it: its static public key and its identity."""

    public: Sm2PublicKey
    identity: bytes = curve.DEFAULT_IDENTITY

    @property
    def z(self) -> bytes:
        """Z of this side, 32 bytes (GM/T 0003.3 §5.5); raises ValueError when the identity is too long."""
        return curve.z_value(self.public.raw, self.identity)


@dataclass(frozen=True, slots=True)
class Confirmations:
    """The key and both confirmations, as both sides reckon them."""

    key: bytes = field(repr=False)
    by_responder: bytes
    by_initiator: bytes


class _Side:
    """What the two sides have in common."""

    __slots__ = ("_ephemeral_key", "_key", "_length", "_own", "_peer", "_z_own", "_z_peer", "ephemeral")

    def __init__(self, key: Sm2PrivateKey, identity: bytes, peer: Party, length: int) -> None:
        """Take the own static key and identity, the peer, and the length of the shared key in bytes.

        Raises ValueError for a length below 1 and an identity of more than 8,191 bytes.
        """
        if length < 1:
            raise ValueError("a shared key has at least one byte")
        self._key = key
        self._peer = peer
        self._length = length
        self._z_own = Party(key.public_key, identity).z
        self._z_peer = peer.z
        self._ephemeral_key: Sm2PrivateKey | None = Sm2PrivateKey.generate()
        self.ephemeral = self._ephemeral_key.public_key.raw

    def _shared_point(self, peer_ephemeral: bytes) -> bytes:
        ephemeral_key, self._ephemeral_key = self._ephemeral_key, None
        if ephemeral_key is None:
            raise KeyUnusable("an ephemeral SM2 key serves one agreement")
        if peer_ephemeral == self.ephemeral:
            raise KeyUnusable("the other side sent our own ephemeral SM2 key back")
        return self._key.shared_point(ephemeral_key, self._peer.public, peer_ephemeral)


class Initiator(_Side):
    """Side A, which speaks first: send ``ephemeral``, 64 bytes x‖y."""

    __slots__ = ()

    def agree(self, peer_ephemeral: bytes) -> Agreed:
        """Take R_B, 64 bytes x‖y, and end the agreement (GM/T 0003.3 §6.1 A4..A10).

        Raises KeyUnusable when R_B is no point of the curve, when the shared point is infinity, and on a
        second call.
        """
        point = self._shared_point(peer_ephemeral)
        ends = derive(point, (self._z_own, self._z_peer), (self.ephemeral, peer_ephemeral), self._length)
        return Agreed(ends.key, ends.by_initiator, ends.by_responder)


class Responder(_Side):
    """Side B, which answers: send ``ephemeral``, 64 bytes x‖y, with the confirmation."""

    __slots__ = ()

    def agree(self, peer_ephemeral: bytes) -> Agreed:
        """Take R_A, 64 bytes x‖y, and end the agreement (GM/T 0003.3 §6.1 B3..B10); raises as A does."""
        point = self._shared_point(peer_ephemeral)
        ends = derive(point, (self._z_peer, self._z_own), (peer_ephemeral, self.ephemeral), self._length)
        return Agreed(ends.key, ends.by_responder, ends.by_initiator)


def derive(
    point: bytes, z: tuple[bytes, bytes], ephemeral: tuple[bytes, bytes], length: int
) -> Confirmations:
    """Give K, S_B and S_A from the shared point, Z of A and B, and R of A and B (GM/T 0003.3 §6.1 B7, B8, A9)."""
    both_z = z[0] + z[1]
    x, y = point[: curve.SCALAR_SIZE], point[curve.SCALAR_SIZE :]
    inner = sm3.digest(x + both_z + ephemeral[0] + ephemeral[1])
    return Confirmations(
        key=sm3.kdf(point + both_z, length),
        by_responder=sm3.digest(_FROM_RESPONDER + y + inner),
        by_initiator=sm3.digest(_FROM_INITIATOR + y + inner),
    )

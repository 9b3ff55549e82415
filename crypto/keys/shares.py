"""The root key in the hands of several officers: Shamir's sharing of 16 bytes, m of n give them back.

Form of a share, 34 bytes: 1 byte version (1) | 8 bytes set | 2 bytes generation, big endian | 1 byte threshold |
1 byte holders | 1 byte index | 16 bytes value | 4 bytes check, the head of an SM3 digest over the rest. The check
finds slips of typing and copying; that a share belongs to the key is found by the key's check value.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from Cryptodome.Protocol.SecretSharing import Shamir

from crypto import compare
from crypto.errors import SealError, ShareRefused
from crypto.sm import sm3
from crypto.sm.sm2 import Sm2PublicKey
from crypto.tokens import random_bytes

SECRET_SIZE: Final = 16
CHECK_VALUE_SIZE: Final = 8
SHARE_SIZE: Final = 34

_VERSION = 1
_SET_SIZE = 8
_CHECK_SIZE = 4
_LEAST_THRESHOLD = 2
_MOST_HOLDERS = 0xFF
_MAX_GENERATION = 0xFFFF
_SHARE_DOMAIN = b"yihao share check\x00"
_KEY_DOMAIN = b"yihao root key check value\x00"
_CONTEXT_DOMAIN = b"yihao share context\x00"


@dataclass(frozen=True, slots=True)
class Share:
    """One of ``holders`` shares, of which ``threshold`` give the key of ``generation``; its value is not printed.

    ``set_id`` is drawn for each split, so that shares of two splits of the same key are told apart.
    """

    set_id: bytes
    generation: int
    threshold: int
    holders: int
    index: int
    value: bytes = field(repr=False)

    def __bytes__(self) -> bytes:
        """Give the 34 bytes."""
        body = self._body()
        return body + _digest(body)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Share":
        """Read the 34 bytes; raises ShareRefused (malformed, damaged, parameters)."""
        if len(data) != SHARE_SIZE or data[0] != _VERSION:
            raise ShareRefused("malformed")
        body, check = data[:-_CHECK_SIZE], data[-_CHECK_SIZE:]
        if not compare.equal(_digest(body), check):
            raise ShareRefused("damaged")
        head, value = body[1:-SECRET_SIZE], body[-SECRET_SIZE:]
        generation = int.from_bytes(head[_SET_SIZE : _SET_SIZE + 2], "big")
        threshold, holders, index = head[_SET_SIZE + 2 :]
        _check_parameters(threshold, holders, generation)
        if not 1 <= index <= holders:
            raise ShareRefused("parameters")
        return cls(head[:_SET_SIZE], generation, threshold, holders, index, value)

    def _body(self) -> bytes:
        return (
            bytes((_VERSION,))
            + self.set_id
            + self.generation.to_bytes(2, "big")
            + bytes((self.threshold, self.holders, self.index))
            + self.value
        )


class Opener(Protocol):
    """What opens SM2 ciphertexts: a private key of ``crypto.sm.sm2``, a ``Decrypter``, an officer's device."""

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Give the plaintext; raises SealError when it is malformed, altered or for another key."""


def check_value(secret: bytes, generation: int) -> bytes:
    """Give 8 bytes by which the key of this generation is recognised and from which nothing of it is learned."""
    return sm3.hmac_sm3(secret, _KEY_DOMAIN + generation.to_bytes(2, "big"))[:CHECK_VALUE_SIZE]


def split(secret: bytes, threshold: int, holders: int, generation: int) -> list[Share]:
    """Split 16 bytes so that any ``threshold`` of ``holders`` shares give them back, and fewer say nothing.

    Raises ShareRefused (parameters) unless 2 ≤ threshold ≤ holders ≤ 255.
    """
    _check_parameters(threshold, holders, generation)
    if len(secret) != SECRET_SIZE:
        raise ShareRefused("parameters")
    set_id = random_bytes(_SET_SIZE)
    return [
        Share(set_id, generation, threshold, holders, index, bytes(value))
        for index, value in Shamir.split(threshold, holders, secret, ssss=False)
    ]


def combine(shares: Sequence[Share], expected: bytes) -> bytes:
    """Give the key that the shares make, if its check value is the expected one.

    Raises ShareRefused: too_few, duplicate, other_set (of another split or ceremony), parameters (of one split and
    yet not alike), check_value.
    """
    if not shares:
        raise ShareRefused("too_few")
    first = shares[0]
    if any(share.set_id != first.set_id for share in shares):
        raise ShareRefused("other_set")
    if any(_parameters(share) != _parameters(first) for share in shares):
        raise ShareRefused("parameters")
    _check_parameters(*_parameters(first))
    if len({share.index for share in shares}) != len(shares):
        raise ShareRefused("duplicate")
    if len(shares) < first.threshold:
        raise ShareRefused("too_few")
    secret = bytes(Shamir.combine([(share.index, share.value) for share in shares], ssss=False))
    if not compare.equal(check_value(secret, first.generation), expected):
        raise ShareRefused("check_value")
    return secret


def seal_for(public_key: Sm2PublicKey, share: Share, *context: str) -> bytes:
    """Encrypt a share to an officer's SM2 key, for one place (ceremony, generation, custodian).

    SM2 encryption has no associated data, so the SM3 digest of the context goes in front of the share and is
    compared when it is opened.
    """
    return public_key.encrypt(_context_digest(context) + bytes(share))


def open_with(private_key: Opener, sealed: bytes, *context: str) -> Share:
    """Give the share of ``seal_for``.

    Raises ShareRefused: unopened (another key, or altered), context (another ceremony, generation or custodian), and
    as ``Share.from_bytes`` does.
    """
    try:
        opened = private_key.decrypt(sealed)
    except SealError:
        raise ShareRefused("unopened") from None
    head, body = opened[: sm3.DIGEST_SIZE], opened[sm3.DIGEST_SIZE :]
    if not compare.equal(head, _context_digest(context)):
        raise ShareRefused("context")
    return Share.from_bytes(body)


def _parameters(share: Share) -> tuple[int, int, int]:
    return share.threshold, share.holders, share.generation


def _check_parameters(threshold: int, holders: int, generation: int) -> None:
    is_sharing = _LEAST_THRESHOLD <= threshold <= holders <= _MOST_HOLDERS
    if not (is_sharing and 0 <= generation <= _MAX_GENERATION):
        raise ShareRefused("parameters")


def _digest(body: bytes) -> bytes:
    return sm3.digest(_SHARE_DOMAIN + body)[:_CHECK_SIZE]


def _context_digest(context: tuple[str, ...]) -> bytes:
    parts = [part.encode("utf-8") for part in context]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return sm3.digest(_CONTEXT_DOMAIN + framed)

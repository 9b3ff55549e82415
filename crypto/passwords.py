"""Password hashing: Argon2id (RFC 9106), then HMAC-SM3 under a pepper that is not in the database.

Stored text, versioned: ``$yihao1$argon2id$m=<KiB>,t=<passes>,p=<lanes>$pepper=<id>$<salt>$<mac>``, salt of 16
bytes and mac of 32 bytes in base64url. Argon2 releases the interpreter lock; callers bound how many run at
once.

A hash carried over from another system is kept as ``$yihao1$carried$<recipe>$pepper=<id>$<mac>``, the mac over the
hash, so that what is stored is no hash of theirs; a weak one with Argon2id over it, as
``$yihao1$carried$<recipe>$argon2id$m=…,t=…,p=…$pepper=<id>$<salt>$<mac>``. It verifies until its owner signs in.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from argon2.low_level import Type, hash_secret_raw

from crypto import base64url
from crypto.compare import equal
from crypto.errors import KeyUnusable, VerificationError
from crypto.foreign_passwords import ForeignHash, Recipe, parse_recipe
from crypto.ring import Count, HeldRing, KeyRing, Source, count_nothing, fixed
from crypto.sm import sm3
from crypto.tokens import random_bytes

MAX_PASSWORD_LENGTH: Final = 1024
MAX_MEMORY_KIB: Final = 256 * 1024
MAX_TIME_COST: Final = 16
MAX_PARALLELISM: Final = 8

_SALT_SIZE = 16
_RAW_SIZE = 32
_MIN_PEPPER_SIZE = 16
_STORED = re.compile(
    r"\$yihao1\$argon2id\$m=(?P<m>[1-9][0-9]{0,7}),t=(?P<t>[1-9][0-9]?),p=(?P<p>[1-9][0-9]?)"
    r"\$pepper=(?P<pepper>0|[1-9][0-9]{0,8})\$(?P<salt>[\w-]{22})\$(?P<mac>[\w-]{43})",
    re.ASCII,
)
_CARRIED = re.compile(
    r"\$yihao1\$carried\$(?P<recipe>[a-z0-9-]+\$[0-9]+\$[\w-]+)(?P<over>\$argon2id\$.*)?"
    r"(?(over)|\$pepper=(?P<pepper>0|[1-9][0-9]{0,8})\$(?P<mac>[\w-]{43}))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Verified:
    """The password holds; ``needs_upgrade`` asks the caller to store a fresh hash of it."""

    needs_upgrade: bool


@dataclass(frozen=True, slots=True)
class _Cost:
    memory_kib: int
    time_cost: int
    parallelism: int

    def __post_init__(self) -> None:
        # Bounded before any memory is taken: a forged row must not be able to exhaust the machine (RFC 9106
        # §3.1).
        within = (
            1 <= self.parallelism <= MAX_PARALLELISM
            and 1 <= self.time_cost <= MAX_TIME_COST
            and 8 * self.parallelism <= self.memory_kib <= MAX_MEMORY_KIB
        )
        if not within:
            raise ValueError("Argon2 cost is out of bounds")


@dataclass(frozen=True, slots=True)
class _Stored:
    """`cost` and `salt` are Argon2's; `recipe` makes what Argon2, or without it the mac, is made over."""

    cost: _Cost | None
    pepper: int
    salt: bytes
    mac: bytes
    recipe: Recipe | None = None

    def raw(self, password: str) -> bytes:
        """What the mac is made over. Raises ValueError for a password that can have no hash."""
        secret = self.recipe.derive(password) if self.recipe else _normalised(password)
        return _argon2(secret, self.salt, self.cost) if self.cost else secret


class PasswordHasher:
    """Hashes and verifies passwords. Safe to share between threads."""

    __slots__ = ("_cost", "_count", "_ring")

    def __init__(
        self,
        peppers: Mapping[int, bytes],
        current: int,
        memory_kib: int = 19456,
        time_cost: int = 2,
        parallelism: int = 1,
    ) -> None:
        """Take peppers of at least 16 bytes by id, and the cost for new hashes (memory in KiB).

        Raises KeyUnusable when a pepper is short or the current one is missing, ValueError for a cost out of
        bounds.
        """
        self._ring = HeldRing(fixed(peppers, current), _check)
        self._count: Count = count_nothing
        self._cost = _Cost(memory_kib, time_cost, parallelism)

    @classmethod
    def following(cls, source: Source, memory_kib: int, time_cost: int, count: Count = count_nothing) -> Self:
        """A hasher under whatever peppers ``source`` gives at each use; ``count`` hears of every new hash.

        Raises as the constructor does, for the ring also at any later use.
        """
        hasher = cls.__new__(cls)
        hasher._ring = HeldRing(source, _check)
        hasher._count = count
        hasher._cost = _Cost(memory_kib, time_cost, 1)
        return hasher

    @property
    def current(self) -> int:
        """The id of the pepper that new hashes are made under."""
        return self._ring.now().current

    def hash(self, password: str) -> str:
        """Give the text to store.

        Raises ValueError for more than 1,024 characters or text that is not Unicode.
        """
        salt = random_bytes(_SALT_SIZE)
        ring = self._ring.now()
        self._count(ring.current)
        raw = _argon2(_normalised(password), salt, self._cost)
        return f"$yihao1{self._ended(ring, salt, raw)}"

    def carry(self, foreign: ForeignHash) -> str:
        """Give the text to store for a hash that another system made; as slow as ``hash`` for a weak one only."""
        ring = self._ring.now()
        self._count(ring.current)
        begun = f"$yihao1$carried${foreign.recipe.text}"
        if foreign.recipe.is_weak:
            salt = random_bytes(_SALT_SIZE)
            return begun + self._ended(ring, salt, _argon2(foreign.digest, salt, self._cost))
        mac = sm3.hmac_sm3(ring.keys[ring.current], foreign.digest)
        return f"{begun}$pepper={ring.current}${base64url.encode(mac)}"

    def verify(self, stored: str, password: str) -> Verified:
        """Check a password against stored text.

        Raises VerificationError when it does not hold or the text is malformed, KeyUnusable when the text
        names a pepper that is not held (an operator's mistake, not a user's).
        """
        try:
            record = _parse(stored)
            _normalised(password)
        except ValueError:
            raise VerificationError("password does not hold") from None
        ring = self._ring.now()
        pepper = ring.keys.get(record.pepper)
        if pepper is None:
            raise KeyUnusable(f"pepper {record.pepper} is not held")
        try:
            raw = record.raw(password)
        except ValueError:
            raise VerificationError("password does not hold") from None
        if not equal(sm3.hmac_sm3(pepper, raw), record.mac):
            raise VerificationError("password does not hold")
        is_ours = record.recipe is None and record.cost == self._cost
        return Verified(needs_upgrade=not is_ours or record.pepper != ring.current)

    def _ended(self, ring: KeyRing, salt: bytes, raw: bytes) -> str:
        """How every text with Argon2 in it ends."""
        cost, mac = self._cost, sm3.hmac_sm3(ring.keys[ring.current], raw)
        return (
            f"$argon2id$m={cost.memory_kib},t={cost.time_cost},p={cost.parallelism}"
            f"$pepper={ring.current}${base64url.encode(salt)}${base64url.encode(mac)}"
        )


def pepper_of(stored: str) -> int:
    """The id of the pepper that a stored text was made under; raises ValueError for any other text."""
    return _parse(stored).pepper


def _check(ring: KeyRing) -> None:
    if ring.current not in ring.keys:
        raise KeyUnusable("the current pepper is not held")
    if any(len(pepper) < _MIN_PEPPER_SIZE for pepper in ring.keys.values()):
        raise KeyUnusable("a pepper has at least 16 bytes")


def _normalised(password: str) -> bytes:
    """NFC, so that one password typed on two keyboards is one password (RFC 8265 §4.2.2)."""
    if len(password) > MAX_PASSWORD_LENGTH:
        raise ValueError("the password is too long")
    return unicodedata.normalize("NFC", password).encode("utf-8")


def is_carried(stored: str) -> bool:
    """Whether a stored text was carried over from another system, so that its owner has not signed in here yet."""
    return stored.startswith("$yihao1$carried$")


def _argon2(secret: bytes, salt: bytes, cost: _Cost) -> bytes:
    return hash_secret_raw(
        secret,
        salt,
        time_cost=cost.time_cost,
        memory_cost=cost.memory_kib,
        parallelism=cost.parallelism,
        hash_len=_RAW_SIZE,
        type=Type.ID,
    )


def _parse(stored: str) -> _Stored:
    carried = _CARRIED.fullmatch(stored)
    if carried is None:
        return _parse_argon2(stored, None)
    recipe = parse_recipe(carried["recipe"])
    if carried["over"]:
        return _parse_argon2("$yihao1" + carried["over"], recipe)
    if recipe.is_weak:
        raise ValueError("a weak hash without Argon2 over it")
    return _Stored(None, int(carried["pepper"]), b"", base64url.decode(carried["mac"]), recipe)


def _parse_argon2(stored: str, recipe: Recipe | None) -> _Stored:
    match = _STORED.fullmatch(stored)
    if match is None:
        raise ValueError("not a stored password")
    return _Stored(
        cost=_Cost(int(match["m"]), int(match["t"]), int(match["p"])),
        pepper=int(match["pepper"]),
        salt=base64url.decode(match["salt"]),
        mac=base64url.decode(match["mac"]),
        recipe=recipe,
    )

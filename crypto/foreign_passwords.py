"""Password hashes that other systems made: read strictly, and worked out anew from a password that is typed.

Nothing here is for new passwords. Forms that are read, each with bounds, so that no row can ask for an hour of work:

bcrypt          ``$2a$``, ``$2b$``, ``$2y$``, cost 4 to 12; ``$2x$`` is refused, for its makers got it wrong
PBKDF2-SHA256   ``$pbkdf2-sha256$<rounds>$<salt>$<hash>`` in base64 with ``.`` for ``+``; ``pbkdf2_sha256$…`` as Django has it
PBKDF2-SM3      the same two forms with ``sm3`` (RFC 8018 §5.2 over GM/T 0004)
salted MD5/SM3  ``$md5$ps$<salt>$<hash>`` and ``$sm3$…``, hexadecimal; ``ps``: password before salt, ``sp``: salt before it
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from Cryptodome.Protocol import KDF

from crypto import base64url
from crypto.sm import sm3

MAX_LENGTH: Final = 512
"""Characters of a hash as text."""
BCRYPT_COST: Final = range(4, 13)
ROUNDS: Final = range(1, 1_000_001)
STRONG_ROUNDS: Final = 10_000
"""PBKDF2 with fewer rounds is guessed nearly as fast as a plain digest (NIST SP 800-132 §5.2 names 1,000 as the least)."""
SALT: Final = range(1, 65)
BCRYPT_BYTES: Final = 72
"""bcrypt reads no more of a password than these."""

_BCRYPT = re.compile(
    r"\$2[aby]\$(?P<cost>[0-9]{2})\$(?P<salt>[./A-Za-z0-9]{22})(?P<hash>[./A-Za-z0-9]{31})", re.ASCII
)
_PASSLIB = re.compile(
    r"\$pbkdf2-(?P<digest>sha256|sm3)\$(?P<rounds>[1-9][0-9]{0,6})\$(?P<salt>[./A-Za-z0-9]{1,88})\$(?P<hash>[./A-Za-z0-9]{43})",
    re.ASCII,
)
_DJANGO = re.compile(
    r"pbkdf2_(?P<digest>sha256|sm3)\$(?P<rounds>[1-9][0-9]{0,6})\$(?P<salt>[\x21-\x23\x25-\x7e]{1,64})\$(?P<hash>[+/A-Za-z0-9]{43}=)",
    re.ASCII,
)
_PLAIN = re.compile(
    r"\$(?P<digest>md5|sm3)\$(?P<order>ps|sp)\$(?P<salt>[0-9a-fA-F]{2,128})\$(?P<hash>[0-9a-fA-F]{32,64})",
    re.ASCII,
)
_RECIPE = re.compile(
    r"(?P<scheme>bcrypt|pbkdf2-sha256|pbkdf2-sm3|md5-ps|md5-sp|sm3-ps|sm3-sp)\$(?P<cost>[1-9][0-9]{0,6})\$(?P<salt>[\w-]{1,88})",
    re.ASCII,
)
_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FROM_BCRYPT = str.maketrans(_BCRYPT_ALPHABET, _ALPHABET)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a hash was made of a password; ``cost`` is 1 where the scheme has none. ``text`` is one word of ASCII."""

    scheme: str
    cost: int
    salt: bytes

    @property
    def is_weak(self) -> bool:
        """Whether a stolen hash of this kind is guessed about as fast as the guesses can be read out."""
        if self.scheme.startswith("pbkdf2"):
            return self.cost < STRONG_ROUNDS
        return self.scheme != "bcrypt"

    @property
    def text(self) -> str:
        """What ``parse_recipe`` reads."""
        return f"{self.scheme}${self.cost}${base64url.encode(self.salt)}"

    def derive(self, password: str) -> bytes:
        """The hash of a password. Raises ValueError for one that this scheme has no hash of."""
        return _DERIVE[self.scheme](password.encode("utf-8"), self)


@dataclass(frozen=True, slots=True, repr=False)
class ForeignHash:
    """A hash and how it was made."""

    recipe: Recipe
    digest: bytes

    def __repr__(self) -> str:
        return f"ForeignHash({self.recipe.scheme})"


def parse(text: str) -> ForeignHash:
    """The hash in one of the forms above; raises ValueError for every other text."""
    if len(text) <= MAX_LENGTH:
        for form, read in _FORMS:
            match = form.fullmatch(text)
            if match is not None:
                return _checked(read(match))
    raise ValueError("not a password hash of a known form")


def parse_recipe(text: str) -> Recipe:
    """A recipe of its text; raises ValueError."""
    match = _RECIPE.fullmatch(text)
    if match is None:
        raise ValueError("not a recipe")
    return _bounded(Recipe(match["scheme"], int(match["cost"]), base64url.decode(match["salt"])))


def _bcrypt_hash(match: re.Match[str]) -> ForeignHash:
    salt = base64.b64decode(match["salt"].translate(_FROM_BCRYPT) + "==")
    return ForeignHash(Recipe("bcrypt", int(match["cost"]), salt), match["hash"].encode("ascii"))


def _passlib_hash(match: re.Match[str]) -> ForeignHash:
    salt, digest = (_unpadded(match[name].replace(".", "+")) for name in ("salt", "hash"))
    return ForeignHash(Recipe(f"pbkdf2-{match['digest']}", int(match["rounds"]), salt), digest)


def _django_hash(match: re.Match[str]) -> ForeignHash:
    recipe = Recipe(f"pbkdf2-{match['digest']}", int(match["rounds"]), match["salt"].encode("ascii"))
    return ForeignHash(recipe, _unpadded(match["hash"].rstrip("=")))


def _plain_hash(match: re.Match[str]) -> ForeignHash:
    recipe = Recipe(f"{match['digest']}-{match['order']}", 1, bytes.fromhex(match["salt"]))
    return ForeignHash(recipe, bytes.fromhex(match["hash"]))


_FORMS: Final = (
    (_BCRYPT, _bcrypt_hash),
    (_PASSLIB, _passlib_hash),
    (_DJANGO, _django_hash),
    (_PLAIN, _plain_hash),
)


def _unpadded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


def _checked(foreign: ForeignHash) -> ForeignHash:
    sizes = {"bcrypt": 31, "md5-ps": 16, "md5-sp": 16}
    if len(foreign.digest) != sizes.get(foreign.recipe.scheme, 32):
        raise ValueError("a hash of another length")
    _bounded(foreign.recipe)
    return foreign


def _bounded(recipe: Recipe) -> Recipe:
    costs = {"bcrypt": BCRYPT_COST, "pbkdf2-sha256": ROUNDS, "pbkdf2-sm3": ROUNDS}
    if recipe.cost not in costs.get(recipe.scheme, range(1, 2)):
        raise ValueError("a cost out of bounds")
    if len(recipe.salt) not in (range(16, 17) if recipe.scheme == "bcrypt" else SALT):
        raise ValueError("a salt out of bounds")
    return recipe


def _bcrypt(password: bytes, recipe: Recipe) -> bytes:
    if b"\0" in password:
        raise ValueError("bcrypt has no hash of a password with U+0000")
    made = KDF.bcrypt(password[:BCRYPT_BYTES], recipe.cost, recipe.salt)
    return bytes(made)[-31:]


def _pbkdf2_sha256(password: bytes, recipe: Recipe) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password, recipe.salt, recipe.cost)


def _pbkdf2_sm3(password: bytes, recipe: Recipe) -> bytes:
    return sm3.pbkdf2_sm3(password, recipe.salt, recipe.cost, sm3.DIGEST_SIZE)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


_DERIVE: Final[Mapping[str, Callable[[bytes, Recipe], bytes]]] = MappingProxyType(
    {
        "bcrypt": _bcrypt,
        "pbkdf2-sha256": _pbkdf2_sha256,
        "pbkdf2-sm3": _pbkdf2_sm3,
        "md5-ps": lambda password, recipe: _md5(password + recipe.salt),
        "md5-sp": lambda password, recipe: _md5(recipe.salt + password),
        "sm3-ps": lambda password, recipe: sm3.digest(password + recipe.salt),
        "sm3-sp": lambda password, recipe: sm3.digest(recipe.salt + password),
    }
)

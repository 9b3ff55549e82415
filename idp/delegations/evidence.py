"""The word of each side, signed: a compact JWS by the instance's SM2 evidence key (CRY-12, GB/T 39786-2021 §8.4 h).

It names persons by ids of ours, organisations by their unified code, and holds no value of a person. It is verified with
any key that ever signed evidence here, also one that has ended since.
"""

from dataclasses import dataclass, fields
from typing import Any, Final

from crypto.errors import CryptoError
from crypto.jose import jwt
from idp.clock import Clock
from idp.keys.keyring import Keyring
from idp.keys.models import KeyPurpose

ALGORITHM: Final = "SGD_SM3_SM2"
TYP: Final = "delegation+jws"
VERSION: Final = 1
MAX_BYTES: Final = 32_768


@dataclass(frozen=True, slots=True)
class Word:
    """What one side says: `act` is grant or acceptance; `by`, `subject` and `agent` are ids with their kind.

    Instants are seconds since 1970, `ends_at` None where there is no end.
    """

    delegation: str
    act: str
    by: str
    subject: str
    agent: str
    capacity: str
    matters: tuple[str, ...]
    may_delegate: bool
    starts_at: int
    ends_at: int | None
    parent: str | None


class Evidence:
    """Signs and verifies words."""

    def __init__(self, issuer: str, keyring: Keyring, clock: Clock) -> None:
        self._issuer = issuer
        self._keyring = keyring
        self._clock = clock

    def sign(self, word: Word) -> str:
        """The signed word. Raises Unavailable when there is no evidence key."""
        claims = {
            "iss": self._issuer,
            "iat": int(self._clock.timestamp()),
            "v": VERSION,
            "delegation": word.delegation,
            "act": word.act,
            "by": word.by,
            "subject": word.subject,
            "agent": word.agent,
            "capacity": word.capacity,
            "matters": list(word.matters),
            "may_delegate": word.may_delegate,
            "starts_at": word.starts_at,
            "ends_at": word.ends_at,
            "parent": word.parent,
        }
        return jwt.encode(claims, self._keyring.signer_of(KeyPurpose.EVIDENCE, ALGORITHM), TYP)

    def read(self, signed: str) -> Word | None:
        """What was signed; None where the signature does not hold or is none of ours."""
        try:
            said: dict[str, Any] = jwt.decode(
                signed,
                self._keyring.ring().evidence,
                algorithms=frozenset({ALGORITHM}),
                typ=frozenset({TYP}),
                issuer=self._issuer,
                now=self._clock.timestamp(),
                required=("iat", "v", "delegation", "act", "by", "matters"),
                max_bytes=MAX_BYTES,
            )
        except CryptoError:
            return None
        names = {field.name for field in fields(Word)}
        if said.keys() != names | {"iss", "iat", "v"} or said["v"] != VERSION:
            return None
        return Word(**{name: said[name] for name in names - {"matters"}}, matters=tuple(said["matters"]))

    def does_hold(self, signed: str, word: Word) -> bool:
        """Whether a signature holds and says just this."""
        return self.read(signed) == word

"""Codes from a clock: authenticator apps (RFC 6238 with SHA-1, SHA-256 or SM3) and hardware tokens (GM/T 0021-2023).

A secret is a line of text `algorithm:hexadecimal`; the algorithm says how a code is made of it.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

import pyotp

from crypto.compare import equal
from crypto.lookup import Lookup
from crypto.sm import sm3
from crypto.tokens import random_bytes
from idp.authenticators.evidence import Way
from idp.authenticators.store import Credential, CredentialStore
from idp.clock import Clock, instant
from idp.ephemeral.port import Store
from idp.storage.engine import Db

KIND: Final = Way.TOTP.value
DIGITS: Final = 6
APP_SECONDS: Final = 30
TOKEN_SECONDS: Final = 60
DRIFT: Final = 1
"""How many steps a clock may be behind or ahead (RFC 6238 §5.2)."""
SECRET_BYTES: Final = 20


class Algorithm(StrEnum):
    """How a code is made of a secret and a step of time."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"
    SM3 = "SM3"
    GMT0021 = "GMT0021"


_DIGESTS: Final[Mapping[Algorithm, Callable[..., object]]] = {
    Algorithm.SHA1: hashlib.sha1,
    Algorithm.SHA256: hashlib.sha256,
    Algorithm.SM3: lambda data=b"": hashlib.new("sm3", data),
}


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What a token and this provider share."""

    algorithm: Algorithm
    key: bytes

    def __repr__(self) -> str:
        return f"Secret({self.algorithm.value})"

    @property
    def seconds(self) -> int:
        """How long a code stands: a minute on hardware tokens (GM/T 0021 §5.2), half a minute in apps."""
        return TOKEN_SECONDS if self.algorithm is Algorithm.GMT0021 else APP_SECONDS

    @property
    def text(self) -> str:
        """The secret as it is sealed."""
        return f"{self.algorithm.value}:{self.key.hex()}"

    @property
    def base32(self) -> str:
        """The key as people type it into an app."""
        return base64.b32encode(self.key).decode().rstrip("=")

    def code(self, step: int) -> str:
        """The code of a step of time."""
        if self.algorithm is Algorithm.GMT0021:
            return token_code(self.key, step)
        otp = pyotp.HOTP(self.base32, digits=DIGITS, digest=_DIGESTS[self.algorithm])
        return otp.at(step)


def new_secret(algorithm: Algorithm = Algorithm.SHA1) -> Secret:
    """A fresh secret for an app: 160 bits (RFC 4226 §4), or as many as the digest has."""
    return Secret(algorithm, random_bytes(SECRET_BYTES if algorithm is Algorithm.SHA1 else 32))


def read_secret(text: str) -> Secret:
    """A secret from its sealed form. Raises ValueError."""
    algorithm, _, key = text.partition(":")
    return Secret(Algorithm(algorithm), bytes.fromhex(key))


def token_code(key: bytes, factor: int, counter: int | None = None, challenge: int | None = None) -> str:
    """The code of a dynamic password token for a time factor, with event and challenge factors where it has them.

    GM/T 0021-2023 §6: S = SM3(K ‖ ID), ID = T ‖ C ‖ Q; OD is the sum of the eight words of S modulo 2³², of which the
    last six decimal digits are shown.
    """
    identifier = factor.to_bytes(8, "big")
    identifier += b"" if counter is None else counter.to_bytes(4, "big")
    identifier += b"" if challenge is None else str(challenge).encode("ascii")
    summed = sm3.digest(key + identifier)
    words = (int.from_bytes(summed[start : start + 4], "big") for start in range(0, len(summed), 4))
    return f"{sum(words) % 2**32 % 10**DIGITS:0{DIGITS}d}"


def app_address(secret: Secret, issuer: str, account: str) -> str:
    """The address that an app reads from a picture (Key URI format); `account` is shown in it, so it is masked."""
    values = {"secret": secret.base32, "issuer": issuer}
    if secret.algorithm is not Algorithm.SHA1:
        values["algorithm"] = secret.algorithm.value
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{urlencode(values, quote_via=quote)}"


def matching_step(secret: Secret, code: str, now: float) -> int | None:
    """The step of time whose code this is, within the drift; every step is compared, so that the time tells nothing."""
    present = int(now) // secret.seconds
    steps = range(max(present - DRIFT, 0), present + DRIFT + 1)
    typed = code.encode()
    hits = [step for step in steps if equal(secret.code(step).encode(), typed)]
    return hits[0] if hits else None


class TotpMethod:
    """Checks codes of a person's token, each of them once."""

    def __init__(self, credentials: CredentialStore, store: Store, lookup: Lookup, clock: Clock) -> None:
        self._credentials = credentials
        self._store = store
        self._lookup = lookup
        self._clock = clock

    def check(self, db: Db, person_id: str, code: str) -> Credential | None:
        """The credential whose code this is, burned for its step of time (RFC 6238 §5.2); None where it is nobody's."""
        now = self._clock.timestamp()
        for credential in self._credentials.list_kind(db, person_id, KIND):
            secret = read_secret(credential.secret)
            step = matching_step(secret, code, now)
            if step is not None and self._burn(credential.id, step, secret.seconds):
                self._credentials.use(db, credential.id, instant(self._clock))
                return credential
        return None

    def enrol(self, db: Db, person_id: str, secret: Secret, step: int, now: datetime) -> None:
        """Give a person an app in place of the one before; the code of `step` confirmed it and is good no more."""
        self._credentials.remove_kind(db, person_id, KIND)
        row = self._credentials.row(KIND, person_id, secret.text, now)
        self._credentials.add_rows(db, [row])
        self._burn(row["id"], step, secret.seconds)

    def remove(self, db: Db, person_id: str) -> None:
        """Take a person's app away."""
        self._credentials.remove_kind(db, person_id, KIND)

    def _burn(self, credential_id: str, step: int, seconds: int) -> bool:
        key = self._lookup.digest("totp_step", f"{credential_id}|{step}")
        return self._store.add_once(key, b"1", seconds * 2 * (DRIFT + 1))

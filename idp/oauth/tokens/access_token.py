"""Access tokens: JWTs of RFC 9068 for resource servers, read back by our own endpoints."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from crypto.errors import TokenRejected
from crypto.jose import jwt
from crypto.tokens import digest, random_token
from idp.clock import Clock
from idp.keys.keyring import ALGORITHMS, Keyring
from idp.oauth.clients.resolve import Client
from idp.oauth.tokens.store import Family
from idp.oauth.unverified import named_key

TYP = "at+jwt"
MAX_HELD = 8192
_ALGORITHMS = frozenset(ALGORITHMS)
_TYPES = frozenset({TYP})
_REQUIRED = ("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A verified access token of ours. `family_id` is None where no person is behind it; times in seconds since 1970."""

    jti: str
    client_id: str
    sub: str
    scope: frozenset[str]
    iat: int
    exp: int
    family_id: str | None
    kid: str
    claims: dict[str, object]


@dataclass(frozen=True, slots=True)
class IssuedAccess:
    """A new access token with what the answer and the audit say of it."""

    token: str
    jti: str
    expires_in: int


class AccessTokens:
    """Issues and reads access tokens; the audience is the issuer itself."""

    def __init__(self, issuer: str, keyring: Keyring, seconds: int, clock: Clock) -> None:
        self._issuer = issuer
        self._keyring = keyring
        self._seconds = seconds
        self._clock = clock
        self._verified: OrderedDict[bytes, AccessToken] = OrderedDict()
        self._lock = threading.Lock()

    def for_person(
        self,
        client: Client,
        family: Family,
        sub: str,
        scope: frozenset[str],
        named: Mapping[str, object],
    ) -> IssuedAccess:
        """A token about a person or whom that person acts for, with what is `named` beside; it never outlives its family.
        `fam` is a private claim, opaque to others.
        """
        about = {
            "auth_time": int(family.auth_time.timestamp()),
            "acr": family.acr,
            "amr": family.amr.split(),
            "fam": family.id,
            **named,
        }
        return self._issue(client, sub, scope, about, int(family.expires_at.timestamp()))

    def for_client(self, client: Client, scope: frozenset[str]) -> IssuedAccess:
        """A token of a client about itself: `sub` is its own id (RFC 9068 §2.2)."""
        return self._issue(client, client.client_id, scope, {}, None)

    def read(self, token: str) -> AccessToken:
        """The verified content of an access token of ours. Raises TokenRejected.

        The signature is verified once per process; expiry and the standing of the key are asked every time. Whether
        the token was revoked is for `Families.is_usable` to say.
        """
        ring = self._keyring.ring()
        now = self._clock.timestamp()
        key = digest(token)
        held = self._held(key)
        if held is None:
            held = self._verify(token, now)
            self._hold(key, held)
        if held.kid not in ring.by_kid:
            self._keyring.met(held.kid)
            raise TokenRejected("key")
        if now >= held.exp:
            raise TokenRejected("expired")
        return held

    def _issue(
        self, client: Client, sub: str, scope: frozenset[str], about: dict[str, object], latest: int | None
    ) -> IssuedAccess:
        now = int(self._clock.timestamp())
        exp = now + self._seconds if latest is None else min(now + self._seconds, latest)
        jti = random_token(16)
        claims: dict[str, object] = {
            "iss": self._issuer,
            "sub": sub,
            "aud": self._issuer,
            "client_id": client.client_id,
            "iat": now,
            "exp": exp,
            "jti": jti,
            "scope": " ".join(sorted(scope)),
            **about,
        }
        signer = self._keyring.signer(client.access_token_signed_response_alg)
        return IssuedAccess(jwt.encode(claims, signer, TYP), jti, exp - now)

    def _verify(self, token: str, now: float) -> AccessToken:
        kid = named_key(token)
        jwk = None if kid is None else self._keyring.ring().by_kid.get(kid)
        if kid is None or jwk is None:
            self._keyring.met(kid or "")
            raise TokenRejected("key")
        claims = jwt.decode(
            token,
            (jwk,),
            algorithms=_ALGORITHMS,
            typ=_TYPES,
            issuer=self._issuer,
            audience=self._issuer,
            now=now,
            leeway=0,
            required=_REQUIRED,
        )
        family_id = claims.get("fam")
        return AccessToken(
            jti=str(claims["jti"]),
            client_id=str(claims["client_id"]),
            sub=str(claims["sub"]),
            scope=frozenset(str(claims["scope"]).split()),
            iat=_seconds(claims["iat"]),
            exp=_seconds(claims["exp"]),
            family_id=None if family_id is None else str(family_id),
            kid=kid,
            claims=claims,
        )

    def _held(self, key: bytes) -> AccessToken | None:
        with self._lock:
            held = self._verified.get(key)
            if held is not None:
                self._verified.move_to_end(key)
            return held

    def _hold(self, key: bytes, read: AccessToken) -> None:
        with self._lock:
            self._verified[key] = read
            if len(self._verified) > MAX_HELD:
                self._verified.popitem(last=False)


def _seconds(value: object) -> int:
    if not isinstance(value, int):
        raise TokenRejected("malformed")
    return value

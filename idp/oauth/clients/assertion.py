"""Client assertions (RFC 7523 §3, OpenID Connect Core §9): a JWT signed by the client, used once."""

from dataclasses import dataclass

from crypto.errors import TokenRejected
from crypto.jose import jwt
from idp.clock import Clock
from idp.ephemeral.box import Box
from idp.oauth.clients.keys import ClientKeys
from idp.oauth.clients.resolve import Client
from idp.oauth.unverified import named_key

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("EdDSA", "ES256", "PS256", "RS256", "SGD_SM3_SM2")
MAX_SECONDS = 300
LEEWAY = 5
MAX_JTI = 256
# A JWT of another type that the client signed, such as a request object, is no assertion (RFC 8725 §3.11).
_TYPES = frozenset({"", "JWT", "client-authentication+jwt"})
_REQUIRED = ("iss", "sub", "aud", "exp", "jti")


@dataclass(frozen=True, slots=True)
class UsedAssertion:
    """Remembers that an assertion was used, until it would have expired: `exp` in seconds since 1970."""

    exp: int


class Assertions:
    """Verifies assertions. `audiences` are what an assertion may name: the issuer and the token endpoint."""

    def __init__(
        self, keys: ClientKeys, used: Box[UsedAssertion], audiences: frozenset[str], clock: Clock
    ) -> None:
        self._keys = keys
        self._used = used
        self._audiences = audiences
        self._clock = clock

    def check(self, client: Client, assertion: str) -> None:
        """Accept an assertion of this client, once. Raises TokenRejected."""
        now = self._clock.timestamp()
        claims = jwt.decode(
            assertion,
            self._keys.of(client, named_key(assertion)),
            algorithms=frozenset(ALGORITHMS),
            typ=_TYPES,
            issuer=client.client_id,
            now=now,
            leeway=LEEWAY,
            required=_REQUIRED,
            profiles=client.profiles,
        )
        if claims["sub"] != client.client_id:
            raise TokenRejected("subject")
        if self._audiences.isdisjoint(_audiences(claims["aud"])):
            raise TokenRejected("audience")
        exp, jti = claims["exp"], claims["jti"]
        if not isinstance(exp, int) or exp > now + MAX_SECONDS + LEEWAY:
            raise TokenRejected("too_long")
        if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
            raise TokenRejected("malformed")
        life = int(exp - now) + LEEWAY + 1
        if not self._used.add_once(f"{client.client_id} {jti}", UsedAssertion(exp), max(life, 1)):
            raise TokenRejected("replayed")


def _audiences(aud: object) -> list[str]:
    """`aud` is text or a list of text (RFC 7519 §4.1.3); anything else names nobody."""
    if isinstance(aud, str):
        return [aud]
    if isinstance(aud, list) and all(isinstance(one, str) for one in aud):
        return aud
    return []

"""ID tokens (OpenID Connect Core §2): who signed in, when, how strongly; no personal data."""

from crypto.jose import jwt
from crypto.jose.profile import half_hash
from idp.clock import Clock
from idp.keys.keyring import Keyring
from idp.oauth.clients.resolve import Client
from idp.oauth.tokens.store import Family

TYP = "JWT"
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")
"""Every claim that an ID token of ours may hold."""


class IdTokens:
    """Issues ID tokens under the algorithm that the client registered."""

    def __init__(self, issuer: str, keyring: Keyring, seconds: int, clock: Clock) -> None:
        self._issuer = issuer
        self._keyring = keyring
        self._seconds = seconds
        self._clock = clock

    def issue(self, client: Client, family: Family, sub: str, access_token: str, nonce: str | None) -> str:
        """An ID token beside `access_token`; without `nonce` after a refresh (OpenID Connect Core §12.2)."""
        now = int(self._clock.timestamp())
        algorithm = client.id_token_signed_response_alg
        claims: dict[str, object] = {
            "iss": self._issuer,
            "sub": sub,
            "aud": client.client_id,
            "exp": now + self._seconds,
            "iat": now,
            "auth_time": int(family.auth_time.timestamp()),
            "acr": family.acr,
            "amr": family.amr.split(),
            "at_hash": half_hash(algorithm, access_token),
            "sid": family.session_id,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return jwt.encode(claims, self._keyring.signer(algorithm), TYP)

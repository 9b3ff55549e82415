"""ID tokens (OpenID Connect Core §2): who signed in, for whom, when, how strongly; no personal data."""

from collections.abc import Mapping

from crypto.jose.profile import half_hash
from idp.clock import Clock
from idp.oauth.clients.resolve import Client
from idp.oauth.tokens.protect import Protect
from idp.oauth.tokens.store import Family

CLAIMS = (
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "subject_type",
    "act",
    "org",
)
"""Every claim that an ID token of ours may hold."""


class IdTokens:
    """Issues ID tokens under the algorithm that the client registered, encrypted where it registered that."""

    def __init__(self, issuer: str, protect: Protect, seconds: int, clock: Clock) -> None:
        self._issuer = issuer
        self._protect = protect
        self._seconds = seconds
        self._clock = clock

    def check(self, client: Client) -> None:
        """See to it that this client can be given ID tokens, before anything is burned for one. Raises OAuthRefused."""
        self._protect.check_id_token(client)

    def issue(
        self,
        client: Client,
        family: Family,
        sub: str,
        access_token: str,
        nonce: str | None,
        acting: Mapping[str, object],
    ) -> str:
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
            "at_hash": half_hash(algorithm, access_token, client.profiles),
            "sid": family.session_id,
            **acting,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self._protect.id_token(client, claims)

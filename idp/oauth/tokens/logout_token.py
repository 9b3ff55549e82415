"""Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): they tell one client that one session ended."""

from crypto.tokens import random_token
from idp.clock import Clock
from idp.oauth.clients.resolve import Client
from idp.oauth.tokens.protect import Protect

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
SECONDS = 120


def build(
    issuer: str, protect: Protect, clock: Clock, client: Client, sub: str | None, session_id: str
) -> str:
    """A logout token for a client, valid for two minutes, signed and encrypted like its ID tokens (§2.5).

    `sub` is the person's subject at this client, None to name the session only; `session_id` is the `sid` of its ID
    tokens. There is no nonce (§2.4), and every token is new: a second delivery gets another `jti`.
    """
    now = int(clock.timestamp())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": now,
        "exp": now + SECONDS,
        "jti": random_token(16),
        "sid": session_id,
        "events": {EVENT: {}},
    }
    if sub is not None:
        claims["sub"] = sub
    return protect.id_token(client, claims, TYP)

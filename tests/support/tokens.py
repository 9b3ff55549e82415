"""Reads tokens of the provider as an application would: verified under its published keys."""

from typing import Any

import orjson

from crypto.jose import jwt
from idp.keys.keyring import ALGORITHMS
from tests.support.provider import Provider
from tests.support.raw import ask


def published_keys(provider: Provider) -> list[dict[str, Any]]:
    """The keys of `/oauth/jwks`."""
    return list(orjson.loads(ask(provider, "GET", "/oauth/jwks").body)["keys"])


def claims_of(
    provider: Provider, token: str, typ: str = "JWT", audience: str | None = None
) -> dict[str, Any]:
    """The claims of a token of the provider. Raises TokenRejected."""
    return jwt.decode(
        token,
        published_keys(provider),
        algorithms=frozenset(ALGORITHMS),
        typ=frozenset({typ}),
        issuer=provider.issuer,
        audience=audience,
        now=provider.clock.timestamp(),
    )

"""Checks what the provider signed: ID tokens (OpenID Connect Core §3.1.3.7) and logout tokens (Back-Channel §2.6).

The algorithm is the one this application registered, never the one that a token names.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import sm2_id_token
from authlib.oauth2.claims import JWTClaims
from authlib.oidc.core import CodeIDToken
from joserfc import jws
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import ECKey

LEEWAY = 60
"""Seconds by which two clocks may differ."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

Jwk = Mapping[str, Any]
FindKey = Callable[[str], Jwk | None]


class TokenRefused(Exception):
    """The token is not valid for this application; the text is for the log."""


class Sm2IdToken(CodeIDToken):
    """Authlib's rules for ID tokens, with `at_hash` by SM3, which Authlib cannot compute."""

    def validate_at_hash(self) -> None:
        access_token = self.params.get("access_token")
        if access_token and not sm2_id_token.is_half_hash(self.get("at_hash"), access_token):
            raise InvalidClaimError("at_hash")


class LogoutToken(JWTClaims):
    """A logout token: about a session, with the event, without a nonce."""

    def validate(self, now: int | None = None, leeway: int = 0) -> None:
        super().validate(now, leeway)
        events = self.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise InvalidClaimError("events")
        if "nonce" in self:
            raise InvalidClaimError("nonce")
        if not isinstance(self.get("sid"), str) or not self["sid"]:
            raise InvalidClaimError("sid")


class Tokens:
    """Reads tokens of one issuer for one client."""

    def __init__(self, issuer: str, client_id: str, algorithm: str, find_key: FindKey) -> None:
        self._algorithm = algorithm
        self._find_key = find_key
        self._client_id = client_id
        self._ours = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
        }

    def id_token(self, token: str, access_token: str, nonce: str | None) -> dict[str, Any]:
        """The claims of an ID token; `nonce` is None after a refresh. Raises TokenRefused."""
        kind = Sm2IdToken if self._algorithm == sm2_id_token.ALGORITHM else CodeIDToken
        header, content = self._verified(token, "JWT")
        options = {**self._ours, "at_hash": {"essential": True}, "sid": {"essential": True}}
        params = {"client_id": self._client_id, "nonce": nonce, "access_token": access_token}
        return _valid(kind(content, header, options, params))

    def logout_token(self, token: str) -> dict[str, Any]:
        """The claims of a logout token. Raises TokenRefused."""
        header, content = self._verified(token, "logout+jwt")
        options = {**self._ours, **{name: {"essential": True} for name in ("iat", "exp", "jti")}}
        return _valid(LogoutToken(content, header, options))

    def _verified(self, token: str, typ: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims behind a good signature; one kind of token never passes for another."""
        try:
            signed, _, signature = token.rpartition(".")
            first, _, second = signed.partition(".")
            header, content = (json.loads(sm2_id_token.decode(part)) for part in (first, second))
            if not isinstance(header, dict) or not isinstance(content, dict):
                raise TokenRefused("no objects")
            if header.get("alg") != self._algorithm or header.get("typ") != typ or "crit" in header:
                raise TokenRefused("header")
            key = self._find_key(str(header.get("kid")))
            if key is None or key.get("alg", self._algorithm) != self._algorithm:
                raise TokenRefused("unknown key")
            if self._algorithm == sm2_id_token.ALGORITHM:
                sm2_id_token.verify(key, signed.encode("ascii"), sm2_id_token.decode(signature))
            else:
                jws.deserialize_compact(token, ECKey.import_key(dict(key)), algorithms=[self._algorithm])
        except (JoseError, ValueError) as error:
            raise TokenRefused(type(error).__name__) from error
        return header, content


def _valid(claims: JWTClaims) -> dict[str, Any]:
    try:
        claims.validate(leeway=LEEWAY)
    except JoseError as error:
        raise TokenRefused(str(error)) from error
    return dict(claims)

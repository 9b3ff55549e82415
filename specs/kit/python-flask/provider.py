"""一号 as this application sees it: where to send the browser, and the calls from server to server (Authlib)."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from httpx import HTTPError
from tokens import Jwk, TokenRefused, Tokens

SCOPE = "openid realname idcard mobile offline_access"
"""Ask for what the business needs and nothing else; each is explained to the person on the consent page."""
SECONDS = 10
KEYS_FRESH = 60
"""Seconds between two fetches of the key set: tokens with invented key ids cannot make us call more often."""


class SignInFailed(Exception):
    """The sign-in did not succeed. `code` is the provider's OAuth error, or ours; the text is for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class Provider:
    """Speaks to one provider for one client. Safe to share between threads."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, redirect_uri: str, algorithm: str
    ) -> None:
        self._issuer = issuer
        self._client = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Jwk] = {}
        self._keys_at = float("-inf")
        self.tokens = Tokens(issuer, client_id, algorithm, self._find_key)

    def sign_in_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """Where to send the browser: code flow with PKCE S256, state and nonce."""
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                scope=SCOPE,
                state=state,
                nonce=nonce,
                code_verifier=code_verifier,
            )
        return str(url)

    def redeem(self, answer: Mapping[str, str], nonce: str, code_verifier: str) -> dict[str, Any]:
        """The person behind the provider's answer to the callback: tokens, and `claims` of ID token and userinfo.

        The caller has matched `state` already. Raises SignInFailed.
        """
        if answer.get("iss") != self._issuer:  # RFC 9207 §2.4: an answer of another provider
            raise SignInFailed("wrong_issuer")
        if "error" in answer or "code" not in answer:
            raise SignInFailed(answer.get("error", "no_code"))
        token = self._token(code=answer["code"], code_verifier=code_verifier, grant_type="authorization_code")
        return self._person(token, nonce, None)

    def refresh(self, person: Mapping[str, Any]) -> dict[str, Any]:
        """The same person with fresh tokens and claims. Raises SignInFailed when the provider ended the grant."""
        token = self._token(refresh_token=person["refresh_token"], grant_type="refresh_token")
        return self._person(token, None, person)

    def sign_out_url(self, id_token: str, post_logout_redirect_uri: str, state: str) -> str:
        """Where to send the browser to sign out everywhere (RP-Initiated Logout §2)."""
        with self._session() as session:
            request = session.build_request(
                "GET",
                self._endpoint("end_session_endpoint"),
                params={
                    "id_token_hint": id_token,
                    "client_id": self._client["client_id"],
                    "post_logout_redirect_uri": post_logout_redirect_uri,
                    "state": state,
                },
            )
        return str(request.url)

    def _person(
        self, token: Mapping[str, Any], nonce: str | None, before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """ID token checked, userinfo read: both about one person, after a refresh the same as before it (§12.2)."""
        try:
            signed = self.tokens.id_token(token["id_token"], token["access_token"], nonce)
            with self._session(token=dict(token)) as session:
                userinfo = session.get(self._endpoint("userinfo_endpoint")).raise_for_status().json()
        except (TokenRefused, HTTPError, KeyError, ValueError) as error:
            raise SignInFailed("bad_answer", repr(error)) from error
        if userinfo.get("sub") != signed["sub"] or (before and before["claims"]["sub"] != signed["sub"]):
            raise SignInFailed("other_person")
        return {
            "id_token": token["id_token"],
            "refresh_token": token.get("refresh_token"),
            "claims": {**signed, **userinfo},
        }

    def _token(self, **form: str) -> dict[str, Any]:
        try:
            with self._session() as session:
                return dict(session.fetch_token(self._endpoint("token_endpoint"), **form))
        except (OAuthError, HTTPError, ValueError) as error:
            raise SignInFailed(getattr(error, "error", "") or "no_token", repr(error)) from error

    def _session(self, **more: Any) -> OAuth2Client:
        # No scope here: Authlib would repeat it at every refresh, and the person may have granted less.
        return OAuth2Client(**self._client, code_challenge_method="S256", timeout=SECONDS, **more)

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if not self._metadata:
                found = self._get(f"{self._issuer}/.well-known/openid-configuration")
                if found.get("issuer") != self._issuer:  # OpenID Connect Discovery §4.3
                    raise SignInFailed("wrong_issuer", "discovery")
                self._metadata = found
        return str(self._metadata[name])

    def _find_key(self, kid: str) -> Jwk | None:
        """The key of this id. The set also holds SM2 keys, which JOSE libraries cannot read: so one key at a time."""
        jwks_uri = self._endpoint("jwks_uri")
        with self._lock:
            if kid not in self._keys and time.monotonic() - self._keys_at > KEYS_FRESH:
                self._keys_at = time.monotonic()
                self._keys = {key["kid"]: key for key in self._get(jwks_uri)["keys"]}
            return self._keys.get(kid)

    def _get(self, url: str) -> dict[str, Any]:
        try:
            with self._session() as session:
                return dict(session.request("GET", url, withhold_token=True).raise_for_status().json())
        except (HTTPError, ValueError) as error:
            raise SignInFailed("unreachable", repr(error)) from error

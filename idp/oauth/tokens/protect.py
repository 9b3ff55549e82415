"""Signs what is said to a client, and encrypts it where the client registered that; never in the clear instead."""

from collections.abc import Mapping

from crypto.errors import KeyUnusable, TokenRejected
from crypto.jose import jwt, nested
from crypto.jose.profile import PROFILES, SM2
from idp.clock import Clock
from idp.keys.keyring import Keyring
from idp.oauth.clients.keys import ClientKeys, Jwk
from idp.oauth.clients.resolve import Client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.observe.log import logger

JWT = "JWT"
INTROSPECTION = "token-introspection+jwt"

_log = logger(__name__)


class Protect:
    """Protects answers by the registration of the client that gets them.

    Every method raises OAuthRefused(invalid_client_metadata) when the answer cannot be protected as registered: an
    impossible registration, or no key of the client to encrypt to.
    """

    def __init__(self, issuer: str, keyring: Keyring, keys: ClientKeys, clock: Clock) -> None:
        self._issuer = issuer
        self._keyring = keyring
        self._keys = keys
        self._clock = clock

    def check_id_token(self, client: Client) -> None:
        """See to it that an ID token can be protected, before anything is burned for it; may fetch the client's keys."""
        if client.protection_faults:
            raise _refused(client, "registration")
        if client.id_token_encrypted_response_alg is not None:
            self._key(client, client.id_token_encrypted_response_alg)

    def id_token(self, client: Client, claims: Mapping[str, object], typ: str = JWT) -> str:
        """An ID token or a logout token, which are protected alike (Back-Channel Logout 1.0 §2.5)."""
        signing = client.id_token_signed_response_alg
        signed = self._signed(client, signing, claims, typ)
        alg, enc = client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc
        return signed if alg is None else self._encrypted(client, signing, signed, alg, enc)

    def userinfo(self, client: Client, claims: Mapping[str, object]) -> str | None:
        """The claims as a JWT with iss and aud (OpenID Connect Core §5.3.2), or None where plain JSON is registered."""
        alg, enc = client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc
        signing = client.userinfo_signed_response_alg
        if signing is None and alg is None:
            return None
        if signing is None:
            raise _refused(client, "registration")
        told = {**claims, "iss": self._issuer, "aud": client.client_id}
        signed = self._signed(client, signing, told, JWT)
        return signed if alg is None else self._encrypted(client, signing, signed, alg, enc)

    def introspection(self, client: Client, about: Mapping[str, object], *, is_asked: bool) -> str | None:
        """The answer as a JWT (RFC 9701 §5) where it is asked for or registered; None where plain JSON will do.

        Without a registered algorithm it is signed like the client's ID tokens. There is no sub and no exp, so that
        nobody takes it for an access token (RFC 9701 §8.1).
        """
        alg, enc = client.introspection_encrypted_response_alg, client.introspection_encrypted_response_enc
        registered = client.introspection_signed_response_alg
        if registered is None and alg is None and not is_asked:
            return None
        signing = registered or client.id_token_signed_response_alg
        told: dict[str, object] = {
            "iss": self._issuer,
            "aud": client.client_id,
            "iat": int(self._clock.timestamp()),
            "token_introspection": about,
        }
        signed = self._signed(client, signing, told, INTROSPECTION)
        return signed if alg is None else self._encrypted(client, signing, signed, alg, enc)

    def _signed(self, client: Client, alg: str, claims: Mapping[str, object], typ: str) -> str:
        if client.protection_faults:
            raise _refused(client, "registration")
        signer = self._keyring.signer(alg)
        if client.profiles is PROFILES:
            return jwt.encode(claims, signer, typ)
        try:
            return jwt.encode(claims, signer, typ, client.profiles[alg])
        except KeyUnusable:
            raise _refused(client, "profile") from None

    def _encrypted(self, client: Client, signing: str, signed: str, alg: str, enc: str | None) -> str:
        own, sm2 = client.profiles[signing], client.profiles[SM2]
        encoding = own.jwe_ek_encoding or sm2.jwe_ek_encoding or "c1c3c2"
        try:
            return nested.wrap(signed, self._key(client, alg), alg=alg, enc=enc or "", ek_encoding=encoding)
        except KeyUnusable:
            raise _refused(client, "key") from None

    def _key(self, client: Client, alg: str) -> Jwk:
        try:
            return self._keys.for_encryption(client, alg)
        except TokenRejected:
            raise _refused(client, "key") from None


def _refused(client: Client, reason: str) -> OAuthRefused:
    """The refusal in place of an unprotected answer; the operators see which client has to mend what."""
    _log.warning("answer.not_protected", client_id=client.client_id, reason=reason)
    words = (
        "no key with use enc and the registered algorithm was found in jwks or jwks_uri"
        if reason == "key"
        else "the registered protection of answers cannot be carried out"
    )
    return OAuthRefused(OAuthCode.INVALID_CLIENT_METADATA, words, reason)

"""The provider's metadata (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), gathered from the tables that are obeyed."""

from idp.authenticators.evidence import ACR_VALUES
from idp.claims.catalogue import CLAIMS, SCOPES
from idp.claims.release import Release
from idp.keys.keyring import Ring
from idp.oauth.checks.prompt import PROMPTS
from idp.oauth.clients import assertion, authentication, protection
from idp.oauth.details import TYPES
from idp.oauth.grants import pkce
from idp.oauth.grants.table import GRANTS
from idp.oauth.routes import ROUTES
from idp.oauth.tokens import id_token
from idp.web.i18n import Language

ENDPOINTS = {
    "authorization_endpoint": "authorize.begin",
    "token_endpoint": "token.answer",
    "device_authorization_endpoint": "device_authorization.answer",
    "userinfo_endpoint": "userinfo.answer",
    "jwks_uri": "jwks.answer",
    "introspection_endpoint": "introspect.answer",
    "revocation_endpoint": "revoke.answer",
    "end_session_endpoint": "end_session.answer",
}
REGISTERED = frozenset({"ES256"})
"""Of our algorithms, those in IANA's JOSE registry."""


def address_of(issuer: str, endpoint: str) -> str:
    """The address of an endpoint by its name in the route table."""
    return issuer + next(route.path for route in ROUTES if route.endpoint == endpoint)


def metadata(issuer: str, release: Release, ring: Ring) -> dict[str, object]:
    """The metadata document; `jwks` holds the keys that every JOSE library can read (decision 0007)."""
    confidential = [method for method in authentication.METHODS if method != "none"]
    return {
        "issuer": issuer,
        **{name: address_of(issuer, endpoint) for name, endpoint in ENDPOINTS.items()},
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "acr_values_supported": list(ACR_VALUES),
        "subject_types_supported": ["pairwise"],
        **_protection(),
        "token_endpoint_auth_methods_supported": list(authentication.METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(assertion.ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": list(assertion.ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": list(authentication.METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": list(assertion.ALGORITHMS),
        "claims_supported": _claims(release),
        "code_challenge_methods_supported": list(pkce.METHODS),
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": [language.value for language in Language],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_details_types_supported": list(TYPES),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "jwks": {"keys": [key for key in ring.by_kid.values() if key["alg"] in REGISTERED]},
    }


def _protection() -> dict[str, object]:
    """How answers can be protected (OpenID Connect Discovery §3, RFC 9701 §7)."""
    signing, algs = list(protection.SIGNING), list(protection.ENCRYPTION_ALGS)
    members: dict[str, object] = {}
    for answer in ("id_token", "userinfo", "introspection"):
        members[f"{answer}_signing_alg_values_supported"] = signing
        members[f"{answer}_encryption_alg_values_supported"] = algs
        members[f"{answer}_encryption_enc_values_supported"] = list(protection.ENCRYPTION_ENCS)
    return members


def _claims(release: Release) -> list[str]:
    return [*id_token.CLAIMS, *(claim.name for claim in CLAIMS if release.may_leave(claim.name))]

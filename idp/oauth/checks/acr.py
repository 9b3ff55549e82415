"""`acr_values`, and the `acr` that `claims` may ask for (OpenID Connect Core §3.1.2.1, §5.5.1.1; RFC 9470 §4).

What is asked for is a demand: it is reached, or the answer is an error (RFC 9470 §5; decision 0029).
"""

from collections.abc import Mapping
from typing import Any, Final

from crypto.jose import strict_json
from idp.authenticators.evidence import ACR_VALUES
from idp.oauth.checks.draft import Draft
from idp.oauth.errors import AuthorizationRefused, OAuthCode

MOST: Final = 8
LONGEST: Final = 4096


def check_acr(draft: Draft) -> None:
    """Known classes only count; with none among those that are asked for, nothing could ever satisfy the request."""
    by_parameter = _listed(draft.parameters.get("acr_values", "").split(" "))
    by_claim = _essential(draft)
    asked = (
        [acr for acr in by_claim if acr in by_parameter]
        if by_claim and by_parameter
        else by_claim or by_parameter
    )
    draft.acr_values = tuple(acr for acr in asked if acr in ACR_VALUES)
    if (by_claim or by_parameter) and not draft.acr_values:
        raise AuthorizationRefused(
            OAuthCode.UNMET_AUTHENTICATION_REQUIREMENTS,
            "no authentication context class that was asked for is known",
        )


def _essential(draft: Draft) -> list[str]:
    """The classes of `claims.id_token.acr`."""
    text = draft.parameters.get("claims")
    if text is None:
        return []
    acr = _member(_member(_parsed(text), "id_token"), "acr")
    values = acr.get("values", [acr["value"]] if "value" in acr else [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _malformed()
    return _listed(values)


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text) > LONGEST:
        raise _malformed()
    try:
        return strict_json.read_object(text.encode())
    except ValueError:
        raise _malformed() from None


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object; null and absence ask for nothing in particular."""
    found = value.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _malformed()
    return found


def _listed(values: list[str]) -> list[str]:
    listed = list(dict.fromkeys(value for value in values if value))
    if len(listed) > MOST:
        raise AuthorizationRefused(
            OAuthCode.INVALID_REQUEST, f"more than {MOST} authentication context classes"
        )
    return listed


def _malformed() -> AuthorizationRefused:
    return AuthorizationRefused(OAuthCode.INVALID_REQUEST, "claims is not the JSON object that it has to be")

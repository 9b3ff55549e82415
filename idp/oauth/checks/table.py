"""The steps of checking an authorization request, in order. Before `PROVEN` a refusal is a page, after it a redirect."""

from collections.abc import Callable, Mapping

from idp.oauth.checks.acr import check_acr
from idp.oauth.checks.client import check_client, check_redirect_uri
from idp.oauth.checks.details import check_details
from idp.oauth.checks.draft import Draft
from idp.oauth.checks.pkce import check_pkce
from idp.oauth.checks.prompt import check_hint, check_max_age, check_prompt
from idp.oauth.checks.response import check_response, check_state
from idp.oauth.checks.scope import check_nonce, check_scope
from idp.oauth.clients.resolve import Client, ClientResolver
from idp.oauth.request import AuthorizationRequest

PROVEN: tuple[Callable[[Draft], None], ...] = (
    check_state,
    check_response,
    check_scope,
    check_details,
    check_pkce,
    check_nonce,
    check_prompt,
    check_max_age,
    check_acr,
    check_hint,
)


ASKED_BY_DEVICES: tuple[Callable[[Draft], None], ...] = (check_scope, check_details, check_acr)


def begin_check(parameters: Mapping[str, str], clients: ClientResolver, now: float) -> Draft:
    """Prove client and redirect URI. Raises PageRefused."""
    draft = Draft(parameters, now)
    check_client(draft, clients)
    check_redirect_uri(draft)
    return draft


def check_device(parameters: Mapping[str, str], client: Client, now: float) -> Draft:
    """Check what a machine asks for, as far as it can ask (RFC 8628 §3.1). Raises AuthorizationRefused."""
    draft = Draft(parameters, now, client)
    for step in ASKED_BY_DEVICES:
        step(draft)
    return draft


def finish_check(draft: Draft) -> AuthorizationRequest:
    """Check all the rest. Raises AuthorizationRefused."""
    for step in PROVEN:
        step(draft)
    return AuthorizationRequest(
        client_id=draft.known_client.client_id,
        redirect_uri=draft.redirect_uri,
        scope=draft.scope,
        details=draft.details,
        state=draft.parameters.get("state"),
        nonce=draft.nonce,
        code_challenge=draft.code_challenge,
        prompt=draft.prompt,
        signed_in_since=draft.signed_in_since,
        login_hint=draft.login_hint,
        ui_locales=draft.ui_locales,
        begun_at=draft.now,
        acr_values=draft.acr_values,
    )

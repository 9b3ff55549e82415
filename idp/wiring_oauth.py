"""Builds the endpoints of OAuth and OpenID Connect from the services of the house."""

from collections.abc import Callable
from functools import partial

from idp.acting.views import SECONDS as CHOICE_SECONDS
from idp.acting.views import Choice
from idp.ephemeral.box import Box
from idp.login.requirement import Requirement
from idp.oauth.clients.assertion import Assertions, UsedAssertion
from idp.oauth.clients.authentication import ClientAuthentication
from idp.oauth.endpoints.authorize import AuthorizeEndpoint
from idp.oauth.endpoints.capacity import CapacityStep
from idp.oauth.endpoints.device import DeviceAuthorizationEndpoint, DeviceViews
from idp.oauth.endpoints.discovery import DiscoveryEndpoint
from idp.oauth.endpoints.end_session import EndSessionEndpoint, LogoutRequest
from idp.oauth.endpoints.introspect import IntrospectionEndpoint
from idp.oauth.endpoints.jwks import JwksEndpoint
from idp.oauth.endpoints.level import LevelStep, StepUpViews
from idp.oauth.endpoints.revoke import RevocationEndpoint
from idp.oauth.endpoints.token import TokenEndpoint
from idp.oauth.endpoints.userinfo import UserinfoEndpoint
from idp.oauth.grants.base import GrantParts
from idp.oauth.grants.table import GRANTS
from idp.oauth.metadata import address_of, metadata
from idp.oauth.request import PendingRequest
from idp.oauth.tokens.access_token import AccessTokens
from idp.oauth.tokens.code import Codes, code_box
from idp.oauth.tokens.device_code import DeviceCodes, device_codes
from idp.oauth.tokens.id_token import IdTokens
from idp.oauth.tokens.inspect import Inspection
from idp.oauth.tokens.issue import Issue
from idp.oauth.tokens.refresh_token import RefreshTokens
from idp.web.continuation import Continuation
from idp.web.cookies import Cookies
from idp.web.exchange import Answer, Request
from idp.web.pages import Pages
from idp.wiring import Services

ASSERTION_SECONDS = 600
LOGOUT_SECONDS = 1800


def oauth_parts(
    services: Services,
    pages: Pages,
    cookies: Cookies,
    begin_login: Callable[[Request, Requirement, Continuation], Answer],
) -> dict[str, object]:
    """The endpoint objects by the name that `routes.py` gives them."""
    base, settings = services.foundation, services.settings
    codes = Codes(code_box(base.store, base.box_sealer, base.held.box_index, settings.oauth.code_seconds))
    pending = base.box("authorization_request", PendingRequest, settings.oauth.request_seconds)
    devices = device_codes(base.store, base.box_sealer, base.held.box_index, base.clock)
    level = LevelStep(base.sql, base.clock, services.people.matters, services.persons)
    authorize = AuthorizeEndpoint(
        settings.issuer,
        base.sql,
        base.clock,
        base.audit,
        pages,
        cookies,
        services.clients,
        services.sessions,
        services.consents,
        codes,
        pending,
        begin_login,
        CapacityStep(
            services.acting,
            services.people.matters,
            services.people.organisation_store,
            base.box("acting_choice", Choice, CHOICE_SECONDS),
        ),
        level,
        services.release,
        devices,
    )
    end_session = EndSessionEndpoint(
        settings.issuer,
        base.sql,
        base.clock,
        pages,
        cookies,
        services.clients,
        services.sessions,
        base.keyring,
        services.backchannel,
        base.box("logout_request", LogoutRequest, LOGOUT_SECONDS),
    )
    return {
        "authorize": authorize,
        "step_up": _step_up(services, pages, cookies, level, pending),
        "end_session": end_session,
        "device": DeviceViews(pages, devices, services.clients, pending, base.limits, base.clock),
        **_token_side(services, codes, devices),
    }


def _step_up(
    services: Services, pages: Pages, cookies: Cookies, level: LevelStep, pending: Box[PendingRequest]
) -> StepUpViews:
    return StepUpViews(
        services.sql,
        pages,
        cookies,
        services.sessions,
        services.persons,
        services.clients,
        services.people.matters,
        level,
        services.people.raising,
        pending,
    )


def _token_side(services: Services, codes: Codes, devices: DeviceCodes) -> dict[str, object]:
    base, settings = services.foundation, services.settings
    issuer = settings.issuer
    access = AccessTokens(issuer, base.keyring, settings.oauth.access_token_seconds, base.clock)
    id_tokens = IdTokens(issuer, services.protect, settings.oauth.id_token_seconds, base.clock)
    refresh = RefreshTokens(base.clock)
    issue = Issue(access, id_tokens, services.subjects, services.release, services.releases)
    parts = GrantParts(base.sql, codes, devices, services.families, refresh, issue, base.audit)
    used = base.box("client_assertion", UsedAssertion, ASSERTION_SECONDS)
    audiences = frozenset({issuer, address_of(issuer, "token.answer")})
    assertions = Assertions(services.client_keys, used, audiences, base.clock)
    authentication = ClientAuthentication(services.clients, base.held.client_secrets, assertions, base.audit)
    inspection = Inspection(services.clients, access, refresh, services.families)
    grants = {name: build(parts) for name, build in GRANTS.items()}
    return {
        "token": TokenEndpoint(authentication, grants, base.audit, base.metrics),
        "introspect": IntrospectionEndpoint(
            authentication, inspection, base.sql, services.protect, services.release, services.releases
        ),
        "revoke": RevocationEndpoint(authentication, inspection, services.families, base.sql, base.audit),
        "userinfo": UserinfoEndpoint(
            inspection,
            services.persons,
            services.release,
            base.sql,
            services.protect,
            services.people.organisation_store,
            services.releases,
            services.people.matters,
        ),
        "device_authorization": DeviceAuthorizationEndpoint(issuer, authentication, devices, base.clock),
        "jwks": JwksEndpoint(base.keyring),
        "discovery": DiscoveryEndpoint(partial(metadata, issuer, services.release), base.keyring),
    }

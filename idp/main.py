"""Composition root: names everybody, named by nobody but the server and the commands."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from admin.console import routes as console_routes
from idp.consent import views as consent_views
from idp.consent.views import ConsentViews
from idp.login import views as login_views
from idp.login.views import LoginViews
from idp.oauth import routes as oauth_routes
from idp.oauth.errors import OAuthRefused, PageRefused, refusal_answer
from idp.oauth.pages import BadRequestPage
from idp.observe.health import HealthEndpoints
from idp.portal import routes as portal_routes
from idp.portal.views import PortalViews
from idp.storage.base import Base
from idp.web import flask_app, preferences, probes
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.dispatch import Dispatcher
from idp.web.door import Door
from idp.web.edge import Edge
from idp.web.exchange import json_answer
from idp.web.failures import Failures
from idp.web.i18n import Catalogue
from idp.web.pages import Pages
from idp.web.preferences import PreferenceViews
from idp.web.render import Renderer, Site
from idp.web.routing import Route, bind
from idp.web.static_files import StaticFiles
from idp.wiring import Services, load_settings, wire
from idp.wiring_oauth import oauth_parts

CONTINUATIONS = {
    "portal.home": "/account",
    "oauth.resume": "/oauth/authorize/resume?request={id}",
}
"""Where each continuation leads: the only addresses that a sign-in or a consent can end at."""


def create_public_app() -> Door:
    """The provider as the server calls it: settings from the environment, everything built and checked."""
    return public_app(wire(load_settings()))


def public_app(services: Services) -> Door:
    """The provider over services that are built already."""
    settings = services.settings
    base = services.foundation
    catalogue, static_files, cookies = Catalogue(), StaticFiles(), Cookies(settings.issuer)
    edge = Edge(settings.web, settings.issuer)
    renderer = Renderer(catalogue, site(settings), static_files, base.clock)
    pages = Pages(renderer, catalogue, cookies, Csrf(base.data_keys.first("csrf"), edge))
    failures = Failures(pages, catalogue, base.clock)
    bad_request = BadRequestPage(pages, services.clients, base.clock)
    failures.handle(
        {
            OAuthRefused: lambda error, request: refusal_answer(error, request.request_id),
            PageRefused: bad_request.answer,
        }
    )
    table = bind(public_routes(), public_parts(services, pages, cookies))
    dispatcher = Dispatcher(
        failures, base.limits, base.metrics, settings.issuer, services.clients.knows_origin
    )
    app = flask_app.build(edge, table, dispatcher, failures)
    return Door(edge, table, dispatcher, failures, static_files, app)


def public_parts(services: Services, pages: Pages, cookies: Cookies) -> dict[str, object]:
    """The objects that answer the public routes, by the name that the routes give them."""
    base = services.foundation
    login = LoginViews(
        base.sql,
        pages,
        cookies,
        services.login,
        services.sessions,
        services.applications,
        CONTINUATIONS,
        services.names,
    )
    consent = ConsentViews(
        base.sql,
        pages,
        cookies,
        services.consents,
        services.sessions,
        services.persons,
        services.release,
        services.applications,
        CONTINUATIONS,
    )
    portal = PortalViews(
        base.sql,
        pages,
        cookies,
        login,
        services.sessions,
        services.persons,
        services.consents,
        services.clients,
        services.backchannel,
    )
    return {
        "health": HealthEndpoints(base.health, json_answer),
        "preferences": PreferenceViews(cookies),
        "login": login,
        "consent": consent,
        "portal": portal,
        **oauth_parts(services, pages, cookies, login.begin),
    }


def public_routes() -> tuple[Route, ...]:
    """Every address of the provider."""
    return (
        *probes.ROUTES,
        *preferences.ROUTES,
        *login_views.ROUTES,
        *consent_views.ROUTES,
        *portal_routes.ROUTES,
        *oauth_routes.ROUTES,
    )


def all_routes() -> list[Route]:
    """Every address of the provider and of the officers' address, for the tests that ask all of them."""
    return [*public_routes(), *console_routes.ROUTES]


def all_tables() -> MetaData:
    """The tables of the whole house, with every model imported."""
    root = Path(__file__).parent
    for path in sorted(root.rglob("models.py")):
        import_module(".".join(("idp", *path.relative_to(root).with_suffix("").parts)))
    return Base.metadata


def site(settings: object) -> Site:
    """What the deployer fills in on every page."""
    return Site("一号 · 省统一身份认证", "Yihao · Provincial identity")

"""Composition root: names everybody, named by nobody but the server and the commands."""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from admin.console import routes as console_routes
from admin.console.status import StatusViews
from idp import wiring_login_pages
from idp.acting import views as acting_views
from idp.acting.views import SECONDS as CHOICE_SECONDS
from idp.acting.views import ActingViews, Choice
from idp.composition import load_settings, wire
from idp.consent import views as consent_views
from idp.consent.views import ConsentViews
from idp.enterprise import closing
from idp.enterprise import routes as enterprise_routes
from idp.errors import OrganisationOver
from idp.family import routes as family_routes
from idp.keys import engine
from idp.oauth import routes as oauth_routes
from idp.oauth.errors import OAuthRefused, PageRefused, refusal_answer
from idp.oauth.pages import BadRequestPage
from idp.observe.health import HealthEndpoints
from idp.portal import routes as portal_routes
from idp.publication import routes as publication_routes
from idp.registration import views as registration_views
from idp.storage.base import Base, Tables
from idp.web import flask_app, preferences, probes
from idp.web.continuation import Continuations
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.dispatch import Dispatcher
from idp.web.door import Door
from idp.web.edge import Edge
from idp.web.exchange import json_answer, redirect
from idp.web.failures import Failures
from idp.web.i18n import Catalogue
from idp.web.pages import Pages
from idp.web.preferences import PreferenceViews
from idp.web.render import Renderer, Site
from idp.web.routing import Route, bind
from idp.web.static_files import StaticFiles
from idp.wiring import Services
from idp.wiring_enterprise import enterprise_parts, family_parts, publication_parts
from idp.wiring_login_pages import login_parts
from idp.wiring_oauth import oauth_parts
from idp.wiring_portal import frame_of, portal_parts
from idp.wiring_registration import registration_parts

CONTINUATIONS = Continuations(
    {
        "portal.home": "/account",
        "portal.profile": "/account/profile",
        "portal.mobile": "/account/profile/mobile",
        "portal.merge": "/account/profile/merge",
        "portal.close": "/account/close",
        "family.overview": "/account/family",
        "family.invite": "/account/family/invite",
        "family.child": "/account/family/child",
        "portal.level": "/account/level",
        "portal.security": "/account/security",
        "portal.password": "/account/security/password",
        "portal.app": "/account/security/app",
        "portal.certificate": "/account/security/certificate",
        "portal.codes": "/account/security/codes",
        "portal.second_step": "/account/security/second-step",
        "portal.passkeys": "/account/passkeys",
        "portal.passkey_add": "/account/passkeys/add",
        "portal.devices": "/account/devices",
        "portal.applications": "/account/applications",
        "portal.history": "/account/history",
        "portal.data": "/account/data",
        "portal.shared": "/account/data/shared",
        "portal.correction": "/account/data/ask?kind=correction",
        "portal.complaint": "/account/data/ask?kind=complaint",
        "enterprise.list": "/account/organisations",
        "enterprise.claim": "/account/organisations/claim",
        "qr.phone": "/qr?c={id}",
        "oauth.resume": "/oauth/authorize/resume?request={id}",
    }
)


def create_public_app() -> Door:
    """The provider as the server calls it: settings from the environment, everything built and checked."""
    services = wire(load_settings())
    engine.tell()
    return public_app(services)


def create_admin_app() -> Door:
    """The officers' address as the server calls it, for an inner network."""
    services = wire(load_settings())
    engine.tell()
    return admin_app(services)


def admin_app(services: Services) -> Door:
    """The officers' address over services that are built already."""

    def parts(pages: Pages, _cookies: Cookies) -> dict[str, object]:
        base = services.foundation
        status = StatusViews(
            pages,
            base.clock,
            base.health,
            base.keyring,
            base.metrics,
            services.settings.issuer,
            lambda: version("yihao"),
        )
        return {"status": status, **_shared_parts(services, _cookies)}

    return _app(services, (*probes.ROUTES, *preferences.ROUTES, *console_routes.ROUTES), parts)


def public_app(services: Services) -> Door:
    """The provider over services that are built already."""
    added = services.contributions
    routes = (*public_routes(), *(route for each in added for route in each.routes))

    def parts(pages: Pages, cookies: Cookies) -> dict[str, object]:
        plugged = {name: part for each in added for name, part in each.parts.items()}
        return {**plugged, **public_parts(services, pages, cookies)}

    return _app(services, routes, parts)


def _app(
    services: Services, routes: tuple[Route, ...], parts: Callable[[Pages, Cookies], dict[str, object]]
) -> Door:
    settings = services.settings
    base = services.foundation
    catalogue, static_files, cookies = Catalogue(), StaticFiles(), Cookies(settings.issuer)
    edge = Edge(settings.web, settings.issuer)
    renderer = Renderer(catalogue, Site(**settings.site.model_dump()), static_files, base.clock)
    pages = Pages(renderer, catalogue, cookies, Csrf(base.data_keys.first("csrf"), edge))
    failures = Failures(pages, catalogue, base.clock)
    bad_request = BadRequestPage(pages, services.clients, base.clock)
    failures.handle(
        {
            OAuthRefused: lambda error, request: refusal_answer(error, request.request_id),
            PageRefused: bad_request.answer,
            OrganisationOver: lambda error, _request: redirect(closing.address(error.organisation_id, True)),
        }
    )
    table = bind(routes, parts(pages, cookies))
    dispatcher = Dispatcher(
        failures, base.limits, base.metrics, settings.issuer, services.clients.knows_origin
    )
    app = flask_app.build(edge, table, dispatcher, failures)
    return Door(edge, table, dispatcher, failures, static_files, app)


def public_parts(services: Services, pages: Pages, cookies: Cookies) -> dict[str, object]:
    """The objects that answer the public routes, by the name that the routes give them."""
    base = services.foundation
    login, login_pages = login_parts(services, pages, cookies, CONTINUATIONS)
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
    acting = ActingViews(
        base.sql,
        pages,
        cookies,
        services.acting,
        services.sessions,
        services.applications,
        services.names,
        CONTINUATIONS,
        base.box("acting_choice", Choice, CHOICE_SECONDS),
    )
    frame = frame_of(services, pages, cookies, login)
    return {
        **_shared_parts(services, cookies),
        **login_pages,
        "consent": consent,
        "acting": acting,
        **portal_parts(services, frame),
        **enterprise_parts(services, frame),
        **registration_parts(services, pages, cookies),
        **family_parts(services, frame),
        **publication_parts(services, pages),
        **oauth_parts(services, pages, cookies, login.begin),
    }


def _shared_parts(services: Services, cookies: Cookies) -> dict[str, object]:
    health = HealthEndpoints(services.foundation.health, json_answer)
    return {"health": health, "preferences": PreferenceViews(cookies)}


def public_routes() -> tuple[Route, ...]:
    """Every address of the provider."""
    return (
        *probes.ROUTES,
        *preferences.ROUTES,
        *wiring_login_pages.ROUTES,
        *registration_views.ROUTES,
        *consent_views.ROUTES,
        *acting_views.ROUTES,
        *portal_routes.ROUTES,
        *enterprise_routes.ROUTES,
        *family_routes.ROUTES,
        *publication_routes.ROUTES,
        *oauth_routes.ROUTES,
    )


def all_routes() -> list[Route]:
    """Every address of the provider; the officers' address has a table of its own (`admin.console.routes`)."""
    return list(public_routes())


def all_tables() -> Tables:
    """The tables of the whole house, with every model imported."""
    root = Path(__file__).parent
    for path in sorted(root.rglob("models.py")):
        import_module(".".join(("idp", *path.relative_to(root).with_suffix("").parts)))
    return Base.metadata

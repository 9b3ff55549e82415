"""Builds the pages of signing in."""

from idp.humanity import views as humanity_views
from idp.humanity.gate import Gate
from idp.humanity.views import HumanityViews
from idp.login import (
    code_views,
    more_views,
    organisation_views,
    passkey_views,
    qr_views,
    recover_views,
    sms_views,
    ukey_views,
    views,
)
from idp.login.code_views import CodeViews
from idp.login.frame import LoginFrame
from idp.login.more_views import MoreViews
from idp.login.organisation import OrganisationSignIn, TypedOrganisation
from idp.login.organisation_views import OrganisationViews
from idp.login.passkey_views import PasskeyViews
from idp.login.qr_views import QrPhoneViews, QrViews
from idp.login.recover_views import RecoverViews
from idp.login.sms_views import SmsViews
from idp.login.transaction import SECONDS
from idp.login.ukey_views import UkeyViews
from idp.login.views import LoginViews
from idp.web.continuation import Continuations
from idp.web.cookies import Cookies
from idp.web.pages import Pages
from idp.web.routing import Route
from idp.wiring import Services

ROUTES: tuple[Route, ...] = (
    *views.ROUTES,
    *organisation_views.ROUTES,
    *sms_views.ROUTES,
    *code_views.ROUTES,
    *passkey_views.ROUTES,
    *more_views.ROUTES,
    *qr_views.ROUTES,
    *ukey_views.ROUTES,
    *humanity_views.ROUTES,
    *recover_views.ROUTES,
)


def login_parts(
    services: Services, pages: Pages, cookies: Cookies, continuations: Continuations
) -> tuple[LoginViews, dict[str, object]]:
    """The views that other parts begin a sign-in by, and all objects by the name that the routes give them."""
    base, way = services.foundation, services.signing_in
    organisations = OrganisationViews(
        base.sql,
        pages,
        cookies,
        way.login,
        services.sessions,
        OrganisationSignIn(
            services.clock,
            services.people.organisations,
            services.acting,
            base.box("login_organisation", TypedOrganisation, SECONDS),
        ),
        continuations,
    )
    frame = LoginFrame(
        base.sql,
        pages,
        cookies,
        way.login,
        services.sessions,
        services.applications,
        continuations,
        services.names,
        base.metrics,
        organisations,
    )
    login = LoginViews(
        frame,
        way.by_password,
        organisations,
        way.passkeys.is_possible,
        way.ukeys.is_on,
        way.risk,
        Gate(pages, way.humanity, "sign_in_password"),
    )
    port = services.settings.ukey.helper_port
    gate = Gate(pages, way.humanity, "sign_in")
    sms = SmsViews(frame, way.by_sms, services.persons, gate)
    return login, {
        "login": login,
        "login_organisation": organisations,
        "login_sms": sms,
        "recover": RecoverViews(frame, services.clock, way.passkeys.is_possible, way.ukeys.is_on),
        "humanity": HumanityViews(pages, way.humanity),
        "login_code": CodeViews(frame, way.by_code),
        "login_passkey": PasskeyViews(frame, way.passkeys, services.persons, way.tries),
        "login_qr": QrViews(frame, services.clock, way.qr, services.persons, services.settings.issuer),
        "qr_phone": QrPhoneViews(frame, services.clock, way.qr, services.applications, services.names, login),
        "login_ukey": UkeyViews(frame, way.ukeys, services.persons, way.tries, port),
        "login_more": MoreViews(frame, services.persons, way.ways, sms),
    }

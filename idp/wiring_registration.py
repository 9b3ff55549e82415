"""Builds the pages of registering oneself from the services of the house."""

from idp.humanity.gate import Gate
from idp.registration.service import SelfRegistration
from idp.registration.transaction import SECONDS, Registration
from idp.registration.views import RegistrationViews
from idp.web.cookies import Cookies
from idp.web.pages import Pages
from idp.wiring import Services


def registration_parts(services: Services, pages: Pages, cookies: Cookies) -> dict[str, object]:
    """The object that answers `/register`."""
    base, people, life = services.foundation, services.people, services.life
    registration = SelfRegistration(
        base.sql,
        base.clock,
        base.audit,
        base.box("registration", Registration, SECONDS),
        people.codes,
        people.proofing,
        people.assurance,
        services.persons,
        life.returning,
        life.identity,
        services.sessions,
        people.notices,
        services.signing_in.new_passwords,
    )
    gate = Gate(pages, services.signing_in.humanity, "register")
    return {"registration": RegistrationViews(pages, cookies, registration, gate)}

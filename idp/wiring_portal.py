"""Builds the pages of the account centre from the services of the house."""

from idp.login.views import LoginViews
from idp.portal.applications import ApplicationViews
from idp.portal.close import CloseViews
from idp.portal.devices import DeviceViews
from idp.portal.frame import Frame
from idp.portal.history import HistoryViews
from idp.portal.home import HomeViews
from idp.portal.level import LevelViews
from idp.portal.mobile import MobileViews
from idp.portal.profile import ProfileViews
from idp.portal.security import SecurityViews
from idp.web.cookies import Cookies
from idp.web.pages import Pages
from idp.wiring import Services


def frame_of(services: Services, pages: Pages, cookies: Cookies, login: LoginViews) -> Frame:
    """What the pages of a signed-in person share."""
    return Frame(
        services.sql,
        pages,
        cookies,
        login,
        services.sessions,
        services.persons,
        services.clock,
        services.acting,
        services.names,
    )


def portal_parts(services: Services, frame: Frame) -> dict[str, object]:
    """The objects that answer the account centre, by the name that `portal/routes.py` gives them."""
    return {
        "portal": HomeViews(frame),
        "devices": DeviceViews(frame, services.sessions, services.backchannel),
        "applications": ApplicationViews(frame, services.consents, services.clients, services.people.matters),
        "security": SecurityViews(
            frame, services.clock, services.audit, services.passwords, services.sessions, services.backchannel
        ),
        "profile": ProfileViews(frame, services.clock, services.life.store),
        "mobile": MobileViews(frame, services.people.codes, services.life.identity, services.people.notices),
        "close": CloseViews(
            frame,
            services.life.closing,
            services.sessions,
            services.people.organisations,
            services.backchannel,
            services.foundation.settings.accounts.cooling_off_days,
        ),
        "level": LevelViews(frame, services.clock, services.people.raising),
        "history": HistoryViews(frame, services.clock, services.applications),
    }

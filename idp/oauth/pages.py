"""The page for a request of an application that is not in order: it tells the citizen that it is not about them."""

from typing import Any

from idp.clock import Clock, instant
from idp.oauth.clients.resolve import ClientResolver
from idp.oauth.errors import PageRefused
from idp.observe.log import logger
from idp.web.exchange import Answer, Request
from idp.web.failures import reference
from idp.web.pages import Pages

_log = logger(__name__)
ANSWERED = "authorize.answered"
"""Not the application's fault: another tab was first, or somebody went back."""


class BadRequestPage:
    """Answers PageRefused: never a redirect, never a value from the request."""

    def __init__(self, pages: Pages, clients: ClientResolver, clock: Clock) -> None:
        self._pages = pages
        self._clients = clients
        self._clock = clock

    def answer(self, error: PageRefused, request: Request) -> Answer:
        """The page, with the application's name and registered home if it is known."""
        client = self._clients.find(error.client_id) if error.client_id else None
        _log.info("authorize.refused", code=error.code, client_id=error.client_id)
        known: dict[str, Any] = {
            "application": client.application.name_in(self._pages.language(request)) if client else None,
            "home_url": client.application.home_url if client else None,
            "message": self._pages.text(request, error.code),
        }
        if error.code == ANSWERED:
            return self._pages.show(request, "login/answered.html", status=400, back="/", **known)
        return self._pages.show(
            request,
            "failures/bad_request.html",
            status=400,
            back="/",
            reference=reference(request),
            time=instant(self._clock),
            details=[error.description],
            **known,
        )

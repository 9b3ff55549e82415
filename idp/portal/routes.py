"""The URL table of the account home."""

from idp.web.routing import Auth, Route

ROUTES: tuple[Route, ...] = (
    Route("/", ("GET",), "portal.start", Auth.PUBLIC, "page"),
    Route("/account", ("GET",), "portal.home", Auth.SESSION, "page"),
    Route("/account/sessions/end", ("POST",), "portal.end_session", Auth.SESSION, "page"),
    Route("/account/applications/withdraw", ("POST",), "portal.withdraw", Auth.SESSION, "page"),
)

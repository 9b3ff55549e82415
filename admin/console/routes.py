"""The URL table of the officers' address."""

from idp.web.routing import Auth, Kind, Route

ROUTES: tuple[Route, ...] = (
    Route("/", ("GET",), "status.page", Auth.INNER, "page"),
    Route("/metrics", ("GET",), "status.metrics", Auth.INNER, "none", Kind.MACHINE),
)

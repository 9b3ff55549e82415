"""The addresses of a load balancer's probes."""

from idp.web.routing import Auth, Kind, Route

ROUTES: tuple[Route, ...] = (
    Route("/health/live", ("GET",), "health.live", Auth.PUBLIC, "none", Kind.MACHINE),
    Route("/health/ready", ("GET",), "health.ready", Auth.PUBLIC, "none", Kind.MACHINE),
)

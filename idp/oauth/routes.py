"""The URL table of OAuth and OpenID Connect."""

from idp.web.routing import Auth, Cors, Kind, Route

ROUTES: tuple[Route, ...] = (
    Route(
        "/.well-known/openid-configuration",
        ("GET",),
        "discovery.answer",
        Auth.PUBLIC,
        "none",
        Kind.MACHINE,
        Cors.ANY,
    ),
    Route(
        "/.well-known/oauth-authorization-server",
        ("GET",),
        "discovery.answer",
        Auth.PUBLIC,
        "none",
        Kind.MACHINE,
        Cors.ANY,
    ),
    Route("/oauth/jwks", ("GET",), "jwks.answer", Auth.PUBLIC, "none", Kind.MACHINE, Cors.ANY),
    Route("/oauth/token", ("POST",), "token.answer", Auth.CLIENT, "token", Kind.MACHINE, Cors.CLIENT),
    Route(
        "/oauth/device_authorization",
        ("POST",),
        "device_authorization.answer",
        Auth.CLIENT,
        "token",
        Kind.MACHINE,
    ),
    Route("/device", ("GET", "POST"), "device.answer", Auth.BROWSER, "page"),
    Route("/oauth/introspect", ("POST",), "introspect.answer", Auth.CLIENT, "introspect", Kind.MACHINE),
    Route("/oauth/revoke", ("POST",), "revoke.answer", Auth.CLIENT, "token", Kind.MACHINE, Cors.CLIENT),
    Route(
        "/oauth/userinfo",
        ("GET", "POST"),
        "userinfo.answer",
        Auth.BEARER,
        "userinfo",
        Kind.MACHINE,
        Cors.CLIENT,
    ),
    Route("/oauth/authorize", ("GET", "POST"), "authorize.begin", Auth.BROWSER, "authorize", is_direct=True),
    Route("/oauth/authorize/resume", ("GET",), "authorize.resume", Auth.BROWSER, "authorize"),
    Route("/oauth/step-up", ("GET", "POST"), "step_up.page", Auth.SESSION, "page"),
    Route("/oauth/logout", ("GET", "POST"), "end_session.answer", Auth.BROWSER, "page"),
    Route("/oauth/logout/confirm", ("POST",), "end_session.confirm", Auth.BROWSER, "page"),
)

"""The URL table of the account centre."""

from idp.web.routing import Auth, Route

ROUTES: tuple[Route, ...] = (
    Route("/", ("GET",), "portal.start", Auth.PUBLIC, "page"),
    Route("/account", ("GET",), "portal.home", Auth.SESSION, "page"),
    Route("/account/security", ("GET",), "security.page", Auth.SESSION, "page"),
    Route("/account/security/password", ("GET", "POST"), "security.password", Auth.SESSION, "page"),
    Route("/account/profile", ("GET",), "profile.page", Auth.SESSION, "page"),
    Route("/account/profile/mobile", ("GET", "POST"), "mobile.answer", Auth.SESSION, "page"),
    Route("/account/profile/merge", ("GET", "POST"), "merge.page", Auth.SESSION, "sign_in_page"),
    Route("/account/close", ("GET", "POST"), "close.page", Auth.SESSION, "page"),
    Route("/account/level", ("GET",), "level.page", Auth.SESSION, "page"),
    Route("/account/level/prove", ("GET", "POST"), "level.prove", Auth.SESSION, "page"),
    Route("/account/devices", ("GET",), "devices.page", Auth.SESSION, "page"),
    Route("/account/sessions/end", ("POST",), "devices.end_session", Auth.SESSION, "page"),
    Route("/account/sessions/end-others", ("POST",), "devices.end_others", Auth.SESSION, "page"),
    Route("/account/applications", ("GET",), "applications.page", Auth.SESSION, "page"),
    Route("/account/applications/withdraw", ("POST",), "applications.withdraw", Auth.SESSION, "page"),
    Route("/account/history", ("GET",), "history.page", Auth.SESSION, "page"),
    Route("/account/history/report", ("POST",), "history.report", Auth.SESSION, "page"),
    Route("/account/history/reported", ("GET",), "history.reported", Auth.SESSION, "page"),
    Route("/account/data", ("GET",), "data.page", Auth.SESSION, "page"),
    Route("/account/data/copy", ("GET", "POST"), "data.copy", Auth.SESSION, "page"),
    Route("/account/data/shared", ("GET",), "shared.page", Auth.SESSION, "page"),
    Route("/account/data/ask", ("GET", "POST"), "asking.form", Auth.SESSION, "page"),
    Route("/account/history/export", ("GET",), "history.export", Auth.SESSION, "page"),
)

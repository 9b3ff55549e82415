"""The URL table of guardianship and family."""

from idp.web.routing import Auth, Route

ROUTES: tuple[Route, ...] = (
    Route("/account/family", ("GET",), "family.overview", Auth.SESSION, "page"),
    Route("/account/family/answer", ("POST",), "family.answer", Auth.SESSION, "page"),
    Route("/account/family/end", ("POST",), "family.end", Auth.SESSION, "page"),
    Route("/account/family/invite", ("GET", "POST"), "family.invite", Auth.SESSION, "page"),
    Route("/account/family/child", ("GET", "POST"), "family.child", Auth.SESSION, "page"),
)

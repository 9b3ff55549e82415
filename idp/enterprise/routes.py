"""The URL table of the pages of organisations."""

from idp.web.routing import Auth, Route

ROUTES: tuple[Route, ...] = (
    Route("/account/organisations", ("GET",), "organisation.overview", Auth.SESSION, "page"),
    Route("/account/organisations/claim", ("GET", "POST"), "claim.page", Auth.SESSION, "page"),
    Route("/account/invitation", ("GET",), "invitation.page", Auth.SESSION, "page"),
    Route("/account/invitation/answer", ("POST",), "invitation.answer", Auth.SESSION, "page"),
    Route("/organisation", ("GET",), "organisation.home", Auth.SESSION, "page"),
    Route("/organisation/agents", ("GET",), "agents.page", Auth.SESSION, "page"),
    Route("/organisation/agents/export", ("GET",), "agents.export", Auth.SESSION, "page"),
    Route("/organisation/agents/end", ("POST",), "agents.end", Auth.SESSION, "page"),
    Route("/organisation/invite", ("GET", "POST"), "invite.page", Auth.SESSION, "page"),
    Route("/organisation/invite/confirm", ("POST",), "invite.confirm", Auth.SESSION, "page"),
    Route("/organisation/grant", ("GET", "POST"), "grant.page", Auth.SESSION, "page"),
    Route("/organisation/close", ("GET",), "closing.page", Auth.SESSION, "page"),
    Route("/organisation/history", ("GET",), "organisation_history.page", Auth.SESSION, "page"),
    Route("/organisation/history/export", ("GET",), "organisation_history.export", Auth.SESSION, "page"),
    Route("/organisation/handover", ("GET",), "grant.handover", Auth.SESSION, "page"),
)

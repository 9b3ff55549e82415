"""The URL table of publications."""

from idp.web.routing import Auth, Cors, Kind, Route

ROUTES: tuple[Route, ...] = (
    Route("/publications", ("GET",), "publication.overview", Auth.PUBLIC, "page"),
    Route("/publications/one", ("GET",), "publication.one", Auth.PUBLIC, "page"),
    Route("/publications/feed", ("GET",), "publication.feed", Auth.PUBLIC, "page", Kind.MACHINE, Cors.ANY),
    Route("/publications/index", ("GET",), "publication.index", Auth.PUBLIC, "page", Kind.MACHINE, Cors.ANY),
    Route("/publications/keys", ("GET",), "publication.keys", Auth.PUBLIC, "page", Kind.MACHINE, Cors.ANY),
)

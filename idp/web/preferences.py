"""Language, theme and size: kept in cookies, set by links, harmless to set from anywhere."""

from idp.errors import RequestRefused
from idp.web.cookies import SHAPES, Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.render import local_path
from idp.web.routing import Auth, Route

YEAR = 365 * 86_400
KINDS = {"language": Cookie.LANGUAGE, "theme": Cookie.THEME, "size": Cookie.SIZE}
ROUTES: tuple[Route, ...] = (Route("/preferences", ("GET",), "preferences.answer", Auth.PUBLIC, "page"),)


class PreferenceViews:
    """`/preferences?set=language:en&back=/login…`."""

    def __init__(self, cookies: Cookies) -> None:
        self._cookies = cookies

    def answer(self, request: Request) -> Answer:
        """Keep the choice in a cookie and go back to a path of ours."""
        name, _, value = request.query.get("set", "").partition(":")
        kind = KINDS.get(name)
        if kind is None or not SHAPES[kind].fullmatch(value):
            raise RequestRefused("request.form")
        return redirect(local_path(request.query.get("back", "/")), (self._cookies.set(kind, value, YEAR),))

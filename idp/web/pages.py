"""What every page needs of its caller: language and looks, the browser's own handle, the form token."""

from crypto.sm import sm3
from crypto.tokens import random_token
from idp.web.cookies import Cookie, Cookies
from idp.web.csrf import Csrf
from idp.web.exchange import Answer, Headers, Request, page_answer
from idp.web.headers import PAGE_HEADERS
from idp.web.i18n import Catalogue, choose_language
from idp.web.render import ActingBar, Renderer, ViewContext

_BROWSER = "yihao.browser"


class Pages:
    """Shows templates and checks forms; page views hold one of these."""

    def __init__(self, renderer: Renderer, catalogue: Catalogue, cookies: Cookies, csrf: Csrf) -> None:
        self._renderer = renderer
        self._catalogue = catalogue
        self._cookies = cookies
        self._csrf = csrf

    def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Headers = (),
        page_headers: Headers = PAGE_HEADERS,
        session: str | None = None,
        signed_in_as: str | None = None,
        back: str | None = None,
        acting: ActingBar | None = None,
        **values: object,
    ) -> Answer:
        """Fill a template for this browser. `session` binds the form token to a sign-in session; `back` is where a
        change of language or looks returns to, when that is not this request's own address; `acting` is the bar that tells
        whom the person acts for.
        """
        browser, fresh = self._browser(request)
        view = ViewContext(
            language=self.language(request),
            theme=self._cookies.read(request, Cookie.THEME) or "auto",
            size=self._cookies.read(request, Cookie.SIZE) or "normal",
            csrf_token=self._csrf.token(browser, session),
            path=back or _here(request),
            signed_in_as=signed_in_as,
            request_id=request.request_id,
            acting=acting,
        )
        body = self._renderer.page(template, view, **values)
        return page_answer(body, status, page_headers + headers + self._setting(browser, fresh))

    def check_form(self, request: Request, session: str | None = None) -> dict[str, str]:
        """The fields of a form of ours, sent by this browser. Raises RequestRefused."""
        form = request.form
        self._csrf.check(
            request, self._cookies.read(request, Cookie.BROWSER), session, form.get("csrf_token")
        )
        return form

    def browser_mark(self, request: Request) -> str:
        """A digest that binds a transaction to this browser; empty when it keeps no cookie of ours yet."""
        browser = self._cookies.read(request, Cookie.BROWSER)
        return sm3.digest(browser.encode()).hex() if browser else ""

    def begin_browser(self, request: Request) -> tuple[str, Headers]:
        """The mark of this browser, and the header that gives it a handle if it has none."""
        browser, fresh = self._browser(request)
        return sm3.digest(browser.encode()).hex(), self._setting(browser, fresh)

    def language(self, request: Request) -> str:
        """The language of this request: choice kept in a cookie, else what the browser prefers, else Chinese."""
        return choose_language(
            self._cookies.read(request, Cookie.LANGUAGE), request.header("accept-language")
        )

    def prefer(self, request: Request, ui_locales: str | None) -> Headers:
        """The header that keeps the language an application asked for, unless the person chose one (`ui_locales`)."""
        if not ui_locales or self._cookies.read(request, Cookie.LANGUAGE):
            return ()
        wanted = choose_language(None, request.header("accept-language"), ui_locales)
        return (self._cookies.set(Cookie.LANGUAGE, wanted, None),)

    def text(self, request: Request, key: str, **values: object) -> str:
        """A text in the language of this request."""
        return self._catalogue.text(key, self.language(request), **values)

    def _browser(self, request: Request) -> tuple[str, bool]:
        known = self._cookies.read(request, Cookie.BROWSER)
        if known is not None:
            return known, False
        made: str = request.environ.setdefault(_BROWSER, random_token())
        return made, True

    def _setting(self, browser: str, fresh: bool) -> Headers:
        return (self._cookies.set(Cookie.BROWSER, browser, None),) if fresh else ()


def _here(request: Request) -> str:
    query = str(request.environ.get("QUERY_STRING") or "")
    return f"{request.path}?{query}" if query and request.method == "GET" else request.path

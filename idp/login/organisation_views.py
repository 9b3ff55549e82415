"""Where a sign-in for an organisation leads, and the page that says what became of a typed code."""

from idp.audit.event import Place
from idp.identifiers.masking import mask_id_number, mask_ip, mask_uscc
from idp.identifiers.normalise import normalise
from idp.login.organisation import OrganisationSignIn
from idp.login.service import Login
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web.continuation import Continuation, Continuations
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages
from idp.web.routing import Auth, Route

HOME = Continuation("portal.home")
LIST = "/account/organisations"
CHOICE = "/acting/switch"
ROUTES: tuple[Route, ...] = (
    Route("/login/organisation/outcome", ("GET",), "login_organisation.outcome", Auth.SESSION, "page"),
)


class OrganisationViews:
    """`/login/organisation/outcome`, and the way there."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        login: Login,
        sessions: Sessions,
        organisations: OrganisationSignIn,
        continuations: Continuations,
    ) -> None:
        self._sql = sql
        self._pages = pages
        self._cookies = cookies
        self._login = login
        self._sessions = sessions
        self._organisations = organisations
        self._continuations = continuations

    def fault(self, code: str) -> str | None:
        """The key of what is wrong with the form of a code."""
        return self._organisations.fault(code)

    def lead(
        self, request: Request, transaction_id: str, cookie: str, code: str, continuation: Continuation
    ) -> str:
        """The path after the sign-in of this session cookie: on where it came from, or to the outcome of the code."""
        place = Place(mask_ip(request.client_address), request.request_id)
        if not code.strip():
            with self._sql.once() as db:
                sso = self._sessions.find(db, cookie)
            return self.home(sso) if sso and continuation == HOME else self._continuations.path(continuation)
        with self._sql.begin() as db:
            sso = self._sessions.find(db, cookie)
            outcome = self._organisations.choose(db, sso, code, place) if sso else None
        if sso is None or outcome is None:
            return self._continuations.path(continuation)
        if outcome.acting is None or outcome.is_old:
            self._organisations.keep(transaction_id, sso, code)
            return f"/login/organisation/outcome?transaction={transaction_id}"
        return self._continuations.path(continuation)

    def home(self, sso: SsoSession) -> str:
        """Where somebody who is signed in chooses an organisation, or learns how to get one."""
        with self._sql.once() as db:
            return CHOICE if self._organisations.may_choose(db, sso) else LIST

    def outcome(self, request: Request) -> Answer:
        """An older code with the unified one that it stands for now, or that the person is nobody's agent there."""
        transaction_id = request.query.get("transaction", "")
        held = self._login.find(transaction_id, self._pages.browser_mark(request))
        with self._sql.once() as db:
            sso = self._sessions.find(db, self._cookies.read(request, Cookie.SESSION))
            typed = self._organisations.recall(db, transaction_id, sso) if held and sso else None
        if held is None or sso is None:
            return self._pages.show(
                request, "login/timed_out.html", status=400, application=None, reason="idle"
            )
        onward = self._continuations.path(held.value.continuation)
        if typed is None:
            return redirect(onward)
        code, found = typed
        return self._pages.show(
            request,
            "login/organisation.html",
            session=sso.id,
            code=_shown(code),
            name=found.organisation.name if found else None,
            uscc=mask_uscc(found.organisation.uscc) if found else None,
            onward_url=onward,
        )


def _shown(code: str) -> str:
    """A code as typed; a tax number may hold a person's number and is masked."""
    plain = normalise(code)
    return mask_uscc(plain) if len(plain) in {9, 18} else mask_id_number(plain)

"""C08, choosing as whom one acts; switching from the bar and the account centre."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.accounts.names import MaskedNames
from idp.acting.service import SELF, Acting, Ready, key_of
from idp.applications.service import Applications
from idp.audit.event import Place
from idp.delegations.capacities import ActingFor
from idp.ephemeral.box import Box
from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_ip, mask_uscc
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web import page_values as values
from idp.web.continuation import Continuation, Continuations
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages
from idp.web.routing import Auth, Route

SECONDS: Final = 1800
ON_A_PAGE: Final = 50
SEARCH_FROM: Final = 9
"""From this many on there is a search box."""
EVERY: Final = tuple(sorted(each.value for each in Capacity))
ROUTES: tuple[Route, ...] = (
    Route("/acting/choose", ("GET", "POST"), "acting.choose", Auth.SESSION, "page"),
    Route("/acting/switch", ("GET", "POST"), "acting.switch", Auth.SESSION, "page"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A question under way: bound to a browser and a session, with what the application accepts."""

    browser: str
    session_id: str
    person_id: str
    client_id: str
    application_id: str
    accepted: tuple[str, ...]
    matters: tuple[str, ...]
    continuation: Continuation


@dataclass(frozen=True, slots=True)
class Option:
    """One way to act, to be picked. `name` is an organisation or a masked name; empty for oneself."""

    key: str
    name: str
    uscc: str
    capacity: Capacity
    via: str | None
    ends_at: datetime | None
    last_used_at: datetime | None
    is_chosen: bool


class ActingViews:
    """`/acting/choose` in an authorization and `/acting/switch` at any time."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        acting: Acting,
        sessions: Sessions,
        applications: Applications,
        names: MaskedNames,
        continuations: Continuations,
        choices: Box[Choice],
    ) -> None:
        self._sql = sql
        self._pages = pages
        self._cookies = cookies
        self._acting = acting
        self._sessions = sessions
        self._applications = applications
        self._names = names
        self._continuations = continuations
        self._choices = choices

    def choose(self, request: Request) -> Answer:
        """GET shows the ways that the application accepts, POST takes one and goes on where the question came from."""
        is_post = request.method == "POST"
        id_ = request.form.get("question", "") if is_post else request.query.get("question", "")
        held = self._choices.find(id_)
        sso = self._session(request)
        if held is None or sso is None or not _is_for(held.value, sso, self._pages.browser_mark(request)):
            return self._timed_out(request)
        choice = held.value
        if not is_post:
            return self._page(request, sso, choice, id_, None)
        form = self._pages.check_form(request, sso.id)
        if self._take(request, sso, form.get("as", ""), choice) is None:
            return self._page(request, sso, choice, id_, "acting.pick")
        return redirect(self._continuations.path(choice.continuation))

    def switch(self, request: Request) -> Answer:
        """GET shows every way to act, POST takes one: no new sign-in; what was issued before follows the policy."""
        sso = self._session(request)
        if sso is None:
            return self._timed_out(request)
        everything = Choice("", sso.id, sso.person_id, "", "", EVERY, (), Continuation("portal.home"))
        if request.method != "POST":
            return self._page(request, sso, everything, None, None)
        form = self._pages.check_form(request, sso.id)
        if self._take(request, sso, form.get("as", ""), everything) is None:
            return self._page(request, sso, everything, None, "acting.pick")
        return redirect("/account")

    def _take(self, request: Request, sso: SsoSession, key: str, choice: Choice) -> Ready | None:
        """Act as chosen, if that is one of the ways that were offered and still is one; else None."""
        accepted = frozenset(map(Capacity, choice.accepted))
        place = Place(mask_ip(request.client_address), request.request_id)
        with self._sql.begin() as db:
            options = self._acting.options(db, sso.person_id, accepted, frozenset(choice.matters))
            keys = {key_of(one) for one in options} | ({SELF} if Capacity.SELF in accepted else set())
            if key not in keys:
                return None
            return self._acting.choose(db, sso, key, choice.client_id or None, place)

    def _page(
        self, request: Request, sso: SsoSession, choice: Choice, id_: str | None, error: str | None
    ) -> Answer:
        accepted = frozenset(map(Capacity, choice.accepted))
        with self._sql.once() as db:
            options = self._acting.options(db, sso.person_id, accepted, frozenset(choice.matters))
            last = self._acting.last_choice(db, sso.person_id, choice.client_id) if choice.client_id else None
        first = last or (_key_of(sso) if id_ is None else None)
        search = request.query.get("q", "").strip()[:60]
        shown = [self._option(one, first) for one in options]
        found = [one for one in shown if search.casefold() in f"{one.name} {one.uscc}".casefold()]
        name = self._names.of(sso.person_id)
        return self._pages.show(
            request,
            "acting/choose.html",
            status=400 if error else 200,
            session=sso.id,
            signed_in_as=name,
            application=self._application(request, choice),
            name=name,
            with_self=Capacity.SELF in accepted,
            is_self_chosen=first == SELF,
            options=found[:ON_A_PAGE],
            more=max(len(found) - ON_A_PAGE, 0),
            search=search if len(shown) >= SEARCH_FROM or search else None,
            question=id_,
            action="/acting/choose" if id_ else "/acting/switch",
            errors=[values.FieldError("as", self._pages.text(request, error))] if error else [],
        )

    def _application(self, request: Request, choice: Choice) -> values.Application | None:
        found = self._applications.find(choice.application_id)
        language = self._pages.language(request)
        return values.Application(found.name_in(language), found.department_in(language)) if found else None

    def _option(self, acting: ActingFor, first: str | None) -> Option:
        subject = acting.subject_person_id
        key = key_of(acting)
        return Option(
            key,
            self._names.of(subject) if subject else acting.organisation_name or "",
            mask_uscc(acting.uscc) if acting.uscc else "",
            acting.capacity,
            acting.via_name,
            acting.ends_at,
            acting.last_used_at,
            key == first,
        )

    def _session(self, request: Request) -> SsoSession | None:
        cookie = self._cookies.read(request, Cookie.SESSION)
        if cookie is None:
            return None
        with self._sql.once() as db:
            return self._sessions.find(db, cookie)

    def _timed_out(self, request: Request) -> Answer:
        return self._pages.show(request, "login/timed_out.html", status=400, application=None, reason="idle")


def address(question_id: str) -> str:
    """The page of a question."""
    return f"/acting/choose?question={question_id}"


def _key_of(sso: SsoSession) -> str:
    return SELF if sso.delegation_id is None else f"{sso.delegation_id}.{sso.via_delegation_id or ''}"


def _is_for(choice: Choice, sso: SsoSession, browser: str) -> bool:
    return choice.browser == browser and choice.session_id == sso.id and choice.person_id == sso.person_id

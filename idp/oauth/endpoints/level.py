"""The step of an authorization that asks for the level of the matters, and its page (C07, LOA-04)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.clock import Clock, instant
from idp.ephemeral.box import Box, Held
from idp.matters.service import Matters, codes_of
from idp.oauth.clients.resolve import Client, ClientResolver
from idp.oauth.request import PendingRequest
from idp.proofing.raising import Raising
from idp.sessions.service import Sessions
from idp.storage.engine import Db, Sql
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages

PAGE: Final = "/oauth/step-up"
RESUME: Final = "/oauth/authorize/resume?request="


@dataclass(frozen=True, slots=True)
class ShownMatter:
    """A matter that needs a higher level, in words."""

    name: str
    why: str
    level: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The level of sign-in that matters ask for, and the name of one that does."""

    level: int
    name: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What a person's level is, what it has to be, and for which matters."""

    level: int
    needed: int
    codes: frozenset[str]


def address(request_id: str) -> str:
    """Where the page about a pending request stands."""
    return f"{PAGE}?request={request_id}"


class LevelStep:
    """Asks whether a person's level is enough."""

    def __init__(self, sql: Sql, clock: Clock, matters: Matters, persons: PersonStore) -> None:
        self._sql = sql
        self._clock = clock
        self._matters = matters
        self._persons = persons

    def sign_in(self, scope: Iterable[str], language: str) -> Asked:
        """The least level of sign-in that the matters of a scope ask for, and the name of the one that asks for most."""
        codes = codes_of(frozenset(scope))
        level = self._matters.least_aal(codes)
        found = (self._matters.find(code) for code in sorted(codes))
        most = next((one for one in found if one is not None and one.aal == level), None)
        return Asked(level, most.name_in(language) if most is not None else "")

    def lack(self, person_id: str, scope: Iterable[str], client: Client) -> Lack | None:
        """What is lacking for a client and the matters of a scope; None where the level is enough.

        No query where none asks for a level.
        """
        codes = codes_of(frozenset(scope))
        needed = max(self._matters.least_level(codes), client.least_ial)
        if needed == 0:
            return None
        with self._sql.once() as db:
            person = self._persons.find(db, person_id)
        level = person.level_at(instant(self._clock)) if person is not None else 0
        return Lack(level, needed, codes) if level < needed else None


class StepUpViews:
    """`/oauth/step-up`: why, how far, by which ways, and back to the application."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        sessions: Sessions,
        persons: PersonStore,
        clients: ClientResolver,
        matters: Matters,
        step: LevelStep,
        raising: Raising,
        pending: Box[PendingRequest],
    ) -> None:
        self._sql = sql
        self._pages = pages
        self._cookies = cookies
        self._sessions = sessions
        self._persons = persons
        self._clients = clients
        self._matters = matters
        self._step = step
        self._raising = raising
        self._pending = pending

    def page(self, request: Request) -> Answer:
        """GET tells what is lacking, or goes on where nothing is any more; POST goes back to the application."""
        if request.method == "POST":
            return self._decline(request)
        id_ = request.query.get("request", "")
        held = self._held(request, id_)
        person = self._person(request)
        client = self._clients.find(held.value.request.client_id) if held is not None else None
        if held is None or person is None or client is None:
            return self._lost(request)
        lack = self._step.lack(person.id, held.value.request.scope, client)
        if lack is None:
            return redirect(RESUME + id_)
        return self._show(request, id_, client, person, lack)

    def _show(self, request: Request, id_: str, client: Client, person: Person, lack: Lack) -> Answer:
        language = self._pages.language(request)
        found = (self._matters.find(code) for code in sorted(lack.codes))
        wanting = [one for one in found if one is not None and one.level > lack.level]
        text = self._pages.text
        return self._pages.show(
            request,
            "login/step_up.html",
            application=client.application.name_in(language),
            matters=[ShownMatter(one.name_in(language), one.why_in(language), one.level) for one in wanting],
            level=lack.level,
            needed=lack.needed,
            ways=[
                (text(request, f"assurance.way.{way.word}"), text(request, f"assurance.needs.{way.word}"))
                for way in self._raising.ways(person)
                if way.method.level >= lack.needed and not way.lacks_mobile
            ],
            request_id=id_,
            raise_url=f"/account/level?request={id_}",
            resume_url=RESUME + id_,
            action=PAGE,
        )

    def _decline(self, request: Request) -> Answer:
        form = self._pages.check_form(request)
        id_ = form.get("request", "")
        held = self._held(request, id_)
        if held is None:
            return self._lost(request)
        self._pending.swap(held, replace(held.value, is_declined=True))
        return redirect(RESUME + id_)

    def _held(self, request: Request, id_: str) -> Held[PendingRequest] | None:
        held = self._pending.find(id_)
        return held if held is not None and held.value.browser == self._pages.browser_mark(request) else None

    def _person(self, request: Request) -> Person | None:
        with self._sql.once() as db:
            return self._signed_in(db, request)

    def _signed_in(self, db: Db, request: Request) -> Person | None:
        sso = self._sessions.find(db, self._cookies.read(request, Cookie.SESSION))
        return self._persons.find(db, sso.person_id) if sso is not None else None

    def _lost(self, request: Request) -> Answer:
        return self._pages.show(request, "login/timed_out.html", status=400, application=None, reason="idle")

"""What every page of the account centre begins and ends with: who is signed in, the checked form, the page's frame."""

from dataclasses import dataclass
from typing import Any

from idp.accounts.names import MaskedNames
from idp.accounts.store import Person, PersonStore
from idp.acting.service import Acting, Current
from idp.audit.event import Place
from idp.clock import Clock, instant
from idp.identifiers.masking import mask_ip, mask_name
from idp.login.policy import is_met
from idp.login.requirement import FRESH_SECONDS, Proven, Requirement
from idp.login.views import LoginViews
from idp.login.ways import PersonWays
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web.continuation import Continuation
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request
from idp.web.pages import Pages
from idp.web.render import ActingBar


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A usable session with its person and the level that counts now, as one request found them."""

    sso: SsoSession
    person: Person
    acting: Current
    level: int

    @property
    def actor(self) -> str:
        """The person as the audit log names it."""
        return f"person:{self.person.id}"


class Frame:
    """Shared by the pages of a signed-in person; each of them says where to come back to after a sign-in."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        login: LoginViews,
        sessions: Sessions,
        persons: PersonStore,
        clock: Clock,
        acting: Acting,
        names: MaskedNames,
        ways: PersonWays,
    ) -> None:
        self._ways = ways
        self._acting = acting
        self._names = names
        self._clock = clock
        self.sql = sql
        self.pages = pages
        self.cookies = cookies
        self._login = login
        self._sessions = sessions
        self._persons = persons

    def look(self, request: Request) -> SignedIn | None:
        """Who is signed in; the use is remembered, at most once a minute. None when nobody is."""
        found = self._found(request)
        if found is not None and self._sessions.needs_touch(found.sso):
            with self.sql.once() as db:
                self._sessions.touch(db, found.sso)
        return found

    def posted(self, request: Request) -> tuple[SignedIn, dict[str, str]] | None:
        """Who sent a form, and its checked fields. None when nobody is signed in any more. Raises RequestRefused."""
        found = self._found(request)
        return None if found is None else (found, self.pages.check_form(request, found.sso.id))

    def begin(self, request: Request, back: Continuation) -> Answer:
        """Ask to sign in and come back."""
        return self._login.begin(request, Requirement(), back)

    def is_fresh(self, signed_in: SignedIn) -> bool:
        """Whether the person proved lately, and by the strongest ways there are, enough for an act on who holds the account."""
        proven = Proven(signed_in.sso.person_id, signed_in.sso.proofs)
        return is_met(self._sure(signed_in.person.id), proven)

    def begin_afresh(self, request: Request, back: Continuation) -> Answer:
        """Ask to prove once more, whatever session there is, and come back."""
        found = self._found(request)
        return self._login.begin(request, self._sure(found.person.id if found is not None else None), back)

    def show(
        self, request: Request, signed_in: SignedIn, template: str, status: int = 200, **values: Any
    ) -> Answer:
        """A page for who is signed in."""
        return self.pages.show(
            request,
            template,
            status=status,
            session=signed_in.sso.id,
            acting=self._bar(signed_in.acting),
            signed_in_as=mask_name(signed_in.person.name),
            **values,
        )

    def timed_out(self, request: Request) -> Answer:
        """The session is over: nothing of the form was done."""
        return self.pages.show(request, "login/timed_out.html", status=400, application=None, reason="idle")

    def place(self, request: Request) -> Place:
        """Where an act comes from."""
        return Place(mask_ip(request.client_address), request.request_id)

    def _sure(self, person_id: str | None) -> Requirement:
        since = self._clock.timestamp() - FRESH_SECONDS
        if person_id is None:
            return Requirement(signed_in_since=since)
        with self.sql.once() as db:
            is_twofold = self._ways.has_strong(db, person_id)
        return Requirement(signed_in_since=since, is_twofold=is_twofold, why="account")

    def _found(self, request: Request) -> SignedIn | None:
        with self.sql.once() as db:
            sso = self._sessions.find(db, self.cookies.read(request, Cookie.SESSION))
            person = self._persons.find(db, sso.person_id) if sso else None
            if sso is None or person is None:
                return None
            level = person.level_at(instant(self._clock))
            return SignedIn(sso, person, self._acting.current(db, sso), level)

    def _bar(self, current: Current) -> ActingBar | None:
        """Whom the person acts for, as every page says it first; nothing for who acts as himself."""
        acting = current.acting
        if acting is None:
            return ActingBar(None, "", None) if current.is_lost else None
        subject = acting.subject_person_id
        name = self._names.of(subject) if subject else acting.organisation_name
        return ActingBar(name, acting.capacity.value, acting.ends_at)

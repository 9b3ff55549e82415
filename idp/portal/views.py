"""The account home: what a person sees of the account, sessions to end, consents to withdraw."""

from datetime import datetime

from idp.accounts.store import Person, PersonStore
from idp.applications.store import Application
from idp.audit.event import Place
from idp.claims.catalogue import BARE_SCOPES
from idp.consent.service import Consents
from idp.consent.store import Consent
from idp.errors import NotFound
from idp.identifiers.masking import mask_ip, mask_name
from idp.login.requirement import Requirement
from idp.login.views import LoginViews
from idp.portal.ports import ClientNames, SessionNotices
from idp.sessions import store as session_store
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Db, Sql
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages

END = "/account/sessions/end"
WITHDRAW = "/account/applications/withdraw"
HOME = Continuation("portal.home")


class PortalViews:
    """`/account` and the confirmations that follow from it."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        login: LoginViews,
        sessions: Sessions,
        persons: PersonStore,
        consents: Consents,
        clients: ClientNames,
        notices: SessionNotices,
    ) -> None:
        self._sql = sql
        self._pages = pages
        self._cookies = cookies
        self._login = login
        self._sessions = sessions
        self._persons = persons
        self._consents = consents
        self._clients = clients
        self._notices = notices

    def start(self, request: Request) -> Answer:
        """The bare address leads to the account."""
        return redirect("/account")

    def home(self, request: Request) -> Answer:
        """The account home, for who is signed in; others are asked to sign in first."""
        with self._sql.once() as db:
            sso = self._session(db, request)
            person = self._persons.find(db, sso.person_id) if sso else None
            if sso is None or person is None:
                return self._login.begin(request, Requirement(), HOME)
            last = session_store.find_last_before(db, sso)
            open_sessions = self._sessions.list_open(db, person.id)
            standing = self._consents.list_standing(db, person.id)
            used = session_store.last_use_by_client(db, person.id)
        self._touch(sso)
        return self._pages.show(
            request,
            "portal/home.html",
            session=sso.id,
            signed_in_as=mask_name(person.name),
            name=mask_name(person.name),
            level=person.level,
            last_sign_in=values.LastSignIn(last.auth_time, last.place, last.device) if last else None,
            alerts=[],
            sessions=[_session_row(one, sso) for one in open_sessions],
            applications=[row for one in standing if (row := self._application_row(request, one, used))],
            end_session_action=END,
            withdraw_action=WITHDRAW,
        )

    def end_session(self, request: Request) -> Answer:
        """Two steps: the first POST shows the confirmation, the second (`confirm`) ends the session."""
        signed_in = self._signed_in(request)
        if signed_in is None:
            return self._timed_out(request)
        sso, person, form = signed_in
        with self._sql.once() as db:
            target = session_store.find(db, form.get("handle", ""))
        if target is None or target.person_id != person.id:
            raise NotFound("session.unknown")
        if form.get("confirm") != "yes":
            return self._confirm(request, sso, person, "end_session", target.device, END, target.id)
        place = Place(mask_ip(request.client_address), request.request_id)
        with self._sql.begin() as db:
            self._sessions.end(db, target, "ended_by_person", f"person:{person.id}", place)
        self._notices.deliver_session(target.id)
        if target.id == sso.id:
            return redirect("/account", (self._cookies.clear(Cookie.SESSION),))
        return redirect("/account")

    def withdraw(self, request: Request) -> Answer:
        """Two steps, as above: the second takes the consent back with all that was issued under it."""
        signed_in = self._signed_in(request)
        if signed_in is None:
            return self._timed_out(request)
        sso, person, form = signed_in
        client_id = form.get("handle", "")
        application = self._clients.application(client_id)
        if application is None:
            raise NotFound("application.unknown")
        if form.get("confirm") != "yes":
            name = application.name_in(self._pages.language(request))
            return self._confirm(request, sso, person, "withdraw", name, WITHDRAW, client_id)
        place = Place(mask_ip(request.client_address), request.request_id)
        with self._sql.begin() as db:
            self._consents.withdraw(db, person.id, client_id, place)
        return redirect("/account")

    def _confirm(
        self,
        request: Request,
        sso: SsoSession,
        person: Person,
        act: str,
        subject: str,
        action: str,
        handle: str,
    ) -> Answer:
        return self._pages.show(
            request,
            "portal/confirm.html",
            session=sso.id,
            signed_in_as=mask_name(person.name),
            act=act,
            subject=subject,
            action=action,
            handle=handle,
            back_url="/account",
        )

    def _signed_in(self, request: Request) -> tuple[SsoSession, Person, dict[str, str]] | None:
        """Session, person and checked form of a POST, or None when nobody is signed in any more."""
        with self._sql.once() as db:
            sso = self._session(db, request)
            person = self._persons.find(db, sso.person_id) if sso else None
        if sso is None or person is None:
            return None
        return sso, person, self._pages.check_form(request, sso.id)

    def _timed_out(self, request: Request) -> Answer:
        return self._pages.show(request, "login/timed_out.html", status=400, application=None, reason="idle")

    def _session(self, db: Db, request: Request) -> SsoSession | None:
        return self._sessions.find(db, self._cookies.read(request, Cookie.SESSION))

    def _touch(self, sso: SsoSession) -> None:
        if self._sessions.needs_touch(sso):
            with self._sql.once() as db:
                self._sessions.touch(db, sso)

    def _application_row(
        self, request: Request, consent: Consent, used: dict[str, datetime]
    ) -> values.ApplicationRow | None:
        application: Application | None = self._clients.application(consent.client_id)
        if application is None:
            return None
        language = self._pages.language(request)
        given = sorted(consent.scope - BARE_SCOPES)
        return values.ApplicationRow(
            handle=consent.client_id,
            name=application.name_in(language),
            department=application.department_in(language),
            items=[self._pages.text(request, f"scope.{scope}") for scope in given],
            since=consent.granted_at,
            last_used=used.get(consent.client_id),
        )


def _session_row(one: SsoSession, current: SsoSession) -> values.SessionRow:
    return values.SessionRow(one.id, one.device, one.place, one.auth_time, one.seen_at, one.id == current.id)

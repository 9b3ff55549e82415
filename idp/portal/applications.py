"""C21, applications: what was given to whom, since when, and taking it back."""

from datetime import datetime

from idp.claims.catalogue import BARE_SCOPES
from idp.consent.service import Consents
from idp.consent.store import Consent
from idp.errors import NotFound
from idp.matters.service import Matters
from idp.portal.frame import Frame
from idp.portal.ports import ClientNames
from idp.sessions import store as session_store
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE = "/account/applications"
WITHDRAW = "/account/applications/withdraw"
BACK = Continuation("portal.applications")


class ApplicationViews:
    """`/account/applications` and the withdrawal."""

    def __init__(self, frame: Frame, consents: Consents, clients: ClientNames, matters: Matters) -> None:
        self._matters = matters
        self._frame = frame
        self._consents = consents
        self._clients = clients

    def page(self, request: Request) -> Answer:
        """Every application that was given something."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        with self._frame.sql.once() as db:
            standing = self._consents.list_standing(db, signed_in.person.id)
            used = session_store.last_use_by_client(db, signed_in.person.id)
        return self._frame.show(
            request,
            signed_in,
            "portal/applications.html",
            applications=[row for one in standing if (row := self._row(request, one, used))],
            withdraw_action=WITHDRAW,
        )

    def withdraw(self, request: Request) -> Answer:
        """Two steps: the second takes the consent back with all that was issued under it."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        client_id = form.get("handle", "")
        application = self._clients.application(client_id)
        if application is None:
            raise NotFound("application.unknown")
        if form.get("confirm") != "yes":
            return self._frame.show(
                request,
                signed_in,
                "portal/confirm.html",
                act="withdraw",
                subject=application.name_in(self._frame.pages.language(request)),
                action=WITHDRAW,
                handle=client_id,
                back_url=PAGE,
            )
        with self._frame.sql.begin() as db:
            self._consents.withdraw(db, signed_in.person.id, client_id, self._frame.place(request))
        return redirect(PAGE)

    def _name_of(self, request: Request, scope: str, language: str) -> str:
        return self._matters.label(scope, language) or self._frame.pages.text(request, f"scope.{scope}")

    def _row(
        self, request: Request, consent: Consent, used: dict[str, datetime]
    ) -> values.ApplicationRow | None:
        application = self._clients.application(consent.client_id)
        if application is None:
            return None
        language = self._frame.pages.language(request)
        given = sorted(consent.scope - BARE_SCOPES)
        return values.ApplicationRow(
            handle=consent.client_id,
            name=application.name_in(language),
            department=application.department_in(language),
            items=[self._name_of(request, scope, language) for scope in given],
            since=consent.granted_at,
            last_used=used.get(consent.client_id),
        )

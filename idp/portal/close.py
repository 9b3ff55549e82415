"""C25, closing the account: what it means, what stands in the way, and the fifteen days to think again."""

from typing import Final

from idp.accounts.life.closing import Blocked, Closing
from idp.organisations.service import Organisations
from idp.portal.frame import Frame, SignedIn
from idp.portal.ports import SessionNotices
from idp.sessions.service import Sessions
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.cookies import Cookie
from idp.web.exchange import Answer, Request

PAGE: Final = "/account/close"
BACK: Final = Continuation("portal.close")
WHY: Final = "account_closing"


class CloseViews:
    """`/account/close`."""

    def __init__(
        self,
        frame: Frame,
        closing: Closing,
        sessions: Sessions,
        organisations: Organisations,
        notices: SessionNotices,
        cooling_off_days: int,
    ) -> None:
        self._frame = frame
        self._closing = closing
        self._sessions = sessions
        self._organisations = organisations
        self._notices = notices
        self._days = cooling_off_days

    def page(self, request: Request) -> Answer:
        """GET tells what it means, POST begins it; both only after a fresh sign-in."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        with self._frame.sql.once() as db:
            blockers = self._closing.blocked_by(db, signed_in.person.id)
        return self._form(request, signed_in, blockers, None)

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        if form.get("confirm") != "yes":
            return self._form(request, signed_in, (), "close.tick")
        return self._begin(request, signed_in)

    def _begin(self, request: Request, signed_in: SignedIn) -> Answer:
        """The cooling-off and the end of every sign-in, in one transaction."""
        place, person_id = self._frame.place(request), signed_in.person.id
        with self._frame.sql.begin() as db:
            outcome = self._closing.begin(db, person_id, signed_in.actor, place)
            ended = [] if isinstance(outcome, Blocked) else self._sessions.list_not_ended(db, person_id)
            for one in ended:
                self._sessions.end(db, one, WHY, signed_in.actor, place)
        if isinstance(outcome, Blocked):
            return self._form(request, signed_in, outcome.organisation_ids, None)
        for one in ended:
            self._notices.deliver_session(one.id)
        return self._frame.pages.show(
            request,
            "portal/closing.html",
            headers=(self._frame.cookies.clear(Cookie.SESSION),),
            closes_at=outcome.closes_at,
        )

    def _form(
        self, request: Request, signed_in: SignedIn, blockers: tuple[str, ...], fault: str | None
    ) -> Answer:
        with self._frame.sql.once() as db:
            found = [self._organisations.find(db, organisation_id) for organisation_id in blockers]
        errors = [values.FieldError("confirm", self._frame.pages.text(request, fault))] if fault else []
        return self._frame.show(
            request,
            signed_in,
            "portal/close.html",
            status=400 if fault else 200,
            blockers=[(one.id, one.name) for one in found if one is not None],
            days=self._days,
            errors=errors,
            action=PAGE,
            back_url="/account/profile",
        )

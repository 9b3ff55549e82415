"""C19, devices: the sign-ins that live, ending one of them or all others."""

from idp.clock import Clock, instant
from idp.devices.service import Devices
from idp.errors import NotFound
from idp.portal.frame import Frame, SignedIn
from idp.portal.ports import SessionNotices
from idp.sessions import store as session_store
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.cookies import Cookie
from idp.web.exchange import Answer, Request, redirect

PAGE = "/account/devices"
END = "/account/sessions/end"
END_OTHERS = "/account/sessions/end-others"
FORGET = "/account/devices/forget"
BACK = Continuation("portal.devices")
WHY = "ended_by_person"


class DeviceViews:
    """`/account/devices` and the confirmations that follow from it."""

    def __init__(
        self, frame: Frame, sessions: Sessions, notices: SessionNotices, devices: Devices, clock: Clock
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._frame = frame
        self._sessions = sessions
        self._notices = notices

    def page(self, request: Request) -> Answer:
        """Every sign-in that lives, this one marked."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        with self._frame.sql.once() as db:
            living = self._sessions.list_open(db, signed_in.person.id)
            known = self._devices.list_of(db, signed_in.person.id)
        now = instant(self._clock)
        return self._frame.show(
            request,
            signed_in,
            "portal/devices.html",
            sessions=[_row(one, signed_in.sso) for one in living],
            end_session_action=END,
            end_others_action=END_OTHERS if len(living) > 1 else None,
            devices=[
                values.DeviceRow(
                    one.id, one.name, one.place, one.first_at, one.last_at, one.is_trusted_at(now)
                )
                for one in known
            ],
            forget_action=FORGET,
        )

    def forget(self, request: Request) -> Answer:
        """Forget a device: it is new again at its next sign-in, and trusted no more. Its sessions are ended apart."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.begin() as db:
            is_gone = self._devices.forget(db, signed_in.person.id, form.get("handle", ""))
        if not is_gone:
            raise NotFound("session.unknown")
        return redirect(PAGE)

    def end_session(self, request: Request) -> Answer:
        """Two steps: the first POST shows the confirmation, the second (`confirm`) ends the session."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.once() as db:
            target = session_store.find(db, form.get("handle", ""))
        if target is None or target.person_id != signed_in.person.id:
            raise NotFound("session.unknown")
        if form.get("confirm") != "yes":
            return self._confirm(request, signed_in, "end_session", target.device, END, target.id)
        self._end(request, signed_in, [target])
        if target.id == signed_in.sso.id:
            return redirect("/account", (self._frame.cookies.clear(Cookie.SESSION),))
        return redirect(PAGE)

    def end_others(self, request: Request) -> Answer:
        """Two steps, as above: every sign-in but this one."""
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        with self._frame.sql.once() as db:
            living = self._sessions.list_not_ended(db, signed_in.person.id)
        others = [one for one in living if one.id != signed_in.sso.id]
        if form.get("confirm") != "yes":
            return self._confirm(request, signed_in, "end_others", str(len(others)), END_OTHERS, "")
        self._end(request, signed_in, others)
        return redirect(PAGE)

    def _end(self, request: Request, signed_in: SignedIn, targets: list[SsoSession]) -> None:
        place = self._frame.place(request)
        with self._frame.sql.begin() as db:
            for target in targets:
                self._sessions.end(db, target, WHY, signed_in.actor, place)
        for target in targets:
            self._notices.deliver_session(target.id)

    def _confirm(
        self, request: Request, signed_in: SignedIn, act: str, subject: str, action: str, handle: str
    ) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "portal/confirm.html",
            act=act,
            subject=subject,
            action=action,
            handle=handle,
            back_url=PAGE,
        )


def _row(one: SsoSession, current: SsoSession) -> values.SessionRow:
    return values.SessionRow(one.id, one.device, one.place, one.auth_time, one.seen_at, one.id == current.id)

"""C17, the account home: who one is here, the last sign-in, what needs attention, and the ways to everything else."""

from idp.identifiers.masking import mask_name
from idp.portal.frame import Frame, SignedIn
from idp.sessions import store as session_store
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

HOME = Continuation("portal.home")


class HomeViews:
    """`/` and `/account`."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def start(self, request: Request) -> Answer:
        """The bare address leads to the account."""
        return redirect("/account")

    def home(self, request: Request) -> Answer:
        """The account home, for who is signed in; others are asked to sign in first."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, HOME)
        with self._frame.sql.once() as db:
            last = session_store.find_last_before(db, signed_in.sso)
        person = signed_in.person
        return self._frame.show(
            request,
            signed_in,
            "portal/home.html",
            name=mask_name(person.name),
            level=signed_in.level,
            last_sign_in=values.LastSignIn(last.auth_time, last.place, last.device) if last else None,
            alerts=self._alerts(request, signed_in),
        )

    def _alerts(self, request: Request, signed_in: SignedIn) -> list[str]:
        """What the person should look at, in words."""
        keys = []
        if signed_in.person.mobile is None:
            keys.append("centre.no_mobile")
        if signed_in.level == 0:
            keys.append("centre.level_zero")
        return [self._frame.pages.text(request, key) for key in keys]

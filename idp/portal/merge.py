"""C22, two accounts of one human become one: the owner is signed in as one, and proves here to be the other (NAT-01)."""

from typing import Final

from idp.accounts.life.merging import MergeRefused, Merging
from idp.accounts.store import is_state_usable
from idp.login.by_password import ByPassword
from idp.login.outcomes import Caller, Mistyped, Proved
from idp.login.ways import PersonWays
from idp.portal.frame import Frame, SignedIn
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.device import describe_device
from idp.web.exchange import Answer, Request

PAGE: Final = "/account/profile/merge"
BACK: Final = Continuation("portal.merge")


class MergeViews:
    """`/account/profile/merge`."""

    def __init__(self, frame: Frame, by_password: ByPassword, ways: PersonWays, merging: Merging) -> None:
        self._frame = frame
        self._by_password = by_password
        self._ways = ways
        self._merging = merging

    def page(self, request: Request) -> Answer:
        """GET asks for the other account, POST proves it and merges; both only after a fresh sign-in."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        return self._form(request, signed_in, "", [], None)

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        identifier = form.get("identifier", "")[:64]
        if form.get("confirm") != "yes":
            return self._form(request, signed_in, identifier, [("confirm", "merge.tick")], None)
        caller = Caller(
            self._frame.place(request),
            request.client_address,
            describe_device(request.header("user-agent")),
        )
        outcome = self._by_password.check(identifier, form.get("password", ""), caller)
        if isinstance(outcome, Mistyped):
            return self._form(request, signed_in, identifier, [(outcome.field, outcome.code)], None)
        if not isinstance(outcome, Proved):
            # One answer for every other reason: what this page knew of accounts, a stranger could ask it for.
            return self._form(request, signed_in, identifier, [], "wrong")
        return self._merge(request, signed_in, identifier, outcome)

    def _barred(self, proved: Proved) -> str | None:
        """Why the other account cannot be merged although its password was right."""
        if not is_state_usable(proved.state):
            return "barred"
        with self._frame.sql.once() as db:
            is_wanted = self._ways.wants_second_step(db, proved.person_id)
        # A password alone opens an account with a second step nowhere, so it does not here.
        return "second_step" if is_wanted else None

    def _merge(self, request: Request, signed_in: SignedIn, identifier: str, proved: Proved) -> Answer:
        place, other_id, barred = self._frame.place(request), proved.person_id, self._barred(proved)
        if barred is not None:
            return self._form(request, signed_in, identifier, [], barred)
        with self._frame.sql.begin() as db:
            merged = self._merging.merge(db, signed_in.person.id, other_id, None, signed_in.actor, place)
        if isinstance(merged, MergeRefused):
            return self._form(request, signed_in, identifier, [], merged.value)
        return self._frame.pages.show(request, "portal/merged.html", is_here=merged.id == signed_in.person.id)

    def _form(
        self,
        request: Request,
        signed_in: SignedIn,
        identifier: str,
        faults: list[tuple[str, str]],
        refused: str | None,
    ) -> Answer:
        text = self._frame.pages.text
        return self._frame.show(
            request,
            signed_in,
            "portal/merge.html",
            status=400 if faults else 409 if refused else 200,
            identifier=identifier,
            errors=[values.FieldError(field, text(request, key)) for field, key in faults],
            refused=text(request, f"merge.refused.{refused}") if refused else None,
            action=PAGE,
            back_url="/account/profile",
        )

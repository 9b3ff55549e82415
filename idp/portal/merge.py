"""C22, two accounts of one human become one: the owner is signed in as one, and proves here to be the other (NAT-01)."""

from typing import Final

from idp.accounts.life.merging import MergeRefused, Merging
from idp.login.service import Login, MethodPaused, Mistyped, Proved, WrongCredentials
from idp.portal.frame import Frame, SignedIn
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.device import describe_device
from idp.web.exchange import Answer, Request

PAGE: Final = "/account/profile/merge"
BACK: Final = Continuation("portal.merge")


class MergeViews:
    """`/account/profile/merge`."""

    def __init__(self, frame: Frame, login: Login, merging: Merging) -> None:
        self._frame = frame
        self._login = login
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
        outcome = self._login.prove(
            identifier,
            form.get("password", ""),
            self._frame.place(request),
            request.client_address,
            describe_device(request.header("user-agent")),
        )
        if isinstance(outcome, Mistyped):
            return self._form(request, signed_in, identifier, [(outcome.field, outcome.code)], None)
        if not isinstance(outcome, Proved):
            # One answer for every other reason: what this page knew of accounts, a stranger could ask it for.
            is_tries = isinstance(outcome, WrongCredentials | MethodPaused)
            return self._form(request, signed_in, identifier, [], "wrong" if is_tries else "barred")
        return self._merge(request, signed_in, identifier, outcome.person_id)

    def _merge(self, request: Request, signed_in: SignedIn, identifier: str, other_id: str) -> Answer:
        place = self._frame.place(request)
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

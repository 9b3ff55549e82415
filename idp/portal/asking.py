"""C24, asking for a correction and complaining: what it is about, and what is wrong in the person's own words."""

from typing import Final

from idp.accounts.models import RequestKind
from idp.accounts.requests.service import ABOUT, MOST_WORDS, Fault, PersonRequests
from idp.errors import NotFound
from idp.portal.data import PAGE
from idp.portal.frame import Frame, SignedIn
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

ASK: Final = "/account/data/ask"
KINDS: Final = {kind.value: kind for kind in ABOUT}
"""What the address may ask for."""
FIELDS: Final = {Fault.ABOUT: "about", Fault.EMPTY: "words", Fault.LONG: "words", Fault.MANY: "words"}


class AskingViews:
    """`/account/data/ask`."""

    def __init__(self, frame: Frame, requests: PersonRequests) -> None:
        self._frame = frame
        self._requests = requests

    def form(self, request: Request) -> Answer:
        """GET shows the form of a kind, POST takes the request and gives its number."""
        if request.method == "POST":
            return self._post(request)
        kind = _kind(request.query.get("kind", ""))
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, Continuation(f"portal.{kind.value}"))
        return self._page(request, signed_in, kind)

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        kind, about, words = _kind(form.get("kind", "")), form.get("about", ""), form.get("words", "")
        place = self._frame.place(request)
        with self._frame.sql.begin() as db:
            made = self._requests.ask(db, signed_in.person.id, kind, about, words, place)
        if isinstance(made, Fault):
            return self._page(request, signed_in, kind, about, words, made)
        return redirect(f"{PAGE}?number={made.number}")

    def _page(
        self,
        request: Request,
        signed_in: SignedIn,
        kind: RequestKind,
        about: str = "",
        words: str = "",
        fault: Fault | None = None,
    ) -> Answer:
        text = self._frame.pages.text
        errors = [values.FieldError(FIELDS[fault], text(request, f"ask.{fault.value}"))] if fault else []
        return self._frame.show(
            request,
            signed_in,
            "portal/ask.html",
            kind=kind.value,
            items=[(code, text(request, f"ask.about.{code}")) for code in ABOUT[kind]],
            about=about,
            words=words,
            most=MOST_WORDS,
            errors=errors,
            action=ASK,
            back_url=PAGE,
        )


def _kind(name: str) -> RequestKind:
    """The kind that an address or form names. Raises NotFound."""
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound("request.unknown", "no such kind of request")
    return kind

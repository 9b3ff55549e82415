"""C24, my information: the copy of everything, and what the person has asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.accounts.models import RequestKind, RequestState
from idp.accounts.requests.events import DataCopied
from idp.accounts.requests.service import ABOUT, PersonRequests
from idp.accounts.requests.store import PersonRequest
from idp.audit.service import Audit
from idp.portal.copying import Copier
from idp.portal.frame import Frame
from idp.web.continuation import Continuation
from idp.web.exchange import NO_STORE, Answer, Headers, Request, redirect

PAGE: Final = "/account/data"
COPY: Final = "/account/data/copy"
BACK: Final = Continuation("portal.data")
FILE: Final[Headers] = (
    ("Content-Type", "application/json; charset=utf-8"),
    ("Content-Disposition", 'attachment; filename="my-information.json"'),
    *NO_STORE,
)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as its owner sees it."""

    number: str
    kind: str
    about: str | None
    words: str | None
    answer: str | None
    is_answered: bool
    made_at: datetime
    due_at: datetime


class DataViews:
    """`/account/data` and the copy."""

    def __init__(self, frame: Frame, audit: Audit, copier: Copier, requests: PersonRequests) -> None:
        self._frame = frame
        self._audit = audit
        self._copier = copier
        self._requests = requests

    def page(self, request: Request) -> Answer:
        """What can be had and asked here. The copy is offered with its size to who has just signed in."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        is_fresh = self._frame.is_fresh(signed_in)
        with self._frame.sql.once() as db:
            made = self._requests.list_of(db, signed_in.person.id)
            size = len(self._copier.make(db, signed_in.person)) if is_fresh else 0
        number = request.query.get("number", "")
        return self._frame.show(
            request,
            signed_in,
            "portal/data.html",
            copy_url=COPY,
            kilobytes=-(-size // 1024) if is_fresh else None,
            requests=[self._line(request, one) for one in made],
            recorded=number if any(one.number == number for one in made) else None,
        )

    def copy(self, request: Request) -> Answer:
        """POST gives the copy, after a fresh sign-in only; it is written nowhere and no cache keeps it. GET leads to that
        sign-in and back to the page.
        """
        if request.method != "POST":
            signed_in = self._frame.look(request)
            is_fresh = signed_in is not None and self._frame.is_fresh(signed_in)
            return redirect(PAGE) if is_fresh else self._frame.begin_afresh(request, BACK)
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, _ = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        with self._frame.sql.begin() as db:
            document = self._copier.make(db, signed_in.person)
            place = self._frame.place(request)
            event = DataCopied(actor=signed_in.actor, object=signed_in.person.id, place=place)
            self._audit.append(db, event)
        return Answer(200, FILE, document)

    def _line(self, request: Request, one: PersonRequest) -> RequestLine:
        text = self._frame.pages.text
        has_words = one.about in ABOUT.get(one.kind, ())
        return RequestLine(
            number=one.number,
            kind=text(request, KINDS[one.kind]),
            about=text(request, f"ask.about.{one.about}") if has_words else None,
            words=one.words,
            answer=one.answer,
            is_answered=one.state is not RequestState.OPEN,
            made_at=one.created_at,
            due_at=one.due_at,
        )


KINDS: Final = {
    RequestKind.CORRECTION: "ask.kind.correction",
    RequestKind.COMPLAINT: "ask.kind.complaint",
    RequestKind.DELETION: "ask.kind.deletion",
    RequestKind.NOT_ME: "ask.kind.not_me",
    RequestKind.NAME_REVIEW: "ask.kind.name_review",
}

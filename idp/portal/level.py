"""C15, the level of assurance: what it is and stands on, and the ways to raise it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.clock import Clock, instant
from idp.errors import NotFound
from idp.portal.frame import Frame, SignedIn
from idp.proofing.raising import WORDED, Lacking, NoAnswer, Raised, Raising, Unproved, Way
from idp.proofing.store import Evidence
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/account/level"
PROVE: Final = "/account/level/prove"
BACK: Final = Continuation("portal.level")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
RAISED: Final = f"{PAGE}?done=raised"


@dataclass(frozen=True, slots=True)
class ShownWay:
    """A way up, in words."""

    key: str
    level: int
    name: str
    needs: str
    lacks_mobile: bool


@dataclass(frozen=True, slots=True)
class ShownProof:
    """A proof in words; `state` is counts, expired or revoked."""

    name: str
    level: int
    since: datetime
    until: datetime | None
    state: str


class LevelViews:
    """`/account/level` and the way up."""

    def __init__(self, frame: Frame, clock: Clock, raising: Raising) -> None:
        self._frame = frame
        self._clock = clock
        self._raising = raising

    def page(self, request: Request) -> Answer:
        """The level, what it stands on, and the ways up."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        person, now = signed_in.person, instant(self._clock)
        with self._frame.sql.once() as db:
            proofs = self._raising.proofs(db, person)
        level = person.level_at(now)
        is_temporary = person.level_until is not None and now < person.level_until
        return self._frame.show(
            request,
            signed_in,
            "portal/level.html",
            level=level,
            until=person.level_until if is_temporary else None,
            following=person.level_next,
            is_raised=request.query.get("done") == "raised",
            proofs=[self._proof(request, one, now) for one in proofs],
            ways=[self._way(request, way) for way in self._raising.ways(person) if way.serves(level)],
            missing=[(at, lack) for at, lack in self._raising.missing(proofs).items() if at > level],
            action=PROVE,
            request_id=_pending(request),
        )

    def prove(self, request: Request) -> Answer:
        """GET asks what a way needs, POST goes it; both only after a fresh sign-in."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        key = request.query.get("way")
        if not key:
            return redirect(PAGE)
        return self._form(request, signed_in, self._chosen(signed_in, key))

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        way = self._chosen(signed_in, form.get("way", ""))
        has_agreed = form.get("consent") == "yes"
        place = self._frame.place(request)
        outcome = self._raising.prove(signed_in.person, way, form, has_agreed, request.client_address, place)
        if isinstance(outcome, Raised):
            waiting = _pending(request)
            return redirect(f"{RAISED}&request={waiting}" if waiting else RAISED)
        return self._form(request, signed_in, way, outcome, has_agreed)

    def _chosen(self, signed_in: SignedIn, key: str) -> Way:
        way = self._raising.find(signed_in.person, key)
        if way is None:
            raise NotFound("way.unknown")
        return way

    def _form(
        self,
        request: Request,
        signed_in: SignedIn,
        way: Way,
        outcome: Lacking | Unproved | NoAnswer | None = None,
        has_agreed: bool = False,
    ) -> Answer:
        text = self._frame.pages.text
        lacking = outcome.fields if isinstance(outcome, Lacking) else ()
        return self._frame.show(
            request,
            signed_in,
            "portal/prove.html",
            status=400 if lacking else 200,
            way=self._way(request, way),
            asks=list(way.asks),
            needs_consent=way.method.consent,
            has_agreed=has_agreed,
            errors=[values.FieldError(name, text(request, f"assurance.empty.{name}")) for name in lacking],
            outcome={Unproved: "unproved", NoAnswer: "down"}.get(type(outcome), ""),
            differs=list(outcome.fields) if isinstance(outcome, Unproved) else [],
            action=PROVE,
            back_url=PAGE,
            request_id=_pending(request),
        )

    def _way(self, request: Request, way: Way) -> ShownWay:
        text = self._frame.pages.text
        return ShownWay(
            way.method.key,
            way.method.level,
            text(request, f"assurance.way.{way.word}"),
            text(request, f"assurance.needs.{way.word}"),
            way.lacks_mobile,
        )

    def _proof(self, request: Request, proof: Evidence, now: datetime) -> ShownProof:
        word = proof.method if proof.method in WORDED else "other"
        state = "counts" if proof.counts_at(now) else "revoked" if proof.revoked_at else "expired"
        name = self._frame.pages.text(request, f"assurance.way.{word}")
        return ShownProof(name, proof.level, proof.obtained_at, proof.expires_at, state)


def _pending(request: Request) -> str | None:
    """The id of an authorization request that waits for the level, or None: it is only ever put behind our own address,
    where the request is looked for.
    """
    given = request.form if request.method == "POST" else request.query
    text = given.get("request", "")
    return text if _ID.fullmatch(text) else None

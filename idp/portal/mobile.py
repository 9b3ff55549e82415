"""C22, another mobile number: typed, proved by a code sent to it, taken; the number before it is told (NAT-02)."""

from typing import Final

from idp.accounts.life.identity import Identity
from idp.authenticators.mobile_code import Asker, MobileCodes, Proven, WrongCode
from idp.errors import Conflict
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_mobile
from idp.identifiers.mobile import parse_mobile
from idp.notify.service import Notices
from idp.portal.frame import Frame, SignedIn
from idp.risk.service import Risk
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/account/profile/mobile"
BACK: Final = Continuation("portal.mobile")
PURPOSE: Final = "change_mobile"
DONE: Final = "/account/profile?done=mobile"


class MobileViews:
    """`/account/profile/mobile`: the number, then the code."""

    def __init__(
        self, frame: Frame, codes: MobileCodes, identity: Identity, notices: Notices, risk: Risk
    ) -> None:
        self._risk = risk
        self._frame = frame
        self._codes = codes
        self._identity = identity
        self._notices = notices

    def answer(self, request: Request) -> Answer:
        """GET asks for the number, or with a challenge for its code; POST takes either. After a fresh sign-in only."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        return self._page(request, signed_in, request.query.get("challenge", ""))

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        challenge = form.get("challenge", "")
        language, source = self._frame.pages.language(request), request.client_address
        if not challenge:
            return self._number(request, signed_in, form.get("mobile", "")[:64])
        if form.get("again") == "yes":
            self._codes.send(challenge, _asker(signed_in), source, language)
            return redirect(f"{PAGE}?challenge={challenge}")
        return self._code(request, signed_in, challenge, form.get("code", "")[:40])

    def _number(self, request: Request, signed_in: SignedIn, text: str) -> Answer:
        try:
            mobile = parse_mobile(text).value
        except IdentifierRejected as error:
            return self._page(request, signed_in, "", text, ("mobile", error.code))
        if mobile == signed_in.person.mobile:
            return self._page(request, signed_in, "", text, ("mobile", "profile.same_mobile"))
        language, source = self._frame.pages.language(request), request.client_address
        challenge = self._codes.begin(mobile, _asker(signed_in), source, language)
        return redirect(f"{PAGE}?challenge={challenge}")

    def _code(self, request: Request, signed_in: SignedIn, challenge: str, typed: str) -> Answer:
        outcome = self._codes.check(challenge, _asker(signed_in), typed)
        if isinstance(outcome, Proven):
            return self._take(request, signed_in, outcome.mobile)
        is_wrong = isinstance(outcome, WrongCode) and outcome.tries_left > 0
        fault = ("code", "code.bad" if is_wrong else "code.over")
        return self._page(request, signed_in, challenge, "", fault)

    def _take(self, request: Request, signed_in: SignedIn, mobile: str) -> Answer:
        """The number is the person's from here on, and whoever had it has it no more."""
        person = signed_in.person
        try:
            with self._frame.sql.begin() as db:
                self._identity.take_mobile(db, person.id, mobile, signed_in.actor, self._frame.place(request))
                self._notices.tell(
                    db, "mobile_changed", person.mobile, person.id, self._frame.pages.language(request)
                )
        except Conflict:
            # Somebody else proved the same number at the same moment and was first.
            return self._page(request, signed_in, "", "", ("mobile", "code.over"))
        self._risk.means_changed(person.id)
        return redirect(DONE)

    def _page(
        self,
        request: Request,
        signed_in: SignedIn,
        challenge: str,
        typed: str = "",
        fault: tuple[str, str] | None = None,
    ) -> Answer:
        mobile = self._codes.mobile_of(challenge, _asker(signed_in)) if challenge else None
        text = self._frame.pages.text
        return self._frame.show(
            request,
            signed_in,
            "portal/mobile.html",
            status=400 if fault else 200,
            challenge=challenge if mobile else None,
            masked=mask_mobile(mobile) if mobile else "",
            mobile=typed,
            errors=[values.FieldError(fault[0], text(request, fault[1]))] if fault else [],
            action=PAGE,
            back_url="/account/profile",
        )


def _asker(signed_in: SignedIn) -> Asker:
    return Asker(signed_in.sso.id, PURPOSE)

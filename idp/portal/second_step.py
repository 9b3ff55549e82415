"""C18, the second step: an authenticator app, recovery codes, and whether a second step is wanted at every sign-in."""

from dataclasses import dataclass
from typing import Final

from idp.authenticators.evidence import Way
from idp.authenticators.recovery import RecoveryCodes, shown
from idp.authenticators.store import SECOND_STEP, CredentialStore
from idp.authenticators.totp import Algorithm, TotpMethod, app_address, matching_step, new_secret, read_secret
from idp.clock import Clock, instant
from idp.ephemeral.box import Box
from idp.identifiers.masking import mask_name
from idp.portal.frame import Frame, SignedIn
from idp.portal.methods import MethodChanges
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

SECURITY: Final = "/account/security"
APP: Final = "/account/security/app"
CODES: Final = "/account/security/codes"
ALWAYS: Final = "/account/security/second-step"
BACK_TO_APP: Final = Continuation("portal.app")
BACK_TO_CODES: Final = Continuation("portal.codes")
BACK_TO_ALWAYS: Final = Continuation("portal.second_step")
SECONDS: Final = 900
SECOND: Final = frozenset({Way.TOTP, Way.PASSKEY, Way.BOUND_PASSKEY, Way.UKEY})
"""What a second step can be taken by, beside a number."""


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """A secret that was shown to one session and not confirmed yet."""

    session_id: str
    secret: str

    def __repr__(self) -> str:
        return "Enrolment(…)"


class SecondStepPages:
    """`/account/security/app`, `codes` and `second-step`; every change only after a fresh sign-in by the strongest ways."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        credentials: CredentialStore,
        totp: TotpMethod,
        recovery: RecoveryCodes,
        box: Box[Enrolment],
        changes: MethodChanges,
        issuer_name: str,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._credentials = credentials
        self._totp = totp
        self._recovery = recovery
        self._box = box
        self._changes = changes
        self._issuer_name = issuer_name

    def app(self, request: Request) -> Answer:
        """GET shows a new secret, POST confirms it by its first code, or removes the app (`remove`)."""
        if request.method != "POST":
            signed_in = self._frame.look(request)
            if signed_in is None or not self._frame.is_fresh(signed_in):
                return self._frame.begin_afresh(request, BACK_TO_APP)
            return self._show_app(request, signed_in, self._begin(request, signed_in), None)
        posted = self._posted(request, BACK_TO_APP)
        if isinstance(posted, Answer):
            return posted
        signed_in, form = posted
        if form.get("remove") == "yes":
            return self._remove(request, signed_in)
        return self._confirm(request, signed_in, form.get("enrolment", ""), form.get("code", ""))

    def codes(self, request: Request) -> Answer:
        """GET tells how many codes are left, POST makes ten new ones and shows them this once."""
        if request.method != "POST":
            signed_in = self._frame.look(request)
            if signed_in is None or not self._frame.is_fresh(signed_in):
                return self._frame.begin_afresh(request, BACK_TO_CODES)
            return self._show_codes(request, signed_in, [])
        posted = self._posted(request, BACK_TO_CODES)
        if isinstance(posted, Answer):
            return posted
        signed_in, _form = posted
        with self._frame.sql.begin() as db:
            made = self._recovery.make(db, signed_in.person.id, instant(self._clock))
            self._changes.tell(db, request, signed_in, Way.RECOVERY_CODE.value, "made")
        return self._show_codes(request, signed_in, [shown(code) for code in made])

    def always(self, request: Request) -> Answer:
        """GET asks whether a second step is wanted at every sign-in, POST sets it."""
        if request.method != "POST":
            signed_in = self._frame.look(request)
            if signed_in is None or not self._frame.is_fresh(signed_in):
                return self._frame.begin_afresh(request, BACK_TO_ALWAYS)
            return self._show_always(request, signed_in)
        posted = self._posted(request, BACK_TO_ALWAYS)
        if isinstance(posted, Answer):
            return posted
        signed_in, form = posted
        is_wanted = form.get("wanted") == "yes"
        if is_wanted and not self._may_want(signed_in):
            return self._show_always(request, signed_in)
        with self._frame.sql.begin() as db:
            now = instant(self._clock) if is_wanted else None
            self._credentials.wish_second_step(db, signed_in.person.id, now)
            self._changes.tell(db, request, signed_in, SECOND_STEP, "added" if is_wanted else "removed")
        return redirect(f"{SECURITY}?done=second_step")

    def _posted(self, request: Request, back: Continuation) -> tuple[SignedIn, dict[str, str]] | Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        return posted if self._frame.is_fresh(posted[0]) else self._frame.begin_afresh(request, back)

    def _begin(self, request: Request, signed_in: SignedIn) -> str:
        """The same secret for a session however often the page is shown, until it is confirmed or 15 minutes are over."""
        is_sm3 = request.query.get("algorithm") == Algorithm.SM3.value
        algorithm = Algorithm.SM3 if is_sm3 else Algorithm.SHA1
        id_ = f"{signed_in.sso.id}|{algorithm.value}"
        self._box.add_once(id_, Enrolment(signed_in.sso.id, new_secret(algorithm).text))
        return id_

    def _confirm(self, request: Request, signed_in: SignedIn, enrolment_id: str, typed: str) -> Answer:
        kept = self._box.get(enrolment_id)
        if kept is None or kept.session_id != signed_in.sso.id:
            return self._frame.timed_out(request)
        secret, code = read_secret(kept.secret), "".join(typed.split())
        step = matching_step(secret, code, self._clock.timestamp())
        if not code or step is None:
            return self._show_app(request, signed_in, enrolment_id, "way.totp.bad" if code else "code.empty")
        if self._box.take(enrolment_id) is None:
            return self._frame.timed_out(request)
        with self._frame.sql.begin() as db:
            self._totp.enrol(db, signed_in.person.id, secret, step, instant(self._clock))
            self._changes.tell(db, request, signed_in, Way.TOTP.value, "added")
        return redirect(f"{SECURITY}?done=app")

    def _remove(self, request: Request, signed_in: SignedIn) -> Answer:
        with self._frame.sql.begin() as db:
            self._totp.remove(db, signed_in.person.id)
            self._changes.tell(db, request, signed_in, Way.TOTP.value, "removed")
        return redirect(f"{SECURITY}?done=app_removed")

    def _may_want(self, signed_in: SignedIn) -> bool:
        """Whether the person has anything for a second step, so that nobody locks himself out."""
        with self._frame.sql.once() as db:
            kinds = self._credentials.kinds(db, signed_in.person.id)
        return signed_in.person.mobile is not None or bool(kinds & SECOND)

    def _show_app(
        self, request: Request, signed_in: SignedIn, enrolment_id: str, fault: str | None
    ) -> Answer:
        kept = self._box.get(enrolment_id)
        if kept is None:
            return self._frame.timed_out(request)
        secret = read_secret(kept.secret)
        with self._frame.sql.once() as db:
            has_app = Way.TOTP.value in self._credentials.kinds(db, signed_in.person.id)
        text = self._frame.pages.text
        return self._frame.show(
            request,
            signed_in,
            "portal/app.html",
            status=400 if fault else 200,
            enrolment=enrolment_id,
            has_app=has_app,
            address=app_address(secret, self._issuer_name, mask_name(signed_in.person.name)),
            secret=" ".join(secret.base32[start : start + 4] for start in range(0, len(secret.base32), 4)),
            algorithm=secret.algorithm.value,
            errors=[values.FieldError("code", text(request, fault))] if fault else [],
            action=APP,
            sm3_url=f"{APP}?algorithm=SM3",
            back_url=SECURITY,
        )

    def _show_codes(self, request: Request, signed_in: SignedIn, codes: list[str]) -> Answer:
        with self._frame.sql.once() as db:
            left = self._recovery.left(db, signed_in.person.id)
        return self._frame.show(
            request,
            signed_in,
            "portal/recovery_codes.html",
            codes=codes,
            left=left,
            action=CODES,
            back_url=SECURITY,
        )

    def _show_always(self, request: Request, signed_in: SignedIn) -> Answer:
        with self._frame.sql.once() as db:
            kinds = self._credentials.kinds(db, signed_in.person.id)
        return self._frame.show(
            request,
            signed_in,
            "portal/second_step.html",
            is_wanted=SECOND_STEP in kinds,
            has_app=Way.TOTP.value in kinds,
            may_want=self._may_want(signed_in),
            action=ALWAYS,
            back_url=SECURITY,
        )

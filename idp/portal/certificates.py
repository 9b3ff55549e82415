"""C18, USB keys and certificates: binding one that names the person, and taking one off."""

from typing import Final

from idp.authenticators.evidence import Way
from idp.clock import Clock, instant
from idp.errors import Conflict
from idp.login.ukey_views import WORDS
from idp.login.ways import PersonWays, is_enough
from idp.portal.frame import Frame, SignedIn
from idp.portal.methods import MethodChanges
from idp.ukey.check import UkeyRefused
from idp.ukey.service import Bound, Ukeys
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect
from idp.web.headers import helper_headers

PAGE: Final = "/account/security/certificate"
SECURITY: Final = "/account/security"
BACK: Final = Continuation("portal.certificate")


class CertificatePages:
    """`/account/security/certificate`; every change only after a fresh sign-in by the strongest ways."""

    def __init__(
        self, frame: Frame, clock: Clock, ukeys: Ukeys, ways: PersonWays, changes: MethodChanges, port: int
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._ukeys = ukeys
        self._ways = ways
        self._changes = changes
        self._port = port

    def page(self, request: Request) -> Answer:
        """GET shows what is bound and the line to sign, POST binds the key that signed it, or takes one off (`handle`)."""
        if request.method != "POST":
            signed_in = self._frame.look(request)
            if signed_in is None or not self._frame.is_fresh(signed_in):
                return self._frame.begin_afresh(request, BACK)
            return self._show(request, signed_in, None)
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        if "handle" in form:
            return self._remove(request, signed_in, form["handle"])
        return self._bind(request, signed_in, form)

    def _bind(self, request: Request, signed_in: SignedIn, form: dict[str, str]) -> Answer:
        holder = self._ukeys.answered(
            form.get("challenge", ""),
            signed_in.sso.id,
            form.get("certificate", ""),
            form.get("signature", ""),
        )
        if isinstance(holder, UkeyRefused):
            return self._show(request, signed_in, WORDS.get(holder.why, "failed"))
        try:
            with self._frame.sql.begin() as db:
                bound = self._ukeys.bind(db, signed_in.person.id, holder, instant(self._clock))
                if bound is Bound.DONE:
                    self._changes.tell(db, request, signed_in, Way.UKEY.value, "added")
        except Conflict:
            return self._show(request, signed_in, "taken")
        if bound is not Bound.DONE:
            return self._show(request, signed_in, bound.value)
        return redirect(f"{SECURITY}?done=certificate")

    def _remove(self, request: Request, signed_in: SignedIn, handle: str) -> Answer:
        with self._frame.sql.begin() as db:
            others = [way for way in self._ways.of(db, signed_in.person) if way is not Way.UKEY]
            is_last = len(self._ukeys.list_of(db, signed_in.person.id)) == 1 and not is_enough(others)
            is_gone = not is_last and self._ukeys.remove(db, signed_in.person.id, handle)
            if is_gone:
                self._changes.tell(db, request, signed_in, Way.UKEY.value, "removed")
        return (
            redirect(f"{SECURITY}?done=certificate_removed")
            if is_gone
            else self._show(request, signed_in, "kept")
        )

    def _show(self, request: Request, signed_in: SignedIn, fault: str | None) -> Answer:
        text = self._frame.pages.text
        with self._frame.sql.once() as db:
            own = self._ukeys.list_of(db, signed_in.person.id)
        challenge, line = ("", "")
        if self._ukeys.is_on:
            centre = text(request, "qr.phone.centre")
            challenge, line = self._ukeys.begin(signed_in.sso.id, centre)
        return self._frame.show(
            request,
            signed_in,
            "portal/certificate.html",
            status=400 if fault else 200,
            page_headers=helper_headers(self._port),
            fault=text(request, f"ukey.fault.{fault}") if fault else None,
            certificates=[(one.id, *one.secret.split("|")) for one in own],
            is_on=self._ukeys.is_on,
            challenge=challenge,
            line=line,
            port=self._port,
            action=PAGE,
            back_url=SECURITY,
        )

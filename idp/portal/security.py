"""C18, sign-in and security: the ways to sign in, and a new password after a fresh sign-in."""

from collections import Counter
from typing import Final

from idp.accounts.store import Person
from idp.audit.service import Audit
from idp.authenticators.events import PasswordChanged
from idp.authenticators.evidence import Way
from idp.authenticators.password import PasswordMethod
from idp.authenticators.password_rules import NewPasswords
from idp.authenticators.store import SECOND_STEP, CredentialStore
from idp.clock import Clock, instant
from idp.identifiers.masking import mask_mobile
from idp.portal.frame import Frame, SignedIn
from idp.portal.methods import MethodChanges
from idp.portal.ports import SessionNotices
from idp.sessions.service import Sessions
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/account/security"
PASSWORD: Final = "/account/security/password"  # noqa: S105 - an address
BACK: Final = Continuation("portal.security")
BACK_TO_PASSWORD: Final = Continuation("portal.password")
DONE: Final = f"{PAGE}?done=password"
WHY: Final = "password_changed"
DONE_BY: Final = ("password", "app", "app_removed", "second_step", "certificate", "certificate_removed")


class SecurityViews:
    """`/account/security` and the change of the password."""

    def __init__(
        self,
        frame: Frame,
        clock: Clock,
        audit: Audit,
        passwords: PasswordMethod,
        sessions: Sessions,
        notices: SessionNotices,
        credentials: CredentialStore,
        changes: MethodChanges,
        new_passwords: NewPasswords,
        has_ukeys: bool,
    ) -> None:
        self._has_ukeys = has_ukeys
        self._new_passwords = new_passwords
        self._credentials = credentials
        self._changes = changes
        self._frame = frame
        self._clock = clock
        self._audit = audit
        self._passwords = passwords
        self._sessions = sessions
        self._notices = notices

    def page(self, request: Request) -> Answer:
        """The ways to sign in that the person has."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        mobile, done = signed_in.person.mobile, request.query.get("done")
        with self._frame.sql.once() as db:
            means = self._credentials.list_means(db, signed_in.person.id)
            kinds = self._credentials.kinds(db, signed_in.person.id)
        count = Counter(one.kind for one in means)
        return self._frame.show(
            request,
            signed_in,
            "portal/security.html",
            mobile=mask_mobile(mobile) if mobile else None,
            done=self._frame.pages.text(request, f"methods.done.{done}") if done in DONE_BY else None,
            password_url=PASSWORD,
            passkeys=count[Way.PASSKEY.value] + count[Way.BOUND_PASSKEY.value],
            has_ukeys=self._has_ukeys,
            certificates=count[Way.UKEY.value],
            has_app=count[Way.TOTP.value] > 0,
            codes=count[Way.RECOVERY_CODE.value],
            is_second_step=bool(kinds & {SECOND_STEP, Way.TOTP.value}),
        )

    def password(self, request: Request) -> Answer:
        """GET shows the form, POST changes the password; both only after a fresh sign-in. Other devices are signed out."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK_TO_PASSWORD)
        return self._form(request, signed_in, None)

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK_TO_PASSWORD)
        password = form.get("password", "")
        fault = self._new_passwords.fault(password, _facts(signed_in.person))
        if fault is not None:
            return self._form(request, signed_in, fault)
        self._change(request, signed_in, password)
        return redirect(DONE)

    def _change(self, request: Request, signed_in: SignedIn, password: str) -> None:
        """The new hash, its event, and the end of every other sign-in: whoever knew the old one is out."""
        place, person_id = self._frame.place(request), signed_in.person.id
        with self._frame.sql.begin() as db:
            living = self._sessions.list_not_ended(db, person_id)
            others = [one for one in living if one.id != signed_in.sso.id]
            self._passwords.change(db, person_id, password, instant(self._clock))
            self._audit.append(db, PasswordChanged(actor=signed_in.actor, object=person_id, place=place))
            self._changes.tell(db, request, signed_in, Way.PASSWORD.value, "made")
            for other in others:
                self._sessions.end(db, other, WHY, signed_in.actor, place)
        for other in others:
            self._notices.deliver_session(other.id)

    def _form(self, request: Request, signed_in: SignedIn, fault: str | None) -> Answer:
        errors = [values.FieldError("password", self._frame.pages.text(request, fault))] if fault else []
        return self._frame.show(
            request, signed_in, "portal/password.html", action=PASSWORD, errors=errors, back_url=PAGE
        )


def _facts(person: Person) -> tuple[str, ...]:
    return (person.id_number, person.name, person.mobile or "")

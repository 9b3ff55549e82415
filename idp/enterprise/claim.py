"""E02, claiming an organisation: the legal representative types its code, the register answers, the capacity is there."""

from dataclasses import dataclass
from typing import Final

from idp.claiming.service import LEVEL, Claimed, Claiming, Code, Found, Refusal
from idp.delegations.models import DelegationState
from idp.delegations.service import Delegations
from idp.enterprise.access import MANAGERS
from idp.enterprise.page_values import GrantRow
from idp.enterprise.shown import Shown
from idp.errors import Conflict
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_uscc
from idp.organisations.service import Organisations
from idp.portal.frame import Frame, SignedIn
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect

PAGE: Final = "/account/organisations/claim"
BACK: Final = Continuation("enterprise.claim")
LONGEST: Final = 40
STATUSES: Final = {Refusal.DOWN: 503, Refusal.NOT_FOUND: 404, Refusal.SEVERAL: 409}


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim that was not followed; `managers` are whom to ask, by masked names."""

    why: Refusal
    uscc: str | None
    managers: tuple[GrantRow, ...] = ()


class ClaimViews:
    """`/account/organisations/claim`; who claims has signed in just now."""

    def __init__(
        self,
        frame: Frame,
        claiming: Claiming,
        organisations: Organisations,
        delegations: Delegations,
        shown: Shown,
    ) -> None:
        self._frame = frame
        self._claiming = claiming
        self._organisations = organisations
        self._delegations = delegations
        self._shown = shown

    def page(self, request: Request) -> Answer:
        """GET shows the form; POST looks an older code up, shows what it stands for, and claims."""
        if request.method == "POST":
            return self._post(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        return self._form(request, signed_in)

    def _post(self, request: Request) -> Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        signed_in, form = posted
        if not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK)
        return self._answer(request, signed_in, form.get("code", "")[:LONGEST], form.get("confirm") == "yes")

    def _answer(self, request: Request, signed_in: SignedIn, typed: str, is_confirmed: bool) -> Answer:
        if not self._claiming.may_claim(signed_in.person):
            return self._form(request, signed_in)
        try:
            code = self._claiming.look_up(signed_in.person, typed)
        except IdentifierRejected as error:
            fault = values.FieldError("code", self._frame.pages.text(request, error.code))
            return self._form(request, signed_in, typed, fault)
        if isinstance(code, Refusal):
            return self._refused(request, signed_in, code, None)
        if code.old_kind is not None and not is_confirmed:
            return self._check(request, signed_in, code, typed)
        return self._claimed(request, signed_in, code.uscc)

    def _claimed(self, request: Request, signed_in: SignedIn, uscc: str) -> Answer:
        outcome = self._claim(request, signed_in, uscc)
        if isinstance(outcome, Refusal):
            return self._refused(request, signed_in, outcome, uscc)
        page = "/organisation/handover" if outcome.rests else "/organisation"
        return redirect(f"{page}?id={outcome.organisation.id}")

    def _claim(self, request: Request, signed_in: SignedIn, uscc: str) -> Claimed | Refusal:
        found = self._claiming.ask(signed_in.person, uscc, self._frame.place(request))
        if isinstance(found, Refusal):
            return found
        try:
            return self._settle(request, signed_in, found)
        except Conflict:
            # Somebody else brought the same organisation at this moment: now it is there.
            return self._settle(request, signed_in, found)

    def _settle(self, request: Request, signed_in: SignedIn, found: Found) -> Claimed | Refusal:
        try:
            with self._frame.sql.begin() as db:
                return self._claiming.settle(db, signed_in.person, found, self._frame.place(request))
        except IdentifierRejected:
            # The register told an old code that can be none: such an answer counts as little as silence.
            return Refusal.DOWN

    def _form(
        self,
        request: Request,
        signed_in: SignedIn,
        typed: str = "",
        fault: values.FieldError | None = None,
    ) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "enterprise/claim.html",
            status=400 if fault else 200,
            typed=typed,
            errors=[fault] if fault else [],
            needed=None if self._claiming.may_claim(signed_in.person) else LEVEL,
            action=PAGE,
        )

    def _check(self, request: Request, signed_in: SignedIn, code: Code, typed: str) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "enterprise/claim_check.html",
            name=code.name,
            uscc=mask_uscc(code.uscc),
            typed=typed,
            action=PAGE,
        )

    def _refused(self, request: Request, signed_in: SignedIn, why: Refusal, uscc: str | None) -> Answer:
        managers = self._managers(request, signed_in, uscc) if uscc and why is Refusal.MISMATCH else ()
        return self._frame.show(
            request,
            signed_in,
            "enterprise/claim_refused.html",
            status=STATUSES.get(why, 409),
            refused=Refused(why, mask_uscc(uscc) if uscc else None, managers),
            back_url=PAGE,
        )

    def _managers(self, request: Request, signed_in: SignedIn, uscc: str) -> tuple[GrantRow, ...]:
        """Whom to ask at an organisation that is here: representative and administrators."""
        store, person_id = self._delegations.parts.store, signed_in.person.id
        with self._frame.sql.once() as db:
            found = self._organisations.find_by_uscc(db, uscc)
            if found is None:
                return ()
            active = store.list_of_organisation(db, found.id, (DelegationState.ACTIVE,))
            grants = [one for one in active if one.capacity in MANAGERS and one.agent_person_id != person_id]
            rows = self._shown.rows(db, grants, person_id, self._frame.pages.language(request))
        return tuple(rows)

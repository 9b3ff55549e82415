"""Registering oneself: fields checked one by one, then proofs, then one write (NAT-01…NAT-03, NAT-07, ux.md C14).

Nothing tells a stranger whether a number is registered: whoever is not registered in the end sees one page, whatever the
reason, and the owner of an account is told by the number that stands in it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from idp.accounts.life.ages import OWN_ACCOUNT_FROM, age_on
from idp.accounts.life.identity import Identity
from idp.accounts.life.returning import Registered, Returning
from idp.accounts.new_person import NewPerson, ValidPerson, validate
from idp.accounts.store import Person, PersonStore
from idp.audit.event import Outcome, Place
from idp.audit.service import Audit
from idp.authenticators.evidence import Evidence, Way
from idp.authenticators.mobile_code import Asker, MobileCodes, Proven, WrongCode
from idp.authenticators.password_rules import NewPasswords
from idp.clock import Clock, today
from idp.ephemeral.box import Box, Held
from idp.errors import Conflict
from idp.identifiers.document import DOCUMENT_NAMES
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdKind, IdNumber
from idp.identifiers.mobile import parse_mobile
from idp.login.events import SignedIn
from idp.notify.service import Notices
from idp.proofing.assurance import Assurance, NewEvidence
from idp.proofing.port import Claimed, Matched, SourceDown, Verdict
from idp.proofing.service import Proofing
from idp.registration.events import RegistrationEnded
from idp.registration.transaction import Registration, Step
from idp.sessions.service import Sessions
from idp.storage.engine import Db, Sql

POPULATION: Final = "population"
PROVABLE: Final = frozenset(kind.value for kind in IdKind)
"""Documents that the population register knows; a passport or permit is looked at by somebody later."""
PURPOSE: Final = "registration"
ACTOR: Final = "registration"


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A field does not hold; `code` is the key of what to do."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class TooYoung:
    """Under fourteen: the guardian applies (PIPL 31)."""


@dataclass(frozen=True, slots=True)
class NotCreated:
    """No account was made of this: for one of several reasons that are not told apart."""

    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """The account is there and its owner signed in; `cookie` is the session's. `is_proved` False: at level 0."""

    cookie: str
    is_proved: bool


class SelfRegistration:
    """All acts of registering oneself."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        box: Box[Registration],
        codes: MobileCodes,
        proofing: Proofing,
        assurance: Assurance,
        persons: PersonStore,
        returning: Returning,
        identity: Identity,
        sessions: Sessions,
        notices: Notices,
        new_passwords: NewPasswords,
    ) -> None:
        self._new_passwords = new_passwords
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._box = box
        self._codes = codes
        self._proofing = proofing
        self._assurance = assurance
        self._persons = persons
        self._returning = returning
        self._identity = identity
        self._sessions = sessions
        self._notices = notices

    def begin(self, browser: str, login: str | None) -> str:
        """Open a registration for this browser and give its id."""
        return self._box.new(Registration(browser, login))

    def find(self, id_: str, browser: str) -> Held[Registration] | None:
        """The registration, if this browser began it."""
        held = self._box.find(id_) if browser else None
        return held if held is not None and held.value.browser == browser else None

    def document(self, held: Held[Registration], kind: str) -> Mistyped | None:
        """Take the kind of document; another kind than before forgets the number."""
        if kind not in DOCUMENT_NAMES:
            return Mistyped("kind", "register.kind")
        known = held.value
        if known.id_kind != kind:
            known = replace(known, id_kind=kind, id_number=None)
        self._box.swap(held, known)
        return None

    def identify(self, held: Held[Registration], name: str, id_number: str) -> Mistyped | TooYoung | None:
        """Take name and number, in canonical form."""
        new = NewPerson(id_number, name, id_kind=held.value.id_kind)
        valid = validate(new, today(self._clock))
        if isinstance(valid, list):
            return Mistyped(valid[0].field, valid[0].code)
        born = _born(valid)
        if born is not None and age_on(born, today(self._clock)) < OWN_ACCOUNT_FROM:
            return TooYoung()
        self._box.swap(held, replace(held.value, id_number=valid.id_number, name=valid.name))
        return None

    def mobile_fault(self, text: str) -> Mistyped | None:
        """What is wrong with the form of a mobile number."""
        try:
            parse_mobile(text[:64])
        except IdentifierRejected as error:
            return Mistyped("mobile", error.code)
        return None

    def mobile(self, held: Held[Registration], text: str, source: str, language: str) -> Mistyped | None:
        """Take a mobile number and send a code to it. Raises TooMany."""
        try:
            mobile = parse_mobile(text[:64]).value
        except IdentifierRejected as error:
            return Mistyped("mobile", error.code)
        challenge = self._codes.begin(mobile, Asker(held.value.browser, PURPOSE), source, language)
        self._box.swap(held, replace(held.value, mobile=mobile, challenge=challenge, is_mobile_proven=False))
        return None

    def send_again(self, held: Held[Registration], source: str, language: str) -> bool:
        """Send one more code. Raises TooMany."""
        challenge = held.value.challenge
        asker = Asker(held.value.browser, PURPOSE)
        return challenge is not None and self._codes.send(challenge, asker, source, language)

    def code(self, held: Held[Registration], typed: str) -> Mistyped | None:
        """Take the code."""
        known = held.value
        outcome = self._codes.check(known.challenge or "", Asker(known.browser, PURPOSE), typed)
        if isinstance(outcome, Proven) and outcome.mobile == known.mobile:
            self._box.swap(held, replace(known, is_mobile_proven=True))
            return None
        is_wrong = isinstance(outcome, WrongCode) and outcome.tries_left > 0
        return Mistyped("code", "code.bad" if is_wrong else "code.over")

    def complete(
        self, held: Held[Registration], password: str, place: Place, source: str, device: str
    ) -> Mistyped | NotCreated | Created:
        """Prove name and number, then make the account and sign its owner in, all or nothing. Once."""
        known = held.value
        if known.next is not Step.PASSWORD:
            return NotCreated()
        fault = self._new_passwords.fault(
            password, (known.id_number or "", known.name or "", known.mobile or "")
        )
        if fault is not None:
            return Mistyped("password", fault)
        valid = ValidPerson(known.id_kind or "", known.id_number or "", known.name or "", None, 0, password)
        verdict = self._prove(valid, source, place)
        if not _goes_on(verdict):
            return self._not_created(valid, known, "not_proved", place)
        try:
            with self._sql.begin() as db:
                level = 1 if isinstance(verdict, Matched) else 0
                made = self._returning.register(db, valid, level, ACTOR, place)
                created = (
                    self._finish(db, made, known, verdict, place, device)
                    if isinstance(made, Registered)
                    else None
                )
        except Conflict:
            # Another registration of the same number was first: it is there now.
            created = None
        if created is None:
            return self._not_created(valid, known, "there", place)
        self._box.swap(held, replace(known, is_done=True))
        return created

    def _finish(
        self,
        db: Db,
        made: Registered,
        known: Registration,
        verdict: Verdict,
        place: Place,
        device: str,
    ) -> Created:
        """All that hangs on a new account, in its transaction: number, evidence, session."""
        person = made.person
        actor = f"person:{person.id}"
        self._identity.take_mobile(db, person.id, known.mobile or "", actor, place)
        if isinstance(verdict, Matched):
            new = NewEvidence(
                POPULATION, verdict.source, verdict.reference, verdict.obtained_at, verdict.valid_until
            )
            self._assurance.record(db, person.id, new, actor, place)
        sso, cookie = self._sessions.open(db, person.id, (self._typed_now(),), place.source, device)
        self._notices.tell(db, "registered", known.mobile, person.id)
        self._audit.append(
            db,
            RegistrationEnded(
                actor=actor,
                object=person.id,
                place=place,
                how="returned" if made.has_returned else "created",
                level=person.level,
            ),
            SignedIn(
                actor=actor, object=sso.id, place=place, method="password", application=None, device=device
            ),
        )
        return Created(cookie, isinstance(verdict, Matched))

    def _typed_now(self) -> Evidence:
        return Evidence(Way.PASSWORD, self._clock.timestamp())

    def _prove(self, valid: ValidPerson, source: str, place: Place) -> Verdict:
        if valid.id_kind not in PROVABLE:
            return SourceDown(POPULATION, "other_document")
        claimed = Claimed(valid.id_kind, valid.id_number, valid.name)
        return self._proofing.check(POPULATION, claimed, ACTOR, source, place)

    def _not_created(self, valid: ValidPerson, known: Registration, how: str, place: Place) -> NotCreated:
        """The one answer for every reason; the owner of an account is told at the number that stands in it."""
        owner = self._owner(valid)
        is_owner = how != "not_proved" and owner is not None and owner.mobile == known.mobile
        if owner is not None and not is_owner and how != "not_proved":
            with self._sql.begin() as db:
                self._notices.tell(db, "registration_tried", owner.mobile, owner.id)
        self._audit.note(
            RegistrationEnded(
                actor=ACTOR, object="attempt", place=place, outcome=Outcome.REFUSED, how=how, level=0
            )
        )
        return NotCreated(is_owner)

    def _owner(self, valid: ValidPerson) -> Person | None:
        with self._sql.once() as db:
            return self._persons.find_by_document(db, valid.id_kind, valid.id_number)


def _goes_on(verdict: Verdict) -> bool:
    """Whether an account may be made: the source vouches for somebody alive, or there was no answer."""
    return isinstance(verdict, SourceDown) or (isinstance(verdict, Matched) and not verdict.is_deceased)


def _born(valid: ValidPerson) -> date | None:
    """The birth date that a number tells; of passports and permits none is known."""
    if valid.id_kind not in set(IdKind) or len(valid.id_number) != 18:
        return None
    return IdNumber(valid.id_number).birth_date

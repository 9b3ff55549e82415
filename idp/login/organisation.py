"""E01, signing in for an organisation: a person signs in, and where its code was typed too, acts for it at once.

Before the sign-in a code is only read, never looked up: the form tells nobody which organisations there are.
"""

from dataclasses import dataclass
from typing import Final

from idp.acting.service import Acting, key_of
from idp.audit.event import Place
from idp.clock import Clock, today
from idp.delegations.capacities import ActingFor
from idp.delegations.rules import highest
from idp.ephemeral.box import Box
from idp.identifiers.capacity import Capacity
from idp.identifiers.errors import IdentifierRejected
from idp.organisations.codes import readings
from idp.organisations.service import Organisations, Resolved
from idp.sessions.store import SsoSession
from idp.storage.engine import Db

LONGEST: Final = 40
FOR_ORGANISATIONS: Final = frozenset({Capacity.LEGAL_REPRESENTATIVE, Capacity.ADMINISTRATOR, Capacity.AGENT})


@dataclass(frozen=True, slots=True, repr=False)
class TypedOrganisation:
    """The code that was typed at a sign-in, for the session that it ended in."""

    session_id: str
    code: str

    def __repr__(self) -> str:
        return "TypedOrganisation(…)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a typed code: the organisation acted for, or None. `is_old`: an older code was typed."""

    acting: ActingFor | None
    is_old: bool = False


class OrganisationSignIn:
    """What a typed code leads to."""

    def __init__(
        self, clock: Clock, organisations: Organisations, acting: Acting, typed: Box[TypedOrganisation]
    ) -> None:
        self._clock = clock
        self._organisations = organisations
        self._acting = acting
        self._typed = typed

    def fault(self, code: str) -> str | None:
        """What is wrong with the form of a code; None where it may be one, or nothing was typed."""
        try:
            if code.strip():
                readings(code, today(self._clock))
        except IdentifierRejected as error:
            return error.code
        return None

    def choose(self, db: Db, sso: SsoSession, code: str, place: Place) -> Outcome:
        """Let the session act for the organisation of this code in its person's highest capacity there."""
        found = self._organisations.resolve(db, code)
        held = self._acting.options(db, sso.person_id, FOR_ORGANISATIONS) if found else []
        ways = [one for one in held if found and one.organisation_id == found.organisation.id]
        top = highest(one.capacity for one in ways)
        way = min((one for one in ways if one.capacity is top), key=_is_through_agency, default=None)
        if way is None or self._acting.choose(db, sso, key_of(way), None, place) is None:
            return Outcome(None)
        return Outcome(way, found is not None and found.old_kind is not None)

    def may_choose(self, db: Db, sso: SsoSession) -> bool:
        """Whether the person acts for any organisation."""
        return bool(self._acting.options(db, sso.person_id, FOR_ORGANISATIONS))

    def keep(self, transaction_id: str, sso: SsoSession, code: str) -> None:
        """Remember what was typed, for the page that says what became of it."""
        self._typed.put(transaction_id, TypedOrganisation(sso.id, code))

    def recall(self, db: Db, transaction_id: str, sso: SsoSession) -> tuple[str, Resolved | None] | None:
        """The code that was typed, and the organisation behind it where the session acts for it now.

        None where nothing was typed in this session.
        """
        held = self._typed.get(transaction_id)
        if held is None or held.session_id != sso.id:
            return None
        found = self._organisations.resolve(db, held.code)
        acting = self._acting.current(db, sso).acting
        is_acted_for = (
            found is not None and acting is not None and acting.organisation_id == found.organisation.id
        )
        return held.code, found if is_acted_for else None


def _is_through_agency(way: ActingFor) -> bool:
    return way.via_delegation_id is not None

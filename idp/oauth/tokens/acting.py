"""Tokens about another: whether they may be used, and what they say (RFC 8693 §4.1).

`sub` is the one acted for, as the client knows it; `act.sub` the person who acts. Whoever overlooks `act` sees an
organisation's account and never takes it for a person's own (decision 0022).
"""

from idp.acting.settings import ActingSettings
from idp.claims.subject import Subjects
from idp.clock import Clock, instant
from idp.delegations.capacities import ActingFor, Capacities
from idp.identifiers.capacity import Capacity
from idp.matters.service import Matters, codes_of
from idp.oauth.clients.resolve import Client
from idp.oauth.tokens.store import Family, Standing
from idp.storage.engine import Db

ORGANISATION_SCOPE = "org.basic"


class ActingPolicy:
    """Says what an ended grant and a switched session end, and when."""

    def __init__(
        self, settings: ActingSettings, clock: Clock, capacities: Capacities, matters: Matters
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._capacities = capacities
        self._matters = matters

    def find(self, db: Db, family: Family) -> ActingFor | None:
        """What lets the person of a family act for another, now."""
        if family.delegation_id is None:
            return None
        now = instant(self._clock)
        return self._capacities.find(
            db, family.person_id, family.delegation_id, family.via_delegation_id, now
        )

    def may_be_used(self, standing: Standing, client: Client, *, is_new: bool, at_refresh: bool) -> bool:
        """Whether tokens of a family may be used as far as acting for another goes; `is_new` for one that is founded."""
        family = standing.family
        accepts_others = client.capacities != {Capacity.SELF}
        if family.delegation_id is None:
            return not (at_refresh and accepts_others and is_switched(standing))
        if standing.acting is not None and Capacity(family.capacity) in client.capacities:
            return not (at_refresh and is_switched(standing))
        return not (is_new or at_refresh or self.ends_at_once(family.scope))

    def ends_at_once(self, scope: frozenset[str]) -> bool:
        """Whether what a scope is for does not wait for the next refresh."""
        codes = codes_of(scope)
        matters = [matter for code in codes if (matter := self._matters.find(code)) is not None]
        level = max((matter.level for matter in matters), default=0)
        is_high = level >= self._settings.at_once_from_level
        return is_high or any(matter.ends_at_once for matter in matters)


def is_switched(standing: Standing) -> bool:
    """Whether the session of a family acts as somebody else by now; one that has ended acts as nobody else."""
    session = standing.session
    if session is None or session.ended_at is not None:
        return False
    family = standing.family
    return (session.delegation_id, session.via_delegation_id) != (
        family.delegation_id,
        family.via_delegation_id,
    )


def subject_of(person_id: str, acting: ActingFor | None) -> str:
    """Whom tokens are about: the id from which `sub` is made."""
    if acting is None:
        return person_id
    return acting.subject_person_id or f"organisation:{acting.organisation_id}"


def claims_about(
    subjects: Subjects, client: Client, person_id: str, acting: ActingFor | None, scope: frozenset[str]
) -> dict[str, object]:
    """What tokens add when somebody acts for another (china.md §3.8); nothing where a person acts as himself."""
    if acting is None:
        return {}
    act: dict[str, object] = {
        "sub": subjects.pairwise(person_id, client.sector_identifier),
        "role": acting.capacity.value,
        "delegation_id": acting.delegation_id,
        "scope": sorted(acting.matters),
    }
    if acting.via_delegation_id is not None:
        act["via"] = acting.via_delegation_id
    if acting.ends_at is not None:
        act["exp"] = int(acting.ends_at.timestamp())
    claims: dict[str, object] = {"subject_type": "org" if acting.organisation_id else "person", "act": act}
    if acting.organisation_id is not None and ORGANISATION_SCOPE in scope:
        claims["org"] = {"uscc": acting.uscc, "name": acting.organisation_name}
    return claims

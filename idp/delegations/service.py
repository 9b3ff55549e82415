"""Who may act for whom: all acts, by what they do."""

from dataclasses import dataclass

from idp.accounts.store import PersonStore
from idp.delegations.capacities import Capacities
from idp.delegations.changing import Changing
from idp.delegations.following import Following
from idp.delegations.founding import Founding
from idp.delegations.guardianship import Guardianship
from idp.delegations.inviting import Inviting
from idp.delegations.parts import Parts
from idp.proofing.port import Source
from idp.storage.engine import Sql


@dataclass(frozen=True, slots=True)
class Delegations:
    """The acts on delegations; `parts` for those who only read."""

    parts: Parts
    inviting: Inviting
    changing: Changing
    founding: Founding
    following: Following
    capacities: Capacities
    guardianship: Guardianship


def delegations(sql: Sql, parts: Parts, persons: PersonStore, kinship: Source | None = None) -> Delegations:
    """Build them over their parts; `kinship` is the source that vouches for guardians, where one is connected."""
    changing = Changing(parts)
    founding = Founding(parts, changing)
    return Delegations(
        parts=parts,
        inviting=Inviting(parts),
        changing=changing,
        founding=founding,
        following=Following(sql, parts, changing, founding),
        capacities=Capacities(parts.store),
        guardianship=Guardianship(parts, founding, persons, kinship),
    )

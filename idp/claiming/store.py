"""Every query on claims of organisations."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from idp.organisations.models import ClaimState, OrganisationClaimRow
from idp.storage.base import table_of

_claim = table_of(OrganisationClaimRow)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that was decided; `reference` is the source's own number of its answer."""

    id: str
    organisation_id: str
    person_id: str
    method: str
    state: ClaimState
    reference: str
    decided_by: str
    at: datetime


def add(db: Connection, claim: Claim) -> None:
    """Append a claim that was decided when it was made."""
    values = {
        "id": claim.id,
        "organisation_id": claim.organisation_id,
        "person_id": claim.person_id,
        "method": claim.method,
        "state": claim.state,
        "reference": claim.reference,
        "decided_by": claim.decided_by,
        "created_at": claim.at,
        "decided_at": claim.at,
    }
    db.execute(insert(_claim).values(values))

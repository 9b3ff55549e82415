"""Approvals of claims for applications, as an officer would give them."""

from datetime import datetime
from typing import Any

from idp.claims.store import Grant


def approved(application_id: str, claim: str, now: datetime, **changes: Any) -> Grant:
    """A claim approved without an end. Changes: any field of Grant."""
    values: dict[str, Any] = {
        "application_id": application_id,
        "claim": claim,
        "legal_basis": "依法定职责",
        "purpose": "核对办事人",
        "granted_by": "cli:test",
        "granted_at": now,
        "expires_at": None,
    }
    return Grant(**{**values, **changes})

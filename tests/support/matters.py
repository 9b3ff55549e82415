"""Matters for tests."""

from typing import Any

from idp.identifiers.capacity import Capacity
from idp.matters.models import MatterState
from idp.matters.store import Matter


def matter(code: str = "TAX-001", **changes: Any) -> Matter:
    """A matter that everybody may do at level 1. Changes: any field of Matter."""
    values: dict[str, Any] = {
        "code": code,
        "name": f"事项 {code}",
        "name_en": f"Matter {code}",
        "department": "某部门",
        "level": 1,
        "why": "涉及本人重要权益",
        "why_en": "It concerns important rights",
        "capacities": frozenset(Capacity),
        "claims": frozenset(),
        "ends_at_once": False,
        "state": MatterState.ACTIVE,
    }
    return Matter(**{**values, **changes})

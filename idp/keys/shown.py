"""Keys as officers see them: public facts and timelines, never key material."""

from datetime import datetime
from typing import Any

from idp.keys.lifecycle import NEXT, entered_at, may_move_from
from idp.keys.models import KeyState
from idp.keys.settings import KeysSettings


def timeline(row: Any) -> dict[str, str]:
    """When the key entered each state, in order: {state: instant}."""
    entered = ((state, entered_at(row, state)) for state in KeyState)
    return {state.value: at.isoformat() for state, at in entered if at is not None}


def pair(row: Any, settings: KeysSettings) -> dict[str, object]:
    """A key pair: names, state, uses, timeline, and the next step with the earliest instant where time decides."""
    following = NEXT.get(row.state)
    earliest = may_move_from(row, settings)
    return {
        "kid": row.kid,
        "purpose": row.purpose.value,
        "algorithm": row.algorithm,
        "provider": row.provider,
        "state": row.state.value,
        "used": row.used,
        "timeline": timeline(row),
        "next": None if following is None else {"state": following.value, "not_before": _text(earliest)},
    }


def data_key(row: Any) -> dict[str, object]:
    """A version of a data key."""
    return {
        "purpose": row.purpose,
        "version": row.version,
        "provider": row.provider,
        "state": row.state.value,
        "used": row.used,
        "timeline": timeline(row),
    }


def root_key(row: Any) -> dict[str, object]:
    """A generation of the root key: how it is opened, never what it is."""
    return {
        "generation": row.generation,
        "form": row.form.value,
        "state": row.state.value,
        "threshold": row.threshold,
        "holders": row.holders,
        "created_at": row.created_at.isoformat(),
        "retired_at": _text(row.retired_at),
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()

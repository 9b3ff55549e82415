"""The next generation of the root key: made, split among the officers, and everything wrapped anew, all at once.

The generation before it stays readable through it, for what a process that still held the old one wraps meanwhile;
the generation before that is forgotten, because by now nothing is wrapped under it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from crypto.errors import CryptoError
from crypto.keys import shares
from crypto.keys.handle import GeneratedKey, KeyHandle, KeyProvider
from crypto.keys.software import ROOT_KEY_SIZE, SoftwareKeys, new_root_key
from crypto.sm.sm2 import Sm2PublicKey
from idp.keys.book import share_check, share_context
from idp.keys.ceremonies import store
from idp.keys.ceremonies.kind import CeremonyRefused
from idp.keys.models import KeyState, RootForm
from idp.keys.root import root_purpose
from idp.keys.rooted import OpenRoot
from idp.keys.statement import Officer
from idp.storage.engine import Db

SOFTWARE: Final = "software"


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """What the next generation is to be."""

    ceremony_id: str
    form: RootForm
    threshold: int
    officers: tuple[Officer, ...]
    now: datetime
    device: KeyProvider | None = field(default=None, repr=False)


def make_generation(db: Db, new: NewGeneration, old: OpenRoot | None) -> tuple[OpenRoot, dict[str, Any]]:
    """Make it and wrap everything anew; the open root and the facts for the record.

    The officers are in office already. Raises CeremonyRefused, Conflict (at the transaction's door) when another node
    made this generation at the same time.
    """
    generation = max((row.generation for row in store.list_roots(db)), default=0) + 1
    if new.form is RootForm.DEVICE and new.device is None:
        raise CeremonyRefused("no_device")
    key = new.device.random(ROOT_KEY_SIZE) if new.form is RootForm.DEVICE and new.device else new_root_key()
    earlier = {} if old is None else {old.generation: old.key, **old.earlier}
    opened = OpenRoot(generation, key, earlier)
    check_value = shares.check_value(key, generation)
    _step_down(db, opened, old, new.now)
    store.add_root(
        db,
        {
            "generation": generation,
            "form": new.form,
            "state": KeyState.ACTIVE,
            "check_value": check_value,
            "wrapped": _in_device(new, key, generation),
            "threshold": new.threshold,
            "holders": len(new.officers),
            "ceremony_id": new.ceremony_id,
            "created_at": new.now,
        },
    )
    if new.form is RootForm.SHARES:
        _share_out(db, new, key, generation, check_value)
    counts = rewrap_all(db, opened)
    facts = {
        "generation": generation,
        "check_value": check_value.hex(),
        "form": new.form.value,
        "threshold": new.threshold,
        "holders": len(new.officers),
        "officers": [officer.as_json() for officer in new.officers],
        "rewrapped": counts,
    }
    return opened, facts


def rewrap_all(db: Db, root: OpenRoot) -> dict[str, int]:
    """Wrap every software key under the present generation, and open each once more under it alone; counts by table.

    Raises CeremonyRefused("row_damaged"), which names the row that does not open.
    """
    both, alone = root.provider(), SoftwareKeys(root.key, root.generation)
    pairs = store.list_wrapped_pairs(db, SOFTWARE)
    for row in pairs:
        handle = KeyHandle(row.kid, row.algorithm, row.public_jwk)
        wrapped = _guarded("key_pair", row.kid, both.rewrap, GeneratedKey(handle, bytes(row.wrapped)))
        _guarded("key_pair", row.kid, alone.rewrap, GeneratedKey(handle, wrapped))
        store.rewrap_pair(db, row.kid, wrapped)
    data_keys = store.list_wrapped_data_keys(db, SOFTWARE)
    for row in data_keys:
        place, name = data_purpose(row), f"{row.purpose}:{row.version}"
        key = _guarded("data_key", name, both.unwrap, bytes(row.wrapped), place)
        wrapped = both.wrap(key, place)
        _guarded("data_key", name, alone.unwrap, wrapped, place)
        store.rewrap_data_key(db, row.id, wrapped)
    return {"data_key": len(data_keys), "key_pair": len(pairs)}


def data_purpose(row: Any) -> str:
    """The purpose under which a data key is wrapped."""
    return f"data:{row.purpose}:{row.version}"


def _step_down(db: Db, opened: OpenRoot, old: OpenRoot | None, now: datetime) -> None:
    """The old generation verifies only, opened by its successor; those before it are forgotten."""
    for row in store.list_earlier_roots(db):
        store.change_root(db, row.generation, state=KeyState.RETIRED, wrapped=None, retired_at=now)
    if old is not None:
        wrapped = opened.provider().wrap(old.key, root_purpose(old.generation))
        store.change_root(db, old.generation, state=KeyState.VERIFY_ONLY, wrapped=wrapped)
        store.remove_shares(db, old.generation)


def _share_out(db: Db, new: NewGeneration, key: bytes, generation: int, check_value: bytes) -> None:
    made = shares.split(key, new.threshold, len(new.officers), generation)
    shares.combine(made[-new.threshold :], check_value)
    rows: list[Mapping[str, object]] = []
    for officer, share in zip(new.officers, made, strict=True):
        context = share_context(new.ceremony_id, generation, officer.id)
        sealed = shares.seal_for(Sm2PublicKey(officer.public_key), share, *context)
        rows.append(
            {
                "generation": generation,
                "custodian_id": officer.id,
                "sealed": sealed,
                "check_value": share_check(share),
            }
        )
    store.add_shares(db, rows)


def _in_device(new: NewGeneration, key: bytes, generation: int) -> bytes | None:
    if new.form is RootForm.DEVICE and new.device is not None:
        return new.device.wrap(key, root_purpose(generation))
    return None


def _guarded(table: str, name: str, act: Callable[..., bytes], *given: object) -> bytes:
    try:
        return act(*given)
    except CryptoError:
        raise CeremonyRefused("row_damaged", row=f"{table}/{name}") from None

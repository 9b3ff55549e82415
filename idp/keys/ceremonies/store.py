"""Every query on generations of the root key, officers, shares, ceremonies and their evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from idp.keys.models import (
    CeremonyRow,
    CeremonyState,
    CustodianRow,
    DataKeyRow,
    EvidenceRow,
    KeyPairRow,
    KeyState,
    RootKeyRow,
    RootShareRow,
)
from idp.keys.statement import Evidence, Officer
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_root = table_of(RootKeyRow)
_custodian = table_of(CustodianRow)
_share = table_of(RootShareRow)
_ceremony = table_of(CeremonyRow)
_evidence = table_of(EvidenceRow)
_pair = table_of(KeyPairRow)
_data = table_of(DataKeyRow)

KEY_TABLES: Final[Mapping[str, Table]] = {"key_pair": _pair, "data_key": _data}
MATERIAL_TABLES: Final[Mapping[str, Table]] = {
    "root_key": _root,
    "custodian": _custodian,
    "root_share": _share,
    **KEY_TABLES,
}
"""What a backup holds, parents before children."""


def find_active_root(db: Connection) -> Any | None:
    """The generation under which keys are wrapped now, or None before the first."""
    return db.execute(select(_root).where(_root.c.state == KeyState.ACTIVE)).first()


def hold_active_root(db: Connection) -> Any | None:
    """The same, and nobody else changes the root key until the transaction ends."""
    wanted = select(_root).where(_root.c.state == KeyState.ACTIVE).with_for_update()
    # Where another node made the next generation while this one waited, the first look finds the old row gone.
    return db.execute(wanted).first() or db.execute(wanted).first()


def list_earlier_roots(db: Connection) -> list[Any]:
    """Generations that still open what they wrapped, newest first."""
    wanted = select(_root).where(_root.c.state == KeyState.VERIFY_ONLY)
    return list(db.execute(wanted.order_by(_root.c.generation.desc())))


def list_roots(db: Connection) -> list[Any]:
    """All generations, oldest first."""
    return list(db.execute(select(_root).order_by(_root.c.generation)))


def add_root(db: Connection, row: Mapping[str, object]) -> None:
    """Add a generation; its number is unique, so of two nodes that make it at once one gets Conflict."""
    db.execute(insert(_root).values(**row))


def change_root(db: Connection, generation: int, **values: object) -> None:
    """Change a generation."""
    db.execute(update(_root).where(_root.c.generation == generation).values(**values))


def has_keys(db: Connection) -> bool:
    """Whether anything is wrapped under a root key."""
    return any(db.execute(select(func.count()).select_from(table)).scalar() for table in KEY_TABLES.values())


def list_custodians(db: Connection) -> list[Any]:
    """Every officer there ever was, by label."""
    return list(db.execute(select(_custodian).order_by(_custodian.c.label)))


def list_officers(db: Connection) -> tuple[Officer, ...]:
    """The officers in office, by label."""
    rows = list_custodians(db)
    return tuple(Officer(row.label, bytes(row.public_key)) for row in rows if row.removed_at is None)


def add_custodian(db: Connection, officer: Officer, ceremony_id: str, now: datetime) -> None:
    """Put an officer into office; label and key were never another's, else Conflict."""
    row = {
        "id": officer.id,
        "label": officer.label,
        "public_key": officer.public_key,
        "ceremony_id": ceremony_id,
        "added_at": now,
    }
    db.execute(insert(_custodian).values(**row))


def remove_custodian(db: Connection, officer_id: str, now: datetime) -> None:
    """End an officer's office; the row stays as evidence."""
    db.execute(update(_custodian).where(_custodian.c.id == officer_id).values(removed_at=now))


def list_shares(db: Connection, generation: int) -> list[Any]:
    """The sealed shares of a generation."""
    return list(db.execute(select(_share).where(_share.c.generation == generation)))


def add_shares(db: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Add the shares of a generation."""
    db.execute(insert(_share), [dict(row) for row in rows])


def remove_shares(db: Connection, generation: int) -> None:
    """Forget the shares of a generation that its successor opens."""
    db.execute(delete(_share).where(_share.c.generation == generation))


def add_ceremony(db: Connection, row: Mapping[str, object]) -> None:
    """Add an open ceremony."""
    db.execute(insert(_ceremony).values(**row))


def find_ceremony(db: Connection, ceremony_id: str) -> Any | None:
    """A ceremony, or None."""
    return db.execute(select(_ceremony).where(_ceremony.c.id == ceremony_id)).first()


def list_ceremonies(db: Connection) -> list[Any]:
    """All ceremonies, oldest first."""
    return list(db.execute(select(_ceremony).order_by(_ceremony.c.opened_at, _ceremony.c.id)))


def end_ceremony(db: Connection, ceremony_id: str, state: CeremonyState, now: datetime) -> bool:
    """Take a ceremony from open to another state; False when it is open no more.

    Whoever gets True has it alone until the transaction ends: another node waits here and then gets False.
    """
    wanted = update(_ceremony).where(_ceremony.c.id == ceremony_id, _ceremony.c.state == CeremonyState.OPEN)
    return db.execute(wanted.values(state=state, ended_at=now).returning(_ceremony.c.id)).first() is not None


def keep_record(db: Connection, ceremony_id: str, record: str) -> None:
    """Keep the record of a ceremony that is done."""
    db.execute(update(_ceremony).where(_ceremony.c.id == ceremony_id).values(record=record))


def list_evidence(db: Connection, ceremony_id: str) -> list[Any]:
    """Evidence of a ceremony in the order of signing."""
    wanted = select(_evidence).where(_evidence.c.ceremony_id == ceremony_id)
    return list(db.execute(wanted.order_by(_evidence.c.signed_at, _evidence.c.custodian_id)))


def add_evidence(db: Connection, evidence: Evidence, signed_at: datetime) -> None:
    """Add evidence; one piece of each officer, else Conflict."""
    row = {
        "ceremony_id": evidence.ceremony_id,
        "custodian_id": evidence.officer_id,
        "signature": evidence.signature,
        "signed_at": signed_at,
    }
    db.execute(insert(_evidence).values(**row))


def list_wrapped_pairs(db: Connection, provider: str) -> list[Any]:
    """Key pairs whose private part a provider wrapped, held against other changes until the transaction ends."""
    wanted = select(_pair).where(_pair.c.provider == provider, _pair.c.wrapped.is_not(None))
    return list(db.execute(wanted.order_by(_pair.c.kid).with_for_update()))


def list_wrapped_data_keys(db: Connection, provider: str) -> list[Any]:
    """Data keys that a provider wrapped, held likewise."""
    wanted = select(_data).where(_data.c.provider == provider, _data.c.wrapped.is_not(None))
    return list(db.execute(wanted.order_by(_data.c.id).with_for_update()))


def rewrap_pair(db: Connection, kid: str, wrapped: bytes) -> None:
    """Replace the wrapped private part of a key pair."""
    db.execute(update(_pair).where(_pair.c.kid == kid).values(wrapped=wrapped))


def rewrap_data_key(db: Connection, key_id: str, wrapped: bytes) -> None:
    """Replace the wrapped bytes of a data key."""
    db.execute(update(_data).where(_data.c.id == key_id).values(wrapped=wrapped))


def list_rows(db: Connection, table: str) -> list[Any]:
    """All rows of a table of key material, in the order of their keys."""
    wanted = MATERIAL_TABLES[table]
    return list(db.execute(select(wanted).order_by(*wanted.primary_key)))


def add_row(db: Connection, table: str, row: Mapping[str, object]) -> None:
    """Put a row of a backup back."""
    db.execute(insert(MATERIAL_TABLES[table]).values(**row))


def change_row(
    db: Connection, table: str, identity: Mapping[str, object], values: Mapping[str, object]
) -> None:
    """Put the material of a damaged row back."""
    columns = MATERIAL_TABLES[table].c
    matching = [columns[name] == value for name, value in identity.items()]
    db.execute(update(MATERIAL_TABLES[table]).where(*matching).values(**values))


def tell_processes(db: Connection) -> None:
    """Let every process read its keys anew."""
    raise_stamp(db, "keys")

"""Key material as it stands in the tables, in a form that can be written down, compared and put back.

Only what is wrapped, sealed or public is here; nothing of it opens anything without the officers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from crypto import base64url
from crypto.sm import sm3
from idp.keys.ceremonies import store
from idp.keys.statement import canonical
from idp.storage.engine import Db

IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "root_key": ("generation",),
    "custodian": ("id",),
    "root_share": ("generation", "custodian_id"),
    "key_pair": ("kid",),
    "data_key": ("id",),
}
MATERIAL: Final[Mapping[str, tuple[str, ...]]] = {
    "root_key": ("form", "check_value", "wrapped", "threshold", "holders", "ceremony_id"),
    "custodian": ("label", "public_key"),
    "root_share": ("sealed", "check_value"),
    "key_pair": ("purpose", "algorithm", "provider", "public_jwk", "wrapped"),
    "data_key": ("purpose", "version", "provider", "wrapped"),
}
"""What may not differ between a whole row and its backup. States, instants and counters go on by themselves."""

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Packed rows by name, by table."""


def read_rows(db: Db) -> dict[str, dict[str, dict[str, Any]]]:
    """All key material, packed."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for table in store.MATERIAL_TABLES:
        packed = [_packed(row._mapping) for row in store.list_rows(db, table)]
        found[table] = {name_of(table, row): row for row in packed}
    return found


def name_of(table: str, row: Mapping[str, Any]) -> str:
    """The primary key of a packed row as one word."""
    return "/".join(str(row[column]) for column in IDENTITY[table])


def manifest(rows: Rows) -> dict[str, str]:
    """SM3 of the material of every row, by `table/name`."""
    return {
        f"{table}/{name}": sm3.digest(canonical({column: row[column] for column in MATERIAL[table]})).hex()
        for table, named in rows.items()
        for name, row in named.items()
    }


def manifest_digest(rows: Rows) -> str:
    """One SM3 over the manifest: what officers agree to when a backup is made."""
    return sm3.digest(canonical(manifest(rows))).hex()


def unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the tables take it."""
    return {column: _unpacked(value) for column, value in row.items()}


def _packed(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(column): _pack(value) for column, value in row.items()}


def _pack(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64url.encode(bytes(value))}
    if isinstance(value, datetime):
        return {"at": round(value.timestamp() * 1_000_000)}
    if isinstance(value, StrEnum):
        return value.value
    return {"json": dict(value)} if isinstance(value, dict) else value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind, inner = next(iter(value.items()))
    if kind == "bytes":
        return base64url.decode(inner)
    if kind == "at":
        return datetime.fromtimestamp(inner / 1_000_000, UTC)
    return inner

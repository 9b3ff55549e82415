"""No sealed column is forgotten when the sealing key is rotated (GB/T 39786-2021 §8.4)."""

from sqlalchemy import Column, LargeBinary, MetaData, Table

from idp.keys import models as key_models
from idp.main import all_tables
from idp.storage.base import Base
from idp.storage.labels import Label
from idp.storage.sealed import SealedTable
from idp.storage.types import Digest, Sealed
from idp.wiring import DIGESTED_TABLES, SEALED_TABLES
from tests.architecture.source_tree import refuse

SECRET = {Label.PERSONAL, Label.SENSITIVE, Label.SECRET}
# Wrapped under the root key or encrypted to officers: a change of the root key is their rotation.
KEY_TABLES = {
    mapper.class_.__tablename__
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == key_models.__name__
}
RULE = "Sealed columns in idp/wiring.py SEALED_TABLES, declared beside their store"


def test_every_sealed_column_is_declared() -> None:
    """Each column of sealed bytes outside the tables of keys is in a declaration, and no declaration names another."""
    refuse(differences(all_tables(), SEALED_TABLES), RULE)


def test_every_digest_of_a_person_is_declared() -> None:
    """Each keyed digest of a personal value is in a declaration with its two columns."""
    declared = {
        f"{table.name}.{name}"
        for table in DIGESTED_TABLES
        for column in table.columns
        for name in (column.odd, column.even)
    }
    found = {
        f"{table.name}.{column.name}"
        for table in all_tables().tables.values()
        for column in table.columns
        if is_bytes(column) and column.info["label"] is Label.PERSONAL and not is_sealed(column)
    }
    assert declared == found


def test_a_forgotten_and_an_invented_column_are_refused() -> None:
    """A sealed column without declaration and a declared one that is none are named."""
    metadata = MetaData()
    table = Table(
        "otp",
        metadata,
        Column("id", LargeBinary, info={"label": Label.INTERNAL}),
        Column("seed", Sealed, info={"label": Label.SECRET}),
        Column("seed_digest", Digest, info={"label": Label.PERSONAL}),
    )
    assert differences(metadata, ()) == ["otp.seed: sealed, but in no declaration"]
    assert differences(metadata, (SealedTable(table, ("seed",)),)) == []
    assert differences(metadata, (SealedTable(table, ("seed", "id")),)) == [
        "otp.id: declared, but not sealed"
    ]


def differences(metadata: MetaData, declared: tuple[SealedTable, ...]) -> list[str]:
    """Sealed columns that are not declared, and declared ones that are not sealed."""
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        if table.name not in KEY_TABLES
        for column in table.columns
        if column.info.get("label") in SECRET and is_sealed(column)
    }
    named = {f"{table.name}.{column}" for table in declared for column in table.columns}
    return [
        *(f"{name}: sealed, but in no declaration" for name in sorted(found - named)),
        *(f"{name}: declared, but not sealed" for name in sorted(named - found)),
    ]


def is_bytes(column: Column[object]) -> bool:
    """Whether a column holds bytes."""
    return isinstance(column.type, LargeBinary)


def is_sealed(column: Column[object]) -> bool:
    """Whether a column holds bytes of any length: digests have one."""
    return is_bytes(column) and getattr(column.type, "length", None) != Digest.length

"""Every column says how sensitive it is, and what is personal is sealed (style.md 30)."""

import importlib
from typing import Any

from sqlalchemy import JSON, Column, Enum, LargeBinary, MetaData, String, Table
from sqlalchemy.types import TypeDecorator, TypeEngine

from tests.architecture.source_tree import product_modules, refuse, wait_for

SEALED = ("PERSONAL", "SENSITIVE")


def test_every_column_carries_a_label_and_personal_text_is_sealed() -> None:
    """Each column has one of the labels; personal and sensitive text is sealed bytes or a digest."""
    wait_for("idp/storage/base.py", "it holds the declarative base")
    for module in product_modules():
        if module.path.endswith("/models.py"):
            importlib.import_module(module.name)
    base = importlib.import_module("idp.storage.base").Base
    label = importlib.import_module("idp.storage.labels").Label
    assert {"PUBLIC", "INTERNAL", "PERSONAL", "SENSITIVE", "SECRET"} == {member.name for member in label}
    refuse(unlabelled(base.metadata, label), "Labels of columns (style.md 30, idp/storage/labels.py)")


def test_missing_labels_and_clear_personal_text_are_refused() -> None:
    """A column without label, with a foreign label, or with personal text in the clear is refused by name."""
    table = Table(
        "person",
        MetaData(),
        Column("id", String, info={"label": FakeLabel("public", "PUBLIC")}),
        Column("bare", String),
        Column("foreign", String, info={"label": "public"}),
        Column("name", String, info={"label": FakeLabel("personal", "PERSONAL")}),
        Column("extra", JSON, info={"label": FakeLabel("sensitive", "SENSITIVE")}),
        Column("mobile", Wrapped, info={"label": FakeLabel("personal", "PERSONAL")}),
        Column("mobile_digest", String, info={"label": FakeLabel("personal", "PERSONAL")}),
        Column("sealed", LargeBinary, info={"label": FakeLabel("sensitive", "SENSITIVE")}),
        Column("state", Enum("a", "b", name="state"), info={"label": FakeLabel("personal", "PERSONAL")}),
    )
    found = unlabelled(table.metadata, FakeLabel)
    assert [line.partition(":")[0] for line in found] == [
        "person.bare",
        "person.foreign",
        "person.name",
        "person.extra",
        "person.mobile",
    ]


class FakeLabel(str):
    """Stands in for idp.storage.labels.Label where only the name of a member counts."""

    name: str

    def __new__(cls, value: str, name: str) -> "FakeLabel":
        """Make a member with its value and its name."""
        member = super().__new__(cls, value)
        member.name = name
        return member


class Wrapped(TypeDecorator[str]):
    """A column type of our own over text."""

    impl = String
    cache_ok = True


def unlabelled(metadata: MetaData, label_type: type[Any]) -> list[str]:
    """`table.column: complaint` for every column that breaks the rule."""
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            label = column.info.get("label")
            if not isinstance(label, label_type):
                found.append(f'{table.name}.{column.name}: info["label"] is {label!r}, not a Label')
            elif label.name in SEALED and is_clear_text(column.type) and not column.name.endswith("_digest"):
                found.append(
                    f"{table.name}.{column.name}: {label.name} text must be sealed bytes (LargeBinary)"
                )
    return found


def is_clear_text(kind: TypeEngine[Any]) -> bool:
    """Whether a column of this type can hold free text that the database can read."""
    inner = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return isinstance(inner, String | JSON) and not isinstance(inner, Enum)

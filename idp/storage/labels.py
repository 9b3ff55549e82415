"""Sensitivity labels: every column carries one (GB/T 39786-2021 §8.4; a test walks all tables)."""

from enum import StrEnum
from typing import Any

from sqlalchemy.orm import MappedColumn, mapped_column


class Label(StrEnum):
    """How a column's content is to be treated."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    SECRET = "secret"  # noqa: S105 - the name of a label


def labelled(label: Label, *args: Any, **options: Any) -> MappedColumn[Any]:
    """A mapped column with its label."""
    return mapped_column(*args, info={"label": label}, **options)

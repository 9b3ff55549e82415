"""Column types: instants in UTC, enums by value, sealed bytes and digests."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Enum, LargeBinary, String
from sqlalchemy.types import TypeDecorator

Sealed = LargeBinary
Digest = LargeBinary(32)
Handle = String(43)


class Instant(TypeDecorator[datetime]):
    """An instant kept as microseconds since 1970 in UTC: the same order and precision on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.timestamp() * 1_000_000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


def enum_by_value(kind: type[StrEnum]) -> Enum:
    """An enum kept by its value in a plain string column, so that a new member needs no type change."""
    return Enum(
        kind,
        native_enum=False,
        length=24,
        values_callable=lambda k: [m.value for m in k],
        validate_strings=True,
    )

"""Declarative base of all tables, with constraint names by convention so that migrations can name them."""

from typing import cast

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


Tables = MetaData
"""All tables that were imported."""


class Base(DeclarativeBase):
    """Base of every model; models are typed table definitions, queries are SQLAlchemy Core (decision 0002)."""

    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """The table of a model, as Core statements need it."""
    return cast(Table, model.__table__)

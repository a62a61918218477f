"""The store in PostgreSQL or SQLite, by SQLAlchemy Core, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaignkit.storage.sqlalchemy.ddl import schema
from campaignkit.storage.sqlalchemy.matching import matches_clause, normalised_column
from campaignkit.storage.sqlalchemy.stores import SQLAlchemyStore
from campaignkit.storage.sqlalchemy.tables import Tables, adopt_table, define_tables

if TYPE_CHECKING:
    from campaignkit.storage.sqlalchemy.aio import AsyncSQLAlchemyStore

__all__ = [
    "AsyncSQLAlchemyStore",
    "SQLAlchemyStore",
    "Tables",
    "adopt_table",
    "define_tables",
    "matches_clause",
    "normalised_column",
    "schema",
]


def __getattr__(name: str) -> object:
    if name == "AsyncSQLAlchemyStore":
        # Only on first use: it needs greenlet, and takes as long to load as all the rest.
        from campaignkit.storage.sqlalchemy.aio import AsyncSQLAlchemyStore  # noqa: PLC0415

        return AsyncSQLAlchemyStore
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)

"""The store in PostgreSQL or SQLite, by SQLAlchemy Core, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaignkit.storage.sqlalchemy._ddl import schema
from campaignkit.storage.sqlalchemy._store import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._tables import Tables, adopt_table, define_tables
from campaignkit.targeting.sql._clause import matches_clause, normalised_column

if TYPE_CHECKING:
    from campaignkit.storage.sqlalchemy._async_store import AsyncSQLAlchemyStore

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
        from campaignkit.storage.sqlalchemy._async_store import AsyncSQLAlchemyStore  # noqa: PLC0415

        return AsyncSQLAlchemyStore
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)

"""The store in PostgreSQL or SQLite, by SQLAlchemy Core, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaignkit.core._lazy_names import load_on_use
from campaignkit.storage.sqlalchemy._ddl import schema
from campaignkit.storage.sqlalchemy._store import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._tables import Tables, adopt_table, define_tables
from campaignkit.storage.sqlalchemy._upgrades import (
    read_ledger_version,
    upgrade_ledger,
    upgrade_script,
)
from campaignkit.targeting.sql._clause import matches_clause, normalised_column

if TYPE_CHECKING:
    from campaignkit.storage.sqlalchemy._async_store import AsyncSQLAlchemyStore
else:
    # It needs greenlet, and takes as long to load as all the rest.
    __getattr__ = load_on_use(__name__, {"AsyncSQLAlchemyStore": "_async_store"})

__all__ = [
    "AsyncSQLAlchemyStore",
    "SQLAlchemyStore",
    "Tables",
    "adopt_table",
    "define_tables",
    "matches_clause",
    "normalised_column",
    "read_ledger_version",
    "schema",
    "upgrade_ledger",
    "upgrade_script",
]

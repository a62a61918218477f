"""Databases with the library's tables, for the benchmarks of storage."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine

from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests import postgres
from tests.storage.sqlalchemy import databases

__all__ = ["KINDS", "async_url", "database", "engine_on"]

KINDS = ("sqlite", "postgres")

_open = ExitStack()
atexit.register(_open.close)


@cache
def _server() -> str:
    """Return the URL of a PostgreSQL server that runs until this process ends.

    It does not wait for the disk, so what both sides do themselves weighs more.
    """
    return _open.enter_context(postgres.database())


@contextmanager
def database(kind: str) -> Generator[str]:
    """Give the URL of a new database of a kind, with the tables."""
    with ExitStack() as stack:
        if kind == "postgres":
            url = stack.enter_context(databases.new(_server()))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{Path(folder, 'campaigns.db')}"
        with SQLAlchemyStore.open(url):
            pass  # to have the tables
        yield url


@contextmanager
def engine_on(url: str) -> Generator[Engine]:
    """Give an engine as a host makes one."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def async_url(url: URL) -> URL:
    """Return the URL of the same database for an async driver."""
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    return url.set(drivername=drivers[url.get_backend_name()])

"""Databases for the tests: a new one for each test that asks for one."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, QueuePool, create_engine

from tests.storage.sqlalchemy import databases


@pytest.fixture
def postgres(postgres_url: str) -> Generator[str]:
    """Give the URL of a new PostgreSQL database."""
    with databases.new(postgres_url) as url:
        yield url


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Give the URL of a new SQLite database."""
    return f"sqlite:///{tmp_path / 'campaigns.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a new database, of each kind in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Give a host's engine on a new database, of each kind in turn."""
    yield from disposed(create_engine(url))


@pytest.fixture
def postgres_engine(postgres: str) -> Iterator[Engine]:
    """Give a host's engine on a new PostgreSQL database."""
    yield from disposed(create_engine(postgres))


@pytest.fixture
def sqlite_engine(sqlite: str) -> Iterator[Engine]:
    """Give a host's engine on a new SQLite database, as SQLAlchemy makes it."""
    yield from disposed(create_engine(sqlite))


def disposed(engine: Engine) -> Iterator[Engine]:
    """Give an engine, of which no connection may be in use any more when it is given back."""
    yield engine
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    engine.dispose()

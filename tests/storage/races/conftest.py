"""Databases for the races."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races.ledgers import TABLES
from tests.storage.races.sites import engine_of
from tests.storage.sqlalchemy import databases


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Generator[str]:
    """Give the URL of a PostgreSQL database with our tables, for a file of tests."""
    with databases.new(postgres_url) as url:
        with SQLAlchemyStore.open(url):
            pass  # to have the tables
        yield url


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a SQLite database with our tables, in WAL mode, for a file of tests."""
    url = file_url(tmp_path_factory.mktemp("sqlite"))
    with SQLAlchemyStore.open(url):
        pass  # to have the tables
    return url


@pytest.fixture(scope="module")
def rollback_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a SQLite database that a host made: with a rollback journal."""
    url = file_url(tmp_path_factory.mktemp("rollback"))
    with engine_of(url) as engine:
        TABLES.campaigns.metadata.create_all(engine)
    return url


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a database with our tables, of each kind in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def engine(url: str) -> Generator[Engine]:
    """Give the test's own way to the database."""
    with engine_of(url) as engine:
        yield engine


@pytest.fixture(scope="session")
def effort() -> int:
    """How much to do: by default 1, and more with the profile `long`."""
    return max(1, settings().max_examples // 100)


def file_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'campaigns.db'}"

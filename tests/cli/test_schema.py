"""`campaignkit schema` prints the SQL of the tables without a database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from campaignkit.storage.sqlalchemy import schema
from tests import postgres
from tests.cli.campaigns import intake, stored, url, write_campaign, write_hot
from tests.cli.running import run
from tests.storage.sqlalchemy import databases


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_it_prints_the_schema(dialect: str) -> None:
    ran = run("schema", dialect)
    assert (ran.code, ran.stdout, ran.stderr) == (0, schema(dialect), "")


def test_a_host_may_name_its_clients() -> None:
    ran = run("schema", "postgresql", "--clients", "clients.id")
    assert ran.stdout == schema("postgresql", clients="clients.id")
    assert "REFERENCES clients" in ran.stdout


def test_an_intake_uses_the_printed_tables_on_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "campaigns.db") as connection:
        connection.executescript(run("schema", "sqlite").stdout)
    connection.close()
    _intake(tmp_path, url(tmp_path))


def test_an_intake_uses_the_printed_tables_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with databases.new(postgres_url) as db:
        with psycopg.connect(postgres.driver_url(db)) as connection:
            connection.execute(run("schema", "postgresql").stdout.encode())
        _intake(tmp_path, db)


def _intake(folder: Path, db: str) -> None:
    write_campaign(folder)
    write_hot(folder, range(3))
    assert intake(folder, db=db).code == 0
    assert stored(db)[1].admitted_total == 3


def test_an_unknown_dialect_is_a_usage_error() -> None:
    ran = run("schema", "mysql", "--clients", "clients")
    assert (ran.code, ran.stdout) == (2, "")
    assert "dialect must be one of postgresql, sqlite, not 'mysql'" in ran.stderr
    assert run("schema").code == 2

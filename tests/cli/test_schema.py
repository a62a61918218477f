"""`campaignkit schema` prints the SQL of the tables without a database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import MetaData

from campaignkit.storage.sqlalchemy import define_tables, schema, upgrade_script
from tests import postgres
from tests.cli.campaigns import intake, stored, url, write_campaign, write_hot
from tests.cli.running import run
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.keep_ledger import LEDGERS, SYDNEY


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


def test_a_host_may_name_the_schema_and_the_ledger() -> None:
    ran = run("schema", "postgresql", "--schema", "outreach", "--prefix", "ledger_")
    assert ran.stdout == schema("postgresql", schema="outreach", prefix="ledger_")
    assert "CREATE TABLE outreach.ledger_leads" in ran.stdout


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_it_prints_an_upgrade(dialect: str) -> None:
    ran = run("schema", dialect, "--upgrade-from", "2", "--prefix", "ledger_")
    tables = define_tables(MetaData(), clients=None, prefix="ledger_")
    assert (ran.code, ran.stdout) == (0, upgrade_script(tables, dialect, 2))


def test_a_database_of_an_older_release_is_upgraded_by_an_intake(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "campaigns.db") as connection:
        connection.executescript((LEDGERS / "version-1-sqlite.sql").read_text(encoding="utf-8"))
    connection.close()
    ran = run("show", str(SYDNEY), "--db", url(tmp_path))
    assert ran.code == 1
    assert "has a ledger of version 1, and this release needs version" in ran.stderr
    assert "campaignkit schema sqlite --upgrade-from 1" in ran.stderr
    write_campaign(tmp_path)
    write_hot(tmp_path, range(3))
    assert intake(tmp_path, db=url(tmp_path)).code == 0
    ran = run("show", str(SYDNEY), "--db", url(tmp_path))
    assert "Sydney agencies" in ran.stdout


def test_tables_of_other_names_are_verified(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "campaigns.db") as connection:
        connection.executescript(run("schema", "sqlite", "--prefix", "ledger_").stdout)
    connection.close()
    assert run("verify", "--db", url(tmp_path), "--prefix", "ledger_").code == 0
    ran = run("verify", "--db", url(tmp_path))
    assert ran.code == 1
    assert "campaign_leads" in ran.stderr
    ran = run("verify", "--db", url(tmp_path), "--prefix", "L-", "--schema", " ")
    assert ran.code == 2
    assert "--prefix must be up to 32" in ran.stderr
    assert "--schema must not be blank" in ran.stderr


def test_what_is_wrong_is_told_together() -> None:
    ran = run("schema", "sqlite", "--upgrade-from", "0", "--clients", "clients.id")
    assert (ran.code, ran.stdout) == (2, "")
    assert "version must be from 1 to " in ran.stderr
    assert "--clients is for new tables" in ran.stderr


def test_an_unknown_dialect_is_a_usage_error() -> None:
    ran = run("schema", "mysql", "--clients", "clients")
    assert (ran.code, ran.stdout) == (2, "")
    assert "dialect must be one of postgresql, sqlite, not 'mysql'" in ran.stderr
    assert run("schema").code == 2

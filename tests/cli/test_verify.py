"""`campaignkit verify`, and what an intake may create in a database of another program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import intake, write_campaign, write_hot
from tests.cli.running import run
from tests.storage.sqlalchemy import databases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_campaign(tmp_path)
    write_hot(tmp_path, range(10))
    return tmp_path


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a new, empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'host.db'}"
        return
    with databases.new(str(request.getfixturevalue("postgres_url"))) as url:
        yield url


def change(db: str, *statements: str) -> set[str]:
    """Change a database as its host does, and return its tables."""
    engine = create_engine(db)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    engine.dispose()
    return tables


def test_a_database_that_has_all(db: str) -> None:
    SQLAlchemyStore.open(db).close()
    ran = run("verify", "--db", db)
    assert (ran.code, ran.stderr) == (0, "")
    assert "The database has all that campaignkit needs." in ran.stdout
    ran = run("verify", "--db", db, "--json")
    assert (ran.code, json.loads(ran.stdout)) == (0, {"differences": [], "warnings": []})


def test_what_differs_is_listed(db: str) -> None:
    SQLAlchemyStore.open(db).close()
    change(db, "DROP TABLE campaign_days", "DROP INDEX idx_campaign_leads_day")
    said = [
        "table campaign_days is missing",
        "table campaign_leads has no index that begins with (campaign_id, day, lead_id)",
    ]
    ran = run("verify", "--db", db)
    assert ran.code == 1
    assert "differs from what campaignkit needs" in ran.stderr
    assert all(one in ran.stderr for one in said)
    ran = run("verify", "--db", db, "--json")
    assert (ran.code, json.loads(ran.stdout)["differences"]) == (1, said)


def test_no_file_is_made(tmp_path: Path) -> None:
    ran = run("verify", "--db", f"sqlite:///{tmp_path / 'none.db'}")
    assert ran.code == 1
    assert "there is no database" in ran.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_created_beside_the_tables_of_another_program(folder: Path, db: str) -> None:
    host = change(db, *(f"CREATE TABLE host_{n} (x INTEGER)" for n in range(5)))
    file = folder / "host.db"
    before = file.read_bytes() if file.exists() else b""
    ran = intake(folder, db=db)
    assert ran.code == 1
    assert "has 5 tables of another program (host_0, host_1, host_2, …) and lacks" in ran.stderr
    assert "nothing was created: pass --create, or run the SQL of campaignkit schema" in ran.stderr
    assert "the first intake with --create makes these tables" in run("show", "--db", db).stderr
    assert change(db) == host
    assert (file.read_bytes() if file.exists() else b"") == before
    ran = intake(folder, "--create", db=db)
    assert ran.code == 0, ran.stderr
    assert change(db) > host
    # Now they are there.
    assert intake(folder, db=db).code == 0
    assert run("verify", "--db", db).code == 0


def test_nothing_is_created_where_another_program_has_a_schema_of_its_own(
    folder: Path, postgres_url: str
) -> None:
    with databases.new(postgres_url) as db:
        change(db, "CREATE SCHEMA host", "CREATE TABLE host.users (id INTEGER)")
        ran = intake(folder, db=db)
        assert ran.code == 1
        assert "has 1 table of another program (host.users) and lacks" in ran.stderr
        assert change(db) == set()
        assert intake(folder, "--create", db=db).code == 0
        assert intake(folder, db=db).code == 0


def test_nothing_is_created_beside_a_table_of_our_name_that_cannot_be_used(
    folder: Path, db: str
) -> None:
    host = change(db, "CREATE TABLE campaigns (id CHAR(32) PRIMARY KEY, title TEXT)")
    ran = intake(folder, "--create", db=db)
    assert ran.code == 1
    assert change(db) == host

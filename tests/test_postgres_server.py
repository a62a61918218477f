"""The PostgreSQL that the other tests use is real, and it is there."""

from __future__ import annotations

import psycopg

from tests.postgres import driver_url


def test_postgres_answers(postgres_url: str) -> None:
    with psycopg.connect(driver_url(postgres_url)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.info.server_version >= 140_000

"""What `import campaignkit` costs: nothing but the core."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    *("aiosqlite", "asyncio", "cattrs", "hypothesis", "narwhals", "numpy", "pandas", "polars"),
    *("psycopg", "rich", "scipy", "sqlalchemy", "typer"),
)

LOADED_BY_IMPORT = """
import sys
before = set(sys.modules)
import campaignkit
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Import the library in a fresh interpreter and give the modules that this loads."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED_BY_IMPORT], stdout=subprocess.PIPE, text=True, check=True
    )
    return set(run.stdout.split())


def test_the_library_is_loaded(loaded: set[str]) -> None:
    assert {"campaignkit", "campaignkit.errors", "attrs"} <= loaded


def test_nothing_heavy_is_loaded(loaded: set[str]) -> None:
    assert {name.partition(".")[0] for name in loaded}.isdisjoint(HEAVY)


def test_what_values_look_like_is_loaded_when_one_is_looked_at(loaded: set[str]) -> None:
    assert "campaignkit.domain.pictured" in loaded
    assert not any(name.startswith("campaignkit.display") for name in loaded)

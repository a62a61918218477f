"""What `import campaignkit` costs: nothing but the core."""

from __future__ import annotations

import subprocess
import sys
from pkgutil import walk_packages

import pytest

import campaignkit

HEAVY = (
    *("aiosqlite", "anyio", "asyncio", "cattrs", "hypothesis", "mcp", "narwhals", "numpy"),
    *("pandas", "polars"),
    *("psycopg", "pydantic", "pydantic_core", "rich", "scipy", "sqlalchemy", "typer"),
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
    assert "campaignkit.core._display" in loaded
    assert not any(name.startswith("campaignkit.display") for name in loaded)


@pytest.mark.parametrize(
    "room", ["targeting._index", "decider", "planning._forecast", "serialization", "service"]
)
def test_what_only_some_programs_need_is_loaded_when_it_is_asked_for(
    loaded: set[str], room: str
) -> None:
    assert f"campaignkit.{room}" not in loaded


def test_what_is_loaded_when_asked_for_is_listed_with_the_rest() -> None:
    assert set(campaignkit.__all__) <= set(dir(campaignkit))
    with pytest.raises(AttributeError, match="'campaignkit' has no attribute 'nothing'"):
        getattr(campaignkit, "nothing")  # noqa: B009  # to a type checker there is no such name


def test_each_test_begins_with_all_modules_imported() -> None:
    """Otherwise the examples of Hypothesis would depend on which tests ran before."""
    modules = {found.name for found in walk_packages(campaignkit.__path__, "campaignkit.")}
    assert modules - sys.modules.keys() <= {"campaignkit.__main__"}

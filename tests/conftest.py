"""What every test may use."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

import campaignkit
from tests import postgres
from tests.clock.sitecustomize import OFFSET, move_clock

if TYPE_CHECKING:
    from collections.abc import Generator

# The same examples in every run, however slow the machine. `--long` tries more of them, as `full`
# says. `--hypothesis-profile=long` searches on, and `mutants` is for runs in which it only matters
# whether a test fails.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", UNTIMED, derandomize=True, max_examples=50)
settings.register_profile("full", UNTIMED, derandomize=True, max_examples=100)
settings.register_profile("long", UNTIMED, max_examples=5_000)
settings.register_profile(
    "mutants",
    UNTIMED,
    derandomize=True,
    max_examples=50,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("default")

# Parameters of engines and drivers whose work another parameter tries, too: ibis asks DuckDB, and
# async drivers run the same operations. Together such tests take long.
REPEATING = {"ibis", "psycopg_async", "aiosqlite"}

# Where Linux keeps files in memory.
MEMORY = Path("/dev/shm")  # noqa: S108  pytest makes folders of its own there, as in /tmp
ENOUGH = 2**30  # bytes

# Tests with one of these marks run only with the option of the same name.
MARKERS = ("spark", "browser", "long")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--spark", action="store_true", help="also run the tests that need Java")
    parser.addoption("--browser", action="store_true", help="also run the tests in Chromium")
    parser.addoption("--long", action="store_true", help="also run the tests that take long")
    parser.addoption(
        "--inputs", type=int, default=5_000, help="how many inputs each parser is fuzzed with"
    )
    parser.addoption(
        "--clock-offset",
        type=int,
        default=0,
        metavar="DAYS",
        help="move the computer's clock, for the tests and for the programs that they start",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try more examples with `--long`, keep files in memory, and move the clock.

    The clock of a process that was started with a moved one, as a worker of xdist is, stays.
    """
    if _is_roomy(MEMORY):
        # SQLite waits for the disk at each commit, which takes longer than all else that it does.
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    if config.getoption("--long") and not config.getoption("--hypothesis-profile"):
        settings.load_profile("full")
    days = int(config.getoption("--clock-offset") or 0)
    if days and OFFSET not in os.environ:
        move_clock(days)


def _is_roomy(folder: Path) -> bool:
    """Whether tests can keep files in a folder, programs among them."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return False
    system = os.statvfs(folder)
    return not system.f_flag & os.ST_NOEXEC and system.f_bavail * system.f_frsize >= ENOUGH


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage during the collection: nearly all of what is made then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Import all modules of the library before the first test.

    Hypothesis also draws numbers and texts that it finds in the source of imported modules. If the
    tests imported them, the examples of a test would depend on which tests ran before.
    """
    for module in walk_packages(campaignkit.__path__, "campaignkit."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests on Spark, in a browser, and those that take long, unless asked for."""
    for item in items:
        parameters = getattr(item, "callspec", None)
        if parameters is not None and REPEATING.intersection(parameters.id.split("-")):
            item.add_marker("long")
    left_out = [marker for marker in MARKERS if not config.getoption(f"--{marker}")]
    others = {item for item in items if any(map(item.get_closest_marker, left_out))}
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=list(others))


@pytest.fixture(scope="session")
def postgres_url() -> Generator[str]:
    """Give the SQLAlchemy URL of an empty PostgreSQL database, one for each process of the run."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, which runs its notebooks; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    docs = Path(__file__).parents[1] / "docs"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-E"]
    run = subprocess.run(
        [*command, "-d", f"{folder}/doctrees", str(docs), f"{folder}/html"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return folder / "html"

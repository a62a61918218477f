"""Whatever needs an extra says which one to install."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from campaignkit.core._extras import EXTRA_LIBRARIES, require_extra
from campaignkit.errors import MissingExtraError
from tests.entry_points import ENTRY_POINTS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: Mapping[str, Sequence[str]] = PROJECT["optional-dependencies"]
ALIKE = {
    "anyio",
    "asyncpg",
    "narwhals",
    "pyarrow",
    "rich",
}  # another of the same imports is tried always
OF_OTHERS = {"import campaignkit.notebook": {"narwhals"}}  # which Altair brings and needs
LIBRARIES = sorted({library for point in ENTRY_POINTS.values() for library in point.needs})


def _run(*arguments: str) -> dict[str, list[str]]:
    """Run entry points in a process of their own, and give what each raised."""
    command = [sys.executable, "-m", "tests.entry_points", *arguments]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    ends: dict[str, list[str]] = json.loads(run.stdout)
    return ends


def _check_hint(name: str, library: str, end: Sequence[str]) -> None:
    *kinds, text = end
    extra = ENTRY_POINTS[name].needs[library]
    assert re.search(rf"\S.* needs {library}, which is not installed: pip install ", text), name
    assert text.endswith(f"pip install 'campaignkit[{extra}]'"), name
    if name.startswith("campaignkit "):
        assert kinds[0] == "RuntimeError", "a command prints it"
    else:
        assert {"MissingExtraError", "CampaignKitError", "ModuleNotFoundError"} <= set(kinds)


@pytest.mark.parametrize(
    "library",
    [
        pytest.param(library, marks=pytest.mark.long if library in ALIKE else ())
        for library in LIBRARIES
    ],
)
def test_what_needs_a_library_that_is_missing_says_what_to_install(library: str) -> None:
    names = [name for name, point in ENTRY_POINTS.items() if library in point.needs]
    for name, end in _run("--without", library, "--", *names).items():
        _check_hint(name, library, end)


@pytest.mark.long
def test_all_else_works_without_it() -> None:
    """What an entry point needs is what the test above has it need, and no more."""
    with_all = _run()
    for extra in (*EXTRA_LIBRARIES, "spark"):
        hidden = _list_modules(extra)
        others = [
            name
            for name, point in ENTRY_POINTS.items()
            if hidden.isdisjoint({*point.needs, *OF_OTHERS.get(name, ())})
        ]
        ends = _run("--without", *hidden, "--", *others)
        assert ends == {name: with_all[name] for name in others}, f"without {extra}"


def _expand(extra: str) -> set[str]:
    """Give the distributions that an extra names, also by way of other extras."""
    found = set[str]()
    for one in map(Requirement, EXTRAS[extra]):
        if one.name == "campaignkit":
            found.update(*map(_expand, one.extras))
        elif "asyncio" in one.extras:
            found.add("greenlet")  # what SQLAlchemy's extra brings
        else:
            found.add(one.name)
    return found


@cache
def _list_installed() -> Mapping[str, Sequence[str]]:
    """Give the distributions of each module that is installed, which takes most of a second."""
    return packages_distributions()


def _list_modules(extra: str) -> set[str]:
    """Give the modules that an extra brings."""
    distributions = _expand(extra)
    return {
        module
        for module, names in _list_installed().items()
        if not module.startswith("_") and distributions.intersection(names)
    }


def _read_tables(page: str) -> list[list[list[str]]]:
    """Give the cells of each row of the tables of extras in a page, without their heads."""
    text = (ROOT / page).read_text(encoding="utf-8")
    tables = re.findall(r"^\| extra \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [
        [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines()]
        for table in tables
    ]


USED = [extra for extra in EXTRAS if extra in {*EXTRA_LIBRARIES, "spark"}]


def test_the_documents_list_all_extras() -> None:
    uses, work = ([row[0].strip("`") for row in table] for table in _read_tables("docs/install.md"))
    assert sorted(uses) == sorted(USED)
    assert sorted([*uses, *work]) == sorted(EXTRAS)
    (readme,) = _read_tables("README.md")
    assert [row[0].strip("`") for row in readme] == uses


def test_the_page_says_what_an_extra_brings() -> None:
    rows, _ = _read_tables("docs/install.md")
    for extra, *_, brings in rows:
        wanted = [re.split("[>=]", one)[0] for one in EXTRAS[extra.strip("`")]]
        own = re.findall(r"campaignkit\[(.*)\]", wanted[0])
        others = [f"`{one}`" for listed in own for one in listed.split(",")]
        assert brings.split(", ") == [*others, *wanted[len(own) :]], extra


def test_the_page_shows_what_a_hint_looks_like() -> None:
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    assert f"\n{MissingExtraError('campaignkit.frames', 'narwhals', 'frames')}\n" in page


def test_the_readme_builds_the_site_as_the_checks_do() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (options,) = re.findall(r"`sphinx-build (-.*)`", readme)
    page = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    assert f"build/docs/bin/sphinx-build -q -E {options}\n" in page


@pytest.mark.parametrize("extra", EXTRA_LIBRARIES)
def test_an_extra_brings_what_the_hint_promises(extra: str) -> None:
    assert EXTRA_LIBRARIES[extra] <= _list_modules(extra)


def test_each_library_that_an_entry_point_needs_is_its_extras() -> None:
    for point in ENTRY_POINTS.values():
        assert all(library in EXTRA_LIBRARIES[extra] for library, extra in point.needs.items())


@pytest.mark.parametrize(
    "other", ["click", "campaignkit.frames._nothing", "numpy.nothing", "pandas"]
)
def test_the_lack_of_anything_else_is_shown_as_it_is(other: str) -> None:
    fault = ModuleNotFoundError(f"No module named {other!r}", name=other)
    with pytest.raises(ModuleNotFoundError) as raised, require_extra("frames", "it"):
        raise fault
    assert raised.value is fault


def test_the_innermost_extra_is_not_the_one_to_install() -> None:
    with (
        pytest.raises(MissingExtraError, match=r"needs pyarrow.*campaignkit\[files\]"),
        require_extra("files", "an Excel file"),
        require_extra("frames", "campaignkit.frames"),
    ):
        raise ModuleNotFoundError(name="pyarrow")

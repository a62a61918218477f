"""The constraints of the lowest versions are the lower bounds of `pyproject.toml`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests import lowest


def test_the_constraints_are_the_lower_bounds() -> None:
    run = [sys.executable, "-S", lowest.__file__]  # before any package is installed
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    constraints = {(one := Requirement(line)).name: one for line in printed.splitlines()}
    bounded = [Requirement(line) for line in lowest.requirements() if ">=" in line]
    assert constraints.keys() == {one.name for one in bounded}
    for one in bounded:
        (constraint,) = constraints[one.name].specifier
        assert constraint.operator == "=="
        assert str(one.specifier) == f">={constraint.version}"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ('"attrs"', "attrs has no lower bound"),
        ('"attrs>23"', "attrs>23 has no lower bound"),
        ('"attrs>=23.1,<24"', "more than one bound"),
        ('"attrs>=23.1", "attrs>=23.2"', "attrs has two lower bounds"),
        ('"attrs[extra]"', "attrs: no lower bound"),
    ],
)
def test_a_requirement_without_one_lower_bound_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str, why: str
) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text(f"[project]\ndependencies = [{bad}]\noptional-dependencies = {{}}\n")
    monkeypatch.setattr(lowest, "PYPROJECT", project)
    with pytest.raises(ValueError, match=why):
        lowest.lowest_versions()

"""Print the lowest version of each requirement of `pyproject.toml` as constraints for pip.

It needs no package, so that it can run before anything is installed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"

_BOUND = re.compile(r"(?P<name>[\w.-]+)(\[[\w,]+\])?>=(?P<version>\d+(\.\d+)*)")
_UNBOUND = re.compile(r"(?P<name>[\w.-]+)\[[\w,]+\]")


def requirements() -> list[str]:
    """Return what the package and all its extras require, as it is written."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *chain(*project["optional-dependencies"].values())]


def lowest_versions() -> Mapping[str, str]:
    """Return the lowest version of each package.

    Raises:
        ValueError: a requirement without a lower bound, or one of two kinds; extras of the package
            itself, and of what has a bound elsewhere, need none.
    """
    versions: dict[str, str] = {}
    unbound: set[str] = set()
    for requirement in requirements():
        if found := _BOUND.fullmatch(requirement):
            if versions.setdefault(found["name"], found["version"]) != found["version"]:
                msg = f"{found['name']} has two lower bounds"
                raise ValueError(msg)
        elif found := _UNBOUND.fullmatch(requirement):
            unbound.add(found["name"])
        else:
            msg = f"{requirement} has no lower bound, or more than one bound"
            raise ValueError(msg)
    if without := unbound - versions.keys() - {"campaignkit"}:
        msg = f"{', '.join(sorted(without))}: no lower bound"
        raise ValueError(msg)
    return versions


if __name__ == "__main__":
    for package, version in lowest_versions().items():
        print(f"{package}=={version}")  # noqa: T201  # that is what it is for

"""The glossary has the name of every public class, and none that is gone."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from campaignkit import commands, display, frames, notebook, planning, storage, targeting, testing
from campaignkit.storage import sqlalchemy
from tests.public_names import list_public_values

PAGE = Path(__file__).parents[1] / "docs/reference/glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| our term ")
]
MODULES = (commands, display, frames, notebook, planning, sqlalchemy, storage, targeting, testing)


def _is_noun(value: object) -> bool:
    """Say whether a value is a class that has a noun of its own: errors have a page instead."""
    return (
        inspect.isclass(value)
        and not issubclass(value, Exception)
        and value.__name__[0].isupper()
        and value is not object  # what a type alias is where SQLAlchemy may be missing
    )


def test_the_name_of_each_public_class_stands_beside_a_term_once() -> None:
    public = {name for name, value in list_public_values() if _is_noun(value)}
    public.update(n for module in MODULES for n in module.__all__ if _is_noun(getattr(module, n)))
    listed = [name for *_, cell in ROWS for name in re.findall(r"`(\w+)`", cell)]
    assert public - set(listed) == set(), "add these to docs/reference/glossary.md"
    assert set(listed) - public == set(), "remove these from docs/reference/glossary.md"
    assert len(listed) == len(set(listed))


def test_terms_are_unique_and_explained() -> None:
    assert [row for row in ROWS if len(row) != 3 or not row[1]] == []
    terms = [term for term, *_ in ROWS]
    assert len(terms) == len(set(terms)) > 50

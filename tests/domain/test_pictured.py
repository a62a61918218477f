"""Values that can be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter

from campaignkit import Targeting
from campaignkit.display import as_html, as_text
from campaignkit.domain.decisions import ALLOWED

# IPython has no type hints of its own.
display: Any = DisplayFormatter()


@pytest.mark.parametrize("value", [Targeting(titles=["CEO"]), ALLOWED], ids=["targeting", "yes"])
def test_a_notebook_shows_html_and_a_terminal_text(value: object) -> None:
    shown, _ = display.format(value)
    assert shown == {"text/html": as_html(value), "text/plain": as_text(value)}


def test_a_value_may_say_something_shorter_of_itself() -> None:
    assert str(Targeting()) == as_text(Targeting())
    assert str(ALLOWED) == "allowed"

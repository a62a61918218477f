"""Values that can be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter

from campaignkit import Decision, Targeting
from campaignkit.core._decisions import ALLOWED
from campaignkit.core._display import DisplayMixin
from campaignkit.display import as_html, as_text
from tests.display.examples import EXAMPLES

# IPython has no type hints of its own.
display: Any = DisplayFormatter()


@pytest.mark.parametrize("value", [Targeting(titles=["CEO"]), ALLOWED], ids=["targeting", "yes"])
def test_a_notebook_shows_html_and_a_terminal_text(value: object) -> None:
    shown, _ = display.format(value)
    assert shown == {"text/html": as_html(value), "text/plain": as_text(value)}


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_a_picture_is_asked_for_and_text_is_one_short_line(value: DisplayMixin) -> None:
    assert value.as_text() == as_text(value)
    assert len(value.as_text().splitlines()) > 1 or isinstance(value, Decision)
    assert len(str(value).splitlines()) == 1
    if isinstance(value, Decision):
        assert str(value) == ("; ".join(value.messages) or "allowed")
    assert f"{value}" == str(value)
    assert f"{value:>500}" == str(value).rjust(500)

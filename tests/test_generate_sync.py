"""Holds every sync twin to what the generator makes of its async module."""

from __future__ import annotations

import pytest

from tests import generate_sync


@pytest.mark.parametrize(("source", "twin"), generate_sync.TWINS.items())
def test_a_sync_module_is_what_is_made_of_its_async_one(source: str, twin: str) -> None:
    path = generate_sync.PACKAGE / source
    made = generate_sync.generate(path.read_text("utf-8"), path.name)
    assert (generate_sync.PACKAGE / twin).read_text("utf-8") == made

"""What the tests of the services may use."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.service import services


@pytest.fixture(params=["plain", "async"])
def make(request: pytest.FixtureRequest) -> Generator[services.Make]:
    """Give what makes a service over a store in memory: the one and the other."""
    if request.param == "plain":
        yield services.plain
    else:
        with services.blocking() as make:
            yield make

"""The public names of the library, except those of adapters, stores, frames and displays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import campaignkit as ck

MODULES = (ck, ck.clients, ck.commands, ck.planning, ck.targeting)


def list_public_values() -> Iterator[tuple[str, Any]]:
    """Give each public name with its value; `ck.errors` has its own tests."""
    for module in MODULES:
        yield from ((name, getattr(module, name)) for name in module.__all__)

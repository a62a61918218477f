"""What to install when a library that only some uses need is missing."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from campaignkit.core._errors import MissingExtraError

_FRAMES = frozenset({"narwhals", "numpy", "pyarrow", "tqdm"})

EXTRA_LIBRARIES: Mapping[str, frozenset[str]] = {
    "postgres": frozenset({"psycopg"}),
    "asyncio": frozenset({"aiosqlite", "asyncpg", "greenlet"}),
    "cli": frozenset({"typer", "rich"}),
    "testing": frozenset({"hypothesis"}),
    "frames": _FRAMES,
    "notebook": frozenset({"altair", "vl_convert"}),
    "mcp": frozenset({"anyio", "mcp"}),
    "files": frozenset({"pyarrow", "python_calamine", "xlsxwriter"}),
}
"""The libraries of each extra that this library imports."""


@contextmanager
def require_extra(extra: str, user: str) -> Generator[None]:
    """Say which extra to install if a library of it turns out to be missing.

    Args:
        extra: The extra's name.
        user: What needs it, as the error begins: "campaignkit.frames" needs NumPy.

    Raises:
        MissingExtraError: a library of the extra is missing. That of any other is no fault of the
            installation, and stays as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in EXTRA_LIBRARIES[extra]:
            raise
        raise MissingExtraError(user, error.name, extra) from error

"""A progress bar, in a terminal and in a notebook."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeAlias


@contextmanager
def bar(total: int, unit: str, *, wanted: bool) -> Generator[Callable[[int], object]]:
    """Show how much of the work is done, if that is wanted; give whom to tell of each part."""
    if not wanted:
        yield lambda _done: None
        return
    with _tqdm(total=total, unit=unit, unit_scale=True) as shown:
        yield shown.update


Begin: TypeAlias = Callable[[str], object]
"""Told the name of each stage of the work when it begins."""

STAGES = 3
"""How many stages the planning of a frame has."""


@contextmanager
def stages(total: int, *, wanted: bool) -> Generator[Begin]:
    """Show in which of so many stages the work is, if that is wanted."""
    if not wanted:
        yield lambda _name: None
        return
    with _tqdm(total=total, bar_format="{desc:<20}|{bar}| {elapsed}") as shown:
        begun: list[str] = []

        def begin(name: str) -> None:
            shown.set_description_str(name, refresh=False)
            shown.update(len(begun) - shown.n)
            shown.refresh()
            begun.append(name)

        yield begin
        shown.update(total - shown.n)


def _tqdm(**options: Any) -> Any:  # noqa: ANN401  # it has no type hints
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in a notebook without widgets the bar is of text
        return importlib.import_module("tqdm.auto").tqdm(**options)

"""A progress bar, in a terminal and in a notebook."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

from campaignkit.core._extras import require_extra


@contextmanager
def show_bar(total: int, unit: str, *, wanted: bool) -> Generator[Callable[[int], object]]:
    """Show a bar if `wanted`; give a function to call with the size of each part that is done."""
    if not wanted:
        yield lambda _size: None
        return
    with _open_bar(total=total, unit=unit, unit_scale=True) as bar:
        yield bar.update


Begin: TypeAlias = Callable[[str], object]
"""Called with the name of each stage of a plan when it begins."""

_STAGE_COUNT = 3


@contextmanager
def show_stages(*, wanted: bool) -> Generator[Begin]:
    """Show a bar of the stages of a plan if `wanted`."""
    if not wanted:
        yield lambda _name: None
        return
    with _open_bar(total=_STAGE_COUNT, bar_format="{desc:<20}|{bar}| {elapsed}") as bar:
        stages: list[str] = []

        def begin(name: str) -> None:
            bar.set_description_str(name, refresh=False)
            bar.update(len(stages) - bar.n)
            bar.refresh()
            stages.append(name)

        yield begin
        bar.update(_STAGE_COUNT - bar.n)


def _open_bar(**options: Any) -> Any:  # noqa: ANN401  # it has no type hints
    with require_extra("frames", "progress=True"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in a notebook without widgets the bar is of text
        return importlib.import_module("tqdm.auto").tqdm(**options)

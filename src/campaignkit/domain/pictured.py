"""Values that can be looked at: as a picture in a notebook, as plain text in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

__all__ = ["Pictured"]


class _Printer(Protocol):
    def text(self, text: str) -> None: ...


class Pictured:
    """A value that notebooks show as HTML, and terminals as text of no more than 80 columns.

    `as_text` returns that text. The pictures are made by `campaignkit.display`, which stands above
    the values and is loaded when one of them is first looked at.
    """

    __slots__ = ()

    _repr_pretty_: ClassVar[Callable[..., None]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython asks each class for this before it takes the class's __repr__, which attrs makes.
        cls._repr_pretty_ = Pictured._write

    def as_text(self) -> str:
        """Return the value as a picture of plain text, in lines of no more than 80 columns."""
        from campaignkit.display import as_text  # noqa: PLC0415

        return as_text(self)

    def _repr_html_(self) -> str:
        from campaignkit.display import as_html  # noqa: PLC0415

        return as_html(self)

    def _write(self, printer: _Printer, _cycle: bool) -> None:  # noqa: FBT001  # IPython's
        from campaignkit.display import as_text  # noqa: PLC0415

        printer.text(as_text(self))

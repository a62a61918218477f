"""A value that can be displayed: as HTML in a notebook, as text in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from attrs import define


class _Printer(Protocol):
    def text(self, text: str) -> None: ...


def _render_nothing(value: object) -> str:
    msg = f"no renderer is registered for a {type(value).__name__}"
    raise TypeError(msg)


@define
class Renderers:
    """The functions that render a value; the packages above register theirs here."""

    text: Callable[[object], str] = _render_nothing
    html: Callable[[object], str] = _render_nothing


RENDERERS = Renderers()


class DisplayMixin:
    """A value that notebooks show as HTML, and terminals as text of at most 80 columns."""

    __slots__ = ()

    _repr_pretty_: ClassVar[Callable[..., None]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython asks each class for this before it takes the class's __repr__, which attrs makes.
        cls._repr_pretty_ = DisplayMixin._print_text

    def as_text(self) -> str:
        """Return the value as text for a terminal, in lines of at most 80 columns."""
        return RENDERERS.text(self)

    def _repr_html_(self) -> str:
        return RENDERERS.html(self)

    def _print_text(self, printer: _Printer, _cycle: bool) -> None:  # noqa: FBT001  # IPython's
        printer.text(RENDERERS.text(self))

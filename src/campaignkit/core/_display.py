"""The base of values that people look at: in a notebook, in a terminal, in a log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from attrs import define, fields

from campaignkit.core._checks import short_repr
from campaignkit.core._errors import InvalidError
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._reprs import bounded_repr


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
    """A value that people look at.

    Notebooks show its document as HTML, IPython in a terminal as text of at most 80 columns. Its
    `repr` is nearly valid Python, has at most `LONGEST_REPR` characters, and is what IPython shows
    of the value in a list or another collection. Its `str`, also in an f-string, is one short line
    that is safe to print.
    """

    __slots__ = ()

    _repr_pretty_: ClassVar[Callable[..., None]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython asks each class for this before it takes the class's __repr__.
        cls._repr_pretty_ = DisplayMixin._print_text
        if "__repr__" not in cls.__dict__:
            # attrs makes none where the class has its own; older releases know it as its own only
            # if it is another function than that of the base class.
            inherited = cls.__repr__

            def show(self: Any) -> str:  # noqa: ANN401  # of this class
                return inherited(self)

            cls.__repr__ = show  # type: ignore[method-assign]

    def as_text(self) -> str:
        """Return the value as text for a terminal, in lines of at most 80 columns."""
        return RENDERERS.text(self)

    def __repr__(self) -> str:
        return bounded_repr(self)

    def __str__(self) -> str:
        return short_repr(self)

    def __format__(self, format_spec: str) -> str:
        try:
            return format(str(self), format_spec)
        except (TypeError, ValueError) as error:
            raise_interruption(error)
            fault = f"must be one for text, such as '>30', not {short_repr(format_spec)}"
            raise InvalidError([f"format_spec {fault}"]) from None

    def _repr_arguments(self) -> Mapping[str, object] | None:
        """Return the arguments that the repr shows; None for a mapping, which shows its items."""
        made_of: dict[str, object] = {}
        for part in fields(type(self)):  # type: ignore[arg-type]  # of attrs; others have their own
            value = getattr(self, part.name)
            is_default = type(value) is type(part.default) and value == part.default
            if part.init and part.repr and not is_default:
                made_of[str(part.alias)] = value
        return made_of

    def _repr_html_(self) -> str:
        return RENDERERS.html(self)

    def _print_text(self, printer: _Printer, _cycle: bool) -> None:  # noqa: FBT001  # IPython's
        # IPython's stack has the collections that the value is in, and the value.
        is_inside = len(getattr(printer, "stack", ())) > 1
        printer.text(repr(self) if is_inside else RENDERERS.text(self))

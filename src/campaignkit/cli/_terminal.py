"""The two streams of a terminal, and the progress bar on one of them.

All that a command says to a person goes through here, and `escape_text` makes it safe: a sentence
by `say`, a cell of a table by `Table.add_row`. The console itself checks what is printed otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TypeAlias

import rich.table
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.style import StyleType
from rich.text import Text

from campaignkit.cli._csv_file import Tick
from campaignkit.core._escaping import escape_text

_LARGE = 4 << 20

Stage: TypeAlias = Callable[[str, int | None], Tick]
"""Begins a stage of so many bytes, or of unknown length, and returns whom to tell how far it is."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise it: the command decides how it ends."""
        raise BrokenPipeError

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render it, and let no character through that could repaint the terminal."""
        for segment in super().render(renderable, options):
            lines = segment.text.split("\n")
            safe = [*map(escape_text, lines)]
            if segment.control or safe == lines:
                yield segment
            else:
                yield Segment("\n".join(safe), segment.style)


class Table(rich.table.Table):
    """A table in whose cells text is safe to show."""

    def add_row(
        self,
        *renderables: RenderableType | None,
        style: StyleType | None = None,
        end_section: bool = False,
    ) -> None:
        """Add a row; text in it is text, however it looks."""
        cells = (cell(each) if isinstance(each, str) else each for each in renderables)
        super().add_row(*cells, style=style, end_section=end_section)


def cell(text: str, style: str = "") -> Text:
    """Return the text of a cell, safe to show."""
    return Text(escape_text(text), style)


def stream(*, stderr: bool = False) -> Console:
    """Return standard output, or standard error, as a console that prints text as it stands."""
    return _Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def say(console: Console, *parts: str | tuple[str, str], indent: int = 0) -> None:
    """Print parts of a sentence, some styled; a terminal gets it wrapped, a file in one line."""
    sentence = Text()
    for part in parts:
        sentence.append_text(cell(part) if isinstance(part, str) else cell(*part))
    if console.is_terminal:
        console.print(Padding(sentence, (0, 0, 0, indent), expand=False))
    else:
        console.print(Text(" " * indent) + sentence, soft_wrap=True)


def error(message: str, lines: Iterable[str] = ()) -> None:
    """Print what went wrong on standard error."""
    console = stream(stderr=True)
    say(console, ("Error: ", "bold red"), message)
    for line in lines:
        say(console, line, indent=2)


@contextmanager
def stages(size: int) -> Generator[Stage]:
    """Show how far the work on a file of so many bytes is, if it is large and someone looks on."""
    console = stream(stderr=True)
    if size < _LARGE or not console.is_terminal:
        yield lambda _name, _total: lambda _done: None
        return
    columns = (TextColumn("{task.description:<8}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:

        def begin(name: str, total: int | None) -> Tick:
            for task in bar.tasks:
                bar.update(task.id, visible=False)
            new = bar.add_task(name, total=total)
            return lambda done: bar.update(new, completed=done)

        yield begin

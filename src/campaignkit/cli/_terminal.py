"""Standard output and standard error: results, errors, and a progress bar.

Whatever a command says to people is printed here, as a document, whose layout escapes all text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

from attrs import evolve, frozen
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from campaignkit.cli._source import Tick
from campaignkit.display._document import Document, Part, Sentences
from campaignkit.display._text_renderer import Layout, Style, render_lines

_LARGE_FILE = 4 << 20
_ERROR = "Error:"

Stage: TypeAlias = Callable[[str, int | None], Tick]
"""Begins a stage of so many bytes, or of unknown length; the function it returns takes progress."""


@frozen
class Result:
    """What a command did: the report for people, and the document that `--json` prints.

    `written` says which files were written, below the report; `--report` writes the report alone.
    """

    report: Document
    json: Mapping[str, object]
    written: Sequence[Part] = ()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise it: the command decides how it ends."""
        raise BrokenPipeError


def open_console(*, stderr: bool = False) -> Console:
    """Return standard output, or standard error, as a console that prints text unchanged."""
    return _Console(stderr=stderr, markup=False, emoji=False, highlight=False)


_STYLES: Final[Mapping[Style, str]] = {
    "": "",
    "title": "bold",
    "caption": "bold",
    "name": "cyan",
    "total": "bold",
    "warning": "yellow",
    "faint": "dim",
}


def print_result(result: Result, *, as_json: bool, stderr: bool = False) -> None:
    """Print a result for people, or as JSON, with the warnings that people are given."""
    if as_json:
        print_json({**result.json, "warnings": list_warnings(result.report)})
    else:
        report = evolve(result.report, parts=[*result.report.parts, *result.written])
        print_document(open_console(stderr=stderr), report)


def list_warnings(report: Document) -> list[str]:
    """Return the warnings of a report, each in one line."""
    warnings: list[str] = []
    for part in report.parts:
        if isinstance(part, Sentences) and part.is_warning:
            about = f"{part.caption}: {'; '.join(part.lines)}".removesuffix(": ")
            warnings += [about] if part.caption else part.lines
    return warnings


def print_json(document: Mapping[str, object]) -> None:
    """Print a document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    sys.stdout.flush()


def print_document(console: Console, document: Document) -> None:
    """Print a document; sentences are folded on a terminal, but not in files and pipes."""
    _print_text(console, _render(console, document))


def print_error(message: str, lines: Iterable[str] = ()) -> None:
    """Print on standard error what went wrong."""
    console = open_console(stderr=True)
    text = _render(console, Document(f"{_ERROR} {message}", [Sentences([*lines])]))
    text.stylize("red", 0, len(_ERROR))
    _print_text(console, text)


def _render(console: Console, document: Document) -> Text:
    layout = Layout(console.width, folds_sentences=console.is_terminal, has_bars=False)
    lines: list[Text] = []
    for line in render_lines(document, layout):
        lines.append(Text.assemble(*((span.text, _STYLES[span.style]) for span in line)))
        lines[-1].rstrip()
    return Text("\n").join(lines)


def _print_text(console: Console, text: Text) -> None:
    if not console.encoding.startswith("utf"):
        text.plain = text.plain.replace("─", "-")
    console.print(text, soft_wrap=True)
    console.file.flush()


@contextmanager
def show_progress(size: int) -> Generator[Stage]:
    """Show a progress bar for a large file, on a terminal."""
    console = open_console(stderr=True)
    if size < _LARGE_FILE or not console.is_terminal:
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

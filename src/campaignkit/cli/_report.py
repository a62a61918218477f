"""The report of a command as a page of HTML, which `--report` writes."""

from __future__ import annotations

from importlib.metadata import version

from attrs import evolve

from campaignkit.cli._output import Output, open_output
from campaignkit.cli._terminal import Result
from campaignkit.display._document import Sentences
from campaignkit.display._html_page import render_html_page

SUFFIXES = (".html", ".htm")
"""How the names of reports end."""


def read_report(text: str | None, faults: list[str]) -> str | None:
    """Return the path for the report."""
    if text is not None and not text.lower().endswith(SUFFIXES):
        faults.append(f"--report must end in {' or '.join(SUFFIXES)}, not {text!r}")
    return text


def save_report(path: str | None, result: Result) -> Result:
    """Write the report of a result to a path, if there is one, and return a result that says so.

    Raises:
        FileError: it cannot be written.
    """
    if path is not None:
        with open_output(path) as output:
            write_report(output, result)
    return note_report(path, result)


def write_report(output: Output, result: Result) -> None:
    """Write the report of a result to an open output.

    Raises:
        FileError: it cannot be written.
    """
    page = render_html_page(result.report, f"campaignkit {version('campaignkit')}")
    with output.explain_errors(), output.open_text("utf-8") as file:
        file.write(page)


def note_report(path: str | None, result: Result) -> Result:
    """Return a result that says, below its report, that the report was written to a path."""
    if path is None:
        return result
    return evolve(result, written=[*result.written, Sentences([], f"Wrote {path}")])

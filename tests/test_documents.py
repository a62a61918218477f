"""What the documents say is true: each block of code in them runs and prints what they show."""

from __future__ import annotations

import doctest
import io
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.typing import Evaluator

import campaignkit
from tests.cli.running import run

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = sorted((ROOT / "docs/guides").rglob("*.md"))
QUICKSTARTS = sorted((ROOT / "docs/tutorials").glob("quickstart-*.md"))
MODULES = [
    "campaignkit",
    *(found.name for found in pkgutil.walk_packages(campaignkit.__path__, "campaignkit.")),
]

# The languages of blocks: `python` and `console` run, `sh` sets up a checkout, the rest is data. A
# `text` block right below Python without prompts is what the Python printed.
LANGUAGES = {"python", "console", "sh", "csv", "json", "sql", "text", "toml"}


def python_blocks(document: Document) -> Iterator[Region]:
    """Find sessions with prompts, and plain code with what it prints in a block right below."""
    shown = {region.start: str(region.parsed) for region in CodeBlockParser("text")(document)}
    for region in PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)(document):
        if isinstance(region.evaluator, PythonEvaluator):
            below = re.compile(r"\s*\n").match(document.text, region.end)
            output = shown.get(below.end()) if below else None
            region.evaluator = run_plain_code(output)
            if re.match(r"# \w+\.py\n", str(region.parsed)):
                region.evaluator = save_file
        yield region


def run_plain_code(shown: str | None) -> Evaluator:
    """Return what runs plain code, and compares what it prints if a block below shows that."""

    def evaluate(example: Example) -> str | None:
        with redirect_stdout(io.StringIO()) as stdout:
            PythonEvaluator()(example)
        return None if shown is None else difference(shown, stdout.getvalue())

    return evaluate


def save_file(example: Example) -> None:
    """Save plain code whose first line is the name of a file, which a command below runs."""
    code = str(example.parsed)
    Path(code.partition("\n")[0].removeprefix("# ")).write_text(code, encoding="utf-8")


def difference(shown: str, output: str) -> str | None:
    """Return what was printed if it is not what a document shows; `...` stands for any text."""
    printed = re.sub(" +$", "", output, flags=re.MULTILINE)
    same = doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)
    return None if same else f"printed:\n{printed}"


def run_console(example: Example) -> str | None:
    """Run the lines after `$ ` as a shell does and compare what they print with what follows."""
    session = str(example.parsed).replace("\\\n", "")
    wrong: list[str] = []
    for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = step.partition("\n")
        code, output = run_command(command)
        if found := difference(shown, output):
            wrong.append(f"$ {command}\nexit code {code}, {found}")
    return "\n".join(wrong) or None


def run_command(command: str) -> tuple[int, str]:
    """Return the exit code and the output of a command; its errors are part of the output.

    `campaignkit` runs in this process, as starting another takes much longer than the command. A
    shell expands its arguments, reads its output and runs everything else.
    """
    own = re.fullmatch(r"campaignkit ([^|<>;&]*)([|>].*)?", command, flags=re.DOTALL)
    if own is None:
        return run_shell(command)
    arguments, rest = own.groups()
    _, expanded = run_shell(f"printf '%s\\0' {arguments}")
    result = run(*expanded.split("\0")[:-1])
    if rest is None:
        return result.code, result.output
    code, output = run_shell(f"cat {rest}", result.stdout)
    return code, result.stderr + output


def run_shell(command: str, given: str = "") -> tuple[int, str]:
    """Return the exit code and the output of a command in a shell that reads some text."""
    ran = subprocess.run(  # noqa: S602  documents show pipes and redirections
        command,
        shell=True,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


EXAMPLES = Sybil(
    parsers=[
        python_blocks,
        CodeBlockParser("console", run_console),
        SkipParser(),
    ],
    patterns=["*.md"],
    path=str(ROOT),
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As from the top of a checkout, but files that the examples write are gone afterwards.
    if (ROOT / "docs/examples").exists():
        shutil.copytree(ROOT / "docs/examples", tmp_path / "docs/examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    # A page that imports one of them by a relative path gets its own copy.
    monkeypatch.setattr(sys, "path", [*sys.path])
    invalidate_caches()
    for example in EXAMPLES.parse(page):
        example.evaluate()


@pytest.mark.parametrize(
    ("shown", "matches"),
    [
        ("```text\n2\n\nthree\n```", True),
        ("```text\n2\n...\n```", True),
        ("```text\n2\n```", False),
        ("So it prints:\n\n```text\n3\n```", True),  # prose between: no output, but data
        ("", True),
    ],
)
def test_what_plain_code_prints_stands_in_the_block_below(
    shown: str, *, matches: bool, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```python\nprint(1 + 1)\nprint('\\nthree')\n```\n\n{shown}\n", "utf-8")
    [example] = EXAMPLES.parse(page)
    if matches:
        example.evaluate()
    else:
        with pytest.raises(SybilFailure, match="three"):
            example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_run_or_is_no_code(page: Path) -> None:
    fences = re.findall(r"^ *```(.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(fences[::2]) <= LANGUAGES
    assert set(fences[1::2]) <= {""}


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_begins_with_what_it_does_for_whom_and_what_that_needs(page: Path) -> None:
    _, title, task, needs, *_ = page.read_text(encoding="utf-8").split("\n\n")
    assert title.startswith("# ")
    assert re.search(r":\sfor\s", task)
    assert needs.startswith("**You need** ")


@pytest.mark.parametrize("page", QUICKSTARTS, ids=lambda page: page.stem)
def test_a_quickstart_begins_with_its_reader_and_leads_on(page: Path) -> None:
    _, _, reader, *steps = page.read_text(encoding="utf-8").split("\n\n")
    assert reader.startswith("For ")
    assert "At the end" in reader.replace("\n", " ")
    headings = [step for step in steps if step.startswith("## ")]
    assert headings[0] == "## Install"
    assert headings[-1] == "## Where next"
    assert not any(">>>" in step for step in steps)  # plain code, to be pasted as it is


def test_no_page_has_both_sides_of_a_conflict() -> None:
    pages = [*PAGES, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.rst")]
    marks = re.compile(r"^[<>|]{7}( |$)", re.MULTILINE)
    found = [page for page in pages if marks.search(page.read_text(encoding="utf-8"))]
    assert not found


def test_all_pages_compare_methods_by_the_numbers_that_one_of_them_derives() -> None:
    derived = (ROOT / "docs/explanation/mathematics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^(?:hash, drop|hash, email|renormalise) +(.*) lost$", derived, re.MULTILINE)
    expected = [[float(number) for number in row.split()] for row in rows]
    assert len(expected) == 3
    for page in (ROOT / "README.md", ROOT / "docs/explanation/why.md"):
        _, _, table = page.read_text(encoding="utf-8").partition("\n| method |")
        shown = [line.split(" | ")[1:] for line in table.splitlines()[2:5]]
        assert [[float(cell.rstrip("| ")) for cell in row] for row in shown] == expected


@pytest.mark.parametrize("module", MODULES)
def test_docstrings(module: str) -> None:
    printed: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for examples in doctest.DocTestFinder().find(import_module(module)):
        runner.run(examples, out=printed.append)
    assert not runner.failures, "".join(printed)

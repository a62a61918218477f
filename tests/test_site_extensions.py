"""What the site adds to Sphinx: what its copy buttons copy, and the link to the repository."""

from __future__ import annotations

import re
import runpy
import sys
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
FUNCTION = """\
@cache
def f():
    x = [1,

         2]

    return '''one

two'''
print(f())
"""
PASTED = """\
@cache
def f():
    x = [1,
         \n\
         2]
    \n\
    return '''one

two'''

print(f())
"""


@pytest.mark.parametrize(
    ("language", "shown", "copied"),
    [
        ("python", ">>> x = 1\n>>> x\n1\n", "x = 1\nx\n"),
        (
            "python",
            ">>> for x in y:\n...     print(x)\n1\n>>> z\n",
            "for x in y:\n    print(x)\n\nz\n",
        ),
        ("default", "    >>> (1,\n    ...  2)\n    (1, 2)\n", "(1,\n 2)\n"),
        ("python", FUNCTION, PASTED),
        ("python", "@cache\n\ndef f(): pass\n", "@cache\n \ndef f(): pass\n\n"),
        ("python", 'if x:\n    b"""a\n\nb"""\n', 'if x:\n    b"""a\n\nb"""\n\n'),
        ("ipython3", "if x:\n    y\n\n\nz", "if x:\n    y\n\n\nz\n"),
        ("console", "$ echo one \\\n    two\none two\n$ ls\n", "echo one \\\n    two\nls\n"),
        ("toml", "a = 1\n\n", "a = 1\n"),
        ("text", "94 leads\n", None),
        ("default", "no code\n", None),
    ],
)
def test_what_a_button_copies(
    language: str, shown: str, copied: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [f"{DOCS}/_extensions", *sys.path])
    assert import_module("copy_buttons").text_to_copy(language, shown) == copied


def test_the_names_that_an_example_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [f"{DOCS}/_extensions", *sys.path])
    code = "import a.b, c as d\nfor x in [Lead]: print(x, a, d)\ndef f(y): return y + plan(y)\nf(1)"
    found: set[str] = import_module("docstring_imports").free_names(code)
    assert found == {"Lead", "plan", "print"}


@pytest.mark.parametrize(
    ("urls", "links"),
    [
        ([], []),
        (["Changelog, https://example.org/c"], []),
        (
            ["Changelog, https://example.org/c", "Repository, https://example.org/r"],
            ["https://example.org/r"],
        ),
    ],
)
def test_pages_link_to_the_repository_that_the_package_declares(
    urls: list[str], links: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    icons: list[dict[str, str]] = runpy.run_path(f"{DOCS}/conf.py")["footer_icons"](urls)
    assert [icon["url"] for icon in icons] == links


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_formulas_can_be_written_as_mathml(page: Path) -> None:
    convert = pytest.importorskip("docutils.utils.math.latex2mathml").tex2mathml
    prose = re.sub(
        r"^```.*?^```$|`[^`\n]+`",
        "",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
    for formula in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", prose, re.DOTALL):
        assert convert("".join(formula)).startswith("<math")  # else docutils raises

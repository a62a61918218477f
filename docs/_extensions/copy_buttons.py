"""Blocks of code get a button that copies what can be pasted.

What a button copies is computed during the build and stands in the attribute `data-copy` of the
block, for `_static/copy.js`: of Python sessions the statements without prompts and outputs, of
console sessions the commands, of other code the whole block. Blocks of text have no button.
"""

from __future__ import annotations

import ast
import doctest
import html
from typing import TYPE_CHECKING

from docstring_imports import needed_imports
from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PYTHON = {"python", "pycon", "ipython3"}
DATA = {"csv", "json", "sh", "sql", "toml"}


def text_to_copy(language: str, source: str) -> str | None:
    """Return what the button of a block copies, or None for a block without a button."""
    if language == "console":
        return console_commands(source)
    if language in DATA:
        return source.rstrip("\n") + "\n"
    if ">>> " in source:
        examples = doctest.DocTestParser().get_examples(source)
        return python_for_a_prompt("".join(example.source for example in examples))
    return python_for_a_prompt(source) if language in PYTHON else None


def console_commands(source: str) -> str:
    """Return the commands of a session: lines after `$ `, and those that a backslash continues."""
    commands: list[str] = []
    for line in source.splitlines():
        if line.startswith("$ "):
            commands.append(line.removeprefix("$ "))
        elif commands and commands[-1].endswith("\\"):
            commands.append(line)
        # Anything else is output.
        else:
            continue
    return "\n".join(commands) + "\n"


def python_for_a_prompt(source: str) -> str:
    """Return code that can also be pasted line by line at Python's prompt.

    There an empty line ends a statement with a body, and nothing else does. So the empty lines in
    such statements get spaces, and an empty line is added below them.
    """
    lines = source.rstrip("\n").splitlines()
    tree = ast.parse(source)
    ends: set[int] = set()
    for statement in tree.body:
        if hasattr(statement, "body") or hasattr(statement, "cases"):
            last = statement.end_lineno or statement.lineno
            ends.add(last)
            decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
            first = min(part.lineno for part in (statement, *decorators))
            for number in range(first, last):
                if not lines[number - 1] and number not in strings(statement):
                    lines[number - 1] = indent_of_next(lines, number)
    copied: list[str] = []
    for number, line in enumerate(lines, start=1):
        copied.append(line)
        if number in ends and (number == len(lines) or lines[number]):
            copied.append("")
    return "\n".join(copied) + "\n"


def strings(statement: ast.stmt) -> set[int]:
    """Return the numbers of the lines that end inside a string, whose empty lines must stay."""
    found: set[int] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            found.update(range(node.lineno, node.end_lineno or node.lineno))
    return found


def indent_of_next(lines: list[str], number: int) -> str:
    """Return the indentation of the next line that is not empty."""
    line = next(line for line in lines[number:] if line.strip())
    return line[: len(line) - len(line.lstrip())] or " "


def visit_literal_block(translator: HTML5Translator, node: nodes.literal_block) -> None:
    """Write the block as Sphinx does, with what its button copies."""
    try:
        HTML5Translator.visit_literal_block(translator, node)
    except nodes.SkipNode:
        copied = text_to_copy(node.get("language", "default"), node.rawsource)
        if copied is not None:
            copied = needed_imports(node, copied) + copied
            block = translator.body[-1]
            translator.body[-1] = block.replace(
                "<div ", f'<div data-copy="{html.escape(copied)}" ', 1
            )
        raise


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the writer of blocks, and the script that adds the buttons."""
    app.add_node(
        nodes.literal_block,
        override=True,
        html=(visit_literal_block, HTML5Translator.depart_literal_block),
    )
    app.add_js_file("copy.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}

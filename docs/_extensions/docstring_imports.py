"""The imports that an example of a docstring needs outside its module.

A docstring's example uses the names of its module without importing them. What its button copies
begins with these imports, so it runs anywhere.
"""

from __future__ import annotations

import ast
from importlib import import_module
from typing import TYPE_CHECKING

from sphinx import addnodes

if TYPE_CHECKING:
    from docutils import nodes

# Where names are looked for that neither the entry's module nor `campaignkit` has.
OTHERS = (
    "campaignkit.clients",
    "campaignkit.commands",
    "campaignkit.serialization",
    "campaignkit.storage",
    "campaignkit.storage.sqlalchemy",
)


def needed_imports(block: nodes.Node, code: str) -> str:
    """Return the imports that go before the code of a block, or nothing outside of docstrings."""
    module = documented_module(block)
    if module is None:
        return ""
    names = free_names(code)
    lines: list[str] = []
    for public in dict.fromkeys((module, "campaignkit", *OTHERS)):
        found = names.intersection(import_module(public).__all__)
        names -= found
        if found:
            lines.append(f"from {public} import {', '.join(sorted(found))}\n")
    return "".join(sorted(lines))


def documented_module(block: nodes.Node) -> str | None:
    """Return the public module of the entry that a block stands in."""
    entry = block.parent
    while entry is not None and not isinstance(entry, addnodes.desc):
        entry = entry.parent
    return entry and entry.next_node(addnodes.desc_signature).get("module")


def free_names(code: str) -> set[str]:
    """Return the names that the code uses and does not define."""
    used: set[str] = set()
    defined: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(name, ast.Load()):
                used.add(name)
            case ast.Name(name) | ast.arg(name) | ast.FunctionDef(name) | ast.ClassDef(name):
                defined.add(name)
            case ast.AsyncFunctionDef(name):
                defined.add(name)
            case ast.alias(name, alias):
                defined.add(alias or name.split(".")[0])
            case _:
                pass
    return used - defined

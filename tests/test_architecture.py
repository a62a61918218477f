"""Imports only go down, so that a module can be read knowing only what lies below it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src/campaignkit"

# The packages and modules directly below `campaignkit`, lowest first: each imports only itself and
# what comes before it. `campaignkit` is the public face; what comes after it is written as other
# programs are, against that face.
ORDER = (
    "core",
    "errors",
    "targeting",
    "domain",
    "clients",
    "commands",
    "planning",
    "serialization",
    "decider",
    "storage",
    "display",
    "service",
    "tools",
    "campaignkit",
    "frames",
    "notebook",
    "testing",
    "mcp",
    "cli",
    "__main__",
)

# The libraries that a package may import beside Python's own.
LIBRARIES = {
    "core": {"attrs"},
    "targeting": {"attrs"},
    "targeting.sql": {"attrs", "sqlalchemy"},
    "domain": {"attrs"},
    "planning": {"attrs"},
    "serialization": {"attrs", "cattrs", "pydantic_core"},
    "decider": {"attrs"},
    "storage": {"attrs"},
    "storage.sqlalchemy": {"attrs", "sqlalchemy"},
    "display": {"attrs", "wcwidth"},
    "service": {"attrs"},
    "tools": {"attrs"},
    "mcp": {"anyio", "mcp"},
    "frames": {"attrs", "narwhals", "numpy"},
    "notebook": {"altair", "attrs", "vl_convert"},
    "testing": {"attrs", "hypothesis"},
    "cli": {"anyio", "attrs", "duckdb", "mcp", "pyarrow", "rich", "sqlalchemy", "typer"},
}

# The pure packages do no I/O, keep no log, and draw no chance.
PURE = {"core", "targeting", "domain", "clients", "commands", "planning", "decider", "display"}
IMPURE = {
    *("asyncio", "contextvars", "io", "logging", "multiprocessing", "os", "pathlib", "random"),
    *("secrets", "socket", "subprocess", "sys", "tempfile", "threading", "time", "warnings"),
}

# What reads the clock or makes an id; of the pure packages only a new draft does.
CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid1", "uuid4"}
CLOCK_READERS = {("domain._campaign", "draft")}


def _read_modules() -> dict[str, ast.Module]:
    trees: dict[str, ast.Module] = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name or "campaignkit"] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


MODULES = _read_modules()


def _list_imports(tree: ast.Module, *, types: bool = True) -> Iterator[str]:
    """Give the full dotted names that a module imports, at its top or when a function is called.

    Without `types` those are left out that only a type checker reads.
    """
    left_out = set[ast.AST]() if types else set(_list_type_checking(tree))
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _list_type_checking(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from (inner for part in node.body for inner in ast.walk(part))


def _find_module(imported: str) -> str | None:
    """Give the module of ours that an import means, or None where it means another's."""
    package, _, name = imported.partition(".")
    if package != "campaignkit":
        return None
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or "campaignkit"


def _imported_modules(name: str, *, types: bool = True) -> set[str]:
    found = {_find_module(imported) for imported in _list_imports(MODULES[name], types=types)}
    return {ours for ours in found if ours is not None and ours != name}


def _place(name: str) -> int:
    return ORDER.index(name.partition(".")[0])


def test_each_package_has_a_place() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(ORDER)


def test_imports_only_go_down() -> None:
    up = {
        (name, imported)
        for name in MODULES
        for imported in _imported_modules(name)
        if _place(imported) > _place(name)
    }
    assert not up


def test_no_modules_import_each_other() -> None:
    modules = {name: _imported_modules(name, types=False) for name in MODULES}
    TopologicalSorter(modules).prepare()


def test_each_package_uses_only_the_libraries_it_may() -> None:
    wrong = {
        (name, library)
        for name, tree in MODULES.items()
        for imported in _list_imports(tree, types=False)
        if (library := imported.partition(".")[0]) not in {"campaignkit", *sys.stdlib_module_names}
        if library not in _allowed_libraries(name)
    }
    assert not wrong


def _allowed_libraries(name: str) -> set[str]:
    outer = (name.rsplit(".", cut)[0] for cut in range(name.count(".") + 1))
    return next((LIBRARIES[package] for package in outer if package in LIBRARIES), set[str]())


def test_the_pure_packages_are_pure() -> None:
    impure = {
        (name, imported)
        for name, tree in MODULES.items()
        if name.partition(".")[0] in PURE
        for imported in _list_imports(tree)
        if imported.partition(".")[0] in IMPURE
    }
    assert not impure


def test_only_a_new_draft_reads_the_clock() -> None:
    readers = {
        (name, _find_function(tree, node))
        for name, tree in MODULES.items()
        if name.partition(".")[0] in PURE
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.Name)) and ast.unparse(node) in CLOCK
    }
    assert readers == CLOCK_READERS


def _find_function(tree: ast.Module, inner: ast.AST) -> str | None:
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(child is inner for child in ast.walk(node))
    ]
    return around[-1].name if around else None

"""Imports only go down, so that every module can be read knowing only what lies below it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src/campaignkit"

# Every module, lowest first: each imports only what stands before it here. `campaignkit` is the
# public face itself: what comes after it is written as other programs are, against that face.
ORDER = (
    "escaping",
    "errors",
    "domain",
    "domain.checks",
    "domain.frozen",
    "domain.pictured",
    "domain.channels",
    "domain.words",
    "domain.yes_no",
    "domain.exact",
    "domain.decisions",
    "domain.allocation",
    "domain.als",
    "domain.text",
    "domain.company_size",
    "domain.places",
    "domain.prospects",
    "domain.matching",
    "domain.targeting",
    "domain.targeting_index",
    "domain.briefs",
    "domain.permissions",
    "domain.lead_ids",
    "domain.leads",
    "domain.ledger",
    "domain.campaign",
    "domain.changes",
    "domain.suggestions",
    "domain.events",
    "planning",
    "planning.deal",
    "planning.apportion",
    "planning.advice",
    "planning.why",
    "planning.plan",
    "planning.intake",
    "planning.forecast",
    "serialization.faults",
    "serialization.leaves",
    "serialization.rows",
    "serialization.converters",
    "serialization",
    "storage.protocols",
    "storage.memory",
    "storage",
    "storage.sqlalchemy.errors",
    "storage.sqlalchemy.guarded",
    "storage.sqlalchemy.folding",
    "storage.sqlalchemy.size_text",
    "storage.sqlalchemy.matching",
    "storage.sqlalchemy.tables",
    "storage.sqlalchemy.ddl",
    "storage.sqlalchemy.codec",
    "storage.sqlalchemy.queries",
    "storage.sqlalchemy.backend",
    "storage.sqlalchemy.sqlite",
    "storage.sqlalchemy.postgresql",
    "storage.sqlalchemy.engines",
    "storage.sqlalchemy.transactions",
    "storage.sqlalchemy.operations",
    "storage.sqlalchemy.stores",
    "storage.sqlalchemy.aio",
    "storage.sqlalchemy",
    "judgement",
    "display.picture",
    "display.text",
    "display.html",
    "display.events",
    "display.values",
    "display",
    "service",
    "campaignkit",
    "frames.progress",
    "frames.codes",
    "frames.opening",
    "frames.terms",
    "frames.columns",
    "frames.faults",
    "frames.blocks",
    "frames.ordering",
    "frames.dealing",
    "frames.arrow",
    "frames.solving",
    "frames.engines",
    "frames.reachability",
    "frames.eager",
    "frames.lazy",
    "frames.allocating",
    "frames.recording",
    "frames",
    "notebook",
    "testing.checks",
    "testing.strategies",
    "testing.kit",
    "testing.blocking",
    "testing.decisions",
    "testing.machine",
    "testing.threads",
    "testing.adding",
    "testing.reading",
    "testing.writing",
    "testing.recording",
    "testing.contract",
    "testing",
    "cli.errors",
    "cli.csv_file",
    "cli.leads_csv",
    "cli.output",
    "cli.options",
    "cli.terminal",
    "cli.report",
    "cli.campaign_toml",
    "cli.campaign_report",
    "cli.large_near_duplicates",
    "cli.large_database",
    "cli.large_leads",
    "cli.large",
    "cli.database",
    "cli.taking",
    "cli.looking",
    "cli.deciding",
    "cli.decision_report",
    "cli.app",
    "cli",
    "__main__",
)

# Imports that only a type checker sees, and that point up.
FOR_TYPES_ONLY = {("errors", "domain.decisions")}

# Imports that are made when a method is called, and that point up: a value that is looked at asks
# the room above for its picture, so that neither its module nor `import campaignkit` needs that.
ON_CALL = {("domain.pictured", "display")}

# The libraries that a module may import beside Python's own: none, unless they are named here for
# it or for a folder that holds it.
THIRD_PARTY = {
    "domain": {"attrs"},
    "planning": {"attrs"},
    "display": {"attrs"},
    "notebook": {"altair"},
    "serialization": {"attrs", "cattrs"},
    "storage": {"attrs"},
    "storage.sqlalchemy": {"attrs", "sqlalchemy"},
    "judgement": {"attrs"},
    "service": {"attrs"},
    "testing": {"attrs", "hypothesis"},
    "frames": {"attrs", "narwhals", "numpy"},
    "cli": {"attrs", "rich", "typer"},
    "cli.large": {"duckdb"},
    "cli.large_database": {"duckdb"},
    "cli.large_leads": {"attrs", "duckdb"},
    "cli.large_near_duplicates": {"duckdb"},
    "cli.database": {"attrs", "sqlalchemy"},
    "cli.taking": {"attrs", "sqlalchemy"},
    "cli.looking": {"sqlalchemy"},
    "cli.deciding": {"attrs", "sqlalchemy"},
}

# Domain and planning are pure: they do no I/O, keep no log, and draw no chance.
IMPURE = {
    *("asyncio", "contextvars", "io", "logging", "multiprocessing", "os", "pathlib", "random"),
    *("secrets", "socket", "subprocess", "sys", "tempfile", "threading", "time", "warnings"),
}

# What reads the clock or makes an id, and where alone the domain may do so.
CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid1", "uuid4"}
CLOCK_AT_HOME = {("domain.campaign", "draft")}


def _modules() -> dict[str, ast.Module]:
    trees: dict[str, ast.Module] = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name or "campaignkit"] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


MODULES = _modules()
PURE = [
    name
    for name in MODULES
    if name.partition(".")[0] in {"escaping", "domain", "planning", "display"}
]


def _imports(tree: ast.Module) -> Iterator[str]:
    """Give the full dotted names that a module imports, wherever in it the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _ours(imported: str) -> str | None:
    """Give the module of ours that an import means, or None where it means another's."""
    package, _, name = imported.partition(".")
    if package != "campaignkit":
        return None
    return name if name in MODULES else name.rpartition(".")[0] or "campaignkit"


def test_every_module_stands_in_the_order_once() -> None:
    assert MODULES.keys() <= set(ORDER)
    assert len(ORDER) == len(set(ORDER))


def test_imports_only_go_down() -> None:
    up = {
        (name, ours)
        for place, name in enumerate(ORDER)
        if name in MODULES
        for imported in _imports(MODULES[name])
        if (ours := _ours(imported)) is not None
        if ours not in ORDER[:place]
    }
    assert up == FOR_TYPES_ONLY | ON_CALL


def test_what_points_up_is_for_types_only() -> None:
    for name, above in FOR_TYPES_ONLY:
        at_run_time = [part for part in MODULES[name].body if not _is_for_types(part)]
        assert above not in map(_ours, _imports(ast.Module(at_run_time, type_ignores=[])))


def _is_for_types(part: ast.stmt) -> bool:
    return isinstance(part, ast.If) and ast.unparse(part.test) == "TYPE_CHECKING"


def test_each_floor_uses_only_the_libraries_it_may() -> None:
    wrong = {
        (name, library)
        for name, tree in MODULES.items()
        for imported in _imports(tree)
        if (library := imported.partition(".")[0]) not in {"campaignkit", *sys.stdlib_module_names}
        if library not in _libraries(name)
    }
    assert not wrong


def _libraries(name: str) -> set[str]:
    floors = (name.rsplit(".", cut)[0] for cut in range(name.count(".") + 1))
    return next((THIRD_PARTY[floor] for floor in floors if floor in THIRD_PARTY), set[str]())


def test_domain_and_planning_are_pure() -> None:
    impure = {
        (name, imported)
        for name in PURE
        for imported in _imports(MODULES[name])
        if imported.partition(".")[0] in IMPURE
    }
    assert not impure


def test_the_clock_is_read_at_home_only() -> None:
    read = {
        (name, _function_around(MODULES[name], node))
        for name in PURE
        for node in ast.walk(MODULES[name])
        if isinstance(node, (ast.Attribute, ast.Name)) and ast.unparse(node) in CLOCK
    }
    assert read == CLOCK_AT_HOME


def _function_around(tree: ast.Module, inner: ast.AST) -> str | None:
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(child is inner for child in ast.walk(node))
    ]
    return around[-1].name if around else None

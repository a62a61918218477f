"""Run what needs an extra, and print how it ends: in a process without a library, or in any.

`python -m tests.entry_points --without numpy` prints JSON: for each entry point what it raised or,
if it is a command, printed. `ENTRY_POINTS` says which extra brings what an entry point needs.
`--all-missing` is for an environment with Polars and without any extra, and checks that each says
what to install.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import runpy
import sys
import tempfile
import zipfile
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

NOBODY_ANSWERS = "user@127.0.0.1:1/campaigns"
LEADS = Path(__file__).parents[1] / "docs/examples/leads.csv"


class EntryPoint(NamedTuple):
    """What to run, and the extra that brings each library that it needs."""

    run: Callable[[], object]
    needs: Mapping[str, str]


def _load(name: str) -> Callable[[], object]:
    return lambda: import_module(name)


def _open_store(url: str) -> Callable[[], object]:
    return lambda: import_module("campaignkit.storage.sqlalchemy").SQLAlchemyStore.open(url).close()


def _open_async_store(url: str) -> Callable[[], object]:
    async def open_and_close() -> None:
        kind = import_module("campaignkit.storage.sqlalchemy").AsyncSQLAlchemyStore
        await (await kind.open(url)).close()

    return lambda: asyncio.run(open_and_close())


def _run_command(*arguments: str) -> Callable[[], object]:
    """Run the command, and raise what it prints if it fails."""

    def run() -> None:
        sys.argv = ["campaignkit", *arguments]
        printed = io.StringIO()
        try:
            with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(io.StringIO()):
                runpy.run_module("campaignkit", run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise RuntimeError(" ".join(printed.getvalue().split())) from None

    return run


def _write_leads(suffix: str) -> Callable[[], object]:
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            _run_command("allocate", str(LEADS), "--out", f"{folder}/x{suffix}")()

    return run


def _read_workbook() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(f"{folder}/x.xlsx", "w") as book:
            for name, content in WORKBOOK.items():
                book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        _run_command("allocate", f"{folder}/x.xlsx")()


def _allocate_frame(**options: Any) -> Callable[[], object]:  # noqa: ANN401
    def run() -> None:
        allocate = import_module("campaignkit.frames").allocate
        table = import_module("pyarrow").table({"id": [1, 2], "score": [90.0, 40.0]})
        allocate(
            table,
            import_module("campaignkit").DEFAULT_ALLOCATION,
            id="id",
            score="score",
            **options,
        )

    return run


def _draft(ck: Any) -> object:  # noqa: ANN401
    return ck.Campaign.draft(client_id=UUID(int=1), name="x", start_date=date(2026, 11, 23))


def _use_frame(use: Callable[[Any, Any, Any], object]) -> Callable[[], object]:
    """Use a frame of Polars, which needs no other library, without importing `frames`."""

    def run() -> None:
        ck = import_module("campaignkit")
        frame = import_module("polars").DataFrame({"id": ["ann", "bea"], "score": [90.0, 40.0]})
        use(ck, frame, {"id": "id", "score": "score"})

    return run


_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PARTS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"

WORKBOOK: Mapping[str, str] = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PARTS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PARTS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="sheet1.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="leads" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/sheet1.xml": (
        f'<worksheet xmlns="{_SHEETS}"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>lead_id</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>als_score</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c><c r="B2"><v>90</v></c></row>'
        "</sheetData></worksheet>"
    ),
}
"""The files of a workbook with one lead, written without a library that may be missing."""

POSTGRES = {"psycopg": "postgres"}
CLI = {"typer": "cli", "rich": "cli"}
MCP = {"anyio": "mcp", "mcp": "mcp"}
FRAMES = {"narwhals": "frames", "numpy": "frames", "pyarrow": "frames"}

ENTRY_POINTS: Mapping[str, EntryPoint] = {
    "SQLAlchemyStore.open": EntryPoint(_open_store(f"postgresql://{NOBODY_ANSWERS}"), POSTGRES),
    "AsyncSQLAlchemyStore.open, psycopg": EntryPoint(
        _open_async_store(f"postgresql://{NOBODY_ANSWERS}"), POSTGRES | {"greenlet": "asyncio"}
    ),
    "AsyncSQLAlchemyStore.open, asyncpg": EntryPoint(
        _open_async_store(f"postgresql+asyncpg://{NOBODY_ANSWERS}"),
        dict.fromkeys(("asyncpg", "greenlet"), "asyncio"),
    ),
    "AsyncSQLAlchemyStore.open, aiosqlite": EntryPoint(
        _open_async_store("sqlite://"), dict.fromkeys(("aiosqlite", "greenlet"), "asyncio")
    ),
    "campaignkit --version": EntryPoint(_run_command("--version"), CLI),
    "campaignkit verify": EntryPoint(
        _run_command("verify", "--db", f"postgresql://{NOBODY_ANSWERS}"), CLI | POSTGRES
    ),
    "campaignkit allocate --out x.parquet": EntryPoint(
        _write_leads(".parquet"), CLI | {"pyarrow": "files"}
    ),
    "campaignkit allocate --out x.xlsx": EntryPoint(
        _write_leads(".xlsx"), CLI | {"xlsxwriter": "files"}
    ),
    "campaignkit allocate x.xlsx": EntryPoint(_read_workbook, CLI | {"python_calamine": "files"}),
    "import campaignkit.cli": EntryPoint(_load("campaignkit.cli"), CLI),
    "import campaignkit.mcp": EntryPoint(_load("campaignkit.mcp"), MCP),
    "campaignkit mcp": EntryPoint(
        _run_command(
            *("mcp", "--db", "sqlite:///none.db", "--client", str(UUID(int=1)), "--ai", "scout")
        ),
        CLI | MCP,
    ),
    "import campaignkit.testing": EntryPoint(
        _load("campaignkit.testing"), {"hypothesis": "testing"}
    ),
    "import campaignkit.testing.strategies": EntryPoint(
        _load("campaignkit.testing.strategies"), {"hypothesis": "testing"}
    ),
    "import campaignkit.frames": EntryPoint(_load("campaignkit.frames"), FRAMES),
    "frames.allocate(progress=True)": EntryPoint(
        _allocate_frame(progress=True), FRAMES | {"tqdm": "frames"}
    ),
    "allocation_advice of a dataframe": EntryPoint(
        _use_frame(lambda ck, df, names: ck.allocation_advice(ck.DEFAULT_ALLOCATION, df, **names)),
        FRAMES,
    ),
    "compare with a dataframe": EntryPoint(
        _use_frame(lambda ck, df, names: ck.compare({"x": ck.DEFAULT_ALLOCATION}, df, **names)),
        FRAMES,
    ),
    "forecast with a dataframe": EntryPoint(
        _use_frame(lambda ck, df, names: ck.forecast(_draft(ck), df, days=2, **names)), FRAMES
    ),
    "import campaignkit.notebook": EntryPoint(
        _load("campaignkit.notebook"), {"altair": "notebook", "vl_convert": "notebook"}
    ),
}


class Hide(MetaPathFinder):
    """Find no module of some libraries, as if they were not installed."""

    def __init__(self, libraries: Sequence[str]) -> None:
        self._libraries = libraries

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname.partition(".")[0] in self._libraries:
            msg = f"No module named {fullname!r}"
            raise ModuleNotFoundError(msg, name=fullname)


def _describe_end(run: Callable[[], object]) -> list[str]:
    """Run an entry point; give the classes and the text of what it raises, if it does."""
    try:
        run()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is shown
        return [*(kind.__name__ for kind in type(error).__mro__), str(error)]
    return []


def _says_what_to_install(name: str, end: Sequence[str]) -> bool:
    hints = {f"pip install 'campaignkit[{extra}]'" for extra in ENTRY_POINTS[name].needs.values()}
    return bool(end) and end[-1].endswith(tuple(hints))


def main() -> None:
    """Print how each entry point ends, or those that are named."""
    parser = ArgumentParser()
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--all-missing", action="store_true")
    parser.add_argument("names", nargs="*", default=list(ENTRY_POINTS))
    chosen = parser.parse_args()
    sys.meta_path.insert(0, Hide(chosen.without))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        ends = {name: _describe_end(ENTRY_POINTS[name].run) for name in chosen.names}
    if chosen.all_missing:
        ends = {name: end for name, end in ends.items() if not _says_what_to_install(name, end)}
    json.dump(ends, sys.stdout)
    sys.exit(chosen.all_missing and bool(ends))


if __name__ == "__main__":
    main()

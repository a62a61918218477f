"""Write the sync twins of async modules: `python -m tests.generate_sync`.

The async module is the source. Its sync twin says the same without `async` and `await`, under names
without `Async`; comments and docstrings follow, and so do their examples.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src/campaignkit"

TWINS = {
    "storage/_async_interface.py": "storage/_interface.py",
    "storage/_async_observed.py": "storage/_observed.py",
    "service/_async_service.py": "service/_sync_service.py",
    "tools/_async_call.py": "tools/_sync_call.py",
}
"""The sync module that is made of each async one."""

RULES = {
    r"\basync (?=def|with|for|stores)": "",
    r"\bawait ": "",
    r"\bAwaitable\[(\w+)\]": r"\1",
    r"\bAsync(?=[A-Z])": "",
    r"\b_async_": "_",
    r"\b(sleep|call)_async\b": r"\1",
    r"\b([Aa])n async\b": r"\1",
}
"""What each pattern in an async module becomes."""


def generate(source: str, name: str) -> str:
    """Return the sync twin of an async module of this file name."""
    text = "".join(_unroll_examples(source.splitlines(keepends=True)))
    for pattern, replacement in RULES.items():
        text = re.sub(pattern, replacement, text)
    note = f"# Made of {name} by `python -m tests.generate_sync`: change that file, not this one.\n"
    return _format(note + text)


def _unroll_examples(lines: list[str]) -> Iterator[str]:
    """Give the lines; of examples that run an `async def main`, what is in it by itself."""
    in_main = False
    for line in lines:
        stripped = line.strip()
        if stripped.startswith(">>> async def main("):
            in_main = True
        elif in_main and (statement := re.match(r"( *)\.\.\.     (.*\n)", line)):
            indent, code = statement.groups()
            prompt = "..." if code[0] in " )]}" else ">>>"
            yield f"{indent}{prompt} {code}"
        elif stripped not in {">>> import asyncio", ">>> asyncio.run(main())"}:
            in_main = False
            yield line


def _format(text: str) -> str:
    text = _run_ruff("check", "--fix", "--select=I,F401", text=text)
    return _run_ruff("format", text=text)


def _run_ruff(*command: str, text: str) -> str:
    path = f"--stdin-filename={PACKAGE / 'twin.py'}"  # whose settings hold
    command = sys.executable, "-m", "ruff", *command, "--quiet", path, "-"
    return subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, check=True).stdout


def main() -> None:
    """Write all twins."""
    for source, twin in TWINS.items():
        path = PACKAGE / source
        (PACKAGE / twin).write_text(generate(path.read_text("utf-8"), path.name), "utf-8")


if __name__ == "__main__":
    main()

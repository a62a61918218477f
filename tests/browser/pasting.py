"""Text pasted where a reader pastes it: at Python's prompt, and in a shell."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

# Before the prompt: each error is printed as the name of its class and its message.
STARTUP = r"""
def __startup():
    import sys

    def report(kind, error, traceback):
        print(f"\0{kind.__name__}\0{error}", end="\0", file=sys.stderr)

    sys.excepthook = report
    sys.ps1 = sys.ps2 = ""


__startup()
del __startup
"""


def errors_at_the_prompt(pasted: str, folder: Path) -> list[tuple[str, str]]:
    """Paste a text at the prompt of a new Python, and return each error's class and message."""
    startup = folder / "startup.py"
    startup.write_text(STARTUP, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-q", "-i"],
        input=pasted,
        cwd=folder,
        env=os.environ | {"PYTHONSTARTUP": str(startup), "CI": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    parts = ran.stderr.split("\0")[1:]
    return list(zip(parts[::3], parts[1::3], strict=True))


def errors_shown(session: str) -> list[str]:
    """Return the class of each error that a session with prompts shows on purpose."""
    examples = doctest.DocTestParser().get_examples(session)
    shown = [example.exc_msg for example in examples if example.exc_msg]
    return [message.split(":")[0].strip().rpartition(".")[-1] for message in shown]

"""The example of a host on Django, on PostgreSQL; the guide runs it on SQLite."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.test_documents import ROOT

PAGE = ROOT / "docs/guides/embedding/sessions.md"
COMMAND = "docs/examples/django_host.py"


def test_on_postgresql_it_says_what_the_guide_shows(postgres: str) -> None:
    run = subprocess.run(
        [sys.executable, ROOT / COMMAND],
        env=os.environ | {"DATABASE_URL": postgres},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    _, _, shown = PAGE.read_text(encoding="utf-8").partition(f"$ python {COMMAND}\n")
    assert run.stdout
    assert run.stdout == shown.partition("```")[0]

"""The kit needs Hypothesis and nothing else, and nothing else needs the kit."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [("campaignkit.testing", "pytest"), ("campaignkit", "hypothesis"), ("campaignkit", "pytest")],
)
def test_import_loads_no_more_than_it_needs(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; sys.exit({unwanted!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

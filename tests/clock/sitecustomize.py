"""Moves the clock of a process by days, as `pytest --clock-offset` asks for.

Python loads this module by its name when it starts, in every process whose PYTHONPATH names its
folder: so the programs that tests start have the same clock as the tests.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

OFFSET = "CAMPAIGNKIT_TEST_CLOCK_OFFSET"
"""Names the days to move the clock by, in the environment."""


def move_clock(days: int) -> None:
    """Move the clock of this process, and of all that it starts; it goes on ticking."""
    import time_machine  # noqa: PLC0415  # only for who asks for it

    os.environ[OFFSET] = str(days)
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    if paths[0] not in paths[1].split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    time_machine.travel(datetime.now(UTC) + timedelta(days=days)).start()


if __name__ == "sitecustomize" and OFFSET in os.environ:
    move_clock(int(os.environ[OFFSET]))

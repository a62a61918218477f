"""The reports of `campaignkit allocate`."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from campaignkit import (
    DEFAULT_ALLOCATION,
    DEFAULT_GATE,
    ALSTier,
    Channel,
    ChannelCounts,
    Overflow,
    Reason,
)
from campaignkit.cli._allocate import report_plan
from campaignkit.cli._bad_rows import BadRow, BadRows
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._options import PlanOptions
from campaignkit.cli._plan_summary import PlanSummary
from campaignkit.cli._row_reader import RowFault
from campaignkit.cli._terminal import print_document
from campaignkit.planning._totals import Bottleneck, Totals
from tests.cli.running import run, spawn, write_leads
from tests.cli.test_allocate import EXAMPLE, OPTIONS

GOLDEN = """\
docs/examples/leads.csv: 300 leads, 258 with a channel, 42 without
  read as: comma, UTF-8, 300 rows

 channel   asked  target  given  difference  share
──────────────────────────────────────────────────
 email       40%     103    113         +10  43.8%
 linkedin    30%      77     84          +7  32.6%
 voice       20%      52     48          -4  18.6%
 sms          5%      13      7          -6   2.7%
 mail         5%      13      6          -7   2.3%
──────────────────────────────────────────────────
 total      100%     258    258

From tiers to channels
 tier      leads  email  linkedin  voice  sms  mail  none
─────────────────────────────────────────────────────────
 hot          13      0         0      0    7     6     0
 warm         70      9        13     48                0
 cool        118     47        71                       0
 cold         58     57                                 1
 dead         16                                       16
 unscored     25                                       25

Without a channel
  25  unscored     the lead has no score
  16  dead_tier    the lead's tier opens no channel
   1  unreachable  the lead cannot be reached on any channel its tier opens

Bottlenecks
  voice, sms and mail: room for 61 leads, 78 wanted (only hot and warm leads may get them)
  sms and mail: room for 13 leads, 26 wanted (only hot leads may get them)

The rows were not written; --out FILE writes who gets which channel.
"""

CAPPED = """\
docs/examples/leads.csv: 300 leads, 217 with a channel, 83 without
  read as: comma, UTF-8, 300 rows

 channel   asked  carried  target  given  difference  share
───────────────────────────────────────────────────────────
 email       50%      100      88     88           0  56.1%
 linkedin    40%        0     150    120         -30  35.8%
 voice        0%        0       0      0           0   0.0%
 sms         10%       18      20      9         -11   8.1%
 mail         0%        0       0      0           0   0.0%
───────────────────────────────────────────────────────────
 total      100%      118     258    217
"""
CAPPED_BOTTLENECKS = (
    "Bottlenecks\n"
    "  linkedin: room for 120 leads, 150 wanted"
    " (only hot, warm and cool leads may get it; linkedin capped at 120)\n"
    "  sms: room for 9 leads, 20 wanted (only hot leads may get it)\n"
)


def golden(*options: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(EXAMPLE.parents[2])
    return run("allocate", "docs/examples/leads.csv", *OPTIONS, *options).stdout


def test_the_report_of_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    assert golden(monkeypatch=monkeypatch) == GOLDEN


def test_an_ascii_terminal_sees_the_same_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE.parents[2])
    env = {"PYTHONIOENCODING": "ascii"}
    plain = spawn("allocate", "docs/examples/leads.csv", *OPTIONS, env=env)
    assert plain.stdout.decode("ascii") == GOLDEN.replace("─", "-")


def test_carried_counts_and_caps_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = golden(
        *("--allocation", "email=50,linkedin=40,sms=10", "--overflow", "hold"),
        *("--carried", "email=100,voice=50,sms=18", "--at-most", "linkedin=120"),
        monkeypatch=monkeypatch,
    )
    assert shown.startswith(CAPPED)
    assert "\n  41  held         every channel open to the lead is full\n" in shown
    assert CAPPED_BOTTLENECKS in shown


def test_the_report_says_that_there_is_no_bottleneck(tmp_path: Path) -> None:
    leads = write_leads(
        tmp_path / "leads.csv", [(f"lead-{i}", 90) for i in range(20)], "lead_id,als_score"
    )
    shown = run("allocate", leads).stdout
    assert "No bottleneck: every channel gets its target." in shown
    assert "Without a channel" not in shown
    assert "Left out" not in shown


def large(leads: int) -> PlanSummary:
    fault = RowFault("als_score", "x" * 50, "a number from 0 to 100, or blank")
    bad = BadRows(12, [BadRow(line, [fault]) for line in range(12)])
    counts = ChannelCounts(dict.fromkeys(Channel, leads // 5))
    return PlanSummary(
        name="leads.csv",
        batch=Batch(rows=leads, leads=(), bad=bad),
        leads=leads,
        options=PlanOptions(DEFAULT_ALLOCATION, Overflow.HOLD, {Channel.SMS: leads}, {}),
        gate=DEFAULT_GATE,
        carried=counts,
        plan=Totals(
            counts,
            ChannelCounts(DEFAULT_ALLOCATION.apportion(leads)),
            (Bottleneck(frozenset({Channel.SMS, Channel.MAIL}), leads // 10, leads),),
        ),
        by_tier={
            (tier, channel): leads // 20
            for tier in (*ALSTier, None)
            for channel in (*Channel, None)
        },
        unassigned=dict.fromkeys(Reason, leads),
    )


@pytest.mark.parametrize("magnitude", range(8))
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_report_fits_into_80_columns(magnitude: int, encoding: str) -> None:
    text = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=text, width=80, force_terminal=True, color_system=None)
    print_document(console, report_plan(large(10**magnitude), None).report)
    text.seek(0)
    lines = text.read().splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)
    # No number is cut or broken over two lines.
    if leads := 10**magnitude // 20:
        unscored = next(line for line in lines if line.startswith(" unscored"))
        assert unscored.endswith(f" {leads:,}")


def test_there_is_no_share_without_leads() -> None:
    assert large(0).share(Channel.EMAIL) is None
    assert math.isclose(large(100).share(Channel.EMAIL) or 0, 100 / len(Channel))

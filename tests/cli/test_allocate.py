"""`campaignkit allocate` gives the rows of a file what `campaignkit.plan` gives their leads."""

from __future__ import annotations

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignkit import (
    DEFAULT_ALLOCATION,
    DEFAULT_GATE,
    Allocation,
    Channel,
    ChannelCounts,
    Lead,
    Overflow,
    Plan,
    plan,
)
from campaignkit.testing import strategies
from tests.cli.running import HEADER, run, spawn, write_leads

EXAMPLE = Path(__file__).parents[2] / "docs/examples/leads.csv"
OPTIONS = (
    *("--block", "email=do_not_email"),
    *("--block", "voice=do_not_call"),
    *("--need", "voice=phone"),
    *("--need", "sms=phone"),
)
YES = ("yes", "Y", "true", "T", " 1 ")
NO = ("no", "N", "false", "F", "0", "", "  ")


@frozen
class Row:
    """A row whose lead is known without reading it."""

    lead_id: str
    score: float | None
    no_email: bool
    no_call: bool
    phone: str
    words: tuple[str, str]  # how it says the two noes
    notes: str

    @property
    def values(self) -> list[str]:
        score = "" if self.score is None else repr(self.score)
        return [self.notes, self.lead_id, score, *self.words, self.phone, self.notes]

    @property
    def lead(self) -> Lead:
        closed = {
            Channel.EMAIL: self.no_email,
            Channel.VOICE: self.no_call or not self.phone.strip(),
            Channel.SMS: not self.phone.strip(),
        }
        reachable = frozenset(channel for channel in Channel if not closed.get(channel))
        return Lead(self.lead_id.strip(), self.score, reachable)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
IDS = TEXT.filter(lambda text: bool(text.strip()))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    no_email, no_call = draw(st.booleans()), draw(st.booleans())
    return Row(
        lead_id=draw(IDS),
        score=draw(st.none() | st.integers(0, 100) | st.floats(0, 100)),
        no_email=no_email,
        no_call=no_call,
        phone=draw(st.sampled_from(["", " ", "1", "no"])),
        words=(
            draw(st.sampled_from(YES if no_email else NO)),
            draw(st.sampled_from(YES if no_call else NO)),
        ),
        notes=draw(st.sampled_from(["", "x", 'a "b", c', "two\nlines", "two\r\nlines", "é🙂"])),
    )


FILES = st.lists(rows(), max_size=30, unique_by=lambda row: row.lead_id.strip())
COUNTS = st.dictionaries(st.sampled_from(Channel), st.integers(0, 20))


def named(option: str, numbers: Mapping[Channel, int]) -> list[str]:
    joined = ",".join(f"{channel}={number}" for channel, number in numbers.items())
    return [option, joined] if numbers else []


def expected_row(row: Row, planned: Plan) -> list[str]:
    lead = row.lead
    return [
        *row.values,
        DEFAULT_GATE.tier(lead.als_score) or "",
        planned.assignments.get(lead.id, ""),
        planned.unassigned.get(lead.id, ""),
    ]


@given(FILES, strategies.allocations(), st.sampled_from(Overflow), COUNTS, COUNTS)
def test_the_output_is_the_plan(
    file: list[Row],
    allocation: Allocation,
    overflow: Overflow,
    at_most: dict[Channel, int],
    carried: dict[Channel, int],
) -> None:
    # Python before 3.11.9 puts a carriage return into quotes only where lines end with one.
    needs_both = any("\r" in row.lead_id for row in file)
    line_end = "\r\n" if len(file) % 2 or needs_both else "\n"
    header = ["notes", "lead_id", "als_score", "do_not_email", "do_not_call", "phone", "notes"]
    planned = plan(
        allocation,
        [row.lead for row in file],
        at_most=at_most,
        carried=carried,
        overflow=overflow,
    )
    with tempfile.TemporaryDirectory() as folder:
        leads, out = Path(folder, "leads.csv"), Path(folder, "out.csv")
        with leads.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text, lineterminator=line_end).writerows(
                [header, *(row.values for row in file)]
            )
        ran = run(
            *("allocate", leads, "--json", "--out", out, "--overflow", overflow, *OPTIONS),
            *named("--allocation", dict(allocation.items())),
            *named("--at-most", at_most),
            *named("--carried", carried),
        )
        assert (ran.code, ran.stderr) == (0, "")
        with out.open(encoding="utf-8", newline="") as text:
            written = list(csv.reader(text))
    assert written == [
        [*header, "tier", "channel", "reason"],
        *(expected_row(row, planned) for row in file),
    ]
    document = json.loads(ran.stdout)
    assert document["counts"] == dict(planned.counts)
    assert document["target"] == dict(planned.target)
    assert document["unassigned"] == Counter(planned.unassigned.values())
    assert document["leads"] == document["rows"] == len(file)
    assert document["placed"] == len(planned.assignments)
    assert [b["channels"] for b in document["bottlenecks"]] == [
        [channel for channel in Channel if channel in bottleneck.channels]
        for bottleneck in planned.bottlenecks
    ]


def test_the_output_has_the_line_ends_and_mark_of_the_input(tmp_path: Path) -> None:
    leads, out = tmp_path / "leads.csv", tmp_path / "out.csv"
    leads.write_bytes(b"\xef\xbb\xbf lead_id ,als_score,n\r\na,90,\xc3\xa9\r\n\r\nb,,\r\n")
    assert run("allocate", leads, "--out", out).code == 0
    assert out.read_bytes() == (
        b"\xef\xbb\xbf lead_id ,als_score,n,tier,channel,reason\r\n"
        b"a,90,\xc3\xa9,hot,email,\r\nb,,,,,unscored\r\n"
    )


def test_a_file_without_rows_gives_only_the_header(tmp_path: Path) -> None:
    leads, out = write_leads(tmp_path / "leads.csv", []), tmp_path / "out.csv"
    ran = run("allocate", leads, "--out", out)
    assert ran.code == 0
    assert ran.stdout.startswith(f"{leads}: 0 leads, 0 with a channel, 0 without\n")
    assert out.read_text(encoding="utf-8") == f"{HEADER},tier,channel,reason\n"


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "leads.csv", [(50, 7)], header="Score (0=cold),Key")
    out = tmp_path / "out.csv"
    assert (
        run("allocate", leads, "--id", "Key", "--score", "Score (0=cold)", "--out", out).code == 0
    )
    assert out.read_text(encoding="utf-8").endswith("\n50,7,cool,email,\n")


BAD = [*((f"lead-{i:02d}", "x" if i % 2 else 90, "no", "no", "") for i in range(24)), ("a", 1)]


def test_bad_rows_stop_everything(tmp_path: Path) -> None:
    leads, out = write_leads(tmp_path / "leads.csv", BAD), tmp_path / "out.csv"
    ran = run("allocate", leads, "--out", out)
    assert (ran.code, ran.stdout) == (1, "")
    assert not out.exists()
    first, *lines, advice = ran.stderr.splitlines()
    assert first == f"Error: {leads}: 13 bad rows of 25, so nothing was planned"
    expected = "als_score is 'x', expected a number from 0 to 100, or blank"
    assert lines == [*(f"  line {i}: {expected}" for i in range(3, 23, 2)), "  and 3 more"]
    assert advice == "  fix them, or leave them out with --skip-bad"


def test_bad_rows_are_left_out_on_request(tmp_path: Path) -> None:
    leads, out = write_leads(tmp_path / "leads.csv", BAD), tmp_path / "out.csv"
    ran = run("allocate", leads, "--out", out, "--skip-bad")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"{leads}: 12 leads, 12 with a channel, 0 without\n")
    assert "\nLeft out: 13 bad rows\n  line 3: als_score is 'x', expected" in ran.stdout
    assert ran.stdout.endswith(f"\n  and 3 more\n\nWrote {out}\n")
    with out.open(encoding="utf-8", newline="") as text:
        ids = [row["lead_id"] for row in csv.DictReader(text)]
    assert ids == [f"lead-{i:02d}" for i in range(0, 24, 2)]


def test_bad_rows_are_in_the_json(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "leads.csv", [("a", 1), ("", "x", "maybe", "no", "")])
    bad = {
        "count": 2,
        "first": [
            {
                "line": 2,
                "faults": [
                    {"column": None, "value": "2 fields", "expected": "5, as in the header"}
                ],
            },
            {
                "line": 3,
                "faults": [
                    {
                        "column": "lead_id",
                        "value": "",
                        "expected": "an id, neither blank nor with NUL",
                    },
                    {
                        "column": "als_score",
                        "value": "x",
                        "expected": "a number from 0 to 100, or blank",
                    },
                    {"column": "do_not_email", "value": "maybe", "expected": "yes or no"},
                ],
            },
        ],
    }
    strict = run("allocate", leads, *OPTIONS, "--json")
    assert strict.code == 1
    assert json.loads(strict.stdout) == {
        "error": f"{leads}: 2 bad rows of 2, so nothing was planned",
        "rows": 2,
        "bad_rows": bad,
    }
    assert strict.stderr.startswith(f"Error: {leads}: 2 bad rows of 2")
    with leads.open("a", encoding="utf-8") as file:
        file.write("good,90,no,no,\n")
    skipped = run("allocate", leads, *OPTIONS, "--json", "--skip-bad")
    assert skipped.code == 0
    document = json.loads(skipped.stdout)
    assert (document["rows"], document["leads"], document["bad_rows"]) == (3, 1, bad)


def test_a_missing_file_is_reported_as_text_and_json(tmp_path: Path) -> None:
    ran = run("allocate", tmp_path / "none.csv", "--json")
    message = f"cannot read {tmp_path}/none.csv: No such file or directory"
    assert (ran.code, json.loads(ran.stdout)) == (1, {"error": message})
    assert ran.stderr == f"Error: {message}\n"


def test_the_input_is_not_overwritten(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "leads.csv", BAD)
    before = leads.read_bytes()
    ran = run("allocate", leads, "--skip-bad", "--out", leads)
    assert ran.code == 1
    assert "the leads are read from it" in ran.stderr
    assert leads.read_bytes() == before


def test_the_json_of_the_example(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    document = json.loads(run("allocate", EXAMPLE, *OPTIONS, "--json", "--out", out).stdout)
    assert document == {
        "input": str(EXAMPLE),
        "read_as": {
            "format": "csv",
            "delimiter": ",",
            "encoding": "utf-8",
            "header_line": 1,
            "rows": 300,
            "footer_lines": 0,
            "blank_columns": [],
        },
        "output": str(out),
        "rows": 300,
        "leads": 300,
        "placed": 258,
        "allocation": dict(DEFAULT_ALLOCATION.items()),
        "overflow": "reassign",
        "at_most": {},
        "carried": dict(ChannelCounts()),
        "target": of_all(email=103, linkedin=77, voice=52, sms=13, mail=13),
        "counts": of_all(email=113, linkedin=84, voice=48, sms=7, mail=6),
        "share": of_all(email=43.7984, linkedin=32.5581, voice=18.6047, sms=2.7132, mail=2.3256),
        "tiers": {
            "hot": tier(13, sms=7, mail=6),
            "warm": tier(70, email=9, linkedin=13, voice=48),
            "cool": tier(118, email=47, linkedin=71),
            "cold": tier(58, email=57),
            "dead": tier(16),
            "unscored": tier(25),
        },
        "unassigned": {"unscored": 25, "dead_tier": 16, "unreachable": 1},
        "bottlenecks": [
            {"channels": ["voice", "sms", "mail"], "room": 61, "wanted": 78, "limit": None},
            {"channels": ["sms", "mail"], "room": 13, "wanted": 26, "limit": None},
        ],
        "near_duplicates": {"count": 0, "first": []},
        "bad_rows": {"count": 0, "first": []},
        "dropped_rows": {"count": 0, "first": []},
        "targeting": None,
        "warnings": [
            (
                "Bottlenecks: voice, sms and mail: room for 61 leads, 78 wanted (only hot and warm"
                " leads may get them); sms and mail: room for 13 leads, 26 wanted (only hot leads"
                " may get them)"
            )
        ],
    }


def tier(leads: int, **channels: int) -> dict[str, Any]:
    return {"leads": leads, "channels": of_all(**channels)}


def of_all(**channels: float) -> dict[str, float]:
    """Return a number for each channel, 0 for those that are not named."""
    return {**dict.fromkeys(Channel, 0), **channels}


def test_standard_input_and_output_give_the_same_rows(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    table = run("allocate", EXAMPLE, *OPTIONS, "--out", out).stdout
    piped = spawn("allocate", "-", *OPTIONS, "--out", "-", stdin=EXAMPLE.read_bytes())
    assert piped.returncode == 0
    assert piped.stdout == out.read_bytes()
    told = table.replace(str(EXAMPLE), "standard input").partition("\nWrote ")[0]
    assert piped.stderr.decode() == told


def test_standard_output_is_utf_8_whatever_the_terminal_is(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "é.csv", [("ü", 90)], header="lead_id,als_score")
    piped = spawn("allocate", leads, "--out", "-", env={"PYTHONIOENCODING": "ascii"})
    assert piped.returncode == 0
    assert piped.stdout.decode("utf-8").endswith("\nü,90,hot,email,\n")
    assert piped.stderr.isascii()
    assert b"\\xe9.csv: 1 lead, 1 with a channel" in piped.stderr


@settings(max_examples=20)
@given(st.binary(max_size=60))
def test_no_file_makes_it_crash(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        leads = Path(folder, "leads.csv")
        leads.write_bytes(b"lead_id,als_score\n" + content)
        assert run("allocate", leads).code in {0, 1}
        assert run("allocate", leads, "--skip-bad", "--out", Path(folder, "out.csv")).code in {0, 1}


@pytest.mark.parametrize("code", [0, 1, 2])
def test_exit_codes_of_the_process(tmp_path: Path, code: int) -> None:
    leads = write_leads(tmp_path / "leads.csv", [("a", "x" if code else 90)], "lead_id,als_score")
    assert spawn("allocate", leads, *(["--what"] if code == 2 else [])).returncode == code

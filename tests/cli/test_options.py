"""The values of options, whose faults are all reported at once."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from campaignkit import DEFAULT_ALLOCATION, Allocation, Channel, Overflow
from campaignkit.cli import app
from campaignkit.cli._command_error import UsageError
from campaignkit.cli._endings import EXIT_CODES
from campaignkit.cli._options import (
    collect_faults,
    read_allocation,
    read_columns,
    read_numbers,
    read_overflow,
)
from tests.cli.running import run

CHANNELS = ", ".join(Channel)
COMMANDS = get_group(app).commands


def test_omitted_shares_of_an_allocation_are_zero() -> None:
    faults: list[str] = []
    assert read_allocation("email=60, LinkedIn = 40", faults) == Allocation(email=60, linkedin=40)
    assert read_allocation(None, faults) == DEFAULT_ALLOCATION
    assert not faults


def test_a_channel_may_have_several_columns_and_a_column_several_channels() -> None:
    faults: list[str] = []
    columns = read_columns("--block", ["email=dne", "email=a=b", "sms=dne"], faults)
    assert columns == {Channel.EMAIL: ["dne", "a=b"], Channel.SMS: ["dne"]}
    assert not faults


def test_numbers_may_be_repeated_or_joined_by_commas() -> None:
    faults: list[str] = []
    assert read_numbers("--at-most", ["email=1,sms=0", "voice=3"], faults) == {
        Channel.EMAIL: 1,
        Channel.SMS: 0,
        Channel.VOICE: 3,
    }
    assert not faults


def test_overflows_have_names() -> None:
    faults: list[str] = []
    assert [read_overflow(name, faults) for name in ("reassign", "hold")] == list(Overflow)
    assert not faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "--allocation must be CHANNEL=NUMBER, not ''"),
        ("email", "--allocation must be CHANNEL=NUMBER, not 'email'"),
        ("email=", "--allocation must be CHANNEL=NUMBER, not 'email='"),
        ("fax=100", f"--allocation: no channel is called 'fax'; there are {CHANNELS}"),
        ("email=x", "--allocation: email must be a whole number from 0, not 'x'"),
        ("email=-1", "--allocation: email must be a whole number from 0, not '-1'"),
        ("email=1_0", "--allocation: email must be a whole number from 0, not '1_0'"),
        ("email=٣", "--allocation: email must be a whole number from 0, not '٣'"),
        (
            "email=" + "9" * 16,
            "--allocation: email must be a whole number from 0, not '9999999999999999'",
        ),
        ("email=50,email=50", "--allocation: email is given twice"),
        ("email=60,sms=10", "--allocation: shares must add up to 100, not 60 + 10 = 70"),
        ("email=101", "--allocation: share of email must be from 0 to 100, not 101"),
    ],
)
def test_faults_of_an_allocation_are_reported(text: str, fault: str) -> None:
    faults: list[str] = []
    read_allocation(text, faults)
    assert faults == [fault]


def test_all_faults_are_raised_together() -> None:
    with pytest.raises(UsageError) as refused, collect_faults() as faults:
        faults += ["one", "another"]
    assert refused.value.faults == ("one", "another")


def test_the_command_names_all_faults_of_all_options_and_opens_no_file() -> None:
    ran = run(
        *("allocate", "missing.csv", "--json", "--out", "-"),
        *("--allocation", "email=60,fax=10", "--at-most", "sms=few", "--carried", "mail=1,mail=2"),
        *("--block", "email", "--need", "pigeon=loft", "--overflow", "drop"),
    )
    assert ran.code == 2
    assert json.loads(ran.stdout)["faults"] == [
        line.strip() for line in ran.stderr.splitlines()[1:]
    ]
    there = f"there are {CHANNELS}"
    assert ran.stderr.splitlines() == [
        "Error: the options are wrong",
        f"  --allocation: no channel is called 'fax'; {there}",
        "  --overflow must be reassign or hold, not 'drop'",
        "  --at-most: sms must be a whole number from 0, not 'few'",
        "  --carried: mail is given twice",
        "  --json and --out - both want standard output",
        "  --block must be CHANNEL=COLUMN, not 'email'",
        f"  --need: no channel is called 'pigeon'; {there}",
    ]


def test_unknown_options_and_missing_arguments_are_usage_errors() -> None:
    assert run("allocate").code == 2
    assert run("allocate", "leads.csv", "--colour").code == 2
    assert run("alocate", "leads.csv").code == 2


def test_help_and_version() -> None:
    shown = run("allocate", "--help")
    assert shown.code == 0
    assert "email=40,linkedin=30,voice=20,sms=5,mail=5" in shown.stdout
    assert run("--version").stdout.startswith("campaignkit ")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_examples_that_fits_a_terminal(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "-h"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    words = shlex.split(shown.stdout.split("  Examples:\n")[1].replace("\\\n", ""))
    assert words[:2] == ["campaignkit", name]
    options = {option for one in COMMANDS[name].params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_help_has_each_command_in_a_group_and_on_one_line() -> None:
    shown = CliRunner().invoke(app, ["-h"], env={"COLUMNS": "80"}).stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "Other:" not in shown
    for name, command in COMMANDS.items():
        summary = (command.help or "").partition("\n")[0]
        assert re.search(rf"^  {name} +{re.escape(summary)}$", shown, re.MULTILINE), name


def test_exit_codes_are_in_the_help_and_in_the_guide() -> None:
    shown = CliRunner().invoke(app, ["-h"], env={"COLUMNS": "80"}).stdout
    guide = (Path(__file__).parents[2] / "docs/guides/command-line.md").read_text("utf-8")
    for code, meaning in EXIT_CODES.items():
        assert f"    {code:<3}  {meaning}\n" in shown
        assert f"| {code} | {meaning} |\n" in guide

"""`campaignkit suggestions`, `approve`, `reject` and `history`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import campaignkit as ck
from campaignkit.cli import app
from tests.cli.campaigns import CLIENT, ID, MONDAY, TUESDAY, intake, url, write_campaign, write_hot
from tests.cli.deciding import (
    ANN,
    NOW,
    begin_campaign,
    call_service,
    decide,
    decided,
    document,
    offer,
    stored,
    suggest,
)
from tests.cli.running import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign in co_pilot that has had its first day."""
    return begin_campaign(tmp_path)


# -- What waits -----------------------------------------------------------------------------------


def test_there_are_no_suggestions_at_first(folder: Path) -> None:
    assert run("suggestions", "--db", url(folder)).stdout == "There are no such suggestions.\n"
    assert document("suggestions", "--db", url(folder)) == {
        "suggestions": [],
        "corrupt": [],
        "warnings": [],
    }


def test_the_report_of_suggestions(folder: Path) -> None:
    pause = suggest(
        folder, ck.Pause(), reason="bounces", expires_at=datetime(2100, 1, 1, tzinfo=UTC)
    )
    edit = suggest(folder, ck.Edit(name="Hobart", total_lead_limit=None))
    wanted = f"""\
{pause.id}
  pause for Sydney agencies
  suggested by scout (ai) on 2026-11-23 09:00 UTC: bounces
  expires on 2100-01-01 00:00 UTC

{edit.id}
  set name to Hobart, total_lead_limit to none for Sydney agencies
  suggested by scout (ai) on 2026-11-23 09:00 UTC
"""
    if edit.id < pause.id:  # they were made in the same microsecond
        first, second = wanted.removesuffix("\n").split("\n\n")
        wanted = f"{second}\n\n{first}\n"
    for named in ((), (str(ID),), (folder / "campaign.toml",)):
        ran = run("suggestions", *named, "--db", url(folder))
        assert (ran.code, ran.stdout, ran.stderr) == (0, wanted, "")


def test_the_json_of_suggestions(folder: Path) -> None:
    made = suggest(folder, ck.ReleaseLeads(["lead-001"]), reason="asked to")
    (found,) = document("suggestions", "--db", url(folder))["suggestions"]
    assert found.pop("campaign") == "Sydney agencies"
    assert found.pop("applied") is None
    assert ck.from_dict(ck.SuggestionHead, found) == made.head


def test_suggestions_are_listed_by_state(folder: Path) -> None:
    ids = [suggest(folder, ck.Edit(name=name)).id for name in ("a", "b")]
    late = suggest(folder, ck.Pause(), expires_at=NOW + timedelta(hours=1)).id
    call_service(folder, lambda service: service.reject(CLIENT, ids[0], by=ANN, reason="no"))

    def list_states(*states: str) -> dict[str, str]:
        options = [word for state in states for word in ("--state", state)]
        found = document("suggestions", "--db", url(folder), *options)["suggestions"]
        return {one["id"]: one["state"] for one in found}

    everything = {str(ids[0]): "rejected", str(ids[1]): "pending", str(late): "expired"}
    assert list_states() == {str(ids[1]): "pending"}
    assert list_states("rejected", "expired") == {
        i: state for i, state in everything.items() if state != "pending"
    }
    assert list_states("all") == everything
    shown = run("suggestions", "--db", url(folder), "--state", "all").stdout
    assert "  rejected by ann (user) on 2026-11-23 09:00 UTC: no\n" in shown
    assert "  expired on 2026-11-23 10:00 UTC\n" in shown


# -- Deciding -------------------------------------------------------------------------------------


def test_a_user_approves(folder: Path) -> None:
    pause = suggest(folder, ck.Pause())
    ran = run("approve", str(pause.id), "--db", url(folder), "--by", "ann")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == "Approved: pause\n  Sydney agencies is paused\n"
    assert document("show", "--db", url(folder), str(ID))["campaign"]["status"] == "paused"
    again = run("approve", str(pause.id), "--db", url(folder), "--by", "bob")
    assert (again.code, again.stdout) == (1, "")
    assert f"suggestion {pause.id} is approved already" in again.stderr


def test_an_intake_of_the_ai_waits_and_is_approved_for_some_leads(folder: Path) -> None:
    ran = intake(folder, "--ai", "scout", day=TUESDAY)
    assert (ran.code, ran.stderr) == (0, "")
    assert "  assign 40 leads on 2026-11-24 for Sydney agencies\n" in ran.stdout
    assert (
        "  expected: email 8, linkedin 6, voice 4, sms 1, mail 1 (20 leads over the limits)\n"
        in (ran.stdout)
    )
    (waiting,) = document("suggestions", "--db", url(folder))["suggestions"]
    some = [word for n in (20, 21) for word in ("--lead", f"lead-{n:03}")]
    done = decided(folder, "approve", waiting["id"], *some)
    assert done["suggestion"]["state"] == "approved"
    assert sorted(done["intake"]["assignments"]) == ["lead-020", "lead-021"]


def test_leads_of_a_horizon_wait_for_later_days(folder: Path) -> None:
    ran = intake(folder, "--ai", "scout", "--horizon", "2", day=TUESDAY)
    assert " (20 leads for later days)\n" in ran.stdout
    (waiting,) = document("suggestions", "--db", url(folder))["suggestions"]
    done = decide(folder, "approve", waiting["id"]).stdout
    assert "\n  20 leads kept for a later day\n" in done
    assert "limit" not in done


def test_the_report_of_an_approval(folder: Path) -> None:
    released = suggest(folder, ck.ReleaseLeads(["lead-001", "nobody"]))
    deleted = suggest(folder, ck.Delete())
    assignment = offer(folder, range(30, 54))
    day = date(2026, 11, 23)
    call_service(folder, lambda s: s.edit(CLIENT, ID, daily_lead_limit=21, by=ANN))
    taken = [ck.Lead("lead-030", 90)]
    call_service(folder, lambda s: s.intake(CLIENT, ID, taken, day=day, by=ANN))

    def said(suggestion: ck.Suggestion) -> str:
        return decide(folder, "approve", suggestion.id).stdout

    assert said(released) == "Approved: release 1 lead\n  1 lead released\n"
    assert said(assignment) == (
        "Approved: assign 24 leads on 2026-11-24\n"
        "  21 leads admitted: email 8, linkedin 7, voice 4, sms 1, mail 1\n"
        "  1 lead in the campaign already\n"
        "  2 leads kept waiting by a limit\n"
    )
    assert said(deleted) == "Approved: delete\n  Sydney agencies is deleted\n"


def test_an_approval_of_some_leads_says_how_many(folder: Path) -> None:
    four = offer(folder, range(40, 44))
    ran = decide(folder, "approve", four.id, "--lead", "lead-040", "--lead", "lead-042")
    assert ran.stdout == (
        "Approved: assign 4 leads on 2026-11-24, 2 of them\n"
        "  2 leads admitted: email 1, linkedin 1\n"
    )


def test_a_user_rejects_with_a_reason(folder: Path) -> None:
    pause = suggest(folder, ck.Pause())
    ran = run("reject", str(pause.id), "--db", url(folder), "--by", "ann", "--reason", "not now")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (
        "Rejected: pause (not now)\n"
        "  the AI cannot do or suggest this again while status is active\n"
    )
    edit = suggest(folder, ck.Edit(name="x"))
    told = document("reject", str(edit.id), "--db", url(folder), "--by", "ann", "--reason", "no")
    assert (told["suggestion"]["state"], told["suggestion"]["why"]) == ("rejected", "no")


@pytest.mark.parametrize("command", ["approve", "reject"])
def test_a_decided_or_unknown_suggestion_is_refused(folder: Path, command: str) -> None:
    why = ("--reason", "no") if command == "reject" else ()
    known = suggest(folder, ck.Pause())
    unknown = uuid4()
    before = stored(folder)
    refused: list[tuple[Sequence[str], int, str]] = [
        ((str(unknown), "--by", "ann"), 1, f"there is no suggestion {unknown} in sqlite:///"),
        (("x", "--by", "ann"), 2, "SUGGESTION must be an id"),
        ((str(known.id),), 2, "either --by USER or --ai NAME is required"),
        ((str(known.id), "--by", "ann", "--ai", "scout"), 2, "is required"),
        ((str(known.id), "--by", " "), 2, "--by: name of actor must not be blank"),
        ((str(known.id), "--ai", "scout"), 1, "only a user may approve or reject"),
    ]
    for arguments, code, words in refused:
        ran = run(command, *arguments, "--db", url(folder), *why)
        assert (ran.code, ran.stdout) == (code, "")
        assert words in ran.stderr
    assert stored(folder) == before


def test_leads_that_were_not_suggested_are_not_approved(folder: Path) -> None:
    pause, two = suggest(folder, ck.Pause()), offer(folder, [30, 31])
    before = stored(folder)
    for command, more in (("approve", ()), ("reject", ("--reason", "no"))):
        refused = decide(folder, command, two.id, *more, "--lead", "z")
        assert "Error: --lead: these leads were not suggested: 'z'\n" in refused.stderr
        refused = decide(folder, command, pause.id, *more, "--lead", "z")
        assert "Error: --lead must be left out for a suggestion to pause" in refused.stderr
        assert (refused.code, refused.stdout) == (1, "")
    assert stored(folder) == before


def test_stale_and_expired_suggestions_are_reported(folder: Path) -> None:
    stale = suggest(folder, ck.Edit(name="x"))
    late = suggest(folder, ck.Complete(), expires_at=NOW + timedelta(seconds=1))
    call_service(folder, lambda service: service.edit(CLIENT, ID, name="Perth", by=ANN))
    by = ("--db", url(folder), "--by", "ann")
    ran = run("approve", str(stale.id), *by)
    assert (ran.code, ran.stdout) == (1, "")
    assert "name was 'Sydney agencies' and is 'Perth'" in ran.stderr
    refused = run("approve", str(late.id), *by, "--json")
    assert (refused.code, json.loads(refused.stdout)["reasons"]) == (1, ["expired"])
    states = {one["id"]: one["state"] for one in list_in_state(folder, "all")}
    assert states == {str(stale.id): "stale", str(late.id): "expired"}


def list_in_state(folder: Path, state: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = document("suggestions", "--db", url(folder), "--state", state)[
        "suggestions"
    ]
    return listed


@pytest.mark.parametrize("command", ["suggestions", "approve", "reject", "history"])
def test_nothing_is_created_without_a_database(tmp_path: Path, command: str) -> None:
    rest = {
        "suggestions": (),
        "approve": (str(ID), "--by", "ann"),
        "reject": (str(ID), "--by", "ann", "--reason", "x"),
        "history": (str(ID),),
    }[command]
    ran = run(command, *rest, "--db", url(tmp_path))
    assert (ran.code, ran.stdout) == (1, "")
    assert "there is no database" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_state_is_a_usage_error(folder: Path) -> None:
    ran = run("suggestions", "--db", url(folder), "--state", "lost", "--state", "pending")
    assert (ran.code, ran.stdout) == (2, "")
    known = "pending, approved, rejected, stale, expired, closed, all"
    assert f"--state must be one of {known}, not 'lost'" in ran.stderr


# -- What was done --------------------------------------------------------------------------------


def test_the_report_of_a_history(folder: Path) -> None:
    edit = suggest(folder, ck.Edit(daily_lead_limit=30), reason="it goes well")
    call_service(folder, lambda service: service.reject(CLIENT, edit.id, by=ANN, reason="too many"))
    call_service(folder, lambda service: service.pause(CLIENT, ID, by=ANN))
    for named in (str(ID), folder / "campaign.toml"):
        shown = run("history", named, "--db", url(folder)).stdout.splitlines()
        assert shown[0] == "Sydney agencies: 6 events"
        assert shown[1].endswith(" UTC  ann (user) created the campaign")
        assert shown[2].endswith(" UTC  ann (user) activated")
        assert shown[3] == "      status: draft → active"
        assert shown[4].endswith(" UTC  ann (user) assigned leads")
        leads = "20 leads on 2026-11-23: email 8, linkedin 6, voice 4, sms 1, mail 1"
        assert shown[5] == f"      {leads}"
        assert shown[6:] == [
            "   4  2026-11-23 09:00 UTC  scout (ai) suggested to edit (it goes well)",
            "      daily_lead_limit: 20 → 30",
            f"      suggestion {edit.id}",
            "   5  2026-11-23 09:00 UTC  ann (user) rejected the suggestion to edit (too many)",
            f"      suggestion {edit.id}",
            "   6  2026-11-23 09:00 UTC  ann (user) paused",
            "      status: active → paused",
        ]


def test_the_json_of_a_history_rebuilds_the_campaign(folder: Path) -> None:
    told = document("history", str(ID), "--db", url(folder))
    events = [ck.from_dict(ck.Event, event) for event in told["events"]]
    campaign = ck.from_dict(ck.Campaign, told["campaign"])
    assert ck.replay(events) == campaign
    assert sum(event.counts.total for event in events) == 20


# -- What no command lets an AI do ----------------------------------------------------------------

EVERY: dict[str, Callable[[Path, str], list[str]]] = {
    "intake": lambda folder, _: intake_options(folder, TUESDAY),
    "intake with an edit": lambda folder, _: [*intake_options(folder, TUESDAY), "--update"],
    "intake that expires": lambda folder, _: [*intake_options(folder, TUESDAY), "--expires-in=2h"],
    "intake for a day that is over": lambda folder, _: intake_options(folder, MONDAY, TUESDAY),
    "preview": lambda folder, _: ["preview", *intake_options(folder, TUESDAY)[1:]],
    "preview with an edit": lambda folder, _: [
        *("preview", *intake_options(folder, TUESDAY)[1:], "--update")
    ],
    "forecast": lambda folder, _: [
        *("forecast", *intake_options(folder, TUESDAY)[1:3], *db(folder)),
        *("--day", TUESDAY, "--update", "--days", "2"),
    ],
    "init": lambda folder, _: [
        *("init", str(folder / "leads.csv"), "--out", str(folder / "new.toml"), "--accept")
    ],
    "check": lambda folder, _: ["check", str(folder / "leads.csv")],
    "compare": lambda folder, _: ["compare", str(folder / "leads.csv"), "--mix", "a=email=100"],
    "explain": lambda folder, _: [
        *("explain", "lead-040", str(folder / "leads.csv"), *db(folder)),
        *("--campaign", str(folder / "campaign.toml"), "--day", TUESDAY),
    ],
    "explain what is stored": lambda folder, _: [
        "explain",
        "lead-001",
        "--campaign",
        str(ID),
        *db(folder),
    ],
    "suggestions": lambda folder, _: ["suggestions", "--db", url(folder)],
    "suggestion": lambda folder, own_id: ["suggestion", own_id, "--db", url(folder)],
    "approve": lambda folder, own_id: approve_options(folder, own_id, "--json"),
    "approve a lead": lambda folder, own_id: approve_options(folder, own_id, "--lead=lead-040"),
    "approve for a day": lambda folder, own_id: approve_options(folder, own_id, "--day=2026-11-25"),
    "approve fresh leads": lambda folder, own_id: [
        *approve_options(folder, own_id, "--skip-bad", "--leads"),
        str(folder / "leads.csv"),
    ],
    "approve what is set": lambda folder, own_id: approve_options(folder, own_id, "--set=name=x"),
    "approve: a preview": lambda folder, own_id: approve_options(folder, own_id, "--preview"),
    "reject": lambda folder, own_id: ["reject", own_id, "--db", url(folder), "--reason", "so"],
    "reject a lead": lambda folder, own_id: [
        *("reject", own_id, "--db", url(folder), "--reason", "so", "--lead", "lead-040")
    ],
    "feed": lambda folder, _: ["feed", str(CLIENT), "--db", url(folder)],
    "history": lambda folder, _: ["history", str(ID), "--db", url(folder)],
    "show": lambda folder, _: ["show", str(ID), "--db", url(folder)],
    "activate": lambda folder, _: ["activate", str(ID), "--db", url(folder)],
    "pause": lambda folder, _: ["pause", str(ID), "--db", url(folder)],
    "complete": lambda folder, _: ["complete", str(ID), "--db", url(folder)],
    "delete": lambda folder, _: ["delete", str(ID), "--db", url(folder)],
    "restore": lambda folder, _: ["restore", str(ID), "--db", url(folder)],
    "resume": lambda folder, _: ["resume", str(ID), "--db", url(folder)],
    "edit": lambda folder, _: ["edit", str(ID), "--db", url(folder), "--set", "name=x"],
    "edit by a file": lambda folder, _: [
        "edit",
        *intake_options(folder, TUESDAY)[1:2],
        *db(folder),
    ],
    "release": lambda folder, _: ["release", str(ID), "lead-001", "--db", url(folder)],
    "release and suppress": lambda folder, _: [
        *("release", str(ID), "lead-001", "--db", url(folder), "--suppress", "all")
    ],
    "policy": lambda folder, _: ["policy", *client_options(folder)],
    "policy that is set": lambda folder, _: [
        *("policy", *client_options(folder), "--one-campaign-per-lead", "--limit", "sms=0/day")
    ],
    "suppress": lambda folder, _: ["suppress", "lead-001", *client_options(folder)],
    "unsuppress": lambda folder, _: ["unsuppress", "lead-001", *client_options(folder)],
    "suppressions": lambda folder, _: ["suppressions", *client_options(folder)],
    "lead": lambda folder, _: ["lead", "lead-001", *client_options(folder)],
    "erase": lambda folder, _: ["erase", "lead-001", *client_options(folder)],
    "show all": lambda folder, _: ["show", "--db", url(folder)],
    "schema": lambda _, __: ["schema", "sqlite"],
    "completion": lambda _, __: ["completion", "bash"],
    "json_schema": lambda _, __: ["json-schema", "allocate"],
    "verify": lambda folder, _: ["verify", "--db", url(folder)],
    "allocate": lambda folder, _: ["allocate", str(folder / "leads.csv")],
}


def db(folder: Path) -> list[str]:
    return ["--db", url(folder)]


def approve_options(folder: Path, own_id: str, *more: str) -> list[str]:
    return ["approve", own_id, "--db", url(folder), "--today", MONDAY, *more]


def client_options(folder: Path) -> list[str]:
    return ["--db", url(folder), "--client", str(CLIENT)]


def intake_options(folder: Path, day: str, today: str = MONDAY) -> list[str]:
    write_campaign(folder, 'daily_lead_limit = 30\npermission_mode = "autopilot"\n')
    files = [str(folder / name) for name in ("campaign.toml", "leads.csv")]
    return ["intake", *files, "--db", url(folder), "--day", day, "--today", today]


def test_every_command_is_in_the_matrix() -> None:
    commands = [command.callback for command in app.registered_commands]
    named = {command.__name__ for command in commands if command is not None}
    served = {"mcp"}  # it serves tools, which have tests of their own
    assert {words.partition(" ")[0].rstrip(":") for words in EVERY} == named - served


@pytest.mark.parametrize("command", EVERY)
@pytest.mark.parametrize(
    ("who", "mode"),
    [
        pytest.param(("--ai", "scout"), "co_pilot", id="the AI-co_pilot"),
        pytest.param(("--ai", "scout"), "manual", id="the AI-manual"),
        pytest.param((), "co_pilot", id="nobody-co_pilot"),
        pytest.param((), "manual", id="nobody-manual", marks=pytest.mark.long),
    ],
)
def test_no_command_applies_an_action_of_an_ai(
    folder: Path, command: str, mode: str, who: tuple[str, ...]
) -> None:
    one = offer(folder, [40])
    if mode == "manual":
        manual = ck.PermissionMode.MANUAL
        call_service(folder, lambda s: s.edit(CLIENT, ID, permission_mode=manual, by=ANN))
    before = stored(folder)
    run(*EVERY[command](folder, str(one.id)), *who)
    snapshot, leads, suggestions, events, *shared = stored(folder)
    assert (snapshot, leads, *shared) == (*before[:2], *before[4:])
    assert suggestions.items[:1] == before[2].items
    assert not any(event.kind.is_done for event in events.items[len(before[3].items) :])
    if mode == "manual":
        assert (suggestions, events) == before[2:4]


def test_a_new_campaign_of_an_ai_is_a_draft_that_waits(tmp_path: Path) -> None:
    write_hot(tmp_path, range(3))
    write_campaign(tmp_path)
    told = json.loads(intake(tmp_path, "--ai", "scout", "--json").stdout)
    assert (told["created"], told["campaign"]["status"]) == (True, "draft")
    (waiting,) = told["suggestions"]
    assert waiting["command"] == {"action": "activate"}
    assert run("approve", waiting["id"], "--db", url(tmp_path), "--by", "ann").code == 0
    assert document("show", str(ID), "--db", url(tmp_path))["campaign"]["status"] == "active"


def test_an_ai_cannot_create_a_campaign_in_another_mode(tmp_path: Path) -> None:
    write_hot(tmp_path, range(3))
    for mode in ("autopilot", "manual"):
        write_campaign(tmp_path, f'permission_mode = "{mode}"\n')
        ran = intake(tmp_path, "--ai", "scout")
        assert (ran.code, ran.stdout) == (1, "")
        assert "only a user may choose the permission mode" in ran.stderr
    assert run("show", "--db", url(tmp_path)).stdout == "There are no campaigns.\n"

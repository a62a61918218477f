"""The terms of `campaignkit approve` and `reject`, and what is over, expires and stays rejected."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

import campaignkit as ck
from tests.cli.campaigns import CLIENT, ID, MONDAY, TUESDAY, intake, url, write_campaign
from tests.cli.deciding import (
    ANN,
    SCOUT,
    begin_campaign,
    call_service,
    decide,
    decided,
    document,
    offer,
    stored,
    suggest,
)
from tests.cli.running import Run, run, write_leads

WEDNESDAY = "2026-11-25"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign in co_pilot that has had its first day."""
    return begin_campaign(tmp_path)


def approve(folder: Path, suggestion: ck.Suggestion, *options: str | Path) -> Run:
    return decide(folder, "approve", suggestion.id, *options)


def list_admitted(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the day and the channel of each lead from 20 on."""

    def read(service: ck.CampaignService) -> Iterable[ck.Assignment]:
        return service.store.assignments(CLIENT, ID, limit=1_000).items

    leads: Iterable[ck.Assignment] = call_service(folder, read)
    return {
        one.lead_id: (str(one.day), one.channel.value) for one in leads if one.lead_id >= "lead-020"
    }


# -- One suggestion whole -------------------------------------------------------------------------


def test_a_suggestion_is_shown_whole(folder: Path) -> None:
    leads = [ck.Lead(f"lead-{n:03}", score) for n, score in ((30, 90), (31, 90), (32, None))]
    made = suggest(folder, ck.AssignLeads(leads, date(2026, 11, 24)), reason="fresh")
    ran = run("suggestion", str(made.id), "--db", url(folder), "--today", MONDAY)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (
        f"{made.id}\n"
        "  assign 2 leads on 2026-11-24 for Sydney agencies\n"
        "  expected: email 1, linkedin 1\n"
        "  suggested by scout (ai) on 2026-11-23 09:00 UTC: fresh\n"
        f"  campaign  {ID}\n"
        "  leads     'lead-030', 'lead-031'\n"
        "\n"
        "Left out\n"
        "  1  unscored  the lead has no score ('lead-032')\n"
    )
    told = document("suggestion", str(made.id), "--db", url(folder), "--today", MONDAY)
    assert ck.from_dict(ck.Suggestion, told["suggestion"]) == made
    assert told["campaign"]["id"] == str(ID)


def test_a_list_reads_no_leads_and_asks_once_for_the_names(folder: Path) -> None:
    for n in range(20, 26):
        offer(folder, [n])
    one = statements_of("suggestions", "--db", url(folder), "--state", "rejected")
    six = statements_of("suggestions", "--db", url(folder))
    assert not any("suggested_leads" in statement for statement in six)
    # Rejected ones need no campaign, pending ones theirs, and those that are listed its name.
    assert len(six) <= len(one) + 2
    assert document("suggestions", "--db", url(folder))["suggestions"][0]["lead_count"] == 1


def statements_of(*arguments: str) -> list[str]:
    """Return the SQL that a command runs."""
    found: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401  # connection, cursor, statement, …
        found.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert run(*arguments).code == 0
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return found


# -- Previews -------------------------------------------------------------------------------------


def test_a_preview_says_what_would_be_done_and_does_nothing(folder: Path) -> None:
    made = offer(folder, range(30, 40))
    before = stored(folder)
    ran = approve(folder, made, "--preview", "--day", WEDNESDAY, "--lead=lead-030")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith(
        "If approved now: 1 of 1 lead admitted on 2026-11-25\n"
        "\n"
        f"{made.id}\n"
        "  assign 10 leads on 2026-11-24\n"
    )
    changes = ran.stdout[ran.stdout.index(" changed") :].split("\n\n")[0].splitlines()
    assert [line.split() for line in changes[2:4]] == [
        ["day", "2026-11-24", "2026-11-25"],
        ["approved", "10", "1"],
    ]
    assert stored(folder) == before


def test_a_preview_of_nothing_new(folder: Path) -> None:
    pause = suggest(folder, ck.Pause())
    ran = approve(folder, pause, "--preview")
    assert ran.stdout == (
        "If approved now: pause\n"
        "\n"
        f"{pause.id}\n"
        "  pause\n"
        "  suggested by scout (ai) on 2026-11-23 09:00 UTC\n"
        "\n"
        "Nothing has changed since it was suggested.\n"
        "\n"
        "Changes to the campaign\n"
        "  status: active → paused\n"
    )


def test_what_was_previewed_is_done_or_nothing(folder: Path, tmp_path: Path) -> None:
    made = offer(folder, range(30, 40))
    seen = approve(folder, made, "--preview", "--json")
    preview = ck.from_dict(ck.ApprovalPreview, json.loads(seen.stdout)["preview"])
    file = tmp_path / "seen.json"
    file.write_text(seen.stdout, encoding="utf-8")
    call_service(folder, lambda s: s.edit(CLIENT, ID, daily_lead_limit=5, by=ANN))
    before = stored(folder)
    refused = approve(folder, made, "--expect", file)
    assert (refused.code, refused.stdout) == (1, "")
    assert "would no longer do what was previewed" in refused.stderr
    assert stored(folder) == before
    call_service(folder, lambda s: s.edit(CLIENT, ID, daily_lead_limit=20, by=ANN))
    done = decided(folder, "approve", made.id, "--expect", file)
    assert isinstance(preview.outcome, ck.Intake)
    found = ck.from_dict(ck.Intake, done["intake"])
    assert found.assignments == preview.outcome.assignments


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not JSON"),
        ("{}", "it has no preview"),
        ("[]", "$: must be an object, not []"),
        ('{"preview": {}}', "$.suggestion: is missing"),
        ("\udcff", "it is not JSON"),
    ],
)
def test_another_file_is_no_preview(folder: Path, text: str, words: str) -> None:
    made, file = offer(folder, [30]), folder / "seen.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    refused = approve(folder, made, "--expect", file)
    assert (refused.code, refused.stdout) == (1, "")
    assert "is not what `approve --preview --json` prints" in refused.stderr
    assert words in refused.stderr


# -- Days -----------------------------------------------------------------------------------------


def test_a_day_that_is_over_admits_nobody(folder: Path) -> None:
    made = offer(folder, [30])
    late = ("--today", WEDNESDAY)
    before = stored(folder)
    for options in ((), ("--day", TUESDAY), ("--preview",)):
        ran = approve(folder, made, *late, *options)
        assert (ran.code, ran.stdout) == (1, "")
        over = "the day is over: 2026-11-24 is before 2026-11-25, the first day that is not"
        assert f"Error: {over}\n  --day approves it for another day" in ran.stderr
    assert stored(folder) == before
    shown = run("suggestions", "--db", url(folder), *late).stdout
    assert "  its day is over: it can be approved for another day\n" in shown
    refused = approve(folder, made, *late, "--json")
    assert json.loads(refused.stdout)["reasons"] == ["day_passed"]
    ran = approve(folder, made, *late, "--day", WEDNESDAY)
    assert ran.stdout.startswith("Approved: assign 1 lead on 2026-11-25\n")
    assert list_admitted(folder)["lead-030"][0] == WEDNESDAY


def test_without_today_a_day_is_over_once_it_is_over_everywhere(folder: Path) -> None:
    the_day, at = datetime.now(UTC).date(), datetime.now(UTC) - timedelta(days=3)

    def suggest_for(day: date) -> ck.Suggestion:
        found: ck.Suggestion = call_service(
            folder,
            lambda s: s.intake(CLIENT, ID, [ck.Lead("lead-030", 90)], day=day, by=SCOUT),
            at,
        )
        return found

    over = suggest_for(the_day - timedelta(days=2))
    open_still = suggest_for(the_day + timedelta(days=1))
    assert over.id == open_still.id  # the same leads, brought up to date
    by = ("--db", url(folder), "--by", "ann")
    ran = run("approve", str(over.id), *by, "--day", str(the_day - timedelta(days=2)))
    assert "the day is over" in ran.stderr
    assert run("approve", str(over.id), *by).code == 0


def test_an_ai_takes_nobody_in_on_a_day_that_is_over(folder: Path) -> None:
    before = stored(folder)
    ran = intake(folder, "--ai", "scout", "--today", WEDNESDAY, day=TUESDAY)
    assert (ran.code, ran.stdout) == (1, "")
    assert "the day is over" in ran.stderr
    assert stored(folder) == before
    assert intake(folder, "--by", "ann", "--today", WEDNESDAY, day=TUESDAY).code == 0


# -- Leads as they are now ------------------------------------------------------------------------

COLUMNS = ("--block", "email=do_not_email", "--need", "voice=phone")


def write_fresh(folder: Path, rows: Iterable[Sequence[object]]) -> Path:
    header = "lead_id,als_score,do_not_email,phone"
    return write_leads(folder / "fresh.csv", rows, header)


def test_leads_are_judged_as_they_are_now(folder: Path) -> None:
    made = offer(folder, range(30, 34))
    rows = [("lead-030", 90, "yes", ""), ("lead-031", 90, "no", "1"), ("lead-032", "", "", "1")]
    ran = approve(folder, made, "--leads", write_fresh(folder, rows), *COLUMNS)
    assert ran.stdout == (
        "Approved: assign 4 leads on 2026-11-24, 3 of them\n"
        "  2 leads admitted: email 1, linkedin 1\n"
        "  1 lead for which no channel is open\n"
        "  read as: comma, UTF-8, 3 rows\n"
    )
    assert list_admitted(folder) == {
        "lead-030": (TUESDAY, "linkedin"),
        "lead-031": (TUESDAY, "email"),
    }


def test_leads_that_were_not_suggested_are_refused_or_left_out(folder: Path) -> None:
    made = offer(folder, range(30, 34))
    file = write_fresh(folder, [("lead-030", 90, "", ""), ("lead-050", 90, "", "")])
    before = stored(folder)
    for options in ((), ("--preview",)):
        ran = approve(folder, made, "--leads", file, *options)
        assert (ran.code, ran.stdout) == (1, "")
        assert ran.stderr == (
            f"Error: {file}: 1 of 2 leads not in the suggestion, so nothing was approved\n"
            "  'lead-050'\n"
            "  leave them out with --skip-bad\n"
        )
    others = write_leads(folder / "others.csv", [("lead-050", 90)], "lead_id,als_score")
    ran = approve(folder, made, "--leads", others, "--skip-bad")
    assert "1 of 1 lead not in the suggestion" in ran.stderr
    assert "--skip-bad" not in ran.stderr
    assert stored(folder) == before
    done = decided(folder, "approve", made.id, "--leads", file, "--skip-bad")
    assert list(done["intake"]["assignments"]) == ["lead-030"]
    assert (done["rows"], done["strangers"], done["bad_rows"]["count"]) == (2, ["lead-050"], 0)


def test_bad_rows_are_reported(folder: Path) -> None:
    made = offer(folder, range(30, 34))
    rows = [("lead-030", 90, "", ""), ("lead-031", "many", "", ""), ("lead-060", 1, "", "")]
    file = write_fresh(folder, rows)
    ran = approve(folder, made, "--leads", file)
    assert "1 bad row of 3, so nothing was approved" in ran.stderr
    ran = approve(folder, made, "--leads", file, "--skip-bad", "--preview")
    assert "Left out: 1 bad row\n  line 3: als_score is 'many'" in ran.stdout
    assert "Left out: 1 lead of the file, not in the suggestion\n  'lead-060'\n" in ran.stdout
    assert approve(folder, made, "--leads", file, "--skip-bad").code == 0


def test_a_file_of_leads_is_for_leads(folder: Path) -> None:
    pause, file = suggest(folder, ck.Pause()), write_fresh(folder, [("lead-030", 90, "", "")])
    ran = approve(folder, pause, "--leads", file)
    assert "Error: --leads must be left out for a suggestion to pause" in ran.stderr
    missing = approve(folder, pause, "--leads", folder / "none.csv")
    assert (missing.code, missing.stdout) == (1, "")
    assert "none.csv" in missing.stderr


def test_what_is_done_already_is_closed(folder: Path) -> None:
    made = offer(folder, [30])
    day, leads = date(2026, 11, 24), [ck.Lead("lead-030", 90)]
    call_service(folder, lambda s: s.intake(CLIENT, ID, leads, day=day, by=ANN))
    ran = approve(folder, made)
    assert ran.stdout == (
        "Closed: assign 1 lead on 2026-11-24 (all of its leads are in the campaign already)\n"
        "  0 leads admitted\n"
        "  1 lead in the campaign already\n"
    )


# -- Edits with other values ----------------------------------------------------------------------


def test_an_edit_is_approved_with_another_value(folder: Path) -> None:
    edit = suggest(folder, ck.Edit(daily_lead_limit=500, total_lead_limit=9_000, name="Hobart"))
    seen = approve(folder, edit, "--preview", "--set", "daily_lead_limit=40")
    assert "\nChanges to the campaign\n  daily_lead_limit: 20 → 40\n" in seen.stdout
    ran = approve(folder, edit, "--set", "daily_lead_limit=40", "--set", "total_lead_limit=none")
    assert ran.stdout.startswith("Approved: set ")
    assert "daily_lead_limit to 40" in ran.stdout
    found = document("show", str(ID), "--db", url(folder))["campaign"]
    assert (found["daily_lead_limit"], found["total_lead_limit"]) == (40, None)
    assert found["name"] == "Hobart"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("name=A = B", "name", "A = B"),
        ("end_date=2027-01-31", "end_date", "2027-01-31"),
        ("end_date=none", "end_date", None),
        ("name=none", "name", "none"),
        ("targeting={titles = ['CEO']}", "targeting", {"titles": ["CEO"]}),
        ("allocation=email=60,sms=40", "allocation", {"email": 60, "sms": 40}),
    ],
)
def test_values_are_written_as_in_the_other_options(
    folder: Path, text: str, field: str, value: object
) -> None:
    call_service(folder, lambda s: s.pause(CLIENT, ID, by=ANN))
    others: dict[str, Any] = {
        "name": "x",
        "end_date": date(2027, 6, 1),
        "targeting": ck.Targeting(titles=["CTO"]),
        "allocation": ck.Allocation(mail=100),
    }
    edit = suggest(folder, ck.Edit(**{field: others[field]}))
    assert approve(folder, edit, "--set", text).code == 0
    found = document("show", str(ID), "--db", url(folder))["campaign"][field]
    if isinstance(value, dict):
        found = {name: part for name, part in found.items() if part}
    assert found == value


def test_all_faults_of_values_are_reported_together(folder: Path) -> None:
    edit = suggest(folder, ck.Edit(name="x"))
    faults = {
        "name": "--set must be FIELD=VALUE, not 'name'",
        "daily_lead_limit=many": "--set daily_lead_limit: must be a whole number, not 'many'",
        "end_date=soon": "--set end_date: must be a date such as '2026-11-23', not 'soon'",
        "allocation=email=60": "--set allocation: shares must add up to 100, not 60",
        "targeting=[": "--set targeting must be as in a campaign's file, not '['",
        "status=active": "--set status: is unknown; there are name, ",
        "permission_mode=fast": "--set permission_mode: must be one of autopilot, ",
    }
    options = [word for text in faults for word in ("--set", text)]
    before = stored(folder)
    ran = approve(folder, edit, *options, "--set", "end_date=none", "--lead", "a", "--day", "x")
    assert (ran.code, ran.stdout) == (2, "")
    for fault in faults.values():
        assert f"  {fault}" in ran.stderr
    assert "  --set: end_date is given twice\n" in ran.stderr
    assert "  --set must not come with --lead or --leads: an edit has no leads\n" in ran.stderr
    assert "  --day must be a day such as 2026-11-23, not 'x'\n" in ran.stderr
    assert stored(folder) == before


def test_what_was_applied_of_a_suggestion_is_shown(folder: Path) -> None:
    """It is not what was suggested, where a user chose another value or some of the leads."""
    edit, assign = suggest(folder, ck.Edit(daily_lead_limit=80)), offer(folder, range(30, 34))
    db = ("--db", url(folder), "--today", MONDAY)
    assert document("suggestion", str(edit.id), *db)["applied"] is None
    assert approve(folder, edit, "--set", "daily_lead_limit=60").code == 0
    assert approve(folder, assign, "--lead", "lead-030", "--today", MONDAY).code == 0
    told = document("suggestion", str(edit.id), *db)
    assert told["suggestion"]["command"]["fields"] == {"daily_lead_limit": 80}
    assert told["applied"]["after"] == {"daily_lead_limit": 60}
    listed = document("suggestions", "--state", "approved", *db)["suggestions"]
    assert {one["id"]: one["applied"]["after"] for one in listed}[str(edit.id)] == {
        "daily_lead_limit": 60
    }
    for command in (("suggestion", str(edit.id)), ("suggestions", "--state", "all")):
        assert re.search("\n  applied: daily_lead_limit: \\d+ → 60\n", run(*command, *db).stdout)
    shown = run("suggestion", str(assign.id), *db).stdout
    assert "\n  applied: 1 lead on 2026-11-2" in shown


def test_only_suggested_fields_are_set(folder: Path) -> None:
    edit, pause = suggest(folder, ck.Edit(name="x")), suggest(folder, ck.Pause())
    ran = approve(folder, edit, "--set", "daily_lead_limit=40")
    assert (ran.code, ran.stdout) == (1, "")
    assert "Error: --set must have the fields name, not name, daily_lead_limit\n" in ran.stderr
    ran = approve(folder, pause, "--set", "name=y")
    assert "Error: --set must be left out for a suggestion to pause\n" in ran.stderr


# -- Rejections that stick ------------------------------------------------------------------------


def test_rejected_leads_stay_out(folder: Path) -> None:
    made = offer(folder, range(30, 34))
    some, today = ("--lead", "lead-030", "--lead", "lead-031"), ("--today", MONDAY)
    ran = decide(folder, "reject", made.id, *some, "--reason", "left", "--until", WEDNESDAY, *today)
    assert ran.stdout == (
        "Rejected: 2 leads (left)\n"
        "  2 leads kept out up to and including 2026-11-25 unless a user takes them in\n"
        "  2 leads of the suggestion left, pending\n"
    )
    told = decided(folder, "reject", made.id, "--reason", "no")["suggestion"]
    assert told["state"] == "rejected"
    assert set(told["rejections"]) == {f"lead-03{n}" for n in range(4)}
    shown = run("suggestion", str(made.id), "--db", url(folder)).stdout
    assert (
        "  2 leads kept out up to and including 2026-11-25 unless a user takes them in\n" in shown
    )
    assert "  2 leads kept out unless a user takes them in\n" in shown
    assert "  2  rejected  a user has rejected the lead for this campaign" in shown

    def left_out(day: str) -> dict[str, int]:
        ran = intake(folder, "--ai", "scout", "--json", day=day)
        (waiting,) = json.loads(ran.stdout)["suggestions"]
        decide(folder, "approve", waiting["id"], "--lead", "lead-059")
        return dict.fromkeys(waiting["unassigned"], 1)

    assert set(left_out(WEDNESDAY)) == {f"lead-03{n}" for n in range(4)}
    assert set(left_out("2026-11-26")) == {"lead-032", "lead-033"}
    assert intake(folder, "--by", "ann", day="2026-11-27").code == 0


def test_what_an_intake_leaves_out_is_reported(folder: Path) -> None:
    made = offer(folder, [30])
    decide(folder, "reject", made.id, "--reason", "no")
    offer(folder, [31, 32])
    ran = intake(folder, "--ai", "scout", day=TUESDAY)
    assert (
        "Left out\n"
        "  1  rejected           a user has rejected the lead for this campaign\n"
        "  2  already_suggested  the lead is in another suggestion that is pending\n"
    ) in ran.stdout


def test_a_rejected_command_is_refused_while_nothing_changes(folder: Path) -> None:
    write_campaign(folder, "daily_lead_limit = 30\n")
    again = ("--ai", "scout", "--update")
    (waiting,) = json.loads(intake(folder, *again, "--json", day=TUESDAY).stdout)["suggestions"]
    ran = decide(folder, "reject", waiting["id"], "--reason", "too many")
    assert ran.stdout == (
        "Rejected: set daily_lead_limit to 30 (too many)\n"
        "  the AI cannot do or suggest this again while daily_lead_limit is 20\n"
    )
    refused = intake(folder, *again, "--json", day=TUESDAY)
    assert (refused.code, json.loads(refused.stdout)["reasons"]) == (1, ["rejected_before"])
    assert "too many" in refused.stderr
    call_service(folder, lambda s: s.edit(CLIENT, ID, daily_lead_limit=25, by=ANN))
    assert intake(folder, *again, day=TUESDAY).code == 0


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--until", "soon"), 2, "--until must be a day such as 2026-11-23, not 'soon'"),
        (("--until", WEDNESDAY), 1, "Error: --until must be left out for a suggestion to pause"),
        (("--reason", " "), 1, "Error: --reason must not be blank"),
        (("--why", "x"), 2, "No such option"),
    ],
)
def test_a_wrong_rejection_is_refused(
    folder: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    pause = suggest(folder, ck.Pause())
    before = stored(folder)
    reason = () if "--reason" in options else ("--reason", "no")
    ran = decide(folder, "reject", pause.id, *options, *reason)
    assert (ran.code, ran.stdout) == (code, "")
    assert words in ran.stderr
    assert stored(folder) == before


# -- What an AI's intake becomes ------------------------------------------------------------------


def test_what_an_ai_suggests_expires(folder: Path) -> None:
    ran = intake(folder, "--ai", "scout", "--expires-in", "36h", "--json", day=TUESDAY)
    (made,) = json.loads(ran.stdout)["suggestions"]
    at, expires = (datetime.fromisoformat(made[name]) for name in ("at", "expires_at"))
    assert expires - at == timedelta(hours=36)


def test_an_intake_again_is_the_same_suggestion(folder: Path) -> None:
    def waiting(day: str) -> dict[str, Any]:
        told = json.loads(intake(folder, "--ai", "scout", "--json", day=day).stdout)
        (found,) = told["suggestions"]
        return dict(found)

    first, again, later = waiting(TUESDAY), waiting(TUESDAY), waiting(WEDNESDAY)
    assert (again, later["id"]) == (first, first["id"])
    assert (later["command"]["day"], later["revision"]) == (WEDNESDAY, 2)
    shown = run("suggestion", first["id"], "--db", url(folder), "--today", MONDAY).stdout
    assert "  revision  2\n" in shown


def test_an_ai_only_suggests_on_request(folder: Path) -> None:
    autopilot = ck.PermissionMode.AUTOPILOT
    call_service(folder, lambda s: s.edit(CLIENT, ID, permission_mode=autopilot, by=ANN))
    write_campaign(folder, 'daily_lead_limit = 20\npermission_mode = "autopilot"\n')
    ran = intake(folder, "--ai", "scout", "--suggest", day=TUESDAY)
    assert "Nothing more is done until a user has approved this." in ran.stdout
    assert not list_admitted(folder)
    assert intake(folder, "--ai", "scout", day=TUESDAY).code == 0
    assert len(list_admitted(folder)) == 20


@pytest.mark.parametrize(
    "text", ["0h", "3", "h", "-1h", "1.5h", "3 d", "1w", "9999999d", "\u0661h"]
)
def test_a_wrong_expiry_is_a_usage_error(folder: Path, text: str) -> None:
    ran = intake(folder, "--ai", "scout", f"--expires-in={text}", day=TUESDAY)
    assert (ran.code, ran.stdout) == (2, "")
    assert f"--expires-in must be a time such as 90m, 36h or 3d, not {text!r}" in ran.stderr


def test_only_what_an_ai_does_expires_or_waits(folder: Path) -> None:
    ran = intake(folder, "--by", "ann", "--expires-in", "2h", "--suggest", "--today", "x")
    assert (ran.code, ran.stdout) == (2, "")
    for fault in ("--expires-in needs --ai", "--suggest needs --ai", "--today must be a day"):
        assert f"  {fault}" in ran.stderr

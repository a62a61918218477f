"""`campaignkit policy`, `suppress`, `lead`, `release` and their like, on SQLite."""

from __future__ import annotations

import csv
import json
import shlex
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import make_url

import campaignkit as ck
from campaignkit.cli._clients import PolicyChange, change_policy
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import CLIENT, ID, MONDAY, TUESDAY, intake, url, write_campaign, write_hot
from tests.cli.deciding import ANN, begin_campaign, call_service, document
from tests.cli.running import Run, run
from tests.storage.sqlalchemy import databases

DAY = date(2026, 11, 23)
OTHER = UUID(int=1)
"""Another campaign of the client."""

COMMANDS = {
    "policy": "",
    "suppress": "lead-000 ",
    "unsuppress": "lead-000 ",
    "suppressions": "",
    "lead": "lead-000 ",
    "erase": "lead-000 ",
}
"""What each command on a client needs besides it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign that has 20 leads, and another one of its client."""
    begin_campaign(tmp_path)
    draft = ck.Campaign.draft(id=OTHER, client_id=CLIENT, name="Perth")
    call_service(tmp_path, lambda s: s.create(draft, by=ANN))
    call_service(tmp_path, lambda s: s.activate(CLIENT, OTHER, by=ANN))
    return tmp_path


def on(folder: Path, line: str, *, stdin: bytes = b"") -> Run:
    """Run a command on the client."""
    return run(*shlex.split(line), "--db", url(folder), "--client", str(CLIENT), stdin=stdin)


def succeed(folder: Path, line: str, *, stdin: bytes = b"") -> str:
    ran = on(folder, line, stdin=stdin)
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    return ran.stdout


def take_into_other(folder: Path, lead_id: str) -> None:
    lead = ck.Lead(lead_id, 99)
    call_service(folder, lambda s: s.intake(CLIENT, OTHER, [lead], day=DAY, by=ANN))


def policy(folder: Path) -> ck.ClientPolicy:
    found: ck.ClientPolicy = call_service(folder, lambda s: s.client_policy(CLIENT))
    return found


def suppressed(folder: Path) -> dict[tuple[str, str | None], str | None]:
    page = call_service(folder, lambda s: s.suppressions(CLIENT))
    return {
        (one.lead_id, one.channel and one.channel.value): one.until and str(one.until)
        for one in page.items
    }


# -- The policy -----------------------------------------------------------------------------------


def test_an_option_changes_one_rule_of_a_policy(folder: Path) -> None:
    succeed(folder, "policy --by ann --one-campaign-per-lead --cooldown 30 --limit sms=5/day")
    sms = ck.ChannelLimit(per_day=5)
    assert policy(folder) == ck.ClientPolicy(
        one_campaign_per_lead=True, cooldown=30, channel_limits={"sms": sms}
    )
    succeed(folder, "policy --by ann --limit linkedin=17/day,100/week --limit email=9/week")
    linkedin, email = ck.ChannelLimit(17, 100), ck.ChannelLimit(per_week=9)
    limits = {"sms": sms, "linkedin": linkedin, "email": email}
    assert policy(folder) == ck.ClientPolicy(
        one_campaign_per_lead=True, cooldown=30, channel_limits=limits
    )
    succeed(folder, "policy --by ann --limit sms=none --cooldown none")
    del limits["sms"]
    assert policy(folder) == ck.ClientPolicy(one_campaign_per_lead=True, channel_limits=limits)
    succeed(folder, "policy --by ann --several-campaigns-per-lead")
    assert policy(folder) == ck.ClientPolicy(channel_limits=limits)


def test_a_policy_is_shown_as_a_table_and_with_its_history(folder: Path) -> None:
    rules = "--one-campaign-per-lead --cooldown 30 --limit linkedin=17/day,100/week"
    shown = succeed(folder, f"policy --by ann {rules} --reason 'one seat'")
    table = [
        "  one campaign per lead  yes",
        "  cooldown               30 days",
        "",
        "Channel limits",
        " channel   leads a day  leads a week",
        "────────────────────────────────────",
        " linkedin  17           100",
    ]
    assert shown.splitlines() == [f"Set the policy of client {CLIENT}", *table]
    assert succeed(folder, "policy").splitlines() == [f"Policy of client {CLIENT}", *table]
    succeed(folder, "suppress lead-000 --by ann")
    title, first, second = succeed(folder, "policy --history").splitlines()
    assert title == f"Client {CLIENT}: 2 events"
    assert "one campaign per lead; a cooldown of 30 days; linkedin: 17 a day, 100 a week" in first
    assert first.endswith("(one seat)")
    assert second.endswith("ann (user) suppressed 1 lead on all channels")


def test_a_file_sets_the_whole_policy(folder: Path) -> None:
    file = folder / "policy.toml"
    succeed(folder, "policy --by ann --limit sms=5/day")
    file.write_text(
        "one_campaign_per_lead = true\ncooldown = 7\n[channel_limits.linkedin]\nper_day = 17\n"
    )
    succeed(folder, f"policy --by ann --set {file}")
    limits = {"linkedin": ck.ChannelLimit(per_day=17)}
    assert policy(folder) == ck.ClientPolicy(
        one_campaign_per_lead=True, cooldown=7, channel_limits=limits
    )
    file.write_text("cooldown = 0\nspeed = 3\n[channel_limits.fax]\nper_day = 1\n")
    ran = on(folder, f"policy --by ann --set {file}")
    assert ran.code == 1
    assert ran.stderr.splitlines()[0] == f"Error: {file} describes no policy of a client"
    assert {line.split(":")[0].strip() for line in ran.stderr.splitlines()[1:]} == {
        *("speed", "cooldown", "channel_limits.fax")
    }


def test_a_file_without_rules_lifts_none(folder: Path) -> None:
    file = folder / "policy.toml"
    succeed(folder, "policy --by ann --limit sms=5/day")
    before = policy(folder)
    for nothing in ("", "# later\n"):
        file.write_text(nothing)
        ran = on(folder, f"policy --by ann --set {file}")
        assert (ran.code, ran.stderr.splitlines()) == (
            1,
            [
                f"Error: {file} has no rules",
                "  to lift all rules, write one_campaign_per_lead = false in it",
            ],
        )
        assert policy(folder) == before
    file.write_text("one_campaign_per_lead = false\n")
    succeed(folder, f"policy --by ann --set {file}")
    assert policy(folder) == ck.ClientPolicy()


def test_doubles_are_told_and_stay(folder: Path) -> None:
    for n in (1, 2):
        take_into_other(folder, f"lead-00{n}")
    shown = succeed(folder, "policy --by ann --one-campaign-per-lead")
    assert shown.splitlines()[-1] == "  2 leads are in more than one campaign now; they stay there"
    assert document("policy", *_database(folder))["policy"]["one_campaign_per_lead"]
    call_service(folder, lambda s: s.release(CLIENT, OTHER, ["lead-001"], by=ANN))
    told = document(
        "policy", *_database(folder), "--by", "ann", "--one-campaign-per-lead", "--cooldown", "3"
    )
    assert told["doubles"] == 1
    call_service(folder, lambda s: s.complete(CLIENT, OTHER, by=ANN))
    told = document("policy", *_database(folder), "--by", "ann", "--cooldown", "4")
    assert told["doubles"] == 0


def _database(folder: Path) -> tuple[str, ...]:
    return ("--db", url(folder), "--client", str(CLIENT))


def test_doubles_are_counted_on_postgresql(postgres_url: str) -> None:
    with databases.new(postgres_url) as db:
        with SQLAlchemyStore.open(db) as store:
            service = ck.CampaignService(store)
            for number in (1, 2, 3):
                draft = ck.Campaign.draft(id=UUID(int=number), client_id=CLIENT, name="Perth")
                service.create(draft, by=ANN)
                service.activate(CLIENT, draft.id, by=ANN)
                leads = [ck.Lead(f"lead-{n}", 99) for n in range(number)]
                service.intake(CLIENT, draft.id, leads, day=DAY, by=ANN)
            service.complete(CLIENT, UUID(int=1), by=ANN)
        by = ("--db", db, "--client", str(CLIENT), "--by", "ann")
        assert document("policy", *by, "--one-campaign-per-lead")["doubles"] == 2
        told = document("policy", *by, "--limit", "sms=5/day")
        assert told["policy"]["one_campaign_per_lead"]


def test_changes_at_the_same_time_all_hold(folder: Path) -> None:
    database = make_url(url(folder))

    def limit(channel: ck.Channel) -> None:
        change = PolicyChange(
            file=None,
            one_campaign_per_lead=None,
            cooldown=None,
            limits={channel: ck.ChannelLimit(per_day=5)},
        )
        change_policy(database, 60, str(CLIENT), change, by=ANN, reason=None)

    with ThreadPoolExecutor(max_workers=len(ck.Channel)) as threads:
        list(threads.map(limit, ck.Channel))
    assert set(policy(folder).channel_limits) == set(ck.Channel)


def test_a_day_of_a_campaign_is_shown_with_what_the_limits_leave(folder: Path) -> None:
    assert (
        "Limits of the client"
        not in run("show", str(ID), "--db", url(folder), "--day", str(TUESDAY)).stdout
    )
    succeed(folder, "policy --by ann --limit email=0/day --limit linkedin=7/day")
    shown = run("show", str(ID), "--db", url(folder), "--day", str(TUESDAY)).stdout
    assert shown.splitlines()[-6:-3] == [
        "Limits of the client",
        "  email is shut: the client's limit of 0 a day is reached",
        "  linkedin: room for 7 leads",
    ], shown
    plain = json.loads(
        run("show", str(ID), "--db", url(folder), "--day", str(TUESDAY), "--json").stdout
    )
    assert plain["client_room"] == {"email": 0, "linkedin": 7}


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("policy --limit fax=1/day --by ann", ["--limit: no channel is called 'fax'; there are"]),
        ("policy --limit sms=1/month --by ann", ["--limit: sms must be none, or leads a day and"]),
        ("policy --limit sms=1/day,2/day --by ann", ["--limit: sms must be none, or leads a day"]),
        ("policy --limit sms --by ann", ["--limit: sms must be none, or leads a day and a week"]),
        (
            "policy --limit sms=1/day --limit sms=2/day --by ann",
            ["--limit: sms is given twice"],
        ),
        ("policy --cooldown 0 --by ann", ["--cooldown must be a number of days from 1, or none"]),
        ("policy --cooldown ²  --by ann", ["--cooldown must be a number of days from 1, or none"]),
        ("policy --cooldown 3", ["either --by USER or --ai NAME is required"]),
        ("policy --set x.toml --cooldown 3 --by ann", ["--set must not come with rules: the file"]),
        ("policy --history --cooldown 3 --by ann", ["--history must not come with rules or --set"]),
        ("policy --by ann", ["--by, --ai and --reason need a rule or --set"]),
        ("suppress --by ann", ["name leads by their ids, or pass --leads FILE"]),
        (
            "suppress x --channel sms,fax --until 2026",
            [
                "either --by USER or --ai NAME is required",
                "--until must be a day such as 2026-11-23, not '2026'",
                "--channel: no channel is called 'fax'; there are",
            ],
        ),
        ("unsuppress --by ann", ["name leads by their ids, or pass --leads FILE"]),
    ],
)
def test_wrong_options_are_told_together(folder: Path, line: str, faults: list[str]) -> None:
    ran = on(folder, line)
    assert ran.code == 2
    lines = [text.strip() for text in ran.stderr.splitlines()[1:]]
    assert [text[: len(fault)] for text, fault in zip(lines, faults, strict=True)] == faults


def test_rules_that_do_not_go_together_are_refused(folder: Path) -> None:
    ran = on(folder, "policy --by ann --cooldown 30")
    assert ran.code == 1
    assert ran.stderr.splitlines() == [
        "Error: a cooldown of 30 days needs one campaign per lead",
        "  pass --one-campaign-per-lead, or lift it with --cooldown none",
    ]
    assert policy(folder) == ck.ClientPolicy()


@pytest.mark.parametrize(
    "line", ["policy --limit sms=1/day", "suppress x", "unsuppress x", "erase x"]
)
def test_only_users_set_rules(folder: Path, line: str) -> None:
    ran = on(folder, f"{line} --ai scout")
    assert (ran.code, ran.stdout) == (1, "")
    assert (
        "only a user may set a client's policy, suppress or unsuppress leads, or erase"
        in ran.stderr
    )
    assert not call_service(folder, lambda s: s.client_history(CLIENT)).items


@pytest.mark.parametrize("line", ["policy --limit sms=1/day", "suppress x", "unsuppress x"])
def test_a_reason_that_is_too_long_is_refused(folder: Path, line: str) -> None:
    ran = on(folder, f"{line} --by ann --reason {'x' * 10_001}")
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Error: --reason must have at most 10,000 characters"), ran.stderr
    assert not call_service(folder, lambda s: s.client_history(CLIENT)).items


# -- Do not contact -------------------------------------------------------------------------------


def test_suppressed_leads_come_from_arguments_files_and_standard_input(folder: Path) -> None:
    file = folder / "stop.csv"
    file.write_text("name,email\nAnn,lead-001\nBo, lead-059 \nAnn,lead-001\n")
    shown = succeed(folder, f"suppress lead-000 --leads {file} --id email --by ann --channel sms")
    assert shown.splitlines()[0] == "Suppressed: 3 leads on sms"
    succeed(folder, "suppress --leads - --by ann --until 9000-01-02", stdin=b"lead_id\nlead-058\n")
    assert suppressed(folder) == {
        ("lead-000", "sms"): None,
        ("lead-001", "sms"): None,
        ("lead-058", None): "9000-01-02",
        ("lead-059", "sms"): None,
    }


def test_a_bad_row_suppresses_nobody(folder: Path) -> None:
    ran = on(
        folder, "suppress --leads - --by ann", stdin=b"lead_id\nlead-001\n,x\n  \nx\0y\nlead-002\n"
    )
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.splitlines() == [
        "Error: standard input: 2 bad rows of 4, so nothing was suppressed",
        "  line 3: 2 fields, expected 1, as in the header",
        "  line 5: lead_id is 'x\\x00y', expected an id, neither blank nor with NUL",
        "  fix them",
    ]
    ran = on(folder, "suppress --leads - --by ann", stdin=b"lead-001\n")
    assert ran.code == 1
    assert "--id: column 'lead_id' is missing" in ran.stderr
    assert suppressed(folder) == {}


def test_the_assignments_that_a_suppression_hits_are_listed(folder: Path) -> None:
    shown = succeed(folder, "suppress lead-001 lead-059 --by ann --reason 'asked by phone'")
    assert shown.splitlines() == [
        "Suppressed: 2 leads on all channels",
        "",
        "1 assignment made before: stop what has not been sent",
        " lead      channel   day         campaign",
        "────────────────────────────────────────────────",
        " lead-001  linkedin  2026-11-23  Sydney agencies",
    ]
    told = document("suppress", "lead-001", *_database(folder), "--by", "ann")
    [hit] = told["assignments"]
    assert hit["campaign_id"] == str(ID)
    assert hit["assignment"]["lead_id"] == "lead-001"


def test_assignments_to_suppressed_leads_are_listed_for_all_campaigns(folder: Path) -> None:
    take_into_other(folder, "lead-001")
    succeed(folder, "suppress lead-001 --by ann --channel linkedin")
    succeed(folder, "suppress lead-003 lead-059 --by ann")
    shown = succeed(folder, "suppressions --assigned").splitlines()
    told = document("suppressions", "--assigned", *_database(folder))["assignments"]
    hits = {(one["assignment"]["lead_id"], one["campaign_id"]) for one in told}
    assert {("lead-001", str(ID)), ("lead-003", str(ID))} <= hits
    assert shown[0] == f"Client {CLIENT}: {len(told)} assignments to suppressed leads"
    assert [row.split()[0] for row in shown[4:]] == [one["assignment"]["lead_id"] for one in told]
    succeed(folder, "unsuppress lead-001 lead-003 lead-059 --by ann")
    assert succeed(folder, "suppressions --assigned").splitlines() == [
        f"Client {CLIENT}: 0 assignments to suppressed leads"
    ]


def test_suppressions_are_listed_and_lifted(folder: Path) -> None:
    succeed(folder, "suppress lead-001 --by ann --channel sms,voice --reason 'by phone'")
    succeed(folder, "suppress lead-002 --by ann --until 9000-01-01")
    title, _, head, _, *rows = succeed(folder, "suppressions").splitlines()
    assert title == f"Client {CLIENT}: 3 suppressions"
    assert head.split() == ["lead", "channel", "last", "day", "by", "since", "reason"]
    assert [row.split()[:3] for row in rows] == [
        ["lead-001", "voice", "for"],
        ["lead-001", "sms", "for"],
        ["lead-002", "all", "9000-01-01"],
    ]
    assert all(len(row) <= 80 for row in rows)
    shown = succeed(folder, "unsuppress lead-001 lead-002 lead-003 --by ann --channel sms")
    assert shown.splitlines()[0] == "Lifted: 2 suppressions"
    until = "9000-01-01"
    assert suppressed(folder) == {
        ("lead-001", "voice"): None,
        **{("lead-002", channel): until for channel in ("email", "linkedin", "voice", "mail")},
    }
    assert succeed(folder, "unsuppress lead-003 --by ann") == "Lifted: 0 suppressions\n"


def test_a_day_that_is_over_is_refused(folder: Path) -> None:
    ran = on(folder, "suppress lead-001 --by ann --until 2020-01-01")
    assert ran.code == 1
    assert ran.stderr.startswith("Error: --until must not be over, but 2020-01-01 is before ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_client_without_campaigns_is_warned_of(folder: Path, command: str) -> None:
    by = {"suppress": " --by ann", "unsuppress": " --by ann", "erase": " --by ann"}.get(command, "")
    nobody = UUID(int=99)
    line = f"{command} {COMMANDS[command]}{by}"
    ran = run(*shlex.split(line), "--db", url(folder), "--client", str(nobody))
    assert ran.code == 0
    assert f"client {nobody} has no campaigns" in ran.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_client_that_is_neither_an_id_nor_a_file_is_refused(folder: Path, command: str) -> None:
    by = {"suppress": " --by ann", "unsuppress": " --by ann", "erase": " --by ann"}.get(command, "")
    line = f"{command} {COMMANDS[command]}{by}"
    ran = run(*shlex.split(line), "--db", url(folder), "--client", "hello")
    wanted = "--client must be the id of a client or the file of a campaign, not 'hello'"
    assert (ran.code, ran.stderr) == (1, f"Error: {wanted}\n")


# -- Intakes obey ---------------------------------------------------------------------------------


def test_an_intake_obeys_what_another_program_has_set(folder: Path) -> None:
    limits = {"linkedin": ck.ChannelLimit(per_day=3), "sms": ck.ChannelLimit(per_week=1)}
    rules = ck.ClientPolicy(one_campaign_per_lead=True, channel_limits=limits)
    call_service(folder, lambda s: s.set_client_policy(CLIENT, rules, by=ANN))
    call_service(folder, lambda s: s.suppress(CLIENT, ["lead-020", "lead-021"], by=ANN))
    take_into_other(folder, "lead-022")
    rows, counts = take_in(folder, TUESDAY)
    assert [rows[f"lead-02{n}"] for n in range(3)] == ["suppressed", "suppressed", "claimed"]
    assert (counts["linkedin"], counts.get("sms", 0)) == (3, 0)
    shown = intake(folder, day="2026-11-25").stdout
    assert "suppressed" in shown
    assert "claimed" in shown


def take_in(folder: Path, day: str) -> tuple[dict[str, str], dict[str, int]]:
    """Take the leads of the file into the campaign; return their reasons, and the counts."""
    out = folder / "out.csv"
    ran = intake(folder, "--json", "--out", out, day=day)
    assert ran.code == 0, ran.stderr
    with out.open(newline="") as file:
        reasons = {row["lead_id"]: row["reason"] for row in csv.DictReader(file)}
    return reasons, json.loads(ran.stdout)["counts"]


# -- Leads ----------------------------------------------------------------------------------------


def test_a_release_gives_back_unless_the_leads_were_contacted(folder: Path) -> None:
    db = ("--db", url(folder))
    ran = run(
        "release", folder / "campaign.toml", "lead-001", "lead-002", "zoe", *db, "--by", "ann"
    )
    assert ran.stdout.splitlines()[0] == "Release: 2 leads released"
    assert "1 lead ('zoe')" in ran.stdout
    again = ("--contacted", "--suppress", "sms,voice", "--by", "ann", *db)
    ran = run("release", str(ID), "lead-003", *again)
    assert ran.stdout.splitlines()[0] == "Release: 1 lead released (1 as contacted)"
    assert ran.stdout.splitlines()[-1] == (
        "Suppressed on voice and sms in all campaigns of the client"
    )
    assert suppressed(folder) == {("lead-003", "sms"): None, ("lead-003", "voice"): None}
    snapshot = call_service(folder, lambda s: s.store.snapshot(CLIENT, ID, day=DAY))
    assert snapshot.progress.admitted_today == 18
    run("release", str(ID), "lead-004", "--suppress", "all", "--by", "ann", *db)
    assert ("lead-004", None) in suppressed(folder)
    reasons, _ = take_in(folder, TUESDAY)
    assert reasons["lead-003"] == "contacted"


def test_what_an_ai_releases_waits_for_a_user(folder: Path) -> None:
    by = ("--db", url(folder), "--ai", "scout", "--today", MONDAY)
    ran = run("release", str(ID), "lead-001", *by, "--contacted")
    assert ran.code == 0
    assert "release" in ran.stdout
    assert "suggested by scout (ai)" in ran.stdout
    ran = run("release", str(ID), "lead-001", *by, "--suppress", "all")
    assert ran.code == 1
    assert "only a user may" in ran.stderr


def test_the_record_of_a_lead(folder: Path) -> None:
    succeed(folder, "suppress lead-001 --by ann --channel sms --reason 'by phone'")
    run("release", str(ID), "lead-001", "--db", url(folder), "--by", "ann", "--contacted")
    title, admitted, suppression, released = succeed(folder, "lead lead-001").splitlines()
    assert title == "Record of lead lead-001"
    assert admitted == "  admitted on linkedin for 2026-11-23 in Sydney agencies"
    assert suppression.endswith("suppressed on sms by user 'ann' (by phone)")
    assert released.endswith(
        "released as contacted on linkedin for 2026-11-23 by user 'ann' in Sydney agencies"
    )
    told = document("lead", "lead-001", *_database(folder))
    assert [entry["kind"] for entry in told["record"]["entries"]] == [
        *("admitted", "suppressed", "released")
    ]
    assert told["campaigns"] == {str(ID): "Sydney agencies"}
    nobody = succeed(folder, "lead zoe").splitlines()
    assert nobody[1:] == ["  no campaign of the client has had anything to do with the lead"]


def test_an_erased_lead_is_gone_and_stays_suppressed(folder: Path) -> None:
    shown = succeed(folder, "erase lead-001 --by ann")
    assert shown.splitlines() == [
        "Erased: 1 lead",
        "  All counts stay, and the lead stays suppressed on all channels.",
    ]
    assert "lead-001" not in succeed(folder, "suppressions")
    ids = {a.lead_id for a in call_service(folder, lambda s: s.store.assignments(CLIENT, ID)).items}
    assert len(ids) == 20
    assert "lead-001" not in ids
    reasons, _ = take_in(folder, TUESDAY)
    assert reasons["lead-001"] == "suppressed"


def test_a_restored_campaign_says_what_it_has_released(folder: Path) -> None:
    line = "1 lead released, as other campaigns have them: email 1"
    on_other = (str(OTHER), "--db", url(folder))
    take_into_other(folder, "lead-001")
    succeed(folder, "policy --by ann --one-campaign-per-lead")
    assert run("delete", *on_other, "--by", "ann").code == 0
    assert line in run("restore", *on_other, "--by", "ann").stdout.splitlines()[1]
    assert run("history", *on_other).stdout.splitlines()[-1] == f"      {line}"
    assert run("delete", *on_other, "--by", "ann").code == 0
    again = json.loads(run("restore", *on_other, "--by", "ann", "--json").stdout)
    assert again["released"] == 0


# -- Help pages -----------------------------------------------------------------------------------


def test_all_commands_on_clients_have_examples(folder: Path) -> None:
    """An example of each help page runs on a database that has the campaign."""
    write_campaign(folder)
    write_hot(folder, range(3))
    for command in (*COMMANDS, "release"):
        lines = run(command, "--help").stdout.split("Examples:\n")[1].replace("\\\n", "")
        for line in lines.strip().splitlines():
            words = shlex.split(line)
            assert words[:2] == ["campaignkit", command]
            known = {
                "campaign.toml": folder / "campaign.toml",
                "opted_out.csv": folder / "leads.csv",
            }
            arguments = [known.get(word, word) for word in words[1:]]
            arguments[arguments.index("--db") + 1] = url(folder)
            ran = run(*arguments)
            assert ran.code == 0, ran.stderr


# -- Before the first intake ----------------------------------------------------------------------


@pytest.mark.parametrize("there", ["nothing", "an empty file", "another program"])
@pytest.mark.parametrize(
    "line", ["suppress lead-003 --by ann", "policy --limit email=5/day --by ann"]
)
def test_what_a_client_shares_may_be_stored_before_the_first_intake(
    tmp_path: Path, line: str, there: str
) -> None:
    file = tmp_path / "campaigns.db"
    if there != "nothing":
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript("CREATE TABLE other (x)" if "program" in there else "")
        file.touch()
    before = file.read_bytes() if file.exists() else None
    refused = on(tmp_path, line)
    assert (refused.code, refused.stdout) == (1, "")
    assert "  --create or the first intake" in refused.stderr
    assert (file.read_bytes() if file.exists() else None) == before
    assert "has no campaigns" in succeed(tmp_path, f"{line} --create")
    succeed(tmp_path, line)
    write_campaign(tmp_path, "daily_lead_limit = 20\n")
    write_hot(tmp_path, range(10))
    ran = intake(tmp_path)
    assert (ran.code, ran.stderr) == (0, "")
    assert ("suppressed" in ran.stdout) == line.startswith("suppress")
    assert suppressed(tmp_path).keys() == (
        {("lead-003", None)} if line.startswith("suppress") else set()
    )


def test_create_needs_a_change_of_the_policy(tmp_path: Path) -> None:
    ran = on(tmp_path, "policy --create")
    assert (ran.code, "--create needs a rule or --set" in ran.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def test_what_was_suppressed_already_is_counted(folder: Path) -> None:
    title = succeed(folder, "suppress lead-000 lead-001 --by ann").splitlines()[0]
    assert title == "Suppressed: 2 leads on all channels"
    title = succeed(folder, "suppress lead-000 lead-001 ' lead-001 ' zoe --by ann").splitlines()[0]
    assert title.endswith(" leads on all channels (2 were already)")
    succeed(folder, "suppress kim --channel sms --by ann")
    title = succeed(folder, "suppress pam kim --channel sms --by ann").splitlines()[0]
    assert title == "Suppressed: 2 leads on sms (1 was already)"
    succeed(folder, "suppress pat --until 2099-01-31 --by ann")
    assert "already" not in succeed(folder, "suppress pat --until 2099-02-28 --by ann")
    assert json.loads(succeed(folder, "suppress pat kim --by ann --json"))["already"] == 0
    assert json.loads(succeed(folder, "suppress pat kim --by ann --json"))["already"] == 2

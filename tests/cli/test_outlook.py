"""`campaignkit forecast`, `compare` and `explain` say what the library says, and store nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit.cli._campaign_toml import read_campaign
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import CLIENT, ID, MONDAY, NAMED, TUESDAY, intake, url, write_campaign
from tests.cli.running import run, write_leads
from tests.storage.sqlalchemy import databases

DAYS = [date(2026, 11, 23) + timedelta(days=n) for n in range(4)]
SETTINGS = "daily_lead_limit = 8\nstart_date = 2026-11-23\n"
MIXES = {
    "calls": ck.Allocation(email=60, voice=40),
    "texts": ck.Allocation(email=60, sms=40),
}
MIX_OPTIONS = ("--mix", "calls=email=60,voice=40", "--mix", "texts=email=60, sms=40")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign of 8 leads a day, and with 30 leads of all tiers."""
    write_campaign(tmp_path, SETTINGS)
    rows = [(f"lead-{n:02}", 3 * n) for n in range(30)]
    write_leads(tmp_path / "leads.csv", rows, "lead_id,als_score")
    return tmp_path


LEADS = [ck.Lead(f"lead-{n:02}", 3 * n) for n in range(30)]


def document(*arguments: str | Path) -> Any:  # noqa: ANN401  # whatever JSON holds
    ran = run(*arguments, "--json")
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    return json.loads(ran.stdout)


def forecast(folder: Path, *options: str | Path, as_json: bool = True) -> Any:  # noqa: ANN401
    arguments = ("forecast", folder / "campaign.toml", folder / "leads.csv", *options)
    return document(*arguments) if as_json else run(*arguments)


def as_json(made: ck.Forecast) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(ck.to_dict(made)))


def without_times(forecast: dict[str, Any]) -> dict[str, Any]:
    campaign = {n: v for n, v in forecast["campaign"].items() if not n.endswith("_at")}
    return {**forecast, "campaign": campaign, "sentences": None}


def check_forecast(found: dict[str, Any], expected: ck.Forecast) -> None:
    assert found["sentences"] == list(expected.sentences)
    assert without_times(found) == without_times(as_json(expected))


# --- forecast ------------------------------------------------------------------------------------


def test_a_forecast_of_a_file_is_that_of_the_library(folder: Path) -> None:
    campaign = read_campaign(str(folder / "campaign.toml"))
    found = forecast(folder, "--days", "4")["forecasts"]
    check_forecast(found["1"], ck.forecast(campaign, LEADS, days=4))
    horizons = ("--horizon", "1", "--horizon", "pool", "--horizon", "2")
    found = forecast(folder, "--days", "4", *horizons)["forecasts"]
    compared = ck.compare_horizons(campaign, LEADS, [1, "pool", 2], days=4)
    assert [*found] == [*compared] == ["1", "pool", "2"]
    for horizon, expected in compared.items():
        check_forecast(found[horizon], expected)


def test_weekends_may_be_left_out(folder: Path) -> None:
    days = forecast(folder, "--days", "6", "--weekdays", "--day", "2026-11-26")["forecasts"]["1"]
    assert [each["day"][-2:] for each in days["days"]] == ["26", "27", "30", "01", "02", "03"]
    last = forecast(folder, "--days", "6", "--day", "9999-12-30")["forecasts"]["1"]["days"]
    assert [each["day"] for each in last] == ["9999-12-30", "9999-12-31"]


def test_the_report_of_a_forecast(folder: Path) -> None:
    shown = forecast(folder, "--days", "2", as_json=False).stdout
    leads = folder / "leads.csv"
    assert shown.startswith(f"Sydney agencies: forecast of 2 days with 30 leads of {leads}\n")
    assert "  16 leads in 2 days\n" in shown
    assert " 2026-11-24      8 " in shown
    several = forecast(folder, "--horizon", "1", "--horizon", "pool", as_json=False).stdout
    assert several.startswith("Sydney agencies: comparison of 2 horizons with 30 leads of ")
    assert "\nHorizon pool\n" in several


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_forecast_goes_on_from_the_database(
    folder: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """It knows who is in, who was contacted, and the rules of the client."""
    if kind == "sqlite":
        _go_on(folder, url(folder))
    else:
        with databases.new(request.getfixturevalue("postgres_url")) as db:
            _go_on(folder, db)


def _go_on(folder: Path, db: str) -> None:
    assert intake(folder, db=db).code == 0
    by = ("--db", db, "--by", "ann")
    client = ("--client", str(CLIENT))
    for command in (
        ("release", str(ID), "lead-29", "--contacted"),
        ("suppress", "lead-20", *client),
        ("policy", "--limit", "email=2/day", *client),
    ):
        assert run(*command, *by).code == 0
    options = ("--db", db, "--day", TUESDAY, "--days", "3")
    found = forecast(folder, *options)
    assert (found["already"], found["contacted"]) == (7, 1)
    with SQLAlchemyStore.open(db) as store:
        ids = [str(lead.id) for lead in LEADS]
        snapshot = store.snapshot(CLIENT, ID, day=DAYS[1], lead_ids=ids)
    expected = ck.forecast(
        snapshot.campaign,
        [lead for lead in LEADS if lead.id not in snapshot.contacted],
        days=DAYS[1:],
        progress=snapshot.progress,
        already=snapshot.assignments,
        client=snapshot.client,
    )
    check_forecast(found["forecasts"]["1"], expected)
    assert max(day.counts["email"] for day in expected.days) == 2
    shown = forecast(folder, *options, as_json=False).stdout
    assert "  in the campaign already: 7 leads of the file\n" in shown
    assert "\nLeft out\n  1  contacted  " in shown
    # Its first day is the intake of that day.
    admitted = json.loads(intake(folder, "--json", day=TUESDAY, db=db).stdout)
    assert admitted["counts"] == found["forecasts"]["1"]["days"][0]["counts"]


def test_a_new_campaign_is_forecast_under_the_rules_of_its_client(folder: Path) -> None:
    other = folder / "other.toml"
    named = NAMED.replace(str(ID), str(UUID(int=5)))
    other.write_text(f"{named}daily_lead_limit = 8\n", encoding="utf-8")
    db = ("--db", url(folder))
    first = run("intake", other, folder / "leads.csv", *db, "--day", MONDAY, "--by", "ann")
    assert first.code == 0
    one = ("policy", "--client", str(CLIENT), "--one-campaign-per-lead", *db, "--by", "ann")
    assert run(*one).code == 0
    shown = forecast(folder, *db, as_json=False).stdout
    assert "  The campaign is not in the database yet\n" in shown
    assert re.search(r" 8  claimed +another campaign", shown)


def test_a_changed_file_is_forecast_only_on_request(folder: Path) -> None:
    assert intake(folder).code == 0
    write_campaign(folder, SETTINGS.replace("8", "9"))
    options = ("--db", url(folder), "--day", TUESDAY, "--days", "1")
    refused = forecast(folder, *options, as_json=False)
    assert refused.code == 1
    assert "  daily_lead_limit: 8 in the database, 9 in the file\n" in refused.stderr
    updated = forecast(folder, *options, "--update", as_json=False).stdout
    assert "  with daily_lead_limit from 8 to 9\n" in updated
    assert "\n 2026-11-24      9 " in updated


def test_a_draft_is_forecast_as_if_it_were_activated(folder: Path) -> None:
    with SQLAlchemyStore.open(url(folder)) as store:
        wanted = read_campaign(str(folder / "campaign.toml"))
        ck.CampaignService(store).create(wanted, by=ck.Actor.user("ann"))
    days = forecast(folder, "--db", url(folder), "--days", "1")["forecasts"]["1"]["days"]
    assert sum(days[0]["counts"].values()) == 8


@pytest.mark.parametrize(
    ("options", "code", "fault"),
    [
        (
            ("--horizon", "0"),
            2,
            "--horizon must be a number of days from 1 to 100,000, end or pool,",
        ),
        (("--horizon", "2", "--horizon", "2"), 2, "--horizon: 2 is given twice"),
        (("--day", "monday"), 2, "--day must be a day such as 2026-11-23, not 'monday'"),
        (("--update",), 2, "--update needs --db"),
        (("--days", "0"), 2, "--days"),
        (("--horizon", "end"), 1, "--horizon"),
        (("--horizon", "end", "--horizon", "1"), 1, "--horizon"),
    ],
)
def test_faults_of_a_forecast_name_the_option(
    folder: Path, options: tuple[str, ...], code: int, fault: str
) -> None:
    ran = forecast(folder, *options, as_json=False)
    assert (ran.code, ran.stdout) == (code, "")
    assert fault in ran.stderr


def test_a_forecast_needs_a_first_day(folder: Path) -> None:
    assert intake(folder).code == 0
    ran = forecast(folder, "--db", url(folder), as_json=False)
    assert ran.stderr == (
        "Error: --day is required, on which the forecast goes on: Sydney agencies has admitted"
        " 8 leads already\n"
    )
    campaign = write_campaign(folder)
    ran = forecast(folder, as_json=False)
    assert ran.stderr == f"Error: --day is required: {campaign} has no start_date\n"


# --- compare -------------------------------------------------------------------------------------


def test_a_comparison_is_that_of_the_library(folder: Path) -> None:
    found = document("compare", folder / "leads.csv", *MIX_OPTIONS)["mixes"]
    expected = ck.compare(MIXES, LEADS)
    assert [*found] == [*expected] == ["calls", "texts"]
    for name, mix in expected.items():
        plain = json.loads(json.dumps(ck.to_dict(mix)))
        assert {key: found[name][key] for key in plain} == plain
        assert found[name]["shortfall"] == dict(mix.shortfall)
        advice = list(mix.advice.sentences) if mix.bottlenecks else []
        assert found[name]["sentences"] == advice
    shown = run("compare", folder / "leads.csv", *MIX_OPTIONS).stdout
    assert shown.startswith(f"Comparison of 2 mixes on 30 leads of {folder / 'leads.csv'}\n")
    assert max(map(len, shown.splitlines()[2:12])) <= 80


def test_the_mix_of_a_campaign_is_compared_with_others(folder: Path) -> None:
    campaign = ("--campaign", folder / "campaign.toml")
    found = document("compare", folder / "leads.csv", *campaign, *MIX_OPTIONS)["mixes"]
    assert [*found] == ["campaign", "calls", "texts"]
    assert found["campaign"]["allocation"] == dict(ck.DEFAULT_ALLOCATION)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ((), "--mix or --campaign is required"),
        (("--mix", "email=60"), "--mix must be NAME=CHANNEL=PERCENT,..., such as"),
        (("--mix", "email=90,linkedin=10"), "--mix must be NAME=CHANNEL=PERCENT,..., such as"),
        (("--mix", "a=email=60,sms=30"), "--mix a: shares must add up to 100, not 60 + 30 = 90"),
        (("--mix", "a=fax=100"), "--mix a: no channel is called 'fax'"),
        (("--mix", "a=email=100", "--mix", "a=sms=100"), "--mix: a is given twice"),
        (("--mix", "campaign=email=100", "--campaign", "x"), "--mix campaign must have another"),
    ],
)
def test_faults_of_mixes_are_named(folder: Path, options: tuple[str, ...], fault: str) -> None:
    ran = run("compare", folder / "leads.csv", *options)
    assert (ran.code, ran.stdout) == (2, "")
    assert fault in ran.stderr


# --- explain -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lead_id", ["lead-29", "lead-12", "lead-01"])
def test_an_explanation_of_a_plan_is_that_of_the_library(folder: Path, lead_id: str) -> None:
    for options, mix in (
        ((), ck.DEFAULT_ALLOCATION),
        (("--allocation", "email=60,sms=40"), MIXES["texts"]),
        (("--campaign", folder / "campaign.toml"), ck.DEFAULT_ALLOCATION),
    ):
        found = document("explain", lead_id, folder / "leads.csv", *options)
        assert found["explanation"] == ck.plan(mix, LEADS).explain(lead_id)
        assert found["lead"]["id"] == lead_id
        assert run("explain", lead_id, folder / "leads.csv", *options).stdout.startswith(
            f"{found['explanation']}\n"
        )


def test_an_explanation_of_an_intake_is_that_of_the_library(folder: Path) -> None:
    where = ("--db", url(folder), "--campaign", folder / "campaign.toml")
    campaign = read_campaign(str(folder / "campaign.toml"))
    for day in DAYS[:2]:
        active = campaign.activate(at=campaign.updated_at)
        with_day = ck.Progress(day)
        already: Mapping[str, ck.Assignment] = {}
        if day == DAYS[1]:
            assert intake(folder).code == 0
            with SQLAlchemyStore.open(url(folder)) as store:
                ids = [str(lead.id) for lead in LEADS]
                snapshot = store.snapshot(CLIENT, ID, day=day, lead_ids=ids)
            with_day, already = snapshot.progress, snapshot.assignments
        expected = ck.intake(active, LEADS, progress=with_day, already=already)
        for lead_id in ("lead-29", "lead-20", "lead-15", "lead-00"):
            found = document("explain", lead_id, folder / "leads.csv", *where, "--day", str(day))
            assert found["explanation"] == expected.explain(lead_id)
    known = document("explain", "lead-29", *where)
    assert known["explanation"].startswith("'lead-29' has ")
    assert [entry["kind"] for entry in known["record"]["entries"]] == ["admitted"]
    unknown = run("explain", "lead-00", *where)
    assert unknown.stdout == (
        "'lead-00' is not in Sydney agencies\n"
        "  no campaign of the client has had anything to do with the lead\n\n"
        "With LEADS and --day it says what an intake would do.\n"
    )


def test_an_explanation_knows_the_rules_of_the_client(folder: Path) -> None:
    other = folder / "other.toml"
    named = NAMED.replace(str(ID), str(UUID(int=5)))
    other.write_text(f"{named}daily_lead_limit = 1\n", encoding="utf-8")
    by = ("--db", url(folder), "--by", "ann")
    client = ("--client", str(CLIENT))
    for command in (
        ("intake", other, folder / "leads.csv", "--day", MONDAY),
        ("policy", "--one-campaign-per-lead", *client),
        ("suppress", "lead-28", *client, "--channel", "email"),
    ):
        assert run(*command, *by).code == 0
    campaign = ("--db", url(folder), "--campaign", folder / "campaign.toml", "--day", TUESDAY)
    explain = ("explain", folder / "leads.csv", *campaign)
    said = {
        lead_id: document(explain[0], lead_id, *explain[1:])["explanation"]
        for lead_id in ("lead-29", "lead-28")
    }
    assert said["lead-29"] == "'lead-29' is kept out: another campaign of the client has the lead"
    assert "must not be contacted on email" in said["lead-28"]


def test_a_lead_that_is_missing_or_refused_is_explained(folder: Path) -> None:
    leads = folder / "leads.csv"
    missing = run("explain", "Lead-099", leads)
    assert (missing.code, missing.stdout) == (1, "")
    assert missing.stderr.startswith(f"Error: {leads} has no lead 'Lead-099'\n  is it 'lead-0")
    leads.write_text(f"{leads.read_text()}ann,high\n", encoding="utf-8")
    refused = run("explain", "ann", leads, "--skip-bad")
    assert refused.stderr == (
        f"Error: {leads}: the row of 'ann' is no lead\n"
        "  line 32: als_score is 'high', expected a number from 0 to 100, or blank\n"
    )


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "LEADS or --db is required"),
        (("leads.csv", "--db", "sqlite:///x.db", "--day", MONDAY), "--db needs --campaign"),
        (("leads.csv", "--db", "sqlite:///x.db", "--campaign", "c"), "--day is required with --db"),
        (("leads.csv", "--day", MONDAY), "--day needs --db and LEADS"),
        (("leads.csv", "--horizon", "2"), "--horizon needs --db and LEADS"),
        (
            ("leads.csv", "--campaign", "c", "--allocation", "email=100"),
            "--allocation must not come with --campaign or --db",
        ),
    ],
)
def test_faults_of_explain_name_the_option(arguments: tuple[str, ...], fault: str) -> None:
    ran = run("explain", "ann", *arguments)
    assert (ran.code, ran.stdout) == (2, "")
    assert fault in ran.stderr


def test_leads_that_do_not_fit_the_targeting_of_the_campaign_are_left_out(folder: Path) -> None:
    """So they are in an intake of the campaign, and in its file the columns are mapped."""
    campaign = write_campaign(
        folder,
        f'{SETTINGS}[targeting]\nindustries = ["SEO"]\n[leads.prospect]\nindustry = "branch"\n',
    )
    leads = folder / "leads.csv"
    rows = [(f"lead-{n}", 90 - n, ("SEO", "Farming")[n % 2]) for n in range(12)]
    write_leads(leads, rows, "lead_id,als_score,branch")
    fitting = [ck.Lead(lead_id, score) for lead_id, score, branch in rows if branch == "SEO"]
    named = ("--campaign", campaign)
    compared = document("compare", leads, *named)
    assert compared["mixes"]["campaign"]["counts"] == dict(
        ck.plan(ck.DEFAULT_ALLOCATION, fitting).counts
    )
    assert compared["targeting"]["no_fit"]["leads"] == 6
    assert "\nLeft out\n  6  off_target " in run("compare", leads, *named).stdout
    forecasts = forecast(folder, "--days", "2")["forecasts"]
    expected = ck.forecast(read_campaign(str(campaign)), fitting, days=2)
    check_forecast(forecasts["1"], expected)
    shown = forecast(folder, "--days", "2", as_json=False).stdout
    assert "\n  6 leads in 2 days\n" in shown
    where = (*named, "--db", url(folder), "--day", MONDAY)
    for options in (named, where):
        said = document("explain", "lead-1", leads, *options)["explanation"]
        why = "the lead does not fit the campaign's targeting: industry is 'Farming' in 'branch'"
        assert said == f"'lead-1' is left out: {why}"
    said = document("explain", "lead-2", leads, *named)["explanation"]
    assert said == ck.plan(ck.DEFAULT_ALLOCATION, fitting).explain("lead-2")


# --- all of them ---------------------------------------------------------------------------------


def _list_commands(folder: Path) -> Iterator[tuple[str | Path, ...]]:
    leads, campaign = folder / "leads.csv", folder / "campaign.toml"
    db = ("--db", url(folder))
    yield ("forecast", campaign, leads, *db, "--day", TUESDAY, "--days", "2")
    yield ("compare", leads, "--campaign", campaign)
    yield ("explain", "lead-29", leads, *db, "--campaign", campaign, "--day", TUESDAY)


def _nothing(_folder: Path) -> None: ...


def _first_day(folder: Path) -> None:
    assert intake(folder).code == 0


@pytest.mark.parametrize("prepare", [_nothing, _first_day])
def test_nothing_is_stored(folder: Path, prepare: Callable[[Path], None]) -> None:
    prepare(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for command in _list_commands(folder):
        assert run(*command).code == 0
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_values_that_do_not_fit_the_targeting_are_named(tmp_path: Path) -> None:
    aim = '[targeting]\nindustries = ["SEO"]\nlocations = ["Sydney"]\n'
    mapped = '[leads]\nunknown = "leave"\n[leads.prospect]\nindustry = "Trade"\n'
    write_campaign(tmp_path, f'{aim}{mapped}location = "City,Country"\n')
    rows = [
        ("ann", 90, "SEO", "Sydney", "Australia"),
        ("bob", 80, "Retail", "Perth", "Australia"),
        ("cy", 70, "", "Sydney", ""),
        ("dee", 60, "Farms", "Sydney", "Australia"),
    ]
    leads = write_leads(tmp_path / "leads.csv", rows, "lead_id,als_score,Trade,City,Country")
    no, unknown = ck.Reason.OFF_TARGET.message, ck.Reason.FIT_UNKNOWN.message
    for lead_id, said in {
        "ann": "",
        "bob": f"'bob' is left out: {no}: industry is 'Retail' in 'Trade'; location is 'Perth' in"
        " 'City' and 'Australia' in 'Country'",
        "cy": f"'cy' is left out: {unknown}: industry is blank in 'Trade'",
        "dee": f"'dee' is left out: {no}: industry is 'Farms' in 'Trade'",
    }.items():
        command = ("explain", lead_id, leads, "--campaign", tmp_path / "campaign.toml")
        for of_intake in ((), ("--db", url(tmp_path), "--day", MONDAY, "--today", MONDAY)):
            ran = run(*command, *of_intake)
            assert (ran.code, ran.stderr) == (0, "")
            told = ran.stdout.splitlines()[0]
            assert told == said if said else "left out" not in told

"""`campaignkit feed`: what happened in the campaigns of a client since a cursor."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

import campaignkit as ck
from tests.cli.campaigns import CLIENT, ID, url
from tests.cli.deciding import ANN, begin_campaign, call_service, document, stored
from tests.cli.running import run

OTHER = UUID(int=7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two campaigns of a client, and one of another."""
    begin_campaign(tmp_path)
    for client_id, campaign_id in ((CLIENT, UUID(int=1)), (OTHER, UUID(int=2))):
        draft = ck.Campaign.draft(id=campaign_id, client_id=client_id, name="Perth")
        call_service(tmp_path, partial(ck.CampaignService.create, campaign=draft, by=ANN))
    return tmp_path


def test_the_report_of_a_feed(folder: Path) -> None:
    cursor = document("feed", str(CLIENT), "--db", url(folder))["next"]
    for named in (str(CLIENT), folder / "campaign.toml"):
        ran = run("feed", named, "--db", url(folder))
        assert (ran.code, ran.stderr) == (0, "")
        lines = ran.stdout.splitlines()
        assert lines[:3] == ["4 events", "", "Perth"]
        assert lines[3] == "   1  2026-11-23 09:00 UTC  ann (user) created the campaign"
        assert lines[4:6] == ["", "Sydney agencies"]
        assert lines[-3:] == ["", "Next cursor", f"  {cursor}"]


def test_each_event_comes_once(folder: Path) -> None:
    def read(*options: str) -> tuple[list[ck.Event], str]:
        told = document("feed", str(CLIENT), "--db", url(folder), *options)
        return [ck.from_dict(ck.Event, one) for one in told["events"]], told["next"]

    everything, end = read()
    assert len(everything) == 4
    seen, cursor = read("--limit", "1")
    while (more := read("--limit", "1", "--cursor", cursor))[0]:
        seen, cursor = [*seen, *more[0]], more[1]
    assert cursor == end
    assert sorted(seen, key=repr) == sorted(everything, key=repr)
    call_service(folder, lambda s: s.pause(CLIENT, ID, by=ANN))
    new, after = read("--cursor", end)
    assert [one.action for one in new] == [ck.Action.PAUSE]
    assert read("--cursor", after) == ([], after)


def test_an_empty_feed_keeps_its_cursor(folder: Path) -> None:
    nobody = str(UUID(int=99))
    told = document("feed", nobody, "--db", url(folder))
    assert (told["events"], told["corrupt"]) == ([], [])
    shown = run("feed", nobody, "--db", url(folder), "--cursor", told["next"]).stdout
    assert shown == f"0 events\n\nNext cursor\n  {told['next']}\n"


def test_a_wrong_cursor_is_refused(folder: Path) -> None:
    others = document("feed", str(OTHER), "--db", url(folder))["next"]
    before = stored(folder)
    for cursor, words in ((others, "must be one of client"), ("x", "must be the `next` of a page")):
        ran = run("feed", str(CLIENT), "--db", url(folder), "--cursor", cursor)
        assert (ran.code, ran.stdout) == (1, "")
        assert words in ran.stderr
    ran = run("feed", str(CLIENT), "--db", url(folder), "--limit", "0")
    assert (ran.code, ran.stdout) == (2, "")
    assert stored(folder) == before


def test_who_is_no_client(folder: Path) -> None:
    ran = run("feed", "Sydney agencies", "--db", url(folder))
    assert (ran.code, ran.stdout) == (1, "")
    assert "Sydney agencies" in ran.stderr

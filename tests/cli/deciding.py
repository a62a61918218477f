"""What an AI suggests for a campaign, and a user's decisions by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import CLIENT, ID, MONDAY, intake, url, write_campaign, write_hot
from tests.cli.running import Run, run

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def begin_campaign(folder: Path) -> Path:
    """Write a campaign in co_pilot and its leads into a folder, and let it have its first day."""
    for name, content in _make_files().items():
        (folder / name).write_bytes(content)
    return folder


@cache
def _make_files() -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_campaign(folder, "daily_lead_limit = 20\n")
        write_hot(folder, range(60))
        assert intake(folder).code == 0
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def document(*arguments: str | Path) -> Any:  # noqa: ANN401  # whatever JSON holds
    ran = run(*arguments, "--json")
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    return json.loads(ran.stdout)


def call_service(folder: Path, do: Callable[[ck.CampaignService], Any], at: datetime = NOW) -> Any:  # noqa: ANN401
    with SQLAlchemyStore.open(url(folder)) as store:
        return do(ck.CampaignService(store, clock=lambda: at))


def suggest(folder: Path, change: ck.Command, **said: Any) -> ck.Suggestion:  # noqa: ANN401
    found: ck.Suggestion = call_service(
        folder, lambda s: s.submit(CLIENT, ID, change, by=SCOUT, **said)
    )
    return found


def decide(folder: Path, command: str, suggestion_id: object, *options: str | Path) -> Run:
    """Let Ann decide on a suggestion, on the day on which the campaign began."""
    today = ("--today", MONDAY) if command == "approve" else ()
    by = ("--db", url(folder), "--by", "ann")
    return run(command, str(suggestion_id), *by, *today, *options)


def decided(folder: Path, command: str, suggestion_id: object, *options: str | Path) -> Any:  # noqa: ANN401
    """Return what the command prints as JSON."""
    ran = decide(folder, command, suggestion_id, *options, "--json")
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    return json.loads(ran.stdout)


def offer(folder: Path, leads: Iterable[int], **said: Any) -> ck.Suggestion:  # noqa: ANN401
    """Let the AI suggest hot leads of these numbers for Tuesday."""
    some = [ck.Lead(f"lead-{n:03}", 90) for n in leads]
    return suggest(folder, ck.AssignLeads(some, date(2026, 11, 24)), **said)


def stored(folder: Path) -> tuple[Any, ...]:
    """Return all that the database holds of the campaign."""

    def read(service: ck.CampaignService) -> tuple[Any, ...]:
        store = service.store
        return (
            store.snapshot(CLIENT, ID),
            store.assignments(CLIENT, ID, limit=1_000),
            store.suggestions(CLIENT),
            store.history(CLIENT, ID, limit=1_000),
            store.client(CLIENT),
            store.suppressions(CLIENT, limit=1_000),
            store.client_history(CLIENT, limit=1_000),
        )

    found: tuple[Any, ...] = call_service(folder, read)
    return found

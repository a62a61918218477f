"""A campaign file and a file of leads for the commands that use a database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from campaignkit import Assignment, Campaign, Progress
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.running import Run, run, write_leads

ID = UUID("5f0f3d5c-43f5-4c1b-9a37-0d1f6a1c7e52")
CLIENT = UUID("7a1c2f5e-0d8b-4c55-9a53-0f2d7f1f3a10")
MONDAY, TUESDAY = "2026-11-23", "2026-11-24"

NAMED = f'id = "{ID}"\nclient_id = "{CLIENT}"\nname = "Sydney agencies"\n'
"""As much as there must be in a file."""


def write_campaign(folder: Path, more: str = "", named: str = NAMED) -> Path:
    path = folder / "campaign.toml"
    path.write_text(f"{named}{more}", encoding="utf-8")
    return path


def write_hot(folder: Path, leads: Iterable[int]) -> Path:
    """Write leads who may all get any channel; the lower the number, the higher the score."""
    rows = [(f"lead-{n:03}", 100 - n / 10) for n in leads]
    return write_leads(folder / "leads.csv", rows, "lead_id,als_score")


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'campaigns.db'}"


def intake(folder: Path, *options: str | Path, day: str = MONDAY, db: str | None = None) -> Run:
    """Take `leads.csv` into the campaign of `campaign.toml`."""
    files = (folder / "campaign.toml", folder / "leads.csv")
    who = () if {"--by", "--ai"} & set(options) else ("--by", "ann")
    today = () if "--today" in options else ("--today", MONDAY)
    return run("intake", "--db", db or url(folder), *files, "--day", day, *who, *today, *options)


def stored(db: str) -> tuple[Campaign, Progress, list[Assignment]]:
    """Read what a database holds of the campaign."""
    with SQLAlchemyStore.open(db) as store:
        snapshot = store.snapshot(CLIENT, ID)
        leads = store.assignments(CLIENT, ID, limit=10_000)
    return snapshot.campaign, snapshot.progress, list(leads.items)

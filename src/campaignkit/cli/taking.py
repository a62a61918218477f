"""A campaign's intake of a file: the campaign is found or begun, leads taken, rows written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime

from attrs import frozen
from sqlalchemy import URL

from campaignkit import (
    DEFAULT_GATE,
    Actor,
    AlreadyExistsError,
    Campaign,
    CampaignService,
    CampaignStatus,
    Intake,
    NotFoundError,
    NotRunningError,
    Suggestion,
    TransitionError,
)
from campaignkit.cli import report, terminal
from campaignkit.cli.campaign_report import Taken, Waiting, summarise_intake
from campaignkit.cli.campaign_toml import Difference, differences, edits, read_campaign
from campaignkit.cli.csv_file import CsvFile, Tick, open_csv
from campaignkit.cli.database import opened
from campaignkit.cli.errors import FileError, Refusal
from campaignkit.cli.leads_csv import TAKEN, Columns, read_leads, taken_rows
from campaignkit.cli.output import check_target, write_rows

__all__ = ["Job", "take"]


@frozen(kw_only=True)
class Job:
    """What to take: which leads, for which campaign, on which day, and how."""

    url: URL
    wait: float
    campaign: str
    leads: str
    columns: Columns
    day: date
    by: Actor
    update: bool
    strict: bool
    out: str | None


def take(job: Job) -> Taken | Waiting:
    """Take leads into the campaign, and write who got which channel.

    What the AI may not do by itself waits for a user; then nothing that follows it is done.

    Raises:
        Refusal: a file, the rules or the database refuse. Then no lead was taken, but where the
            lines say so: what was taken may be stored, and then the file not be written.
    """
    with open_csv(job.leads) as file, terminal.stages(file.size) as stage:
        if job.out is not None:
            check_target(job.out, file, TAKEN)
        wanted = read_campaign(job.campaign)
        batch = read_leads(file, job.columns, stage("reading", file.size))
        if batch.bad.count and job.strict:
            raise report.bad_rows(file.name, batch, "taken")
        stage("taking", None)
        with opened(job.url, job.wait) as store:
            service = CampaignService(store)
            ready = _made_ready(service, wanted, job)
            if isinstance(ready, Waiting):
                return ready
            taken = service.intake(wanted.client_id, wanted.id, batch.leads, day=job.day, by=job.by)
            if isinstance(taken, Suggestion):
                return Waiting(ready.campaign, ready.is_new, (taken,))
        if job.out is not None:
            _write(job.out, file, job.columns, taken, stage("writing", file.size))
        numbers = summarise_intake(file.name, batch, DEFAULT_GATE, taken)
        return Taken(
            campaign=ready.campaign,
            is_new=ready.is_new,
            is_activated=ready.is_draft,
            changes=tuple(difference.change for difference in ready.differing),
            intake=taken,
            numbers=numbers,
        )


def _write(out: str, file: CsvFile, columns: Columns, taken: Intake, tick: Tick) -> None:
    rows = taken_rows(file, columns, taken, DEFAULT_GATE, tick)
    try:
        write_rows(out, rows, encoding=file.encoding, line_end=file.line_end)
    except FileError as error:
        again = "the intake is stored: the same command takes nobody twice, and writes the file"
        raise FileError(error.message, [*error.lines, again], error.details) from error


@frozen
class _Ready:
    """A campaign that may take leads, and what has to be done to the stored one for that."""

    campaign: Campaign
    is_new: bool
    differing: Sequence[Difference]
    is_draft: bool


def _made_ready(service: CampaignService, wanted: Campaign, job: Job) -> _Ready | Waiting:
    """Begin a campaign, or make a stored one as the file wants it; activate what is a draft."""
    ready = _ready(_stored(service, wanted), wanted, job)
    key = (wanted.client_id, wanted.id)
    if ready.is_new:
        try:
            service.create(wanted, by=job.by)
        except AlreadyExistsError as error:
            if _stored(service, wanted) is not None:  # another run was first
                return _made_ready(service, wanted, job)
            message = f"{job.campaign}: id {wanted.id} is that of another client's campaign"
            raise Refusal(message) from error
    acts: list[Campaign | Suggestion] = []
    if ready.differing:
        acts.append(service.edit(*key, by=job.by, **edits(ready.differing, wanted)))
    if ready.is_draft:
        with suppress(TransitionError):  # another run was first; the intake tells what it found
            acts.append(service.activate(*key, by=job.by))
    if waiting := tuple(act for act in acts if isinstance(act, Suggestion)):
        return Waiting(service.get(*key), ready.is_new, waiting)
    return ready


def _stored(service: CampaignService, wanted: Campaign) -> Campaign | None:
    try:
        return service.get(wanted.client_id, wanted.id, include_deleted=True)
    except NotFoundError:
        return None


def _ready(stored: Campaign | None, wanted: Campaign, job: Job) -> _Ready:
    """Decide what has to be done, so that what is refused is refused before anything is written.

    Raises:
        Refusal: the campaign is not as the file wants it, and is not to be changed.
        RefusedError: it cannot be made so, or does not run on that day.
    """
    differing = () if stored is None else differences(stored, wanted)
    if differing and not job.update:
        message = f"{job.campaign} and the campaign in the database differ"
        lines = [str(difference) for difference in differing]
        advice = "mend the file, or change the database with --update"
        raise Refusal(message, [*lines, advice], {"differences": lines})
    campaign = wanted if stored is None else stored
    now = datetime.now(UTC)
    if differing:
        campaign = campaign.edit(at=now, **edits(differing, wanted))
    is_draft = campaign.status is CampaignStatus.DRAFT
    if is_draft:
        campaign = campaign.activate(at=now)
    if not (running := campaign.running(job.day)):
        raise NotRunningError(running)
    return _Ready(campaign, stored is None, differing, is_draft)

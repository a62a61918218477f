"""A campaign's intake of a file: the campaign is found or begun, leads taken, rows written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import TypeAlias

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
    Lead,
    NotFoundError,
    NotRunningError,
    Suggestion,
    TransitionError,
)
from campaignkit.cli import _allocation_report as report
from campaignkit.cli import _terminal as terminal
from campaignkit.cli._campaign_report import Taken, Waiting, summarise_intake
from campaignkit.cli._campaign_toml import Difference, differences, edits, read_campaign
from campaignkit.cli._command_error import FileError, Refusal
from campaignkit.cli._csv_file import CsvFile, open_csv
from campaignkit.cli._database import files_of, transact
from campaignkit.cli._leads_csv import TAKEN, Columns, read_leads, taken_rows
from campaignkit.cli._output import (
    FileInUse,
    check_added,
    check_target,
    leads_in_use,
    open_output,
)
from campaignkit.cli._terminal import Stage


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

    The rows are on the disk before what was done is committed, and get their name afterwards: all
    that fails, or is stopped, until then leaves the database and the file as they were.

    Raises:
        Refusal: a file, the rules or the database refuse. Then nothing was done, but where the
            lines say that the intake is stored.
    """
    if job.out is not None:
        campaign = FileInUse(job.campaign, "the campaign is read from it")
        in_use = (leads_in_use(job.leads), campaign, *files_of(job.url))
        check_target(job.out, in_use)
    with open_csv(job.leads) as file, terminal.stages(file.size) as stage:
        if job.out is not None:
            check_added(file, TAKEN)
        wanted = read_campaign(job.campaign)
        batch = read_leads(file, job.columns, stage("reading", file.size))
        report.check_bad_rows(file.name, batch, "taken", strict=job.strict)
        stage("taking", None)
        with _output(job) as write:
            done = transact(
                job.url,
                job.wait,
                lambda store: _taken(CampaignService(store), wanted, batch.leads, job),
                lambda done: write(file, done, stage),
            )
        if isinstance(done, Waiting):
            return done
        ready, taken = done
        numbers = summarise_intake(file.name, batch, DEFAULT_GATE, taken)
        return Taken(
            campaign=ready.campaign,
            is_new=ready.is_new,
            is_activated=ready.is_draft,
            changes=tuple(difference.change for difference in ready.differing),
            intake=taken,
            numbers=numbers,
        )


_Done: TypeAlias = Waiting | tuple["_Ready", Intake]


def _taken(service: CampaignService, wanted: Campaign, leads: Sequence[Lead], job: Job) -> _Done:
    ready = _made_ready(service, wanted, job)
    if isinstance(ready, Waiting):
        return ready
    taken = service.intake(wanted.client_id, wanted.id, leads, day=job.day, by=job.by)
    if isinstance(taken, Suggestion):
        return Waiting(ready.campaign, ready.is_new, (taken,))
    return ready, taken


@contextmanager
def _output(job: Job) -> Generator[Callable[[CsvFile, _Done, Stage], None]]:
    """Give what writes the rows of an intake, which get their name at the end.

    Raises:
        FileError: they cannot be written, or cannot get their name; the latter is too late to take
            the intake back.
    """
    if job.out is None:
        yield lambda _file, _done, _stage: None
        return
    is_stored = False
    try:
        with open_output(job.out) as output:

            def write(file: CsvFile, done: _Done, stage: Stage) -> None:
                if not isinstance(done, Waiting):
                    tick = stage("writing", file.size)
                    rows = taken_rows(file, job.columns, done[1], DEFAULT_GATE, tick)
                    output.write(rows, encoding=file.encoding, line_end=file.line_end)

            yield write
            is_stored = True
    except FileError as error:
        if not is_stored:
            raise
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

"""`campaignkit forecast`: what a campaign would do with the leads of a file, day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from attrs import frozen
from sqlalchemy import URL

from campaignkit import (
    Campaign,
    CampaignService,
    Forecast,
    Lead,
    Progress,
    Reason,
    compare_horizons,
    to_dict,
)
from campaignkit.cli._campaign_toml import make_edits
from campaignkit.cli._command_error import CommandError, explain_refusals
from campaignkit.cli._database import list_database_files, name_options, run_and_undo
from campaignkit.cli._intake_job import PREVIEWER
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._ready_campaign import find_allowed_differences, find_stored
from campaignkit.cli._report import save_report
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document, Sentences
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import reason_part
from campaignkit.domain._horizons import ForecastHorizon
from campaignkit.domain._snapshot import Snapshot
from campaignkit.storage import Store

_SATURDAY = 5


@frozen(kw_only=True)
class ForecastJob:
    """Which campaign is forecast, with which leads, for which days, and with which horizons.

    Without a URL the campaign is taken to be new.
    """

    url: URL | None
    wait: float
    campaign: str
    leads: LeadsInput
    first_day: date | None
    days: int
    only_weekdays: bool
    horizons: Sequence[ForecastHorizon]
    update: bool
    report: str | None


def forecast_campaign(job: ForecastJob) -> Result:
    """Return the forecast of a campaign with each horizon; the database stays as it is.

    Raises:
        CommandError: a file, the database or the rules refuse.
    """
    in_use = () if job.url is None else list_database_files(job.url)
    job.leads.check_outputs(report=job.report, in_use=in_use)
    with job.leads.open() as file, show_progress(file.size) as stage:
        wanted = job.leads.require_campaign()
        batch = job.leads.read(file, stage, "forecast", wanted.targeting)
        stage("planning", None)
        start = _read_start(job, wanted, batch.leads)
        snapshot = start.snapshot
        left_out = _find_left_out(batch, snapshot)
        options = {"horizon": "--horizon", "horizons": "--horizon"}
        with explain_refusals(), name_options(options):
            compared = compare_horizons(
                snapshot.campaign,
                batch.choose_leads(left_out),
                job.horizons,
                days=_list_days(job, snapshot.progress.day),
                progress=snapshot.progress,
                already=snapshot.assignments,
                client=snapshot.client,
            )
        result = _report_forecasts(file.name, batch, start, compared, left_out)
        return save_report(job.report, result)


def _find_left_out(batch: Batch, snapshot: Snapshot) -> Mapping[str, Reason]:
    """Return why leads of the file are not forecast, by their ids."""
    left_out = {**batch.find_left_out(), **dict.fromkeys(snapshot.contacted, Reason.CONTACTED)}
    return {i: reason for i, reason in left_out.items() if i not in snapshot.assignments}


@frozen
class _Start:
    """Where a forecast starts from: a campaign and its ledger, and how it differs from the file."""

    snapshot: Snapshot
    notes: Sequence[str] = ()

    def describe(self) -> list[str]:
        """Say what of the database the forecast starts from."""
        present = len(self.snapshot.assignments)
        count = f"{format_count(present, 'lead')} of the file"
        there = [f"in the campaign already: {count}"] if present else []
        return [*self.notes, *there]


def _read_start(job: ForecastJob, wanted: Campaign, leads: Sequence[Lead]) -> _Start:
    """Return the campaign as it stands before the first day of the forecast.

    A campaign that is not in the database yet is created in a transaction that is undone, so that
    the rules of its client count.

    Raises:
        CommandError: the database or the rules refuse, or there is no first day.
    """
    if job.url is None:
        return _Start(Snapshot(wanted, Progress(_choose_first_day(job, wanted, Progress()))))

    def look(store: Store) -> _Start:
        service, key = CampaignService(store), (wanted.client_id, wanted.id)
        stored = find_stored(service, wanted)
        differing = find_allowed_differences(stored, wanted, job.campaign, update=job.update)
        notes = [f"with {difference.change}" for difference in differing]
        if stored is None:
            service.create(wanted, by=PREVIEWER)
            notes = ["The campaign is not in the database yet"]
        elif differing:
            service.edit(*key, by=PREVIEWER, **make_edits(differing, wanted))
        so_far = store.snapshot(*key)
        first = _choose_first_day(job, so_far.campaign, so_far.progress)
        lead_ids = [str(lead.id) for lead in leads]
        return _Start(store.snapshot(*key, day=first, lead_ids=lead_ids), notes)

    return run_and_undo(job.url, job.wait, look)


def _choose_first_day(job: ForecastJob, campaign: Campaign, progress: Progress) -> date:
    """Return the first day: the one that is given, or the start date of a campaign.

    Raises:
        CommandError: there is none, or the campaign has admitted leads since.
    """
    if job.first_day is not None:
        return job.first_day
    if campaign.start_date is None:
        message = f"--day is required: {job.campaign} has no start_date"
        raise CommandError(message)
    if admitted := progress.admitted_total:
        has_some = f"{campaign.name} has admitted {format_count(admitted, 'lead')} already"
        message = f"--day is required, on which the forecast goes on: {has_some}"
        raise CommandError(message)
    return campaign.start_date


def _list_days(job: ForecastJob, first: date | None) -> Sequence[date]:
    """Return the days of the forecast, fewer at the end of the calendar."""
    days: list[date] = []
    at = (first or date.min).toordinal()
    while len(days) < job.days and at <= date.max.toordinal():
        day = date.fromordinal(at)
        if not (job.only_weekdays and day.weekday() >= _SATURDAY):
            days.append(day)
        at += 1
    return days


def _report_forecasts(
    name: str,
    batch: Batch,
    start: _Start,
    compared: Mapping[str, Forecast],
    left_out: Mapping[str, Reason],
) -> Result:
    several = len(compared) > 1
    campaign = start.snapshot.campaign
    made = make_document(compared if several else next(iter(compared.values())))
    title = f"{campaign.name}: {made.title.lower()}" if several else made.title
    return Result(
        Document(
            f"{title} with {format_count(len(batch.leads), 'lead')} of {name}",
            [
                *batch.describe_reading(start.describe()),
                *made.parts,
                *reason_part("Left out", Counter(left_out.values())),
                *batch.left_out_parts(),
            ],
        ),
        {
            "input": name,
            "read_as": batch.reading_json(),
            "rows": batch.rows,
            "leads": len(batch.leads),
            "already": len(start.snapshot.assignments),
            "contacted": len(start.snapshot.contacted),
            "targeting": batch.targeting_json,
            "forecasts": {
                horizon: {**to_dict(each), "sentences": list(each.sentences)}
                for horizon, each in compared.items()
            },
            **batch.left_out_json(),
        },
        [Sentences([], "Nothing was stored; campaignkit preview shows one day in detail.")],
    )

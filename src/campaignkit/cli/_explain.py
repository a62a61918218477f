"""`campaignkit explain`: why a lead gets its channel, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from difflib import get_close_matches
from itertools import islice

from sqlalchemy import URL

from campaignkit import DEFAULT_ALLOCATION, Allocation, CampaignService, Lead, Reason, plan, to_dict
from campaignkit.cli._bad_rows import iterate_bad_rows
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._database import open_existing
from campaignkit.cli._intake import look_ahead, open_intake
from campaignkit.cli._intake_job import IntakeJob
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._row_reader import RowReader
from campaignkit.cli._suggestions import find_names
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import join_words
from campaignkit.display._client_documents import record_part
from campaignkit.display._document import Document, Part, Sentences
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import campaign_name
from campaignkit.planning._explanations import Explanation, explain_presence

_MOST_COMPARED = 100_000


def explain_allocation(lead_id: str, leads: LeadsInput, mix: Allocation | None) -> Result:
    """Explain what `campaignkit allocate` gives to a lead of a file.

    Raises:
        CommandError: a file cannot be read, or has no such lead.
    """
    leads.check_outputs()
    with leads.open() as file, show_progress(file.size) as stage:
        campaign = leads.campaign
        own = mix or DEFAULT_ALLOCATION if campaign is None else campaign.allocation
        batch = leads.read(file, stage, "explained", leads.targeting)
        lead = _find_lead(lead_id, file, batch, leads.columns)
        stage("planning", None)
        left_out = batch.find_left_out()
        if (reason := left_out.get(str(lead.id))) is not None:
            return _report(_explain_left_out(lead, reason, file, batch), lead, batch)
        return _report(plan(own, batch.choose_leads(left_out)).explain(lead.id), lead, batch)


def explain_admission(lead_id: str, job: IntakeJob) -> Result:
    """Explain what an intake would do with a lead of a file; the database stays as it is.

    Raises:
        CommandError: a file, the rules or the database refuse, or the file has no such lead.
    """
    with open_intake(job) as opened:
        lead = _find_lead(lead_id, opened.file, opened.batch, job.leads.columns)
        admission = look_ahead(job, opened)
        acts = admission.ready.describe_acts(is_done=False)
        reason = admission.left_out.get(str(lead.id))
        said = (
            admission.intake.explain(lead.id)
            if reason is None
            else _explain_left_out(lead, reason, opened.file, opened.batch)
        )
        return _report(said, lead, opened.batch, acts)


def _explain_left_out(lead: Lead, reason: Reason, file: LeadsSource, batch: Batch) -> Explanation:
    """Say why a lead of the file is no candidate for the campaign, and which values decide."""
    said = f"{short_repr(lead.id)} is left out: {reason.message}"
    values = "; ".join(_iterate_deciding_values(lead, file, batch))
    return Explanation(f"{said}: {values}" if values else said)


def _iterate_deciding_values(lead: Lead, file: LeadsSource, batch: Batch) -> Iterator[str]:
    """Say which fields of a prospect keep a lead out, with the values in its row."""
    if batch.targeting is None:
        return
    at = batch.leads.index(lead)
    applied, fit = batch.targeting.applied, batch.targeting.fits[at]
    names = [name for part in fit.fields for name in applied[part]]
    with closing(file.rows(lambda _: None, names)) as rows:
        row = next(row for start, _, row in rows if start == batch.places[0][at])
    for part in fit.fields:
        cells = [(name, row[file.columns.index(name)].strip()) for name in applied[part]]
        shown = join_words(
            f"{short_repr(cell) if cell else 'blank'} in {short_repr(name)}" for name, cell in cells
        )
        yield f"{part} is {shown}"


def _report(said: Explanation, lead: Lead, batch: Batch, acts: Sequence[str] = ()) -> Result:
    """Return an explanation, and the lead as it was read."""
    seen = make_document(lead)
    return Result(
        Document(said, [*seen.parts, *batch.describe_reading(acts)]),
        {"lead": to_dict(lead), "explanation": str(said), "read_as": batch.reading_json()},
    )


def _find_lead(lead_id: str, file: LeadsSource, batch: Batch, columns: LeadColumns) -> Lead:
    """Return the lead of an id.

    Raises:
        CommandError: the file has none; it says what is wrong with its row if that was refused, or
            which id is close.
    """
    wanted = lead_id.strip()
    found = next((lead for lead in batch.leads if lead.id == wanted), None)
    if found is not None:
        return found
    if refused := [*_find_refused(wanted, file, batch, columns)]:
        message = f"{file.name}: the row of {short_repr(wanted)} is no lead"
        raise CommandError(message, refused)
    message = f"{file.name} has no lead {short_repr(wanted)}"
    ids = {str(lead.id).casefold(): str(lead.id) for lead in islice(batch.leads, _MOST_COMPARED)}
    close = get_close_matches(wanted.casefold(), ids, n=3, cutoff=0.8)
    raise CommandError(message, [f"is it {short_repr(ids[each])}?" for each in close])


def _find_refused(
    lead_id: str, file: LeadsSource, batch: Batch, columns: LeadColumns
) -> Iterator[str]:
    """Say what is wrong with the rows of a lead that were refused."""
    if not batch.refused:
        return
    read, width = RowReader.of(file, columns), len(file.columns)
    for bad, row in iterate_bad_rows(file, columns, batch.refused):
        if len(row) == width and read.id(row) == lead_id:
            yield str(bad)


def explain_stored(lead_id: str, url: URL, wait: float, campaign: str) -> Result:
    """Say what a database knows of a lead: its channel in a campaign, and its record.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    with open_existing(url, wait) as database:
        key = database.find_campaign(campaign)
        service = CampaignService(database.store)
        snapshot = database.store.snapshot(*key, lead_ids=[lead_id])
        record = service.lead(key[0], lead_id)
        ids = {entry.campaign_id for entry in record.entries if entry.campaign_id is not None}
        names = find_names(service, key[0], ids)
    there = snapshot.assignments.get(lead_id)
    name = campaign_name(snapshot.campaign)
    said = (
        Explanation(f"{short_repr(lead_id)} is not in {name}")
        if there is None
        else explain_presence(there)
    )
    parts: list[Part] = [record_part(record, names)]
    if there is None:
        parts.append(Sentences([], "With LEADS and --day it says what an intake would do."))
    return Result(
        Document(said, parts),
        {
            "assignment": None if there is None else to_dict(there),
            "explanation": str(said),
            "record": to_dict(record),
        },
    )

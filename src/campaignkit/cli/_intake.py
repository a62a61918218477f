"""`campaignkit intake`: admits the leads of a file to a campaign, and writes their rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from shlex import quote
from uuid import UUID

from attrs import evolve, frozen

from campaignkit import (
    DEFAULT_GATE,
    Actor,
    ALSGate,
    AssignLeads,
    Campaign,
    CampaignService,
    ChannelCounts,
    Initiator,
    Intake,
    Lead,
    Overflow,
    Reason,
    Suggestion,
    Verdict,
    to_dict,
)
from campaignkit.cli._added_columns import INTAKE_COLUMNS, AddedColumns, iterate_intake
from campaignkit.cli._command_error import FileError
from campaignkit.cli._database import (
    check_missing_tables,
    list_database_files,
    run_and_undo,
    run_transaction,
    show_url,
)
from campaignkit.cli._intake_job import PREVIEWER, IntakeJob
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._next_step import format_command, next_part, suggestion_next_part
from campaignkit.cli._options import PlanOptions
from campaignkit.cli._output import (
    Output,
    check_new_columns,
    describe_output,
    open_output,
)
from campaignkit.cli._plan_summary import NearDuplicates, PlanSummary, reasons_json, warn_of_nobody
from campaignkit.cli._ready_campaign import ApprovalRequest, ReadyCampaign, prepare_campaign
from campaignkit.cli._report import note_report, save_report, write_report
from campaignkit.cli._show import progress_json
from campaignkit.cli._suggestions import fix_today
from campaignkit.cli._terminal import Result, Stage, show_progress
from campaignkit.cli._write_rows import check_format, write_rows
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document, Facts, Part, Sentences
from campaignkit.display._parts import (
    later_days_part,
    progress_facts,
    reason_part,
    suggestion_part,
    tier_part,
)
from campaignkit.domain._horizons import describe_horizon
from campaignkit.storage import Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore


@frozen
class Candidates:
    """The leads of a file that a campaign may admit, and why the others are left out, by id."""

    leads: Sequence[Lead]
    left_out: Mapping[str, Reason]


def choose_candidates(store: Store, client_id: UUID, campaign_id: UUID, batch: Batch) -> Candidates:
    """Leave out the leads that do not fit the targeting of a campaign.

    Those that the campaign has already stay among the others.
    """
    left_out = batch.find_left_out()
    if not left_out:
        return Candidates(batch.leads, left_out)
    there = store.snapshot(client_id, campaign_id, lead_ids=[*left_out]).assignments
    left_out = {lead_id: why for lead_id, why in left_out.items() if lead_id not in there}
    return Candidates(batch.choose_leads(left_out), left_out)


def summarize_intake(
    name: str, batch: Batch, gate: ALSGate, intake: Intake, left_out: Mapping[str, Reason]
) -> PlanSummary:
    """Count what an intake gave to the leads of a file, some of which were left out before."""
    allocation = intake.progress.allocation
    assert allocation is not None  # noqa: S101  # an intake's progress has its campaign's
    is_some = len(intake.assignments) + len(intake.already) + len(intake.deferred)
    carried = {c: n - intake.plan.counts[c] for c, n in intake.progress.carried.items()}
    return PlanSummary(
        name=name,
        batch=batch,
        leads=len(batch.leads),
        options=PlanOptions(allocation, Overflow.REASSIGN, {}, {}),
        gate=gate,
        carried=ChannelCounts(carried),
        plan=intake.plan,
        by_tier=Counter((new.tier, new.channel) for new in intake.assignments.values()),
        unassigned=Counter(
            chain(intake.deferred.values(), intake.unassigned.values(), left_out.values())
        ),
        near_duplicates=NearDuplicates.from_groups(intake.near_duplicates),
        nobody=warn_of_nobody(
            is_some, Counter(chain(intake.unassigned.values(), left_out.values()))
        ),
    )


@frozen
class OpenIntake:
    """The campaign and the leads of an intake, as their files have them."""

    wanted: Campaign
    leads: LeadsInput
    file: LeadsSource
    batch: Batch
    stage: Stage
    bom: bool

    def check(self, admission: IntakeOutcome) -> None:
        """Check that an intake gives no cause for warnings, if they are to end the command.

        An intake that would begin a campaign must have a lead with a channel: what the warnings are
        about cannot be mended in a campaign that runs.

        Raises:
            FileError: lists the warnings.
        """
        summary, name = self.summarize(admission), self.file.name
        self.leads.check_warnings(name, summary.warnings, "admitted")
        ready = admission.ready
        if summary.nobody is not None and (ready.is_new or ready.is_draft):
            undone = "created" if ready.is_new else "activated"
            message = f"{name}: nobody would be admitted, so the campaign was not {undone}"
            warnings = [*self.batch.warnings, summary.nobody]
            raise FileError(message, warnings, {"warnings": warnings})

    def write(self, output: Output | None, admission: IntakeOutcome) -> None:
        """Write who got which channel, if there is a file for it."""
        if output is not None:
            tick = self.stage("writing", self.file.size)
            cells = iterate_intake(self.batch, admission.intake, admission.left_out, DEFAULT_GATE)
            added = AddedColumns(INTAKE_COLUMNS, cells)
            write_rows(output, self.file, self.batch, added, tick, bom=self.bom)

    def summarize(self, admission: IntakeOutcome) -> PlanSummary:
        """Count what the intake gave to the leads."""
        intake, left_out = admission.intake, admission.left_out
        return summarize_intake(self.file.name, self.batch, DEFAULT_GATE, intake, left_out)


@contextmanager
def open_intake(job: IntakeJob) -> Generator[OpenIntake]:
    """Read the files of an intake, after checking those that it writes.

    Raises:
        CommandError: a file cannot be read or written, or has bad rows.
    """
    in_use = list_database_files(job.url)
    job.leads.check_outputs(out=job.out, report=job.report, in_use=in_use)
    with job.leads.open() as file, show_progress(file.size) as stage:
        if job.out is not None:
            check_new_columns(file, INTAKE_COLUMNS)
            check_format(job.out, file, INTAKE_COLUMNS)
        wanted = job.leads.require_campaign()
        batch = job.leads.read(file, stage, "admitted", wanted.targeting)
        yield OpenIntake(wanted, job.leads, file, batch, stage, job.bom)


def preview_intake(job: IntakeJob) -> Result:
    """Return what an intake would do, and write its rows; the database stays as it is.

    Raises:
        CommandError: a file, the rules or the database refuse, as they would refuse the intake.
    """
    with open_intake(job) as opened:
        check_missing_tables(job.url, job.wait, create=job.create)
        admission = look_ahead(job, opened)
        opened.check(admission)
        with nullcontext() if job.out is None else open_output(job.out) as output:
            opened.write(output, admission)
        summary = opened.summarize(admission)
        result = _report_intake(admission, summary, job, is_stored=False)
        saved = save_report(job.report, result)
        end = f"Nothing was stored in the database; {_describe_what_follows(job.by)}."
        return evolve(saved, written=[*saved.written, Sentences([], end)])


def look_ahead(job: IntakeJob, opened: OpenIntake) -> IntakeOutcome:
    """Return what an intake would do; the database stays as it is.

    What it would do to the campaign first is done in a transaction that is undone, so that the
    rules and the database say what they would say to the intake.

    Raises:
        CommandError: the rules or the database refuse.
    """
    opened.stage("planning", None)
    host = job.by if job.by.kind is Initiator.USER else PREVIEWER

    def look(store: Store) -> IntakeOutcome:
        service, wanted = _open_service(store, job), opened.wanted
        ready = prepare_campaign(service, wanted, evolve(job, by=host))
        assert isinstance(ready, ReadyCampaign)  # noqa: S101  # a user needs no approval
        found = choose_candidates(store, wanted.client_id, wanted.id, opened.batch)
        seen = service.preview(
            *(wanted.client_id, wanted.id, found.leads),
            day=job.day,
            by=job.by,
            horizon=job.horizon,
        )
        return IntakeOutcome(ready, seen, found.left_out)

    return run_and_undo(job.url, job.wait, look)


def run_intake(job: IntakeJob) -> Result:
    """Admit leads to the campaign, and write who got which channel.

    What an AI may not do without approval becomes a suggestion, and the steps after it are skipped.

    The rows are written to a temporary file before the transaction is committed, and the file gets
    its name after that. Whatever fails or stops the command before the commit leaves the database
    and the file as they were.

    Raises:
        CommandError: a file, the rules or the database refuse. Then nothing was stored, unless the
            error says that the intake is stored.
    """
    with open_intake(job) as opened:
        opened.stage("storing", None)

        def admit(store: SQLAlchemyStore) -> tuple[IntakeOutcome | ApprovalRequest, Result]:
            outcome = _admit_leads(store, opened.wanted, opened.batch, job)
            return outcome, _report_outcome(opened, outcome, job)

        def write(done: tuple[IntakeOutcome | ApprovalRequest, Result]) -> None:
            outcome, result = done
            if not isinstance(outcome, ApprovalRequest):
                opened.check(outcome)
                opened.write(output, outcome)
            if report is not None:
                write_report(report, result)

        is_stored = False
        try:
            with (
                nullcontext() if job.out is None else open_output(job.out) as output,
                nullcontext() if job.report is None else open_output(job.report) as report,
            ):
                _, result = run_transaction(job.url, job.wait, admit, write, create=job.create)
                is_stored = True
        except FileError as error:
            if not is_stored:
                raise
            again = (
                "the intake is stored: the same command admits nobody twice, and writes the file"
            )
            raise FileError(error.message, [*error.lines, again], error.details) from error
        return note_report(job.report, result)


def _open_service(store: Store, job: IntakeJob) -> CampaignService:
    return CampaignService(
        store,
        today=fix_today(job.today),
        suggestion_lifetime=job.expires_in,
        oversight=(lambda _campaign, _command: Verdict.SUGGEST) if job.only_suggest else None,
    )


def _report_outcome(
    opened: OpenIntake, outcome: IntakeOutcome | ApprovalRequest, job: IntakeJob
) -> Result:
    if isinstance(outcome, ApprovalRequest):
        return _report_request(outcome, job)
    return _report_intake(outcome, opened.summarize(outcome), job, is_stored=True)


def _report_request(request: ApprovalRequest, job: IntakeJob) -> Result:
    place = show_url(job.url)
    campaign, suggestions = request.campaign, request.suggestions
    return Result(
        Document(
            f"Created {campaign.name}, a draft" if request.is_new else "",
            [
                *(suggestion_part(suggestion, campaign.name) for suggestion in suggestions),
                *(part for suggestion in suggestions for part in _left_out_part(suggestion)),
                *([request.targeting.to_part("Targeting")] if request.targeting else []),
                Sentences([], "Nothing more is done until a user has approved this."),
                *suggestion_next_part(suggestions, place),
                *_again_part(suggestions, job, place),
            ],
        ),
        {
            "campaign": to_dict(campaign),
            "created": request.is_new,
            "suggestions": [to_dict(suggestion) for suggestion in suggestions],
            "targeting": request.targeting and request.targeting.to_json(),
        },
    )


def _again_part(suggestions: Sequence[Suggestion], job: IntakeJob, place: str) -> list[Part]:
    """Return the intake that is still to be run, if no leads are suggested yet."""
    if any(isinstance(each.command, AssignLeads) for each in suggestions):
        return []
    words = (job.campaign, job.leads.path, "--day", str(job.day))
    command = format_command(place, "intake", *words, by=f"--ai {quote(job.by.name)}")
    effect = "suggests the leads; give it the options of this command again"
    return [next_part(command, effect, "After that")]


def _left_out_part(suggestion: Suggestion) -> list[Part]:
    return reason_part("Left out", Counter(suggestion.unassigned.values()))


def _report_intake(
    admission: IntakeOutcome, summary: PlanSummary, job: IntakeJob, *, is_stored: bool
) -> Result:
    """Return what an intake did to a campaign, or would do, and the plan in numbers."""
    ready, intake = admission.ready, admission.intake
    campaign, later = ready.campaign, intake.sentences
    unassigned = chain(intake.unassigned.values(), admission.left_out.values())
    leads = format_count(summary.leads, "lead")
    would_be = "" if is_stored else "would be "
    admitted = f"{len(intake.assignments):,} {would_be}admitted to {campaign.name} on {job.day}"
    return Result(
        Document(
            f"{summary.name}: {leads}, {admitted}{describe_horizon(job.horizon)}",
            [
                *summary.reading_parts(ready.describe_acts(is_done=is_stored)),
                summary.to_table(),
                *tier_part(summary.by_tier, summary.gate, is_in_text=False),
                *reason_part("Not admitted", summary.unassigned, len(intake.already)),
                *summary.warning_parts(),
                *later_days_part(later),
                Facts(progress_facts(intake.progress, campaign), "Progress"),
            ],
        ),
        {
            **summary.leads_json(job.out),
            "preview": not is_stored,
            "horizon": job.horizon,
            "campaign": to_dict(campaign),
            "created": ready.is_new,
            "activated": ready.is_draft,
            "changes": [f"Changed {each.change}" for each in ready.differing],
            "admitted": len(intake.assignments),
            "already": len(intake.already),
            "deferred": reasons_json(intake.deferred.values()),
            "later_days": list(later),
            "unassigned": reasons_json(unassigned),
            "targeting": summary.batch.targeting_json,
            **summary.counts_json(),
            **summary.tiers_json(),
            **summary.warnings_json(),
            "progress": progress_json(campaign, intake.progress),
        },
        _describe_rows(job.out, is_stored=is_stored),
    )


def _describe_rows(out: str | None, *, is_stored: bool) -> list[Part]:
    """Return where the rows of an intake are."""
    if out is None and not is_stored:
        return []
    return describe_output(out, "The database knows who got which channel; --out FILE writes it.")


def _describe_what_follows(by: Actor) -> str:
    """Say what the intake of a preview does."""
    if by.kind is Initiator.USER:
        return "campaignkit intake does all this"
    return f"what {by.name} may not do alone becomes a suggestion, and waits for a user"


def _admit_leads(
    store: SQLAlchemyStore, wanted: Campaign, batch: Batch, job: IntakeJob
) -> IntakeOutcome | ApprovalRequest:
    service = _open_service(store, job)
    ready = prepare_campaign(service, wanted, job)
    if isinstance(ready, ApprovalRequest):
        return ready
    found = choose_candidates(store, wanted.client_id, wanted.id, batch)
    intake = service.intake(
        wanted.client_id, wanted.id, found.leads, day=job.day, by=job.by, horizon=job.horizon
    )
    if isinstance(intake, Suggestion):
        return ApprovalRequest(ready.campaign, ready.is_new, (intake,), batch.targeting)
    return IntakeOutcome(ready, intake, found.left_out)


@frozen
class IntakeOutcome:
    """What an intake does to a campaign, and why leads of the file were left out of it, by id."""

    ready: ReadyCampaign
    intake: Intake
    left_out: Mapping[str, Reason]

"""`campaignkit allocate`: gives each lead of a file a channel."""

from __future__ import annotations

from campaignkit import DEFAULT_GATE, plan
from campaignkit.cli._added_columns import (
    ALLOCATION_COLUMNS,
    AddedColumns,
    iterate_allocated,
    list_outcomes,
)
from campaignkit.cli._options import AllocateJob
from campaignkit.cli._output import (
    check_new_columns,
    describe_output,
    open_output,
)
from campaignkit.cli._plan_summary import PlanSummary, reasons_json, summarize_plan
from campaignkit.cli._report import save_report
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.cli._write_rows import check_format, write_rows
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document
from campaignkit.display._parts import reason_part, tier_part


def allocate_leads(job: AllocateJob) -> Result:
    """Read leads, plan, and write who gets which channel.

    Raises:
        CommandError: a file cannot be read or written, or has bad rows.
    """
    leads, out = job.leads, job.out
    leads.check_outputs(out=out, report=job.report)
    with leads.open() as file, show_progress(file.size) as stage:
        if out is not None:
            check_new_columns(file, ALLOCATION_COLUMNS)
            check_format(out, file, ALLOCATION_COLUMNS)
        batch = leads.read(file, stage, "planned", leads.targeting)
        stage("planning", None)
        left_out = batch.find_left_out()
        planned = plan(
            job.options.allocation,
            batch.choose_leads(left_out),
            gate=DEFAULT_GATE,
            carried=job.options.carried,
            at_most=job.options.at_most,
            overflow=job.options.overflow,
        )
        outcomes = list_outcomes(batch, planned, left_out, DEFAULT_GATE)
        summary = summarize_plan(file.name, batch, job.options, planned, outcomes)
        leads.check_warnings(file.name, summary.warnings, "written")
        if out is not None:
            tick = stage("writing", file.size)
            added = AddedColumns(ALLOCATION_COLUMNS, iterate_allocated(outcomes))
            with open_output(out) as output:
                write_rows(output, file, batch, added, tick, bom=job.bom)
        return save_report(job.report, report_plan(summary, out))


def report_plan(summary: PlanSummary, out: str | None) -> Result:
    """Return a plan in numbers, and where its rows were written."""
    placed = summary.plan.counts.total
    return Result(
        Document(
            f"{summary.name}: {format_count(summary.leads, 'lead')}, {placed:,} with a channel,"
            f" {summary.leads - placed:,} without",
            [
                *summary.reading_parts(),
                summary.to_table(),
                *tier_part(summary.by_tier, summary.gate),
                *reason_part("Without a channel", summary.unassigned),
                *summary.warning_parts(),
            ],
        ),
        {
            **summary.leads_json(out),
            "targeting": summary.batch.targeting_json,
            "placed": placed,
            "allocation": dict(summary.options.allocation.items()),
            "overflow": summary.options.overflow,
            "at_most": dict(summary.options.at_most),
            **summary.counts_json(),
            **summary.tiers_json(),
            "unassigned": reasons_json(summary.unassigned),
            **summary.warnings_json(),
        },
        describe_output(
            out, "The rows were not written; --out FILE writes who gets which channel."
        ),
    )

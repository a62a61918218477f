"""`campaignkit allocate`: gives each lead of a file a channel."""

from __future__ import annotations

from pathlib import Path

from campaignkit import DEFAULT_GATE, ALSTier, Channel, MissingExtraError, plan
from campaignkit.cli._command_error import UsageError
from campaignkit.cli._csv_file import open_csv
from campaignkit.cli._leads_csv import check_bad_rows, iterate_allocated_rows, read_leads
from campaignkit.cli._options import AllocateJob
from campaignkit.cli._output import (
    check_new_columns,
    check_target,
    describe_output,
    leads_file,
    open_output,
)
from campaignkit.cli._plan_summary import PlanSummary, reasons_json, summarize_plan
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.core._extras import require_extra
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document
from campaignkit.display._parts import reason_part, tier_flow


def allocate_leads(job: AllocateJob) -> Result:
    """Read leads, plan, and write who gets which channel.

    Raises:
        CommandError: a file cannot be read or written, or has bad rows.
        UsageError: the extra `large` is needed and missing.
    """
    summary = _allocate_on_disk(job) if job.is_on_disk else _allocate_in_memory(job)
    return report_plan(summary, job.out)


def report_plan(summary: PlanSummary, out: str | None) -> Result:
    """Return a plan in numbers, and where its rows were written."""
    placed = summary.plan.counts.total
    return Result(
        Document(
            f"{summary.name}: {format_count(summary.leads, 'lead')}, {placed:,} with a channel,"
            f" {summary.leads - placed:,} without",
            [
                *summary.scale_parts(),
                summary.to_table(),
                tier_flow(summary.by_tier, summary.gate),
                *reason_part("Without a channel", summary.unassigned),
                *summary.warning_parts(),
                *describe_output(
                    out, "Nothing was written; --out FILE writes who gets which channel."
                ),
            ],
        ),
        {
            **summary.leads_json(out),
            "placed": placed,
            "allocation": dict(summary.options.allocation.items()),
            "overflow": summary.options.overflow,
            "at_most": dict(summary.options.at_most),
            **summary.counts_json(),
            "tiers": {
                tier or "unscored": {
                    "leads": summary.count_tier(tier),
                    "channels": {c: summary.by_tier.get((tier, c), 0) for c in Channel},
                }
                for tier in (*ALSTier, None)
            },
            "unassigned": reasons_json(summary.unassigned),
            **summary.warnings_json(),
        },
    )


def _allocate_in_memory(job: AllocateJob) -> PlanSummary:
    if job.out is not None:
        check_target(job.out, [leads_file(job.leads)])
    with open_csv(job.leads) as file, show_progress(file.size) as stage:
        if job.out is not None:
            check_new_columns(file)
        batch = read_leads(file, job.columns, stage("reading", file.size))
        check_bad_rows(file.name, batch, "planned", strict=job.strict)
        stage("planning", None)
        planned = plan(
            job.options.allocation,
            batch.leads,
            gate=DEFAULT_GATE,
            carried=job.options.carried,
            at_most=job.options.at_most,
            overflow=job.options.overflow,
        )
        if job.out is not None:
            tick = stage("writing", file.size)
            rows = iterate_allocated_rows(file, job.columns, planned, DEFAULT_GATE, tick)
            with open_output(job.out) as output:
                output.write(rows, encoding=file.encoding, line_end=file.line_end)
        return summarize_plan(file.name, batch, job.options, DEFAULT_GATE, planned)


def _allocate_on_disk(job: AllocateJob) -> PlanSummary:
    """Do the same with Parquet, and with files of any size."""
    try:
        with require_extra("large", "a Parquet file or --large"):
            from campaignkit.cli._large import allocate_large  # noqa: PLC0415  # may be missing
    except MissingExtraError as missing:
        raise UsageError([str(missing)]) from missing
    file = Path(job.leads)
    with show_progress(file.stat().st_size if file.is_file() else 0) as stage:
        return allocate_large(job, stage)

"""`campaignkit compare`: what several mixes do with the leads of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from campaignkit import Allocation, Reason, compare, to_dict
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._report import save_report
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.display._document import Document
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import reason_part
from campaignkit.planning._comparison import Comparison


def compare_mixes(leads: LeadsInput, mixes: Mapping[str, Allocation], report: str | None) -> Result:
    """Return what the mixes do with the same leads; the mix of a campaign's file is the first.

    Raises:
        CommandError: a file cannot be read or written, or has bad rows.
    """
    leads.check_outputs(report=report)
    with leads.open() as file, show_progress(file.size) as stage:
        own = {} if leads.campaign is None else {"campaign": leads.campaign.allocation}
        batch = leads.read(file, stage, "compared", leads.targeting)
        stage("planning", None)
        left_out = batch.find_left_out()
        compared = compare({**own, **mixes}, batch.choose_leads(left_out))
        return save_report(report, _report_comparison(file.name, batch, compared, left_out))


def _report_comparison(
    name: str, batch: Batch, compared: Comparison, left_out: Mapping[str, Reason]
) -> Result:
    made = make_document(compared)
    return Result(
        Document(
            f"{made.title} of {name}",
            [
                *batch.describe_reading(),
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
            "targeting": batch.targeting_json,
            "mixes": {
                mix_name: {
                    **to_dict(mix),
                    "shortfall": dict(mix.shortfall),
                    "sentences": list(mix.advice.sentences) if mix.bottlenecks else [],
                }
                for mix_name, mix in compared.items()
            },
            **batch.left_out_json(),
        },
    )

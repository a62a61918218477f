"""The columns that commands add to the rows of leads, and their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from attrs import frozen

from campaignkit import ALSGate, ALSTier, Channel, Intake, Lead, Plan, Reason
from campaignkit.cli._lead_rows import Batch

ALLOCATION_COLUMNS = ("tier", "channel", "reason")
"""The columns that `allocate` adds."""

INTAKE_COLUMNS = (*ALLOCATION_COLUMNS, "intake", "day")
"""The columns that `intake` adds."""

Outcome: TypeAlias = tuple[ALSTier | None, Channel | None, Reason | None]
"""The tier of a lead, and its channel or why it has none."""

_MOST_SCORES = 1 << 14


@frozen
class AddedColumns:
    """The names of the columns that are added, and their cells for each lead in turn."""

    names: Sequence[str]
    cells: Iterator[tuple[str, ...]]


def list_outcomes(
    batch: Batch, plan: Plan, left_out: Mapping[str, Reason], gate: ALSGate
) -> list[Outcome]:
    """Return the outcome of each lead of a file; some were left out of the plan.

    There are few different ones, and each is in memory once.
    """
    tier = lru_cache(_MOST_SCORES)(gate.tier)
    assigned, unassigned = plan.assignments.get, plan.unassigned.get
    known: dict[Outcome, Outcome] = {}
    outcomes: list[Outcome] = []
    for lead in batch.leads:
        channel = assigned(lead.id)
        reason = None if channel else unassigned(lead.id) or left_out[str(lead.id)]
        outcome = tier(lead.als_score), channel, reason
        outcomes.append(known.setdefault(outcome, outcome))
    return outcomes


def iterate_allocated(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    """Iterate over the `ALLOCATION_COLUMNS` of leads with these outcomes."""
    cells = {outcome: tuple([part or "" for part in outcome]) for outcome in {*outcomes}}
    return map(cells.__getitem__, outcomes)


def iterate_intake(
    batch: Batch, intake: Intake, left_out: Mapping[str, Reason], gate: ALSGate
) -> Iterator[tuple[str, ...]]:
    """Iterate over the `INTAKE_COLUMNS` of the leads of a file; some were left out of the intake.

    `intake` is new, already, deferred or unassigned; `day` is the day on which the lead was
    admitted, and `tier` its tier on that day.
    """
    tier = lru_cache(_MOST_SCORES)(gate.tier)
    there = (("new", intake.assignments.get), ("already", intake.already.get))
    not_there = (("deferred", intake.deferred.get), ("unassigned", intake.unassigned.get))

    def make_cells(lead: Lead) -> tuple[str, ...]:
        lead_id = str(lead.id)
        for word, find in there:
            if (found := find(lead_id)) is not None:
                return found.tier or "", found.channel, "", word, found.day.isoformat()
        for word, find_reason in not_there:
            if (reason := find_reason(lead_id)) is not None:
                return tier(lead.als_score) or "", "", reason, word, ""
        return tier(lead.als_score) or "", "", left_out[lead_id], "unassigned", ""

    return map(make_cells, batch.leads)

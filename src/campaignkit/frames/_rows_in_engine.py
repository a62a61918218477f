"""The rows of a plan in a query engine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self
from uuid import UUID

import narwhals as nw
from attrs import evolve, frozen

from campaignkit.core._channels import ALL, SETS, Channel
from campaignkit.core._checks import EnumT, to_member
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead
from campaignkit.frames._columns import ADDED, OWN
from campaignkit.frames._open_frame import Frame, Lazy, query_frame
from campaignkit.frames._planned_rows import PlannedLead, RowCounts, ScoreRange
from campaignkit.frames._query_engines import number_rows
from campaignkit.frames._ranking import (
    LEAD_CAMPAIGN,
    LEAD_ID,
    LEAD_MASK,
    LEAD_MERIT,
)
from campaignkit.frames._terms import Key

LEAD_PLACE = f"{OWN}place"
"""The place of a lead, from 1, among those of its campaign with the same eligibility mask."""

_COUNT, _NUMBER = f"{OWN}count", f"{OWN}number"


@frozen(slots=False)  # a slot could not keep what is computed once
class RowsInEngine:
    """The rows of a plan in a query engine, with the columns of the plan's own.

    `key` and `id_type` are the classes of ids of campaigns and leads in Python. `flags` are the
    columns of those channels on which not all leads can be reached. `parts` has the column of
    campaigns, if there is one.
    """

    planned: Lazy
    key: type
    id_type: type
    flags: Mapping[int, str]
    parts: Sequence[str]
    scores: ScoreRange

    @cached_property
    def counts(self) -> RowCounts:
        """The numbers of leads; they are counted once."""
        by = [*self.parts, *ADDED]
        groups = query_frame(
            self.planned, lambda planned: planned.group_by(*by).agg(nw.len().alias(_COUNT))
        )
        flow: Counter[tuple[ALSTier | None, Channel | None]] = Counter()
        reasons: defaultdict[Key | None, Counter[Reason | None]] = defaultdict(Counter)
        for row in groups.iter_rows(named=True):
            flow[_read_word(ALSTier, row["tier"]), _read_word(Channel, row["channel"])] += row[
                _COUNT
            ]
            reasons[self._read_campaign(row)][_read_word(Reason, row["reason"])] += row[_COUNT]
        return RowCounts(flow, dict(reasons))

    def _read_campaign(self, row: Mapping[str, Any]) -> Key | None:
        return self.key(row[LEAD_CAMPAIGN]) if self.parts else None

    def find(self, lead_id: LeadId) -> Sequence[PlannedLead]:
        """Return the leads with an id, of all campaigns."""
        key = self._to_key(lead_id)
        if key is None:
            return []
        known = nw.col(LEAD_ID).cast(nw.String) if self.id_type is UUID else nw.col(LEAD_ID)
        names = [LEAD_MERIT, LEAD_MASK, LEAD_PLACE, *self.parts, *self.flags.values()]
        names += ["channel", "reason"]
        rows = query_frame(self.planned, lambda planned: planned.filter(known == key).select(names))
        return [self._read_lead(lead_id, row) for row in rows.iter_rows(named=True)]

    def _to_key(self, lead_id: LeadId) -> Any:  # noqa: ANN401
        """Return an id as it is compared; None if the column cannot have it."""
        if self.id_type is int:
            is_number = isinstance(lead_id, int) and -(1 << 63) <= lead_id < 1 << 64
            return lead_id if is_number else None
        return None if isinstance(lead_id, int) else str(lead_id)

    def _read_lead(self, lead_id: LeadId, row: Mapping[str, Any]) -> PlannedLead:
        merit = row[LEAD_MERIT]
        unreached = sum(1 << c for c, name in self.flags.items() if not row[name])
        return PlannedLead(
            self._read_campaign(row),
            Lead(lead_id, None if merit is None else 0 - merit, SETS[ALL - unreached]),
            _read_word(Channel, row["channel"]),
            _read_word(Reason, row["reason"]),
            row[LEAD_MASK],
            row[LEAD_PLACE],
        )

    def list_first(self, most: int) -> Mapping[Reason, Sequence[LeadId]]:
        """Return for each reason a few ids of the leads that have it, as `Plan` orders them."""
        order = [LEAD_MASK, LEAD_MERIT, LEAD_ID]
        first: defaultdict[Reason, list[LeadId]] = defaultdict(list)

        def list_some(planned: Lazy) -> Lazy:
            rows = planned.filter(~nw.col("reason").is_null()).select("reason", *order)
            numbered = number_rows(rows, _NUMBER, ["reason"], order)
            return numbered.filter(nw.col(_NUMBER) <= most).select("reason", _NUMBER, LEAD_ID)

        found = query_frame(self.planned, list_some).sort("reason", _NUMBER)
        for reason, _, lead_id in found.iter_rows():
            key = UUID(str(lead_id)) if self.id_type is UUID else lead_id
            first[to_member(Reason, reason)].append(key)
        return FrozenMap(first)

    def pick(self, campaign: Key, frame: Frame) -> tuple[Self, Frame]:
        """Return the rows of one campaign, and those of the frame, a narwhals one."""
        if not self.parts:
            return self, frame
        rows = self.planned.filter(nw.col(LEAD_CAMPAIGN) == str(campaign))
        present = frame.collect_schema().names()
        return evolve(self, planned=rows), rows.select(*present)


def _read_word(kind: type[EnumT], word: str | None) -> EnumT | None:
    return None if word is None else to_member(kind, word)

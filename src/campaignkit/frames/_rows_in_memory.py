"""The rows of a plan in memory, as arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Self, TypeAlias
from uuid import UUID

import narwhals as nw
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from campaignkit.core._channels import ALL, CHANNELS, SETS
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._gate import TOP_SCORE
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead
from campaignkit.frames._arrow import IDS, NO_SCORE, ArrowColumn, Scores, find_scored, pa, pc
from campaignkit.frames._columns import REASONS, TIERS
from campaignkit.frames._open_frame import Frame
from campaignkit.frames._parallel import count_numbers
from campaignkit.frames._planned_rows import PlannedLead, RowCounts, ScoreRange
from campaignkit.frames._radix_sort import Digits
from campaignkit.frames._terms import Key
from campaignkit.planning._explanations import LIMITS

ByteArray: TypeAlias = NDArray[np.uint8]

_TIERS_OR_NONE = (*TIERS, None)
_CHANNELS_OR_NONE = (*CHANNELS, None)
_REASONS_OR_NONE = (*REASONS, None)
_LIMITS = [REASONS.index(reason) for reason in LIMITS]


@frozen
class LeadArrays:
    """The columns of leads, without their ids.

    `campaigns` are positions of campaigns, None if there is only one; `reach` are masks of the
    channels on which leads can be reached, None if all leads can be reached on all channels.
    """

    campaigns: Digits | None
    scores: Scores
    reach: ByteArray | None


@frozen(slots=False)  # a slot could not keep what is computed once
class RowsInMemory:
    """The rows of a plan as arrays.

    `masks` are eligibility masks before limits apply. `codes` has the positions of tiers, channels
    and reasons in `TIERS`, `CHANNELS` and `REASONS`; the position behind the last is none.
    """

    ids: nw.Series[Any]
    leads: LeadArrays
    masks: ByteArray
    codes: Mapping[str, ByteArray]
    campaigns: Sequence[Key | None]

    @cached_property
    def scores(self) -> ScoreRange:
        """The range of the scores."""
        return find_score_range(self.leads.scores)

    @cached_property
    def counts(self) -> RowCounts:
        """The numbers of leads; they are counted once."""
        flows = self.codes["tier"] * np.uint8(len(_CHANNELS_OR_NONE)) + self.codes["channel"]
        flow = count_numbers(flows, len(_TIERS_OR_NONE) * len(_CHANNELS_OR_NONE)).reshape(
            len(_TIERS_OR_NONE), -1
        )
        kinds = self.codes["reason"]
        if self.leads.campaigns is not None:
            kinds = (
                self.leads.campaigns.astype(np.uint32) * np.uint32(len(_REASONS_OR_NONE)) + kinds
            )
        numbers = count_numbers(kinds, len(self.campaigns) * len(_REASONS_OR_NONE))
        reasons = numbers.reshape(-1, len(_REASONS_OR_NONE)).tolist()
        return RowCounts(
            Counter(
                {
                    (_TIERS_OR_NONE[tier], _CHANNELS_OR_NONE[channel]): int(flow[tier, channel])
                    for tier, channel in np.argwhere(flow).tolist()
                }
            ),
            {
                campaign: {
                    reason: count
                    for reason, count in zip(_REASONS_OR_NONE, row, strict=True)
                    if count
                }
                for campaign, row in zip(self.campaigns, reasons, strict=True)
            },
        )

    @cached_property
    def _ids(self) -> Any:  # noqa: ANN401  # an Arrow array
        """The ids as Arrow compares them: trimmed text, whole numbers, or the bytes of UUIDs."""
        values = ArrowColumn.of(self.ids, "", IDS, []).as_ids([]).values
        return pc.cast(values.storage, pa.binary()) if _is_uuid_type(values.type) else values

    @cached_property
    def _has_uuids(self) -> bool:
        return _is_uuid_type(ArrowColumn.of(self.ids.head(1), "", IDS, []).values.type)

    @cached_property
    def _merits(self) -> NDArray[np.unsignedinteger[Any]]:
        return find_merits(self.leads.scores)

    def find(self, lead_id: LeadId) -> Sequence[PlannedLead]:
        """Return the leads with an id, of all campaigns."""
        key = self._to_key(lead_id)
        if key is None:
            return []
        rows = np.flatnonzero(pc.equal(self._ids, key).to_numpy(zero_copy_only=False))
        return [self._read_lead(row, lead_id, key) for row in rows.tolist()]

    def _to_key(self, lead_id: LeadId) -> Any:  # noqa: ANN401  # a scalar of Arrow, or None
        """Return an id as the column has it; None if its type cannot have it."""
        kind = self._ids.type
        key: object = lead_id
        if self._has_uuids:
            key = _to_uuid_bytes(lead_id)
        elif isinstance(lead_id, UUID):
            key = str(lead_id)
        is_number = isinstance(key, int)
        if key is None or pa.types.is_null(kind) or is_number != pa.types.is_integer(kind):
            return None
        with suppress(pa.ArrowInvalid, OverflowError):
            return pa.scalar(key, kind)
        return None

    def _read_lead(self, row: int, lead_id: LeadId, key: Any) -> PlannedLead:  # noqa: ANN401
        leads = self.leads
        campaign = 0 if leads.campaigns is None else int(leads.campaigns[row])
        score = leads.scores[row].item()
        has_score = score == score and score != NO_SCORE  # noqa: PLR0124  # NaN is none, too
        reach = ALL if leads.reach is None else int(leads.reach[row])
        return PlannedLead(
            self.campaigns[campaign],
            Lead(lead_id, score if has_score else None, SETS[reach]),
            _CHANNELS_OR_NONE[int(self.codes["channel"][row])],
            _REASONS_OR_NONE[int(self.codes["reason"][row])],
            int(self.masks[row]),
            self._find_rank(row, key),
        )

    def _find_rank(self, row: int, key: Any) -> int:  # noqa: ANN401
        """Return the place of a lead, from 1, among those of its campaign with the same mask."""
        peers = (self.masks == self.masks[row]) & ~np.isin(self.codes["reason"], _LIMITS)
        if self.leads.campaigns is not None:
            peers &= self.leads.campaigns == self.leads.campaigns[row]
        merit = self._merits[row]
        equal = np.flatnonzero(peers & (self._merits == merit))
        before = pc.sum(pc.less(self._ids.take(pa.array(equal)), key)).as_py() or 0
        return 1 + int(np.count_nonzero(peers & (self._merits < merit))) + before

    def list_first(self, most: int) -> Mapping[Reason, Sequence[LeadId]]:
        """Return for each reason a few ids of the leads that have it, as `Plan` orders them."""
        order = [(name, "ascending") for name in ("mask", "merit", "id")]
        first: dict[Reason, Sequence[LeadId]] = {}
        for position, reason in enumerate(REASONS):
            rows = np.flatnonzero(self.codes["reason"] == position)
            if not len(rows):
                continue
            table = pa.table(
                {
                    "mask": self.masks.take(rows),
                    "merit": self._merits.take(rows),
                    "id": self._ids.take(pa.array(rows)),
                }
            )
            best = pc.select_k_unstable(table, most, sort_keys=order)
            ids = table["id"].take(best).to_pylist()
            first[reason] = [UUID(bytes=one) for one in ids] if self._has_uuids else ids
        return FrozenMap(first)

    def pick(self, campaign: Key, frame: Frame) -> tuple[Self, Frame]:
        """Return the rows of one campaign, and those of the frame, a narwhals one."""
        leads = self.leads
        if leads.campaigns is None:
            return self, frame
        keep = leads.campaigns == self.campaigns.index(campaign)
        reach = None if leads.reach is None else leads.reach[keep]
        at = np.flatnonzero(keep)
        rows = evolve(
            self,
            ids=self.ids[at],
            leads=LeadArrays(None, leads.scores[keep], reach),
            masks=self.masks[keep],
            codes={name: codes[keep] for name, codes in self.codes.items()},
            campaigns=(campaign,),
        )
        return rows, frame[at] if isinstance(frame, nw.DataFrame) else frame


def _is_uuid_type(kind: Any) -> bool:  # noqa: ANN401
    return isinstance(kind, pa.UuidType)


def _to_uuid_bytes(lead_id: LeadId) -> bytes | None:
    if isinstance(lead_id, UUID):
        return lead_id.bytes
    try:
        return UUID(str(lead_id)).bytes
    except ValueError as error:
        raise_interruption(error)
        return None


def find_score_range(scores: Scores) -> ScoreRange:
    """Return the range of scores."""
    has_score = find_scored(scores)
    scored = int(np.count_nonzero(has_score))
    highest = scores.max(where=has_score, initial=0).item() if scored else None
    return ScoreRange(scored, highest)


def find_merits(scores: Scores) -> NDArray[np.unsignedinteger[Any]]:
    """Return numbers that fall as scores rise."""
    if scores.dtype == np.uint8:
        falling: ByteArray = TOP_SCORE - np.minimum(scores, TOP_SCORE)
        return falling
    # The bits of floats from 0 up are ordered as the floats; adding 0.0 turns -0.0 into 0.0.
    rising: NDArray[np.uint64] = (np.nan_to_num(scores) + 0.0).view(np.uint64)
    return np.array(TOP_SCORE, np.float64).view(np.uint64) - rising

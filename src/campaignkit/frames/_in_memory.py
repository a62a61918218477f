"""Plans over frames in memory: rows are ordered by radix sorts, and all sets dealt at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.core._channels import ALL, CHANNELS, MASKS
from campaignkit.core._decisions import Reason
from campaignkit.domain._allocation import DEFAULT_ALLOCATION
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._scale import FULL_SCALE
from campaignkit.domain._yes_no import YES_OR_NO
from campaignkit.errors import PlanError
from campaignkit.frames._arrow import (
    IDS,
    NO_SCORE,
    ArrowColumn,
    Scores,
    make_category_table,
)
from campaignkit.frames._columns import (
    ADDED,
    EXAMPLES,
    NO_CHANNEL,
    NO_REASON,
    NO_TIER,
    ORDERED,
    REASONS,
    TIERS,
    Columns,
    duplicate_error,
    terms_error,
)
from campaignkit.frames._parallel import (
    count_numbers,
    look_up,
    map_blocks,
    map_in_threads,
    split_evenly,
)
from campaignkit.frames._planned_rows import ScoreRange
from campaignkit.frames._progress_bar import Begin
from campaignkit.frames._radix_sort import Digits, RowOrder, Rows, sort_by, sort_ids
from campaignkit.frames._rows_in_memory import (
    ByteArray,
    LeadArrays,
    RowsInMemory,
    find_merits,
    find_score_range,
)
from campaignkit.frames._terms import Key, Terms, TermsByCampaign, TermsOf, to_limits
from campaignkit.frames._vectorized import (
    MASK_COUNT,
    IntArray,
    Plans,
    deal_all,
    distribute_all,
    find_mirrored,
)


def allocate_in_memory(
    frame: nw.DataFrame[Any],
    columns: Columns,
    flags: Mapping[int, str],
    terms: TermsOf,
    *,
    gate: ALSGate,
    begin: Begin,
) -> tuple[Sequence[nw.Series[Any]], Plans, RowsInMemory]:
    """Return the columns to be added to the frame, each campaign's totals, and the planned rows.

    Raises:
        PlanError: lists all that is wrong with the rows.
    """
    faults: list[str] = []
    leads, by_campaign = _read_arrays(frame, columns, flags, terms, faults)
    ids = ArrowColumn.of(frame[columns.id], columns.id, IDS, faults)
    order = sort_by_id(ids, leads.campaigns, faults)
    if faults:
        raise PlanError(faults)
    begin("planning")
    each = list(by_campaign.values())
    tiers = _find_tiers(leads.scores, gate)
    shares = np.array([one.allocation.mask for one in each], _KIND)
    masks, reasons = _find_eligibility(leads, tiers, shares, gate)
    channels, sizes = _deal_leads(leads, order, masks, reasons, each)
    begin("writing the columns")
    codes = {"tier": tiers, "channel": channels, "reason": reasons}

    def write_column(name: str) -> nw.Series[Any]:
        return _write_column(frame.implementation, name, codes[name])

    rows = RowsInMemory(frame[columns.id], leads, masks, codes, tuple(by_campaign))
    return map_in_threads(len(frame), write_column, codes), Plans(by_campaign, sizes), rows


def count_eligible_in_memory(
    frame: nw.DataFrame[Any], columns: Columns, flags: Mapping[int, str], gate: ALSGate
) -> tuple[Mapping[Key | None, Sequence[int]], ScoreRange]:
    """Return each campaign's numbers of leads by the mask of what they may get, and their scores.

    Raises:
        PlanError: lists all that is wrong with the rows.
    """
    faults: list[str] = []
    every = Terms(DEFAULT_ALLOCATION)
    terms = TermsByCampaign({None: every}) if columns.campaign is None else every
    leads, by_campaign = _read_arrays(frame, columns, flags, terms, faults)
    ids = ArrowColumn.of(frame[columns.id], columns.id, IDS, faults)
    sort_by_id(ids, leads.campaigns, faults)
    if faults:
        raise PlanError(faults)
    shares = np.full(len(by_campaign), ALL, _KIND)
    masks, _ = _find_eligibility(leads, _find_tiers(leads.scores, gate), shares, gate)
    sizes = count_numbers(_number_sets(masks, leads.campaigns), len(by_campaign) * MASK_COUNT)
    counts = dict(zip(by_campaign, sizes.reshape(-1, MASK_COUNT).tolist(), strict=True))
    return counts, find_score_range(leads.scores)


def _read_arrays(
    frame: nw.DataFrame[Any],
    columns: Columns,
    flags: Mapping[int, str],
    terms: TermsOf,
    faults: list[str],
) -> tuple[LeadArrays, TermsByCampaign]:
    """Return the columns of leads, and the campaigns' terms; all faults are added to `faults`."""
    scores = read_scores(frame, columns, faults)
    reach = read_reach(frame, flags, faults)
    campaigns, by_campaign = _read_campaigns(frame, columns, terms, faults)
    return LeadArrays(campaigns, scores, reach), by_campaign


def sort_by_id(column: ArrowColumn, campaigns: Digits | None, faults: list[str]) -> RowOrder:
    """Return the order of rows by id; a duplicate id is a fault, except in another campaign."""
    column = column.as_ids(faults)
    ids = column.read_ids()
    within = campaigns
    if campaigns is not None and len(ids) < len(campaigns):
        within = campaigns[column.is_present()] if len(ids) else None
    order, repeats = sort_ids(ids, within)
    if repeats.any():
        again = np.flatnonzero(repeats[1:] & ~repeats[:-1]) + 1
        some = column.read_rows(order.in_id_order(np.arange(len(ids)))[again[:EXAMPLES]])
        within_campaign = campaigns is not None
        faults.append(duplicate_error(column.name, len(again), some, within=within_campaign))
    return order


def read_scores(frame: nw.DataFrame[Any], columns: Columns, faults: list[str]) -> Scores:
    """Return the scores from 0 to 100; all faults are added to `faults`."""
    wanted = f"numbers {columns.scale or FULL_SCALE}"
    given = ArrowColumn.of(frame[columns.score], columns.score, wanted, faults)
    return given.read_scores(faults, columns.scale)


def read_reach(
    frame: nw.DataFrame[Any], names: Mapping[int, str], faults: list[str]
) -> ByteArray | None:
    """Return the mask of the channels on which each lead can be reached."""
    if not names:
        return None
    by_argument = {f"reachable[{CHANNELS[c]}]": name for c, name in names.items()}
    reach = np.full(len(frame), ALL - sum(1 << c for c in names), np.uint8)
    for c, is_reachable in zip(names, read_flags(frame, by_argument, faults), strict=True):
        reach |= is_reachable.view(np.uint8) << np.uint8(c)
    return reach


def read_flags(
    frame: nw.DataFrame[Any], names: Mapping[str, str], faults: list[str]
) -> Sequence[NDArray[np.bool_]]:
    """Return columns of flags, named by the arguments that give them; bad ones are all false."""

    def read_column(argument: str) -> tuple[NDArray[np.bool_], list[str]]:
        own_faults: list[str] = []
        series = frame[names[argument]]
        if series.dtype == nw.Boolean and not series.null_count():
            return np.asarray(series.to_numpy(), np.bool_), own_faults  # no need for Arrow
        column = ArrowColumn.of(series, argument, YES_OR_NO, own_faults)
        flags = column.read_flags(own_faults)
        return np.zeros(len(frame), np.bool_) if own_faults else flags, own_faults

    read = map_in_threads(len(frame), read_column, names)
    for _, own_faults in read:
        faults += own_faults
    return [flags for flags, _ in read]


def _read_campaigns(
    frame: nw.DataFrame[Any], columns: Columns, terms: TermsOf, faults: list[str]
) -> tuple[Digits | None, TermsByCampaign]:
    """Return the position of each lead's campaign, and the campaigns' terms by their ids."""
    if columns.campaign is None:
        return None, cast("TermsByCampaign", terms)
    column = ArrowColumn.of(frame[columns.campaign], columns.campaign, IDS, faults)
    values, numbers = column.read_keys(faults)
    if isinstance(terms, Terms):
        by_campaign = TermsByCampaign(dict.fromkeys(sorted(values), terms))
    else:
        by_campaign = terms.for_column(column.key_type())
    positions = {key: position for position, key in enumerate(by_campaign)}
    without_terms = [value for value in values if value not in positions]
    if without_terms:
        some = sorted(without_terms)[:EXAMPLES]
        faults.append(terms_error(columns.campaign, len(without_terms), some))
    behind = len(positions)
    table = [*(positions.get(value, behind) for value in values), behind]
    kind = np.min_scalar_type(behind)  # the fewer bits, the fewer bytes to move
    return look_up(np.array(table, kind), numbers), by_campaign


def _find_tiers(scores: Scores, gate: ALSGate) -> ByteArray:
    """Return the position of each score's tier."""
    lows = [gate.bounds[tier] for tier in TIERS if tier in gate.bounds]
    if scores.dtype == np.uint8:
        tier_of = np.searchsorted(lows, np.arange(NO_SCORE + 1), side="right").astype(np.uint8)
        tier_of[NO_SCORE] = NO_TIER
        return look_up(tier_of, scores)
    tiers = np.searchsorted(lows, scores, side="right").astype(np.uint8)
    tiers[np.isnan(scores)] = NO_TIER
    return tiers


def _find_eligibility(
    leads: LeadArrays, tiers: ByteArray, shares: NDArray[Any], gate: ALSGate
) -> tuple[ByteArray, ByteArray]:
    """Return each lead's eligibility mask, and the position of the reason why it is empty.

    `shares` has the mask of the channels with a share for each campaign.
    """
    mask_of, reason_of = _tabulate_eligibility(gate)
    masks, reasons = np.empty_like(tiers), np.empty_like(tiers)

    def look_up_block(block: slice) -> None:
        kinds = tiers[block].astype(_KIND) << _CHANNEL_BITS
        kinds |= _ALL_REACHABLE if leads.reach is None else leads.reach[block]
        kinds <<= _CHANNEL_BITS
        kinds |= shares[0] if leads.campaigns is None else shares.take(leads.campaigns[block])
        masks[block], reasons[block] = mask_of.take(kinds), reason_of.take(kinds)

    map_blocks(len(tiers), look_up_block)
    return masks, reasons


_CHANNEL_BITS, _ALL_REACHABLE = np.uint8(len(CHANNELS)), np.uint8(ALL)
_KIND = np.min_scalar_type((NO_TIER + 1 << 2 * len(CHANNELS)) - 1)


def _tabulate_eligibility(gate: ALSGate) -> tuple[ByteArray, ByteArray]:
    """Return the eligibility mask and the reason of each kind of lead.

    The number of a kind has the tier in its highest bits, then the mask of the channels on which
    the lead can be reached, then the mask of the channels with a share.
    """
    opened = np.array([*(MASKS[gate.channels(tier)] for tier in TIERS), 0], np.uint8)
    tier, reach, share = np.ogrid[: len(opened), : ALL + 1, : ALL + 1]
    reachable = opened[tier] & reach.astype(np.uint8)
    masks = reachable & share.astype(np.uint8)
    empty = [tier == NO_TIER, opened[tier] == 0, reachable == 0, masks == 0]
    why = [Reason.UNSCORED, Reason.DEAD_TIER, Reason.UNREACHABLE, Reason.NO_SHARE]
    positions = [np.uint8(REASONS.index(reason)) for reason in why]
    reasons = np.select(empty, positions, np.uint8(NO_REASON))
    return masks.ravel(), reasons.ravel()


def _deal_leads(
    leads: LeadArrays,
    order: RowOrder,
    masks: ByteArray,
    reasons: ByteArray,
    terms: Sequence[Terms],
) -> tuple[ByteArray, IntArray]:
    """Return each lead's channel, and the sizes of each campaign's sets; complete the reasons."""
    by_id = _to_id_order(leads, order, masks, terms)
    sets = _number_sets(by_id.masks, by_id.campaigns)
    sizes = count_numbers(sets, len(terms) * MASK_COUNT)
    by_campaign = sizes.reshape(-1, MASK_COUNT)
    matrix = distribute_all(terms, by_campaign)
    mirrored = find_mirrored(terms, matrix).ravel()
    matrix = matrix.reshape(-1, len(CHANNELS))
    placeable = sizes * (np.arange(len(sizes)) % MASK_COUNT > 0)
    channels_by_id = np.full(len(masks), NO_CHANNEL, np.uint8)

    def deal_part(part: slice) -> None:
        rows = np.flatnonzero((sets >= part.start) & (sets < part.stop) & (by_id.masks > 0))
        filled = part.start + np.flatnonzero(placeable[part])  # most of many campaigns are empty
        dealt = deal_all(matrix[filled], placeable[filled], mirrored[filled])
        channels_by_id[by_id.rank(rows)] = dealt

    map_in_threads(len(masks), deal_part, split_evenly(placeable))
    channels = order.in_row_order(channels_by_id)
    if by_id.limit_reasons is not None:
        limit_reasons = order.in_row_order(by_id.limit_reasons)
        np.copyto(reasons, limit_reasons, where=limit_reasons != NO_REASON)
    reasons[(channels == NO_CHANNEL) & (reasons == NO_REASON)] = REASONS.index(Reason.HELD)
    return channels, by_campaign


@frozen
class _LeadsById:
    """The leads by ascending id; their merits fall as scores rise.

    `limit_reasons` are those of the leads over a campaign's capacity, whose mask is empty; None
    if no campaign has a limit.
    """

    masks: ByteArray
    merits: NDArray[np.unsignedinteger[Any]]
    campaigns: Digits | None
    limit_reasons: ByteArray | None

    def rank(self, rows: Rows) -> Rows:
        """Return rows by campaign, mask, falling score, and id; they are given by id."""
        order = sort_by(self.masks.take(rows), sort_by(self.merits.take(rows)))
        if self.campaigns is not None:
            order = sort_by(self.campaigns.take(rows), order)
        return rows.take(order)


def _number_sets(masks: ByteArray, campaigns: Digits | None) -> NDArray[np.unsignedinteger[Any]]:
    """Return the position of each lead's eligibility set among those of all campaigns."""
    if campaigns is None:
        return masks
    sets = np.empty(len(masks), np.uint32)

    def number_block(block: slice) -> None:
        np.multiply(campaigns[block], MASK_COUNT, out=sets[block], dtype=np.uint32)
        sets[block] += masks[block]

    map_blocks(len(sets), number_block)
    return sets


def _to_id_order(
    leads: LeadArrays, order: RowOrder, masks: ByteArray, terms: Sequence[Terms]
) -> _LeadsById:
    in_id_order = order.in_id_order
    campaigns = None if leads.campaigns is None else in_id_order(leads.campaigns)
    merits = in_id_order(find_merits(leads.scores))
    masks_by_id, limit_reasons = in_id_order(masks), None
    if any(one.room is not None for one in terms):
        limit_reasons = _exclude_over_capacity(masks_by_id, campaigns, sort_by(merits), terms)
    return _LeadsById(masks_by_id, merits, campaigns, limit_reasons)


def _exclude_over_capacity(
    masks: ByteArray, campaigns: Digits | None, by_merit: Rows, terms: Sequence[Terms]
) -> ByteArray:
    """Return the reasons of leads over a campaign's capacity, and empty their masks.

    The best leads by merit come first.
    """
    rows = by_merit[masks.take(by_merit) > 0]
    if campaigns is None:
        campaign_of = np.zeros(len(rows), np.uint32)
    else:
        rows = sort_by(campaigns, rows)
        campaign_of = campaigns.take(rows)
    sizes = np.bincount(campaign_of, minlength=len(terms))
    ranks = np.arange(len(rows)) - np.repeat(sizes.cumsum() - sizes, sizes)
    capacity, total = np.array([to_limits(one) for one in terms], np.int64).reshape(-1, 2).T
    is_over = ranks >= capacity[campaign_of]
    rows, ranks, campaign_of = rows[is_over], ranks[is_over], campaign_of[is_over]
    daily_limit, total_limit = map(REASONS.index, (Reason.DAILY_LIMIT, Reason.TOTAL_LIMIT))
    limit_reasons = np.full(len(masks), NO_REASON, np.uint8)
    limit_reasons[rows] = np.where(ranks < total[campaign_of], daily_limit, total_limit)
    masks[rows] = 0
    return limit_reasons


_from_arrow: Callable[..., nw.DataFrame[Any]] = cast("Any", nw.DataFrame).from_arrow


def _write_column(engine: nw.Implementation, name: str, codes: ByteArray) -> nw.Series[Any]:
    """Return a column of words by their positions, as an enumeration or a category.

    The position behind the last is null. Enumerations of Polars are always ordered.
    """
    words = ADDED[name]
    if engine.is_polars():
        polars: Any = engine.to_native_namespace()
        # Polars has made enumerations of positions in two ways; all versions have this one.
        or_null = polars.Series(name, [*words, None], dtype=polars.Enum(words))
        series = or_null.gather(polars.Series(codes))
        return nw.from_native(series, series_only=True)
    if engine.is_pandas():
        pandas: Any = engine.to_native_namespace()
        is_null = codes == len(words)
        indices = (codes - is_null * np.uint8(len(words) + 1)).view(np.int8)  # -1 is null
        values = pandas.Categorical.from_codes(indices, words, ordered=name in ORDERED)
        series = pandas.Series(values, name=name)
        return nw.from_native(series, series_only=True)
    table = make_category_table(name, codes, words, is_ordered=name in ORDERED)
    return _from_arrow(table, backend=engine)[name]

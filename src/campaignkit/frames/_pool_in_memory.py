"""Pools in memory: leads are sorted as for a plan, and dealt to the campaigns that they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.errors import PlanError
from campaignkit.frames._arrow import IDS, ArrowColumn, Scores, find_scored, pa, pc
from campaignkit.frames._columns import Columns
from campaignkit.frames._in_memory import read_flags, read_scores, sort_by_id
from campaignkit.frames._parallel import count_numbers, look_up, map_blocks
from campaignkit.frames._progress_bar import Begin
from campaignkit.frames._radix_sort import sort_by
from campaignkit.frames._rows_in_memory import find_merits
from campaignkit.planning._pool_split import EXACT_COSTS, UnitOrder, deal_pool
from campaignkit.planning._share_out import SolvedPool, WeightedCampaigns

Numbers: TypeAlias = NDArray[Any]
"""Whole numbers, of any width."""


@frozen
class DealtPool:
    """The campaign of each row, by its position, and what each campaign gets in all.

    The position behind the last stands for no campaign. `mean_scores` are None for campaigns that
    get no lead with a score.
    """

    campaigns: Numbers
    solved: SolvedPool[Any]
    unassigned: int
    mean_scores: Sequence[float | None]


def deal_in_memory(
    frame: nw.DataFrame[Any],
    columns: Columns,
    flags: Mapping[int, str],
    weighted: WeightedCampaigns[Any],
    *,
    begin: Begin,
) -> DealtPool:
    """Share the leads of a frame out; `flags` are columns by position of the campaign.

    Raises:
        PlanError: lists all that is wrong with the rows.
    """
    faults: list[str] = []
    scores = read_scores(frame, columns, faults)
    names = {f"fits[{weighted.keys[c]}]": name for c, name in flags.items()}
    fits = dict(zip(flags, read_flags(frame, names, faults), strict=True))
    ids = ArrowColumn.of(frame[columns.id], columns.id, IDS, faults)
    order = sort_by_id(ids, None, faults)
    if faults:
        raise PlanError(faults)
    begin("sharing out")
    campaigns = len(weighted.keys)
    rows, row_of = _find_rows(fits, len(frame), campaigns)
    *sizes, unassigned = count_numbers(row_of, len(rows) + 1).tolist()
    solved = weighted.split_rows(rows, sizes)
    by_merit = sort_by(order.in_id_order(_find_merits(scores)))
    row_of_merit = order.in_id_order(row_of).take(by_merit)
    if unassigned:
        is_dealt = row_of_merit < len(rows)
        by_merit, row_of_merit = by_merit[is_dealt], row_of_merit[is_dealt]
    by_id = np.full(len(frame), campaigns, np.min_scalar_type(campaigns))
    by_id[by_merit] = _deal(solved, row_of_merit)
    dealt = order.in_row_order(by_id)
    return DealtPool(dealt, solved, unassigned, _find_mean_scores(dealt, scores, campaigns))


def _find_rows(
    fits: Mapping[int, NDArray[np.bool_]], leads: int, campaigns: int
) -> tuple[Sequence[tuple[int, ...]], Numbers]:
    """Return the sets of campaigns that leads fit, in ascending order, and the set of each lead.

    A set has the positions of its campaigns. Leads that fit none have the number behind the last.
    """
    numbers, count = _number_patterns(list(fits.values()), leads)
    first = np.empty(count, np.intp)
    first[numbers[::-1]] = np.arange(leads)[::-1]  # of several values, the last one stays
    is_in = np.ones((count, campaigns), np.bool_)
    for c, flags in fits.items():
        is_in[:, c] = flags[first]
    patterns = [tuple(np.flatnonzero(row).tolist()) for row in is_in]
    rows = sorted(row for row in patterns if row)
    places = {row: place for place, row in enumerate(rows)}
    table = [places.get(row, len(rows)) for row in patterns]
    return rows, look_up(np.array(table, np.min_scalar_type(len(rows))), numbers)


def _number_patterns(flags: Sequence[NDArray[np.bool_]], leads: int) -> tuple[Numbers, int]:
    """Return a number for each lead, the same for the same flags, and how many numbers there are.

    Flags are added as the bits of words, and the words that occur numbered.
    """
    numbers: Numbers = np.zeros(leads, np.int32)
    count = min(leads, 1)
    for at in range(0, len(flags), _WORD_BITS):
        words = numbers.astype(np.uint64)

        def append_block(block: slice, at: int = at, words: Numbers = words) -> None:
            for one in flags[at : at + _WORD_BITS]:
                words[block] <<= np.uint64(1)
                words[block] |= one[block]

        map_blocks(leads, append_block)
        encoded = pc.dictionary_encode(pa.array(words))
        numbers, count = encoded.indices.to_numpy(), len(encoded.dictionary)
    return numbers, count


_WORD_BITS = 32
"""Beside them a word has room for the numbers of the words before."""


def _find_merits(scores: Scores) -> NDArray[np.unsignedinteger[Any]]:
    """Return numbers that fall as scores rise; leads without a score come last."""
    merits = find_merits(scores)
    merits[~find_scored(scores)] = merits.max(initial=0) + merits.dtype.type(1)
    return merits


def _deal(solved: SolvedPool[Any], row_of: Numbers) -> Numbers:
    """Return the campaigns of leads, best first, as `deal_pool` does."""
    totals = np.array(solved.split.given, np.int64)
    leads = len(row_of)
    if leads >= EXACT_COSTS:
        units = UnitOrder.of(solved.split.given)
        return _deal_by_units(solved, row_of, units)
    campaign_of = np.repeat(np.arange(len(totals)), totals)
    first = totals.cumsum() - totals
    costs = (2 * (np.arange(leads) - first[campaign_of]) + 1) / totals[campaign_of]
    order = np.argsort(costs, kind="stable")  # it merges what ascends: fast here
    campaigns = campaign_of.take(order)
    if len(solved.split.rows) <= 1:  # with one choice for all, units go out in their order
        return campaigns[::-1] if solved.is_mirrored else campaigns
    places = np.empty(leads + 1, np.int64)
    places[order] = np.arange(leads)
    places[leads] = leads
    following = np.empty(leads, np.int64)
    following[places[:-1]] = places[1:]  # behind a campaign's last unit comes none that is taken
    units = UnitOrder(campaigns.tolist(), following.tolist(), places[first].tolist())
    return _deal_by_units(solved, row_of, units)


def _deal_by_units(solved: SolvedPool[Any], row_of: Numbers, units: UnitOrder) -> Numbers:
    dealt = deal_pool(solved.split, row_of.tolist(), units, mirrored=solved.is_mirrored)
    return np.array(dealt, np.intp)


def _find_mean_scores(dealt: Numbers, scores: Scores, campaigns: int) -> Sequence[float | None]:
    has_score = find_scored(scores)
    sums = np.bincount(dealt, np.where(has_score, scores, 0), campaigns + 1)
    counts = np.bincount(dealt, has_score, campaigns + 1)
    return [
        total / number if number else None
        for total, number in zip(sums.tolist(), counts.tolist(), strict=True)
    ][:campaigns]

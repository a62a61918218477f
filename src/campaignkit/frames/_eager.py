"""Plans over frames in memory: each row's place by radix sorts, and all sets dealt at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.core._channels import ALL, CHANNELS, MASKS
from campaignkit.core._decisions import Reason
from campaignkit.domain._gate import TOP_SCORE, ALSGate
from campaignkit.domain._yes_no import YES_OR_NO
from campaignkit.errors import PlanError
from campaignkit.frames import _column_errors as faults
from campaignkit.frames._arrow import IDS, MISSING, SCORES, Column, Scores, categories, table
from campaignkit.frames._blocks import count, even_parts, in_blocks, look_up, side_by_side
from campaignkit.frames._codes import ADDED, NO_REASON, NO_TIER, REASONS, TIERS
from campaignkit.frames._columns import Columns
from campaignkit.frames._deal_columns import NONE, deal_all, find_mirrored
from campaignkit.frames._ordering import (
    Digits,
    Places,
    Rows,
    places_of,
    sort_by,
    sort_within,
)
from campaignkit.frames._progress_bar import Begin
from campaignkit.frames._solving import SETS_OF_EACH, Counts, Plans, spread_all
from campaignkit.frames._terms import Terms, TermsByCampaign, TermsOf

Bytes8: TypeAlias = NDArray[np.uint8]


@frozen
class _Leads:
    """The leads of a frame, column by column, and their places by ascending id.

    `campaigns` are the numbers of their campaigns, None if there is but one; `reach` the masks of
    the channels on which they can be reached, None if these are all for everybody.
    """

    campaigns: Digits | None
    scores: Scores
    reach: Bytes8 | None
    places: Places


def allocate_eager(
    frame: nw.DataFrame[Any],
    columns: Columns,
    flags: Mapping[int, str],
    terms: TermsOf,
    *,
    gate: ALSGate,
    begin: Begin,
) -> tuple[Sequence[nw.Series[Any]], Plans]:
    """Return the columns to be added to the frame, and each campaign's totals.

    Raises:
        PlanError: names all that is wrong with the rows.
    """
    leads, by_campaign = _read(frame, columns, flags, terms)
    begin("planning")
    each = list(by_campaign.values())
    tiers = _tiers(leads.scores, gate)
    masks, reasons = _sift(leads, tiers, each, gate)
    channels, sizes = _place(leads, masks, reasons, each)
    begin("writing the columns")
    codes = {"tier": tiers, "channel": channels, "reason": reasons}
    return _words_of(frame, codes), Plans(by_campaign, sizes)


def _read(
    frame: nw.DataFrame[Any], columns: Columns, flags: Mapping[int, str], terms: TermsOf
) -> tuple[_Leads, TermsByCampaign]:
    found: list[str] = []
    scores = Column.of(frame[columns.score], columns.score, SCORES, found).scores(found)
    reach = _reach(frame, flags, found)
    campaigns, by_campaign = _campaigns(frame, columns, terms, found)
    places = _places(Column.of(frame[columns.id], columns.id, IDS, found), campaigns, found)
    if found:
        raise PlanError(found)
    return _Leads(campaigns, scores, reach, places), by_campaign


def _places(column: Column, campaigns: Digits | None, found: list[str]) -> Places:
    """Return the places by ascending id, which may be the same only in different campaigns."""
    column = column.as_ids(found)
    ids = column.ids()
    within = campaigns
    if campaigns is not None and len(ids) < len(campaigns):
        within = campaigns[column.present()] if len(ids) else None
    places, repeats = places_of(ids, within)
    if repeats.any():
        again = np.flatnonzero(repeats[1:] & ~repeats[:-1]) + 1
        some = column.at(places.ordered(np.arange(len(ids)))[again[: faults.EXAMPLES]])
        within_campaign = campaigns is not None
        found.append(faults.repeated(column.name, len(again), some, within=within_campaign))
    return places


def _reach(frame: nw.DataFrame[Any], names: Mapping[int, str], found: list[str]) -> Bytes8 | None:
    """Return the mask of the channels on which each lead can be reached."""
    if not names:
        return None

    def read(channel: int) -> tuple[NDArray[np.bool_], list[str]]:
        wrong: list[str] = []
        series = frame[names[channel]]
        if series.dtype == nw.Boolean and not series.null_count():
            return np.asarray(series.to_numpy(), np.bool_), wrong  # without a way round
        name = f"reachable[{CHANNELS[channel]}]"
        return Column.of(series, name, YES_OR_NO, wrong).flags(wrong), wrong

    always = ALL - sum(1 << c for c in names)
    reach = np.full(len(frame), always, np.uint8)
    flags = side_by_side(len(frame), read, names)
    for c, (can_be_reached, wrong) in zip(names, flags, strict=True):
        found += wrong
        if not wrong:
            reach |= can_be_reached.view(np.uint8) << np.uint8(c)
    return reach


def _campaigns(
    frame: nw.DataFrame[Any], columns: Columns, terms: TermsOf, found: list[str]
) -> tuple[Digits | None, TermsByCampaign]:
    """Return the number of each lead's campaign, and the campaigns' terms by their ids."""
    if columns.campaign is None:
        return None, cast("TermsByCampaign", terms)
    column = Column.of(frame[columns.campaign], columns.campaign, IDS, found)
    values, numbers = column.keys(found)
    if isinstance(terms, Terms):
        by_campaign = TermsByCampaign(dict.fromkeys(sorted(values), terms))
    else:
        by_campaign = terms.for_column(column.key_type())
    number_of = {key: number for number, key in enumerate(by_campaign)}
    strangers = [value for value in values if value not in number_of]
    if strangers:
        some = sorted(strangers)[: faults.EXAMPLES]
        found.append(faults.no_terms(columns.campaign, len(strangers), some))
    behind = len(number_of)
    known = [number_of.get(value, behind) for value in values]
    kind = np.min_scalar_type(behind)  # the fewer bits, the fewer bytes to move about
    return look_up(np.array([*known, behind], kind), numbers), by_campaign


def _tiers(scores: Scores, gate: ALSGate) -> Bytes8:
    """Return the number of each score's tier."""
    lows = [gate.bounds[tier] for tier in TIERS if tier in gate.bounds]
    if scores.dtype == np.uint8:
        tier_of = np.searchsorted(lows, np.arange(MISSING + 1), side="right").astype(np.uint8)
        tier_of[MISSING] = NO_TIER
        return look_up(tier_of, scores)
    tiers = np.searchsorted(lows, scores, side="right").astype(np.uint8)
    tiers[np.isnan(scores)] = NO_TIER
    return tiers


def _sift(
    leads: _Leads, tiers: Bytes8, terms: Sequence[Terms], gate: ALSGate
) -> tuple[Bytes8, Bytes8]:
    """Return each lead's eligibility mask, and the number of the reason why it is empty."""
    mask_of, reason_of = _kinds(gate)
    shares = np.array([one.allocation.mask for one in terms], _KIND)
    masks, reasons = np.empty_like(tiers), np.empty_like(tiers)

    def sift(block: slice) -> None:
        kinds = tiers[block].astype(_KIND) << _BITS
        kinds |= _ALL if leads.reach is None else leads.reach[block]
        kinds <<= _BITS
        kinds |= shares[0] if leads.campaigns is None else shares.take(leads.campaigns[block])
        masks[block], reasons[block] = mask_of.take(kinds), reason_of.take(kinds)

    in_blocks(len(tiers), sift)
    return masks, reasons


_BITS, _ALL = np.uint8(len(CHANNELS)), np.uint8(ALL)
_KIND = np.min_scalar_type((NO_TIER + 1 << 2 * len(CHANNELS)) - 1)


def _kinds(gate: ALSGate) -> tuple[Bytes8, Bytes8]:
    """Return the mask and the reason of each kind of lead.

    A kind is a tier, the mask of the channels on which it can be reached, and that of those with a
    share: together a number of as many bits.
    """
    opened = np.array([*(MASKS[gate.channels(tier)] for tier in TIERS), 0], np.uint8)
    tier, reach, share = np.ogrid[: len(opened), : ALL + 1, : ALL + 1]
    can_be_had = opened[tier] & reach.astype(np.uint8)
    masks = can_be_had & share.astype(np.uint8)
    empty = [tier == NO_TIER, opened[tier] == 0, can_be_had == 0, masks == 0]
    why = [Reason.UNSCORED, Reason.DEAD_TIER, Reason.UNREACHABLE, Reason.NO_SHARE]
    numbers = [np.uint8(REASONS.index(reason)) for reason in why]
    reasons = np.select(empty, numbers, np.uint8(NO_REASON))
    return masks.ravel(), reasons.ravel()


def _place(
    leads: _Leads, masks: Bytes8, reasons: Bytes8, terms: Sequence[Terms]
) -> tuple[Bytes8, Counts]:
    """Return each lead's channel, and each campaign's sizes; add the reasons of the others."""
    by_id = _by_id(leads, masks, terms)
    sets = by_id.sets()
    sizes = count(sets, len(terms) * SETS_OF_EACH)
    by_campaign = sizes.reshape(-1, SETS_OF_EACH)
    matrix = spread_all(terms, by_campaign)
    mirrored = find_mirrored(terms, matrix).ravel()
    matrix = matrix.reshape(-1, len(CHANNELS))
    placeable = sizes * (np.arange(len(sizes)) % SETS_OF_EACH > 0)
    is_there = placeable.reshape(-1, SETS_OF_EACH).any(axis=0)
    first_kinds = ((is_there.cumsum() - 1) * MISSING).astype(np.uint16)
    channels_by_id = np.full(len(masks), NONE, np.uint8)

    def deal(part: slice) -> None:
        rows = np.flatnonzero((sets >= part.start) & (sets < part.stop) & (by_id.masks > 0))
        filled = part.start + np.flatnonzero(placeable[part])  # most of many campaigns are empty
        dealt = deal_all(matrix[filled], placeable[filled], mirrored[filled])
        channels_by_id[by_id.order(rows, first_kinds)] = dealt

    side_by_side(len(masks), deal, even_parts(placeable))
    channels = leads.places.rows(channels_by_id)
    if by_id.waiting is not None:
        waiting = leads.places.rows(by_id.waiting)
        np.copyto(reasons, waiting, where=waiting != NO_REASON)
    reasons[(channels == NONE) & (reasons == NO_REASON)] = REASONS.index(Reason.HELD)
    return channels, by_campaign


@frozen
class _ById:
    """The leads by ascending id; their merits fall as scores rise.

    `waiting` has the numbers of the reasons of those for whom there is no room; they have left
    their eligibility set. It is None where nobody need wait.
    """

    masks: Bytes8
    merits: NDArray[np.unsignedinteger[Any]]
    campaigns: Digits | None
    waiting: Bytes8 | None

    def sets(self) -> NDArray[np.unsignedinteger[Any]]:
        """Return the number of each lead's eligibility set among those of all campaigns."""
        if self.campaigns is None:
            return self.masks
        campaigns, sets = self.campaigns, np.empty(len(self.masks), np.uint32)

        def tell(block: slice) -> None:
            np.multiply(campaigns[block], SETS_OF_EACH, out=sets[block], dtype=np.uint32)
            sets[block] += self.masks[block]

        in_blocks(len(sets), tell)
        return sets

    def order(self, rows: Rows, first_kinds: NDArray[np.uint16]) -> Rows:
        """Return rows, given by id, in the order of campaign, mask, score from the top, and id.

        A whole score and a mask are a kind, of which each mask has its first.
        """
        masks, merits = self.masks.take(rows), self.merits.take(rows)
        if self.merits.dtype == np.uint8:
            kinds = first_kinds.take(masks) + merits
            if self.campaigns is None:
                return rows.take(sort_by(kinds))
            return rows.take(sort_within(self.campaigns.take(rows), kinds))
        order = sort_by(masks, sort_by(merits))
        if self.campaigns is not None:
            order = sort_by(self.campaigns.take(rows), order)
        return rows.take(order)


def _by_id(leads: _Leads, masks: Bytes8, terms: Sequence[Terms]) -> _ById:
    ordered = leads.places.ordered
    campaigns = None if leads.campaigns is None else ordered(leads.campaigns)
    merits, masks_by_id, waiting = ordered(_merits(leads.scores)), ordered(masks), None
    if any(one.room is not None for one in terms):
        waiting = _send_away(masks_by_id, campaigns, sort_by(merits), terms)
    return _ById(masks_by_id, merits, campaigns, waiting)


def _merits(scores: Scores) -> NDArray[np.unsignedinteger[Any]]:
    """Return numbers that fall as scores rise."""
    if scores.dtype == np.uint8:
        falling: Bytes8 = TOP_SCORE - np.minimum(scores, TOP_SCORE)
        return falling
    # The bits of floats from 0 on are ordered as these are; adding 0 makes -0.0 one of them.
    rising: NDArray[np.uint64] = (np.nan_to_num(scores) + 0.0).view(np.uint64)
    return np.array(TOP_SCORE, np.float64).view(np.uint64) - rising


def _send_away(
    masks: Bytes8,
    campaigns: Digits | None,
    by_merit: Rows,
    terms: Sequence[Terms],
) -> Bytes8:
    """Let no more leads of a campaign in than there is room for, the best by merit first.

    The others lose their mask; return the numbers of the reasons why they wait.
    """
    here = by_merit[masks.take(by_merit) > 0]
    if campaigns is None:
        of = np.zeros(len(here), np.uint32)
    else:
        here = sort_by(campaigns, here)
        of = campaigns.take(here)
    sizes = np.bincount(of, minlength=len(terms))
    ranks = np.arange(len(here)) - np.repeat(sizes.cumsum() - sizes, sizes)
    daily, total = (_rooms(one.daily_room for one in terms), _rooms(o.total_room for o in terms))
    beyond = ranks >= np.minimum(daily, total)[of]
    rows = here[beyond]
    waits_a_day = ranks[beyond] < total[of[beyond]]
    daily_limit, total_limit = map(REASONS.index, (Reason.DAILY_LIMIT, Reason.TOTAL_LIMIT))
    waiting = np.full(len(masks), NO_REASON, np.uint8)
    waiting[rows] = np.where(waits_a_day, daily_limit, total_limit)
    masks[rows] = 0
    return waiting


def _rooms(rooms: Iterable[int | None]) -> NDArray[np.int64]:
    return np.array([_ENDLESS if room is None else room for room in rooms], np.int64)


_ENDLESS = 2**62


_from_arrow: Callable[..., nw.DataFrame[Any]] = cast("Any", nw.DataFrame).from_arrow


def _words_of(frame: nw.DataFrame[Any], codes: Mapping[str, Bytes8]) -> list[nw.Series[Any]]:
    """Return columns of words, each kept once: an enumeration, or a category."""

    def column(name: str) -> nw.Series[Any]:
        return _words(frame.implementation, name, codes[name])

    return side_by_side(len(frame), column, codes)


def _words(engine: nw.Implementation, name: str, numbers: Bytes8) -> nw.Series[Any]:
    """Return a column of words by their numbers; the number behind the last is none."""
    words = ADDED[name]
    if engine.is_polars():
        polars: Any = engine.to_native_namespace()
        series = polars.Series(name, numbers)
        series = series.set(series == len(words), None).cat.to(polars.Enum(words))
        return nw.from_native(series, series_only=True)
    if engine.is_pandas():
        pandas: Any = engine.to_native_namespace()
        behind = numbers == len(words)
        indices = (numbers - behind * np.uint8(len(words) + 1)).view(np.int8)  # -1 is none
        series = pandas.Series(pandas.Categorical.from_codes(indices, words), name=name)
        return nw.from_native(series, series_only=True)
    arrays = table({name: categories(numbers, words)})
    return _from_arrow(arrays, backend=engine)[name]

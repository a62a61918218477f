"""Plans over frames that are computed where their data are: DuckDB, Spark, Ibis over DuckDB.

Only counts are fetched. What is added to the frame is an expression of its columns and of small
tables: the counts of leads in better buckets, and what each channel gets of each eligibility set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.core._channels import CHANNELS
from campaignkit.core._decisions import Reason
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._scale import FULL_SCALE, Scale
from campaignkit.domain._yes_no import NO, YES, YES_OR_NO
from campaignkit.errors import PlanError
from campaignkit.frames._arrow import IDS
from campaignkit.frames._columns import (
    ADDED,
    EXAMPLES,
    OWN,
    REASONS,
    TIERS,
    Columns,
    bad_flags_error,
    bad_ids_error,
    bad_scores_error,
    column_kind_error,
    duplicate_error,
    missing_error,
    terms_error,
)
from campaignkit.frames._open_frame import Lazy, collect
from campaignkit.frames._planned_rows import ScoreRange
from campaignkit.frames._progress_bar import Begin
from campaignkit.frames._query_engines import (
    check_engine,
    compare_by_code_points,
    join_table,
    native_type,
    trim_column,
)
from campaignkit.frames._ranking import (
    BUCKET,
    IS_DEALT,
    LEAD_CAMPAIGN,
    LEAD_ID,
    LEAD_MASK,
    LEAD_MERIT,
    LEAD_RANK,
    LEAD_SCORE,
    BucketSizes,
    assign_buckets,
    find_large,
    rank_leads,
)
from campaignkit.frames._rows_in_engine import LEAD_PLACE, RowsInEngine
from campaignkit.frames._scale import map_expression
from campaignkit.frames._terms import Key, Terms, TermsByCampaign, TermsOf, to_limits
from campaignkit.frames._vectorized import (
    MASK_COUNT,
    IntArray,
    Plans,
    distribute_all,
    find_mirrored,
)

# Columns of a plan's own, which are removed at the end.
_LEAD_TIER = f"{OWN}tier"  # its position
_LEAD_REASON = f"{OWN}reason"  # its position; why there is no eligible channel
_LEAD_COUNT = f"{OWN}count"
_SCORED, _LEAST_MERIT = f"{OWN}scored", f"{OWN}least_merit"
_LEADS_BEFORE = f"{OWN}before"  # how many leads of a better rank took the channel
_DEALT_COUNT = f"{OWN}dealt_count"  # how many of the set get a channel
_LAST_RANK = f"{OWN}last_rank"  # that is dealt, if the deal is mirrored, and else 0
_CAPACITY, _TOTAL_CAPACITY = f"{OWN}capacity", f"{OWN}total_capacity"
_NO_ID, _BAD_ID, _BAD_SCORE = (f"{OWN}{it}" for it in ("no_id", "bad_id", "bad_score"))

_NULL_TYPES = {"null", '"null"', "void"}
"""What engines call the type of a column that has no value."""


def allocate_in_engine(
    leads: Lazy,
    columns: Columns,
    flags: Mapping[int, str],
    terms: TermsOf,
    *,
    gate: ALSGate,
    begin: Begin,
) -> tuple[Lazy, Plans, RowsInEngine]:
    """Return the frame with the columns to be added, each campaign's totals, and the planned rows.

    Raises:
        PlanError: an engine that is not supported, or all that is wrong with the rows.
    """
    check_engine(leads)
    present = [name for name in leads.collect_schema().names() if not name.startswith(OWN)]
    parts = [] if columns.campaign is None else [LEAD_CAMPAIGN]
    typed = _add_own_columns(leads, columns, flags)
    if not isinstance(terms, Terms) and parts:
        terms = terms.for_column(typed.key)
    with_shares, has_share = _add_shares(typed.leads, terms, typed.key)
    marked = _add_eligibility(with_shares, flags, has_share, gate)
    marked = assign_buckets(marked, parts)
    begin("counting the leads")
    counts = _count_leads(marked, typed, parts)
    by_campaign = _terms_by_campaign(counts, terms)
    begin("checking their ids")
    _check_rows(marked, typed, columns, counts, by_campaign)
    begin("planning")
    scores = counts.scores
    large = find_large({key: sum(sizes) for key, sizes in counts.sizes.items()})
    marked = assign_buckets(marked, parts, large)
    rooms = {key: one.room for key, one in by_campaign.items() if one.room is not None}
    if any(sum(counts.of(key)[1:]) > room for key, room in rooms.items()):
        marked = _apply_limits(marked, by_campaign, parts, typed.key)
        marked = assign_buckets(marked, parts, large)
        counts = _count_leads(marked, typed, parts)
    sizes = np.array([counts.of(key) for key in by_campaign], np.int64).reshape(-1, MASK_COUNT)
    ranked = rank_leads(marked, [*parts, LEAD_MASK], counts.buckets)
    matrix = distribute_all(list(by_campaign.values()), sizes)
    mirrored = find_mirrored(list(by_campaign.values()), matrix)
    campaigns, masks = np.nonzero(sizes * (np.arange(MASK_COUNT) > 0))
    sets: dict[str, tuple[str, Sequence[Any]]] = {LEAD_MASK: ("int32", masks.tolist())}
    if parts:
        names = list(map(str, by_campaign))
        sets[LEAD_CAMPAIGN] = "string", [names[campaign] for campaign in campaigns.tolist()]
    dealt = deal_leads(ranked, sets, matrix[campaigns, masks], mirrored[campaigns, masks])
    named = {c: _flag_column(c) for c in flags}
    rows = RowsInEngine(dealt, typed.key, typed.id_type, named, parts, scores)
    return dealt.select(*present, *ADDED), Plans(by_campaign, sizes), rows


def count_eligible_in_engine(
    leads: Lazy, columns: Columns, flags: Mapping[int, str], gate: ALSGate
) -> tuple[Mapping[Key | None, Sequence[int]], ScoreRange]:
    """Return each campaign's numbers of leads by the mask of what they may get, and their scores.

    Raises:
        PlanError: an engine that is not supported, or all that is wrong with the rows.
    """
    check_engine(leads)
    typed = _add_own_columns(leads, columns, flags)
    marked = _add_eligibility(typed.leads, flags, [nw.lit(value=True)] * len(CHANNELS), gate)
    counts = _count_leads(marked, typed, [] if columns.campaign is None else [LEAD_CAMPAIGN])
    campaigns = [None] if columns.campaign is None else _sort_campaigns(counts)
    _check_rows(marked, typed, columns, counts, set(campaigns))
    return {campaign: counts.of(campaign) for campaign in campaigns}, counts.scores


# --- what is in the columns ----------------------------------------------------------------------


@frozen
class _TypedLeads:
    """The leads with their ids, scores, campaigns and flags as columns of the plan's own.

    `key` and `id_type` are the classes of ids of campaigns and leads in Python. `bad` has, for each
    name of a count of bad rows, the expression that tells them. `score` is the score as it was
    given, and `flags` are the names of the given columns of flags by position of the channel.
    """

    leads: Lazy
    key: type
    id_type: type
    score: nw.Expr
    flags: Mapping[int, str]
    bad: Mapping[str, nw.Expr]


def _add_own_columns(leads: Lazy, columns: Columns, flags: Mapping[int, str]) -> _TypedLeads:
    """Return the leads with their columns as what the plan needs of them.

    Raises:
        PlanError: columns hold another kind of values.
    """
    faults: list[str] = []
    bounds = columns.scale or FULL_SCALE
    score = _score_expression(leads, columns.score, bounds, faults)
    mapped = score if columns.scale is None else map_expression(columns.scale, score)
    lead_id, id_type = key_expression(leads, columns.id, faults)
    own = [lead_id.alias(LEAD_ID)]
    bad = {_NO_ID: nw.col(LEAD_ID).is_null(), _BAD_SCORE: _is_out_of_range(mapped)}
    key: type = str
    if columns.campaign is not None:
        campaign, key = key_expression(leads, columns.campaign, faults)
        own.append(campaign.cast(nw.String).alias(LEAD_CAMPAIGN))
    for c, name in flags.items():
        is_yes, is_no = _flag_expressions(leads, name, f"reachable[{CHANNELS[c]}]", faults)
        own.append(is_yes.alias(_flag_column(c)))
        bad[_bad_flag_column(c)] = ~(is_yes | is_no)
    if faults:
        raise PlanError(faults)
    in_range: nw.Expr = nw.when(~_is_out_of_range(mapped)).then(mapped)
    is_whole = leads.collect_schema()[columns.score].is_integer() and columns.scale is None
    own.append(in_range.cast(nw.Int32 if is_whole else nw.Float64).alias(LEAD_SCORE))
    names = [LEAD_ID] if columns.campaign is None else [LEAD_ID, LEAD_CAMPAIGN]
    typed = compare_by_code_points(leads.with_columns(*own), names)
    if _is_text_dtype(typed.collect_schema()[LEAD_ID]):
        typed = trim_column(typed, LEAD_ID)
        bad[_BAD_ID] = (nw.col(LEAD_ID) == "") | nw.col(LEAD_ID).str.contains("\0", literal=True)
    # 0 - 0.0 is 0.0, and so is 0 - -0.0.
    typed = typed.with_columns((0 - nw.col(LEAD_SCORE)).alias(LEAD_MERIT))
    return _TypedLeads(typed, key, id_type, score, flags, bad)


def _score_expression(leads: Lazy, name: str, bounds: Scale, faults: list[str]) -> nw.Expr:
    """Return the scores as whole numbers or as floats without NaN."""
    kind = leads.collect_schema()[name]
    score = nw.col(name)
    if kind.is_integer():
        return score
    if not (kind.is_float() or kind.is_decimal() or _has_null_type(leads, name)):
        faults.append(column_kind_error(name, f"numbers {bounds}", native_type(leads, name)))
    return _float_expression(score)


def _is_out_of_range(score: nw.Expr) -> nw.Expr:
    return (score < FULL_SCALE.low) | (score > FULL_SCALE.high)


def _float_expression(number: nw.Expr) -> nw.Expr:
    number = number.cast(nw.Float64)
    return nw.when(~number.is_nan()).then(number)


def key_expression(leads: Lazy, name: str, faults: list[str]) -> tuple[nw.Expr, type]:
    """Return a column of ids, and their class in Python."""
    kind = leads.collect_schema()[name]
    key = nw.col(name)
    if _is_text_dtype(kind) or _has_null_type(leads, name):
        return key.cast(nw.String), str  # categories, and collations of Spark, have other orders
    if kind.is_integer() and not isinstance(kind, nw.Int128 | nw.UInt128):
        return key, int
    if native_type(leads, name) != "uuid":
        faults.append(column_kind_error(name, IDS, native_type(leads, name)))
    return key, UUID


def _flag_expressions(
    leads: Lazy, name: str, argument: str, faults: list[str]
) -> tuple[nw.Expr, nw.Expr]:
    """Return which flags mean yes, and which no; null means no."""
    kind = leads.collect_schema()[name]
    flag = nw.col(name)
    if kind == nw.Boolean:
        is_yes, is_no = flag, ~flag
    elif kind.is_numeric():
        number = _float_expression(flag)
        is_yes, is_no = number == 1, (number == 0) | number.is_null()
    elif _is_text_dtype(kind):
        is_yes, is_no = (flag.cast(nw.String).str.contains(_to_pattern(it)) for it in (YES, NO))
    else:
        if not _has_null_type(leads, name):
            faults.append(column_kind_error(argument, YES_OR_NO, native_type(leads, name)))
        is_yes = is_no = nw.lit(None).cast(nw.Boolean)
    return is_yes.fill_null(value=False), is_no.fill_null(value=True)


def _to_pattern(words: Collection[str]) -> str:
    """Return a pattern of words as `read_yes_no` reads them: in any case, between white space."""
    in_any_case = ("".join(f"[{c}{c.upper()}]" for c in word) for word in sorted(words))
    return rf"\A[{WHITE_SPACE}]*({'|'.join(in_any_case)})[{WHITE_SPACE}]*\z"


def _flag_column(c: int) -> str:
    return f"{OWN}reachable_{c}"


def _bad_flag_column(c: int) -> str:
    return f"{OWN}bad_flag_{c}"


def _has_null_type(leads: Lazy, name: str) -> bool:
    return native_type(leads, name) in _NULL_TYPES


def _is_text_dtype(kind: Any) -> bool:  # noqa: ANN401  # a type, or its class
    return kind in (nw.String, nw.Categorical, nw.Enum)


def _add_eligibility(
    leads: Lazy, flags: Collection[int], has_share: Sequence[nw.Expr], gate: ALSGate
) -> Lazy:
    """Return the leads with their tiers, their eligibility masks, and why these are empty."""
    score = nw.col(LEAD_SCORE)
    tier = nw.lit(0)
    for position, name in enumerate(TIERS[1:], start=1):
        tier = nw.when(score >= gate.bounds[name]).then(nw.lit(position)).otherwise(tier)
    leads = leads.with_columns(nw.when(~score.is_null()).then(tier).cast(nw.Int8).alias(_LEAD_TIER))
    is_open: list[nw.Expr] = []
    is_reachable: list[nw.Expr] = []
    mask = nw.lit(0)
    for c, channel in enumerate(CHANNELS):
        open_tiers = [n for n, name in enumerate(TIERS) if channel in gate.channels(name)]
        is_open.append(nw.col(_LEAD_TIER).is_in(open_tiers))
        is_reachable.append(is_open[c] & nw.col(_flag_column(c)) if c in flags else is_open[c])
        bit = nw.when(is_reachable[c] & has_share[c]).then(nw.lit(1 << c)).otherwise(nw.lit(0))
        mask = mask + bit
    reason = nw.lit(REASONS.index(Reason.NO_SHARE))
    for why, applies in (
        (Reason.UNREACHABLE, ~nw.any_horizontal(*is_reachable, ignore_nulls=True)),
        (Reason.DEAD_TIER, ~nw.any_horizontal(*is_open, ignore_nulls=True)),
        (Reason.UNSCORED, nw.col(_LEAD_TIER).is_null()),
    ):
        reason = nw.when(applies).then(nw.lit(REASONS.index(why))).otherwise(reason)
    return leads.with_columns(
        mask.cast(nw.Int32).alias(LEAD_MASK), reason.cast(nw.Int8).alias(_LEAD_REASON)
    )


def _add_shares(leads: Lazy, terms: TermsOf, key: type) -> tuple[Lazy, Sequence[nw.Expr]]:
    """Return the leads with what tells for each channel whether it has a share."""
    each = {None: terms} if isinstance(terms, Terms) else terms
    masks = {campaign: one.allocation.mask for campaign, one in each.items()}
    if len(set(masks.values())) == 1:
        mask = next(iter(masks.values()))
        return leads, [nw.lit(bool(mask >> c & 1)) for c in range(len(CHANNELS))]
    masks = {campaign: mask for campaign, mask in masks.items() if isinstance(campaign, key)}
    names = [f"{OWN}share_{c}" for c in range(len(CHANNELS))]
    columns: dict[str, tuple[str, list[Any]]] = {
        name: ("bool", [bool(mask >> c & 1) for mask in masks.values()])
        for c, name in enumerate(names)
    }
    columns[LEAD_CAMPAIGN] = "string", list(map(str, masks))
    leads = join_table(leads, columns, [LEAD_CAMPAIGN])
    return leads, [nw.col(name).fill_null(value=False) for name in names]


# --- counts, and what is wrong -------------------------------------------------------------------


@frozen
class _LeadCounts:
    """The leads of each campaign by eligibility mask, and the rows that are bad.

    If leads are in buckets and of one campaign, `buckets` are their numbers by mask and bucket.
    """

    sizes: Mapping[Key | None, Sequence[int]]
    bad: Mapping[str, int]
    buckets: BucketSizes
    scores: ScoreRange

    def of(self, campaign: Key | None) -> Sequence[int]:
        """Return the number of a campaign's leads for each mask."""
        return self.sizes.get(campaign, (0,) * MASK_COUNT)


def _count_leads(marked: Lazy, typed: _TypedLeads, parts: Sequence[str]) -> _LeadCounts:
    in_buckets = [] if parts or BUCKET not in marked.collect_schema() else [BUCKET]
    ones = [
        nw.when(is_bad).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name)
        for name, is_bad in typed.bad.items()
    ]
    groups = collect(
        marked.with_columns(*ones)
        .group_by(*parts, LEAD_MASK, *in_buckets)
        .agg(
            nw.len().alias(_LEAD_COUNT),
            nw.col(LEAD_MERIT).count().alias(_SCORED),
            nw.col(LEAD_MERIT).min().alias(_LEAST_MERIT),
            *(nw.col(name).sum() for name in typed.bad),
        )
    )
    sizes: dict[Key | None, list[int]] = {}
    buckets: dict[tuple[int, int], int] = {}
    bad = dict.fromkeys(typed.bad, 0)
    for row in groups.iter_rows(named=True):
        campaign = row[LEAD_CAMPAIGN] if parts else None
        key = None if campaign is None else typed.key(campaign)
        sizes.setdefault(key, [0] * MASK_COUNT)[row[LEAD_MASK]] += row[_LEAD_COUNT]
        if in_buckets:
            buckets[row[LEAD_MASK], row[BUCKET]] = row[_LEAD_COUNT]
        for name in bad:
            bad[name] += row[name]
    scores = [0 - merit for merit in groups[_LEAST_MERIT].to_list() if merit is not None]
    score_range = ScoreRange(sum(groups[_SCORED].to_list()), max(scores, default=None))
    return _LeadCounts(sizes, bad, buckets, score_range)


def _terms_by_campaign(counts: _LeadCounts, terms: TermsOf) -> TermsByCampaign:
    if not isinstance(terms, Terms):
        return terms
    return TermsByCampaign(dict.fromkeys(_sort_campaigns(counts), terms))


def _sort_campaigns(counts: _LeadCounts) -> list[Any]:
    """Return the campaigns that leads have."""
    campaigns: list[Any] = [campaign for campaign in counts.sizes if campaign is not None]
    return sorted(campaigns)


def _check_rows(
    marked: Lazy,
    typed: _TypedLeads,
    columns: Columns,
    counts: _LeadCounts,
    with_terms: Collection[Key | None],
) -> None:
    """Check the values of the rows, of which only those campaigns are known.

    Raises:
        PlanError: lists all that is wrong with them.
    """
    faults = list(_find_bad_values(marked, typed, columns, counts))
    if columns.campaign is not None:
        if None in counts.sizes:
            faults.append(missing_error(columns.campaign, sum(counts.of(None))))
        if without_terms := [it for it in _sort_campaigns(counts) if it not in with_terms]:
            some = without_terms[:EXAMPLES]
            faults.append(terms_error(columns.campaign, len(without_terms), some))
    if rows := counts.bad[_NO_ID]:
        faults.append(missing_error(columns.id, rows))
    faults += _find_duplicates(marked, typed, columns, counts)
    if faults:
        raise PlanError(faults)


def _find_bad_values(
    marked: Lazy, typed: _TypedLeads, columns: Columns, counts: _LeadCounts
) -> Iterator[str]:
    """Describe which scores, flags and ids are bad, and name some of them."""

    def examples(name: str, value: nw.Expr) -> list[Any]:
        return _first_values(marked.filter(typed.bad[name]).select(value.alias(name)), name)

    if rows := counts.bad[_BAD_SCORE]:
        some = examples(_BAD_SCORE, typed.score)
        yield bad_scores_error(columns.score, rows, some, columns.scale or FULL_SCALE)
    for c, flag in typed.flags.items():
        if rows := counts.bad[_bad_flag_column(c)]:
            some = examples(_bad_flag_column(c), nw.col(flag))
            yield bad_flags_error(f"reachable[{CHANNELS[c]}]", rows, some)
    if rows := counts.bad.get(_BAD_ID, 0):
        yield bad_ids_error(columns.id, rows, examples(_BAD_ID, nw.col(columns.id)))


def _first_values(rows: Lazy, column: str) -> list[Any]:
    """Return the least values of a column."""
    return rows.select(column).sort(column).head(EXAMPLES).collect()[column].to_list()


def _find_duplicates(
    marked: Lazy, typed: _TypedLeads, columns: Columns, counts: _LeadCounts
) -> Iterator[str]:
    """Describe which ids come more often than once in a campaign."""
    is_good = ~nw.col(LEAD_ID).is_null()
    if _BAD_ID in typed.bad:
        is_good &= ~typed.bad[_BAD_ID]
    good = marked.filter(is_good)
    within = columns.campaign is not None
    distinct = nw.col(LEAD_ID).n_unique().alias(_LEAD_COUNT)
    if within:
        per_campaign = good.group_by(LEAD_CAMPAIGN).agg(distinct).select(nw.col(_LEAD_COUNT).sum())
    else:
        per_campaign = good.select(distinct)
    bad = counts.bad[_NO_ID] + counts.bad.get(_BAD_ID, 0)
    rows = sum(map(sum, counts.sizes.values())) - bad
    if (per_campaign.collect()[_LEAD_COUNT].to_list()[0] or 0) == rows:
        return
    keys = [LEAD_CAMPAIGN, LEAD_ID] if within else [LEAD_ID]
    again = good.group_by(*keys).agg(nw.len().alias(_LEAD_COUNT)).filter(nw.col(_LEAD_COUNT) > 1)
    ids = again.select(nw.len().alias(_LEAD_COUNT)).collect()[_LEAD_COUNT].to_list()[0]
    yield duplicate_error(columns.id, ids, _first_values(again, LEAD_ID), within=within)


# --- limits --------------------------------------------------------------------------------------


def _apply_limits(
    marked: Lazy, by_campaign: TermsByCampaign, parts: Sequence[str], key: type
) -> Lazy:
    """Return the leads; those over a campaign's capacity have an empty mask and a limit's reason.

    The best leads come first. The buckets are removed: their sizes have changed.
    """
    eligible = marked.with_columns((nw.col(LEAD_MASK) > 0).alias(IS_DEALT))
    ranked = rank_leads(eligible, [*parts, IS_DEALT])
    if parts:
        some = {it: to_limits(one) for it, one in by_campaign.items() if isinstance(it, key)}
        columns: dict[str, tuple[str, list[Any]]] = {
            LEAD_CAMPAIGN: ("string", list(map(str, some))),
            _CAPACITY: ("int64", [capacity for capacity, _ in some.values()]),
            _TOTAL_CAPACITY: ("int64", [total for _, total in some.values()]),
        }
        ranked = join_table(ranked, columns, parts)
        capacity, total = nw.col(_CAPACITY), nw.col(_TOTAL_CAPACITY)
    else:
        (one,) = by_campaign.values()
        capacity, total = map(nw.lit, to_limits(one))
    is_over = (nw.col(LEAD_MASK) > 0) & (nw.col(LEAD_RANK) >= capacity)
    reason = (
        nw.when(nw.col(LEAD_RANK) < total)
        .then(nw.lit(REASONS.index(Reason.DAILY_LIMIT)))
        .otherwise(nw.lit(REASONS.index(Reason.TOTAL_LIMIT)))
    )
    mask = nw.when(is_over).then(nw.lit(0)).otherwise(nw.col(LEAD_MASK))
    reason = nw.when(is_over).then(reason).otherwise(nw.col(_LEAD_REASON))
    return ranked.with_columns(
        mask.cast(nw.Int32).alias(LEAD_MASK), reason.cast(nw.Int8).alias(_LEAD_REASON)
    ).drop(LEAD_RANK, IS_DEALT, _CAPACITY, _TOTAL_CAPACITY, BUCKET, strict=False)


# --- the deal ------------------------------------------------------------------------------------


def deal_leads(
    ranked: Lazy,
    sets: Mapping[str, tuple[str, Sequence[Any]]],
    matrix: IntArray,
    mirrored: NDArray[np.bool_],
) -> Lazy:
    """Return the leads with tier, channel and reason.

    For each channel in turn, by ascending number x of its leads in a set, the deal needs the
    number n of the leads that are left, and half of it, h.

    Shapes: `sets` are columns that identify eligibility sets; `matrix` has a row for each set, a
    number in it for each channel; `mirrored` tells whether its deal is.
    """
    dealt = matrix.sum(axis=1)
    order = np.argsort(matrix, axis=1, kind="stable")
    x = np.take_along_axis(matrix, order, axis=1)
    n = np.maximum(dealt[:, None] - x.cumsum(axis=1) + x, 1)  # it divides, also if none is left
    columns = {
        **sets,
        _DEALT_COUNT: ("int64", dealt),
        _LAST_RANK: ("int64", mirrored * np.maximum(dealt - 1, 0)),
    }
    for step in range(len(CHANNELS)):
        for name, numbers in (("x", x), ("n", n), ("h", n // 2)):
            columns[_step_column(name, step)] = "int64", numbers[:, step]
        names = [CHANNELS[int(c)].value for c in order[:, step]]
        columns[_step_column("channel", step)] = "string", names
    is_dealt = (nw.col(LEAD_MASK) > 0) & (nw.col(LEAD_RANK) < nw.col(_DEALT_COUNT))
    leads = join_table(ranked, columns, list(sets)).with_columns(
        is_dealt.fill_null(value=False).alias(IS_DEALT),
        (nw.col(LEAD_RANK) + 1).alias(LEAD_PLACE),
        (nw.col(_LAST_RANK) - nw.col(LEAD_RANK)).abs().alias(LEAD_RANK),
    )
    last = len(CHANNELS) - 1
    is_large = bool((n * (x + 1.0) >= _EXACT_FLOATS).any())
    for step in range(last):
        leads = _deal_channel(leads, step, is_large=is_large)
    channel = nw.col(_step_column("channel", last))
    for step in reversed(range(last)):
        takes, taken = (nw.col(_step_column(name, step)) for name in ("takes", "channel"))
        channel = nw.when(takes).then(taken).otherwise(channel)
    held = nw.when(~nw.col(IS_DEALT)).then(nw.lit(Reason.HELD.value))
    why = _words_at(_LEAD_REASON, ADDED["reason"])
    return leads.with_columns(
        _words_at(_LEAD_TIER, ADDED["tier"]).alias("tier"),
        nw.when(nw.col(IS_DEALT)).then(channel).alias("channel"),
        nw.when(nw.col(LEAD_MASK) == 0).then(why).otherwise(held).alias("reason"),
    )


def _words_at(column: str, words: Sequence[str]) -> nw.Expr:
    """Return words by their positions."""
    word = nw.lit(words[-1])
    for position, one in enumerate(words[:-1]):
        word = nw.when(nw.col(column) == position).then(nw.lit(one)).otherwise(word)
    return nw.when(~nw.col(column).is_null()).then(word)


def _step_column(name: str, step: int) -> str:
    return f"{OWN}{name}_{step}"


def _deal_channel(leads: Lazy, step: int, *, is_large: bool) -> Lazy:
    """Return the leads after a step of the deal: which of them take its channel, and new ranks.

    The formula is that of `campaignkit.planning._deal`. Engines divide whole numbers differently,
    but floats alike. As long as floats hold the dividend exactly, the floor of the quotient is
    right; beyond that it may be off by one, which the remainder tells.
    """
    r, x, n, h = (
        nw.col(name) for name in (LEAD_RANK, *(_step_column(name, step) for name in "xnh"))
    )
    dividend, before = r * x + h, nw.col(_LEADS_BEFORE)
    leads = leads.with_columns((dividend / n).floor().cast(nw.Int64).alias(_LEADS_BEFORE))
    if is_large:
        remainder = dividend - before * n
        off = (
            nw.when(remainder < 0)
            .then(nw.lit(-1))
            .otherwise(nw.when(remainder >= n).then(nw.lit(1)).otherwise(nw.lit(0)))
        )
        leads = leads.with_columns((before + off).alias(_LEADS_BEFORE))
    return leads.with_columns(
        (dividend - before * n + x >= n).alias(_step_column("takes", step)),
        (r - before).alias(LEAD_RANK),
    )


_EXACT_FLOATS = 2**53
"""Up to here all whole numbers are floats."""

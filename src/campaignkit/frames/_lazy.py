"""Plans over frames that are computed where their data are: Polars lazily, DuckDB, Spark, Ibis.

Only counts come here. What is added to the frame is an expression of its columns and of two small
tables: how many leads of a set have better scores, and what each channel gets of it. Rows are
numbered within one whole score of one set of one campaign, and from these numbers the counts make
ranks: so nowhere need most rows come together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import narwhals as nw
import numpy as np
from attrs import frozen

from campaignkit.core._channels import ALL, CHANNELS
from campaignkit.core._decisions import Reason
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE, ALSGate
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._yes_no import NO, YES, YES_OR_NO
from campaignkit.errors import PlanError
from campaignkit.frames import _column_errors as faults
from campaignkit.frames._arrow import IDS, SCORES
from campaignkit.frames._codes import ADDED, REASONS, TIERS
from campaignkit.frames._columns import Columns
from campaignkit.frames._deal_columns import find_mirrored
from campaignkit.frames._native import (
    beside,
    by_code_points,
    check_engine,
    handed_back,
    joined,
    native_kind,
    numbered,
    passed,
    sampled,
    scattered,
    trimmed,
)
from campaignkit.frames._open_frame import first_line, foreign_errors
from campaignkit.frames._progress_bar import Begin
from campaignkit.frames._solving import SETS_OF_EACH, Plans, spread_all
from campaignkit.frames._terms import Key, Terms, TermsByCampaign, TermsOf

Lazy: TypeAlias = nw.LazyFrame[Any]
_Table: TypeAlias = dict[str, tuple[str, Sequence[Any]]]

# Columns of our own; at the end they are gone.
_CAMPAIGN = "_campaignkit_campaign"  # as text
_ID = "_campaignkit_id"
_SCORE = "_campaignkit_score"  # null where there is none
_TIER = "_campaignkit_tier"  # its number
_MASK = "_campaignkit_mask"  # of the eligible channels
_WHY = "_campaignkit_why"  # there are none
_BUCKET = "_campaignkit_bucket"  # in it rows are numbered, lower ones are better; 0 is not parted
_MERIT = "_campaignkit_merit"  # falls as scores rise
_BETTER = "_campaignkit_better"  # how many leads are in better buckets
_RANK = "_campaignkit_rank"  # within the set, from 0
_N = "_campaignkit_n"
_BEFORE = "_campaignkit_before"  # how many leads of a better rank took the channel
_DEALT = "_campaignkit_dealt"  # how many of the set get a channel
_TURNED = "_campaignkit_turned"  # the last rank that is dealt if the deal is mirrored, and else 0
_ROOM, _TOTAL = "_campaignkit_room", "_campaignkit_total_room"
_NO_ID, _BAD_ID, _BAD_SCORE = (f"_campaignkit_{it}" for it in ("no_id", "bad_id", "bad_score"))

_ENDLESS = 2**62

_NOTHING = {"null", '"null"', "void"}
"""What engines call the type of a column that has no value."""


def allocate_lazy(
    leads: Lazy,
    columns: Columns,
    flags: Mapping[int, str],
    terms: TermsOf,
    *,
    gate: ALSGate,
    begin: Begin,
) -> tuple[Lazy, Plans]:
    """Return the frame with its columns to be added, and some more, and each campaign's totals.

    Raises:
        PlanError: an engine that is not supported, or all that is wrong with the rows.
    """
    check_engine(leads)
    parts = [] if columns.campaign is None else [_CAMPAIGN]
    read = _read(leads, columns, flags)
    if not isinstance(terms, Terms) and parts:
        terms = terms.for_column(read.key)
    marked = _in_buckets(_sifted(read.leads, flags, terms, gate, read.key), parts)
    begin("counting the leads")
    counted = _count(marked, read, parts)
    by_campaign = _terms_found(counted, terms)
    begin("checking their ids")
    _check(marked, read, columns, counted, by_campaign)
    begin("planning")
    large = _large(counted)
    marked = _in_buckets(marked, parts, large)
    if any(_is_crowded(one, counted.of(key)) for key, one in by_campaign.items()):
        marked = _in_buckets(_let_in(marked, by_campaign, parts, read.key), parts, large)
        counted = _count(marked, read, parts)
    sizes = np.array([counted.of(key) for key in by_campaign], np.int64).reshape(-1, SETS_OF_EACH)
    each = list(by_campaign.values())
    matrix = spread_all(each, sizes)
    mirrored = find_mirrored(each, matrix).tolist()
    campaigns = zip(by_campaign, sizes.tolist(), matrix.tolist(), mirrored, strict=True)
    hands = [
        Hand.of(key, mask, row, mirrored=is_mirrored[mask])
        for key, of_each, rows, is_mirrored in campaigns
        for mask, row in enumerate(rows)
        if mask and of_each[mask]
    ]
    ranked = _ranked(marked, [*parts, _MASK], counted.buckets, is_last=True)
    return placed(ranked, hands, parts), Plans(by_campaign, sizes)


# --- what is in the columns ----------------------------------------------------------------------


@frozen
class _Read:
    """The leads with their ids, scores, campaigns and flags as columns of our own.

    `key` is the class of a campaign's id in Python. `bad` has for each column whose values may be
    none of what they should be the expression that tells it, and `score` is what scores are read
    as. `flags` are the names of the columns that these were in, by the positions of channels.
    """

    leads: Lazy
    key: type
    score: nw.Expr
    flags: Mapping[int, str]
    bad: Mapping[str, nw.Expr]


def _read(leads: Lazy, columns: Columns, flags: Mapping[int, str]) -> _Read:
    """Return the leads as they are read.

    Raises:
        PlanError: columns that hold something else.
    """
    found: list[str] = []
    score = _score(leads, columns.score, found)
    keys = [_key(leads, columns.id, found)[0].alias(_ID)]
    bad = {_NO_ID: nw.col(_ID).is_null(), _BAD_SCORE: _is_out_of_range(score)}
    key: type = str
    if columns.campaign is not None:
        campaign, key = _key(leads, columns.campaign, found)
        keys.append(campaign.cast(nw.String).alias(_CAMPAIGN))
    for c, name in flags.items():
        is_yes, is_no = _yes_and_no(leads, name, f"reachable[{CHANNELS[c]}]", found)
        keys.append(is_yes.alias(_flag(c)))
        bad[_bad_flag(c)] = ~(is_yes | is_no)
    if found:
        raise PlanError(found)
    # Whole scores are all of one type, which also holds what is worked out of them.
    known = nw.when(~_is_out_of_range(score)).then(score)
    is_whole = leads.collect_schema()[columns.score].is_integer()
    keys.append(known.cast(nw.Int32 if is_whole else nw.Float64).alias(_SCORE))
    names = [_ID] if columns.campaign is None else [_ID, _CAMPAIGN]
    read = by_code_points(leads.with_columns(*keys), names)
    if _is_text(read.collect_schema()[_ID]):
        read = trimmed(read, _ID)
        bad[_BAD_ID] = _is_bad_text(nw.col(_ID))
    # 0 - 0.0 is 0.0, and so is 0 - -0.0.
    read = read.with_columns((0 - nw.col(_SCORE)).alias(_MERIT))
    return _Read(read, key, score, flags, bad)


def _score(leads: Lazy, name: str, found: list[str]) -> nw.Expr:
    """Return the scores as whole numbers or as floats without NaN."""
    kind = leads.collect_schema()[name]
    score = nw.col(name)
    if kind.is_integer():
        return score
    if not (kind.is_float() or kind.is_decimal() or _is_nothing(leads, name)):
        found.append(faults.wrong_kind(name, SCORES, native_kind(leads, name)))
    return _float(score)


def _float(number: nw.Expr) -> nw.Expr:
    number = number.cast(nw.Float64)
    return nw.when(~number.is_nan()).then(number)


def _key(leads: Lazy, name: str, found: list[str]) -> tuple[nw.Expr, type]:
    """Return a column of ids, and the class of these in Python."""
    kind = leads.collect_schema()[name]
    key = nw.col(name)
    if _is_text(kind) or _is_nothing(leads, name):
        return key.cast(nw.String), str  # categories, and collations of Spark, have other orders
    if kind.is_integer() and not isinstance(kind, nw.Int128 | nw.UInt128):
        return key, int
    if native_kind(leads, name) != "uuid":
        found.append(faults.wrong_kind(name, IDS, native_kind(leads, name)))
    return key, UUID


def _yes_and_no(leads: Lazy, name: str, what: str, found: list[str]) -> tuple[nw.Expr, nw.Expr]:
    """Return what is true and what is not; null is not."""
    kind = leads.collect_schema()[name]
    flag = nw.col(name)
    if kind == nw.Boolean:
        is_yes, is_no = flag, ~flag
    elif kind.is_numeric():
        number = _float(flag)
        is_yes, is_no = number == 1, (number == 0) | number.is_null()
    elif _is_text(kind):
        text = flag.cast(nw.String)
        is_yes, is_no = text.str.contains(_one_of(YES)), text.str.contains(_one_of(NO))
    else:
        if not _is_nothing(leads, name):
            found.append(faults.wrong_kind(what, YES_OR_NO, native_kind(leads, name)))
        is_yes = is_no = nw.lit(None).cast(nw.Boolean)
    return is_yes.fill_null(value=False), is_no.fill_null(value=True)


def _one_of(words: Collection[str]) -> str:
    """Return a pattern of words in any case, with white space around them, as `read_yes_no`."""
    in_any_case = ("".join(f"[{c}{c.upper()}]" for c in word) for word in sorted(words))
    return rf"\A[{WHITE_SPACE}]*({'|'.join(in_any_case)})[{WHITE_SPACE}]*\z"


def _flag(c: int) -> str:
    return f"_campaignkit_can_be_reached_{c}"


def _bad_flag(c: int) -> str:
    return f"_campaignkit_bad_flag_{c}"


def _is_nothing(leads: Lazy, name: str) -> bool:
    return native_kind(leads, name) in _NOTHING


def _is_text(kind: Any) -> bool:  # noqa: ANN401  # a type, or its class
    return kind in (nw.String, nw.Categorical, nw.Enum)


def _sifted(read: Lazy, flags: Collection[int], terms: TermsOf, gate: ALSGate, key: type) -> Lazy:
    """Return the leads with their tiers, their eligibility masks, and why these are empty."""
    score = nw.col(_SCORE)
    tier = nw.lit(0)
    for number, name in enumerate(TIERS[1:], start=1):
        tier = nw.when(score >= gate.bounds[name]).then(nw.lit(number)).otherwise(tier)
    tiered = read.with_columns(nw.when(~score.is_null()).then(tier).cast(nw.Int8).alias(_TIER))
    open_tiers = {
        channel: [n for n, name in enumerate(TIERS) if channel in gate.channels(name)]
        for channel in CHANNELS
    }
    opened = {c: nw.col(_TIER).is_in(open_tiers[channel]) for c, channel in enumerate(CHANNELS)}
    can_be_had = {
        c: is_open & nw.col(_flag(c)) if c in flags else is_open for c, is_open in opened.items()
    }
    sharing, tiered = _sharing(tiered, terms, key)
    mask = nw.lit(0)
    for c, can_be in can_be_had.items():
        mask = mask + nw.when(can_be & sharing[c]).then(nw.lit(1 << c)).otherwise(nw.lit(0))
    why = (
        nw.when(nw.col(_TIER).is_null())
        .then(_number(Reason.UNSCORED))
        .otherwise(
            nw.when(~nw.any_horizontal(*opened.values(), ignore_nulls=True))
            .then(_number(Reason.DEAD_TIER))
            .otherwise(
                nw.when(~nw.any_horizontal(*can_be_had.values(), ignore_nulls=True))
                .then(_number(Reason.UNREACHABLE))
                .otherwise(_number(Reason.NO_SHARE))
            )
        )
    )
    return tiered.with_columns(mask.cast(nw.Int32).alias(_MASK), why.cast(nw.Int8).alias(_WHY))


def _number(reason: Reason) -> nw.Expr:
    return nw.lit(REASONS.index(reason))


def _sharing(leads: Lazy, terms: TermsOf, key: type) -> tuple[Mapping[int, nw.Expr], Lazy]:
    """Return for each channel whether it has a share, and the leads with what tells it."""
    each = {None: terms} if isinstance(terms, Terms) else terms
    masks = {key: one.allocation.mask for key, one in each.items()}
    if len(set(masks.values())) == 1:
        mask = next(iter(masks.values()))
        return {c: nw.lit(bool(mask >> c & 1)) for c in range(len(CHANNELS))}, leads
    masks = {campaign: mask for campaign, mask in masks.items() if isinstance(campaign, key)}
    columns: _Table = {_CAMPAIGN: ("string", [str(campaign) for campaign in masks])}
    for c in range(len(CHANNELS)):
        has_share = [bool(mask >> c & 1) for mask in masks.values()]
        columns[f"_campaignkit_share_{c}"] = "bool", has_share
    with_shares = joined(leads, beside(leads, columns), [_CAMPAIGN])
    shares = {c: nw.col(f"_campaignkit_share_{c}") for c in range(len(CHANNELS))}
    return {c: share.fill_null(value=False) for c, share in shares.items()}, with_shares


# --- counting, and what is wrong -----------------------------------------------------------------


@frozen
class _Counted:
    """How many leads of each campaign have which eligibility mask, and how many rows are bad.

    Where there are buckets and but one campaign, also how many there are of each mask and bucket.
    """

    sizes: Mapping[Key | None, Sequence[int]]
    bad: Mapping[str, int]
    buckets: Mapping[tuple[int, int], int]

    def of(self, campaign: Key | None) -> Sequence[int]:
        """Return the number of a campaign's leads for each mask."""
        return self.sizes.get(campaign, (0,) * (ALL + 1))


def _count(marked: Lazy, read: _Read, parts: Sequence[str]) -> _Counted:
    in_buckets = [] if parts or _BUCKET not in marked.collect_schema() else [_BUCKET]
    ones = [
        nw.when(is_bad).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name)
        for name, is_bad in read.bad.items()
    ]
    counting = (
        marked.with_columns(*ones)
        .group_by(*parts, _MASK, *in_buckets)
        .agg(nw.len().alias(_N), *(nw.col(name).sum() for name in read.bad))
    )
    try:
        groups = counting.collect()
    except foreign_errors(marked.implementation) as error:
        raise_interruption(error)
        said = f"{type(error).__name__}: {first_line(error)}"
        raise PlanError([f"the frame cannot be computed: {said}"]) from error
    sizes: dict[Key | None, list[int]] = {}
    buckets: dict[tuple[int, int], int] = {}
    found = dict.fromkeys(read.bad, 0)
    for row in groups.iter_rows(named=True):
        campaign = row[_CAMPAIGN] if parts else None
        key = None if campaign is None else read.key(campaign)
        sizes.setdefault(key, [0] * (ALL + 1))[row[_MASK]] += row[_N]
        if in_buckets:
            buckets[row[_MASK], row[_BUCKET]] = row[_N]
        for name in found:
            found[name] += row[name]
    return _Counted(sizes, found, buckets)


def _is_out_of_range(score: nw.Expr) -> nw.Expr:
    return (score < LOWEST_SCORE) | (score > TOP_SCORE)


def _is_bad_text(lead_id: nw.Expr) -> nw.Expr:
    return (lead_id == "") | lead_id.str.contains("\0", literal=True)


def _terms_found(counted: _Counted, terms: TermsOf) -> TermsByCampaign:
    if not isinstance(terms, Terms):
        return terms
    found: list[Any] = [campaign for campaign in counted.sizes if campaign is not None]
    return TermsByCampaign(dict.fromkeys(sorted(found), terms))


def _check(
    marked: Lazy, read: _Read, columns: Columns, counted: _Counted, by_campaign: TermsByCampaign
) -> None:
    """Refuse bad rows.

    Raises:
        PlanError: names all that is wrong with them.
    """
    found = list(_bad_values(marked, read, columns, counted))
    if columns.campaign is not None:
        if None in counted.sizes:
            found.append(faults.missing(columns.campaign, sum(counted.of(None))))
        strangers: list[Any] = [
            it for it in counted.sizes if it is not None and it not in by_campaign
        ]
        if strangers:
            some = sorted(strangers)[: faults.EXAMPLES]
            found.append(faults.no_terms(columns.campaign, len(strangers), some))
    if rows := counted.bad[_NO_ID]:
        found.append(faults.missing(columns.id, rows))
    found += _repeated(marked, read, columns, counted)
    if found:
        raise PlanError(found)


def _bad_values(marked: Lazy, read: _Read, columns: Columns, counted: _Counted) -> Iterator[str]:
    """Say which scores, flags and ids are none, and name some of them."""

    def first(name: str, value: nw.Expr) -> list[Any]:
        return _first(marked.filter(read.bad[name]).select(value.alias(name)), name)

    if rows := counted.bad[_BAD_SCORE]:
        yield faults.bad_scores(columns.score, rows, first(_BAD_SCORE, read.score))
    for c, flag in read.flags.items():
        if rows := counted.bad[_bad_flag(c)]:
            some = first(_bad_flag(c), nw.col(flag))
            yield faults.bad_flags(f"reachable[{CHANNELS[c]}]", rows, some)
    if rows := counted.bad.get(_BAD_ID, 0):
        yield faults.bad_ids(columns.id, rows, first(_BAD_ID, nw.col(columns.id)))


def _first(rows: Lazy, column: str) -> list[Any]:
    """Return the least values of a column."""
    return rows.select(column).sort(column).head(faults.EXAMPLES).collect()[column].to_list()


def _repeated(marked: Lazy, read: _Read, columns: Columns, counted: _Counted) -> Iterable[str]:
    """Say which ids come more often than once in a campaign."""
    is_id = ~nw.col(_ID).is_null()
    if _BAD_ID in read.bad:
        is_id &= ~read.bad[_BAD_ID]
    with_id = marked.filter(is_id)
    within = columns.campaign is not None
    distinct = nw.col(_ID).n_unique().alias(_N)
    if within:
        per_campaign = with_id.group_by(_CAMPAIGN).agg(distinct).select(nw.col(_N).sum())
    else:
        per_campaign = with_id.select(distinct)
    bad = counted.bad[_NO_ID] + counted.bad.get(_BAD_ID, 0)
    rows = sum(map(sum, counted.sizes.values())) - bad
    if (per_campaign.collect()[_N].to_list()[0] or 0) == rows:
        return
    parts = [_CAMPAIGN, _ID] if within else [_ID]
    again = with_id.group_by(*parts).agg(nw.len().alias(_N)).filter(nw.col(_N) > 1)
    ids = again.select(nw.len().alias(_N)).collect()[_N].to_list()[0]
    yield faults.repeated(columns.id, ids, _first(again, _ID), within=within)


# --- ranks, and who gets what --------------------------------------------------------------------


def _ranked(
    marked: Lazy,
    parts: Sequence[str],
    buckets: Mapping[tuple[int, int], int] | None = None,
    *,
    is_last: bool = False,
) -> Lazy:
    """Return the leads with their ranks, best first, among those with the same parts.

    Where there are buckets each is numbered within its own, and the counts of the better ones are
    added; `buckets` are the counts of masks and buckets if they are known.
    """
    order = [_MERIT, _ID]
    if _BUCKET not in (schema := marked.collect_schema()):
        rank = nw.col(_RANK).cast(nw.Int64) - 1
        if is_last:  # what is sorted had better be narrow
            marked = marked.drop(_SCORE)
        return numbered(marked, _RANK, parts, order).with_columns(rank.alias(_RANK))
    by = [*parts, _BUCKET]
    if marked.implementation.is_pyspark():
        marked, better = _parted(marked, parts, buckets)
        ranked = numbered(marked, _RANK, by, order)
    else:
        better = beside(marked, _summed(buckets)) if buckets else _better(marked, parts)
        if schema[_SCORE].is_integer():
            ranked = marked.with_columns(nw.col(_ID).rank("ordinal").over(*by).alias(_RANK))
        else:
            ranked = numbered(marked, _RANK, by, order)
    rank = nw.col(_BETTER).cast(nw.Int64) + nw.col(_RANK).cast(nw.Int64) - 1
    both = joined(ranked, better, by)
    return both.with_columns(rank.alias(_RANK)).drop(_BETTER, _N, strict=False)


def _better(leads: Lazy, parts: Sequence[str]) -> Lazy:
    """Return how many leads each bucket has, and how many are in better ones of the same parts."""
    counts = leads.group_by(*parts, _BUCKET).agg(nw.len().alias(_N))
    upto = nw.col(_N).cum_sum().over(*parts, order_by=_BUCKET)
    return counts.with_columns((upto - nw.col(_N)).alias(_BETTER))


def _summed(buckets: Mapping[tuple[int, int], int]) -> _Table:
    """Return how many leads of each mask are in better buckets, from their counts."""
    ascending, better = sorted(buckets), list[int]()
    upto = dict.fromkeys(range(ALL + 1), 0)
    for mask, bucket in ascending:
        better.append(upto[mask])
        upto[mask] += buckets[mask, bucket]
    return {
        _MASK: ("int32", [mask for mask, _ in ascending]),
        _BUCKET: ("int64", [bucket for _, bucket in ascending]),
        _BETTER: ("int64", better),
    }


def _parted(
    marked: Lazy, parts: Sequence[str], buckets: Mapping[tuple[int, int], int] | None
) -> tuple[Lazy, Lazy]:
    """Return leads on Spark in buckets that are not too large, and how many are in better ones."""
    if buckets and max(buckets.values()) <= _most(sum(buckets.values())):
        return marked, beside(marked, _summed(buckets))
    counts = _better(marked, parts).collect()
    if counts[_N].max() > _most(int(counts[_N].sum())):
        marked = _cut(marked)
        counts = _better(marked, parts).collect()
    return marked, handed_back(marked, counts)


def _in_buckets(leads: Lazy, parts: Sequence[str], large: Sequence[str] = ()) -> Lazy:
    """Return the leads in buckets, the best in the first, on the engines that rank faster by them.

    Polars sorts ids the faster the fewer there are, and Spark has many tasks to sort in: buckets
    are whole scores. DuckDB, which sorts on one machine anyway, does with one sort of all. On Spark
    only campaigns that are too large for one task are parted, so that there are not many counts
    however many campaigns there are; and those who are not to be placed, who need no number, are
    scattered.
    """
    if _BUCKET in (schema := leads.collect_schema()):
        return leads
    score = nw.col(_SCORE)
    whole = score if schema[_SCORE].is_integer() else score.floor()
    of_placed = nw.when(nw.col(_MASK) > 0).then((TOP_SCORE + 1 - whole).cast(nw.Int64))
    if leads.implementation.is_polars():
        return leads.with_columns(of_placed.otherwise(nw.lit(0)).alias(_BUCKET))
    if not leads.implementation.is_pyspark() or (parts and not large):
        return leads
    leads = scattered(leads, _BUCKET, _ID)
    bucket = of_placed.otherwise(nw.col(_BUCKET))
    if parts:
        bucket = nw.when(nw.col(_CAMPAIGN).is_in(large)).then(bucket).otherwise(nw.lit(0))
    return leads.with_columns(bucket.alias(_BUCKET))


def _large(counted: _Counted) -> Sequence[str]:
    """Return the campaigns that are too large for one task, as text."""
    sizes = {campaign: sum(sizes) for campaign, sizes in counted.sizes.items()}
    most = _most(sum(sizes.values()))
    return [str(campaign) for campaign, size in sizes.items() if size > most]


_TASKS = 32
"""Among so many tasks at least the leads are parted."""
_OF_EACH = 32
"""How many leads of each part are looked at to find where it begins."""
_FEW = 1 << 16
"""So many leads are no burden for one task."""


def _most(leads: int) -> int:
    """Return how many of the leads at most one task is to number."""
    return max(_FEW, leads // _TASKS)


def _cut(leads: Lazy) -> Lazy:
    """Return the leads in buckets that begin where those of a sample do, by score and then by id.

    They are about as large as each other, however many leads have the same score. Whatever the
    sample, the ranks are the same.
    """
    keys = leads.filter(nw.col(_MASK) > 0).select(_MERIT, _ID)
    share = _TASKS * _OF_EACH / keys.select(nw.len()).collect().item()
    sample = sampled(keys, min(share, 1.0)).sort(_MERIT, _ID).collect()
    cut = passed(leads, _BEFORE, (_MERIT, _ID), sample.gather_every(_OF_EACH).rows())
    is_cut = (nw.col(_MASK) > 0) & (nw.col(_BUCKET) > 0)
    bucket = nw.when(is_cut).then(1 + nw.col(_BEFORE)).otherwise(nw.col(_BUCKET))
    return cut.with_columns(bucket.alias(_BUCKET)).drop(_BEFORE)


def _is_crowded(terms: Terms, sizes: Sequence[int]) -> bool:
    """Tell whether more leads of a campaign might be placed than there is room for."""
    return terms.room is not None and sum(sizes[1:]) > terms.room


def _let_in(marked: Lazy, by_campaign: TermsByCampaign, parts: Sequence[str], key: type) -> Lazy:
    """Let no more leads of a campaign in than there is room for, the best first.

    The others leave their eligibility set.
    """
    ranked = _ranked(marked.with_columns((nw.col(_MASK) > 0).alias(_DEALT)), [*parts, _DEALT])
    if parts:
        some = {it: one for it, one in by_campaign.items() if isinstance(it, key)}
        columns: _Table = {
            _CAMPAIGN: ("string", [str(campaign) for campaign in some]),
            _ROOM: ("int64", [_endless(one.room) for one in some.values()]),
            _TOTAL: ("int64", [_endless(one.total_room) for one in some.values()]),
        }
        ranked = joined(ranked, beside(ranked, columns), parts)
        room, total = nw.col(_ROOM), nw.col(_TOTAL)
    else:
        (one,) = by_campaign.values()
        room, total = nw.lit(_endless(one.room)), nw.lit(_endless(one.total_room))
    waits = (nw.col(_MASK) > 0) & (nw.col(_RANK) >= room)
    why = (
        nw.when(nw.col(_RANK) < total)
        .then(_number(Reason.DAILY_LIMIT))
        .otherwise(_number(Reason.TOTAL_LIMIT))
    )
    let_in = ranked.with_columns(
        nw.when(waits).then(nw.lit(0)).otherwise(nw.col(_MASK)).cast(nw.Int32).alias(_MASK),
        nw.when(waits).then(why).otherwise(nw.col(_WHY)).cast(nw.Int8).alias(_WHY),
    )
    return let_in.drop(_RANK, _DEALT, _ROOM, _TOTAL, _BUCKET, strict=False)


def _endless(room: int | None) -> int:
    return _ENDLESS if room is None else room


@frozen
class Hand:
    """What is dealt to one eligibility set of one campaign, in the order of the deal.

    `dealt` of its leads get a channel, by their ranks if these are not `mirrored`. `steps` has for
    each channel in turn its number of leads x, that of the leads which are left n, half of it h,
    and its name. Where nobody is left n is 1, so that it may divide.
    """

    campaign: str
    mask: int
    dealt: int
    mirrored: bool
    steps: Sequence[tuple[int, int, int, str]]

    @classmethod
    def of(cls, campaign: Key | None, mask: int, row: Sequence[int], *, mirrored: bool) -> Hand:
        """Return the hand that gives each channel its number of a row."""
        steps: list[tuple[int, int, int, str]] = []
        left = dealt = sum(row)
        for x, c in sorted((x, c) for c, x in enumerate(row)):
            steps.append((x, max(left, 1), left // 2, CHANNELS[c].value))
            left -= x
        return cls(str(campaign), mask, dealt, mirrored, steps)


def placed(ranked: Lazy, hands: Sequence[Hand], parts: Sequence[str]) -> Lazy:
    """Return the leads with tier, channel and reason."""
    columns: _Table = {
        _MASK: ("int32", [hand.mask for hand in hands]),
        _DEALT: ("int64", [hand.dealt for hand in hands]),
        _TURNED: ("int64", [hand.mirrored * max(hand.dealt - 1, 0) for hand in hands]),
    }
    if parts:
        columns[_CAMPAIGN] = "string", [hand.campaign for hand in hands]
    for step in range(len(CHANNELS)):
        for part, name in enumerate("xnhc"):
            kind = "string" if name == "c" else "int64"
            columns[_step(name, step)] = kind, [hand.steps[step][part] for hand in hands]
    leads = joined(ranked, beside(ranked, columns), [*parts, _MASK])
    is_dealt = (nw.col(_MASK) > 0) & (nw.col(_RANK) < nw.col(_DEALT))
    leads = leads.with_columns(
        is_dealt.fill_null(value=False).alias(_DEALT),
        (nw.col(_TURNED) - nw.col(_RANK)).abs().alias(_RANK),
    )
    dealt = nw.col(_DEALT)
    channel = nw.col(_step("c", len(CHANNELS) - 1))
    takes: list[nw.Expr] = []
    largest = max((n * (x + 1) for hand in hands for x, n, _, _ in hand.steps), default=0)
    for step in range(len(CHANNELS) - 1):
        leads = _dealt_one(leads, step, large=largest >= _EXACT)
        takes.append(nw.col(_step("takes", step)))
    for step, take in reversed(list(enumerate(takes))):
        channel = nw.when(take).then(nw.col(_step("c", step))).otherwise(channel)
    why = _word(_WHY, ADDED["reason"])
    held = nw.when(~dealt).then(nw.lit(Reason.HELD.value))
    added = {
        "tier": _word(_TIER, ADDED["tier"]),
        "channel": nw.when(dealt).then(channel),
        "reason": nw.when(nw.col(_MASK) == 0).then(why).otherwise(held),
    }
    if leads.implementation.is_polars():
        added = {name: words.cast(nw.Enum(ADDED[name])) for name, words in added.items()}
    return leads.with_columns(**added)


def _word(column: str, words: Sequence[str]) -> nw.Expr:
    """Return words by their numbers."""
    word = nw.lit(words[-1])
    for number, one in enumerate(words[:-1]):
        word = nw.when(nw.col(column) == number).then(nw.lit(one)).otherwise(word)
    return nw.when(~nw.col(column).is_null()).then(word)


def _step(name: str, step: int) -> str:
    return f"_campaignkit_{name}_{step}"


def _dealt_one(leads: Lazy, step: int, *, large: bool) -> Lazy:
    """Return the leads after a step of the centred deal: who takes its channel, and who goes on.

    The formula is that of `campaignkit.planning._deal`. Engines divide whole numbers in ways of
    their own, but floats all alike. As long as these hold the dividend as it is their quotient
    has the right floor; where it is larger they may be off by one, and the remainder tells.
    """
    r, x, n, h = (
        nw.col(name) for name in (_RANK, _step("x", step), _step("n", step), _step("h", step))
    )
    dividend, before = r * x + h, nw.col(_BEFORE)
    leads = leads.with_columns((dividend / n).floor().cast(nw.Int64).alias(_BEFORE))
    if large:
        remainder = dividend - before * n
        off = (
            nw.when(remainder < 0)
            .then(nw.lit(-1))
            .otherwise(nw.when(remainder >= n).then(nw.lit(1)).otherwise(nw.lit(0)))
        )
        leads = leads.with_columns((before + off).alias(_BEFORE))
    return leads.with_columns(
        (dividend - before * n + x >= n).alias(_step("takes", step)), (r - before).alias(_RANK)
    )


_EXACT = 2**53
"""Up to here all whole numbers are floats."""

"""Ranks of leads in a query engine; on Spark, leads are numbered in buckets of similar size.

One sort of all leads is fastest in DuckDB, which runs on one machine. Spark has many tasks to sort
in: each numbers the leads of a bucket, which is a whole score at first, and the leads in better
buckets are counted and added.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import narwhals as nw

from campaignkit.domain._gate import TOP_SCORE
from campaignkit.frames._columns import OWN
from campaignkit.frames._open_frame import Lazy
from campaignkit.frames._query_engines import join_table, number_rows

# Columns of a plan's own, which are removed at the end.
LEAD_CAMPAIGN = f"{OWN}campaign"  # as text
LEAD_ID = f"{OWN}id"
LEAD_SCORE = f"{OWN}score"  # null where there is none
LEAD_MERIT = f"{OWN}merit"  # falls as scores rise
LEAD_MASK = f"{OWN}mask"  # of the eligible channels
LEAD_RANK = f"{OWN}rank"  # from 0
IS_DEALT = f"{OWN}is_dealt"
BUCKET = f"{OWN}bucket"  # the lower, the better; 0 is not divided further
_BETTER = f"{OWN}better"  # how many leads are in better buckets
_SIZE = f"{OWN}size"

BucketSizes: TypeAlias = Mapping[tuple[Any, ...], int]
"""The number of leads by the values of some columns, the last of which is the bucket."""

_KEY_TYPES = {LEAD_CAMPAIGN: "string", LEAD_MASK: "int32", IS_DEALT: "bool", BUCKET: "int64"}
"""Arrow's names of the types of columns by which buckets are counted."""


def assign_buckets(leads: Lazy, parts: Sequence[str], large: Sequence[str] = ()) -> Lazy:
    """Return leads on Spark with their buckets; `large` are the campaigns that need them.

    Other campaigns are in one bucket, so that there are not many buckets to count however many
    campaigns there are. Leads that get no channel, and need no rank, are distributed by hash.
    """
    if (
        not leads.implementation.is_pyspark()
        or BUCKET in (schema := leads.collect_schema())
        or (parts and not large)
    ):
        return leads
    score = nw.col(LEAD_SCORE)
    whole = score if schema[LEAD_SCORE].is_integer() else score.floor()
    by_score = (TOP_SCORE + 1 - whole).cast(nw.Int64)
    functions = importlib.import_module("pyspark.sql.functions")
    by_hash = functions.pmod(functions.xxhash64(LEAD_ID), functions.lit(_HASH_BUCKETS))
    native: Any = leads.to_native()
    leads = nw.from_native(native.withColumn(BUCKET, by_hash))
    bucket = nw.when(nw.col(LEAD_MASK) > 0).then(by_score).otherwise(nw.col(BUCKET))
    if parts:
        bucket = nw.when(nw.col(LEAD_CAMPAIGN).is_in(large)).then(bucket).otherwise(nw.lit(0))
    return leads.with_columns(bucket.alias(BUCKET))


def find_large(sizes: Mapping[Any, int]) -> list[str]:
    """Return the campaigns, as text, that have too many leads for one task."""
    most = _most_of(sizes)
    return [str(campaign) for campaign, size in sizes.items() if size > most]


def _most_of(sizes: Mapping[Any, int]) -> int:
    """Return how many of the leads at most one task is to number."""
    return max(_SMALL_TASK, sum(sizes.values()) // _LEAST_TASKS)


_SMALL_TASK = 1 << 16
_LEAST_TASKS = 32
_SAMPLES_PER_TASK = 32
_HASH_BUCKETS = 1024


def rank_leads(leads: Lazy, parts: Sequence[str], sizes: BucketSizes | None = None) -> Lazy:
    """Return the leads with their ranks, best first, among those with the same parts.

    `sizes` are those of the buckets by these parts, if they are known.
    """
    if BUCKET not in leads.collect_schema():
        narrow = leads.drop(LEAD_SCORE, strict=False)  # what is sorted had better be narrow
        numbered = number_rows(narrow, LEAD_RANK, parts, _ORDER)
        return numbered.with_columns((nw.col(LEAD_RANK).cast(nw.Int64) - 1).alias(LEAD_RANK))
    by = [*parts, BUCKET]
    sizes = sizes or _count_buckets(leads, by)
    if max(sizes.values(), default=0) > _most_of(sizes):
        leads = _repartition(leads)
        sizes = _count_buckets(leads, by)
    numbered = number_rows(leads, LEAD_RANK, by, _ORDER)
    ranked = join_table(numbered, _count_better(by, sizes), by)
    rank = nw.col(_BETTER) + nw.col(LEAD_RANK).cast(nw.Int64) - 1
    return ranked.with_columns(rank.alias(LEAD_RANK)).drop(_BETTER)


_ORDER = (LEAD_MERIT, LEAD_ID)


def _count_buckets(leads: Lazy, by: Sequence[str]) -> BucketSizes:
    counts = leads.group_by(*by).agg(nw.len().alias(_SIZE)).collect()
    return {tuple(key): size for *key, size in counts.select(*by, _SIZE).iter_rows()}


def _count_better(by: Sequence[str], sizes: BucketSizes) -> Mapping[str, tuple[str, list[Any]]]:
    """Return a table of how many leads of the same parts are in better buckets than each."""
    ascending = sorted(sizes)
    seen: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    better: list[int] = []
    for key in ascending:
        better.append(seen[key[:-1]])
        seen[key[:-1]] += sizes[key]
    keys = {name: (_KEY_TYPES[name], [key[i] for key in ascending]) for i, name in enumerate(by)}
    return {**keys, _BETTER: ("int64", better)}


# --- buckets of similar size ---------------------------------------------------------------------


def _repartition(leads: Lazy) -> Lazy:
    """Return leads on Spark in new buckets, whose bounds are those of a sample.

    They are about as large as each other, however many leads have the same score. The ranks do
    not depend on the bounds.
    """
    keys = leads.filter(nw.col(LEAD_MASK) > 0).select(*_ORDER)
    share = _LEAST_TASKS * _SAMPLES_PER_TASK / keys.select(nw.len()).collect().item()
    native: Any = keys.to_native()
    sample: nw.DataFrame[Any]
    sample = nw.from_native(native.sample(min(share, 1.0), seed=0)).sort(*_ORDER).collect()
    leads = _bucket_by_bounds(leads, _NEW_BUCKET, sample.gather_every(_SAMPLES_PER_TASK).rows())
    is_divided = (nw.col(LEAD_MASK) > 0) & (nw.col(BUCKET) > 0)
    bucket = nw.when(is_divided).then(1 + nw.col(_NEW_BUCKET)).otherwise(nw.col(BUCKET))
    return leads.with_columns(bucket.alias(BUCKET)).drop(_NEW_BUCKET)


_NEW_BUCKET = f"{OWN}new_bucket"


def _bucket_by_bounds(leads: Lazy, name: str, bounds: Sequence[tuple[Any, Any]]) -> Lazy:
    """Return a frame of Spark with a column of how many bounds do not come after each row.

    It is a binary search: one expression that compares all bounds is too long for Java to compile.
    A bound that is not there is null, and no row passes it.

    Shapes: a bound has a value for each of the two columns of the order; bounds ascend.
    """
    functions = importlib.import_module("pyspark.sql.functions")
    lists = [functions.lit(list(values)) for values in zip(*bounds, strict=True)]
    merit, lead_id = map(functions.col, _ORDER)
    at = functions.col(name)
    native: Any = leads.to_native().withColumn(name, functions.lit(0))
    for step in reversed([1 << bit for bit in range(len(bounds).bit_length())]):
        bound, tie = (functions.get(values, at + (step - 1)) for values in lists)
        passes = (merit > bound) | ((merit == bound) & (lead_id >= tie))
        native = native.withColumn(name, functions.when(passes, at + step).otherwise(at))
    lazy: Lazy = nw.from_native(native)
    return lazy

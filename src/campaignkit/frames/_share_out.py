"""`share_out`: a pool of leads in a frame of any library, shared out to several campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeAlias, cast

import narwhals as nw
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.core._checks import flag_error, is_mapping, short_repr
from campaignkit.core._display import DisplayMixin
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._leads import name_some
from campaignkit.domain._scale import read_scale
from campaignkit.errors import PlanError
from campaignkit.frames._arrow import IDS, pa
from campaignkit.frames._campaign_keys import CampaignKeys
from campaignkit.frames._columns import OWN, Columns, plain_text
from campaignkit.frames._frame_plan import F
from campaignkit.frames._in_engine import key_expression
from campaignkit.frames._kept_columns import add_by_key, keep_columns
from campaignkit.frames._open_frame import Frame, Lazy, collect
from campaignkit.frames._pool_in_memory import deal_in_memory
from campaignkit.frames._progress_bar import show_stages
from campaignkit.frames._query_engines import check_engine, compare_by_code_points, join_arrow
from campaignkit.frames._reachability import open_flagged
from campaignkit.frames._terms import Key
from campaignkit.planning._share_out import PoolBottleneck, describe_shares, read_campaigns

Fits: TypeAlias = Mapping[Any, Any]
"""For campaigns, what is true where a lead fits it, in any form that `Reachable` has."""

CAMPAIGN = "campaign"
"""The name of the column that is added."""

_LEAD_KEY = f"{OWN}key"
"""Ids as text, by which an engine finds what is added."""


@frozen
class FrameShareOut(DisplayMixin, Generic[F]):
    """A frame whose leads are shared out to campaigns, and the totals behind it.

    Attributes:
        frame: The frame with the column `campaign`, of the kind that was given. Leads that fit no
            campaign have null there.
        counts: How many leads each campaign gets.
        target: How many it would get if each lead that fits a campaign fitted all of them.
        unassigned: How many leads fit no campaign.
        bottlenecks: The sets of campaigns that want more leads than fit them: the proof that no
            split meets the target. Empty exactly if the counts equal the target.
        mean_scores: The mean score of each campaign's leads, from 0 to 100; None if none has one.

    >>> import pyarrow as pa
    >>> from campaignkit.frames import share_out
    >>> leads = pa.table({"lead_id": ["a", "b"], "als_score": [90, 70]})
    >>> print(share_out(leads, {"north": 1, "south": 1}))
    2 leads: north 1, south 1 (0 unassigned)
    """

    frame: F
    counts: Mapping[Key, int]
    target: Mapping[Key, int]
    unassigned: int
    bottlenecks: tuple[PoolBottleneck[Key], ...]
    mean_scores: Mapping[Key, float | None]

    def __str__(self) -> str:
        return describe_shares(self.counts, self.unassigned)


def share_out(
    frame: F,
    weights: Mapping[Any, int],
    *,
    id: str = "lead_id",  # noqa: A002  # it is what the column holds
    score: str = "als_score",
    scale: tuple[float, float] | None = None,
    fits: Fits | None = None,
    carried: Mapping[Any, int] | None = None,
    progress: bool = False,
) -> FrameShareOut[F]:
    """Share the leads of a frame out to several campaigns, as `campaignkit.share_out` does.

    The result's frame has one column more: `campaign`, with the key of each lead's campaign, or
    null for a lead that fits none. It can be the column of campaigns of `allocate`.

    Frames in memory come back with their rows in their order. Lazy frames come back lazy, but the
    call fetches the ids, scores and flags into memory, and deals them there: unlike `allocate`, it
    does so for DuckDB, PySpark and Ibis, too. The result finds each lead by its id, so these frames
    must still hold the same leads when it is computed.

    Args:
        frame: A frame of pandas, Polars, Arrow, DuckDB, PySpark, Ibis or narwhals.
        weights: A positive whole number for each campaign, of any sum. The keys are all text, all
            whole numbers or all UUIDs. In the frame they have this type; UUIDs are text in Polars
            and PySpark, which have no such type.
        id: The column of ids. White space around them is ignored.
        score: The column of scores. Null and NaN are no score: these leads come last.
        scale: The lowest and the highest score, 0 and 100 by default, as in `allocate`.
        fits: Which leads fit some campaigns: for each campaign the name of a column, a Series or an
            expression of the frame's library, a narwhals expression, or a function of the frame
            that returns one of these. The values are those of `reachable` in `allocate`; null is
            no. Campaigns not named fit every lead.
        carried: What each campaign was given of earlier pools, so that many small ones add up.
        progress: Whether to show a bar of the progress.

    Raises:
        PlanError: weights, carried counts or campaigns in `fits` are invalid, columns are absent or
            of another kind, `scale` is invalid, scores are out of range, flags are neither yes nor
            no, or ids are missing, blank or not unique; lists all faults.

    >>> import pyarrow as pa
    >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 70, None]})
    >>> shared = share_out(leads, {"north": 2, "south": 1})
    >>> shared.frame["campaign"].to_pylist(), shared.counts["north"]
    (['north', 'south', 'north'], 2)
    """
    faults: list[str] = []
    weighted = read_campaigns(weights, carried, faults)
    keys = CampaignKeys.of(weighted.keys)
    if weighted.keys and keys is None:
        faults.append(f"weights: campaigns must be {IDS}, not {name_some(weighted.keys)}")
    columns = Columns(id, score, scale=read_scale(scale, faults))
    flags = _read_fits(fits, weighted.keys, faults)
    if fault := flag_error(progress):
        faults.append(f"progress {fault}")
    leads, flagged, names = open_flagged(
        frame,
        columns.by_argument(),
        {f"fits[{weighted.keys[c]}]": flag for c, flag in flags.items()},
        faults,
        added=[CAMPAIGN],
        expected="expected a dataframe (`campaignkit.share_out` takes lists of leads)",
    )
    if keys is not None and (fault := keys.find_error(leads.implementation)):
        faults.append(f"weights: {fault}")
    if faults or keys is None:
        raise PlanError(faults)
    by_position = dict(zip(flags, names.values(), strict=True))
    with show_stages(wanted=progress) as begin:
        begin("reading the leads")
        fetched = _fetch(flagged, columns, list(by_position.values()))
        dealt = deal_in_memory(fetched, columns, by_position, weighted, begin=begin)
        begin("writing the column")
        made = _add_campaigns(leads, fetched, columns, keys, dealt.campaigns)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        made = made.to_native()
    solved = dealt.solved
    means = FrozenMap(dict(zip(weighted.keys, dealt.mean_scores, strict=True)))
    return FrameShareOut(
        cast("F", made), solved.counts, solved.target, dealt.unassigned, solved.bottlenecks, means
    )


def _read_fits(fits: object, campaigns: Sequence[Any], faults: list[str]) -> Mapping[int, Any]:
    """Return the flags by position of the campaign; what is wrong is added to `faults`."""
    if fits is None:
        return {}
    if not is_mapping(fits):
        faults.append(f"fits must map campaigns to columns, not be {short_repr(fits)}")
        return {}
    places = {key: place for place, key in enumerate(campaigns)}
    unknown = [short_repr(key) for key in fits if key not in places]
    faults += [f"fits: {key} is no campaign of weights" for key in unknown]
    return {places[key]: plain_text(flag) for key, flag in fits.items() if key in places}


def _fetch(leads: Frame, columns: Columns, flags: Sequence[str]) -> nw.DataFrame[Any]:
    """Return what the deal needs of a frame, in memory.

    Raises:
        PlanError: the engine is not supported, or cannot compute it.
    """
    others = {columns.score, *flags}
    if isinstance(leads, nw.DataFrame) or leads.implementation.is_polars():
        return keep_columns(leads, [columns.id], others)
    check_engine(leads)
    return collect(_add_lead_key(leads, columns).select(_LEAD_KEY, *sorted({columns.id, *others})))


def _add_lead_key(leads: Lazy, columns: Columns) -> Lazy:
    """Return the leads of an engine with their ids as text, compared by code points.

    Raises:
        PlanError: the column has other values.
    """
    faults: list[str] = []
    key, _ = key_expression(leads, columns.id, faults)
    if faults:
        raise PlanError(faults)
    keyed = leads.with_columns(key.cast(nw.String).alias(_LEAD_KEY))
    return compare_by_code_points(keyed, [_LEAD_KEY])


def _add_campaigns(
    leads: Frame,
    fetched: nw.DataFrame[Any],
    columns: Columns,
    keys: CampaignKeys,
    positions: NDArray[Any],
) -> Frame:
    """Return the frame with the column of campaigns."""
    engine = leads.implementation
    if isinstance(leads, nw.DataFrame):
        return leads.with_columns(keys.to_series(engine, CAMPAIGN, positions))
    if engine.is_polars():
        added = fetched.with_columns(keys.to_series(engine, CAMPAIGN, positions))
        return add_by_key(leads, added, [columns.id], [CAMPAIGN])
    campaigns = keys.to_arrow(engine, positions)
    table = pa.table({_LEAD_KEY: cast("Any", fetched[_LEAD_KEY]).to_arrow(), CAMPAIGN: campaigns})
    joined = join_arrow(_add_lead_key(leads, columns), table, [_LEAD_KEY])
    joined = joined.select(*leads.collect_schema().names(), CAMPAIGN)
    if engine.is_ibis() and keys.are_uuids:
        native: Any = joined.to_native()
        joined = nw.from_native(native.cast({CAMPAIGN: "uuid"}))
    return joined

"""Sharing a pool of leads out to several campaigns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeAlias, TypeVar, cast
from uuid import UUID

from attrs import frozen

from campaignkit.core._checks import (
    as_int,
    count_error,
    integer_error,
    is_mapping,
    is_text,
    short_repr,
    to_list,
    to_text,
    to_uuid,
)
from campaignkit.core._escaping import escape_text
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import format_count, join_words
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import sainte_lague
from campaignkit.domain._leads import Lead, name_some, read_list
from campaignkit.errors import PlanError
from campaignkit.planning._deal import is_mirrored
from campaignkit.planning._plan import order_by_merit
from campaignkit.planning._pool_split import PoolSplit, UnitOrder, deal_pool, split_pool

CampaignKey: TypeAlias = str | int | UUID
CampaignT = TypeVar("CampaignT", bound=CampaignKey)

_LARGEST_WEIGHT = 10**12
_MOST_NAMED = 10


@frozen
class PoolBottleneck(TypedBase, Generic[CampaignT]):
    """Campaigns whose target exceeds the leads of the pool that fit them.

    As room is less than wanted, no split can meet the target.

    Attributes:
        campaigns: The campaigns.
        room: How many leads fit at least one of them.
        wanted: How many leads the target gives them together.

    >>> print(PoolBottleneck(("north", "south"), room=5, wanted=9))
    north and south: room for 5, 9 wanted
    """

    campaigns: tuple[CampaignT, ...]
    room: int
    wanted: int

    def __str__(self) -> str:
        names = [escape_text(str(key)) for key in self.campaigns[:_MOST_NAMED]]
        if more := len(self.campaigns) - len(names):
            names.append(f"{more:,} more")
        return f"{join_words(names)}: room for {self.room:,}, {self.wanted:,} wanted"


@frozen
class ShareOut(TypedBase, Generic[CampaignT]):
    """A pool of leads, shared out to campaigns.

    Attributes:
        leads: The leads of each campaign, best first.
        counts: How many leads each campaign gets.
        target: How many it would get if each lead that fits a campaign fitted all of them.
        unassigned: The leads that fit no campaign, best first.
        bottlenecks: The sets of campaigns that want more leads than fit them: the proof that no
            split meets the target. Empty exactly if the counts equal the target.

    >>> shared = share_out([Lead("a", 90), Lead("b", 50)], {"north": 1, "south": 1})
    >>> [lead.id for lead in shared.leads["south"]]
    ['b']
    """

    leads: Mapping[CampaignT, tuple[Lead, ...]]
    counts: Mapping[CampaignT, int]
    target: Mapping[CampaignT, int]
    unassigned: tuple[Lead, ...]
    bottlenecks: tuple[PoolBottleneck[CampaignT], ...]

    def __str__(self) -> str:
        return describe_shares(self.counts, len(self.unassigned))


def describe_shares(counts: Mapping[Any, int], unassigned: int) -> str:
    """Say in a line what campaigns get of a pool, and how many of its leads fit none."""
    first = islice(counts.items(), _MOST_NAMED)
    shares = ", ".join(f"{escape_text(str(key))} {count:,}" for key, count in first)
    if (more := len(counts) - _MOST_NAMED) > 0:
        shares += f" and {format_count(more, 'more campaign')}"
    leads = format_count(sum(counts.values()), "lead")
    return f"{leads}: {shares} ({unassigned:,} unassigned)"


def share_out(
    leads: Iterable[Lead],
    weights: Mapping[CampaignT, int],
    fits: Callable[[Lead], Collection[CampaignT]] | None = None,
    carried: Mapping[CampaignT, int] | None = None,
) -> ShareOut[CampaignT]:
    """Share a pool of leads out to several campaigns, in proportion to weights.

    Each lead goes to one campaign, and none is lost to rounding. The totals are the nearest to the
    weights that `fits` permits: they minimise Σ (carried + count)² / weight. Ties go to the order
    of `weights`. The leads are dealt in order of merit (by score, those without one last, then by
    id), so that all campaigns get leads of the same merit as far as `fits` permits. The order in
    which the leads come does not matter.

    Args:
        leads: The pool.
        weights: A positive whole number for each campaign, of any sum. A campaign is named by text,
            a whole number or a UUID.
        fits: A function that returns the campaigns which a lead fits. By default it fits all.
        carried: What each campaign was given of earlier pools, so that many small ones add up.

    Raises:
        PlanError: repeated ids, ids of different kinds, non-Lead items, or invalid weights or
            carried counts; lists all faults. If there are none: `fits` returns no list or set, or
            campaigns that have no weight.

    >>> pool = [Lead(f"lead-{n}", als_score=n) for n in range(100)]
    >>> shared = share_out(pool, {"north": 60, "south": 40})
    >>> dict(shared.counts), [lead.id for lead in shared.leads["south"][:3]]
    ({'north': 60, 'south': 40}, ['lead-98', 'lead-96', 'lead-93'])
    >>> shared = share_out(
    ...     pool,
    ...     {"north": 60, "south": 40},
    ...     fits=lambda lead: {"north", "south"} if lead.als_score >= 70 else {"south"},
    ... )
    >>> print(shared, *shared.bottlenecks, sep="; ")
    100 leads: north 30, south 70 (0 unassigned); north: room for 30, 60 wanted
    """
    batch = read_list(leads, "leads")
    faults: list[str] = []
    weighted = read_campaigns(weights, carried, faults)
    if fits is not None and not callable(fits):
        faults.append(f"fits must be a function of a lead, not {short_repr(fits)}")
    try:
        ordered = order_by_merit(batch)
    except PlanError as error:
        raise PlanError([*error.faults, *faults]) from None
    if faults:
        raise PlanError(faults)
    keys = weighted.keys
    fitting = _find_fitting(ordered, keys, fits)
    rows = sorted({row for row in fitting if row})
    index = {row: i for i, row in enumerate(rows)}
    row_of = [index[row] for row in fitting if row]
    sizes = [0] * len(rows)
    for i in row_of:
        sizes[i] += 1
    solved = weighted.split_rows(rows, sizes)
    units = UnitOrder.of(solved.split.given)
    dealt = iter(deal_pool(solved.split, row_of, units, mirrored=solved.is_mirrored))
    given: list[list[Lead]] = [[] for _ in keys]
    for lead, row in zip(ordered, fitting, strict=True):
        if row:
            given[next(dealt)].append(lead)
    return ShareOut(
        leads=FrozenMap(dict(zip(keys, map(tuple, given), strict=True))),
        counts=solved.counts,
        target=solved.target,
        unassigned=tuple([lead for lead, row in zip(ordered, fitting, strict=True) if not row]),
        bottlenecks=solved.bottlenecks,
    )


@frozen
class SolvedPool(Generic[CampaignT]):
    """How a pool is split over campaigns: `ShareOut` without the leads."""

    split: PoolSplit
    counts: Mapping[CampaignT, int]
    target: Mapping[CampaignT, int]
    bottlenecks: tuple[PoolBottleneck[CampaignT], ...]
    is_mirrored: bool


@frozen
class WeightedCampaigns(Generic[CampaignT]):
    """Campaigns, the weight of each, and what each was given before."""

    keys: Sequence[CampaignT]
    weights: Sequence[int]
    carried: Sequence[int]

    def split_rows(
        self, rows: Sequence[Sequence[int]], sizes: Sequence[int]
    ) -> SolvedPool[CampaignT]:
        """Split a pool of leads over the campaigns.

        Shapes: for each fits set, in ascending order, the positions of its campaigns, at least one,
        and its number of leads, at least one.
        """
        leads = sum(sizes)
        split = split_pool(self.weights, rows, sizes, self.carried)
        target = sainte_lague(self.weights, leads, self.carried)
        return SolvedPool(
            split,
            FrozenMap(dict(zip(self.keys, split.given, strict=True))),
            FrozenMap(dict(zip(self.keys, target, strict=True))),
            _find_pool_bottlenecks(split, target, self.keys),
            bool(leads) and is_mirrored(0, before=sum(self.carried), placed=leads),
        )


def read_campaigns(
    weights: Mapping[CampaignT, int], carried: Mapping[CampaignT, int] | None, faults: list[str]
) -> WeightedCampaigns[CampaignT]:
    """Return the campaigns of a call; what is wrong is added to `faults`."""
    known = _read_weights(weights, faults)
    before = _read_carried_by_campaign(carried, known, faults)
    return WeightedCampaigns(list(known), list(known.values()), before)


def _find_pool_bottlenecks(
    split: PoolSplit, target: Sequence[int], keys: Sequence[CampaignT]
) -> tuple[PoolBottleneck[CampaignT], ...]:
    """Return, for each campaign short of its target, the smallest full set that holds it.

    Those with the largest excess of what is wanted over the room come first.
    """
    sets = {
        tuple(sorted(split.tight_set(c)))
        for c, wanted in enumerate(target)
        if split.given[c] < wanted
    }
    found = [
        (sum([split.given[c] for c in some]), sum([target[c] for c in some]), some) for some in sets
    ]
    return tuple(
        PoolBottleneck(tuple([keys[c] for c in some]), room, wanted)
        for room, wanted, some in sorted(found, key=lambda each: (each[0] - each[1], each[2]))
    )


def _find_fitting(
    leads: Sequence[Lead],
    keys: Sequence[CampaignT],
    fits: Callable[[Lead], Collection[CampaignT]] | None,
) -> list[tuple[int, ...]]:
    """Return for each lead the positions of the campaigns that it fits, in ascending order.

    Raises:
        PlanError: `fits` returns no collection, or campaigns that have no weight.
    """
    if fits is None:
        return [tuple(range(len(keys)))] * len(leads)
    places = {key: place for place, key in enumerate(keys)}
    named = [cast("object", fits(lead)) for lead in leads]
    found = [_find_places(one, places) for one in named]
    if strange := [one for one, row in zip(named, found, strict=True) if row is None]:
        known, strangers = name_some(keys), name_some(strange)
        raise PlanError(
            [f"fits must return a list or set of some of the campaigns {known}, not {strangers}"]
        )
    return cast("list[tuple[int, ...]]", found)


def _find_places(named: object, places: Mapping[Any, int]) -> tuple[int, ...] | None:
    """Return the positions of some campaigns, in ascending order, or None if they are others."""
    found = to_list(named)
    try:
        return None if found is None else tuple(sorted({places[key] for key in found}))
    except (KeyError, TypeError) as error:  # of keys that are unknown or cannot be hashed
        raise_interruption(error)
        return None


def _read_weights(weights: Mapping[CampaignT, int], faults: list[str]) -> dict[CampaignT, int]:
    if not is_mapping(weights) or not weights:
        faults.append(f"weights must map campaigns to whole numbers, not be {short_repr(weights)}")
        return {}
    for key, weight in weights.items():
        if not _is_key(key):
            wanted = "text, a whole number or a UUID"
            faults.append(f"weights: a campaign must be {wanted}, not {short_repr(key)}")
        if fault := integer_error(as_int(weight), 1, _LARGEST_WEIGHT):
            faults.append(f"weights: {short_repr(key)} {fault}")
    return {_to_key(key): as_int(weight) for key, weight in weights.items() if _is_key(key)}


def _is_key(key: object) -> bool:
    return is_text(key) or isinstance(key, UUID) or type(as_int(cast("int", key))) is int


def _to_key(key: Any) -> Any:  # noqa: ANN401  # of the same kind
    """Return a key as text, an int or a UUID of Python's own."""
    if is_text(key):
        return to_text(key)
    return to_uuid(key) if isinstance(key, UUID) else as_int(key)


def _read_carried_by_campaign(
    carried: Mapping[CampaignT, int] | None, known: Mapping[CampaignT, int], faults: list[str]
) -> list[int]:
    if carried is None:
        return [0] * len(known)
    if not is_mapping(carried):
        faults.append(f"carried must map campaigns to counts, not be {short_repr(carried)}")
        return []
    for key, count in carried.items():
        if key not in known:
            faults.append(f"carried: {short_repr(key)} is no campaign of weights")
        if fault := count_error(count):
            faults.append(f"carried: {short_repr(key)} {fault}")
    return [as_int(carried.get(key, 0)) for key in known]

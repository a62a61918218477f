"""From counts to totals: how many leads each channel gets, and the proof that none is better.

Eligibility sets and sets of channels are masks here. `room[S]` is the most leads that the
channels of S can take together: a polymatroid, over which the totals z with the least
Σ (carried + z)² / share are found by decomposition.

Sources: S. Fujishige, "Lexicographically optimal base of a polymatroid with respect to a weight
vector", 1980; H. Groenevelt, "Two algorithms for maximizing a separable concave function over a
polymatroid feasible region", 1991.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import compress
from operator import itemgetter, le, lt, sub
from typing import Any, cast

from attrs import frozen

from campaignkit.core._channels import (
    ALL,
    CHANNELS,
    MASKS,
    MEMBERS,
    NO_COUNTS,
    SETS,
    Amounts,
    Channel,
    ChannelCounts,
    PerChannel,
    channel_set,
    read_amounts,
)
from campaignkit.core._checks import (
    as_int,
    check_kinds,
    count_error,
    is_mapping,
    short_repr,
    to_member,
)
from campaignkit.core._display import DisplayMixin
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import format_count, join_channels
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import Allocation, sainte_lague
from campaignkit.errors import InvalidError, PlanError
from campaignkit.planning._deal import distribute


class Overflow(StrEnum):
    """What to do with leads whose turn falls on a channel that they may not get.

    `REASSIGN` gives them another channel. `HOLD` holds them back, so that no channel exceeds its
    share.

    >>> held = plan_counts(Allocation(email=50, sms=50), {("email",): 4}, overflow=Overflow.HOLD)
    >>> held.counts["email"], held.held
    (2, 2)
    """

    REASSIGN = "reassign"
    HOLD = "hold"


class BottleneckLimit(StrEnum):
    """Whose limit leaves channels no more room.

    `CLIENT` is that of all campaigns of the client together, `AT_MOST` that of a single call.

    >>> str(Bottleneck(frozenset({Channel.SMS}), 5, 9, BottleneckLimit.CLIENT))
    "sms: room for 5 (the client's limit), 9 wanted"
    """

    CLIENT = "client"
    AT_MOST = "at_most"

    @property
    def words(self) -> str:
        """The limit as it stands in sentences."""
        return "the client's limit" if self is BottleneckLimit.CLIENT else self.value


@frozen
class Bottleneck(TypedBase):
    """A set of channels whose target exceeds the leads that it can take.

    As the room is less than wanted, no plan can meet the target.

    Attributes:
        channels: The channels.
        room: The most leads that they can take together: those eligible for at least one of them,
            or what caps leave.
        wanted: The leads that the target gives them together.
        limit: Whose limit leaves no more room. None if there are no more eligible leads.

    >>> print(Bottleneck(frozenset({Channel.SMS, Channel.MAIL}), room=143, wanted=502))
    sms and mail: room for 143, 502 wanted
    """

    channels: frozenset[Channel]
    room: int
    wanted: int
    limit: BottleneckLimit | None = None

    def __str__(self) -> str:
        limit = f" ({self.limit.words})" if self.limit else ""
        room = f"room for {self.room:,}{limit}"
        return f"{join_channels(self.channels)}: {room}, {self.wanted:,} wanted"


@frozen
class Caps:
    """The most leads that channels may get.

    `amounts` has them by the positions of the channels; `of_client` is the mask of those that are
    the client's limits.
    """

    amounts: Mapping[int, int]
    of_client: int = 0

    def name_limit(self, mask: int, counts: Sequence[int]) -> BottleneckLimit | None:
        """Return whose limit the counts of some channels reach; the client's first."""
        reached = [c for c in MEMBERS[mask] if counts[c] == self.amounts.get(c)]
        if any(self.of_client >> c & 1 for c in reached):
            return BottleneckLimit.CLIENT
        return BottleneckLimit.AT_MOST if reached else None


NO_CAPS = Caps({})


@frozen
class Totals(DisplayMixin):
    """The counts of a plan, the target without a gate and caps, and what keeps them apart.

    Attributes:
        counts: How many leads each channel gets.
        target: How many leads each channel would get without a gate and caps.
        bottlenecks: The proof of why the two differ.

    >>> counts = ChannelCounts({Channel.EMAIL: 3})
    >>> Totals(counts, target=counts, bottlenecks=()).counts.total
    3
    """

    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: tuple[Bottleneck, ...]

    def __str__(self) -> str:
        leads = format_count(self.counts.total, "lead")
        return f"{leads}: {self.counts} ({format_count(len(self.bottlenecks), 'bottleneck')})"


@frozen
class CountPlan(TypedBase):
    """A plan of leads of which only numbers are known.

    Attributes:
        counts: How many leads each channel gets.
        target: How many leads each channel would get without a gate and caps.
        by_eligibility: The counts of each eligibility set, as the sets were given.
        held: The leads that have an eligible channel, but no room.
        bottlenecks: The proof of why counts and target differ. Empty exactly if they are equal.

    >>> planned = plan_counts(Allocation(email=50, sms=50), {("email",): 4, ("email", "sms"): 2})
    >>> planned.counts["email"], planned.counts["sms"]
    (4, 2)
    >>> str(planned.bottlenecks[0])
    'sms: room for 2, 3 wanted'
    """

    counts: ChannelCounts
    target: ChannelCounts
    by_eligibility: Mapping[frozenset[Channel], ChannelCounts]
    held: int
    bottlenecks: tuple[Bottleneck, ...]

    def __str__(self) -> str:
        return f"{self.counts.total:,} leads: {self.counts} ({self.held:,} held)"


def plan_counts(
    allocation: Allocation,
    eligible: Mapping[frozenset[Channel], int],
    *,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> CountPlan:
    """Plan leads by their number for each set of eligible channels.

    As many leads as possible are placed, and among all ways to do so the mix is the fairest: it
    minimises Σ (carried + count)² / share. It takes the same time for 50 leads and for 50
    million.

    Args:
        allocation: The share of each channel. A channel without a share gets no leads.
        eligible: The number of leads that may get exactly the channels of each set.
        carried: What each channel was given before under this allocation. Nothing by default.
        at_most: The most leads that a channel may get now. Channels not named have no cap; a
            `ChannelCounts` names all, those that it was not given with 0.
        overflow: What to do with leads whose turn falls on a channel that they may not get.

    Raises:
        PlanError: invalid sets of channels or numbers of leads, or an unknown overflow; all faults
            are reported together.
        CountsError: `carried` or `at_most` is invalid (only if nothing else is).

    >>> email, sms = Channel.EMAIL, Channel.SMS
    >>> leads = {frozenset({email, sms}): 10, frozenset({email}): 90}
    >>> planned = plan_counts(Allocation(email=80, sms=20), leads)
    >>> planned.counts[sms], planned.target[sms], str(planned.bottlenecks[0])
    (10, 20, 'sms: room for 10, 20 wanted')
    """
    if type(allocation) is not Allocation:
        check_kinds(PlanError, allocation=(allocation, Allocation))
    try:
        masks, sizes = read_eligible(eligible)
    except PlanError as error:
        raise combine_errors(
            partial(read_plan_options, carried, at_most, overflow), first=error
        ) from None
    rows = [mask & allocation.mask for mask in masks]
    totals = solve_totals(
        allocation, rows, sizes, carried=carried, at_most=at_most, overflow=overflow
    )
    matrix = distribute(rows, sizes, totals.counts.amounts)
    by_eligibility = {
        SETS[mask]: ChannelCounts.of(row) for mask, row in zip(masks, matrix, strict=True)
    }
    return CountPlan(
        totals.counts,
        totals.target,
        FrozenMap(by_eligibility),
        held=totals.target.total - totals.counts.total,
        bottlenecks=totals.bottlenecks,
    )


def read_eligible(
    eligible: Mapping[frozenset[Channel], int], what: str = "eligible"
) -> tuple[Sequence[int], Sequence[int]]:
    """Return the masks of the sets, and their numbers of leads.

    They come in an order of their own, so that the plan does not depend on that of the mapping.

    Raises:
        PlanError: invalid sets of channels or numbers of leads.
    """
    if not is_mapping(eligible):
        raise PlanError(
            [f"{what} must map sets of channels to leads, not be {short_repr(eligible)}"]
        )
    found: defaultdict[int, int] = defaultdict(int)
    faults: list[str] = []
    for channels, leads in eligible.items():
        if type(leads) is int and type(channels) is frozenset and leads >= 0 and channels in MASKS:
            found[MASKS[channels]] += leads  # the usual ones need no closer look
            continue
        given = cast("Any", channels)  # of any kind, until it is looked at
        if fault := count_error(leads):
            faults.append(f"{what}: leads {fault}")
        try:
            found[MASKS[channel_set(given)]] += 0 if fault else as_int(leads)
        except (TypeError, ValueError) as error:
            raise_interruption(error)
            faults.append(f"{what}: set {short_repr(given)}: {error}")
    if faults:
        raise PlanError(faults)
    masks = sorted(found)
    return masks, [found[mask] for mask in masks]


def solve_totals(
    allocation: Allocation,
    rows: Sequence[int],
    sizes: Sequence[int],
    *,
    carried: PerChannel | None = None,
    at_most: PerChannel | Caps | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> Totals:
    """Return the totals of a plan, given eligibility sets and the number of leads in each.

    Shapes: `rows` are masks that hold no channel without a share, `sizes` their numbers of leads.

    Raises:
        PlanError: an unknown overflow; other faults are reported with it.
        CountsError: `carried` or `at_most` is invalid (only if nothing else is).
    """
    before, caps, mode = read_plan_options(carried, at_most, overflow)
    shares = allocation.shares
    room = _capacities(rows, sizes)
    leads = room[ALL]
    target = sainte_lague(shares, leads, before)
    uncapped = list(room) if caps.amounts else room
    _apply_caps(room, caps.amounts)
    if mode is Overflow.HOLD:
        counts = _hold_totals(_fair_counts(target, shares, before), shares, before, room)
    else:
        free = target if room[ALL] == leads else sainte_lague(shares, room[ALL], before)
        counts = _solve_within(free, shares, before, room)
    return Totals(
        counts=ChannelCounts.of(counts),
        target=ChannelCounts.of(target),
        bottlenecks=()
        if counts == target
        else _find_bottlenecks(counts, target, room, caps, uncapped),
    )


def read_plan_options(
    carried: PerChannel | None, at_most: PerChannel | Caps | None, overflow: Overflow
) -> tuple[Amounts, Caps, Overflow]:
    """Return carried counts in canonical order, caps by position, and the overflow as a member.

    Raises:
        PlanError: an unknown overflow; other faults are reported with it.
        CountsError: `carried` or `at_most` is invalid (only if nothing else is).
    """
    try:
        return read_carried(carried), read_at_most(at_most), _read_overflow(overflow)
    except InvalidError:
        raise combine_errors(
            partial(read_carried, carried),
            partial(read_at_most, at_most),
            partial(_read_overflow, overflow),
        ) from None


def read_carried(carried: PerChannel | None) -> Amounts:
    """Return carried counts in canonical order, 0 where one is absent.

    Raises:
        CountsError: an unknown channel or an invalid count.
    """
    if carried is None:
        return NO_COUNTS.amounts
    if type(carried) is ChannelCounts:
        return carried.amounts
    return read_amounts(carried, "carried", 0)


def carried_total(shares: Amounts, carried: Amounts) -> int:
    """Return the sum of the carried counts of the channels that have a share."""
    return sum([k for c, k in enumerate(carried) if shares[c]])


def read_at_most(at_most: PerChannel | Caps | None) -> Caps:
    """Return the caps of a call.

    Raises:
        CountsError: an unknown channel or an invalid count.
    """
    if at_most is None:
        return NO_CAPS
    if type(at_most) is Caps:
        return at_most
    caps = read_amounts(cast("PerChannel", at_most), "at_most", None)
    return Caps({c: cap for c, cap in enumerate(caps) if cap is not None})


def _read_overflow(overflow: Overflow) -> Overflow:
    mode = to_member(Overflow, overflow)
    if not isinstance(mode, Overflow):
        raise PlanError([f"overflow must be {' or '.join(Overflow)}, not {short_repr(overflow)}"])
    return mode


def combine_errors(
    *readings: Callable[[], object], first: InvalidError | None = None
) -> InvalidError:
    """Return one error with the faults of `first` and of all readings; one of them must fail.

    It has the class of their errors if that is the same for all, and is a PlanError otherwise.
    """
    errors = [] if first is None else [first]
    for read in readings:
        try:
            read()
        except InvalidError as error:
            errors.append(error)
    alike = all(type(error) is type(errors[0]) for error in errors)
    kind = type(errors[0]) if alike else PlanError
    return kind([fault for error in errors for fault in error.faults])


_SINGLES = tuple(1 << c for c in range(len(CHANNELS)))
"""For each channel, its mask."""

_WITHOUT_CHANNEL = tuple(
    tuple((mask, mask ^ 1 << c) for mask in range(ALL + 1) if mask >> c & 1)
    for c in range(len(CHANNELS))
)
"""For each channel, the masks that hold it, each with that mask without it."""

_DISJOINT = tuple(tuple(m for m in range(ALL + 1) if not m & mask) for mask in range(ALL + 1))
"""For each mask, the masks that share no channel with it."""

_PICKERS = {mask: itemgetter(*members) for mask, members in enumerate(MEMBERS) if len(members) > 1}
"""For each mask of several channels, what picks their numbers from among all."""

SUBSETS = tuple(tuple(m for m in range(ALL + 1) if m & mask == m) for mask in range(ALL + 1))
"""For each mask, the masks of its parts, in the order in which `sum_subsets` sums them."""


def _capacities(rows: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """Return for each set of channels how many leads may use at least one of them: its capacity."""
    room = [sum(sizes)] * len(SETS)
    for eligible, size in zip(rows, sizes, strict=True):
        for mask in _DISJOINT[eligible]:
            room[mask] -= size
    return room


def _apply_caps(room: list[int], caps: Mapping[int, int]) -> None:
    """Lower the capacities so that no channel takes more than its cap."""
    for c, cap in caps.items():
        if cap < room[1 << c]:
            for mask, without in _WITHOUT_CHANNEL[c]:
                room[mask] = min(room[mask], room[without] + cap)


def sum_subsets(amounts: Sequence[int]) -> list[int]:
    """Return for each set of channels the sum of their amounts."""
    sums = [0]
    for amount in amounts:
        sums += [total + amount for total in sums]
    return sums


def _fair_counts(target: list[int], shares: Amounts, carried: Amounts) -> list[int]:
    """Return how many leads each channel may get until it has its fair share of all leads."""
    if not (had := carried_total(shares, carried)):
        return target
    fair = sainte_lague(shares, had + sum(target), NO_COUNTS.amounts)
    return [max(0, f - k) for f, k in zip(fair, carried, strict=True)]


def _hold_totals(
    own: list[int], shares: Amounts, carried: Amounts, room: Sequence[int]
) -> list[int]:
    """Return the totals if no channel may exceed its fair count.

    The set that the fair counts overfill most is full in the best plan; all other channels get
    their fair counts. No further check of the caps is needed: the full set has less to share than
    its fair counts, and so has each of its parts, or that part would have been overfilled as much.
    """
    counts = list(own)
    if full := _most_overfilled(own, room):
        _solve_part(counts, full, 0, shares=shares, carried=carried, room=room)
    return counts


def _solve_within(
    free: list[int], shares: Sequence[int], carried: Sequence[int], room: Sequence[int]
) -> list[int]:
    """Return totals, given the totals if only the common capacity of the channels bound them.

    The set that those overfill most is full in the best plan. It is solved by itself, and so are
    the other channels within the capacity that it leaves them.

    Shapes: a number for each of n channels; `room` for each of their 2^n sets.
    """
    if not (full := _most_overfilled(free, room)):
        return free
    counts = [0] * len(free)
    _solve_part(counts, full, 0, shares=shares, carried=carried, room=room)
    _solve_part(counts, len(room) - 1 - full, full, shares=shares, carried=carried, room=room)
    return counts


_PAIR = 2


def _solve_part(
    counts: list[int],
    part: int,
    full: int,
    *,
    shares: Sequence[int],
    carried: Sequence[int],
    room: Sequence[int],
) -> None:
    """Set the totals of some channels, within the capacity that a full set leaves them."""
    members, taken = MEMBERS[part], room[full]
    units = room[full | part] - taken
    if len(members) == 1:
        counts[members[0]] = units
    elif len(members) == _PAIR:
        first, second = members
        fair = _first_of_two(units, shares[first], shares[second], carried[first], carried[second])
        least, most = units - room[full | 1 << second] + taken, room[full | 1 << first] - taken
        counts[first] = min(max(fair, least), most)
        counts[second] = units - counts[first]
    else:
        own, had = _PICKERS[part](shares), _PICKERS[part](carried)
        left = [room[full | some] - taken for some in SUBSETS[part]]
        settled = _solve_within(sainte_lague(own, units, had), own, had, left)
        for i, c in enumerate(members):
            counts[c] = settled[i]


def _first_of_two(units: int, share: int, other: int, carried: int, other_carried: int) -> int:
    """Return what the first of two gets by `sainte_lague`: its quota, halves rounded up.

    It may be below 0 or above `units`, by as much as what is carried is out of proportion.
    """
    half = share + other
    return (2 * (units + carried + other_carried) * share + half) // (2 * half or 1) - carried


def _most_overfilled(counts: Sequence[int], room: Sequence[int]) -> int:
    """Return the set that counts overfill most, the smallest mask of several; 0 if none is."""
    excess = list(map(sub, sum_subsets(counts), room))
    return excess.index(max(excess))


def _find_bottlenecks(
    counts: Sequence[int],
    target: Sequence[int],
    room: Sequence[int],
    caps: Caps,
    uncapped: Sequence[int],
) -> tuple[Bottleneck, ...]:
    """Return, for each channel short of its target, the smallest full set that holds it.

    `uncapped` is the room without the caps.

    A channel that is short can only grow at the expense of the others in that set, and as the
    plan is optimal none of these is above its target: so the set wants more than it has room for.
    """
    short = sum(compress(_SINGLES, map(lt, counts, target)))
    part = sum(compress(_SINGLES, map(le, counts, target)))
    totals = sum_subsets([counts[c] for c in MEMBERS[part]])
    found: list[tuple[int, Sequence[int], int]] = []
    for mask, total in zip(SUBSETS[part], totals, strict=True):
        # What two full sets share is full too, so the smallest is part of all others: it comes
        # before them.
        if total == room[mask] and mask & short:
            short &= ~mask
            found.append((total - sum([target[c] for c in MEMBERS[mask]]), MEMBERS[mask], mask))
    return tuple(
        [
            Bottleneck(
                SETS[mask],
                room[mask],
                room[mask] - spare,
                caps.name_limit(mask, counts) if room[mask] < uncapped[mask] else None,
            )
            for spare, _, mask in sorted(found)
        ]
    )

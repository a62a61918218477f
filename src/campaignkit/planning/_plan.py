"""Plans: which lead gets which channel, and why a lead gets none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cached_property, partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from attrs import field, frozen

from campaignkit.core._channels import (
    CHANNELS,
    MASKS,
    MEMBERS,
    SETS,
    Amounts,
    Channel,
    ChannelCounts,
    PerChannel,
)
from campaignkit.core._checks import check_kinds, short_repr
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate, ALSTier
from campaignkit.domain._lead_ids import LeadId, find_near_duplicates
from campaignkit.domain._leads import Lead, check_id, get_ids, name_some, read_list
from campaignkit.errors import PlanError
from campaignkit.planning._admission import Admission
from campaignkit.planning._deal import deal, distribute, is_mirrored
from campaignkit.planning._explanations import (
    Explanation,
    Place,
    explain_lead,
    name_lead,
    needs_place,
)
from campaignkit.planning._totals import (
    NO_CAPS,
    Bottleneck,
    Caps,
    Overflow,
    Totals,
    carried_total,
    combine_errors,
    read_carried,
    read_plan_options,
    solve_totals,
)

NOTHING_CLOSED: Mapping[str, int] = FrozenMap[str, int]()


@frozen
class LeadGroups:
    """Leads grouped by the channels that they may get, best first in each group.

    `eligible` has the leads of each eligibility mask, best first. `over_capacity` has the leads
    beyond the capacity, best first, and `over_caps` those that do not fit under the caps of their
    channels, `caps`. `without_channel` has those without an eligible channel, `kept_out` those that
    have one and must not be admitted, and `reserved` those that are planned for a later day.
    `closed` has the masks of the channels on which leads are suppressed, by their ids as text.
    """

    allocation: Allocation
    gate: ALSGate
    eligible: Sequence[Sequence[Lead]]
    over_capacity: Sequence[Lead]
    without_channel: Sequence[Lead]
    kept_out: Sequence[Lead] = ()
    over_caps: Sequence[Lead] = ()
    caps: Caps = NO_CAPS
    closed: Mapping[str, int] = NOTHING_CLOSED
    reserved: Sequence[Lead] = ()

    def find_mask(self, lead: Lead) -> int:
        """Return the mask of the channels that a lead may get."""
        return eligible_mask(self.allocation, lead, self.gate) & ~self.find_closed(lead)

    def find_closed(self, lead: Lead) -> int:
        """Return the mask of the channels on which a lead is suppressed."""
        return self.closed.get(str(lead.id), 0) if self.closed else 0

    def count_eligible(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return the eligibility masks of the leads, and how many leads there are with each."""
        masks = [mask for mask, leads in enumerate(self.eligible) if leads]
        return masks, [len(self.eligible[mask]) for mask in masks]


@frozen(slots=False)  # a slot could not keep what is computed once
class PlanInputs:
    """The inputs of a plan: its leads, how each eligibility mask was split, and earlier counts."""

    groups: LeadGroups
    rows: Mapping[int, Sequence[int]]
    carried: ChannelCounts

    @cached_property
    def ranks(self) -> Mapping[LeadId, tuple[Lead, int, int]]:
        """The lead of each id, its eligibility mask, and its rank among those with it, from 1."""
        groups = [self.groups.without_channel, *self.groups.eligible[1:]]
        return {
            lead.id: (lead, mask, rank)
            for mask, group in enumerate(groups)
            for rank, lead in enumerate(group, start=1)
        }


@frozen
class Plan(TypedBase):
    """A plan of a batch of leads: the channel of each lead.

    A plan keeps its leads for `explain` and `flow`. They are not part of its plain form, so a plan
    that was read from it does not have them.

    Attributes:
        assignments: The channel of each lead that gets one, by its id.
        unassigned: Why each of the other leads gets none, by its id.
        counts: How many leads each channel gets.
        target: How many leads each channel would get without a gate and caps.
        bottlenecks: The proof of why the two differ. Empty exactly if they are equal.

    >>> planned = plan(Allocation(email=50, sms=50), [Lead("a", 90), Lead("b", 30)])
    >>> planned.assignments["b"].value, planned.counts["sms"]
    ('email', 1)
    """

    assignments: Mapping[LeadId, Channel]
    unassigned: Mapping[LeadId, Reason]
    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: tuple[Bottleneck, ...]
    _inputs: PlanInputs | None = field(default=None, alias="inputs", eq=False, repr=False)

    @property
    def near_duplicates(self) -> tuple[tuple[str, ...], ...]:
        """The groups of ids that may name the same person.

        The ids of a group are equal after case folding and Unicode NFKC. They are planned as
        different leads. The groups are computed at each access.

        >>> plan(Allocation(email=100), [Lead("ann@x.com"), Lead("Ann@x.com")]).near_duplicates
        (('Ann@x.com', 'ann@x.com'),)
        """
        return find_near_duplicates([*self.assignments, *self.unassigned])

    def __str__(self) -> str:
        return f"{self.counts.total:,} leads: {self.counts} ({len(self.unassigned):,} unassigned)"

    def explain(self, lead_id: LeadId) -> Explanation:
        """Say in one sentence why a lead gets its channel, or none.

        Args:
            lead_id: The id of a lead of the plan.

        Raises:
            PlanError: the plan has no such lead.

        >>> leads = [Lead("a", 90), Lead("b", 90), Lead("c", 25), Lead("d", 10)]
        >>> planned = plan(Allocation(email=50, sms=50), leads)
        >>> for lead_id in "bcd":
        ...     print(planned.explain(lead_id))
        'b' gets email: a hot lead (score 90) may get email, ...
        'c' gets email: a cold lead (score 25) may get only email
        'd' gets no channel: a dead lead (score 10) may get no channel
        """
        lead_id = check_id(lead_id)
        channel, reason = self.assignments.get(lead_id), self.unassigned.get(lead_id)
        if channel is None and reason is None:
            raise PlanError([f"lead_id: the plan has no lead {short_repr(lead_id)}"])
        if self._inputs is None:
            gets = f"{name_lead(lead_id)} gets {channel or 'no channel'}"
            return Explanation(f"{gets}: {reason.message}" if reason else gets)
        groups, rows = self._inputs.groups, self._inputs.rows
        lead, mask, rank = self._inputs.ranks[lead_id]
        place = None
        if needs_place(mask, reason):
            place = Place(rows[mask], len(groups.eligible[mask]), rank)
        return explain_lead(
            lead,
            channel,
            reason,
            gate=groups.gate,
            allocation=groups.allocation,
            place=place,
            closed=groups.find_closed(lead),
        )

    def flow(self) -> Mapping[tuple[ALSTier | None, Channel | None], int]:
        """Return how many leads of each tier got each channel, where there are any.

        The tier None stands for no score, the channel None for no channel. It is empty for a plan
        that does not have its leads.

        >>> planned = plan(Allocation(email=100), [Lead("a", 90), Lead("b", 70), Lead("c", 95)])
        >>> planned.flow()[ALSTier.HOT, Channel.EMAIL]
        2
        """
        if self._inputs is None:
            return FrozenMap()
        tier, channel = self._inputs.groups.gate.tier, self.assignments.get
        leads = (lead for lead, _, _ in self._inputs.ranks.values())
        return FrozenMap(Counter((tier(lead.als_score), channel(lead.id)) for lead in leads))


def read_mix(made: Plan) -> tuple[Allocation | None, ChannelCounts | None]:
    """Return what a plan was asked for, and what was carried; None if it does not have them."""
    inputs = made._inputs  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return (None, None) if inputs is None else (inputs.groups.allocation, inputs.carried)


def plan(
    allocation: Allocation,
    leads: Iterable[Lead],
    *,
    gate: ALSGate = DEFAULT_GATE,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> Plan:
    """Plan a batch: give each lead a channel, following the allocation as closely as possible.

    A lead may get the channels that its tier opens, on which it can be reached, and that have a
    share. The totals are those of `plan_counts`. Within an eligibility set leads are ordered by
    score, highest first, then by id, and dealt so that every channel gets leads of the same
    average rank: in a large batch at once, and in small ones over many of them, as long as
    `carried` grows by what each was given.

    Args:
        allocation: The share of each channel.
        leads: The leads. Their order does not matter.
        gate: The channels that each score opens.
        carried: What each channel was given before under this allocation. Nothing by default.
        at_most: The most leads that a channel may get now. Channels not named have no cap.
        overflow: What to do with leads whose turn falls on a channel that they may not get.

    Raises:
        PlanError: repeated ids, ids of different kinds, non-Lead items, or an unknown overflow;
            all faults are reported together.
        CountsError: `carried` or `at_most` is invalid (only if nothing else is).

    >>> planned = plan(Allocation(email=50, sms=50), [Lead("a", 90), Lead("b", 50), Lead("c")])
    >>> planned.assignments["a"].value, planned.assignments["b"].value
    ('sms', 'email')
    >>> planned.unassigned["c"].value
    'unscored'
    """
    check_kinds(PlanError, allocation=(allocation, Allocation), gate=(gate, ALSGate))
    batch = read_list(leads, "leads")
    try:
        groups = group_by_eligibility(allocation, batch, gate)
    except PlanError as error:
        raise combine_errors(
            partial(read_plan_options, carried, at_most, overflow), first=error
        ) from None
    return plan_groups(
        groups,
        carried=carried,
        at_most=at_most,
        overflow=overflow,
    )


def choose(
    allocation: Allocation,
    lead: Lead,
    *,
    carried: PerChannel | None = None,
    gate: ALSGate = DEFAULT_GATE,
) -> Channel | None:
    """Return the channel that a single lead gets, or None, as a plan of that one lead would.

    It is the open channel with the least (2·carried + 1) / share.

    Args:
        allocation: The share of each channel.
        lead: The lead.
        carried: What each channel was given before under this allocation. Nothing by default.
        gate: The channels that each score opens.

    Raises:
        CountsError: `carried` is invalid.

    >>> choose(Allocation(email=60, sms=40), Lead("a", 90), carried={"email": 1}).value
    'sms'
    """
    before = read_carried(carried)
    try:
        shares, open_to = allocation.shares, MEMBERS[eligible_mask(allocation, lead, gate)]
    except (AttributeError, TypeError, ValueError) as error:
        raise_interruption(error)
        check_kinds(
            PlanError, allocation=(allocation, Allocation), lead=(lead, Lead), gate=(gate, ALSGate)
        )
        raise
    return choose_among(open_to, shares, before)


def choose_among(open_to: Iterable[int], shares: Amounts, carried: Amounts) -> Channel | None:
    """Return the channel, of those at some positions, that a single lead gets, or None."""
    best, best_cost, best_share = None, 1, 0
    for c in open_to:
        cost, share = 2 * carried[c] + 1, shares[c]
        if cost * best_share < best_cost * share:
            best, best_cost, best_share = CHANNELS[c], cost, share
    return best


def eligible_mask(allocation: Allocation, lead: Lead, gate: ALSGate) -> int:
    """Return the mask of the channels that a lead may get: open, reachable, and with a share."""
    return gate.mask(lead.als_score) & MASKS[lead.reachable] & allocation.mask


def no_channel_reason(allocation: Allocation, lead: Lead, gate: ALSGate) -> Reason:
    """Return why a lead has no eligible channel that is not closed to it."""
    if lead.als_score is None:
        return Reason.UNSCORED
    opened = gate.mask(lead.als_score)
    if not opened:
        return Reason.DEAD_TIER
    reached = opened & MASKS[lead.reachable]
    if not reached:
        return Reason.UNREACHABLE
    return Reason.SUPPRESSED if reached & allocation.mask else Reason.NO_SHARE


def group_by_eligibility(
    allocation: Allocation,
    leads: Iterable[Lead],
    gate: ALSGate,
    *,
    capacity: int | None = None,
    caps: Caps = NO_CAPS,
    closed: Mapping[str, int] = NOTHING_CLOSED,
    already: Container[str] = (),
    kept_out: Container[str] = (),
) -> LeadGroups:
    """Order leads by score and id, and group them by eligibility, up to a capacity and caps.

    `closed` has the masks of channels that leads must not get. It and the others have ids as text.
    Leads in `already` are left out. Those in `kept_out` that have an eligible channel are grouped
    apart.

    Raises:
        PlanError: repeated ids, ids of different kinds, or non-Lead items.
    """
    leads = list(leads)
    by_id = order_by_id(leads)
    if already:
        leads = [lead for lead in leads if str(lead.id) not in already]
    by_score: defaultdict[float | None, list[Lead]] = defaultdict(list)
    for lead in leads:
        by_score[lead.als_score].append(lead)
    without_channel = sorted(by_score[None], key=by_id)
    eligible: list[list[Lead]] = [[] for _ in SETS]
    over_capacity: list[Lead] = []
    over_caps: list[Lead] = []
    apart: list[Lead] = []
    room = len(leads) if capacity is None else capacity
    admission = Admission(caps, room) if caps.amounts else None
    closed_to = closed.get if closed else None
    for score in sorted((score for score in by_score if score is not None), reverse=True):
        opened = gate.mask(score) & allocation.mask
        bucket = by_score[score]
        bucket.sort(key=by_id)
        for lead in bucket:
            mask = opened & MASKS[lead.reachable]
            if closed_to is not None:
                mask &= ~closed_to(str(lead.id), 0)
            if not mask:
                without_channel.append(lead)
            elif kept_out and str(lead.id) in kept_out:
                apart.append(lead)
            elif not room:
                over_capacity.append(lead)
            elif admission is None or admission.admit(mask):
                eligible[mask].append(lead)
                room -= 1
            else:
                over_caps.append(lead)
    return LeadGroups(
        allocation, gate, eligible, over_capacity, without_channel, apart, over_caps, caps, closed
    )


def plan_groups(
    groups: LeadGroups,
    *,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> Plan:
    """Plan leads that are already grouped.

    Raises:
        CountsError: `carried` or `at_most` is invalid.
    """
    masks, sizes = groups.count_eligible()
    totals = solve_totals(
        groups.allocation, masks, sizes, carried=carried, at_most=at_most, overflow=overflow
    )
    matrix = distribute(masks, sizes, totals.counts.amounts)
    return deal_groups(groups, totals, dict(zip(masks, matrix, strict=True)), carried)


def deal_groups(
    groups: LeadGroups,
    totals: Totals,
    rows: Mapping[int, Sequence[int]],
    carried: PerChannel | None,
) -> Plan:
    """Plan leads whose totals are split over their groups.

    Shapes: `rows` has for each eligibility mask how many of its leads each channel gets.
    """
    carried_amounts = read_carried(carried)
    before = carried_total(groups.allocation.shares, carried_amounts)
    placed = totals.counts.total
    assignments: dict[LeadId, Channel] = {}
    unassigned = {
        lead.id: no_channel_reason(groups.allocation, lead, groups.gate)
        for lead in groups.without_channel
    }
    for mask, row in rows.items():
        ids = [lead.id for lead in groups.eligible[mask]]
        has_several = row.count(0) < len(row) - 1
        mirrored = has_several and is_mirrored(mask, before=before, placed=placed)
        for c, dealt in deal(ids, row, mirrored=mirrored):
            assignments.update(dict.fromkeys(dealt, CHANNELS[c]))
        unassigned.update(dict.fromkeys(ids[sum(row) :], Reason.HELD))
    return Plan(
        assignments=FrozenMap(assignments),
        unassigned=FrozenMap(unassigned),
        counts=totals.counts,
        target=totals.target,
        bottlenecks=totals.bottlenecks,
        inputs=PlanInputs(groups, rows, ChannelCounts.of(carried_amounts)),
    )


_GET_ID = attrgetter("id")
_GET_UUID_NUMBER = attrgetter("id.int")  # the order of UUIDs, without their slow comparison
_ID_KEYS: Mapping[type, Callable[[Lead], Any]] = {
    str: _GET_ID,
    int: _GET_ID,
    UUID: _GET_UUID_NUMBER,
}


def order_by_merit(leads: Sequence[Lead]) -> list[Lead]:
    """Return leads by score, highest first, those without one last, then by id.

    Raises:
        PlanError: repeated ids, ids of different kinds, or non-Lead items.
    """
    ordered = sorted(leads, key=order_by_id(leads))
    ordered.sort(key=lambda lead: -1 if lead.als_score is None else lead.als_score, reverse=True)
    return ordered


def order_by_id(leads: Sequence[Lead]) -> Callable[[Lead], Any]:
    """Return the sort key for leads by id.

    Raises:
        PlanError: repeated ids, ids of different kinds, or non-Lead items.
    """
    ids = get_ids(leads)
    found = set(map(type, ids))
    kinds = {kind for kind in _ID_KEYS if any(issubclass(one, kind) for one in found)}
    faults: list[str] = []
    if len(kinds) > 1:
        examples = [
            next(i for i in ids if isinstance(i, kind)) for kind in _ID_KEYS if kind in kinds
        ]
        shown_kinds = ", ".join(f"{short_repr(i)} ({type(i).__name__})" for i in examples)
        faults.append(
            f"leads: ids must be all text, all whole numbers or all UUIDs, not {shown_kinds}"
        )
    if len(set(ids)) < len(ids):
        twice = [lead_id for lead_id, n in Counter(ids).items() if n > 1]
        faults.append(f"leads: ids must come once, but these come more often: {name_some(twice)}")
    if faults:
        raise PlanError(faults)
    return _ID_KEYS[kinds.pop()] if kinds else _GET_ID

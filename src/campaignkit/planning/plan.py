"""A plan: which lead gets which channel, and why a lead gets none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from attrs import frozen

from campaignkit.domain.allocation import Allocation
from campaignkit.domain.als import DEFAULT_GATE, ALSGate
from campaignkit.domain.channels import (
    ALL,
    CHANNELS,
    MASKS,
    MEMBERS,
    Channel,
    ChannelCounts,
    PerChannel,
)
from campaignkit.domain.checks import shown
from campaignkit.domain.decisions import Reason
from campaignkit.domain.frozen import FrozenMap
from campaignkit.domain.leads import Lead, LeadId, ids_of, named
from campaignkit.errors import PlanError
from campaignkit.planning.apportion import (
    Bottleneck,
    Overflow,
    joint_error,
    read_carried,
    read_terms,
    solve,
)
from campaignkit.planning.deal import deal, spread

__all__ = [
    "Plan",
    "Sifted",
    "choose",
    "eligibility",
    "place",
    "plan",
    "sift",
    "why_none",
]


@frozen
class Plan:
    """Which lead gets which channel.

    Every lead of the batch is in `assignments` or, with the reason why it got nothing, in
    `unassigned`. `counts` and `target` are leads for each channel: given, and what the same batch
    would get ungated and uncapped. `bottlenecks` proves why they differ, and is empty exactly
    when they do not.
    """

    assignments: Mapping[LeadId, Channel]
    unassigned: Mapping[LeadId, Reason]
    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: tuple[Bottleneck, ...]


@frozen
class Sifted:
    """Leads in their order of merit, sorted by what is open to them.

    `eligible` has for each eligibility mask its leads, best first; `beyond` those for whom there
    was no capacity, best first; `unassigned` those with no eligible channel, with the reason.
    """

    eligible: Sequence[Sequence[Lead]]
    beyond: Sequence[Lead]
    unassigned: Mapping[LeadId, Reason]


def plan(
    allocation: Allocation,
    leads: Iterable[Lead],
    *,
    gate: ALSGate = DEFAULT_GATE,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> Plan:
    """Give each lead of a batch a channel, as exactly by the allocation as the gate permits.

    A lead may get the channels that its tier opens, on which it can be reached, and that have a
    share. The totals are those of `plan_counts`; within an eligibility set leads are ordered by
    score, highest first, then by id, and dealt so that every channel gets leads of the same
    average rank. The order in which the leads come does not matter. `carried`, `at_most` and
    `overflow` are those of `plan_counts`.

    Raises:
        PlanError: an id that comes twice, ids of different kinds, what is no lead, or an unknown
            overflow, whatever else is wrong; all of it is told.
        CountsError: bad `carried` or `at_most`, and nothing else.

    >>> planned = plan(Allocation(email=50, sms=50), [Lead("a", 90), Lead("b", 50), Lead("c")])
    >>> planned.assignments["a"].value, planned.assignments["b"].value
    ('sms', 'email')
    >>> planned.unassigned["c"].value
    'unscored'
    """
    batch = list(leads)
    try:
        sifted = sift(allocation, batch, gate)
    except PlanError:
        raise joint_error(
            partial(sift, allocation, batch, gate), partial(read_terms, carried, at_most, overflow)
        ) from None
    return place(
        allocation,
        sifted,
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
    """Return the channel that a single lead gets, or None: the same as a plan of that one lead.

    It is the open channel with the least (2·carried + 1) / share.

    Raises:
        CountsError: bad `carried`.

    >>> choose(Allocation(email=60, sms=40), Lead("a", 90), carried={"email": 1}).value
    'sms'
    """
    before = read_carried(carried)
    shares = allocation.shares
    best, best_cost, best_share = None, 1, 0
    for c in MEMBERS[eligibility(allocation, lead, gate)]:
        cost, share = 2 * before[c] + 1, shares[c]
        if cost * best_share < best_cost * share:
            best, best_cost, best_share = CHANNELS[c], cost, share
    return best


def eligibility(allocation: Allocation, lead: Lead, gate: ALSGate) -> int:
    """Return the mask of the channels that a lead may get: open, reachable, and with a share."""
    return gate.mask(lead.als_score) & MASKS[lead.reachable] & allocation.mask


def why_none(lead: Lead, gate: ALSGate) -> Reason:
    """Return why a lead that has no eligible channel has none."""
    if lead.als_score is None:
        return Reason.UNSCORED
    opened = gate.mask(lead.als_score)
    if not opened:
        return Reason.DEAD_TIER
    return Reason.NO_SHARE if opened & MASKS[lead.reachable] else Reason.UNREACHABLE


def sift(
    allocation: Allocation,
    leads: Iterable[Lead],
    gate: ALSGate,
    *,
    capacity: int | None = None,
    already: Container[str] = (),
) -> Sifted:
    """Order leads by merit and sort them by what is open to them, up to a capacity.

    Leads whose ids, as text, are `already` in the campaign are left out.

    Raises:
        PlanError: an id that comes twice, ids of different kinds, or what is no lead.
    """
    leads = list(leads)
    by_id = _order_by_id(leads)
    if already:
        leads = [lead for lead in leads if str(lead.id) not in already]
    by_score: defaultdict[float | None, list[Lead]] = defaultdict(list)
    for lead in leads:
        by_score[lead.als_score].append(lead)
    unscored = sorted(by_score[None], key=by_id)
    unassigned = dict.fromkeys((lead.id for lead in unscored), Reason.UNSCORED)
    eligible: list[list[Lead]] = [[] for _ in range(ALL + 1)]
    beyond: list[Lead] = []
    room = len(leads) if capacity is None else capacity
    for score in sorted((score for score in by_score if score is not None), reverse=True):
        opened = gate.mask(score) & allocation.mask
        bucket = by_score[score]
        bucket.sort(key=by_id)
        for lead in bucket:
            mask = opened & MASKS[lead.reachable]
            if not mask:
                unassigned[lead.id] = why_none(lead, gate)
            elif room:
                eligible[mask].append(lead)
                room -= 1
            else:
                beyond.append(lead)
    return Sifted(eligible, beyond, unassigned)


def place(
    allocation: Allocation,
    sifted: Sifted,
    *,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> Plan:
    """Plan leads that are sifted already.

    Raises:
        CountsError: bad `carried` or `at_most`.
    """
    sizes = [len(leads) for leads in sifted.eligible]
    totals = solve(allocation, sizes, carried=carried, at_most=at_most, overflow=overflow)
    masks = [mask for mask, size in enumerate(sizes) if size]
    matrix = spread(masks, [sizes[mask] for mask in masks], totals.counts.amounts)
    assignments: dict[LeadId, Channel] = {}
    unassigned = dict(sifted.unassigned)
    for mask, row in zip(masks, matrix, strict=True):
        ids = [lead.id for lead in sifted.eligible[mask]]
        for c, dealt in deal(ids, row):
            assignments.update(dict.fromkeys(dealt, CHANNELS[c]))
        unassigned.update(dict.fromkeys(ids[sum(row) :], Reason.HELD))
    return Plan(
        assignments=FrozenMap(assignments),
        unassigned=FrozenMap(unassigned),
        counts=totals.counts,
        target=totals.target,
        bottlenecks=totals.bottlenecks,
    )


_ID = attrgetter("id")
_UUID_NUMBER = attrgetter("id.int")  # the order of UUIDs, without their slow comparison
_KINDS: Mapping[type, Callable[[Lead], Any]] = {str: _ID, int: _ID, UUID: _UUID_NUMBER}


def _order_by_id(leads: Sequence[Lead]) -> Callable[[Lead], Any]:
    """Return the key that orders leads by their ids, which must be different and of one kind."""
    ids = ids_of(leads)
    kinds = {kind for kind in _KINDS for found in set(map(type, ids)) if issubclass(found, kind)}
    faults: list[str] = []
    if len(kinds) > 1:
        examples = [next(i for i in ids if isinstance(i, kind)) for kind in _KINDS if kind in kinds]
        shown_kinds = ", ".join(f"{shown(i)} ({type(i).__name__})" for i in examples)
        faults.append(f"ids must be all text, all whole numbers or all UUIDs, not {shown_kinds}")
    if len(set(ids)) < len(ids):
        twice = [lead_id for lead_id, n in Counter(ids).items() if n > 1]
        faults.append(f"ids must come once, but these come more often: {named(twice)}")
    if faults:
        raise PlanError(faults)
    return _KINDS[kinds.pop()] if kinds else _ID

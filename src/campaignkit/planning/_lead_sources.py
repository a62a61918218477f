"""Leads in any form: values, dataframes, results of `frames.allocate`, and numbers of leads.

The package `frames`, which lies above, reads dataframes; its functions are registered here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias, TypedDict

from attrs import define, frozen

from campaignkit.core._channels import MASKS, SETS, Channel
from campaignkit.core._checks import (
    as_int,
    check_kinds,
    count_error,
    is_frame,
    is_mapping,
    is_text,
    short_repr,
    to_list,
    to_member,
)
from campaignkit.domain._gate import DEFAULT_GATE, LOWEST_SCORE, ALSGate, ALSTier
from campaignkit.domain._leads import Lead
from campaignkit.errors import PlanError
from campaignkit.planning._plan import order_by_id
from campaignkit.planning._totals import combine_errors, read_eligible


class FrameLike(Protocol):
    """A dataframe of any library, or a result of `frames.allocate`."""

    @property
    def columns(self) -> Any: ...  # noqa: ANN401  # of each library


CountsByChannels: TypeAlias = Mapping[frozenset[Channel], int]
"""How many leads may be given which channels, whatever an allocation says."""

CountsByTier: TypeAlias = Mapping[ALSTier, int] | Mapping[str, int]
"""How many leads each tier has."""

LeadSource: TypeAlias = Iterable[Lead] | CountsByChannels | CountsByTier | FrameLike
"""Leads in any form that has all that a plan of counts needs."""


class FrameColumns(TypedDict, total=False):
    """What the columns of a dataframe hold, as `frames.allocate` takes it."""

    id: str
    score: str
    scale: tuple[float, float] | None
    reachable: Mapping[Channel, Any] | Mapping[str, Any] | None


def _refuse_frame(*_: object) -> Any:  # noqa: ANN401  # never returns
    msg = "no reader of dataframes is registered"
    raise TypeError(msg)


@define
class FrameHooks:
    """The functions that read dataframes; the package `frames` has them."""

    find_gate: Callable[[object], ALSGate | None] = _refuse_frame
    count_leads: Callable[[object, ALSGate, FrameColumns], CountsByChannels] = _refuse_frame
    list_leads: Callable[[object, FrameColumns], list[Lead]] = _refuse_frame


FRAME_HOOKS = FrameHooks()


@frozen
class LeadPool:
    """Leads one by one, and how many more there are like some of them."""

    leads: Sequence[Lead]
    more: Sequence[tuple[Lead, int]] = ()


def check_column_names(function: str, columns: FrameColumns) -> None:
    """Refuse keyword arguments that a function does not have, as Python does.

    Raises:
        TypeError: a name that is not one of `FrameColumns`.
    """
    for name in columns:
        if name not in FrameColumns.__annotations__:
            msg = f"{function}() got an unexpected keyword argument {name!r}"
            raise TypeError(msg)


def choose_gate(given: ALSGate | None, leads: LeadSource) -> ALSGate:
    """Return the gate that was given, or else that of a result, or else the default one.

    Raises:
        PlanError: it is not a gate.
    """
    check_kinds(PlanError, gate=(given, (ALSGate, type(None))))
    own = FRAME_HOOKS.find_gate(leads) if given is None and is_frame(leads) else given
    return DEFAULT_GATE if own is None else own


def count_by_channels(leads: LeadSource, gate: ALSGate, columns: FrameColumns) -> CountsByChannels:
    """Return how many leads may get which channels: those that are open and reachable.

    Raises:
        PlanError: invalid leads, numbers of leads, or columns.
    """
    if is_frame(leads):
        return FRAME_HOOKS.count_leads(leads, gate, columns)
    try:
        masks = _count_masks(leads, gate)
    except PlanError as error:
        raise combine_errors(partial(_refuse_columns, "leads", columns), first=error) from None
    _refuse_columns("leads", columns)
    return {SETS[mask]: masks[mask] for mask in sorted(masks)}


def _count_masks(leads: LeadSource, gate: ALSGate) -> Mapping[int, int]:
    if not is_mapping(leads):
        batch = _list_leads(leads, "leads")
        order_by_id(batch)
        return Counter(gate.mask(lead.als_score) & MASKS[lead.reachable] for lead in batch)
    if not _has_tiers(leads):
        return dict(zip(*read_eligible(leads, "leads"), strict=True))
    masks = Counter[int]()
    for tier, number in _read_tier_counts("leads", leads).items():
        masks[MASKS[gate.channels(tier)]] += number
    return masks


def read_pool(pool: LeadSource, gate: ALSGate, columns: FrameColumns, most: int) -> LeadPool:
    """Return leads one by one; of those that are counted only, at most so many of each tier.

    Counted leads have the lowest score of their tier.

    Raises:
        PlanError: leads counted by their channels, which do not say which come first; invalid
            leads, numbers of leads, or columns.
    """
    if is_frame(pool):
        return LeadPool(FRAME_HOOKS.list_leads(pool, columns))
    try:
        found = _read_pool(pool, gate, most)
    except PlanError as error:
        raise combine_errors(partial(_refuse_columns, "pool", columns), first=error) from None
    _refuse_columns("pool", columns)
    return found


def _read_pool(pool: LeadSource, gate: ALSGate, most: int) -> LeadPool:
    if not is_mapping(pool):
        return LeadPool(_list_leads(pool, "pool"))
    if pool and not _has_tiers(pool):
        fault = "must map tiers to leads: sets of channels do not say which leads come first"
        raise PlanError([f"pool {fault}"])
    leads: list[Lead] = []
    more: list[tuple[Lead, int]] = []
    for tier, number in _read_tier_counts("pool", pool).items():
        score = gate.bounds.get(tier, LOWEST_SCORE)
        if number and gate.tier(score) is not tier:
            raise PlanError([f"pool: no score is {tier} under this gate"])
        few = [Lead(f"{tier}-{n}", score) for n in range(min(number, most))]
        leads += few
        more += [(lead, number - most) for lead in few[:1] if number > most]
    return LeadPool(leads, more)


def _list_leads(leads: LeadSource, what: str) -> list[Lead]:
    found = to_list(leads)
    if found is None:
        forms = "leads, a dataframe, a result of `frames.allocate`, or numbers of leads"
        raise PlanError([f"{what} must be {forms}, not {short_repr(leads)}"])
    return found


def _has_tiers(counts: Mapping[Any, Any]) -> bool:
    """Tell whether numbers of leads are by tier, and not by sets of channels."""
    return any(is_text(key) for key in counts)


def _read_tier_counts(what: str, counts: Mapping[Any, Any]) -> Mapping[ALSTier, int]:
    """Return the number of leads of each tier."""
    faults: list[str] = []
    found: dict[ALSTier, int] = {}
    for given, number in counts.items():
        tier = to_member(ALSTier, given)
        if type(tier) is not ALSTier:
            there = f"there are {', '.join(ALSTier)}"
            faults.append(f"{what}: no tier is called {short_repr(given)}; {there}")
        elif fault := count_error(number):
            faults.append(f"{what} of {tier} {fault}")
        else:
            found[tier] = as_int(number)
    if faults:
        raise PlanError(faults)
    return found


def _refuse_columns(what: str, columns: FrameColumns) -> None:
    if columns:
        raise PlanError([f"{name} is for a dataframe, which {what} is not" for name in columns])

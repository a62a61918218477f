"""Hypothesis strategies for every public value.

All are constructive: nothing is drawn and thrown away, so they are fast and shrink well, mostly to
what a reader would call the plainest case: all leads by email, no limits but the default, no dates.
Importing this module also tells `hypothesis.strategies.from_type` about the values.

>>> from hypothesis import given
>>> from campaignkit import plan
>>> @given(allocations(), lead_batches())
... def every_lead_is_somewhere(allocation, leads):
...     planned = plan(allocation, leads)
...     assert len(planned.assignments) + len(planned.unassigned) == len(leads)
>>> every_lead_is_somewhere()
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import evolve, fields
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from campaignkit.core._channels import CHANNELS, SETS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.core._decisions import Decision, Reason, make_decision
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._brief import Brief, Need
from campaignkit.domain._campaign import EDITABLE, Action, Campaign, CampaignStatus, Edits
from campaignkit.domain._commands import (
    FIELD_NAMES,
    Activate,
    AssignLeads,
    Command,
    Complete,
    Delete,
    Edit,
    Fields,
    Pause,
    ReleaseLeads,
    Restore,
)
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._gate import DEFAULT_GATE, LOWEST_SCORE, TOP_SCORE, ALSGate, ALSTier
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import Actor, Initiator, PermissionMode, Verdict
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.planning._advice import Advice, allocation_advice
from campaignkit.planning._forecast import Forecast, ForecastDay, forecast
from campaignkit.planning._intake import Intake, Release, intake, release
from campaignkit.planning._plan import Plan, plan
from campaignkit.planning._totals import Bottleneck, CountPlan, Overflow, plan_counts
from campaignkit.targeting._company_size import CompanySize
from campaignkit.targeting._matching import DimensionMatch, Fit, TargetingMatch
from campaignkit.targeting._prospects import Prospect
from campaignkit.targeting._targeting import Targeting

__all__ = [
    "actions",
    "actors",
    "advices",
    "allocations",
    "assignments",
    "bottlenecks",
    "briefs",
    "campaigns",
    "channel_counts",
    "channel_sets",
    "channels",
    "commands",
    "company_size_texts",
    "company_sizes",
    "count_plans",
    "days",
    "decisions",
    "edits",
    "eligibility_counts",
    "event_kinds",
    "events",
    "field_values",
    "fits",
    "forecast_days",
    "forecasts",
    "gates",
    "initiators",
    "intakes",
    "lead_batches",
    "lead_ids",
    "leads",
    "legal_edits",
    "limits",
    "moments",
    "overflows",
    "partial_counts",
    "permission_modes",
    "plans",
    "progresses",
    "prospects",
    "reasons",
    "releases",
    "scores",
    "statuses",
    "suggestion_states",
    "suggestions",
    "targeting_matches",
    "targetings",
    "texts",
    "tiers",
    "verdicts",
]

T = TypeVar("T")

_HUGE_PLAN = 10**12


# -- Plain values ----------------------------------------------------------------------------------


def texts(*, max_size: int = 20) -> SearchStrategy[str]:
    """Any text that a campaign may keep: of any script, not blank, without NUL or surrogates.

    >>> from hypothesis import find
    >>> find(texts(), lambda text: True)
    '0'
    """
    storable = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(storable, max_size=max_size - 1).map(lambda t: t if t.strip() else f"{t}0")


def days(*, min_value: date = date.min, max_value: date = date.max) -> SearchStrategy[date]:
    """Any day of the calendar, the first and the last among them."""
    return st.dates(min_value, max_value)


def moments() -> SearchStrategy[datetime]:
    """Any aware moment to the microsecond, in UTC or at an offset from it.

    Those at an offset stay away from the ends of the calendar, which UTC could not show.
    """
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))
    a_day = timedelta(days=1)
    inside = datetime.min + a_day, datetime.max - a_day  # noqa: DTZ901  # the strategy adds zones
    elsewhere = st.datetimes(*inside, timezones=offsets.map(timezone))
    return st.datetimes(timezones=st.just(UTC)) | elsewhere


def limits(*, max_value: int = LARGEST_INTEGER) -> SearchStrategy[int]:
    """A limit on leads: 1 or more, small or as large as a table holds."""
    low = min(100, max_value)
    return (
        st.integers(1, low)
        | st.integers(1, max_value)
        | st.integers(max_value - low + 1, max_value)
    )


def channels() -> SearchStrategy[Channel]:
    """Any channel."""
    return st.sampled_from(Channel)


def channel_sets(*, min_size: int = 0) -> SearchStrategy[frozenset[Channel]]:
    """Any of the 32 sets of channels, or of those with so many at least; shrinks to fewer."""
    return st.sampled_from(sorted((s for s in SETS if len(s) >= min_size), key=len))


def tiers() -> SearchStrategy[ALSTier]:
    """Any tier."""
    return st.sampled_from(ALSTier)


def statuses() -> SearchStrategy[CampaignStatus]:
    """Any status of a campaign."""
    return st.sampled_from(CampaignStatus)


def actions() -> SearchStrategy[Action]:
    """Anything that can be done to a campaign."""
    return st.sampled_from(Action)


def permission_modes() -> SearchStrategy[PermissionMode]:
    """Any permission mode."""
    return st.sampled_from(PermissionMode)


def initiators() -> SearchStrategy[Initiator]:
    """A user or the AI."""
    return st.sampled_from(Initiator)


def verdicts() -> SearchStrategy[Verdict]:
    """Any verdict on an act."""
    return st.sampled_from(Verdict)


def reasons() -> SearchStrategy[Reason]:
    """Any reason why something was not done."""
    return st.sampled_from(Reason)


def overflows() -> SearchStrategy[Overflow]:
    """Either way to treat leads that gating keeps from their channel."""
    return st.sampled_from(Overflow)


def actors() -> SearchStrategy[Actor]:
    """Any user or AI."""
    return st.builds(Actor, initiators(), texts())


# -- Allocation and gate ---------------------------------------------------------------------------


def channel_counts(*, max_value: int = LARGEST_INTEGER) -> SearchStrategy[ChannelCounts]:
    """Counts for all channels, each small or up to a maximum."""
    amount = st.integers(0, min(10, max_value)) | st.integers(0, max_value)
    return st.tuples(*[amount] * len(CHANNELS)).map(ChannelCounts.of)


def partial_counts(*, max_value: int = _HUGE_PLAN) -> SearchStrategy[dict[Channel, int]]:
    """Counts for some channels, such as a plan's `carried` and `at_most`."""
    amount = st.integers(0, min(10, max_value)) | st.integers(0, max_value)
    return st.dictionaries(channels(), amount)


@st.composite
def _allocations(draw: DrawFn) -> Allocation:
    # Five random numbers are seldom zero; to draw who shares first gives many that are.
    named = draw(channel_sets(min_size=1))
    sharing = [channel for channel in CHANNELS if channel in named]
    cuts = sorted(draw(st.tuples(*[st.integers(0, 100)] * (len(sharing) - 1))), reverse=True)
    edges = [100, *cuts, 0]
    shares = [high - low for high, low in pairwise(edges)]
    return Allocation.from_mapping(dict(zip(sharing, reversed(shares), strict=True)))


def allocations() -> SearchStrategy[Allocation]:
    """Any allocation, with many zero shares among them; shrinks to all by email.

    >>> from hypothesis import find
    >>> find(allocations(), lambda allocation: allocation["sms"] > 0)
    Allocation(email=0, linkedin=0, voice=0, sms=100, mail=0)
    """
    return _allocations()


def scores() -> SearchStrategy[int | float]:
    """Any score, whole or not, often at a bound of the default gate or just beside it."""
    bounds = [LOWEST_SCORE, *DEFAULT_GATE.bounds.values(), TOP_SCORE]
    beside = [math.nextafter(b, towards) for b in bounds for towards in (LOWEST_SCORE, TOP_SCORE)]
    return (
        st.integers(LOWEST_SCORE, TOP_SCORE)
        | st.sampled_from([*bounds, *beside])
        | st.floats(LOWEST_SCORE, TOP_SCORE)
    )


@st.composite
def _gates(draw: DrawFn) -> ALSGate:
    # Whole numbers that rise, each plus less than one, rise too.
    low, bounds = -1, list[float]()
    for to_come in (3, 2, 1, 0):
        low = draw(st.integers(low + 1, TOP_SCORE - 1 - to_come))
        bounds.append(low + draw(st.just(0) | st.floats(0, 0.99)))
    bounded = [tier for tier in ALSTier if tier is not ALSTier.DEAD]
    opened = draw(st.fixed_dictionaries({}, optional={tier: channel_sets() for tier in ALSTier}))
    return ALSGate(
        bounds=cast("Mapping[ALSTier, float]", dict(zip(bounded, reversed(bounds), strict=True))),
        channels=cast("Mapping[ALSTier, frozenset[Channel]]", opened),
    )


def gates() -> SearchStrategy[ALSGate]:
    """The default gate, or one of any bounds and channels, which need not nest."""
    return st.just(DEFAULT_GATE) | _gates()


# -- Leads -----------------------------------------------------------------------------------------


def lead_ids() -> SearchStrategy[LeadId]:
    """Any id of a lead: trimmed text, a whole number, or a UUID."""
    return cast("SearchStrategy[LeadId]", st.one_of(*_KINDS_OF_ID))


def _text_ids() -> SearchStrategy[str]:
    return texts().map(str.strip)


_KINDS_OF_ID: Sequence[SearchStrategy[Any]] = (_text_ids(), st.integers(), st.uuids())


def leads(ids: SearchStrategy[Any] | None = None) -> SearchStrategy[Lead]:
    """Any lead, scored or not; all of its channels are reachable more often than some."""
    return st.builds(
        Lead,
        id=lead_ids() if ids is None else ids,
        als_score=st.none() | scores(),
        reachable=st.just(frozenset(Channel)) | channel_sets(),
    )


def lead_batches(
    ids: SearchStrategy[Any] | None = None, *, min_size: int = 0, max_size: int = 12
) -> SearchStrategy[list[Lead]]:
    """Leads with different ids of one kind, as a plan takes them.

    What a store keeps has text for ids: `lead_batches(texts())`.
    """
    kinds = _KINDS_OF_ID if ids is None else (ids,)
    return st.one_of(
        *(
            st.lists(leads(kind), min_size=min_size, max_size=max_size, unique_by=attrgetter("id"))
            for kind in kinds
        )
    )


def eligibility_counts(*, max_leads: int = _HUGE_PLAN) -> SearchStrategy[dict[Any, int]]:
    """How many leads may use which channels, as `plan_counts` takes it; few or very many."""
    return st.dictionaries(channel_sets(), st.integers(0, 20) | st.integers(0, max_leads))


def bottlenecks() -> SearchStrategy[Bottleneck]:
    """Any bottleneck: a set of channels with less room than it wants."""

    def short_by(missing: int, some: frozenset[Channel], room: int) -> Bottleneck:
        return Bottleneck(some, room, wanted=room + missing)

    room = st.integers(0, _HUGE_PLAN)
    return st.builds(short_by, st.integers(1, _HUGE_PLAN), channel_sets(min_size=1), room)


def plans() -> SearchStrategy[Plan]:
    """The plan of any batch."""
    return st.builds(
        plan,
        allocations(),
        lead_batches(),
        gate=gates(),
        carried=st.none() | partial_counts(),
        at_most=st.none() | partial_counts(max_value=5),
        overflow=overflows(),
    )


def count_plans() -> SearchStrategy[CountPlan]:
    """The plan of any counts."""
    return st.builds(
        plan_counts,
        allocations(),
        eligibility_counts(),
        carried=st.none() | partial_counts(),
        at_most=st.none() | partial_counts(),
        overflow=overflows(),
    )


def advices() -> SearchStrategy[Advice]:
    """The advice on any allocation, for leads of a few kinds."""
    some = st.dictionaries(channel_sets(), st.integers(10, 200), max_size=6)
    return st.builds(allocation_advice, allocations(), some, gate=gates())


# -- Campaigns -------------------------------------------------------------------------------------


_EMPLOYEES = st.integers(0, 10**6)


@st.composite
def _company_size_texts(draw: DrawFn) -> str:
    low, more = draw(_EMPLOYEES), draw(_EMPLOYEES)
    spelling = draw(st.sampled_from(["{}", "{:,}"]))
    few, many = spelling.format(low), spelling.format(low + more)
    dash = draw(st.sampled_from(["-", "–", " to ", " - ", "—"]))
    band, some = f"{few}{dash}{many}", f"< {spelling.format(low + 1)}"
    forms = [few, band, f"{few}+", f">= {few}", f"≥{few}", f"> {few}", f"<= {few}", some]
    after = draw(st.sampled_from(["", " employees", " people", " staff"]))
    return draw(st.sampled_from([*forms, "self-employed"])) + after


def company_size_texts() -> SearchStrategy[str]:
    """A company size as people write it, which `CompanySize.parse` understands."""
    return _company_size_texts()


def company_sizes() -> SearchStrategy[CompanySize]:
    """Any interval of employees, closed or open upwards."""

    def size(low: int, more: int | None) -> CompanySize:
        return CompanySize(low, None if more is None else low + more)

    return st.builds(size, _EMPLOYEES, st.none() | _EMPLOYEES)


def targetings() -> SearchStrategy[Targeting]:
    """Any targeting; shrinks to one without targets."""
    some = st.lists(texts(), max_size=3).map(tuple)
    return st.builds(
        Targeting,
        industries=some,
        titles=some,
        company_sizes=st.lists(company_size_texts(), max_size=3).map(tuple),
        locations=some,
    )


def prospects() -> SearchStrategy[Prospect]:
    """Any prospect, with much or little known of it; shrinks to one of whom nothing is known."""
    some = st.none() | texts()
    size: SearchStrategy[Any] = st.none() | _EMPLOYEES | company_sizes()
    return st.builds(Prospect, industry=some, title=some, company_size=size, location=some)


def fits() -> SearchStrategy[Fit]:
    """Whether a prospect fits: any answer."""
    return st.sampled_from(Fit)


def targeting_matches() -> SearchStrategy[TargetingMatch]:
    """Any answer to whether a prospect fits a targeting."""
    return st.builds(TargetingMatch, *[_DIMENSION_MATCHES] * len(fields(TargetingMatch)))


_DIMENSION_MATCHES = st.builds(DimensionMatch, fits(), st.none() | texts())


def _in_order(start: date | None, end: date | None) -> tuple[date | None, date | None]:
    return (end, start) if start and end and end < start else (start, end)


_PERIODS = st.builds(_in_order, st.none() | days(), st.none() | days())

_FIELDS: Mapping[str, SearchStrategy[Any]] = {
    "id": st.uuids(),
    "client_id": st.uuids(),
    "name": texts(),
    "status": statuses(),
    "permission_mode": permission_modes(),
    "targeting": targetings(),
    "allocation": allocations(),
    "daily_lead_limit": limits(),
    "total_lead_limit": st.none() | limits(),
    "created_at": moments(),
    "updated_at": moments(),
    "deleted_at": st.none() | moments(),
}


@st.composite
def _campaigns(draw: DrawFn, fields: Mapping[str, SearchStrategy[Any]]) -> Campaign:
    start, end = draw(_PERIODS)
    drawn: dict[str, Any] = {"start_date": start, "end_date": end}
    for name, strategy in {**_FIELDS, **fields}.items():
        drawn[name] = draw(strategy)
    return Campaign(**drawn)


def campaigns(**fields: SearchStrategy[Any]) -> SearchStrategy[Campaign]:
    """Any campaign, in any status, deleted or not; a field that is named is drawn from what it is.

    Who names one of the two dates names both, or a day that fits every other.

    >>> from hypothesis import find, strategies as st
    >>> active = campaigns(status=st.just(CampaignStatus.ACTIVE), deleted_at=st.none())
    >>> find(active, lambda campaign: True).daily_lead_limit
    1
    """
    return _campaigns(fields)


@st.composite
def _edits(draw: DrawFn, editable: Sequence[str], campaign: Campaign | None) -> Edits:
    first = draw(st.sampled_from(editable))
    others = draw(st.tuples(*[st.booleans()] * len(editable)))
    named = {n for n, other in zip(editable, others, strict=True) if other or n == first}
    dates: dict[str, date | None] = {}
    if {"start_date", "end_date"} <= named:
        dates = dict(zip(("start_date", "end_date"), draw(_PERIODS), strict=True))
    elif "start_date" in named:
        latest = campaign and campaign.end_date
        dates = {"start_date": draw(st.none() | days(max_value=latest or date.max))}
    elif "end_date" in named:
        earliest = campaign and campaign.start_date
        dates = {"end_date": draw(st.none() | days(min_value=earliest or date.min))}
    plain = {name: draw(_FIELDS[name]) for name in editable if name in named - dates.keys()}
    return cast("Edits", {**plain, **dates})


def edits() -> SearchStrategy[Edits]:
    """At least one of the fields that an edit may name, and values that fit each other."""
    return _edits(EDITABLE[CampaignStatus.DRAFT], None)


def legal_edits(campaign: Campaign) -> SearchStrategy[Edits]:
    """Edits that a campaign's status and dates allow; none where it is completed."""
    editable = EDITABLE[campaign.status]
    return _edits(editable, campaign) if editable else st.nothing()


# -- Changes, suggestions and events ---------------------------------------------------------------


def commands() -> SearchStrategy[Command]:
    """Any act on a campaign; shrinks to those without anything to it."""
    return st.one_of(
        st.sampled_from([Activate(), Pause(), Complete(), Delete(), Restore()]),
        _edits_as_changes(),
        _releases_of_leads(),
        _assignments_of_leads(),
    )


def _edits_as_changes() -> SearchStrategy[Edit]:
    return edits().map(lambda named: Edit(**named))


def _releases_of_leads() -> SearchStrategy[ReleaseLeads]:
    return st.builds(ReleaseLeads, st.lists(_text_ids() | st.uuids(), max_size=5))


def _assignments_of_leads() -> SearchStrategy[AssignLeads]:
    return st.builds(AssignLeads, lead_batches(_text_ids()) | lead_batches(st.uuids()), days())


def field_values() -> SearchStrategy[Fields]:
    """Values of some of a campaign's fields, or of none."""
    some = st.lists(st.sampled_from(FIELD_NAMES), unique=True, max_size=4)
    return st.builds(Fields.of, campaigns(), some)


def suggestion_states() -> SearchStrategy[SuggestionState]:
    """Anything that may have become of a suggestion."""
    return st.sampled_from(SuggestionState)


def event_kinds() -> SearchStrategy[EventKind]:
    """Anything that an event may tell."""
    return st.sampled_from(EventKind)


@st.composite
def _suggestions(draw: DrawFn, fields: Mapping[str, SearchStrategy[Any]]) -> Suggestion:
    made, expiry = sorted((draw(moments()), draw(moments())))
    state = draw(fields.get("state", suggestion_states()))
    decided = state is not SuggestionState.PENDING
    drawn: dict[str, Any] = {
        "id": st.uuids(),
        "campaign_id": st.uuids(),
        "command": commands(),
        "by": actors(),
        "at": st.just(made),
        "reason": st.none() | texts(),
        "expires_at": st.just(expiry if expiry > made else None) | st.none(),
        "before": field_values(),
        "decided_by": actors() if decided else st.none(),
        "decided_at": moments() if decided else st.none(),
        "why": st.none() | texts() if decided else st.none(),
        **fields,
        "state": st.just(state),
    }
    return Suggestion(**{name: draw(strategy) for name, strategy in drawn.items()})


def suggestions(**fields: SearchStrategy[Any]) -> SearchStrategy[Suggestion]:
    """Any suggestion, pending or decided upon; a field that is named is drawn from what it is."""
    return _suggestions(fields)


@st.composite
def _events(draw: DrawFn, fields: Mapping[str, SearchStrategy[Any]]) -> Event:
    drawn: dict[str, Any] = {
        "campaign_id": st.uuids(),
        "number": st.none() | st.integers(1, LARGEST_INTEGER),
        "kind": event_kinds(),
        "action": st.none() | actions(),
        "by": actors(),
        "at": moments(),
        "before": field_values(),
        "after": field_values(),
        "day": st.none() | days(),
        "counts": channel_counts(),
        "suggestion_id": st.none() | st.uuids(),
        "reason": st.none() | texts(),
        **fields,
    }
    event = Event(**{name: draw(strategy) for name, strategy in drawn.items()})
    if "updated_at" in fields or not (event.kind.is_done and event.after):
        return event
    return evolve(event, updated_at=draw(st.none() | moments()))


def events(**fields: SearchStrategy[Any]) -> SearchStrategy[Event]:
    """Any event, stored or not; a field that is named is drawn from what it is."""
    return _events(fields)


# -- What a campaign has done ----------------------------------------------------------------------


def assignments(
    ids: SearchStrategy[str] | None = None,
    *,
    on: SearchStrategy[date] | None = None,
    epochs: SearchStrategy[int] | None = None,
) -> SearchStrategy[Assignment]:
    """Any assignment, or one of such an id, day and epoch."""
    return st.builds(
        Assignment,
        lead_id=_text_ids() if ids is None else ids,
        channel=channels(),
        tier=tiers(),
        als_score=scores(),
        day=days() if on is None else on,
        epoch=st.integers(0, LARGEST_INTEGER) if epochs is None else epochs,
    )


@st.composite
def _progresses(draw: DrawFn, fields: Mapping[str, SearchStrategy[Any]]) -> Progress:
    day = draw(fields.get("day", st.none() | days()))
    # Either number may be small or very large; the smaller is today's.
    today, total = sorted((draw(limits()) - 1, draw(limits()) - 1))
    drawn: dict[str, Any] = {
        "day": st.just(day),
        "admitted_today": st.just(0 if day is None else today),
        "admitted_total": st.just(total),
        "carried": channel_counts(),
        "allocation": st.none() | allocations(),
        "epoch": st.integers(0, 5) | st.integers(0, LARGEST_INTEGER),
        **fields,
    }
    return Progress(**{name: draw(strategy) for name, strategy in drawn.items()})


def progresses(**fields: SearchStrategy[Any]) -> SearchStrategy[Progress]:
    """Any progress, of a day or of none; a field that is named is drawn from what it is."""
    return _progresses(fields)


_NEEDS = st.builds(
    Need,
    leads=st.integers(1, LARGEST_INTEGER),
    tiers=st.lists(tiers(), max_size=5, unique=True).map(tuple),
    channels=channel_sets(min_size=1),
    als_score=st.none() | scores(),
)


@st.composite
def _briefs(draw: DrawFn) -> Brief:
    day = draw(days())
    campaign = draw(campaigns())
    return campaign.brief(day, draw(progresses(day=st.just(day))), gate=draw(gates()))


def briefs() -> SearchStrategy[Brief]:
    """What any campaign looks for on any day; most have nothing to look for."""
    return _briefs()


@st.composite
def _decisions(draw: DrawFn) -> Decision:
    because = draw(st.lists(st.tuples(reasons(), texts()), max_size=3))
    if because:
        return make_decision(*because)
    return Decision(allowed=True, channel=draw(st.none() | channels()))


def decisions() -> SearchStrategy[Decision]:
    """Any decision: allowed, perhaps on a channel, or refused for one reason or more."""
    return _decisions()


# What neither an intake nor a release looks at.
_MADE = datetime(2026, 11, 23, tzinfo=UTC)
_PLAIN: Mapping[str, Any] = {
    "id": UUID(int=1),
    "client_id": UUID(int=2),
    "name": "Sydney agencies",
    "created_at": _MADE,
    "updated_at": _MADE,
}


@st.composite
def _intakes(draw: DrawFn) -> Intake:
    day = draw(days())
    campaign = Campaign(
        **_PLAIN,
        status=CampaignStatus.ACTIVE,
        allocation=draw(allocations()),
        daily_lead_limit=draw(st.integers(1, 6)),
        total_lead_limit=draw(st.none() | st.integers(1, 6)),
    )
    batch = draw(lead_batches(_text_ids(), max_size=6))
    there = draw(st.tuples(*(st.booleans() for _ in batch)))
    small = st.integers(0, 5)
    already = {
        str(lead.id): draw(assignments(st.just(str(lead.id)), on=st.just(day), epochs=small))
        for lead, is_there in zip(batch, there, strict=True)
        if is_there
    }
    progress = draw(
        progresses(
            day=st.just(day),
            admitted_today=st.just(len(already)),
            admitted_total=st.integers(len(already), len(already) + 6),
            carried=channel_counts(max_value=100),
            epoch=small,
        )
    )
    return intake(campaign, batch, progress=progress, gate=draw(gates()), already=already)


def intakes() -> SearchStrategy[Intake]:
    """A day's intake of any batch into any running campaign."""
    return _intakes()


@st.composite
def _releases(draw: DrawFn) -> Release:
    taken = draw(intakes())
    there = [*taken.assignments, *taken.already]
    gone = draw(st.lists(st.sampled_from(there), unique=True)) if there else []
    strangers = draw(st.lists(_text_ids(), max_size=2))
    return release(
        Campaign(**_PLAIN, allocation=taken.progress.allocation or DEFAULT_ALLOCATION),
        [*gone, *strangers],
        progress=taken.progress,
        already=dict(taken.assignments),
    )


def releases() -> SearchStrategy[Release]:
    """The release of some leads that an intake has just admitted, and of others that are absent."""
    return _releases()


@st.composite
def _forecasts(draw: DrawFn) -> Forecast:
    start = draw(days(max_value=date.max - timedelta(days=30)))
    campaign = Campaign(
        **_PLAIN,
        allocation=draw(allocations()),
        daily_lead_limit=draw(st.integers(1, 4)),
        total_lead_limit=draw(st.none() | st.integers(1, 12)),
        start_date=start,
        end_date=draw(st.none() | days(min_value=start, max_value=start + timedelta(days=5))),
    )
    pool = draw(lead_batches(_text_ids(), max_size=8))
    return forecast(campaign, pool, days=draw(st.integers(1, 5)), gate=draw(gates()))


def forecasts() -> SearchStrategy[Forecast]:
    """The forecast of any campaign with any pool, of a few leads on a few days."""
    return _forecasts()


def forecast_days() -> SearchStrategy[ForecastDay]:
    """The first day of any forecast."""
    return forecasts().map(lambda made: made.days[0])


_VALUES: Mapping[type, SearchStrategy[Any]] = {
    ALSGate: gates(),
    Activate: st.just(Activate()),
    Actor: actors(),
    Advice: advices(),
    Allocation: allocations(),
    AssignLeads: _assignments_of_leads(),
    Assignment: assignments(),
    Bottleneck: bottlenecks(),
    Brief: briefs(),
    Campaign: campaigns(),
    ChannelCounts: channel_counts(),
    CompanySize: company_sizes(),
    Complete: st.just(Complete()),
    CountPlan: count_plans(),
    Decision: decisions(),
    DimensionMatch: _DIMENSION_MATCHES,
    Forecast: forecasts(),
    ForecastDay: forecast_days(),
    Delete: st.just(Delete()),
    Edit: _edits_as_changes(),
    Event: events(),
    Fields: field_values(),
    Intake: intakes(),
    Lead: leads(),
    Need: _NEEDS,
    Pause: st.just(Pause()),
    Plan: plans(),
    Progress: progresses(),
    Prospect: prospects(),
    Release: releases(),
    ReleaseLeads: _releases_of_leads(),
    Restore: st.just(Restore()),
    Suggestion: suggestions(),
    Targeting: targetings(),
    TargetingMatch: targeting_matches(),
}

for _value, _strategy in _VALUES.items():
    st.register_type_strategy(_value, _strategy)

"""Hypothesis strategies for every public value.

No strategy draws values and rejects them, so all are fast and shrink well, mostly to the plainest
case: all leads by email, no limits but the default, no dates. Enumerations need none:
`hypothesis.strategies.sampled_from(Channel)`. Importing this module also registers the strategies
with `hypothesis.strategies.from_type`.

>>> from hypothesis import given
>>> from campaignkit import plan
>>> from campaignkit.testing.strategies import allocations, lead_batches
>>> @given(allocations(), lead_batches())
... def every_lead_is_somewhere(allocation, leads):
...     planned = plan(allocation, leads)
...     assert len(planned.assignments) + len(planned.unassigned) == len(leads)
>>> every_lead_is_somewhere()
"""

# Annotations are evaluated here, not postponed: the documentation shows those of `composite`.

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from campaignkit.core._channels import CHANNELS, SETS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.core._decisions import Decision, Reason, make_decision
from campaignkit.decider import ApprovalPreview
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._brief import Brief, Need
from campaignkit.domain._campaign import EDITABLE, Action, Campaign, CampaignStatus, Edits
from campaignkit.domain._client_policy import ChannelLimit, ClientPolicy, Suppression
from campaignkit.domain._clients import (
    Claim,
    ClientEvent,
    ClientEventKind,
    ClientState,
    LiveAssignment,
)
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
from campaignkit.domain._horizons import END, LONGEST_HORIZON, Horizon
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._lead_records import LeadEntry, LeadEntryKind, LeadRecord
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment, Progress, ReleasedLead
from campaignkit.domain._permissions import Actor, Initiator, PermissionMode
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead, SuggestionState
from campaignkit.planning._advice import Advice, allocation_advice
from campaignkit.planning._comparison import ComparedMix, Comparison, compare
from campaignkit.planning._forecast import Forecast, ForecastDay, forecast
from campaignkit.planning._horizon_comparison import HorizonComparison
from campaignkit.planning._intake import Intake, Release, intake, release
from campaignkit.planning._plan import Plan, plan
from campaignkit.planning._share_out import PoolBottleneck, ShareOut, share_out
from campaignkit.planning._totals import (
    Bottleneck,
    BottleneckLimit,
    CountPlan,
    Overflow,
    plan_counts,
)
from campaignkit.storage._observation import Operation, OperationOutcome
from campaignkit.targeting._company_size import CompanySize
from campaignkit.targeting._matching import DimensionMatch, Fit, TargetingMatch
from campaignkit.targeting._prospects import Prospect
from campaignkit.targeting._targeting import Targeting

__all__ = [
    "actors",
    "advices",
    "allocations",
    "approval_previews",
    "assignments",
    "briefs",
    "campaigns",
    "channel_counts",
    "channel_sets",
    "client_events",
    "client_policies",
    "client_states",
    "commands",
    "company_size_texts",
    "company_sizes",
    "comparisons",
    "count_plans",
    "days",
    "decisions",
    "edits",
    "eligibility_counts",
    "events",
    "field_values",
    "forecasts",
    "gates",
    "horizon_comparisons",
    "intakes",
    "lead_batches",
    "lead_ids",
    "lead_records",
    "leads",
    "legal_edits",
    "limits",
    "moments",
    "partial_counts",
    "plans",
    "progresses",
    "prospects",
    "rejections",
    "releases",
    "scores",
    "share_outs",
    "suggestion_heads",
    "suggestions",
    "suppressions",
    "targetings",
    "texts",
]

_HUGE_PLAN = 10**12
_AMOUNTS = st.integers(0, LARGEST_INTEGER)


# -- Plain values ----------------------------------------------------------------------------------


def texts(*, max_size: int = 20) -> SearchStrategy[str]:
    """Any text that a campaign may keep: of any script, not blank, without NUL or surrogates.

    Args:
        max_size: The most characters.

    >>> from hypothesis import find
    >>> find(texts(), lambda text: True)
    '0'
    """
    storable = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(storable, max_size=max_size - 1).map(lambda t: t if t.strip() else f"{t}0")


def days(*, min_value: date = date.min, max_value: date = date.max) -> SearchStrategy[date]:
    """Any day of the calendar, the first and the last among them.

    Args:
        min_value: The first day.
        max_value: The last day.

    >>> from datetime import date
    >>> week = days(min_value=date(2026, 11, 23), max_value=date(2026, 11, 29))
    """
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
    """A limit on leads: 1 or more, small or as large as a table holds.

    Args:
        max_value: The largest limit.

    >>> small = limits(max_value=50)
    """
    low = min(100, max_value)
    return (
        st.integers(1, low)
        | st.integers(1, max_value)
        | st.integers(max_value - low + 1, max_value)
    )


def channel_sets(*, min_size: int = 0) -> SearchStrategy[frozenset[Channel]]:
    """Any set of channels; shrinks to fewer.

    Args:
        min_size: The least number of channels.

    >>> some = channel_sets(min_size=1)
    """
    return st.sampled_from(sorted((s for s in SETS if len(s) >= min_size), key=len))


def actors() -> SearchStrategy[Actor]:
    """Any user or AI."""
    return st.builds(Actor, st.sampled_from(Initiator), texts())


# -- Allocation and gate ---------------------------------------------------------------------------


def channel_counts(*, max_value: int = LARGEST_INTEGER) -> SearchStrategy[ChannelCounts]:
    """Counts for all channels, each small or large.

    Args:
        max_value: The largest count.

    >>> few = channel_counts(max_value=100)
    """
    amount = st.integers(0, min(10, max_value)) | st.integers(0, max_value)
    return st.tuples(*[amount] * len(CHANNELS)).map(ChannelCounts.of)


def partial_counts(*, max_value: int = _HUGE_PLAN) -> SearchStrategy[dict[Channel, int]]:
    """Counts for some channels, such as a plan's `carried` and `at_most`.

    Args:
        max_value: The largest count.

    >>> caps = partial_counts(max_value=5)
    """
    amount = st.integers(0, min(10, max_value)) | st.integers(0, max_value)
    return st.dictionaries(st.sampled_from(Channel), amount)


@st.composite
def allocations(draw: DrawFn) -> Allocation:
    """Any allocation, with many zero shares among them; shrinks to all by email.

    >>> from hypothesis import find
    >>> find(allocations(), lambda allocation: True)
    Allocation(email=100)
    """
    # Random numbers are seldom zero; to draw who shares first gives many that are.
    named = draw(channel_sets(min_size=1))
    sharing = [channel for channel in CHANNELS if channel in named]
    cuts = sorted(draw(st.tuples(*[st.integers(0, 100)] * (len(sharing) - 1))), reverse=True)
    edges = [100, *cuts, 0]
    shares = [high - low for high, low in pairwise(edges)]
    return Allocation.from_mapping(dict(zip(sharing, reversed(shares), strict=True)))


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
    """Any lead, scored or not; all of its channels are reachable more often than some.

    Args:
        ids: A strategy for the ids. Any id by default.

    >>> leads_of_a_store = leads(texts())
    """
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

    Args:
        ids: A strategy for the ids. Any id by default; what a store keeps has text for ids:
            `lead_batches(texts())`.
        min_size: The least number of leads.
        max_size: The most leads.

    >>> small_batches = lead_batches(texts(), min_size=1, max_size=5)
    """
    kinds = _KINDS_OF_ID if ids is None else (ids,)
    sizes: dict[str, Any] = {"min_size": min_size, "max_size": max_size}
    return st.one_of(
        *(st.lists(leads(kind), unique_by=attrgetter("id"), **sizes) for kind in kinds)
    )


def eligibility_counts(*, max_leads: int = _HUGE_PLAN) -> SearchStrategy[dict[Any, int]]:
    """How many leads may use which channels, as `plan_counts` takes it; few or very many.

    Args:
        max_leads: The most leads of a set of channels.

    >>> few = eligibility_counts(max_leads=100)
    """
    return st.dictionaries(channel_sets(), st.integers(0, 20) | st.integers(0, max_leads))


def plans() -> SearchStrategy[Plan]:
    """The plan of any batch."""
    return st.builds(
        plan,
        allocations(),
        lead_batches(),
        gate=gates(),
        carried=st.none() | partial_counts(),
        at_most=st.none() | partial_counts(max_value=5),
        overflow=st.sampled_from(Overflow),
    )


def count_plans() -> SearchStrategy[CountPlan]:
    """The plan of any counts."""
    return st.builds(
        plan_counts,
        allocations(),
        eligibility_counts(),
        carried=st.none() | partial_counts(),
        at_most=st.none() | partial_counts(),
        overflow=st.sampled_from(Overflow),
    )


def advices() -> SearchStrategy[Advice]:
    """The advice on any allocation, for leads of a few kinds."""
    some = st.dictionaries(channel_sets(), st.integers(10, 200), max_size=6)
    return st.builds(allocation_advice, allocations(), some, gate=gates())


def comparisons() -> SearchStrategy[Comparison]:
    """The comparison of a few mixes, for leads of a few kinds."""
    return st.builds(
        compare,
        st.dictionaries(texts(), allocations(), min_size=1, max_size=3),
        st.dictionaries(channel_sets(), st.integers(10, 200), max_size=6),
        gate=gates(),
        carried=st.none() | partial_counts(),
        at_most=st.none() | partial_counts(max_value=50),
        overflow=st.sampled_from(Overflow),
    )


@st.composite
def share_outs(draw: DrawFn) -> ShareOut[str]:
    """A pool of a few leads, shared out to campaigns that not all of them fit."""
    weights = draw(st.dictionaries(texts(), st.integers(1, 100), min_size=1, max_size=4))
    pool = draw(lead_batches(_text_ids(), max_size=8))
    fits = {lead.id: draw(st.sets(st.sampled_from([*weights]))) for lead in pool}
    return share_out(pool, weights, lambda lead: fits[lead.id])


# -- Campaigns -------------------------------------------------------------------------------------


_EMPLOYEES = st.integers(0, 10**6)


@st.composite
def company_size_texts(draw: DrawFn) -> str:
    """A company size as people write it, which `CompanySize.parse` understands."""
    low, more = draw(_EMPLOYEES), draw(_EMPLOYEES)
    spelling = draw(st.sampled_from(["{}", "{:,}"]))
    few, many = spelling.format(low), spelling.format(low + more)
    dash = draw(st.sampled_from(["-", "–", " to ", " - ", "—"]))
    band, some = f"{few}{dash}{many}", f"< {spelling.format(low + 1)}"
    forms = [few, band, f"{few}+", f">= {few}", f"≥{few}", f"> {few}", f"<= {few}", some]
    after = draw(st.sampled_from(["", " employees", " people", " staff"]))
    return draw(st.sampled_from([*forms, "self-employed"])) + after


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


_FIELDS: Mapping[str, SearchStrategy[Any]] = {
    "id": st.uuids(),
    "client_id": st.uuids(),
    "name": texts(),
    "status": st.sampled_from(CampaignStatus),
    "permission_mode": st.sampled_from(PermissionMode),
    "targeting": targetings(),
    "allocation": allocations(),
    "daily_lead_limit": limits(),
    "total_lead_limit": st.none() | limits(),
    "start_date": st.none() | days(),
    "end_date": st.none() | days(),
    "created_at": moments(),
    "updated_at": moments(),
    "deleted_at": st.none() | moments(),
}


def _order_dates(drawn: dict[str, Any], fixed: Collection[str], **others: date | None) -> None:
    """Let a campaign start before it ends; only dates that were drawn and are not fixed change."""
    start, end = ((drawn | others)[name] for name in ("start_date", "end_date"))
    if start and end:
        ordered = {"start_date": min(start, end), "end_date": max(start, end)}
        drawn.update({name: day for name, day in ordered.items() if name in drawn.keys() - fixed})


@st.composite
def campaigns(draw: DrawFn, /, **fields: SearchStrategy[Any]) -> Campaign:
    """Any campaign, in any status, deleted or not.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from hypothesis import find, strategies as st
    >>> active = campaigns(status=st.just(CampaignStatus.ACTIVE), deleted_at=st.none())
    >>> find(active, lambda campaign: True).daily_lead_limit
    1
    """
    drawn = _draw_fields(draw, {**_FIELDS, **fields})
    _order_dates(drawn, fields)
    return Campaign(**drawn)


def _draw_fields(draw: DrawFn, fields: Mapping[str, SearchStrategy[Any]]) -> dict[str, Any]:
    return {name: draw(strategy) for name, strategy in fields.items()}


@st.composite
def _edits(draw: DrawFn, campaign: Campaign | None = None) -> Edits:
    editable = EDITABLE[CampaignStatus.DRAFT if campaign is None else campaign.status]
    named = draw(st.sets(st.sampled_from(editable), min_size=1))
    drawn = _draw_fields(draw, {name: _FIELDS[name] for name in editable if name in named})
    dates = {n: getattr(campaign, n, None) for n in ("start_date", "end_date") if n not in drawn}
    _order_dates(drawn, (), **dates)
    return cast("Edits", drawn)


def edits() -> SearchStrategy[Edits]:
    """At least one of the fields that an edit may name, and values that fit each other."""
    return _edits()


def legal_edits(campaign: Campaign) -> SearchStrategy[Edits]:
    """Edits that a campaign's status and dates allow; none where it is completed.

    Args:
        campaign: The campaign.

    >>> edits_of_any = campaigns().flatmap(legal_edits)
    """
    return _edits(campaign) if EDITABLE[campaign.status] else st.nothing()


# -- Commands, suggestions and events --------------------------------------------------------------


_EDIT_COMMANDS = edits().map(lambda named: Edit(**named))
_RELEASE_COMMANDS = st.builds(
    ReleaseLeads,
    st.lists(_text_ids() | st.uuids(), max_size=5),
    st.booleans(),
    st.none() | st.lists(st.sampled_from(Channel), min_size=1),
)
_AT_MOST = st.none() | st.dictionaries(st.sampled_from(Channel), st.integers(0, LARGEST_INTEGER))
_HORIZONS = st.integers(1, LONGEST_HORIZON) | st.just(cast("Horizon", END))
_ASSIGN_COMMANDS = st.builds(
    AssignLeads, lead_batches(_text_ids()) | lead_batches(st.uuids()), days(), _HORIZONS, _AT_MOST
)


def commands() -> SearchStrategy[Command]:
    """Any act on a campaign; shrinks to those without parameters."""
    plain = st.sampled_from([Activate(), Pause(), Complete(), Delete(), Restore()])
    return st.one_of(plain, _EDIT_COMMANDS, _RELEASE_COMMANDS, _ASSIGN_COMMANDS)


def field_values() -> SearchStrategy[Fields]:
    """Values of some of a campaign's fields, or of none."""
    some = st.lists(st.sampled_from(FIELD_NAMES), unique=True, max_size=4)
    return st.builds(Fields.of, campaigns(), some)


def rejections(**fields: SearchStrategy[Any]) -> SearchStrategy[Rejection]:
    """Any rejection, for some time or for ever.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from hypothesis import strategies as st
    >>> for_ever = rejections(until=st.none())
    """
    plain: dict[str, SearchStrategy[Any]] = {
        "lead_id": _text_ids(),
        "suggestion_id": st.uuids(),
        "until": st.none() | days(),
    }
    return st.builds(Rejection, **{**plain, **fields})


def _suggested_commands() -> SearchStrategy[Command]:
    """Commands as stores keep them: their leads ordered by their ids, which are text."""
    return commands().map(_order_leads)


def _order_leads(command: Command) -> Command:
    if isinstance(command, ReleaseLeads):
        # Only a user suppresses, and what a user does is not suggested.
        return ReleaseLeads(sorted(command.lead_ids), command.contacted)
    if isinstance(command, AssignLeads):
        leads = (evolve(lead, id=str(lead.id)) for lead in command.leads)
        return evolve(command, leads=sorted(leads, key=attrgetter("id")))
    return command


@st.composite
def suggestions(draw: DrawFn, /, **fields: SearchStrategy[Any]) -> Suggestion:
    """Any suggestion, pending or decided.

    Its leads are ordered by their ids, as stores return them. No lead was rejected.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from hypothesis import strategies as st
    >>> to_pause = suggestions(command=st.just(Pause()))
    """
    made, expiry = sorted((draw(moments()), draw(moments())))
    command = draw(fields.get("command", _suggested_commands()))
    state = draw(fields.get("state", st.sampled_from(SuggestionState)))
    decided = state is not SuggestionState.PENDING
    plain: dict[str, SearchStrategy[Any]] = {
        "id": st.uuids(),
        "campaign_id": st.uuids(),
        "by": actors(),
        "at": st.just(made),
        "reason": st.none() | texts(),
        "expires_at": st.just(expiry if expiry > made else None) | st.none(),
        "before": field_values(),
        "counts": channel_counts(),
        "revision": st.integers(1, LARGEST_INTEGER),
        "digest": _digests(command),
        "unassigned": _left_out(command),
        "decided_by": actors() if decided else st.none(),
        "decided_at": moments() if decided else st.none(),
        "why": st.none() | texts() if decided else st.none(),
    }
    drawn = {"state": st.just(state), "command": st.just(command)}
    return Suggestion(**_draw_fields(draw, {**plain, **fields, **drawn}))


def _digests(command: Command) -> SearchStrategy[str]:
    """Digests of a suggestion of a command, which may have named more leads; "" for its own."""
    own = st.just("")
    if not isinstance(command, AssignLeads | ReleaseLeads):
        return own
    return own | st.text("0123456789abcdef", min_size=64, max_size=64)


def _left_out(command: Command) -> SearchStrategy[dict[str, Reason]]:
    """Leads that a suggestion of a command leaves out; none where it is about no leads."""
    if not isinstance(command, AssignLeads | ReleaseLeads):
        return st.just({})
    own = set(command.lead_ids)
    some = st.dictionaries(_text_ids(), st.sampled_from(Reason), max_size=3)
    return some.map(lambda left: {i: reason for i, reason in left.items() if i not in own})


def suggestion_heads(**fields: SearchStrategy[Any]) -> SearchStrategy[SuggestionHead]:
    """The head of any suggestion.

    Args:
        **fields: Strategies for some fields of the suggestion, instead of the usual ones.

    >>> from hypothesis import strategies as st
    >>> pending = suggestion_heads(state=st.just(SuggestionState.PENDING))
    """
    return suggestions(**fields).map(attrgetter("head"))


@st.composite
def events(draw: DrawFn, /, **fields: SearchStrategy[Any]) -> Event:
    """Any event, stored or not.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from hypothesis import strategies as st
    >>> first_ones = events(kind=st.just(EventKind.CREATED))
    """
    plain: dict[str, SearchStrategy[Any]] = {
        "campaign_id": st.uuids(),
        "number": st.none() | st.integers(1, LARGEST_INTEGER),
        "kind": st.sampled_from(EventKind),
        "action": st.none() | st.sampled_from(Action),
        "by": actors(),
        "at": moments(),
        "before": field_values(),
        "after": field_values(),
        "day": st.none() | days(),
        "counts": channel_counts(),
        "suggestion_id": st.none() | st.uuids(),
        "reason": st.none() | texts(),
    }
    event = Event(**_draw_fields(draw, {**plain, **fields}))
    if "updated_at" in fields or not (event.kind.is_done and event.after):
        return event
    return evolve(event, updated_at=draw(st.none() | moments()))


# -- What a campaign has done ----------------------------------------------------------------------


def assignments(**fields: SearchStrategy[Any]) -> SearchStrategy[Assignment]:
    """Any assignment.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from datetime import date
    >>> from hypothesis import strategies as st
    >>> today = assignments(day=st.just(date(2026, 11, 23)))
    """
    plain: dict[str, SearchStrategy[Any]] = {
        "lead_id": _text_ids(),
        "channel": st.sampled_from(Channel),
        "tier": st.sampled_from(ALSTier),
        "als_score": scores(),
        "day": days(),
        "epoch": st.integers(0, LARGEST_INTEGER),
    }
    return st.builds(Assignment, **{**plain, **fields})


@st.composite
def progresses(draw: DrawFn, /, **fields: SearchStrategy[Any]) -> Progress:
    """Any progress, of a day or of none.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from datetime import date
    >>> from hypothesis import strategies as st
    >>> today = progresses(day=st.just(date(2026, 11, 23)))
    """
    day = draw(fields.get("day", st.none() | days()))
    # Either number may be small or very large; the smaller is today's.
    today, total = sorted((draw(limits()) - 1, draw(limits()) - 1))
    plain: dict[str, SearchStrategy[Any]] = {
        "day": st.just(day),
        "admitted_today": st.just(0 if day is None else today),
        "admitted_total": st.just(total),
        "carried": channel_counts(),
        "allocation": st.none() | allocations(),
        # Below the largest, so that another allocation may begin another epoch.
        "epoch": st.integers(0, 5) | st.integers(0, LARGEST_INTEGER - 1),
    }
    return Progress(**_draw_fields(draw, {**plain, **fields}))


# -- What the campaigns of a client share ----------------------------------------------------------


@st.composite
def client_policies(draw: DrawFn) -> ClientPolicy:
    """Any policy of a client; most have limits for a few channels."""
    is_one = draw(st.booleans())
    limit = st.builds(ChannelLimit, st.none() | _AMOUNTS, st.none() | _AMOUNTS)
    return ClientPolicy(
        one_campaign_per_lead=is_one,
        cooldown=draw(st.none() | limits()) if is_one else None,
        channel_limits=draw(st.dictionaries(st.sampled_from(Channel), limit, max_size=3)),
    )


def suppressions(**fields: SearchStrategy[Any]) -> SearchStrategy[Suppression]:
    """Any suppression, on one channel or all, for some time or for ever.

    Args:
        **fields: Strategies for some fields, instead of the usual ones.

    >>> from hypothesis import strategies as st
    >>> for_ever = suppressions(until=st.none())
    """
    plain: dict[str, SearchStrategy[Any]] = {
        "lead_id": _text_ids(),
        "channel": st.none() | st.sampled_from(Channel),
        "until": st.none() | days(),
        "by": actors(),
        "at": moments(),
        "reason": st.none() | texts(),
    }
    return st.builds(Suppression, **{**plain, **fields})


@st.composite
def client_states(draw: DrawFn) -> ClientState:
    """Any policy with what campaigns have done about a few leads, on a few days."""
    lead_ids = draw(st.lists(_text_ids(), max_size=3, unique=True))
    return ClientState(
        policy=draw(client_policies()),
        revision=draw(_AMOUNTS),
        used=draw(st.dictionaries(days(), channel_counts(), max_size=3)),
        claims={i: (draw(_claims(i)),) for i in lead_ids if draw(st.booleans())},
        suppressions={
            i: (draw(suppressions(lead_id=st.just(i))),) for i in lead_ids if draw(st.booleans())
        },
    )


def _claims(lead_id: str) -> SearchStrategy[Claim]:
    return st.builds(Claim, st.just(lead_id), st.uuids(), days(), st.booleans())


def client_events() -> SearchStrategy[ClientEvent]:
    """Any event of a client, stored or not."""
    policies = st.none() | client_policies()
    channels = st.lists(st.sampled_from(Channel), unique=True).map(tuple)
    return st.builds(
        ClientEvent,
        client_id=st.uuids(),
        number=st.none() | limits(),
        kind=st.sampled_from(ClientEventKind),
        by=actors(),
        at=moments(),
        before=policies,
        after=policies,
        leads=_AMOUNTS,
        channels=st.none() | channels,
        until=st.none() | days(),
        reason=st.none() | texts(),
    )


def lead_records() -> SearchStrategy[LeadRecord]:
    """The record of any lead, of a few entries or of none."""
    return st.builds(LeadRecord, _text_ids(), st.lists(_LEAD_ENTRIES, max_size=3).map(tuple))


@st.composite
def briefs(draw: DrawFn) -> Brief:
    """What any campaign looks for on any day; most have nothing to look for."""
    day = draw(days())
    campaign = draw(campaigns())
    return campaign.brief(
        day,
        draw(progresses(day=st.just(day))),
        gate=draw(gates()),
        client=draw(st.none() | client_states()),
    )


@st.composite
def decisions(draw: DrawFn) -> Decision:
    """Any decision: allowed, perhaps on a channel, or refused for one reason or more."""
    because = draw(st.lists(st.tuples(st.sampled_from(Reason), texts()), max_size=3))
    if because:
        return make_decision(*because)
    return Decision(allowed=True, channel=draw(st.none() | st.sampled_from(Channel)))


def _plain_campaign(**fields: Any) -> Campaign:  # noqa: ANN401  # of a campaign
    """Return a campaign of these fields, and of others that intakes and forecasts do not read."""
    made = datetime(2026, 11, 23, tzinfo=UTC)
    return Campaign(
        id=UUID(int=1),
        client_id=UUID(int=2),
        name="Sydney agencies",
        created_at=made,
        updated_at=made,
        **fields,
    )


@st.composite
def intakes(draw: DrawFn) -> Intake:
    """A day's intake of any batch into any running campaign."""
    day = draw(days())
    campaign = _plain_campaign(
        status=CampaignStatus.ACTIVE,
        allocation=draw(allocations()),
        daily_lead_limit=draw(st.integers(1, 6)),
        total_lead_limit=draw(st.none() | st.integers(1, 6)),
    )
    batch = draw(lead_batches(_text_ids(), max_size=6))
    there = draw(st.tuples(*(st.booleans() for _ in batch)))
    small = st.integers(0, 5)
    already = {
        str(lead.id): draw(
            assignments(lead_id=st.just(str(lead.id)), day=st.just(day), epoch=small)
        )
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


@st.composite
def releases(draw: DrawFn) -> Release:
    """The release of some leads that an intake has just admitted, and of others that are absent."""
    made = draw(intakes())
    there = [*made.assignments, *made.already]
    gone = draw(st.lists(st.sampled_from(there), unique=True)) if there else []
    strangers = draw(st.lists(_text_ids(), max_size=2))
    return release(
        _plain_campaign(allocation=made.progress.allocation or DEFAULT_ALLOCATION),
        [*gone, *strangers],
        progress=made.progress,
        already=dict(made.assignments),
    )


@st.composite
def forecasts(draw: DrawFn) -> Forecast:
    """The forecast of any campaign with any pool, of a few leads on a few days."""
    start = draw(days(max_value=date.max - timedelta(days=30)))
    campaign = _plain_campaign(
        allocation=draw(allocations()),
        daily_lead_limit=draw(st.integers(1, 4)),
        total_lead_limit=draw(st.none() | st.integers(1, 12)),
        start_date=start,
        end_date=draw(st.none() | days(min_value=start, max_value=start + timedelta(days=5))),
    )
    pool = draw(lead_batches(_text_ids(), max_size=8))
    return forecast(campaign, pool, days=draw(st.integers(1, 5)), gate=draw(gates()))


def horizon_comparisons() -> SearchStrategy[HorizonComparison]:
    """The forecasts of campaigns by names; shrinks to one."""
    some = st.dictionaries(st.sampled_from(["1", "5", "end", "pool"]), forecasts(), min_size=1)
    return st.builds(HorizonComparison, some)


@st.composite
def approval_previews(draw: DrawFn) -> ApprovalPreview:
    """What any approval would do, and a few changes since its suggestion was made."""
    command = draw(_suggested_commands())
    outcomes: SearchStrategy[Any] = campaigns()
    if isinstance(command, AssignLeads | ReleaseLeads):
        outcomes = intakes() if isinstance(command, AssignLeads) else releases()
    counted = st.sampled_from([*CHANNELS, "approved", "deferred", "unassigned", "already"])
    counts = st.integers(0, LARGEST_INTEGER)
    changes: dict[str, Any] = draw(
        st.dictionaries(counted.map(str), st.tuples(counts, counts), max_size=3)
    )
    if draw(st.booleans()):
        changes["day"] = draw(st.tuples(days(), days()))
    if isinstance(command, Edit):
        changes = {name: (draw(_FIELDS[name]), new) for name, new in command.fields.items()}
    head = draw(suggestion_heads(command=st.just(command)))
    return ApprovalPreview(head, command, draw(outcomes), changes)


_LEAD_ENTRIES = st.builds(
    LeadEntry,
    kind=st.sampled_from(LeadEntryKind),
    campaign_id=st.none() | st.uuids(),
    channel=st.none() | st.sampled_from(Channel),
    day=st.none() | days(),
    at=st.none() | moments(),
    by=st.none() | actors(),
    contacted=st.none() | st.booleans(),
    until=st.none() | days(),
    suggestion_id=st.none() | st.uuids(),
    reason=st.none() | texts(),
)
_SECONDS = st.floats(0, 1e6)
_DIMENSION_MATCHES = st.builds(DimensionMatch, st.sampled_from(Fit), st.none() | texts())


@st.composite
def _bottlenecks(draw: DrawFn) -> Bottleneck:
    room = draw(st.integers(0, _HUGE_PLAN))
    wanted = draw(st.integers(room + 1, 2 * _HUGE_PLAN))
    limit = draw(st.none() | st.sampled_from(BottleneckLimit))
    return Bottleneck(draw(channel_sets(min_size=1)), room, wanted, limit)


_VALUES: Mapping[type, SearchStrategy[Any]] = {
    ALSGate: gates(),
    Activate: st.just(Activate()),
    Actor: actors(),
    Advice: advices(),
    Allocation: allocations(),
    ApprovalPreview: approval_previews(),
    AssignLeads: _ASSIGN_COMMANDS,
    Assignment: assignments(),
    Bottleneck: _bottlenecks(),
    Brief: briefs(),
    Campaign: campaigns(),
    ChannelCounts: channel_counts(),
    ChannelLimit: st.builds(ChannelLimit, st.none() | _AMOUNTS, st.none() | _AMOUNTS),
    Claim: _text_ids().flatmap(_claims),
    ClientEvent: client_events(),
    ClientPolicy: client_policies(),
    ClientState: client_states(),
    CompanySize: company_sizes(),
    Complete: st.just(Complete()),
    CountPlan: count_plans(),
    Decision: decisions(),
    DimensionMatch: _DIMENSION_MATCHES,
    ComparedMix: comparisons().map(lambda made: next(iter(made.values()))),
    Comparison: comparisons(),
    Forecast: forecasts(),
    ForecastDay: forecasts().map(lambda made: made.days[0]),
    Delete: st.just(Delete()),
    Edit: _EDIT_COMMANDS,
    Event: events(),
    Fields: field_values(),
    HorizonComparison: horizon_comparisons(),
    Intake: intakes(),
    Lead: leads(),
    LeadEntry: _LEAD_ENTRIES,
    LeadRecord: lead_records(),
    LiveAssignment: st.builds(LiveAssignment, st.uuids(), assignments()),
    Need: st.builds(
        Need,
        leads=st.integers(1, LARGEST_INTEGER),
        tiers=st.lists(st.sampled_from(ALSTier), max_size=5, unique=True).map(tuple),
        channels=channel_sets(min_size=1),
        als_score=st.none() | scores(),
    ),
    Operation: st.builds(
        Operation,
        name=texts(),
        client_id=st.none() | st.uuids(),
        campaign_id=st.none() | st.uuids(),
        attempt=st.integers(1, LARGEST_INTEGER),
        lock_wait=st.none() | _SECONDS,
        duration=_SECONDS,
        outcome=st.sampled_from(OperationOutcome),
        error=st.none() | texts(),
    ),
    Pause: st.just(Pause()),
    Plan: plans(),
    PoolBottleneck: st.builds(
        PoolBottleneck,
        st.lists(texts(), min_size=1, max_size=4, unique=True).map(tuple),
        st.integers(0, 9),
        st.integers(10, _HUGE_PLAN),
    ),
    Progress: progresses(),
    Prospect: prospects(),
    Rejection: rejections(),
    Release: releases(),
    ReleaseLeads: _RELEASE_COMMANDS,
    ReleasedLead: st.builds(ReleasedLead, assignments(), st.booleans(), by=actors(), at=moments()),
    Restore: st.just(Restore()),
    ShareOut: share_outs(),
    Suggestion: suggestions(),
    SuggestionHead: suggestion_heads(),
    Suppression: suppressions(),
    Targeting: targetings(),
    TargetingMatch: st.builds(TargetingMatch, *[_DIMENSION_MATCHES] * 4),
}

for _value, _strategy in _VALUES.items():
    st.register_type_strategy(_value, _strategy)

"""Intakes: which leads a campaign admits on a day, on which channels, and which wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, cast
from uuid import UUID

from attrs import evolve, field, frozen

from campaignkit.core._channels import (
    CHANNELS,
    MEMBERS,
    POSITIONS,
    Channel,
    ChannelCounts,
    PerChannel,
)
from campaignkit.core._checks import (
    LONGEST_ID,
    check_kinds,
    date_error,
    flag_error,
    is_mapping,
    short_repr,
    to_date,
)
from campaignkit.core._decisions import Decision, Reason, make_decision
from campaignkit.core._immutable import FrozenMap, V
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import format_count
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Action, Campaign, present_progress
from campaignkit.domain._clients import ClientState
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate
from campaignkit.domain._horizons import (
    LONGEST_HORIZON,
    Horizon,
    count_horizon_days,
    horizon_error,
    missing_end_error,
    to_horizon,
)
from campaignkit.domain._lead_ids import LeadId, find_near_duplicates
from campaignkit.domain._leads import Lead, check_id, get_ids, read_list, to_text_ids
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import Actor, permission_reasons
from campaignkit.errors import NotEditableError, NotRunningError, PlanError
from campaignkit.planning._channel_caps import NO_HORIZON_CAPS, find_limits
from campaignkit.planning._day_plan import count_capacity, plan_day
from campaignkit.planning._explanations import Explanation, explain_presence
from campaignkit.planning._outlook import Outlook, explain_full_set
from campaignkit.planning._plan import (
    NOTHING_CLOSED,
    LeadGroups,
    Plan,
    choose_among,
    eligible_mask,
    group_by_eligibility,
    no_channel_reason,
)

_NOBODY: Final = ()


@frozen
class Intake(TypedBase):
    """The result of an intake: what happens to each of its leads.

    Every lead is in one of the first four mappings, by its id as text.

    Attributes:
        assignments: The leads that are admitted now.
        already: The leads that were admitted before.
        deferred: The leads that wait, with the limit that they wait for; `Reason.RESERVED` are
            those that wait for a later day of the horizon.
        unassigned: The leads without a channel, or kept out, with the reason.
        plan: The plan of all leads but those deferred, kept out or already there, by their ids as
            they were given.
        progress: The progress of the campaign afterwards.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import UUID
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
    >>> campaign = campaign.activate(at=datetime.now(UTC))
    >>> result = intake(campaign, [Lead("a", 90), Lead("b")], progress=Progress(date(2026, 11, 23)))
    >>> result.assignments["a"].channel.value, result.unassigned["b"].value
    ('email', 'unscored')
    >>> result.progress.admitted_total
    1
    """

    assignments: Mapping[str, Assignment]
    already: Mapping[str, Assignment]
    deferred: Mapping[str, Reason]
    unassigned: Mapping[str, Reason]
    plan: Plan
    progress: Progress
    _outlook: Outlook | None = field(default=None, alias="outlook", eq=False, repr=False)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Sentences on what the intake leaves to the days after it.

        They say which channels can no longer get what the leads allow, and which horizon would keep
        leads for them; and where a horizon lets better leads wait. There are none for an intake
        that was read from its plain form.

        >>> from datetime import UTC, date, datetime
        >>> from uuid import UUID
        >>> from campaignkit import Allocation
        >>> campaign = Campaign.draft(
        ...     client_id=UUID(int=2), name="Sydney agencies", daily_lead_limit=2,
        ...     allocation=Allocation(email=50, sms=50),
        ... ).activate(at=datetime.now(UTC))
        >>> pool = [Lead("a", 90), Lead("b", 90), Lead("c", 25), Lead("d", 25)]
        >>> print(*intake(campaign, pool, progress=Progress(date(2026, 11, 23))).sentences)
        sms can end at 1 of 2; a horizon of 2 days would keep leads for it
        """
        outlook = self._outlook
        return () if outlook is None else tuple(outlook.describe(self.plan.counts))

    @property
    def near_duplicates(self) -> tuple[tuple[str, ...], ...]:
        """Groups of this intake's ids that may name the same person, as `Plan.near_duplicates`."""
        return find_near_duplicates(
            [*self.assignments, *self.already, *self.deferred, *self.unassigned]
        )

    def __str__(self) -> str:
        parts = {"already in": self.already, "deferred": self.deferred}
        parts |= {"unassigned": self.unassigned}
        rest = ", ".join(f"{len(some):,} {name}" for name, some in parts.items())
        return f"{format_count(len(self.assignments), 'lead')} admitted, {rest}"

    def explain(self, lead_id: LeadId) -> Explanation:
        """Say in one sentence what happens to a lead, and why.

        Args:
            lead_id: The id of a lead of the intake.

        Raises:
            PlanError: the intake has no such lead.

        >>> from datetime import UTC, date, datetime
        >>> from uuid import uuid4
        >>> campaign = Campaign.draft(client_id=uuid4(), name="x", daily_lead_limit=1)
        >>> campaign = campaign.activate(at=datetime.now(UTC))
        >>> today = Progress(date(2026, 11, 23))
        >>> print(intake(campaign, [Lead("a", 50), Lead("b", 90)], progress=today).explain("a"))
        'a' waits: the campaign's daily lead limit is reached
        """
        known = check_id(lead_id)
        text = short_repr(known) if isinstance(known, int) else str(known)
        if (there := self.already.get(text)) is not None:
            return explain_presence(there)
        if (limit := self.deferred.get(text)) is not None:
            full = self._outlook and explain_full_set(self._outlook.groups, text)
            which = f"; {full}" if full else ""
            return Explanation(f"{short_repr(text)} waits: {limit.message}{which}")
        if text not in self.assignments and text not in self.unassigned:
            raise PlanError([f"lead_id: the intake has no lead {short_repr(lead_id)}"])
        for plan_id in (text, _to_uuid(text)):
            if plan_id in self.plan.assignments or plan_id in self.plan.unassigned:
                return self.plan.explain(plan_id)
        return Explanation(f"{short_repr(text)} is kept out: {self.unassigned[text].message}")


def intake(
    campaign: Campaign,
    leads: Iterable[Lead],
    *,
    progress: Progress,
    gate: ALSGate = DEFAULT_GATE,
    already: Mapping[str, Assignment] | None = None,
    kept_out: Mapping[str, Reason] | None = None,
    horizon: Horizon = 1,
    at_most: PerChannel | None = None,
    client: ClientState | None = None,
    contacted: Iterable[LeadId] = (),
) -> Intake:
    """Admit leads to a campaign on the day of its progress, and give each admitted one a channel.

    The best leads are admitted first, by score, then by id, as many as the limits let in; those
    with no eligible channel use up no limit. Every admitted lead is placed. A lead that does not
    fit beside better ones, because the channels open to it have reached their limits, is deferred
    as `Reason.CHANNEL_LIMIT`, and others that still fit come in.

    With a horizon of several days the leads are planned for all these days together, as many as
    their daily limits let in, and the day gets its part of that plan: the best leads of each
    eligibility set, in a mix as near as possible to that of the whole. The others are deferred as
    `Reason.RESERVED`. So leads of scarce channels are not used up on the first day. While the pool
    stays the same and the horizon falls by one a day, the days end in the leads and totals of that
    plan. If leads are reserved, the target of the day is its part of the plan's target, and each
    channel that gets less is a bottleneck by itself.

    Args:
        campaign: A campaign that is running on the day.
        leads: The leads, in any order.
        progress: What was admitted before; it must be that of a day.
        gate: The channels that each score opens.
        already: Those of the leads that are in the campaign, by their ids. None by default.
        kept_out: Why each of some leads must not be admitted, by their ids. It is reported for
            those that have a channel.
        horizon: For how many days of intake the leads are to last, this day among them, or "end":
            the days to the campaign's end date. Days after that date do not count. By default only
            this day.
        at_most: The most leads that a channel may get on this day. Channels not named have no cap;
            a `ChannelCounts` names all, those that it was not given with 0.
        client: What the campaigns of the client share: its suppressions close channels to leads,
            its rules keep out leads of other campaigns, and its limits cap channels, on the days of
            a horizon as well, which are taken to follow one another. Nothing by default.
        contacted: The ids of leads that the campaign has released as contacted. They stay out.

    Raises:
        CountsError: `at_most` is invalid.
        NotRunningError: the campaign is not running on that day.
        PlanError: a progress of no day; an id that comes twice, is a number, or is of another
            kind than the others; a `kept_out` that does not map ids to reasons; an invalid
            horizon, or "end" without an end date; a `client` that is not a ClientState.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import uuid4
    >>> campaign = Campaign.draft(client_id=uuid4(), name="x", daily_lead_limit=1)
    >>> campaign = campaign.activate(at=datetime.now(UTC))
    >>> result = intake(
    ...     campaign, [Lead("a", 50), Lead("b", 90)], progress=Progress(date(2026, 11, 23))
    ... )
    >>> list(result.assignments), result.deferred["a"].value
    (['b'], 'daily_limit')
    """
    check_kinds(PlanError, campaign=(campaign, Campaign), gate=(gate, ALSGate))
    day, there = _require_day(progress), check_by_id("already", already, Assignment)
    barred = join_kept_out(campaign.id, day, client, contacted, kept_out)
    if not (running := campaign.running(day)):
        raise NotRunningError(running)
    present = progress.for_allocation(campaign.allocation)
    days = _count_days(campaign, day, horizon)
    batch = read_list(leads, "leads")
    to_text_ids(get_ids(batch), "leads")
    total = campaign.remaining(present)[Reason.TOTAL_LIMIT]
    limits = find_limits(campaign, present, day, client, at_most)
    caps = limits.compute_caps(days) if limits else NO_HORIZON_CAPS
    capacity = count_capacity(campaign, present, days)
    groups = group_by_eligibility(
        campaign.allocation,
        batch,
        gate,
        capacity=capacity,
        caps=caps.whole,
        closed=find_closed(client, day),
        already=there,
        kept_out=barred,
    )
    groups, planned = plan_day(groups, present.carried, campaign.capacity(present), caps)
    most_days = count_horizon_days(LONGEST_HORIZON, day, campaign.end_date)
    return Intake(
        assignments=FrozenMap(_make_assignments(groups, planned, day, present.epoch)),
        already=FrozenMap({i: there[i] for lead in batch if (i := str(lead.id)) in there}),
        deferred=FrozenMap(
            dict.fromkeys((str(lead.id) for lead in groups.reserved), Reason.RESERVED)
            | dict.fromkeys((str(lead.id) for lead in groups.over_caps), Reason.CHANNEL_LIMIT)
            | _list_limit_reasons(groups.over_capacity, capacity, total)
        ),
        unassigned=FrozenMap(
            {str(i): reason for i, reason in planned.unassigned.items()}
            | {(i := str(lead.id)): barred[i] for lead in groups.kept_out}
        ),
        plan=planned,
        progress=present.admit(planned.counts),
        outlook=Outlook(
            groups,
            present.carried,
            campaign.daily_lead_limit,
            count_capacity(campaign, present, most_days),
            most_days,
            limits,
        ),
    )


def join_kept_out(
    campaign_id: UUID,
    day: date,
    client: ClientState | None,
    contacted: Iterable[LeadId],
    kept_out: Mapping[str, Reason] | None,
) -> Mapping[str, Reason]:
    """Return the first reason why each lead that must not be admitted stays out, by its id.

    Raises:
        PlanError: an argument of another kind.
    """
    barred = check_by_id("kept_out", kept_out, Reason)
    if client is not None:
        check_kinds(PlanError, client=(client, ClientState))
        if claimed := client.keep_out(client.claims, campaign_id, day):
            barred = {**barred, **claimed}
    if ids := to_text_ids(contacted, "contacted"):
        barred = {**barred, **dict.fromkeys(ids, Reason.CONTACTED)}
    return barred


def find_closed(client: ClientState | None, day: date) -> Mapping[str, int]:
    """Return the masks of the channels on which leads must not be contacted, by their ids."""
    if client is None or not client.suppressions:
        return NOTHING_CLOSED
    return {i: closed for i in client.suppressions if (closed := client.closed_mask(i, day))}


def _make_assignments(
    groups: LeadGroups, planned: Plan, day: date, epoch: int
) -> dict[str, Assignment]:
    """Return the assignment of each lead that is admitted, by its id as text."""
    return {
        (lead_id := str(lead.id)): Assignment(
            lead_id=lead_id,
            channel=planned.assignments[lead.id],
            tier=tier,
            als_score=score,
            day=day,
            epoch=epoch,
        )
        for group in groups.eligible
        for lead in group
        if (score := lead.als_score) is not None and (tier := groups.gate.tier(score)) is not None
    }


def _list_limit_reasons(
    leads: Sequence[Lead], capacity: int, total_remaining: int
) -> dict[str, Reason]:
    """Return for which limit each lead waits, of those beyond the capacity, best first."""
    return {
        str(lead.id): limit_reason(rank, total_remaining)
        for rank, lead in enumerate(leads, start=capacity)
    }


def limit_reason(rank: int, total_remaining: int) -> Reason:
    """Return for which limit a lead waits, by its rank from 0 among all that a channel could take.

    Where both limits are reached it is the total limit, which no new day lifts.
    """
    return Reason.DAILY_LIMIT if rank < total_remaining else Reason.TOTAL_LIMIT


def decide(
    campaign: Campaign,
    lead: Lead,
    *,
    progress: Progress,
    by: Actor,
    gate: ALSGate = DEFAULT_GATE,
    horizon: Horizon = 1,
    at_most: PerChannel | None = None,
    client: ClientState | None = None,
    contacted: Iterable[LeadId] = _NOBODY,
) -> Decision:
    """Return whether an actor may now admit one lead to a campaign, with every reason if not.

    It agrees with an intake of that one lead: where it is allowed, `Decision.channel` is what the
    lead would get.

    Args:
        campaign: The campaign.
        lead: The lead.
        progress: What was admitted before; it must be that of a day.
        by: Who would admit the lead.
        gate: The channels that each score opens.
        horizon: For how many days of intake leads are planned, as for `intake`. One lead is the
            best of its pool, so a horizon matters only once the day is full: the lead then waits
            for a later day of it.
        at_most: The most leads that a channel may get, as for `intake`.
        client: What the campaigns of the client share, as for `intake`.
        contacted: The ids of leads that the campaign has released as contacted, as for `intake`.

    Raises:
        CountsError: `at_most` is invalid.
        PlanError: a progress of no day, a lead whose id is a number, an invalid horizon, or a
            `client` that is not a ClientState.

    >>> from datetime import date
    >>> from uuid import uuid4
    >>> draft = Campaign.draft(client_id=uuid4(), name="x")
    >>> today = Progress(date(2026, 11, 23))
    >>> decide(draft, Lead("a"), progress=today, by=Actor.user("ann")).reasons
    (<Reason.NOT_ACTIVE: 'not_active'>, <Reason.UNSCORED: 'unscored'>)
    """
    if type(campaign) is not Campaign or type(lead) is not Lead or type(gate) is not ALSGate:
        check_kinds(
            PlanError, campaign=(campaign, Campaign), lead=(lead, Lead), gate=(gate, ALSGate)
        )
    day = _require_day(progress)
    if type(lead.id) is int or len(str(lead.id)) > LONGEST_ID:
        to_text_ids([lead.id], "lead")  # refuses it
    present = progress.for_allocation(campaign.allocation)
    days = 1 if type(horizon) is int and horizon == 1 else _count_days(campaign, day, horizon)
    mask, caps, stays_out = eligible_mask(campaign.allocation, lead, gate), NO_HORIZON_CAPS, None
    if at_most is not None or client is not None or contacted is not _NOBODY:
        lead_id = str(lead.id)
        stays_out = join_kept_out(campaign.id, day, client, contacted, None).get(lead_id)
        mask &= ~client.closed_mask(lead_id, day) if client else mask
        if limits := find_limits(campaign, present, day, client, at_most):
            caps = limits.compute_caps(days)
    members = MEMBERS[mask]
    whole = caps.whole.amounts
    fitting = [c for c in members if whole.get(c, 1)] if whole else members
    channel = choose_among(fitting, campaign.allocation.shares, present.carried.amounts)
    because = [
        *permission_reasons(campaign.permission_mode, by),
        *campaign.not_running_reasons(day),
    ]
    if not members:
        stays_out = no_channel_reason(campaign.allocation, lead, gate)
    if stays_out:
        because.append((stays_out, stays_out.message))
    waits = [reason for reason, left in campaign.remaining(present).items() if not left]
    if members and channel is None:
        waits.append(Reason.CHANNEL_LIMIT)
    elif channel is not None and days > 1 and Reason.TOTAL_LIMIT not in waits:
        is_full = not caps.today.amounts.get(POSITIONS[channel], 1)
        waits = [Reason.RESERVED] if waits or is_full else []
    because += [(reason, reason.message) for reason in waits]
    return make_decision(*because) if because or channel is None else _ADMITTED[channel]


_ADMITTED: Mapping[Channel, Decision] = {
    channel: Decision(allowed=True, channel=channel) for channel in CHANNELS
}


@frozen
class Release(TypedBase):
    """The result of a release.

    Attributes:
        released: The leads that were in the campaign, by their ids.
        absent: The ids that the campaign does not have.
        progress: The progress of the campaign afterwards.
        contacted: Those of the released ones that count as contacted, so that nothing of them was
            given back.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import UUID
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
    >>> campaign = campaign.activate(at=datetime.now(UTC))
    >>> admitted = intake(campaign, [Lead("a", 90)], progress=Progress(date(2026, 11, 23)))
    >>> result = release(
    ...     campaign, ["a", "b"], progress=admitted.progress, already=admitted.assignments
    ... )
    >>> list(result.released), result.absent
    (['a'], ('b',))
    """

    released: Mapping[str, Assignment]
    absent: tuple[str, ...]
    progress: Progress
    contacted: tuple[str, ...] = ()

    def __str__(self) -> str:
        contacted = f" ({len(self.contacted):,} contacted)" if self.contacted else ""
        released = format_count(len(self.released), "lead")
        return f"{released} released{contacted}, {len(self.absent):,} absent"


def release(
    campaign: Campaign,
    lead_ids: Iterable[LeadId],
    *,
    progress: Progress,
    already: Mapping[str, Assignment],
    contacted: bool = False,
    day_begun: date | None = None,
) -> Release:
    """Remove leads from a campaign and give back what they used of its limits.

    Each lead gives one back to the total; to the day if it was assigned on the progress's day; and
    to the carried counts if it was assigned in the present epoch. One that counts as contacted
    gives back nothing.

    Args:
        campaign: The campaign.
        lead_ids: The ids of the leads to release. Ids that it does not have are in
            `Release.absent`.
        progress: What was admitted so far.
        already: Those of the leads that are in the campaign, by their ids.
        contacted: Whether they all count as contacted.
        day_begun: The last day that has begun: leads that were assigned on it or before it count as
            contacted. None by default.

    Raises:
        NotEditableError: the campaign is completed or deleted.
        PlanError: an id that is a number, a `contacted` that is neither true nor false, or a
            `day_begun` that is not a date.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import UUID
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
    >>> campaign = campaign.activate(at=datetime.now(UTC))
    >>> admitted = intake(campaign, [Lead("a", 90)], progress=Progress(date(2026, 11, 23)))
    >>> result = release(campaign, ["a"], progress=admitted.progress, already=admitted.assignments)
    >>> result.progress.admitted_total
    0
    """
    check_kinds(PlanError, campaign=(campaign, Campaign), progress=(progress, Progress))
    there = check_by_id("already", already, Assignment)
    if not (decision := campaign.can(Action.RELEASE)):
        raise NotEditableError(decision)
    faults = {"contacted": flag_error(contacted)}
    faults["day_begun"] = None if day_begun is None else date_error(day_begun)
    if wrong := [f"{name} {fault}" for name, fault in faults.items() if fault]:
        raise PlanError(wrong)
    begun = None if day_begun is None else to_date(day_begun)
    present = present_progress(campaign, progress)
    ids = dict.fromkeys(to_text_ids(lead_ids))
    found = {lead_id: there[lead_id] for lead_id in ids if lead_id in there}
    gone = [i for i, a in found.items() if contacted or (begun is not None and a.day <= begun)]
    back = [found[i] for i in found.keys() - gone]
    given = Counter(a.channel for a in back if a.epoch == present.epoch)
    today = sum(a.day == present.day for a in back)
    return Release(
        released=FrozenMap(found),
        absent=tuple(lead_id for lead_id in ids if lead_id not in found),
        progress=evolve(
            present,
            admitted_today=present.admitted_today - today,
            admitted_total=present.admitted_total - len(back),
            carried=ChannelCounts.of(n - given[c] for c, n in present.carried.items()),
        ),
        contacted=tuple(gone),
    )


def check_by_id(name: str, given: Mapping[str, V] | None, kind: type[V]) -> Mapping[str, V]:
    """Return what is given for leads by their ids.

    Raises:
        PlanError: not a mapping from ids to values of this class.
    """
    if given is None:
        return {}
    if type(cast("object", given)) is FrozenMap:  # such as a snapshot has
        return given
    if not is_mapping(given) or not all(
        isinstance(lead_id, str) and isinstance(one, kind) for lead_id, one in given.items()
    ):
        raise PlanError([f"{name} must map ids to {kind.__name__}s, not be {short_repr(given)}"])
    return given


def _to_uuid(text: str) -> LeadId:
    """Return the UUID that a text is, or the text."""
    try:
        return UUID(text)
    except ValueError as error:
        raise_interruption(error)
        return text


def _count_days(campaign: Campaign, day: date, horizon: Horizon) -> int:
    """Return the number of days of a horizon of a campaign that begins on a day.

    Raises:
        PlanError: the horizon is invalid, or "end" and the campaign has no end date.
    """
    horizon = to_horizon(horizon)
    if fault := horizon_error(horizon) or missing_end_error(horizon, campaign.end_date):
        raise PlanError([f"horizon {fault}"])
    return count_horizon_days(horizon, day, campaign.end_date)


def _require_day(progress: Progress) -> date:
    if type(progress) is not Progress:
        check_kinds(PlanError, progress=(progress, Progress))
    if progress.day is None:
        raise PlanError(["the progress must be that of a day"])
    return progress.day

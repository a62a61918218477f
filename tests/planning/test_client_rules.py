"""What the campaigns of a client share, in the intake of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import Channel, ChannelCounts, Lead, Reason
from campaignkit.clients import Claim, ClientState, Suppression
from campaignkit.planning._channel_caps import count_leads
from campaignkit.testing import strategies as any_
from tests.planning.strategies import gates
from tests.planning.test_admission import DAY, NOW, by_merit, pools, running

ANN = ck.Actor.user("ann")
OTHER = UUID(int=9)
FEWER = settings(max_examples=max(25, settings().max_examples // 2))  # each runs many intakes


def days_around(day: date, number: int = 6) -> st.SearchStrategy[date]:
    return st.integers(-number, number).map(lambda n: day + timedelta(days=n))


limits = st.builds(ck.ChannelLimit, st.none() | st.integers(0, 4), st.none() | st.integers(0, 12))
some_counts = st.dictionaries(st.sampled_from(Channel), st.integers(0, 3)).map(ChannelCounts)


def suppressions_of(lead_id: str) -> st.SearchStrategy[Suppression]:
    return st.builds(
        Suppression,
        st.just(lead_id),
        st.none() | st.sampled_from(Channel),
        st.none() | days_around(DAY, 2),
        by=st.just(ANN),
        at=st.just(NOW),
    )


def claims_of(lead_id: str) -> st.SearchStrategy[Claim]:
    ids = st.sampled_from((UUID(int=1), OTHER))
    return st.builds(Claim, st.just(lead_id), ids, days_around(DAY, 4), st.booleans())


@st.composite
def clients(draw: st.DrawFn, ids: Sequence[str]) -> ClientState:
    """Give a client with any policy, and rules and claims for some of the leads."""
    is_exclusive = draw(st.booleans())
    policy = ck.ClientPolicy(
        one_campaign_per_lead=is_exclusive,
        cooldown=draw(st.none() | st.integers(1, 5)) if is_exclusive else None,
        channel_limits=draw(st.dictionaries(st.sampled_from(Channel), limits)),
    )
    touched = [lead_id for lead_id in ids if draw(st.booleans())]
    return ClientState(
        policy,
        used=draw(st.dictionaries(days_around(DAY), some_counts, max_size=6)),
        claims={i: tuple(draw(st.lists(claims_of(i), max_size=2))) for i in touched},
        suppressions={i: tuple(draw(st.lists(suppressions_of(i), max_size=2))) for i in touched},
    )


@st.composite
def client_pools(draw: st.DrawFn, most: int = 12) -> tuple[list[Lead], ClientState]:
    pool = draw(pools(most))
    return pool, draw(clients([str(lead.id) for lead in pool]))


def first_reason(
    campaign: ck.Campaign,
    gate: ck.ALSGate,
    lead: Lead,
    client: ClientState,
    others: Mapping[str, Reason],
) -> Reason | None:
    """Return why a lead stays out, by going through the reasons in their order."""
    lead_id = str(lead.id)
    opened = gate.channels(lead.als_score)
    reached = opened & lead.reachable
    mine = {c for c in reached if campaign.allocation[c]}
    held = [one for one in client.suppressions.get(lead_id, ()) if one.holds_on(DAY)]
    shut = {c for one in held for c in ([one.channel] if one.channel else Channel)}
    elsewhere = [one for one in client.claims.get(lead_id, ()) if one.campaign_id != campaign.id]
    policy = client.policy
    cooling = policy.cooldown or 0
    tests = {
        Reason.UNSCORED: lead.als_score is None,
        Reason.DEAD_TIER: not opened,
        Reason.UNREACHABLE: not reached,
        Reason.SUPPRESSED: bool(mine) and mine <= shut,
        Reason.NO_SHARE: not mine,
        Reason.CONTACTED: others.get(lead_id) is Reason.CONTACTED,
        Reason.CLAIMED: policy.one_campaign_per_lead and any(one.is_live for one in elsewhere),
        Reason.COOLING_DOWN: policy.one_campaign_per_lead
        and any(abs((one.day - DAY).days) < cooling for one in elsewhere),
        Reason.REJECTED: others.get(lead_id) is Reason.REJECTED,
    }
    return next((reason for reason, holds in tests.items() if holds), None)


@FEWER
@given(
    client_pools(),
    any_.allocations(),
    gates,
    st.dictionaries(
        st.integers(0, 11).map("lead-{}".format),
        st.sampled_from((Reason.CONTACTED, Reason.REJECTED)),
    ),
)
def test_the_first_reason_that_holds_is_told(
    case: tuple[list[Lead], ClientState],
    allocation: ck.Allocation,
    gate: ck.ALSGate,
    others: Mapping[str, Reason],
) -> None:
    (pool, client), campaign, begin = case, running(allocation), ck.Progress(DAY)
    contacted = {i for i, reason in others.items() if reason is Reason.CONTACTED}
    kept_out = {i: reason for i, reason in others.items() if reason is not Reason.CONTACTED}
    taken = ck.intake(
        campaign,
        pool,
        progress=begin,
        gate=gate,
        client=client,
        contacted=contacted,
        kept_out=kept_out,
    )
    expected = {
        str(lead.id): reason
        for lead in pool
        if (reason := first_reason(campaign, gate, lead, client, others))
    }
    assert taken.unassigned == expected
    for number, lead in enumerate(pool):
        lead_id, horizon = str(lead.id), 1 + number % 3
        decision = ck.decide(
            campaign,
            lead,
            progress=begin,
            by=ANN,
            gate=gate,
            client=client,
            contacted=contacted,
            horizon=horizon,
        )
        reason = expected.get(lead_id)
        if reason is not Reason.REJECTED:  # a decision does not know of it
            assert reason is None or reason in decision.reasons
        alone = ck.intake(
            campaign,
            [lead],
            progress=begin,
            gate=gate,
            client=client,
            contacted=contacted,
            horizon=horizon,
        )
        assert bool(decision) == bool(alone.assignments)
        if decision:
            assert decision.channel is alone.assignments[lead_id].channel
        elif alone.deferred:
            assert alone.deferred[lead_id] in decision.reasons
        if lead_id in taken.assignments:
            shut = client.closed_mask(lead_id, DAY)
            channel = taken.assignments[lead_id].channel
            assert not shut >> list(Channel).index(channel) & 1
        assert taken.explain(lead_id)


EVERYWHERE = frozenset(Channel)
SHUT = Suppression("a", None, None, by=ANN, at=NOW)
LIVE = Claim("a", OTHER, DAY, is_live=True)
ENDED = Claim("a", OTHER, DAY - timedelta(days=2), is_live=False)


def test_the_order_of_the_reasons() -> None:
    """Each reason is told where it and all that come after it hold."""
    policy = ck.ClientPolicy(one_campaign_per_lead=True, cooldown=3)
    state = ClientState(policy, claims={"a": (LIVE, ENDED)}, suppressions={"a": (SHUT,)})
    free = evolve(state, suppressions={})
    waiting = evolve(free, claims={"a": (ENDED,)})
    campaign = running(ck.Allocation(email=100))
    told: list[Reason] = []

    def tell(
        score: float | None,
        reachable: frozenset[Channel] = EVERYWHERE,
        client: ClientState = state,
        contacted: Sequence[str] = ("a",),
    ) -> None:
        lead = Lead("a", score, reachable)
        taken = ck.intake(
            campaign,
            [lead],
            progress=ck.Progress(DAY),
            client=client,
            contacted=contacted,
            kept_out={"a": Reason.REJECTED},
        )
        (reason,) = taken.unassigned.values()
        told.append(reason)

    tell(None)
    tell(10)
    tell(90, frozenset())
    tell(90)
    tell(90, frozenset({Channel.SMS}))
    tell(90, client=free)
    tell(90, client=free, contacted=())
    tell(90, client=waiting, contacted=())
    tell(90, client=ClientState(), contacted=())
    order = [
        Reason.UNSCORED,
        Reason.DEAD_TIER,
        Reason.UNREACHABLE,
        Reason.SUPPRESSED,
        Reason.NO_SHARE,
        Reason.CONTACTED,
        Reason.CLAIMED,
        Reason.COOLING_DOWN,
        Reason.REJECTED,
    ]
    assert told == order
    assert [reason for reason in Reason if reason in order] == order


@pytest.mark.parametrize(
    ("daily", "total", "at_most", "horizon", "reason"),
    [
        (1, 1, 0, 2, Reason.TOTAL_LIMIT),
        (1, None, 0, 1, Reason.DAILY_LIMIT),
        (2, None, 0, 1, Reason.CHANNEL_LIMIT),
        (2, None, 0, 2, Reason.RESERVED),
        (1, None, 1, 2, Reason.RESERVED),
    ],
)
def test_the_order_of_what_leads_wait_for(
    daily: int, total: int | None, at_most: int, horizon: int, reason: Reason
) -> None:
    campaign = running(ck.Allocation(email=50, sms=50), daily, total)
    pool = [Lead("best", 95, frozenset({Channel.EMAIL})), Lead("a", 90, frozenset({Channel.SMS}))]
    taken = ck.intake(
        campaign,
        pool,
        progress=ck.Progress(DAY),
        at_most={"sms": at_most},
        horizon=horizon,
    )
    assert taken.deferred == {"a": reason}


@given(client_pools(), any_.allocations(), gates, st.integers(1, 8))
def test_no_limit_of_the_client_is_exceeded(
    case: tuple[list[Lead], ClientState],
    allocation: ck.Allocation,
    gate: ck.ALSGate,
    horizon: int,
) -> None:
    pool, client = case
    taken = ck.intake(
        running(allocation),
        pool,
        progress=ck.Progress(DAY),
        gate=gate,
        client=client,
        horizon=horizon,
    )
    given_out = taken.plan.counts
    after = {**client.used, DAY: client.used.get(DAY, ChannelCounts()) + given_out}
    for channel, limit in client.policy.channel_limits.items():
        if given_out[channel] and limit.per_day is not None:
            assert after[DAY][channel] <= limit.per_day
        for first in range(-6, 1):
            week = [DAY + timedelta(days=first + n) for n in range(7)]
            number = sum(after[day][channel] for day in week if day in after)
            if given_out[channel] and limit.per_week is not None:
                assert number <= limit.per_week


def test_the_limit_of_the_client_is_named() -> None:
    policy = ck.ClientPolicy(channel_limits={Channel.LINKEDIN: ck.ChannelLimit(per_day=17)})
    pool = [Lead(f"lead-{n:03}", 40) for n in range(150)]
    campaign = running(ck.Allocation(email=70, linkedin=30), daily=150)
    taken = ck.intake(campaign, pool, progress=ck.Progress(DAY), client=ClientState(policy))
    assert [str(one) for one in taken.plan.bottlenecks] == [
        "linkedin: room for 17 (the client's limit), 45 wanted"
    ]
    assert "linkedin: room for 17 leads, 45 wanted (the client's limit)" in taken.as_text()
    assert not taken.deferred
    least = ck.intake(
        campaign,
        pool,
        progress=ck.Progress(DAY),
        client=ClientState(policy),
        at_most={"linkedin": 9},
    )
    assert "linkedin: room for 9 (at_most), 45 wanted" in map(str, least.plan.bottlenecks)


def test_a_lead_that_is_suppressed_on_some_channels_gets_another() -> None:
    stop = evolve(SHUT, channel=Channel.EMAIL)
    client = ClientState(suppressions={"a": (stop,)})
    campaign = running(ck.Allocation(email=90, sms=10))
    taken = ck.intake(campaign, [Lead("a", 90)], progress=ck.Progress(DAY), client=client)
    assert taken.assignments["a"].channel is Channel.SMS
    assert taken.explain("a") == (
        "'a' gets sms: a hot lead (score 90) may get email, linkedin, voice, sms or mail, "
        "this one must not be contacted on email, and linkedin, voice and mail have no share"
    )
    gone = ck.intake(
        campaign,
        [Lead("a", 90)],
        progress=ck.Progress(DAY),
        client=ClientState(suppressions={"a": (SHUT,)}),
    )
    assert gone.explain("a") == (
        "'a' gets no channel: a hot lead (score 90) may get email, linkedin, voice, sms or mail, "
        "this one must not be contacted on email, linkedin, voice, sms and mail"
    )


def test_what_is_no_client_is_refused() -> None:
    for ask in (
        lambda: ck.intake(running(ck.DEFAULT_ALLOCATION), [], progress=ck.Progress(DAY), client=1),  # type: ignore[arg-type]
        lambda: ck.decide(
            running(ck.DEFAULT_ALLOCATION),
            Lead("a"),
            progress=ck.Progress(DAY),
            by=ANN,
            client=1,  # type: ignore[arg-type]
        ),
    ):
        with pytest.raises(ck.PlanError, match="client must be a ClientState"):
            ask()


# --- Limits over several days ----------------------------------------------------------------


@given(
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 9),
    st.dictionaries(st.integers(-6, 6), st.integers(0, 6), max_size=5),
    st.lists(st.integers(1, 9), max_size=5, unique=True).map(sorted),
    st.integers(1, 4),
)
def test_filling_each_day_first_takes_the_most(
    per_day: int | None,
    per_week: int | None,
    booked: Mapping[int, int],
    days: Sequence[int],
    daily: int,
) -> None:
    """All ways to fill the days are tried."""

    def most(left: Sequence[int], given_out: Mapping[int, int]) -> int:
        if not left:
            return 0
        day, found = left[0], 0
        for number in range(daily + 1):
            after = {**given_out, day: given_out.get(day, 0) + number}
            weeks = [sum(after.get(f + n, 0) for n in range(7)) for f in range(day - 6, day + 1)]
            is_full = per_day is not None and after[day] > per_day
            if number and (is_full or (per_week is not None and max(weeks) > per_week)):
                break
            found = max(found, number + most(left[1:], after))
        return found

    limit = ck.ChannelLimit(per_day, per_week)
    assert count_leads(limit, booked, days, daily) == most(days, booked)


@given(
    st.integers(0, 4),
    st.integers(0, 30),
    st.dictionaries(st.integers(-6, 6), st.integers(0, 9)),
    st.integers(0, 90),
    st.integers(1, 9),
)
def test_many_days_in_a_row_take_as_many_as_each_by_itself(
    per_day: int, per_week: int, booked: Mapping[int, int], days: int, daily: int
) -> None:
    limit, in_a_row = ck.ChannelLimit(per_day, per_week), range(1, days + 1)
    assert count_leads(limit, booked, in_a_row, daily) == count_leads(
        limit, booked, list(in_a_row), daily
    )


@pytest.mark.parametrize(
    ("client", "at_most"),
    [
        (ClientState(), {"sms": 4}),
        (
            ClientState(
                ck.ClientPolicy(channel_limits={"sms": ck.ChannelLimit(per_week=99)}),
                used={DAY + timedelta(days=1): ChannelCounts({"sms": 5})},
            ),
            None,
        ),
        (ClientState(used={DAY + timedelta(days=1): ChannelCounts({"sms": 5})}), {"sms": 4}),
    ],
)
def test_other_campaigns_use_up_no_daily_lead_limit(
    client: ClientState, at_most: Mapping[str, int] | None
) -> None:
    campaign = running(ck.Allocation(sms=100), 4, None)
    pool = [Lead(n, 90) for n in "abcdefgh"]
    taken = ck.intake(
        campaign, pool, progress=ck.Progress(DAY), horizon=2, client=client, at_most=at_most
    )
    assert len(taken.assignments) == 4
    assert set(taken.deferred.values()) == {Reason.RESERVED}


# --- Days under limits -----------------------------------------------------------------------


class Days(NamedTuple):
    """A closed pool, with a client whose limits hold on each day of a horizon."""

    campaign: ck.Campaign
    pool: Sequence[Lead]
    carried: ChannelCounts
    horizon: int
    client: ClientState

    def run(self) -> Iterator[tuple[ck.Intake, ClientState]]:
        """Give the intake of each day, with the client before it; the horizon falls by one."""
        progress, pool, client = (
            ck.Progress(DAY, carried=self.carried),
            list(self.pool),
            self.client,
        )
        for horizon in range(self.horizon, 0, -1):
            taken = ck.intake(
                self.campaign, pool, progress=progress, horizon=horizon, client=client
            )
            yield taken, client
            day = DAY + timedelta(days=self.horizon - horizon)
            pool = [lead for lead in pool if lead.id not in taken.assignments]
            used = client.used.get(day, ChannelCounts()) + taken.plan.counts
            client = evolve(client, used={**client.used, day: used})
            progress = evolve(taken.progress, day=day + timedelta(days=1), admitted_today=0)

    def plan_whole(self, capacity: int, at_most: Mapping[Channel, int]) -> ck.Intake:
        """Plan all days as one whose limits are those of all days together."""
        campaign = evolve(self.campaign, daily_lead_limit=capacity)
        progress = ck.Progress(DAY, carried=self.carried)
        return ck.intake(campaign, self.pool, progress=progress, at_most=at_most)

    def assert_ends_in(self, whole: ck.Intake) -> None:
        """Check that the days end in exactly the leads and the totals of a plan."""
        days = [taken for taken, _ in self.run()]
        assert {i for taken in days for i in taken.assignments} == {*whole.assignments}
        assert sum((taken.plan.counts for taken in days), ChannelCounts()) == whole.plan.counts


def policies(limit: st.SearchStrategy[ck.ChannelLimit]) -> st.SearchStrategy[ck.ClientPolicy]:
    found = st.dictionaries(st.sampled_from(Channel), limit)
    return found.map(lambda each: ck.ClientPolicy(channel_limits=each))


@st.composite
def days_under(draw: st.DrawFn, limit: st.SearchStrategy[ck.ChannelLimit], daily: int) -> Days:
    campaign = running(
        draw(any_.allocations()), daily, draw(st.none() | st.none() | st.integers(1, 30))
    )
    pool, carried = draw(pools(40)), draw(any_.channel_counts(max_value=20))
    return Days(
        campaign, pool, carried, draw(st.integers(1, 6)), ClientState(draw(policies(limit)))
    )


daily_limits = st.integers(0, 4).map(ck.ChannelLimit)
daily_numbers = st.integers(1, 8)


@FEWER
@given(daily_numbers.flatmap(lambda daily: days_under(daily_limits, daily)))
def test_the_days_end_in_the_plan_of_the_whole_under_daily_limits(case: Days) -> None:
    daily, days = case.campaign.daily_lead_limit, case.horizon
    each = case.client.policy.channel_limits
    at_most = {c: days * min(limit.per_day or 0, daily) for c, limit in each.items()}
    case.assert_ends_in(case.plan_whole(days * daily, at_most))


def test_a_day_takes_what_later_days_could_not() -> None:
    """The mix alone would give both leads of today to email, which is behind."""
    pool = [Lead(f"email-{n}", 50, frozenset({Channel.EMAIL})) for n in range(2)]
    pool += [Lead(f"linkedin-{n}", 50, frozenset({Channel.LINKEDIN})) for n in range(2)]
    policy = ck.ClientPolicy(channel_limits={Channel.LINKEDIN: ck.ChannelLimit(per_day=1)})
    case = Days(
        running(ck.Allocation(email=50, linkedin=50), 2),
        pool,
        ChannelCounts({"linkedin": 10}),
        2,
        ClientState(policy),
    )
    assert [taken.plan.counts["linkedin"] for taken, _ in case.run()] == [1, 1]
    case.assert_ends_in(case.plan_whole(4, {Channel.LINKEDIN: 2}))


def test_what_today_takes_counts_in_the_weeks_of_later_days() -> None:
    pool = [Lead(f"lead-{n}", 50, frozenset({Channel.LINKEDIN})) for n in range(3)]
    limit = ck.ChannelLimit(per_week=1)
    policy = ck.ClientPolicy(channel_limits={Channel.LINKEDIN: limit})
    taken = {
        horizon: ck.intake(
            running(ck.Allocation(email=50, linkedin=50)),
            pool,
            progress=ck.Progress(DAY),
            horizon=horizon,
            client=ClientState(policy),
        ).deferred
        for horizon in (7, 8)
    }
    assert taken[7] == dict.fromkeys(("lead-1", "lead-2"), Reason.CHANNEL_LIMIT)
    assert taken[8] == {"lead-1": Reason.RESERVED, "lead-2": Reason.CHANNEL_LIMIT}


@FEWER
@given(days_under(limits, 50), st.dictionaries(days_around(DAY), some_counts, max_size=6))
def test_the_days_end_in_the_plan_of_the_whole_under_weekly_limits(
    case: Days, used: Mapping[date, ChannelCounts]
) -> None:
    """The campaign's daily limit binds no day here, so each channel fills its days by itself."""
    client = evolve(case.client, used=used)
    at_most: dict[Channel, int] = {}
    for channel, limit in client.policy.channel_limits.items():
        booked = {(day - DAY).days: counts[channel] for day, counts in used.items()}
        offsets = list(range(case.horizon))
        at_most[channel] = count_leads(limit, booked, offsets, 50)
    evolved = case._replace(client=client)
    evolved.assert_ends_in(evolved.plan_whole(50 * case.horizon, at_most))


@FEWER
@given(
    daily_numbers.flatmap(lambda daily: days_under(limits, daily)),
    st.dictionaries(days_around(DAY), some_counts, max_size=6),
)
def test_limits_hold_and_no_better_lead_of_a_set_waits(
    case: Days, used: Mapping[date, ChannelCounts]
) -> None:
    for taken, client in case._replace(client=evolve(case.client, used=used)).run():
        day = taken.progress.day
        assert day is not None
        for channel, room in client.room(day).items():
            assert taken.plan.counts[channel] <= room
        assert case.campaign.capacity(taken.progress) >= 0
        assert len(taken.assignments) == taken.plan.counts.total
        assert (taken.plan.counts == taken.plan.target) == (not taken.plan.bottlenecks)
        groups: dict[object, list[Lead]] = {}
        for lead in case.pool:
            shares = case.campaign.allocation
            opened = ck.DEFAULT_GATE.channels(lead.als_score) & lead.reachable
            mine = frozenset(c for c in opened if shares[c])
            if lead.id in taken.assignments or lead.id in taken.deferred:
                groups.setdefault(mine, []).append(lead)
        for leads in groups.values():
            is_in = [lead.id in taken.assignments for lead in by_merit(leads)]
            assert all(before >= after for before, after in pairwise(is_in))


def test_a_horizon_that_is_not_certain_is_not_promised() -> None:
    """Each channel has room in these days, but all of them on the same days, which are too few."""
    email, linkedin = ck.ChannelLimit(3, 6), ck.ChannelLimit(2, 2)
    client = ClientState(
        ck.ClientPolicy(channel_limits={Channel.EMAIL: email, Channel.LINKEDIN: linkedin})
    )
    kinds = [
        *[(70, "em"), (50, "em"), (50, "elm"), (90, "lm"), (90, "l"), (50, "m"), (90, "lm")],
        *[(90, "elm"), (70, "em"), (50, "e"), (50, "l"), (70, "l"), (70, "elm"), (90, "em")],
        *[(50, "elm"), (90, "elm"), (70, "l"), (70, "elm"), (50, "el")],
    ]
    named = {"e": Channel.EMAIL, "l": Channel.LINKEDIN, "m": Channel.MAIL}
    pool = [
        Lead(f"lead-{n:02}", score, frozenset(named[one] for one in reachable))
        for n, (score, reachable) in enumerate(kinds)
    ]
    begin = ck.Progress(DAY)
    campaign = running(ck.Allocation(email=53, linkedin=20, mail=27), 2, None)
    taken = ck.intake(campaign, pool, progress=begin, client=client)
    promise = "email can end at 8 of 9; a horizon of 9 days may keep leads for it"
    assert promise in taken.sentences
    paced = Days(campaign, pool, ChannelCounts(), 9, client).run()
    assert sum(one.plan.counts["email"] for one, _ in paced) == 8
    for daily, is_certain in ((2, False), (50, True)):
        campaign = evolve(campaign, daily_lead_limit=daily)
        forecast = ck.forecast(campaign, pool, days=9, progress=begin, client=client)
        assert forecast.is_horizon_certain == is_certain


@FEWER
@given(
    daily_numbers.flatmap(lambda daily: days_under(daily_limits, daily)) | days_under(limits, 50),
    st.dictionaries(days_around(DAY), some_counts, max_size=4),
)
def test_a_horizon_that_is_named_keeps_its_promise(
    case: Days, used: Mapping[date, ChannelCounts]
) -> None:
    if case.campaign.daily_lead_limit == 50:
        case = case._replace(client=evolve(case.client, used=used))
    begin = ck.Progress(DAY, carried=case.carried)
    greedy = ck.intake(case.campaign, case.pool, progress=begin, client=case.client)
    promises = [one for one in greedy.sentences if "would keep leads" in one]
    for promise in promises:
        said, days = promise.split("; a horizon of ")
        horizon = int(days.split()[0].replace(",", ""))
        paced = list(case._replace(horizon=horizon).run())
        ends = sum((taken.plan.counts for taken, _ in paced), ChannelCounts())
        for part in said.replace(" and ", ", ").split(", "):
            channel, *_, best = part.split()
            assert ends[Channel(channel)] == int(best)


def test_a_forecast_names_a_horizon_that_is_enough_under_limits() -> None:
    limit = ck.ChannelLimit(per_day=1)
    client = ClientState(ck.ClientPolicy(channel_limits={"sms": limit}))
    campaign = running(ck.Allocation(email=50, sms=50), 6, None)
    pool = [Lead(f"{n:02}", 90 if n < 6 else 25) for n in range(12)]
    begin = ck.Progress(DAY)
    greedy = ck.forecast(campaign, pool, days=6, progress=begin, client=client)
    assert "sms ends at 1 of 6; a horizon of 6 days would keep leads for it" in greedy.sentences
    paced = ck.forecast(campaign, pool, days=6, progress=begin, client=client, horizon=6)
    assert paced.counts == greedy.attainable


@FEWER
@given(
    daily_numbers.flatmap(lambda daily: days_under(limits, daily)),
    st.dictionaries(days_around(DAY), some_counts, max_size=6),
    st.integers(1, 9),
)
def test_a_forecast_under_limits_does_what_the_intakes_do(
    case: Days, used: Mapping[date, ChannelCounts], days: int
) -> None:
    client = evolve(case.client, used=used)
    begin = ck.Progress(DAY, carried=case.carried)
    result = ck.forecast(
        case.campaign,
        case.pool,
        days=days,
        progress=begin,
        horizon=case.horizon,
        client=client,
    )
    ran = case._replace(client=client).run()
    for each, (taken, _) in zip(result.days, ran, strict=False):
        assert each.counts == taken.plan.counts
        assert each.progress == taken.progress
        assert each.bottlenecks == taken.plan.bottlenecks
    assert result.unassigned.get(Reason.CHANNEL_LIMIT) is None
    admitted = sum(each.counts.total for each in result.days)
    assert admitted + result.waiting + sum(result.unassigned.values()) == len(case.pool)


@FEWER
@given(daily_numbers.flatmap(lambda daily: days_under(daily_limits, daily)))
def test_a_forecast_with_a_horizon_of_all_days_attains_what_is_attainable(case: Days) -> None:
    begin = ck.Progress(DAY, carried=case.carried)
    compared = ck.compare_horizons(
        case.campaign,
        case.pool,
        [1, case.horizon],
        days=case.horizon,
        progress=begin,
        client=case.client,
    )
    greedy, paced = compared["1"], compared[str(case.horizon)]
    assert paced.counts == paced.attainable == greedy.attainable
    assert not any("would keep leads" in sentence for sentence in paced.sentences)


def test_a_pool_lasts_as_long_as_the_limits_make_it() -> None:
    policy = ck.ClientPolicy(channel_limits={Channel.LINKEDIN: ck.ChannelLimit(per_day=2)})
    campaign = running(ck.Allocation(email=50, linkedin=50), daily=20)
    result = ck.forecast(
        campaign,
        {"cool": 40},
        days=20,
        progress=ck.Progress(DAY),
        horizon="pool",
        client=ClientState(policy),
    )
    assert result.horizon == 10
    assert result.counts == ChannelCounts({"email": 20, "linkedin": 20})
    assert result.pool_exhausted == DAY + timedelta(days=9)
    greedy = ck.forecast(
        campaign,
        {"cool": 40},
        days=2,
        progress=ck.Progress(DAY),
        client=ClientState(policy),
    )
    assert greedy.counts == ChannelCounts({"email": 36, "linkedin": 4})
    assert greedy.sentences[2:4] == (
        f"the mix drifts from {DAY} on: linkedin: room for 2 (the client's limit), 10 wanted",
        "the client's limits hold back linkedin on 2 days",
    )


def test_a_forecast_says_who_stays_out_on_the_last_day() -> None:
    policy = ck.ClientPolicy(one_campaign_per_lead=True, cooldown=30)
    client = ClientState(
        policy,
        claims={"b": (evolve(LIVE, lead_id="b"),), "c": (evolve(ENDED, lead_id="c"),)},
        suppressions={"a": (SHUT,), "d": (evolve(SHUT, lead_id="d", until=DAY),)},
    )
    result = ck.forecast(
        running(ck.Allocation(email=100)),
        [Lead(lead_id, 90) for lead_id in "abcde"],
        days=2,
        progress=ck.Progress(DAY),
        client=client,
    )
    assert [each.counts.total for each in result.days] == [1, 1]
    assert result.unassigned == {
        Reason.SUPPRESSED: 1,
        Reason.CLAIMED: 1,
        Reason.COOLING_DOWN: 1,
    }


# --- Briefs ----------------------------------------------------------------------------------


@given(
    any_.allocations(),
    policies(limits),
    st.dictionaries(days_around(DAY), some_counts, max_size=6),
    any_.channel_counts(max_value=9),
    st.integers(1, 30),
)
def test_leads_for_every_channel_are_split_as_a_brief_wants_them(
    allocation: ck.Allocation,
    policy: ck.ClientPolicy,
    used: Mapping[date, ChannelCounts],
    carried: ChannelCounts,
    daily: int,
) -> None:
    campaign, client = running(allocation, daily), ClientState(policy, used=used)
    begin = ck.Progress(DAY, carried=carried)
    brief = campaign.brief(DAY, begin, client=client)
    anything = [Lead(f"lead-{n}", 90) for n in range(daily)]
    taken = ck.intake(campaign, anything, progress=begin, client=client)
    assert brief.wanted == taken.plan.counts
    assert brief.today == len(taken.assignments)
    assert brief.room == client.room(DAY)
    assert {*brief.shut} == {c for c, room in brief.room.items() if allocation[c] and not room}


def test_a_brief_says_which_channels_are_shut_and_why() -> None:
    limits_of = {
        Channel.LINKEDIN: ck.ChannelLimit(per_day=17, per_week=100),
        Channel.VOICE: ck.ChannelLimit(per_day=9, per_week=20),
        Channel.SMS: ck.ChannelLimit(per_day=3),
    }
    used = {
        DAY - timedelta(days=1): ChannelCounts({"voice": 12}),
        DAY: ChannelCounts({"linkedin": 17, "sms": 1}),
        DAY + timedelta(days=5): ChannelCounts({"voice": 8}),
    }
    client = ClientState(ck.ClientPolicy(channel_limits=limits_of), used=used)
    brief = running(ck.DEFAULT_ALLOCATION).brief(DAY, ck.Progress(DAY), client=client)
    assert brief.room == {Channel.LINKEDIN: 0, Channel.VOICE: 0, Channel.SMS: 2}
    assert brief.shut == {
        Channel.LINKEDIN: "the client's limit of 17 a day is reached",
        Channel.VOICE: "the client's limit of 20 a week is reached",
    }
    assert brief.wanted == ChannelCounts({"email": 43, "sms": 2, "mail": 5})
    text = brief.as_text()
    assert "linkedin is shut: the client's limit of 17 a day is reached" in text
    assert "sms: room for 2 leads" in text

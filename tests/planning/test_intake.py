"""A day's intake, the decision on one lead, and release."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import (
    Allocation,
    Assignment,
    Campaign,
    Channel,
    ChannelCounts,
    Lead,
    PermissionMode,
    Reason,
)
from campaignkit.domain._horizons import Horizon
from campaignkit.planning._intake import Intake, Release, decide, intake, release
from campaignkit.testing import strategies as any_
from tests.domain.values import Strange, assert_value
from tests.planning import oracle
from tests.planning.strategies import allocations, gates, leads_of, reach, scores, texts

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOST = 2**31 - 1
ANN = ck.Actor.user("ann")
YESTERDAY = DAY - timedelta(1)

# Leads with the ids that a store keeps: text, or UUIDs, which become text.
kept_leads = leads_of(texts, 20) | leads_of(st.uuids(), 20)


def running(**fields: Strange) -> Campaign:
    """Return a campaign that is running on any day."""
    draft = Campaign.draft(client_id=UUID(int=2), name="x", id=UUID(int=1), created_at=NOW)
    return evolve(draft.activate(at=NOW), **fields)


class Situation(NamedTuple):
    campaign: Campaign
    leads: Sequence[Lead]
    progress: ck.Progress
    gate: ck.ALSGate
    already: Mapping[str, Assignment]

    def intake(self, leads: Sequence[Lead] | None = None) -> Intake:
        """Take the leads in."""
        return intake(
            self.campaign,
            self.leads if leads is None else leads,
            progress=self.progress,
            gate=self.gate,
            already=self.already,
        )


# Limits that a small batch may reach, and often does not.
limits = st.sampled_from([1, 2, 3, 5, 8, 12, 20, 50])
campaigns = st.builds(
    running,
    permission_mode=st.sampled_from(PermissionMode),
    allocation=allocations,
    daily_lead_limit=limits,
    total_lead_limit=st.none() | limits,
)


some = st.sampled_from([0, 0, 1, 2, 5, 12, 30])


@st.composite
def progresses(draw: st.DrawFn, allocation: Allocation) -> ck.Progress:
    """Give progress near a campaign's limits, made under its shares, or others, or any."""
    today, before = draw(some), draw(some)
    near_the_end = draw(st.sampled_from([False, False, False, True]))
    return ck.Progress(
        draw(any_.days()),
        today,
        MOST - draw(st.integers(0, 3)) if near_the_end else today + before,
        draw(any_.channel_counts(max_value=40)),
        draw(st.none() | st.just(allocation) | allocations),
        draw(st.integers(0, 3)),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Give an intake into a running campaign, some of whose leads may be there already."""
    batch = draw(kept_leads)
    already = {
        str(lead.id): draw(any_.assignments(lead_id=st.just(str(lead.id)), epoch=st.integers(0, 4)))
        for lead in batch
        if draw(st.sampled_from([True, False, False]))
    }
    campaign = draw(campaigns)
    progress = draw(progresses(campaign.allocation))
    return Situation(campaign, batch, progress, draw(gates), already)


def rooms(campaign: Campaign, progress: ck.Progress) -> tuple[int, int]:
    """Return how many leads the daily and the total limit let in."""
    total = MOST if campaign.total_lead_limit is None else campaign.total_lead_limit
    daily_room = campaign.daily_lead_limit - progress.admitted_today
    return max(daily_room, 0), max(total - progress.admitted_total, 0)


# --- Intake --------------------------------------------------------------------------------------


@given(situations())
def test_an_intake_does_what_the_rules_say(case: Situation) -> None:
    campaign, progress = case.campaign, case.progress
    taken = case.intake()
    new = [lead for lead in case.leads if str(lead.id) not in case.already]
    open_to = {lead.id: oracle.eligible(campaign.allocation, case.gate, lead) for lead in new}

    nothing = {str(i): why for i, why in open_to.items() if isinstance(why, Reason)}
    assert taken.unassigned == nothing
    assert taken.already == {str(lead.id): case.already[str(lead.id)] for lead in case.leads
                             if str(lead.id) in case.already}  # fmt: skip

    # The best first, by score and then by id, as many as both limits let in; the others wait.
    best: list[tuple[float, Any, Lead]] = sorted(
        (
            (-lead.als_score, lead.id, lead)
            for lead in new
            if lead.als_score is not None and str(lead.id) not in nothing
        ),
        key=lambda one: one[:2],
    )
    daily, total = rooms(campaign, progress)
    capacity = min(daily, total)
    admitted = [lead for _, _, lead in best[:capacity]]
    assert set(taken.assignments) == {str(lead.id) for lead in admitted}
    assert taken.deferred == {
        str(lead.id): Reason.TOTAL_LIMIT if rank >= total else Reason.DAILY_LIMIT
        for rank, (_, _, lead) in enumerate(best)
        if rank >= capacity
    }

    # The admitted ones are planned, and all of them are placed.
    epoch = progress.epoch + (progress.allocation not in {None, campaign.allocation})
    carried = progress.carried if epoch == progress.epoch else ChannelCounts()
    suppressed = [lead for lead in new if str(lead.id) in nothing]
    planned = ck.plan(
        campaign.allocation, [*admitted, *suppressed], gate=case.gate, carried=carried
    )
    assert taken.plan == planned
    assert Reason.HELD not in planned.unassigned.values()
    for lead in admitted:
        assert lead.als_score is not None
        tier = oracle.tier(case.gate, lead.als_score)
        channel = planned.assignments[lead.id]
        lead_id = str(lead.id)
        assert taken.assignments[lead_id] == (
            Assignment(lead_id, channel, tier, lead.als_score, progress.day or DAY, epoch)
        )
        assert type(taken.assignments[lead_id].lead_id) is str
    assert taken.progress == ck.Progress(
        progress.day,
        progress.admitted_today + len(admitted),
        progress.admitted_total + len(admitted),
        carried + ChannelCounts(Counter(planned.assignments.values())),
        campaign.allocation,
        epoch,
    )


@given(situations())
def test_every_lead_is_somewhere_once(case: Situation) -> None:
    taken = case.intake()
    places = [taken.assignments, taken.already, taken.deferred, taken.unassigned]
    ids = [lead_id for place in places for lead_id in place]
    assert sorted(ids) == sorted(str(lead.id) for lead in case.leads)
    assert all(type(lead_id) is str for lead_id in ids)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_leads_does_not_matter(case: Situation, chance: random.Random) -> None:
    shuffled = list(case.leads)
    chance.shuffle(shuffled)
    assert case.intake(shuffled) == case.intake()
    assert intake(
        case.campaign,
        iter(shuffled),
        progress=case.progress,
        gate=case.gate,
        already=case.already,
    ) == (case.intake())


@settings(max_examples=25)  # slow ones
@given(situations())
def test_an_intake_is_a_value(case: Situation) -> None:
    assert_value(case.intake())


@given(situations())
def test_the_same_leads_again_admit_nobody_twice(case: Situation) -> None:
    first = case.intake()
    there = {**case.already, **first.assignments}
    again = intake(
        case.campaign, case.leads, progress=first.progress, gate=case.gate, already=there
    )
    assert not again.assignments
    assert again.already == {**first.already, **first.assignments}
    assert (again.deferred, again.unassigned) == (first.deferred, first.unassigned)
    assert again.progress == first.progress


@given(situations())
def test_no_limit_is_ever_exceeded(case: Situation) -> None:
    after, before = case.intake().progress, case.progress
    limits = case.campaign.daily_lead_limit, case.campaign.total_lead_limit or MOST
    assert after.admitted_today <= max(limits[0], before.admitted_today)
    assert after.admitted_total <= max(limits[1], before.admitted_total)


@given(situations())
def test_leads_that_no_channel_is_for_use_up_no_limit(case: Situation) -> None:
    strange = [Lead(f"no score {n}") for n in range(20)]
    if any(isinstance(lead.id, UUID) for lead in case.leads):
        strange = [Lead(uuid4()) for _ in strange]
    taken, alone = case.intake([*strange, *case.leads]), case.intake()
    assert (taken.assignments, taken.deferred) == (alone.assignments, alone.deferred)
    assert taken.progress == alone.progress
    assert {taken.unassigned[str(lead.id)] for lead in strange} == {Reason.UNSCORED}


def test_the_daily_limit_and_the_total_limit_defer_the_lesser_leads() -> None:
    campaign = running(daily_lead_limit=3, total_lead_limit=10)
    leads = [Lead(f"lead-{score}", score) for score in (90, 80, 70, 60, 50)]
    taken = intake(campaign, leads, progress=ck.Progress(DAY, 1, 7))
    assert set(taken.assignments) == {"lead-90", "lead-80"}
    assert taken.deferred == {
        "lead-70": Reason.DAILY_LIMIT,
        "lead-60": Reason.TOTAL_LIMIT,
        "lead-50": Reason.TOTAL_LIMIT,
    }
    assert (taken.progress.admitted_today, taken.progress.admitted_total) == (3, 9)


def test_among_equal_scores_the_first_ids_come_first() -> None:
    taken = intake(
        running(daily_lead_limit=2),
        [Lead(lead_id, 90) for lead_id in ("d", "b", "a", "c")],
        progress=ck.Progress(DAY),
    )
    assert set(taken.assignments) == {"a", "b"}
    low, high = UUID(int=9), UUID(int=10)
    taken = intake(
        running(daily_lead_limit=1), [Lead(high, 90), Lead(low, 90)], progress=ck.Progress(DAY)
    )
    assert set(taken.assignments) == {str(low)}


def test_a_uuid_becomes_text_in_its_canonical_form() -> None:
    lead_id = UUID("{0B7CD3F1-4A52-4E7E-9A5B-2F1D5A1F7E10}")
    text = "0b7cd3f1-4a52-4e7e-9a5b-2f1d5a1f7e10"
    first = intake(running(), [Lead(lead_id, 90)], progress=ck.Progress(DAY))
    assert first.assignments[text].lead_id == text
    again = intake(
        running(), [Lead(lead_id, 90)], progress=ck.Progress(DAY), already=first.assignments
    )
    assert (set(again.already), dict(again.assignments)) == ({text}, {})
    unscored = intake(running(), [Lead(lead_id)], progress=ck.Progress(DAY))
    assert unscored.unassigned == {text: Reason.UNSCORED}


def test_who_else_is_there_is_not_in_the_intake() -> None:
    other = Assignment("other", Channel.SMS, ck.ALSTier.HOT, 90, DAY, 0)
    taken = intake(running(), [Lead("a", 90)], progress=ck.Progress(DAY), already={"other": other})
    assert not taken.already
    assert set(taken.assignments) == {"a"}


def test_new_shares_begin_a_new_epoch() -> None:
    carried = ChannelCounts({"email": 400, "linkedin": 300})
    before = ck.Progress(DAY, 2, 700, carried, ck.DEFAULT_ALLOCATION, epoch=4)
    campaign = running(allocation=Allocation(email=80, sms=20))
    taken = intake(campaign, [Lead("a", 90)], progress=before)
    assert taken.assignments["a"].epoch == 5
    assert taken.progress == (
        ck.Progress(DAY, 3, 701, ChannelCounts({"email": 1}), campaign.allocation, 5)
    )


def test_an_intake_of_nobody() -> None:
    before = ck.Progress(DAY, 2, 7, {Channel.EMAIL: 7}, ck.DEFAULT_ALLOCATION, 1)
    taken = intake(running(), [], progress=before)
    assert taken.progress == before
    assert not any((taken.assignments, taken.already, taken.deferred, taken.unassigned))


# --- What is refused -----------------------------------------------------------------------------


@given(any_.campaigns(), any_.days(), any_.lead_batches(any_.texts(), max_size=3))
def test_an_intake_into_a_campaign_that_is_not_running_is_refused(
    campaign: Campaign, day: date, leads: list[Lead]
) -> None:
    decision = campaign.running(day)
    if decision:
        assert intake(campaign, leads, progress=ck.Progress(day)).progress.day == day
        return
    with pytest.raises(ck.NotRunningError) as caught:
        intake(campaign, leads, progress=ck.Progress(day))
    assert caught.value.decision == decision


def test_a_progress_of_no_day_is_refused() -> None:
    for ask in (
        lambda: intake(running(), [], progress=ck.Progress()),
        lambda: decide(running(), Lead("a"), progress=ck.Progress(), by=ANN),
    ):
        with pytest.raises(ck.PlanError) as caught:
            ask()
        assert caught.value.faults == ("the progress must be that of a day",)


def test_numbers_are_no_ids_of_stored_leads() -> None:
    leads = [Lead(n, 90) for n in range(8)]
    message = "leads: a campaign's leads have ids of text or UUIDs, not 0, 1, 2, 3, 4 and 3 more"
    with pytest.raises(ck.PlanError) as caught:
        intake(running(), leads, progress=ck.Progress(DAY))
    assert caught.value.faults == (message,)
    with pytest.raises(ck.PlanError) as caught:
        decide(running(), leads[7], progress=ck.Progress(DAY), by=ANN)
    assert caught.value.faults == ("lead: a campaign's leads have ids of text or UUIDs, not 7",)
    with pytest.raises(ck.PlanError) as caught:
        release(running(), range(8), progress=ck.Progress(DAY), already={})
    assert caught.value.faults == (message.replace("leads", "lead_ids", 1),)


def test_what_is_no_lead_is_refused() -> None:
    strange: Any = "a"
    with pytest.raises(ck.PlanError) as caught:
        intake(running(), [strange], progress=ck.Progress(DAY))
    assert caught.value.faults == ("leads must hold values of Lead only, not 'a'",)
    with pytest.raises(ck.PlanError) as caught:
        decide(running(), strange, progress=ck.Progress(DAY), by=ANN)
    assert caught.value.faults == ("lead must be a Lead, not 'a'",)


@pytest.mark.parametrize("there", ["a", "b"])
def test_ids_come_once_and_are_of_one_kind_whoever_is_there(there: str) -> None:
    already = {there: Assignment(there, Channel.SMS, ck.ALSTier.HOT, 90, DAY, 0)}
    some = UUID(int=1)
    for leads, message in (
        ([Lead("a", 90), Lead("a", 50)], "leads: ids must come once"),
        ([Lead("a", 90), Lead(some)], "leads: ids must be all text"),
        ([Lead(some), Lead(str(some))], "leads: ids must be all text"),
    ):
        with pytest.raises(ck.PlanError, match=rf"^{message}"):
            intake(running(), leads, progress=ck.Progress(DAY), already=already)


# --- One lead ------------------------------------------------------------------------------------


@st.composite
def any_situations(draw: st.DrawFn) -> tuple[Campaign, Lead, ck.Progress, ck.ALSGate]:
    """Give one lead for a campaign in whatever state."""
    lead = draw(st.builds(Lead, texts | st.uuids(), scores, reach))
    campaign = draw(draw(st.sampled_from([campaigns, campaigns, any_.campaigns()])))
    progress = draw(progresses(campaign.allocation))
    return campaign, lead, progress, draw(gates)


@given(any_situations(), any_.actors(), st.sampled_from([1, 1, 2, 5, "end"]))
def test_a_decision_equals_an_intake_of_that_one_lead(
    case: tuple[Campaign, Lead, ck.Progress, ck.ALSGate], by: ck.Actor, horizon: Horizon
) -> None:
    campaign, lead, progress, gate = case
    if horizon == "end" and campaign.end_date is None:
        with pytest.raises(ck.PlanError, match=r"^horizon must be a number of days"):
            decide(campaign, lead, progress=progress, by=by, gate=gate, horizon=horizon)
        return
    decision = decide(campaign, lead, progress=progress, by=by, gate=gate, horizon=horizon)
    permitted = campaign.permission_mode.verdict(by) is ck.Verdict.EXECUTE
    assert permitted != bool(
        {Reason.NEEDS_APPROVAL, Reason.USER_MUST_INITIATE} & set(decision.reasons)
    )
    assert bool(decision) is (not decision.reasons)
    assert len(decision.messages) == len(decision.reasons) == len(set(decision.reasons))
    if not campaign.is_running(progress.day or DAY):
        with pytest.raises(ck.NotRunningError) as caught:
            intake(campaign, [lead], progress=progress, gate=gate)
        assert set(caught.value.reasons) <= set(decision.reasons)
        return
    taken = intake(campaign, [lead], progress=progress, gate=gate, horizon=horizon)
    if taken.assignments:
        (assignment,) = taken.assignments.values()
        if permitted:
            assert decision == ck.Decision(allowed=True, channel=assignment.channel)
        else:
            assert len(decision.reasons) == 1
            assert decision.channel is None
    else:
        (reason,) = {**taken.deferred, **taken.unassigned}.values()
        assert reason in decision.reasons
        assert decision.channel is None
        assert not decision


@given(any_situations())
def test_a_decision_gives_every_reason(
    case: tuple[Campaign, Lead, ck.Progress, ck.ALSGate],
) -> None:
    campaign, lead, progress, gate = case
    daily, total = rooms(campaign, progress)
    found = oracle.eligible(campaign.allocation, gate, lead)
    expected = [
        *campaign.running(progress.day or DAY).reasons,
        *([found] if isinstance(found, Reason) else []),
        *([] if daily else [Reason.DAILY_LIMIT]),
        *([] if total else [Reason.TOTAL_LIMIT]),
    ]
    decision = decide(campaign, lead, progress=progress, by=ANN, gate=gate)
    assert list(decision.reasons) == expected
    channel = ck.choose(
        campaign.allocation,
        lead,
        carried=progress.for_allocation(campaign.allocation).carried,
        gate=gate,
    )
    assert decision.channel == (None if expected else channel)


def test_a_decision_minds_what_was_carried_under_these_shares_and_the_gate() -> None:
    shares = Allocation(email=50, sms=50)
    under = ck.Progress(DAY, 1, 1, {Channel.EMAIL: 1}, shares)
    mail_for_hot = ck.ALSGate(bounds=ck.DEFAULT_GATE.bounds, channels={"hot": ["email"]})

    def channel(progress: ck.Progress, gate: ck.ALSGate = ck.DEFAULT_GATE) -> Channel | None:
        campaign, lead = running(allocation=shares), Lead("a", 90)
        taken = intake(campaign, [lead], progress=progress, gate=gate)
        decision = decide(campaign, lead, progress=progress, by=ANN, gate=gate)
        assert decision.channel is taken.assignments["a"].channel
        return decision.channel

    assert channel(under) is Channel.SMS
    assert channel(evolve(under, allocation=None)) is Channel.SMS
    assert channel(evolve(under, allocation=Allocation(email=100))) is Channel.EMAIL
    assert channel(under, mail_for_hot) is Channel.EMAIL


@pytest.mark.parametrize(
    ("horizon", "end", "total", "reasons"),
    [
        (1, None, None, (Reason.DAILY_LIMIT,)),
        (2, None, None, (Reason.RESERVED,)),
        (3, DAY, None, (Reason.DAILY_LIMIT,)),
        ("end", DAY, None, (Reason.DAILY_LIMIT,)),
        ("end", date(2027, 1, 1), None, (Reason.RESERVED,)),
        (2, None, 1, (Reason.DAILY_LIMIT, Reason.TOTAL_LIMIT)),
    ],
)
def test_one_lead_waits_for_a_later_day_of_a_horizon_if_there_is_one(
    horizon: Horizon, end: date | None, total: int | None, reasons: tuple[Reason, ...]
) -> None:
    campaign = running(daily_lead_limit=1, end_date=end, total_lead_limit=total)
    full = ck.Progress(DAY, 1, 1)
    decision = decide(campaign, Lead("a", 90), progress=full, by=ANN, horizon=horizon)
    assert decision.reasons == reasons
    taken = intake(campaign, [Lead("a", 90)], progress=full, horizon=horizon)
    assert taken.deferred["a"] is reasons[-1]


@pytest.mark.parametrize("strange", [0, True, 1.0, "pool", None])
def test_a_decision_refuses_what_is_no_horizon(strange: Strange) -> None:
    with pytest.raises(ck.PlanError, match=r"^horizon must be a number of days from 1 to"):
        decide(running(), Lead("a"), progress=ck.Progress(DAY), by=ANN, horizon=strange)


def test_all_reasons_in_words() -> None:
    campaign = running(
        permission_mode=ck.PermissionMode.MANUAL,
        status=ck.CampaignStatus.PAUSED,
        deleted_at=NOW,
        start_date=DAY + timedelta(1),
        daily_lead_limit=1,
        total_lead_limit=5,
    )
    decision = decide(campaign, Lead("a"), progress=ck.Progress(DAY, 1, 5), by=ck.Actor.ai("scout"))
    assert str(decision) == (
        "only a user may initiate acts on this campaign (the mode is manual, the actor is scout); "
        "the campaign is paused, not active; the campaign is deleted; "
        "the campaign starts on 2026-11-24, after 2026-11-23; the lead has no score; "
        "the campaign's daily lead limit is reached; the campaign's total lead limit is reached"
    )
    assert decision.reasons == (
        Reason.USER_MUST_INITIATE,
        Reason.NOT_ACTIVE,
        Reason.DELETED,
        Reason.NOT_STARTED,
        Reason.UNSCORED,
        Reason.DAILY_LIMIT,
        Reason.TOTAL_LIMIT,
    )


@pytest.mark.parametrize(
    ("lead", "reason"),
    [
        (Lead("a"), Reason.UNSCORED),
        (Lead("a", 10), Reason.DEAD_TIER),
        (Lead("a", 40, frozenset({Channel.SMS})), Reason.UNREACHABLE),
        (Lead("a", 30), Reason.NO_SHARE),
    ],
)
def test_why_a_lead_gets_nothing(lead: Lead, reason: Reason) -> None:
    campaign = running(allocation=Allocation(linkedin=50, sms=50))
    decision = decide(campaign, lead, progress=ck.Progress(DAY), by=ANN)
    assert (decision.reasons, decision.messages) == ((reason,), (reason.message,))
    assert intake(campaign, [lead], progress=ck.Progress(DAY)).unassigned == {"a": reason}


# --- Release -------------------------------------------------------------------------------------


@given(situations(), st.data())
def test_releasing_all_that_an_intake_took_restores_the_progress(
    case: Situation, data: st.DataObject
) -> None:
    taken = case.intake()
    given_back = release(
        case.campaign,
        data.draw(st.permutations(sorted(taken.assignments))),
        progress=taken.progress,
        already={**case.already, **taken.assignments},
    )
    assert given_back.released == taken.assignments
    assert given_back.absent == ()
    assert given_back.progress == case.progress.for_allocation(case.campaign.allocation)


@st.composite
def releases(
    draw: st.DrawFn,
) -> tuple[Campaign, list[Any], ck.Progress, dict[str, Assignment]]:
    """Give a release of leads from any days and epochs, some of which are not there."""
    campaign = evolve(draw(campaigns), status=draw(st.sampled_from(list(ck.CampaignStatus)[:3])))
    ids = [lead.id for lead in draw(kept_leads)]
    day, epoch = draw(st.sampled_from([DAY, None])), draw(st.integers(0, 3))
    rows = any_.assignments(
        day=st.sampled_from([DAY, YESTERDAY]), epoch=st.integers(max(0, epoch - 1), epoch)
    )
    already = {
        str(lead_id): evolve(draw(rows), lead_id=str(lead_id))
        for lead_id in ids
        if draw(st.booleans())
    }
    today = sum(row.day == day for row in already.values())
    most = len(already)
    more = st.integers(0, 3)
    progress = ck.Progress(
        day,
        today + (draw(more) if day else 0),
        most + 3 + draw(more),
        ChannelCounts.of([most + draw(more) for _ in Channel]),
        draw(st.none() | st.just(campaign.allocation) | any_.allocations()),
        epoch,
    )
    return campaign, ids, progress, already


@given(releases())
def test_a_release_gives_back_what_each_lead_used_up(
    case: tuple[Campaign, list[Any], ck.Progress, dict[str, Assignment]],
) -> None:
    campaign, ids, progress, already = case
    given_back = release(campaign, iter(ids), progress=progress, already=already)
    texts = [str(lead_id) for lead_id in dict.fromkeys(ids)]
    assert given_back.released == {i: already[i] for i in texts if i in already}
    assert given_back.absent == tuple(i for i in texts if i not in already)
    gone = [already[i] for i in texts if i in already]
    same = progress.allocation in {None, campaign.allocation}
    epoch = progress.epoch if same else progress.epoch + 1
    carried = progress.carried if same else ChannelCounts()
    counted = Counter(one.channel for one in gone if one.epoch == epoch)
    expected = {channel: n - counted[channel] for channel, n in carried.items()}
    assert given_back.progress == ck.Progress(
        progress.day,
        progress.admitted_today - sum(one.day == progress.day for one in gone),
        progress.admitted_total - len(gone),
        ChannelCounts(expected),
        campaign.allocation,
        epoch,
    )


@settings(max_examples=25)  # slow ones
@given(any_.releases())
def test_a_release_is_a_value(released: Release) -> None:
    assert_value(released)


def test_a_lead_of_another_day_and_another_epoch() -> None:
    campaign = running()
    present = ck.Progress(DAY, 1, 3, {Channel.SMS: 1, Channel.MAIL: 1}, campaign.allocation, 2)
    rows = [
        Assignment("today", Channel.SMS, ck.ALSTier.HOT, 90, DAY, 2),
        Assignment("yesterday", Channel.MAIL, ck.ALSTier.HOT, 90, YESTERDAY, 2),
        Assignment("long ago", Channel.MAIL, ck.ALSTier.HOT, 90, YESTERDAY, 1),
    ]
    already = {row.lead_id: row for row in rows}
    after = [
        release(campaign, [row.lead_id, "nobody", row.lead_id], progress=present, already=already)
        for row in rows
    ]
    assert [one.absent for one in after] == [("nobody",)] * 3
    assert [one.progress.admitted_today for one in after] == [0, 1, 1]
    assert [one.progress.admitted_total for one in after] == [2, 2, 2]
    assert [one.progress.carried for one in after] == [
        ck.ChannelCounts(counts) for counts in ({"mail": 1}, {"sms": 1}, {"sms": 1, "mail": 1})
    ]


def test_counts_that_do_not_hold_what_is_released_are_an_error() -> None:
    campaign = running()
    row = Assignment("a", Channel.SMS, ck.ALSTier.HOT, 90, DAY, 0)
    for progress in (ck.Progress(DAY, 1, 1), ck.Progress(DAY, 0, 0, {Channel.SMS: 1})):
        with pytest.raises(ck.InvalidError):
            release(campaign, ["a"], progress=progress, already={"a": row})


@given(any_.campaigns())
def test_who_is_completed_or_deleted_keeps_its_leads(campaign: Campaign) -> None:
    row = Assignment("a", Channel.SMS, ck.ALSTier.HOT, 90, YESTERDAY, 0)
    progress = ck.Progress(DAY, 0, 1, {Channel.SMS: 1})
    decision = campaign.can("release")
    assert bool(decision) == (campaign.status != "completed" and campaign.deleted_at is None)
    if decision:
        given_back = release(campaign, ["a"], progress=progress, already={"a": row})
        assert given_back.progress.admitted_total == 0
        return
    with pytest.raises(ck.NotEditableError) as caught:
        release(campaign, ["a"], progress=progress, already={"a": row})
    assert caught.value.decision == decision

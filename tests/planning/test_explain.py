"""What plans and intakes say of a lead, in one sentence."""

from __future__ import annotations

import pickle
import re
from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings

import campaignkit as ck
from campaignkit import Allocation, ALSTier, Channel, Lead, Plan, PlanError
from campaignkit.core._checks import short_repr
from campaignkit.testing import strategies
from tests.benchmarks import samples
from tests.planning import oracle
from tests.planning.test_plan import Batch, batches

EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL
FEWER = settings(max_examples=max(40, settings().max_examples // 3))

GATE = ck.ALSGate(
    bounds=ck.DEFAULT_GATE.bounds,
    channels={
        ALSTier.HOT: {EMAIL, SMS, MAIL},
        ALSTier.WARM: {EMAIL, VOICE},
        ALSTier.COOL: {SMS},
        ALSTier.COLD: {VOICE, MAIL},
    },
)
MIX = Allocation(email=50, linkedin=20, voice=30)
HOT = "a hot lead (score 90) may get email, sms or mail"
REACH = "this one can be reached only on email and sms"
WARM = "a warm lead (score 70) may get email or voice"


def only(*channels: Channel) -> frozenset[Channel]:
    return frozenset(channels)


@pytest.mark.parametrize(
    ("lead", "sentence"),
    [
        (Lead("a"), "'a' gets no channel: the lead has no score"),
        (Lead("a", 10), "'a' gets no channel: a dead lead (score 10) may get no channel"),
        (
            Lead("a", 70, only(SMS)),
            f"'a' gets no channel: {WARM}, and this one cannot be reached there",
        ),
        (
            Lead("a", 40),
            "'a' gets no channel: a cool lead (score 40) may get only sms, and sms has no share",
        ),
        (
            Lead("a", 25.5),
            "'a' gets voice: a cold lead (score 25.5) may get voice or mail, and mail has no share",
        ),
        (
            Lead("a", 90),
            f"'a' gets email: {HOT}, and sms and mail have no share",
        ),
        (
            Lead("a", 90, only(EMAIL, SMS)),
            f"'a' gets email: {HOT}, {REACH}, and sms has no share",
        ),
        (
            Lead("a", 70, only(VOICE)),
            f"'a' gets voice: {WARM}, this one can be reached only on voice",
        ),
        (
            Lead("a", 70),
            f"'a' gets email: {WARM}; the mix is nearest to the shares with it on email",
        ),
    ],
)
def test_one_lead_in_words(lead: Lead, sentence: str) -> None:
    assert ck.plan(MIX, [lead], gate=GATE).explain("a") == sentence


def test_leads_with_the_same_choice_in_words() -> None:
    leads = [Lead(n, 70) for n in range(5)]
    made = ck.plan(MIX, leads, gate=GATE)
    of_five = f"{WARM}; of the 5 leads with this choice"
    assert made.counts == {**dict.fromkeys(Channel, 0), EMAIL: 3, VOICE: 2}
    assert [made.explain(n) for n in range(5)] == [
        f"0 gets email: {of_five}, dealt evenly by score, email takes 3, and this one is 1st",
        f"1 gets voice: {of_five}, dealt evenly by score, voice takes 2, and this one is 2nd",
        f"2 gets email: {of_five}, dealt evenly by score, email takes 3, and this one is 3rd",
        f"3 gets voice: {of_five}, dealt evenly by score, voice takes 2, and this one is 4th",
        f"4 gets email: {of_five}, dealt evenly by score, email takes 3, and this one is 5th",
    ]
    crowded = ck.plan(MIX, leads, gate=GATE, at_most={EMAIL: 0, VOICE: 1})
    assert crowded.explain(3) == (
        f"3 gets no channel: {of_five} there is room for 1, and this one is 4th by score"
    )
    shut = ck.plan(MIX, leads, gate=GATE, at_most={EMAIL: 0, VOICE: 0})
    assert shut.explain(0) == (
        f"0 gets no channel: {WARM}; there is no room for leads with this choice"
    )
    voice = ck.plan(MIX, leads, gate=GATE, carried={EMAIL: 100})
    assert voice.explain(0) == f"0 gets voice: {WARM}; so do all 5 leads with this choice"


@FEWER
@given(batches)
def test_every_lead_has_its_sentence(batch: Batch) -> None:
    made = batch.plan()
    for lead in batch.leads:
        sentence = made.explain(lead.id)
        channel = made.assignments.get(lead.id)
        name = lead.id if isinstance(lead.id, int) else repr(str(lead.id))
        assert sentence.startswith(f"{name} gets {channel or 'no channel'}: ")
        if lead.als_score is None:
            continue
        tier = oracle.tier(batch.gate, lead.als_score)
        score = str(lead.als_score).removesuffix(".0")
        assert f"a {tier} lead (score {score}) may get" in sentence


@FEWER
@given(batches)
def test_the_rank_of_each_lead_is_told(batch: Batch) -> None:
    made = batch.plan()
    for group in oracle.groups(batch.allocation, batch.gate, batch.leads).values():
        for rank, lead in enumerate(group, start=1):
            result = re.search(r", and this one is (\d+)", made.explain(lead.id))
            assert result is None or int(result[1]) == rank


@FEWER
@given(batches)
def test_the_flow_counts_every_lead_by_its_tier_and_channel(batch: Batch) -> None:
    made = batch.plan()
    assert made.flow() == Counter(
        (
            None if lead.als_score is None else oracle.tier(batch.gate, lead.als_score),
            made.assignments.get(lead.id),
        )
        for lead in batch.leads
    )


@FEWER
@given(strategies.plans())
def test_a_plan_read_from_its_plain_form_knows_its_leads_no_more(made: Plan) -> None:
    read = ck.from_dict(Plan, ck.to_dict(made))
    assert read == made
    assert not read.flow()
    for lead_id in made.assignments:
        assert made.explain(lead_id).startswith(f"{read.explain(lead_id)}: ")
    for lead_id, reason in made.unassigned.items():
        assert read.explain(lead_id).endswith(f" gets no channel: {reason.message}")


@FEWER
@given(strategies.plans())
def test_a_pickled_plan_explains_as_before(made: Plan) -> None:
    copy = pickle.loads(pickle.dumps(made))
    assert copy.flow() == made.flow()
    for lead_id in (*made.assignments, *made.unassigned):
        assert copy.explain(lead_id) == made.explain(lead_id)


def test_an_id_cannot_break_the_line() -> None:
    made = ck.plan(MIX, [Lead("a\nb\x1b[31m", 90)])
    assert made.explain("a\nb\x1b[31m").isprintable()


@pytest.mark.parametrize("stranger", ["b", 1])
def test_a_strange_id_is_named(stranger: str | int) -> None:
    with pytest.raises(PlanError, match=repr(stranger)):
        ck.plan(MIX, [Lead("a", 90)]).explain(stranger)


# --- intakes ---------------------------------------------------------------------------------


@FEWER
@given(strategies.intakes())
def test_an_intake_says_what_becomes_of_each_lead(taken: ck.Intake) -> None:
    for lead_id, assignment in taken.assignments.items():
        assert taken.explain(lead_id).startswith(
            f"{short_repr(lead_id)} gets {assignment.channel}: "
        )
    for lead_id, assignment in taken.already.items():
        since = f"{short_repr(lead_id)} has {assignment.channel} since {assignment.day}"
        who = f"a {assignment.tier} lead (score {assignment.als_score})"
        assert taken.explain(lead_id) == f"{since}, then {who}"
    for lead_id, reason in taken.deferred.items():
        assert taken.explain(lead_id) == f"{short_repr(lead_id)} waits: {reason.message}"
    for lead_id in taken.unassigned:
        assert taken.explain(lead_id).startswith(f"{short_repr(lead_id)} gets no channel: ")


def test_an_intake_takes_ids_as_they_were_given_and_as_text() -> None:
    lead = Lead(UUID(int=7), 90)
    campaign = samples.running_campaign()
    taken = ck.intake(campaign, [lead], progress=ck.Progress(date(2026, 11, 23)))
    assert taken.explain(lead.id) == taken.explain(str(lead.id)) == taken.plan.explain(lead.id)
    with pytest.raises(PlanError, match="'b'"):
        taken.explain("b")

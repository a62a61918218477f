"""Reasons and decisions."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Channel, Decision, Reason
from campaignkit.core._decisions import ALLOWED, make_decision
from campaignkit.core._escaping import escape_text
from campaignkit.testing import strategies as any_
from tests.domain.values import assert_value

# The codes are stored and compared by other programs: none of them may ever change.
WORDS = {
    "unscored": "the lead has no score",
    "dead_tier": "the lead's tier opens no channel",
    "unreachable": "the lead cannot be reached on any channel its tier opens",
    "no_share": "the channels open to the lead have no share in the allocation",
    "held": "every channel open to the lead is full",
    "daily_limit": "the campaign's daily lead limit is reached",
    "total_limit": "the campaign's total lead limit is reached",
    "not_active": "the campaign is not active",
    "deleted": "the campaign is deleted",
    "not_started": "the campaign has not started yet",
    "ended": "the campaign has ended",
    "not_deleted": "the campaign is not deleted",
    "illegal_transition": "the campaign's status does not allow this move",
    "not_editable": "the campaign's status keeps these fields fixed",
    "invalid": "the campaign would not be valid",
    "needs_approval": "what the AI initiates needs a user's approval",
    "user_must_initiate": "only a user may initiate acts on this campaign",
}


def test_the_codes_and_their_words() -> None:
    codes = {reason.value: reason.message for reason in Reason}
    assert {code: codes.get(code) for code in WORDS} == WORDS
    assert all(words.strip() for words in codes.values())


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_its_code(reason: Reason) -> None:
    assert reason.name == reason.value.upper()
    assert str(reason) == f"{reason}" == reason.value
    assert reason == reason.value
    assert hash(reason) == hash(reason.value)
    assert pickle.loads(pickle.dumps(reason)) is reason
    assert copy.deepcopy(reason) is reason


@given(any_.decisions())
def test_a_decision_is_a_value(decision: Decision) -> None:
    assert_value(decision)


@given(st.lists(st.tuples(st.sampled_from(Reason), any_.texts())))
def test_a_decision_refuses_exactly_if_there_is_a_reason(because: list[tuple[Reason, str]]) -> None:
    decision = make_decision(*because)
    assert bool(decision) is decision.allowed is (not because)
    assert decision.reasons == tuple(reason for reason, _ in because)
    assert decision.messages == tuple(message for _, message in because)
    assert decision.channel is None
    said = escape_text("; ".join(message for _, message in because))
    assert str(decision) == (said or "allowed")


def test_what_is_allowed() -> None:
    assert make_decision() is ALLOWED
    assert Decision(allowed=True) == ALLOWED
    assert str(ALLOWED) == "allowed"
    assert str(Decision(allowed=True, channel=Channel.SMS)) == "allowed on sms"


def test_all_that_is_refused_is_said() -> None:
    assert str(Decision(allowed=False)) == "refused"
    decision = make_decision((Reason.ENDED, "it ended"), (Reason.DELETED, "it is deleted"))
    assert str(decision) == "it ended; it is deleted"

"""Who may act."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Actor, DomainError, Initiator, InvalidError, PermissionMode, Reason, Verdict
from campaignkit.domain._permissions import deciding_reasons, permission_reasons
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_GOOD_TEXTS, Strange, assert_value

# mode: what becomes of an act that the AI initiates, and why
BY_THE_AI: dict[str, tuple[str, str | None]] = {
    "autopilot": ("execute", None),
    "co_pilot": ("suggest", "needs_approval"),
    "manual": ("refuse", "user_must_initiate"),
}


def test_the_words() -> None:
    assert list(PermissionMode) == list(BY_THE_AI)
    assert list(Verdict) == ["execute", "suggest", "refuse"]
    assert list(Initiator) == ["user", "ai"]


@given(st.sampled_from(PermissionMode), any_.actors())
def test_the_mode_decides_by_who_initiates(mode: PermissionMode, actor: Actor) -> None:
    verdict, reason = ("execute", None) if actor.kind == "user" else BY_THE_AI[mode.value]
    assert mode.verdict(actor) is Verdict(verdict)
    assert [reason.value for reason, _ in permission_reasons(mode, actor)] == (
        [] if reason is None else [reason]
    )


@pytest.mark.parametrize("mode", PermissionMode)
def test_a_user_may_act_in_every_mode(mode: PermissionMode) -> None:
    assert mode.verdict(Actor.user("ann")) is Verdict.EXECUTE
    assert permission_reasons(mode, Actor.user("ann")) == []


def test_the_reasons_in_words() -> None:
    scout = Actor.ai("scout")
    assert permission_reasons(PermissionMode.CO_PILOT, scout) == [
        (
            Reason.NEEDS_APPROVAL,
            f"{Reason.NEEDS_APPROVAL.message} (the mode is co_pilot, the actor is scout)",
        )
    ]
    assert permission_reasons(PermissionMode.MANUAL, scout) == [
        (
            Reason.USER_MUST_INITIATE,
            f"{Reason.USER_MUST_INITIATE.message} (the mode is manual, the actor is scout)",
        )
    ]
    assert permission_reasons(PermissionMode.AUTOPILOT, scout) == []


@pytest.mark.parametrize("bad", [None, "ann", Initiator.USER])
def test_an_act_needs_an_actor(bad: Strange) -> None:
    message = f"by must be an Actor, such as Actor.user('ann'), not {bad!r}"
    with pytest.raises(DomainError) as caught:
        permission_reasons(PermissionMode.AUTOPILOT, bad)
    assert str(caught.value) == message


@pytest.mark.parametrize("mode", PermissionMode)
def test_a_verdict_is_of_an_actor(mode: PermissionMode) -> None:
    nobody: Any = "ann"
    with pytest.raises(InvalidError) as caught:
        mode.verdict(nobody)
    assert caught.value.faults == ("actor must be an Actor, not 'ann'",)


# --- Actors --------------------------------------------------------------------------------------


@given(any_.actors())
def test_an_actor_is_a_value(actor: Actor) -> None:
    assert_value(actor)


def test_the_kinds_of_actors() -> None:
    assert Actor.user("ann") == Actor(Initiator.USER, "ann")
    assert Actor.ai("scout") == Actor(Initiator.AI, "scout")
    assert Actor.user("ann") != Actor.ai("ann")


def test_a_kind_may_be_named() -> None:
    kind: Any = "ai"
    assert Actor(kind, "scout") == Actor.ai("scout")
    assert Actor(kind, "scout").kind is Initiator.AI


@pytest.mark.parametrize("bad", NO_GOOD_TEXTS)
def test_an_actor_has_a_name(bad: Strange) -> None:
    with pytest.raises(InvalidError, match=r"^name of actor must ") as caught:
        Actor.user(bad)
    assert repr(bad) in str(caught.value)
    with pytest.raises(InvalidError):
        evolve(Actor.ai("scout"), name=bad)


def test_the_longest_name_of_an_actor() -> None:
    assert len(Actor.user("a" * 10_000).name) == 10_000
    with pytest.raises(InvalidError, match=r"^name of actor must have at most 10,000 characters"):
        Actor.user("a" * 10_001)


def test_all_that_is_wrong_is_told_at_once() -> None:
    kind: Any = ["ai"]
    with pytest.raises(InvalidError) as caught:
        Actor(kind, " ")
    assert caught.value.faults == (
        "kind of actor must be user or ai, not ['ai']",
        "name of actor must not be blank, but is ' '",
    )


# What of the AI's acts a user must do, where it would choose the mode.
CHOOSING = {
    "autopilot": ["user_must_choose_mode"],
    "co_pilot": ["user_must_choose_mode"],
    "manual": ["user_must_choose_mode", "user_must_initiate"],
}


@pytest.mark.parametrize("mode", PermissionMode)
def test_only_a_user_chooses_the_mode(mode: PermissionMode) -> None:
    assert permission_reasons(mode, Actor.user("ann"), choosing_mode=True) == []
    because = permission_reasons(mode, Actor.ai("scout"), choosing_mode=True)
    assert [reason for reason, _ in because] == CHOOSING[mode]
    assert all(message.startswith(reason.message) for reason, message in because)


def test_only_a_user_decides_upon_suggestions() -> None:
    assert deciding_reasons(Actor.user("ann")) == []
    (because,) = deciding_reasons(Actor.ai("scout"))
    words = Reason.USER_MUST_DECIDE.message
    assert because == (Reason.USER_MUST_DECIDE, f"{words} (the actor is scout)")
    nobody: Any = None
    with pytest.raises(InvalidError, match="not None"):
        deciding_reasons(nobody)

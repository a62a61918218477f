"""Any call of any tool: nothing is applied where users decide, and the schemas say what holds."""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_json_schema import IS_UNSAYABLE, with_one_misfit
from tests.tools.world import ACME, LAST_SUGGESTION, World, calls, validator

Call: TypeAlias = "tuple[str, Any]"

UNSAID = re.compile(
    r"\$\.cursor: must be (the `next` of a page of this feed|one of client)"
    r"|\$.*: .* comes more than once"
    r"|\$\.horizon: must be a number of days: the campaign has no end date"
    r"|\$: .* is before start_date"
    r"|\$\.leads: ids must ",
    re.DOTALL,
)
"""What a service may refuse of arguments by what it has stored, which no schema can say."""


def check_agreement(name: str, arguments: object, answer: dict[str, Any]) -> None:
    """Check that arguments are invalid to the schema of a tool and to its call alike."""
    if answer["outcome"] != "invalid":
        validator(name, "inputSchema", formats=True).validate(arguments)
        return
    faults = [f"{fault['path']}: {fault['message']}" for fault in answer["faults"]]
    unsaid = [one for one in faults if not IS_UNSAYABLE.fullmatch(one) and not UNSAID.match(one)]
    assert unsaid == [] or not validator(name, "inputSchema").is_valid(arguments)


def check_calls(mode: str, made: list[Call]) -> int:
    """Make calls of the AI, each one twice; check that nothing is applied, and return how many."""
    world = World(mode)
    before = world.state()
    for name, drawn in made:
        arguments = with_last_suggestion(world, drawn)
        first = world.call_with(name, arguments)
        check_agreement(name, arguments, first)
        pending = world.pending()
        second = world.call_with(name, arguments)
        assert [head.id for head in world.pending()] == [head.id for head in pending]
        assert first["outcome"] == second["outcome"]
        assert first.get("follow_up") == second.get("follow_up")
        assert mode != "manual" or not pending
    assert world.state() == before
    return 2 * len(made)


def with_last_suggestion(world: World, arguments: Any) -> Any:  # noqa: ANN401  # of any shape
    """Put the id of the last suggestion, or else of none, where a call names it."""
    if LAST_SUGGESTION not in json.dumps(arguments):
        return arguments
    known = [head.id for head in world.service.suggestions(ACME).items]
    return {**arguments, "suggestion_id": str(known[-1] if known else ACME)}


def distort(data: st.DataObject, call: Call) -> Call:
    name, arguments = call
    is_distorted = data.draw(st.integers(0, 2)) == 0
    return name, with_one_misfit(data, arguments) if is_distorted else arguments


SOME = st.lists(calls(), min_size=1, max_size=10)


@pytest.mark.parametrize("mode", ["co_pilot", "manual"])
@settings(max_examples=settings().max_examples // 2)
@given(SOME, st.data())
def test_no_call_applies_anything(mode: str, made: list[Call], data: st.DataObject) -> None:
    check_calls(mode, [distort(data, call) for call in made])


@pytest.mark.long
@pytest.mark.parametrize("mode", ["co_pilot", "manual"])
def test_none_of_ten_thousand_calls_applies_anything(mode: str) -> None:
    number = 0

    @settings(max_examples=650)
    @given(st.lists(calls(), min_size=8, max_size=8), st.data())
    def make_calls(made: list[Call], data: st.DataObject) -> None:
        nonlocal number
        number += check_calls(mode, [distort(data, call) for call in made])

    make_calls()
    assert number >= 10_000

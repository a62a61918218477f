"""Mappings that cannot change, and values that are checked wherever they are made."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._immutable import FrozenMap
from tests.domain.values import assert_value

dicts = st.dictionaries(st.text(max_size=3), st.integers())


@given(dicts)
def test_a_frozen_map_is_a_value(data: dict[str, int]) -> None:
    assert_value(FrozenMap(data))


@given(dicts, dicts)
def test_it_equals_a_dict_with_the_same_items(data: dict[str, int], other: dict[str, int]) -> None:
    frozen = FrozenMap(data)
    assert frozen == data
    assert dict(frozen) == data
    assert list(frozen) == list(data)
    assert len(frozen) == len(data)
    assert all(frozen[key] == value for key, value in data.items())
    assert (frozen == FrozenMap(other)) == (frozen == other) == (data == other)


@given(dicts)
def test_equal_maps_have_equal_hashes_in_whatever_order(data: dict[str, int]) -> None:
    turned = FrozenMap(dict(reversed(data.items())))
    assert turned == FrozenMap(data)
    assert hash(turned) == hash(FrozenMap(data))


def test_hashes_tell_maps_apart() -> None:
    assert len({hash(FrozenMap({"key": n})) for n in range(100)}) > 90


def test_an_unhashable_item_makes_it_unhashable() -> None:
    with pytest.raises(TypeError):
        hash(FrozenMap({"key": [1]}))


def test_it_keeps_what_it_was_made_of() -> None:
    data = {"key": 1}
    frozen = FrozenMap(data)
    data["key"] = 2
    assert frozen == {"key": 1}


def test_without_data_it_is_empty() -> None:
    assert FrozenMap[str, int]() == FrozenMap({}) == FrozenMap(None) == {}


def test_it_reads_as_it_is_written() -> None:
    assert repr(FrozenMap({"key": 1})) == "FrozenMap({'key': 1})"


def test_it_says_that_it_cannot_change() -> None:
    frozen: Any = FrozenMap({"key": 1})
    with pytest.raises(AttributeError, match=r"^FrozenMap cannot change$"):
        frozen.strange = 1
    with pytest.raises(AttributeError, match=r"^FrozenMap cannot change$"):
        del frozen.strange
    with pytest.raises(TypeError):
        frozen["key"] = 2


# --- Checked values ------------------------------------------------------------------------------

DAY = date(2026, 11, 23)
MADE = datetime(2026, 11, 23, tzinfo=UTC)

BROKEN: list[tuple[object, str, object, type[ck.InvalidError]]] = [
    (ck.Allocation(email=100), "email", 101, ck.AllocationError),
    (ck.ALSGate(ck.DEFAULT_GATE.bounds, {}), "bounds", {"hot": 1}, ck.GateError),
    (ck.targeting.CompanySize(1, 10), "high", 0, ck.TargetingError),
    (ck.Targeting(titles=("CEO",)), "titles", ("",), ck.TargetingError),
    (ck.Actor.user("ann"), "name", "", ck.InvalidError),
    (ck.Lead("a", 90), "als_score", 101, ck.LeadError),
    (ck.Assignment("a", ck.Channel.SMS, ck.ALSTier.HOT, 90, DAY, 0), "epoch", -1, ck.InvalidError),
    (ck.Progress(DAY, 1, 2), "admitted_total", 0, ck.InvalidError),
    (
        ck.Campaign.draft(client_id=uuid4(), name="x", created_at=MADE),
        "updated_at",
        MADE.replace(tzinfo=None),
        ck.CampaignError,
    ),
]


@pytest.mark.parametrize(("value", "name", "bad", "error"), BROKEN)
def test_a_copy_is_valid_or_an_error(
    value: object, name: str, bad: object, error: type[ck.InvalidError]
) -> None:
    copies: list[Callable[[object], object]] = [
        copy.copy,
        copy.deepcopy,
        lambda one: pickle.loads(pickle.dumps(one)),
    ]
    broken = copy.copy(value)
    object.__setattr__(broken, name, bad)
    for copied in copies:
        assert copied(value) == value
        with pytest.raises(error):
            copied(broken)


@pytest.mark.parametrize(
    "value",
    [
        FrozenMap({"reason": "\x1b[31m\n" * 100}),
        ck.Fields({"name": "Sydney\nagencies \u202e" * 20}),
    ],
    ids=["map", "fields"],
)
def test_the_text_of_a_mapping_is_one_short_safe_line(value: FrozenMap[str, object]) -> None:
    assert len(str(value)) < 200
    assert str(value).isprintable()
    assert f"{value:>500}" == str(value).rjust(500)
    with pytest.raises(ck.InvalidError, match="format_spec"):
        format(value, "d")

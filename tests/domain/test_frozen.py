"""Mappings that cannot change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit.domain.frozen import FrozenMap
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

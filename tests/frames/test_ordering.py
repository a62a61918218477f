"""The order of rows, against that of numpy's lexicographic sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit.frames._ordering import sort_by, sort_within


@given(
    rows=st.integers(0, 10_000),
    groups=st.sampled_from([1, 2, 15, 16, 17, 100, 70_000]),
    digits=st.sampled_from([1, 2, 3_232, 1 << 16]),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_are_by_group_and_within_by_digit(
    rows: int, groups: int, digits: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    group_of = rng.integers(0, groups, rows, np.uint32)
    digit_of = rng.integers(0, digits, rows).astype(np.uint16)
    order = sort_within(group_of, digit_of)
    assert order.tolist() == np.lexsort((digit_of, group_of)).tolist()


@pytest.mark.parametrize("sizes", [[5_000], [0, 9_000, 1, 0], [0] * 40 + [200_000], [999] * 33])
def test_groups_of_any_size_are_sorted_as_all_at_once(sizes: list[int]) -> None:
    rng = np.random.default_rng(len(sizes))
    groups = rng.permutation(np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes))
    digits = rng.integers(0, 3_232, len(groups)).astype(np.uint16)
    assert np.array_equal(sort_within(groups, digits), sort_by(groups, sort_by(digits)))

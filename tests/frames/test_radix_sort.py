"""Rows are ordered by their ids, and repeated ids are found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import narwhals as nw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit.frames._arrow import IDS, ArrowColumn
from campaignkit.frames._radix_sort import sort_by, sort_ids
from tests.frames.engines import pa

LETTERS = st.text("a\u00e9\U0001f600", min_size=1, max_size=12)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "numbers close together": st.integers(-5, 40),
    "numbers of 64 bits": st.integers(-(2**63), 2**63 - 1),
    "short text": LETTERS,
    "text that differs at its end": LETTERS.map("https://example.com/leads/{}".format),
    "UUIDs": st.builds(UUID, int=st.integers(0, 2**128 - 1) | st.integers(0, 3)),
}


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_ids_are_ordered_as_python_orders_them(kind: str, data: st.DataObject) -> None:
    ids = data.draw(st.lists(KINDS[kind], min_size=1, max_size=60))
    campaigns = data.draw(st.lists(st.integers(0, 2), min_size=len(ids), max_size=len(ids)))
    rows = [one.bytes if isinstance(one, UUID) else one for one in ids]
    array = pa.array(rows, pa.binary(16)).cast(pa.uuid()) if kind == "UUIDs" else pa.array(rows)
    series: nw.Series[Any] = nw.from_native(pa.chunked_array([array]), series_only=True)
    column = ArrowColumn.of(series, "id", IDS, []).read_ids()
    for within in ([0] * len(ids), campaigns):
        order, repeats = sort_ids(column, np.array(within, np.uint8))
        rows_by_id = order.in_id_order(np.arange(len(ids)))
        assert order.in_row_order(rows_by_id).tolist() == list(range(len(ids)))
        ordered: list[tuple[Any, int]] = [(ids[row], within[row]) for row in rows_by_id.tolist()]
        assert ordered == sorted(zip(ids, within, strict=True))
        assert repeats.tolist() == [
            at > 0 and ordered[at] == ordered[at - 1] for at in range(len(ids))
        ]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40))))
def test_rows_with_equal_digits_keep_their_order(rows: list[tuple[int, int]]) -> None:
    groups, digits = (np.array([row[at] for row in rows], np.uint64).reshape(-1) for at in (0, 1))
    assert sort_by(groups, sort_by(digits)).tolist() == np.lexsort((digits, groups)).tolist()

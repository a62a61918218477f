"""msgspec codes the plain form: values are converted before, as it calls no hook for them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from tests.test_serialization import CAMPAIGN, KINDS, NESTED

FEWER = settings(max_examples=max(3, settings().max_examples // 30))  # for each of so many kinds


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(data=st.data())
def test_every_value_comes_back(kind: type[object], data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))
    plain = ck.to_dict(value)
    for form in (msgspec.json, msgspec.msgpack):
        coded: Any = form  # two modules with the same functions
        assert ck.from_dict(kind, coded.decode(coded.encode(plain))) == value
    assert ck.from_json(kind, msgspec.json.encode(plain)) == value


class Envelope(msgspec.Struct):
    """A message of a host."""

    sender: str
    campaign: msgspec.Raw


def test_a_struct_keeps_a_value_as_raw_json() -> None:
    sent = Envelope("ann", msgspec.Raw(ck.to_json(CAMPAIGN).encode()))
    body = msgspec.json.encode(sent)
    assert msgspec.json.decode(body) == {"sender": "ann", "campaign": NESTED}
    got = msgspec.json.decode(body, type=Envelope)
    assert ck.from_json(ck.Campaign, bytes(got.campaign)) == CAMPAIGN


def test_a_hook_is_not_called_for_a_value() -> None:
    """The reason for the explicit conversion; if this fails, hooks have become enough."""
    coded = msgspec.json.encode(CAMPAIGN, enc_hook=ck.to_dict)
    assert msgspec.json.decode(coded) != NESTED
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(NESTED, ck.Campaign, dec_hook=ck.from_dict)

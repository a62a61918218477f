"""The strategies give every public value, reach its corners, and shrink to the plainest one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._checks import LARGEST_INTEGER, text_error
from campaignkit.testing import strategies
from tests.public_names import list_public_values

EVERYTHING: dict[str, st.SearchStrategy[Any]] = {
    name: getattr(strategies, name)() for name in strategies.__all__ if name != "legal_edits"
}

VALUES: Sequence[type[object]] = [
    thing
    for _, thing in list_public_values()
    if inspect.isclass(thing) and (attrs.has(thing) or issubclass(thing, Enum | ck.ChannelCounts))
]


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_gives_good_values(name: str) -> None:
    @given(EVERYTHING[name])
    def draw(value: object) -> None:
        assert isinstance(repr(value), str)

    settings(max_examples=max(1, settings().max_examples // 3))(draw)()


@pytest.mark.parametrize("value", VALUES)
def test_every_public_value_has_a_strategy(value: type[object]) -> None:
    # Without `campaignkit.testing` Hypothesis would guess fields from annotations, and guess wrong.
    @given(st.from_type(value))
    def draw(drawn: object) -> None:
        assert isinstance(drawn, value)

    settings(max_examples=10)(draw)()


def test_nothing_is_drawn_and_thrown_away() -> None:
    source = Path(inspect.getfile(strategies)).read_text(encoding="utf-8")
    assert not any(waste in source for waste in (".filter(", "assume(", "reject("))


PLAINEST: dict[str, object] = {
    "allocations": ck.Allocation(email=100),
    "assignments": ck.Assignment("0", ck.Channel.EMAIL, ck.ALSTier.HOT, 0, date(2000, 1, 1), 0),
    "channel_counts": ck.ChannelCounts(),
    "company_size_texts": "0",
    "decisions": ck.Decision(allowed=True),
    "eligibility_counts": {},
    "gates": ck.DEFAULT_GATE,
    "lead_batches": [],
    "leads": ck.Lead("0"),
    "limits": 1,
    "moments": datetime(2000, 1, 1, tzinfo=UTC),
    "progresses": ck.Progress(),
    "scores": 0,
    "targetings": ck.Targeting(),
    "texts": "0",
}


@pytest.mark.parametrize("name", PLAINEST)
def test_each_shrinks_to_the_plainest_value(name: str) -> None:
    assert _plainest(EVERYTHING[name]) == PLAINEST[name]


def _plainest(strategy: st.SearchStrategy[Any]) -> Any:  # noqa: ANN401  # of any kind
    # Hypothesis begins with what it would shrink to in the end.
    return find(
        strategy, lambda _: True, settings=settings(max_examples=1, phases=[Phase.generate])
    )


def test_a_campaign_shrinks_to_a_plain_draft() -> None:
    plainest = _plainest(strategies.campaigns())
    made = datetime(2000, 1, 1, tzinfo=UTC)
    assert plainest == ck.Campaign(
        id=plainest.id,
        client_id=plainest.client_id,
        name="0",
        status=ck.CampaignStatus.DRAFT,
        permission_mode=ck.PermissionMode.AUTOPILOT,
        allocation=ck.Allocation(email=100),
        daily_lead_limit=1,
        created_at=made,
        updated_at=made,
    )


CORNERS: dict[str, tuple[st.SearchStrategy[Any], list[Callable[[Any], object]]]] = {
    "allocations": (
        strategies.allocations(),
        [
            *(lambda a, c=channel: a[c] == 100 for channel in ck.Channel),
            *(lambda a, n=n: sum(share > 0 for share in a.shares) == n for n in range(1, 6)),
        ],
    ),
    "scores": (
        strategies.scores(),
        [
            *(lambda s, b=bound: s == b for bound in (0, 20, 35, 60, 85, 100)),
            *(lambda s, b=bound: b - 1e-9 < s < b for bound in (20, 35, 60, 85)),
            lambda s: s % 1,
        ],
    ),
    "gates": (
        strategies.gates(),
        [
            lambda g: g == ck.DEFAULT_GATE,
            lambda g: g != ck.DEFAULT_GATE,
            lambda g: any(bound % 1 for bound in g.bounds.values()),
            lambda g: g.channels(ck.ALSTier.DEAD),
            lambda g: not g.channels(ck.ALSTier.COLD) <= g.channels(ck.ALSTier.HOT),
        ],
    ),
    "campaigns": (
        strategies.campaigns(),
        [
            *(lambda c, s=status: c.status is s and c.deleted_at for status in ck.CampaignStatus),
            *(
                lambda c, s=status: c.status is s and not c.deleted_at
                for status in ck.CampaignStatus
            ),
            *(lambda c, m=mode: c.permission_mode is m for mode in ck.PermissionMode),
            lambda c: c.start_date and c.end_date and c.start_date < c.end_date,
            lambda c: c.start_date and not c.end_date,
            lambda c: c.end_date and not c.start_date,
            lambda c: c.daily_lead_limit > LARGEST_INTEGER - 100,
            lambda c: c.total_lead_limit and c.total_lead_limit < 100,
            lambda c: c.updated_at < c.created_at,
            lambda c: c.created_at.microsecond,
            lambda c: c.targeting.titles and not c.targeting.company_sizes,
            lambda c: not c.name.isascii(),
        ],
    ),
    "progresses": (
        strategies.progresses(),
        [
            lambda p: p.day is None,
            lambda p: 0 < p.admitted_today < p.admitted_total,
            lambda p: p.admitted_total > 2**30,
            lambda p: p.carried.total and p.allocation,
            lambda p: p.allocation is None,
            lambda p: p.epoch,
        ],
    ),
    "lead batches": (
        strategies.lead_batches(),
        [
            *(lambda b, k=kind: len(b) > 1 and isinstance(b[0].id, k) for kind in (str, int, UUID)),
            lambda batch: any(lead.als_score is None for lead in batch),
            lambda batch: any(0 < len(lead.reachable) < 5 for lead in batch),
        ],
    ),
    "moments": (
        strategies.moments(),
        [lambda m: m.utcoffset() < timedelta(0), lambda m: m.utcoffset() > timedelta(0)],
    ),
    "texts": (
        strategies.texts(),
        [
            lambda t: t != t.strip(),
            lambda t: not t.isascii(),
            lambda t: any(c > "\uffff" for c in t),
        ],
    ),
    "intakes": (
        strategies.intakes(),
        [
            lambda taken: taken.assignments and taken.already,
            lambda taken: ck.Reason.DAILY_LIMIT in taken.deferred.values(),
            lambda taken: ck.Reason.TOTAL_LIMIT in taken.deferred.values(),
            lambda taken: taken.unassigned,
        ],
    ),
    "releases": (
        strategies.releases(),
        [lambda given_back: given_back.released, lambda given_back: given_back.absent],
    ),
}


@pytest.mark.parametrize("name", CORNERS)
def test_each_reaches_its_corners(name: str) -> None:
    strategy, corners = CORNERS[name]
    unseen = dict(enumerate(corners))

    @settings(max_examples=1_000, phases=[Phase.generate])
    @given(strategy)
    def search(value: object) -> None:
        for number in [number for number, corner in unseen.items() if corner(value)]:
            del unseen[number]
        if not unseen:
            raise _AllSeen

    with pytest.raises(_AllSeen):
        search()


class _AllSeen(Exception):  # noqa: N818  # it is what is hoped for
    pass


@given(strategies.texts(max_size=5))
def test_texts_are_short_and_can_be_stored(text: str) -> None:
    assert len(text) <= 5
    assert text_error(text) is None


@given(strategies.company_size_texts())
def test_company_sizes_are_understood(text: str) -> None:
    assert ck.targeting.CompanySize.parse(text).low >= 0


@given(st.data(), strategies.campaigns(deleted_at=st.none()))
def test_legal_edits_are_accepted(data: st.DataObject, campaign: ck.Campaign) -> None:
    legal = strategies.legal_edits(campaign)
    if campaign.status is ck.CampaignStatus.COMPLETED:
        assert legal.is_empty
    else:
        edits = data.draw(legal)
        edited = campaign.edit(at=campaign.updated_at, **edits)
        assert all(getattr(edited, name) == value for name, value in edits.items())


@given(strategies.edits())
def test_edits_name_something_and_make_a_campaign(edits: dict[str, Any]) -> None:
    assert edits
    assert ck.Campaign.draft(client_id=UUID(int=1), name="x").can("edit", **edits)


@given(strategies.campaigns(status=st.just(ck.CampaignStatus.ACTIVE), name=st.just("x")))
def test_named_fields_are_drawn_from_what_they_are_said_to_be(campaign: ck.Campaign) -> None:
    assert (campaign.status, campaign.name) == (ck.CampaignStatus.ACTIVE, "x")


@given(strategies.lead_batches(strategies.texts(), min_size=2, max_size=4))
def test_a_batch_has_different_ids_of_one_kind(batch: list[ck.Lead]) -> None:
    assert 2 <= len({lead.id for lead in batch}) == len(batch) <= 4
    assert {type(lead.id) for lead in batch} == {str}


@given(strategies.limits(max_value=7), strategies.channel_counts(max_value=3))
def test_maxima_are_kept(limit: int, counts: ck.ChannelCounts) -> None:
    assert 1 <= limit <= 7
    assert max(counts.values()) <= 3

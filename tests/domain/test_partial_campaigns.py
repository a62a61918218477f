"""What can be read of a campaign whose row breaks a rule is a value, as far as it goes."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, fields

import campaignkit as ck
from campaignkit.domain._campaign import make_campaign
from campaignkit.storage import AsyncMemoryStore, MemoryStore
from campaignkit.targeting import TargetingIndex
from campaignkit.targeting._targeting import make_targeting
from campaignkit.testing import EventLoop

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
WHOLE = ck.Campaign(
    id=UUID(int=1),
    client_id=UUID(int=2),
    name="Sydney",
    status=ck.CampaignStatus.ACTIVE,
    created_at=AT,
    updated_at=AT,
)
VALUES = {part.name: getattr(WHOLE, part.name) for part in fields(ck.Campaign)}
TARGETS: dict[str, Any] = {
    "industries": (),
    "titles": ("CEO",),
    "company_sizes": ("a few",),
    "locations": (),
}


def make(**broken: object) -> ck.Campaign:
    """Return a campaign with these values, which may be invalid."""
    return make_campaign({**VALUES, **broken})


def partial_targeting(**targets: object) -> ck.Targeting:
    return make_targeting({**TARGETS, **targets}, WHOLE.id)


def test_a_whole_campaign_has_no_faults() -> None:
    assert make() == WHOLE
    assert type(make()) is ck.Campaign
    assert (WHOLE.faults, WHOLE.targeting.faults) == ({}, {})


def test_it_equals_what_was_read_alike() -> None:
    one = make(name=" ", end_date="never")
    assert one == make(name=" ", end_date="never")
    assert hash(one) == hash(make(name=" ", end_date="never"))
    assert one not in {WHOLE, make(name=""), make(name=" ", end_date="never", daily_lead_limit=7)}
    for same in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert same == one
        assert (
            same.faults
            == one.faults
            == {
                "name": ("name must not be blank, but is ' '",),
                "end_date": ("end_date must be a date, not 'never'",),
            }
        )


def test_it_says_what_it_is() -> None:
    one = make(name=" ", targeting=partial_targeting())
    assert str(one) == f"campaign {WHOLE.id} (unreadable: name, targeting)"
    assert str(one.targeting) == "titles ['CEO'] (unreadable: company_sizes)"
    assert repr(one).startswith(f"PartialCampaign(id={WHOLE.id!r}, client_id=")
    assert "faults={'name': (\"name must not be blank, but is ' '\",)" in repr(one)
    plain = ck.to_dict(one)
    whole = ck.to_dict(WHOLE)
    assert plain.pop("faults") == {name: list(some) for name, some in one.faults.items()}
    targeting = plain.pop("targeting")
    assert targeting.pop("faults") == {"company_sizes": list(one.targeting.faults["company_sizes"])}
    assert targeting == {"industries": [], "titles": ["CEO"], "locations": []}
    assert plain == {name: whole[name] for name in plain}
    assert whole.keys() - plain.keys() == {"name", "targeting"}
    with pytest.raises(ck.StructureError):
        ck.from_dict(ck.Campaign, ck.to_dict(one))
    assert "Cannot be read" in one.as_text()


def test_to_touch_what_cannot_be_read_raises() -> None:
    one = make(name=" ", daily_lead_limit=0)
    for name in ("name", "daily_lead_limit"):
        with pytest.raises(ck.CorruptRowError) as refused:
            getattr(one, name)
        error = refused.value
        assert (error.what, error.key, error.faults) == ("campaign", WHOLE.id, one.faults[name])
        assert error.readable is one
    with pytest.raises(AttributeError, match="no attribute 'surname'"):
        getattr(one, "surname")  # noqa: B009  # which there is not
    with pytest.raises(ck.CorruptRowError):
        evolve(one, status=ck.CampaignStatus.PAUSED)  # a whole one cannot be made of it
    with pytest.raises(AttributeError):
        one.status = ck.CampaignStatus.PAUSED  # type: ignore[misc]


def test_what_counts_for_what_cannot_be_read() -> None:
    one = make(permission_mode="assisted", updated_at="now", deleted_at="yes")
    assert one.permission_mode is ck.PermissionMode.MANUAL
    assert one.can("restore").allowed
    assert one.can("pause").reasons == (ck.Reason.DELETED,)
    assert one.restore(at=AT).updated_at == AT


def test_whole_values_are_not_made_of_partial_ones() -> None:
    with pytest.raises(ck.CampaignError, match="targeting is unreadable: company_sizes"):
        evolve(WHOLE, targeting=partial_targeting())
    with pytest.raises(ck.CampaignError, match=r"company_sizes\[0\]"):
        make(name=" ", status=ck.CampaignStatus.PAUSED).edit(at=AT, targeting=partial_targeting())


def test_a_new_campaign_must_be_whole() -> None:
    one = make(name=" ", status=ck.CampaignStatus.DRAFT)
    with pytest.raises(ck.CorruptRowError, match="name must not be blank"):
        MemoryStore().add(one)
    with pytest.raises(ck.CorruptRowError, match="name must not be blank"):
        ck.CampaignService(MemoryStore()).create(one, by=ck.Actor.user("ann"))
    with EventLoop() as loop, pytest.raises(ck.CorruptRowError):
        loop.run(AsyncMemoryStore().add(one))


# -- Targets that cannot be read are unknown ------------------------------------------------------

PROSPECT = ck.Prospect(industry="SEO", title="CEO", company_size=5, location="Sydney")
DIMENSIONS = {
    "industries": "industry",
    "titles": "title",
    "company_sizes": "company_size",
    "locations": "location",
}


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("prospect", [PROSPECT, ck.Prospect()])
def test_a_dimension_that_cannot_be_read_is_unknown(dimension: str, prospect: ck.Prospect) -> None:
    readable = {**TARGETS, "company_sizes": ()}
    whole = make_targeting(readable, WHOLE.id)
    one = make_targeting({**readable, dimension: [""]}, WHOLE.id)
    assert [*one.faults] == [dimension]
    match, wanted = one.match(prospect), whole.match(prospect)
    for name, part in DIMENSIONS.items():
        if name == dimension:
            assert getattr(match, part).verdict is ck.Fit.UNKNOWN
        else:
            assert getattr(match, part) == getattr(wanted, part)
    with pytest.raises(ck.CorruptRowError):
        getattr(one, dimension)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_index_agrees(dimension: str) -> None:
    prospects = [PROSPECT, ck.Prospect(), ck.Prospect(title="Owner"), ck.Prospect(title="CEO")]
    readable = {**TARGETS, "company_sizes": ()}
    targetings = {
        "whole": make_targeting(readable, WHOLE.id),
        "partial": make_targeting({**readable, dimension: [""]}, WHOLE.id),
        "any": ck.Targeting(),
    }
    index = TargetingIndex(targetings)
    for one in prospects:
        verdicts = {key: targeting.match(one).verdict for key, targeting in targetings.items()}
        fits = tuple(key for key, verdict in verdicts.items() if verdict is ck.Fit.YES)
        unknown = tuple(key for key, verdict in verdicts.items() if verdict is ck.Fit.UNKNOWN)
        assert (index.find_fits(one), index.find_unknown(one)) == (fits, unknown)


def test_a_brief_has_what_can_be_read_of_the_targets() -> None:
    day = date(2026, 11, 23)
    brief = make(targeting=partial_targeting()).brief(day, ck.Progress(day))
    assert brief.today == 50
    assert brief.targeting.match(PROSPECT).verdict is ck.Fit.UNKNOWN
    assert ck.to_dict(brief)["targeting"]["titles"] == ["CEO"]

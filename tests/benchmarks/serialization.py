"""Campaigns from and to plain data, and pydantic doing the same with an equal model.

Equal is: the same fields in the same nesting, and the same things refused: unknown keys, numbers
that are text or not whole, blank text, NUL, times without a zone, shares that do not add up to
100, an end before the start, company sizes that name no number. Both keep times in UTC, and both
are frozen. Whatever pydantic can check in its core is checked there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Annotated, Any, Self
from uuid import UUID

import pydantic
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator

import campaignkit as ck
from tests.benchmarks import samples
from tests.benchmarks.harness import Benchmark, Effort, Figures, Within, compare

# --- the equal model ---------------------------------------------------------------------------

Text = Annotated[str, Field(pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
CompanySize = Annotated[
    str, Field(pattern=r"^\s*([<>]=? ?)?[0-9][0-9,.]*( ?(-|–|to) ?[0-9][0-9,.]*)?\+?( employees)?$")
]
Share = Annotated[int, Field(strict=True, ge=0, le=100)]
Limit = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class Model(pydantic.BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Targeting(Model):
    industries: tuple[Text, ...] = ()
    titles: tuple[Text, ...] = ()
    company_sizes: tuple[CompanySize, ...] = ()
    locations: tuple[Text, ...] = ()


class Allocation(Model):
    email: Share = 0
    linkedin: Share = 0
    voice: Share = 0
    sms: Share = 0
    mail: Share = 0

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        if self.email + self.linkedin + self.voice + self.sms + self.mail != 100:
            msg = "shares must add up to 100"
            raise ValueError(msg)
        return self


class Campaign(Model):
    id: UUID
    client_id: UUID
    name: Text
    status: ck.CampaignStatus = ck.CampaignStatus.DRAFT
    permission_mode: ck.PermissionMode = ck.PermissionMode.CO_PILOT
    targeting: Targeting = Targeting()
    allocation: Allocation = Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5)
    daily_lead_limit: Limit = 50
    total_lead_limit: Limit | None = None
    start_date: date | None = None
    end_date: date | None = None
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None = None

    @model_validator(mode="after")
    def ends_after_its_start(self) -> Self:
        if self.start_date and self.end_date and self.end_date < self.start_date:
            msg = "the end is before the start"
            raise ValueError(msg)
        return self


# --- samples and sides -------------------------------------------------------------------------


def campaigns(count: int) -> list[ck.Campaign]:
    """Return so many different campaigns as clients have them."""
    rng = Random(count)
    shares = [ck.DEFAULT_ALLOCATION, ck.Allocation(email=60, linkedin=40), ck.Allocation(voice=100)]

    def campaign(number: int) -> ck.Campaign:
        made = samples.AT - timedelta(
            seconds=rng.randrange(10**7), microseconds=rng.randrange(10**6)
        )
        start = samples.DAY + timedelta(days=rng.randrange(30))
        draft = ck.Campaign.draft(
            id=samples.uuid_of(rng, number),
            client_id=samples.uuid_of(rng, number),
            name=f"Agencies in Zürich {number}",
            permission_mode=rng.choice(list(ck.PermissionMode)),
            targeting=ck.Targeting(
                industries=rng.sample(["SEO", "Advertising", "Web design"], 2),
                titles=rng.sample(["CEO", "Founder", "Head of Growth"], 2),
                company_sizes=rng.sample(["1-10", "11-50", "51-200", "500+"], 2),
                locations=["Zürich"],
            ),
            allocation=rng.choice(shares),
            daily_lead_limit=rng.randint(1, 500),
            total_lead_limit=rng.choice([None, 10_000]),
            start_date=start,
            end_date=start + timedelta(days=60),
            created_at=made,
        )
        return draft.activate(at=samples.AT)

    return [campaign(number) for number in range(count)]


def some(effort: Effort) -> list[ck.Campaign]:
    return campaigns(min(effort.leads, 500))


def measure_from_dict(effort: Effort) -> Figures:
    plain = [ck.to_dict(campaign) for campaign in some(effort)]
    return compare(
        lambda: [ck.from_dict(ck.Campaign, one) for one in plain],
        lambda: [Campaign.model_validate(one) for one in plain],
        rounds=min(effort.rounds, 100),
        per=len(plain),
    )


def measure_to_dict(effort: Effort) -> Figures:
    ours = some(effort)
    peers = [Campaign.model_validate(ck.to_dict(campaign)) for campaign in ours]
    return compare(
        lambda: [ck.to_dict(campaign) for campaign in ours],
        lambda: [peer.model_dump(mode="json") for peer in peers],
        rounds=min(effort.rounds, 100),
        per=len(ours),
    )


# --- like with like ----------------------------------------------------------------------------

WRONG: tuple[Mapping[str, Any], ...] = (
    {"id": "1"},
    {"name": " "},
    {"name": "\0a"},
    {"status": "over"},
    {"fax": 1},
    {"allocation": {"email": 99}},
    {"allocation": {"email": "100"}},
    {"allocation": {"email": 100, "fax": 0}},
    {"targeting": {"titles": [""]}},
    {"targeting": {"titles": "CEO"}},
    {"targeting": {"company_sizes": ["many"]}},
    {"daily_lead_limit": 0},
    {"daily_lead_limit": 50.0},
    {"total_lead_limit": True},
    {"start_date": "2026-13-01"},
    {"end_date": "2020-01-01"},
    {"created_at": "2026-11-23T09:00:00"},
)


def refuses(read: Callable[[Mapping[str, Any]], object], plain: Mapping[str, Any]) -> bool:
    try:
        read(plain)
    except ValueError:  # of both
        return True
    return False


def check_from_dict() -> None:
    """Check that both read the same campaigns, and refuse the same."""
    for campaign in campaigns(50):
        plain = ck.to_dict(campaign)
        ours = ck.from_dict(ck.Campaign, plain)
        peer = Campaign.model_validate(plain)
        assert ours == campaign
        assert all(getattr(peer, name) == getattr(ours, name) for name in ("id", "created_at"))
        assert peer.targeting.company_sizes == ours.targeting.company_sizes
        for wrong in WRONG:
            assert refuses(partial(ck.from_dict, ck.Campaign), plain | wrong), wrong
            assert refuses(Campaign.model_validate, plain | wrong), wrong


def check_to_dict() -> None:
    """Check that both write the same, but that pydantic has a Z for UTC."""
    for campaign in campaigns(50):
        ours = ck.to_dict(campaign)
        peer = Campaign.model_validate(ours).model_dump(mode="json")
        for name in ("created_at", "updated_at"):
            assert peer[name].endswith("Z")
            peer[name] = datetime.fromisoformat(peer[name]).isoformat()
        assert peer == ours


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="from-dict",
        what="a campaign from plain data",
        peer="pydantic model_validate",
        wanted=Within(1.5),
        measure=measure_from_dict,
        check=check_from_dict,
    ),
    Benchmark(
        name="to-dict",
        what="a campaign to plain data",
        peer="pydantic model_dump, JSON mode",
        wanted=Within(1),
        measure=measure_to_dict,
        check=check_to_dict,
    ),
)

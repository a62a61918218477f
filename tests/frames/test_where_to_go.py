"""What takes leads, and no dataframe, says which functions take dataframes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import narwhals as nw
import pytest

import campaignkit as ck
from campaignkit.frames import allocate
from campaignkit.storage import MemoryStore
from tests.frames.engines import ENGINES

CLIENT = UUID(int=2)
DAY = date(2026, 11, 23)
ANN = ck.Actor.user("ann")
CAMPAIGN = ck.Campaign.draft(
    id=UUID(int=1), client_id=CLIENT, name="x", created_at=datetime(2026, 11, 1, tzinfo=UTC)
).activate(at=datetime(2026, 11, 2, tzinfo=UTC))
PROGRESS = ck.Progress(DAY)

STORE = MemoryStore()
STORE.add(CAMPAIGN)
SERVICE = ck.CampaignService(STORE, today=lambda _: DAY)
SUGGESTED = SERVICE.intake(CLIENT, CAMPAIGN.id, [ck.Lead("a", 90)], day=DAY, by=ck.Actor.ai("s"))
assert isinstance(SUGGESTED, ck.Suggestion)
PENDING = SUGGESTED.id

CALLS: Mapping[str, Callable[[Any], object]] = {
    "plan": lambda leads: ck.plan(ck.DEFAULT_ALLOCATION, leads),
    "intake": lambda leads: ck.intake(CAMPAIGN, leads, progress=PROGRESS),
    "AssignLeads": lambda leads: ck.AssignLeads(leads, DAY),
    "ReleaseLeads": ck.ReleaseLeads,
    "release": lambda leads: ck.release(CAMPAIGN, leads, progress=PROGRESS, already={}),
    "share_out": lambda leads: ck.share_out(leads, {"north": 1}),
    "service.intake": lambda leads: SERVICE.intake(CLIENT, CAMPAIGN.id, leads, day=DAY, by=ANN),
    "service.preview": lambda leads: SERVICE.preview(CLIENT, CAMPAIGN.id, leads, day=DAY, by=ANN),
    "service.release": lambda leads: SERVICE.release(CLIENT, CAMPAIGN.id, leads, by=ANN),
    "service.approve": lambda leads: SERVICE.approve(CLIENT, PENDING, by=ANN, leads=leads),
    "service.preview_approval": lambda leads: SERVICE.preview_approval(
        CLIENT, PENDING, by=ANN, leads=leads
    ),
}

TABLE: Mapping[str, list[Any]] = {"lead_id": ["a"], "als_score": [90]}
FRAMES: Mapping[str, Callable[[], object]] = {
    **{engine: partial(to_frame, TABLE) for engine, to_frame in ENGINES.items()},
    "narwhals": lambda: nw.from_native(cast("Any", ENGINES["pyarrow"](TABLE))),
    "a result": lambda: allocate(ENGINES["pyarrow"](TABLE), ck.DEFAULT_ALLOCATION),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", FRAMES)
def test_what_takes_leads_says_where_dataframes_go(call: str, engine: str) -> None:
    with pytest.raises(ck.PlanError) as caught:
        CALLS[call](FRAMES[engine]())
    assert "not a dataframe (" in str(caught.value)
    instead = (
        "`frames.allocate` plans dataframes, `frames.share_out` shares them out, and "
        "`frames.record` admits their leads"
    )
    assert instead in str(caught.value)


@pytest.mark.parametrize("leads", [[ck.Lead("a", 90)], (ck.Lead("a", 90),), [], {}])
def test_a_list_of_leads_is_no_dataframe(leads: Any) -> None:
    with pytest.raises(ck.PlanError, match=r"`campaignkit.plan` takes lists of leads"):
        allocate(leads, ck.DEFAULT_ALLOCATION)

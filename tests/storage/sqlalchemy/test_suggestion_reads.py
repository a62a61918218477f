"""A suggestion that is brought up to date while it is read."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Engine, MetaData, create_engine, event

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, define_tables
from tests.storage.sqlalchemy.doing import DAY

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
ACME = UUID(int=1)


@pytest.mark.parametrize("times", [1, 5])
def test_it_is_read_as_it_was_before_or_is_afterwards(engine: Engine, url: str, times: int) -> None:
    metadata = MetaData()
    tables = define_tables(metadata, clients=None)
    metadata.create_all(engine)
    others = create_engine(url)
    store = SQLAlchemyStore(engine, tables)
    other = ck.CampaignService(SQLAlchemyStore(others, tables), today=lambda _: DAY)
    campaign = other.create(ck.Campaign.draft(client_id=ACME, name="a"), by=ANN)
    key = ACME, campaign.id
    other.activate(*key, by=ANN)

    def suggest(score: float) -> ck.Suggestion:
        lead = ck.Lead("lead-1", score)
        made = other.intake(*key, [lead], day=DAY, by=SCOUT)
        assert isinstance(made, ck.Suggestion)
        return made

    made, left = suggest(70), iter(range(times))

    def refresh(*args: object) -> None:
        """Bring the suggestion up to date before its leads are read."""
        if "campaign_suggested_leads" in str(args[2]):
            for number in left:
                suggest(71 + number)
                break

    event.listen(engine, "before_cursor_execute", refresh)
    found = store.suggestion(ACME, made.id)
    assert found == other.suggestion(ACME, made.id)
    assert found.revision == 1 + times
    others.dispose()

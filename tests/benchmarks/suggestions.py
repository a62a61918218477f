"""Ten suggestions of many leads, beside ten of an edit: neither lists nor closings read leads.

Each side has a campaign of its own in one database. A campaign is completed in a transaction that
is rolled back, so that the same ten suggestions are closed every time. Times are by the wall in
PostgreSQL, and the processor's in SQLite.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import Engine, event

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.benchmarks import samples
from tests.benchmarks.databases import database
from tests.benchmarks.harness import Benchmark, Effort, Figures, Within
from tests.benchmarks.storage import against

ANN, BOT = ck.Actor.user("ann"), ck.Actor.ai("scout")
CLIENT = samples.running_campaign().client_id
LEADS, EDITS = UUID(int=1, version=4), UUID(int=2, version=4)
"""The campaigns: one with suggestions of leads, and one with suggestions of edits."""
MANY = 10


def service_on(bind: Any) -> ck.CampaignService:  # noqa: ANN401  # as a store takes it
    return ck.CampaignService(SQLAlchemyStore(bind), today=lambda _: samples.DAY)


@contextmanager
def suggested(kind: str, leads: int) -> Generator[Engine]:
    """Give an engine on a database with both campaigns; each suggestion has so many leads."""
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        assert isinstance(store.bind, Engine)
        service = service_on(store.bind)
        for campaign_id in (LEADS, EDITS):
            store.add(
                evolve(
                    samples.running_campaign(),
                    id=campaign_id,
                    permission_mode=ck.PermissionMode.CO_PILOT,
                    daily_lead_limit=10**9,
                    total_lead_limit=None,
                )
            )
        offered = samples.leads(leads, scores=samples.mixed_score)
        for n in range(MANY):
            own = [evolve(lead, id=f"{n}-{lead.id}") for lead in offered]
            service.intake(CLIENT, LEADS, own, day=samples.DAY, by=BOT)
            service.edit(CLIENT, EDITS, name=f"Agencies {n}", by=BOT)
        yield store.bind


def list_pending(engine: Engine, campaign_id: UUID) -> Sequence[ck.SuggestionHead]:
    return service_on(engine).suggestions(CLIENT, campaign_id).items


@contextmanager
def completed(engine: Engine, campaign_id: UUID) -> Generator[ck.CampaignService]:
    """Complete a campaign, give the service, and undo it."""
    with engine.connect() as connection:
        service = service_on(connection)
        service.complete(CLIENT, campaign_id, by=ANN)
        yield service
        connection.rollback()


def close(engine: Engine, campaign_id: UUID) -> None:
    with completed(engine, campaign_id):
        pass


def list_closed(engine: Engine, campaign_id: UUID) -> Sequence[ck.SuggestionHead]:
    with completed(engine, campaign_id) as service:
        return service.suggestions(CLIENT, campaign_id).items


def measure(call: Callable[[Engine, UUID], object], kind: str, effort: Effort) -> Figures:
    with suggested(kind, min(effort.leads, 100_000)) as engine:
        return against(
            kind, lambda: call(engine, LEADS), lambda: call(engine, EDITS), effort, per=MANY
        )


def check(
    find: Callable[[Engine, UUID], Sequence[ck.SuggestionHead]],
    state: ck.SuggestionState,
    kind: str,
) -> None:
    """Check that both sides find ten suggestions in that state, by the same statements."""
    with suggested(kind, 60) as engine:
        for campaign_id, leads in ((LEADS, 60), (EDITS, 0)):
            found = [(head.state, head.lead_count) for head in find(engine, campaign_id)]
            assert found == [(state, leads)] * MANY
        ours, peer = (statements_of(engine, partial(find, engine, i)) for i in (LEADS, EDITS))
        assert ours == peer
        assert not any("suggested_leads" in statement for statement in ours)


def statements_of(engine: Engine, do: Callable[[], object]) -> list[str]:
    """Return the statements that a call executes."""
    seen: list[str] = []

    def see(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", see)
    try:
        do()
    finally:
        event.remove(engine, "before_cursor_execute", see)
    return seen


BENCHMARKS: tuple[Benchmark, ...] = tuple(
    Benchmark(
        name=f"{name}-{kind}",
        what=f"{name} 10 of 100,000 leads, {database_name}",
        peer=f"{name} 10 edits",
        wanted=Within(1.2),
        measure=partial(measure, call, kind),
        check=partial(check, find, state, kind),
    )
    for kind, database_name in (("sqlite", "SQLite"), ("postgres", "PostgreSQL"))
    for name, call, find, state in (
        ("list", list_pending, list_pending, ck.SuggestionState.PENDING),
        ("close", close, list_closed, ck.SuggestionState.CLOSED),
    )
)

"""What a careful programmer writes by hand for one table and one purpose: the peers of storage.

With SQLAlchemy Core: statements made once, rows read by position, no generality. It builds the
same objects and makes the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    Connection,
    CursorResult,
    Executable,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

import campaignkit as ck
from campaignkit.storage.sqlalchemy._store import default_tables

TABLES = default_tables()
CAMPAIGNS, PROGRESS, DAYS = TABLES.campaigns, TABLES.progress, TABLES.days
LEADS, EVENTS = TABLES.leads, TABLES.events
_C, _P, _D, _L, _E = CAMPAIGNS.c, PROGRESS.c, DAYS.c, LEADS.c, EVENTS.c
CHANNELS = tuple(ck.Channel)

DialectInsertT = TypeVar("DialectInsertT", postgresql.Insert, sqlite.Insert)

# --- reading -----------------------------------------------------------------------------------

IS_ONE = (
    _C.id == bindparam("one"),
    _C.client_id == bindparam("client"),
    _C.deleted_at.is_(None),
)
GET = select(CAMPAIGNS).where(*IS_ONE)
FIND = (
    select(CAMPAIGNS)
    .where(
        _C.client_id == bindparam("client"),
        _C.deleted_at.is_(None),
        _C.id > bindparam("after"),
    )
    .order_by(_C.id)
    .limit(bindparam("size"))
)


def campaign_of(row: Sequence[Any]) -> ck.Campaign:
    """Return the campaign of a row, whose values are of the right types already."""
    return ck.Campaign(
        id=row[0],
        client_id=row[1],
        name=row[2],
        status=ck.CampaignStatus(row[3]),
        permission_mode=ck.PermissionMode(row[4]),
        targeting=ck.Targeting(row[5] or (), row[6] or (), row[7] or (), row[8] or ()),
        allocation=ck.Allocation(
            email=row[9], linkedin=row[10], voice=row[11], sms=row[12], mail=row[13]
        ),
        daily_lead_limit=row[14],
        total_lead_limit=row[15],
        start_date=row[16],
        end_date=row[17],
        created_at=_aware(row[18]),
        updated_at=_aware(row[19]),
        deleted_at=None if row[20] is None else _aware(row[20]),
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def get(connection: Connection, client_id: UUID, campaign_id: UUID) -> ck.Campaign:
    """Return one campaign."""
    row = connection.execute(GET, {"one": campaign_id, "client": client_id}).one()
    return campaign_of(row)


def find(connection: Connection, client_id: UUID, after: UUID, size: int) -> list[ck.Campaign]:
    """Return a page of campaigns."""
    rows = connection.execute(FIND, {"client": client_id, "after": after, "size": size})
    return [campaign_of(row) for row in rows]


def row_of(campaign: ck.Campaign) -> dict[str, object]:
    """Return what to insert for a campaign."""
    c = campaign
    return {
        "id": c.id,
        "client_id": c.client_id,
        "name": c.name,
        "status": c.status.value,
        "permission_mode": c.permission_mode.value,
        "target_industries": list(c.targeting.industries),
        "target_titles": list(c.targeting.titles),
        "target_company_sizes": list(c.targeting.company_sizes),
        "target_locations": list(c.targeting.locations),
        **{f"{channel}_allocation": share for channel, share in c.allocation.items()},
        "daily_lead_limit": c.daily_lead_limit,
        "total_lead_limit": c.total_lead_limit,
        "start_date": c.start_date,
        "end_date": c.end_date,
        "created_at": c.created_at,
        "updated_at": c.updated_at,
        "deleted_at": c.deleted_at,
    }


# --- an intake ---------------------------------------------------------------------------------

_IS_ITS = _P.campaign_id == bindparam("one")
LOCK = (
    select(_C.status, *(_C[f"{c}_allocation"] for c in CHANNELS), _C.daily_lead_limit)
    .where(_C.id == bindparam("one"), _C.client_id == bindparam("client"))
    .with_for_update()
)
DONE = select(_P.admitted_total, *(_P[f"{c}_carried"] for c in CHANNELS)).where(_IS_ITS)
TODAY = select(_D.admitted).where(_D.campaign_id == bindparam("one"), _D.day == bindparam("today"))
THERE = select(_L.lead_id).where(
    _L.campaign_id == bindparam("one"), _L.lead_id.in_(bindparam("ids", expanding=True))
)
ADD = insert(LEADS)
MOVE = update(PROGRESS).where(_IS_ITS)
_TOLD = select(func.coalesce(func.max(_E.number), 0) + 1).where(_E.campaign_id == bindparam("one"))
TELL = insert(EVENTS).values(
    campaign_id=bindparam("one"),
    number=_TOLD.scalar_subquery(),
    kind="applied",
    event=bindparam("what", type_=_E.event.type),
)


def _count(into: Callable[[Table], DialectInsertT]) -> DialectInsertT:
    new = into(DAYS)
    return new.on_conflict_do_update(
        index_elements=[_D.campaign_id, _D.day],
        set_={"admitted": _D.admitted + new.excluded.admitted},
    )


COUNT = {"postgresql": _count(postgresql.insert), "sqlite": _count(sqlite.insert)}


def intake(
    connection: Connection, client_id: UUID, campaign_id: UUID, leads: Sequence[ck.Lead], day: date
) -> ck.Plan:
    """Take leads, in a transaction of the caller's."""
    steps = _steps(connection.dialect.name, client_id, campaign_id, leads, day)
    statement, values = next(steps)
    while True:
        try:
            statement, values = steps.send(connection.execute(statement, values))
        except StopIteration as done:
            made: ck.Plan = done.value
            return made


async def async_intake(
    connection: AsyncConnection,
    client_id: UUID,
    campaign_id: UUID,
    leads: Sequence[ck.Lead],
    day: date,
) -> ck.Plan:
    """Take leads by the statements of the store, that of its history among them, each awaited."""
    steps = _steps(connection.dialect.name, client_id, campaign_id, leads, day, tells=True)
    statement, values = next(steps)
    while True:
        try:
            statement, values = steps.send(await connection.execute(statement, values))
        except StopIteration as done:
            made: ck.Plan = done.value
            return made


def _steps(
    dialect: str,
    client_id: UUID,
    campaign_id: UUID,
    leads: Sequence[ck.Lead],
    day: date,
    *,
    tells: bool = False,
) -> Generator[tuple[Executable, Any], CursorResult[Any], ck.Plan]:
    """Lock a campaign, read what it has done, plan, and write.

    The campaign has a progress, and its shares are those that its counts belong to.
    """
    one = {"one": campaign_id}
    locked: list[Any] = list((yield LOCK, {**one, "client": client_id}).one())
    status, shares, daily = locked[0], locked[1:-1], locked[-1]
    if status != "active":
        raise ValueError(status)
    done: list[Any] = list((yield DONE, one).one())
    total, carried = done[0], done[1:]
    today = (yield TODAY, {**one, "today": day}).scalar() or 0
    ids = [lead.id for lead in leads]
    there = set((yield THERE, {**one, "ids": ids}).scalars())
    new = sorted((lead for lead in leads if lead.id not in there), key=_order)
    counts = ck.ChannelCounts(dict(zip(CHANNELS, carried, strict=True)))
    made = ck.plan(
        ck.Allocation.from_mapping(dict(zip(CHANNELS, shares, strict=True))),
        new[: daily - today],
        carried=counts,
    )
    scores = {lead.id: lead.als_score for lead in new}
    rows = [
        {
            "campaign_id": campaign_id,
            "lead_id": lead_id,
            "channel": channel.value,
            "tier": str(ck.DEFAULT_GATE.tier(scores[lead_id])),
            "als_score": scores[lead_id],
            "day": day,
            "epoch": 0,
        }
        for lead_id, channel in made.assignments.items()
    ]
    yield ADD, rows
    yield COUNT[dialect], {"campaign_id": campaign_id, "day": day, "admitted": len(rows)}
    moved = {f"{c}_carried": had + made.counts[c] for c, had in zip(CHANNELS, carried, strict=True)}
    yield MOVE, {**one, "admitted_total": total + len(rows), **moved}
    if tells:
        yield TELL, {**one, "what": {"leads": [row["lead_id"] for row in rows]}}
    return made


def _order(lead: ck.Lead) -> tuple[float, str]:
    return -(lead.als_score or 0), str(lead.id)

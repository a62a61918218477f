"""A host's values mean what it says of them: when they are read, written, and searched for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    RowMapping,
    Table,
    Text,
    Uuid,
    insert,
    select,
    update,
)
from sqlalchemy import Enum as EnumType

import campaignkit as ck
from campaignkit import Campaign, CampaignStatus, PermissionMode
from campaignkit.serialization._rows import ROW_FIELDS, SHARE_COLUMNS
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables, adopt_table
from campaignkit.storage.sqlalchemy._tables import TARGETS
from tests.storage.sqlalchemy.databases import MODES, STATUSES, add_client, with_other_values
from tests.storage.sqlalchemy.doing import CREATED, DAY, campaign

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
STRICT, FREE = UUID(int=1), UUID(int=2)
MADE = datetime(2025, 1, 1, tzinfo=UTC)
SHARES = dict(zip(SHARE_COLUMNS, (40, 30, 20, 5, 5), strict=True))

CANNOT = "maps None to an invalid value"

NULLS: Mapping[str, object] = {
    "name": "Untitled",
    "permission_mode": PermissionMode.MANUAL,
    "target_industries": ("SEO",),
    "target_titles": ("CEO",),
    "target_company_sizes": ("1-10",),
    "target_locations": ("Sydney",),
    **dict(zip(SHARE_COLUMNS, (60, 40, 0, 0, 0), strict=True)),
    "daily_lead_limit": 25,
    "total_lead_limit": 1000,
    "start_date": DAY,
    "end_date": DAY + timedelta(days=1),
    "created_at": MADE,
    "updated_at": MADE,
}
"""What NULL means in each column where it may mean something."""


def value(campaign: Campaign, name: str) -> object:
    field, part = ROW_FIELDS[name]
    whole = getattr(campaign, field)
    return whole if part is None else whole[part] if name in SHARE_COLUMNS else getattr(whole, part)


def add_row(engine: Engine, tables: Tables, client_id: UUID, **values: object) -> UUID:
    """Add a row as the host does."""
    own_id = uuid4()
    own = {"id": own_id, "client_id": client_id, "title": "x", "created_at": CREATED}
    with engine.begin() as connection:
        row = {**own, "updated_at": CREATED, **SHARES, **values}
        connection.execute(insert(tables.campaigns).values(row))
    return own_id


def row_of(engine: Engine, tables: Tables, campaign_id: UUID) -> RowMapping:
    own = tables.campaigns
    with engine.connect() as connection:
        return connection.execute(select(own).where(own.c.id == campaign_id)).mappings().one()


def test_each_label_is_read_and_found_as_what_it_means(engine: Engine) -> None:
    tables = with_other_values(engine)
    store, client = SQLAlchemyStore(engine, tables), uuid4()
    add_client(engine, client)
    ids = {label: add_row(engine, tables, client, state=label) for label in STATUSES}
    read = {label: store.get(client, own_id).status for label, own_id in ids.items()}
    assert read == STATUSES
    everything = store.find(client).items
    for statuses in ([one] for one in CampaignStatus):
        found = store.find(client, statuses=statuses).items
        assert found == tuple(c for c in everything if c.status in statuses)
        assert found
    running = tuple(c for c in everything if c.is_running(DAY))
    assert len(running) == 2
    assert store.find(client, running_on=DAY).items == running
    assert store.running_across_clients(DAY).items == running
    assert store.find(client, statuses=list(CampaignStatus)).items == everything
    modes = {own: add_row(engine, tables, client, mode=own) for own in MODES}
    assert {own: store.get(client, i).permission_mode for own, i in modes.items()} == MODES


def test_a_status_that_is_written_is_the_first_label_and_an_unchanged_one_stays(
    engine: Engine,
) -> None:
    tables = with_other_values(engine)
    store, client = SQLAlchemyStore(engine, tables), uuid4()
    add_client(engine, client)
    service = ck.CampaignService(store)
    own = service.create(Campaign.draft(client_id=client, name="x"), by=ANN)
    theirs = add_row(engine, tables, client, state="pending_approval", mode="by_hand")
    assert row_of(engine, tables, own.id)["state"] == "draft"
    for name, state in (("edit", "pending_approval"), ("activate", "live"), ("pause", "stopped")):
        fields = {"name": "y", "permission_mode": "autopilot"} if name == "edit" else {}
        getattr(service, name)(client, theirs, by=ANN, **fields)
        row = row_of(engine, tables, theirs)
        assert (row["title"], row["state"], row["mode"]) == ("y", state, "auto")
    service.complete(client, theirs, by=ANN)
    assert row_of(engine, tables, theirs)["state"] == "done"


def test_a_label_that_is_mapped_nowhere_is_reported_and_hides_no_good_row(engine: Engine) -> None:
    tables = with_other_values(engine)
    store, client = SQLAlchemyStore(engine, tables), uuid4()
    add_client(engine, client)
    good = add_row(engine, tables, client, state="live")
    add_row(engine, tables, client, state="archived")
    page = store.find(client)
    assert [one.id for one in page.items] == [good]
    known = ", ".join(label for label in STATUSES if label is not None)
    assert page.corrupt[0].faults == (f"status must be one of {known}, not 'archived'",)


def test_searches_for_campaigns_tell_of_those_that_might_be_among_them(engine: Engine) -> None:
    """An engine asks for what is running only, and must not be without a campaign silently."""
    tables = with_other_values(engine)
    store, client = SQLAlchemyStore(engine, tables), uuid4()
    add_client(engine, client)
    day, earlier = DAY, DAY - timedelta(days=1)
    good = add_row(engine, tables, client, state="live")
    strange = add_row(engine, tables, client, state="archived")
    turned = add_row(engine, tables, client, state="live", start_date=day, end_date=earlier)
    add_row(engine, tables, client, state="done", start_date=day, end_date=earlier)
    add_row(engine, tables, client, state="archived", deleted_at=CREATED)
    pages = {
        "active": store.find(client, statuses=[CampaignStatus.ACTIVE]),
        "on a day": store.find(client, running_on=day),
        "of all": store.running_across_clients(day),
        "on the day of each": store.running_across_clients(lambda _: day),
    }
    for asked, page in pages.items():
        assert [one.id for one in page.items] == [good], asked
        assert {error.key for error in page.corrupt} == {strange, turned}, asked


def test_null_means_what_the_host_says_of_each_column(engine: Engine) -> None:
    """By a value and by a function; in a column and where the table has none."""
    tables = with_other_values(engine, {n: {None: meaning} for n, meaning in NULLS.items()})
    store = SQLAlchemyStore(engine, tables)
    client = uuid4()
    add_client(engine, client)
    keys = {n: "title" if n == "name" else "mode" if n == "permission_mode" else n for n in NULLS}
    own_id = add_row(engine, tables, client, state=None, **dict.fromkeys(keys.values()))
    read = store.get(client, own_id)
    assert {name: value(read, name) for name in NULLS} == NULLS
    with engine.begin() as connection:
        connection.execute(update(tables.campaigns).values(state="live"))
    read = store.get(client, own_id)
    days = [DAY + timedelta(days=n) for n in (-1, 0, 1, 2)]
    assert [read.is_running(day) for day in days] == [False, True, True, False]
    for day in days:
        found = (read,) if read.is_running(day) else ()
        assert store.find(client, running_on=day).items == found
        assert store.running_across_clients(day).items == found
    store.replace(read, read.pause(at=CREATED))
    row = row_of(engine, tables, own_id)
    assert row["state"] == "stopped"
    assert [n for n, key in keys.items() if row[key] is not None] == ["updated_at"]


@pytest.mark.parametrize("is_there", [True, False], ids=["NULL", "no column"])
def test_null_may_mean_something_to_each_client(engine: Engine, *, is_there: bool) -> None:
    asked: list[UUID] = []

    def mean(name: str) -> object:
        def meaning(client_id: UUID) -> object:
            asked.append(client_id)
            return NULLS[name] if client_id == STRICT else usual[name]

        return meaning

    usual: dict[str, object] = {
        "permission_mode": PermissionMode.AUTOPILOT,
        **dict.fromkeys(TARGETS, ("Other",)),
        "target_company_sizes": ("11-50",),
        **SHARES,
        "daily_lead_limit": 50,
        "total_lead_limit": None,
    }
    table = Table(
        "outreach",
        MetaData(),
        Column("id", Uuid(), primary_key=True),
        Column("client_id", Uuid()),
        Column("name", Text()),
        Column("status", Text()),
        Column("email_allocation", Integer()),
    )
    values: dict[str, Mapping[Any, Any]] = {name: {None: mean(name)} for name in usual}
    if is_there:
        tables = with_other_values(engine, values)
        for client in (STRICT, FREE):
            add_client(engine, client)
    else:
        tables = adopt_table(table, values=values)
        table.metadata.create_all(engine)
    store = SQLAlchemyStore(engine, tables)
    for client, meanings in ((STRICT, NULLS), (FREE, usual)):
        live = {"title": "x", "state": "live"} if is_there else {"name": "x", "status": "active"}
        with engine.begin() as connection:
            new = {"id": client, "client_id": client, **live}
            connection.execute(insert(tables.campaigns).values(new))
        read = store.get(client, client)
        assert {name: value(read, name) for name in usual} == {n: meanings[n] for n in usual}
        assert set(asked) == {client}
        asked.clear()
        assert store.find(client, running_on=DAY).items == (read,)
        renamed = store.replace(read, read.edit(at=CREATED, name="y"))
        assert renamed.name == "y"
        row = row_of(engine, tables, client)
        columns = [c for n in usual if (c := tables.columns[n]) is not None]
        assert [row[c.key] for c in columns] == [None] * len(columns)
        asked.clear()


def test_the_mode_of_a_client_decides_what_its_ai_may_do(engine: Engine) -> None:
    modes = {STRICT: PermissionMode.MANUAL, FREE: PermissionMode.AUTOPILOT}
    tables = with_other_values(engine, {"permission_mode": {**MODES, None: modes.__getitem__}})
    service = ck.CampaignService(SQLAlchemyStore(engine, tables))
    for client in modes:
        add_client(engine, client)
    strict, free = (add_row(engine, tables, client, state="live") for client in modes)
    with pytest.raises(ck.PermissionDeniedError):
        service.pause(STRICT, strict, by=SCOUT)
    assert isinstance(service.pause(FREE, free, by=SCOUT), Campaign)
    service.edit(STRICT, strict, name="y", by=ANN)
    assert row_of(engine, tables, strict)["mode"] is None
    modes[STRICT] = PermissionMode.AUTOPILOT
    assert isinstance(service.pause(STRICT, strict, by=SCOUT), Campaign)
    service.edit(STRICT, strict, permission_mode=PermissionMode.MANUAL, by=ANN)
    assert row_of(engine, tables, strict)["mode"] == "by_hand"


@pytest.mark.parametrize("answer", [None, "whatever", 7])
def test_an_answer_that_is_no_mode_is_reported(engine: Engine, answer: object) -> None:
    def mode_of(client_id: UUID) -> object:
        assert client_id == FREE
        return answer

    tables = with_other_values(engine, {"permission_mode": {**MODES, None: mode_of}})
    add_client(engine, FREE)
    own_id = add_row(engine, tables, FREE)
    with pytest.raises(ck.CorruptRowError, match="permission_mode must be one of autopilot") as no:
        SQLAlchemyStore(engine, tables).get(FREE, own_id)
    assert no.value.faults[0].endswith(f"not {answer!r}")


def test_what_null_does_not_mean_cannot_be_written(engine: Engine) -> None:
    def thousand(_: UUID) -> int:
        return 1000

    ends = date(2026, 12, 31)
    given: dict[str, Any] = {"total_lead_limit": {None: thousand}, "end_date": {None: ends}}
    tables = with_other_values(engine, given)
    store = SQLAlchemyStore(engine, tables)
    add_client(engine, FREE)
    with pytest.raises(ck.CampaignError) as refused:
        store.add(campaign(client_id=FREE))
    assert refused.value.faults == (
        "total_lead_limit must not be None, because table outreach reads NULL by a function",
        "end_date must not be None, because table outreach reads NULL as 2026-12-31",
    )
    added = store.add(campaign(client_id=FREE, total_lead_limit=5, end_date=DAY))
    with pytest.raises(ck.CampaignError, match="reads NULL as 2026-12-31"):
        store.replace(added, added.edit(at=CREATED, end_date=None))


class State(Enum):
    """A host's own enumeration, with labels of another kind."""

    WAITING = 1
    RUNNING = 2
    ENDED = 3


def test_labels_may_be_members_of_the_hosts_enumeration_or_numbers(engine: Engine) -> None:
    table = Table(
        "outreach",
        MetaData(),
        Column("id", Uuid(), primary_key=True),
        Column("client_id", Uuid()),
        Column("name", Text()),
        Column("status", EnumType(State)),
        Column("permission_mode", Integer()),
        *(Column(name, Integer()) for name in SHARE_COLUMNS),
    )
    states = {State.WAITING: "draft", "RUNNING": CampaignStatus.ACTIVE, State.ENDED: "completed"}
    values: dict[str, Any] = {
        "status": states,
        "permission_mode": {0: "manual", 1: "co_pilot", 2: "autopilot"},
    }
    tables = adopt_table(table, values=values)
    table.metadata.create_all(engine)
    store = SQLAlchemyStore(engine, tables)
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    added = store.add(
        campaign(permission_mode=PermissionMode.MANUAL, created_at=long_ago, updated_at=long_ago)
    )
    assert store.find(added.client_id, running_on=DAY).items == (added,)
    row = row_of(engine, tables, added.id)
    assert (row["status"], row["permission_mode"]) == (State.RUNNING, 0)
    with pytest.raises(ck.CampaignError, match="'paused'"):
        store.replace(added, added.pause(at=CREATED))


def test_all_that_is_wrong_with_values_is_said_at_once() -> None:
    columns: list[Column[Any]] = [
        Column(name) for name in ROW_FIELDS if name not in ("status", "permission_mode")
    ]
    state: Column[Any] = Column("status", EnumType("draft", "live", name="state"))
    kinds: Column[Any] = Column("kind", EnumType(State))
    table = Table("outreach", MetaData(), *columns, state, kinds)
    wrong: dict[str, Any] = {
        "nmae": {},
        "id": {None: 1},
        "status": {"live": "running", "lve": "active", None: uuid4},
        "permission_mode": {State.ENDED: "manual", "ENDED": "manual"},
        "daily_lead_limit": {5: 6, None: 0},
        "email_allocation": {None: 101},
        "target_titles": {None: [""]},
        "start_date": {None: uuid4},
        "end_date": {None: "tomorrow"},
        "name": "Untitled",
    }
    with pytest.raises(ck.errors.InvalidError) as refused:
        adopt_table(table, {"permission_mode": "kind"}, values=wrong)
    assert [fault.split(",")[0] for fault in refused.value.faults] == [
        "values names 'nmae'",
        "values must not name id",
        "values['status'] must map 'live' to one of draft",
        "values['status'] names 'lve'",
        "values['status'] must map None to a value",
        "values['permission_mode'] names 3 twice",
        "values['daily_lead_limit'] may only map None",
        f"values['daily_lead_limit'] {CANNOT}: daily_lead_limit must be from 1 to 2147483647",
        f"values['email_allocation'] {CANNOT}: must be from 0 to 100",
        f"values['target_titles'] {CANNOT}: titles[0] must not be blank",
        "values['start_date'] must map None to a value",
        f"values['end_date'] {CANNOT}: end_date must be a date",
        "values['name'] must be a mapping",
    ]
    assert not any(name.startswith("campaign_") for name in table.metadata.tables)

"""Rows are read as the design says, whoever wrote them; and written through the columns' types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    event,
    insert,
    select,
    text,
)
from sqlalchemy import Enum as EnumType

from campaignkit import (
    Allocation,
    ALSTier,
    Assignment,
    Campaign,
    CampaignError,
    CampaignStatus,
    Channel,
    CorruptRowError,
    PermissionMode,
    Progress,
    Targeting,
)
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage import Page
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables, adopt_table
from campaignkit.storage.sqlalchemy._store import default_tables
from tests.storage.sqlalchemy.databases import (
    add_client,
    with_another_hosts_table,
    with_the_designs_table,
)
from tests.storage.sqlalchemy.doing import (
    CREATED,
    DAY,
    admit,
    assigned,
    campaign,
    nothing,
    see,
    writing,
)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SHARES = tuple(f"{channel}_allocation" for channel in Channel)


# -- The table as the design's SQL makes it -------------------------------------------------------


@pytest.fixture
def designs(postgres_engine: Engine) -> Tables:
    return with_the_designs_table(postgres_engine)


def add_row(engine: Engine, tables: Tables, **values: object) -> tuple[UUID, UUID]:
    """Add a row as a host does that knows nothing of the library."""
    key = {"client_id": uuid4(), "id": uuid4()}
    add_client(engine, key["client_id"])
    with engine.begin() as connection:
        connection.execute(insert(tables.campaigns).values({"name": "x", **key, **values}))
    return key["client_id"], key["id"]


def test_null_reads_as_what_it_stands_for(postgres_engine: Engine, designs: Tables) -> None:
    nullable = set(ROW_FIELDS) - {"id", "client_id", "name", *SHARES}
    key = add_row(postgres_engine, designs, **dict.fromkeys(nullable))
    store = SQLAlchemyStore(postgres_engine, designs)
    wanted = Campaign(
        id=key[1],
        client_id=key[0],
        name="x",
        status=CampaignStatus.DRAFT,
        permission_mode=PermissionMode.CO_PILOT,
        targeting=Targeting(),
        daily_lead_limit=50,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    assert store.get(*key) == wanted
    assert store.find(key[0], statuses=[CampaignStatus.DRAFT]).items == (wanted,)
    assert store.find(key[0], statuses=[CampaignStatus.ACTIVE]).items == ()
    assert store.progress(*key, DAY) == Progress(DAY, allocation=wanted.allocation)


def test_null_stays_null_unless_it_is_changed(postgres_engine: Engine, designs: Tables) -> None:
    key = add_row(postgres_engine, designs, status=None, daily_lead_limit=None)
    store = SQLAlchemyStore(postgres_engine, designs)
    before = store.get(*key)
    store.replace(before, before.edit(at=CREATED, name="y"))
    columns = designs.campaigns.c
    with postgres_engine.connect() as connection:
        row = connection.execute(
            select(columns.name, columns.status, columns.daily_lead_limit)
        ).one()
    assert tuple(row) == ("y", None, None)


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"email_allocation": None}, 1),
        (dict.fromkeys(SHARES), len(SHARES)),
        ({"email_allocation": 120, "linkedin_allocation": -50}, 2),
        ({"name": " ", "daily_lead_limit": 0, "total_lead_limit": -1, "target_titles": [""]}, 4),
        ({"target_industries": ["SEO", None], "target_company_sizes": ["many"]}, 2),
        ({"start_date": date(2026, 11, 24), "end_date": DAY}, 1),
        ({"name": "", "sms_allocation": None, "end_date": DAY, "start_date": date.max}, 3),
    ],
)
def test_a_row_that_breaks_rules_says_all_that_is_wrong(
    postgres_engine: Engine, designs: Tables, values: Mapping[str, object], faults: int
) -> None:
    key = add_row(postgres_engine, designs, **values)
    store = SQLAlchemyStore(postgres_engine, designs)
    with pytest.raises(CorruptRowError) as raised:
        store.get(*key)
    assert (raised.value.what, raised.value.key) == ("campaign", key[1])
    assert len(raised.value.faults) == faults
    readable = raised.value.readable
    assert store.snapshot(*key, day=DAY, lead_ids=["a"]).campaign == readable
    assert store.transact(*key, see).outcome == readable
    page = store.find(key[0])
    assert page.items == ()
    assert [(error.key, error.readable) for error in page.corrupt] == [(key[1], readable)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("end_date", "infinity"),
        ("start_date", "0044-03-15 BC"),
        ("updated_at", "-infinity"),
        ("created_at", "10000-01-01"),
    ],
)
def test_a_time_that_python_does_not_have_hides_no_good_row(
    postgres_engine: Engine, designs: Tables, column: str, value: str
) -> None:
    key = add_row(postgres_engine, designs)
    store = SQLAlchemyStore(postgres_engine, designs)
    good = [store.add(campaign(client_id=key[0])) for _ in range(2)]
    with postgres_engine.begin() as connection:
        change = text(f"UPDATE campaigns SET {column} = '{value}' WHERE id = :id")  # ours
        connection.execute(change, {"id": key[1]})
    page = store.find(key[0])
    assert sorted(page.items, key=lambda each: each.id) == sorted(good, key=lambda each: each.id)
    assert [error.key for error in page.corrupt] == [key[1]]
    first = store.find(key[0], limit=2)
    pages = (first, store.find(key[0], after=first.next, limit=2))
    assert [len(part.items) + len(part.corrupt) for part in pages] == [2, 1]
    with pytest.raises(CorruptRowError, match=f"{column} must be a date.*, not '{value}") as raised:
        store.get(*key)
    readable = raised.value.readable
    assert [*readable.faults] == [column]
    assert store.snapshot(*key, day=DAY, lead_ids=["a"]).campaign == readable
    assert store.transact(*key, see).outcome == readable
    assert store.find(uuid4()).items == ()


def test_a_deleted_row_is_hidden_whatever_is_in_it(
    postgres_engine: Engine, designs: Tables
) -> None:
    key = add_row(postgres_engine, designs, sms_allocation=None, deleted_at=CREATED)
    store = SQLAlchemyStore(postgres_engine, designs)
    assert not store.find(key[0]).corrupt
    assert store.find(key[0], include_deleted=True).corrupt


def test_a_label_that_a_host_added_hides_no_good_row(
    postgres_engine: Engine, designs: Tables
) -> None:
    with postgres_engine.begin() as connection:
        connection.execute(text("ALTER TYPE campaign_status ADD VALUE 'archived'"))
    key = add_row(postgres_engine, designs)
    store = SQLAlchemyStore(postgres_engine, designs)
    good = store.add(campaign(client_id=key[0]))
    with postgres_engine.begin() as connection:
        archive = text("UPDATE campaigns SET status = 'archived' WHERE id = :id")
        connection.execute(archive, {"id": key[1]})
    page = store.find(key[0])
    assert page.items == (good,)
    assert page.corrupt[0].key == key[1]
    assert (
        "status must be one of draft, active, paused, completed, not 'archived'"
        in (page.corrupt[0].faults[0])
    )


def test_times_come_back_in_utc_wherever_the_host_is(
    postgres_engine: Engine, designs: Tables
) -> None:
    @event.listens_for(postgres_engine, "connect")
    def _(driver: Any, _: object) -> None:  # the driver's connection
        driver.execute("SET TIME ZONE 'Pacific/Auckland'")
        driver.commit()

    there = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=13)))
    added = campaign(created_at=there, updated_at=there)
    add_client(postgres_engine, added.client_id)
    store = SQLAlchemyStore(postgres_engine, designs)
    assert store.add(added) == added
    assert store.get(added.client_id, added.id).created_at.tzinfo is UTC


# -- Another host's table -------------------------------------------------------------------------


@pytest.fixture
def adopted(postgres_engine: Engine) -> Tables:
    return with_another_hosts_table(postgres_engine)


def test_what_a_table_has_no_column_for_is_refused(
    postgres_engine: Engine, adopted: Tables
) -> None:
    store = SQLAlchemyStore(postgres_engine, adopted)
    limited = campaign(total_lead_limit=10)
    add_client(postgres_engine, limited.client_id)
    with pytest.raises(CampaignError) as refused:
        store.add(limited)
    assert refused.value.faults == ("total_lead_limit 10 has no column in table outreach",)
    plain = store.add(campaign(client_id=limited.client_id))
    with pytest.raises(CampaignError):
        store.replace(plain, plain.edit(at=CREATED, total_lead_limit=10))
    assert store.get(plain.client_id, plain.id) == plain


def test_other_columns_keep_their_defaults_and_the_trigger_has_its_way(
    postgres_engine: Engine, adopted: Tables
) -> None:
    store = SQLAlchemyStore(postgres_engine, adopted)
    added = campaign(targeting=Targeting(titles=("CEO", "CTO")), end_date=DAY)
    add_client(postgres_engine, added.client_id)
    assert store.add(added) == added
    changed = store.replace(added, added.edit(at=CREATED, name="y"))
    assert changed.updated_at == datetime(2000, 1, 1, tzinfo=UTC)
    assert changed == store.get(added.client_id, added.id)
    again = store.replace(changed, changed.edit(at=CREATED, name="z"))
    assert again.name == "z"
    with postgres_engine.connect() as connection:
        row = connection.execute(text("SELECT owner, client FROM outreach")).one()
    assert tuple(row) == ("nobody", "ours")


def test_a_foreign_writer_is_seen(postgres_engine: Engine, adopted: Tables) -> None:
    store = SQLAlchemyStore(postgres_engine, adopted)
    added = campaign()
    add_client(postgres_engine, added.client_id)
    store.add(added)
    store.transact(added.client_id, added.id, admit("a"))
    with postgres_engine.begin() as connection:
        connection.execute(
            text("UPDATE outreach SET allocation_email = 0, allocation_mail = 45, state = 'paused'")
        )
    snapshot = store.snapshot(added.client_id, added.id, day=DAY)
    assert snapshot.campaign.status is CampaignStatus.PAUSED
    assert snapshot.progress == Progress(
        DAY,
        admitted_today=1,
        admitted_total=1,
        allocation=Allocation(email=0, linkedin=30, voice=20, sms=5, mail=45),
        epoch=1,
    )


# -- Tables of all kinds of types -----------------------------------------------------------------


class State(Enum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Mode(IntEnum):
    MANUAL = 0
    CO_PILOT = 1
    AUTOPILOT = 2


def strange_table(metadata: MetaData) -> Table:
    """Give a table with other types for nearly everything, which both databases have."""
    return Table(
        "outreach",
        metadata,
        Column("id", String(36), primary_key=True),
        Column("client_id", Uuid(as_uuid=False)),
        Column("name", Text()),
        Column("status", EnumType(State)),
        Column("permission_mode", EnumType(Mode)),
        Column("target_industries", JSON()),
        Column("target_titles", JSON()),
        Column("email_allocation", Integer()),
        Column("mail_allocation", Integer()),
        Column("created_at", DateTime()),
        Column("deleted_at", DateTime()),
    )


def test_columns_are_read_and_written_through_their_types(engine: Engine) -> None:
    metadata = MetaData()
    table = strange_table(metadata)
    store = SQLAlchemyStore(engine, adopt_table(table))
    metadata.create_all(engine)
    added = campaign(
        permission_mode=PermissionMode.AUTOPILOT,
        allocation=Allocation(email=90, mail=10),
        targeting=Targeting(industries=("SEO",), titles=("CEO",)),
        updated_at=LONG_AGO,
    )
    assert store.add(added) == added
    paused = store.replace(added, added.pause(at=CREATED))
    assert paused.status is CampaignStatus.PAUSED
    assert store.find(added.client_id, statuses=list(CampaignStatus)).items == (paused,)
    store.transact(added.client_id, added.id, admit("a"), day=DAY, lead_ids=["a"])
    assert store.assignments(added.client_id, added.id).items == assigned("a")
    with engine.connect() as connection:
        row = connection.execute(select(table)).one()
    assert row.id == str(added.id)
    assert (row.status, row.permission_mode) == (State.PAUSED, Mode.AUTOPILOT)
    assert row.created_at == CREATED.replace(tzinfo=None)
    with pytest.raises(CampaignError) as refused:
        store.replace(paused, paused.complete(at=CREATED))
    assert "'completed'" in refused.value.faults[0]
    with pytest.raises(CampaignError, match="daily_lead_limit 51 has no column"):
        store.replace(paused, paused.edit(at=CREATED, daily_lead_limit=51))


def test_a_status_that_a_host_does_not_have_finds_nothing(engine: Engine) -> None:
    table = strange_table(MetaData())
    table.metadata.create_all(engine)
    store = SQLAlchemyStore(engine, adopt_table(table))
    assert store.find(uuid4(), statuses=[CampaignStatus.COMPLETED]).items == ()


def test_a_running_campaign_needs_no_dates(engine: Engine) -> None:
    table = strange_table(MetaData())
    store = SQLAlchemyStore(engine, adopt_table(table))
    table.metadata.create_all(engine)
    added = store.add(campaign(allocation=Allocation(email=100), updated_at=LONG_AGO))
    assert store.find(added.client_id, running_on=DAY).items == (added,)


# -- What SQLite lets in --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created_at", "yesterday"),
        ("start_date", "23.11.2026"),
        ("target_titles", "[CEO"),
        ("target_titles", '"CEO"'),
        ("target_titles", '{"CEO": 1}'),
        ("status", "archived"),
        ("email_allocation", 40.5),
        ("daily_lead_limit", "many"),
        ("name", b"\xff"),
    ],
)
def test_what_sqlite_lets_in_hides_no_good_row(
    sqlite_engine: Engine, column: str, value: object
) -> None:
    default_tables().campaigns.metadata.create_all(sqlite_engine)
    store = SQLAlchemyStore(sqlite_engine)
    good, bad = store.add_all([campaign(client_id=UUID(int=1)), campaign(client_id=UUID(int=1))])
    with sqlite_engine.begin() as connection:
        # As in a table of a host's, which has no such checks.
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        spoil = text(f"UPDATE campaigns SET {column} = :value WHERE id = :id")
        connection.execute(spoil, {"value": value, "id": bad.id.hex})
    page = store.find(good.client_id)
    assert page.items == (good,)
    (error,) = page.corrupt
    assert error.key == bad.id
    assert len(error.faults) == 1


# -- What triggers do -----------------------------------------------------------------------------

SPOIL = {
    "sqlite": (
        "PRAGMA ignore_check_constraints = ON",
        *(
            f"""
            CREATE TRIGGER after_{event} AFTER {event} ON campaigns WHEN new.name = 'spoil' BEGIN
                UPDATE campaigns SET created_at = 'yesterday' WHERE id = new.id;
            END
            """
            for event in ("INSERT", "UPDATE")
        ),
    ),
    "postgresql": (
        "ALTER TYPE campaign_status ADD VALUE 'archived'",
        """
        CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.status = 'archived';
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON campaigns
        FOR EACH ROW WHEN (NEW.name = 'spoil') EXECUTE FUNCTION spoil()
        """,
    ),
}


def test_a_row_that_a_trigger_spoils_is_not_written(engine: Engine) -> None:
    default_tables().campaigns.metadata.create_all(engine)
    for statement in SPOIL[engine.dialect.name]:
        with engine.begin() as connection:
            connection.execute(text(statement))
    store, client_id = SQLAlchemyStore(engine), uuid4()
    good = store.add(campaign(client_id=client_id))
    writes: list[Callable[[], object]] = [
        lambda: store.add(campaign(client_id=client_id, name="spoil")),
        lambda: store.replace(good, good.edit(at=CREATED, name="spoil")),
    ]
    for write in writes:
        with pytest.raises(CorruptRowError, match=r"(status|created_at) must be"):
            write()
    assert store.find(client_id) == Page((good,))


# -- The ledger -----------------------------------------------------------------------------------


def spoilt(engine: Engine, statement: str) -> tuple[SQLAlchemyStore, tuple[UUID, UUID]]:
    """Give a store with two leads, after a statement that no check hinders."""
    default_tables().campaigns.metadata.create_all(engine)
    store = SQLAlchemyStore(engine)
    added = store.add(campaign())
    store.transact(added.client_id, added.id, admit("a", "b"), day=DAY)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        else:
            connection.execute(text("ALTER TABLE campaign_leads DROP CONSTRAINT valid_score"))
        connection.execute(text(statement))
    return store, (added.client_id, added.id)


def test_a_lead_that_cannot_be_read_hides_no_other(engine: Engine) -> None:
    store, key = spoilt(
        engine, "UPDATE campaign_leads SET channel = 'fax', als_score = 101 WHERE lead_id = 'a'"
    )
    page = store.assignments(*key)
    assert page.items == assigned("b")
    assert (page.corrupt[0].what, page.corrupt[0].key) == ("assignment", "a")
    assert len(page.corrupt[0].faults) == 2
    with pytest.raises(CorruptRowError):
        store.transact(*key, nothing, lead_ids=["a"])
    store.transact(*key, nothing, lead_ids=["b"])


def test_a_progress_that_cannot_be_read_says_why(engine: Engine) -> None:
    store, key = spoilt(
        engine, "UPDATE campaign_progress SET email_allocation = 99, admitted_total = 1"
    )
    for read in (lambda: store.progress(*key, DAY), lambda: store.transact(*key, admit("c"))):
        with pytest.raises(CorruptRowError) as raised:
            read()
        assert raised.value.what == "progress"
        assert "shares must add up to 100" in raised.value.faults[0]
    assert store.get(*key)


def test_scores_come_back_to_the_last_digit(engine: Engine) -> None:
    default_tables().campaigns.metadata.create_all(engine)
    store = SQLAlchemyStore(engine)
    added = store.add(campaign())
    leads = tuple(
        Assignment(f"lead-{n}", Channel.SMS, ALSTier.HOT, score, DAY, epoch=3)
        for n, score in enumerate(
            [0, 100, 0.1, 99.99999999999999, 5e-324, 1 / 3, 33.333333333333336]
        )
    )
    store.transact(added.client_id, added.id, writing(assigned=leads))
    stored = store.assignments(added.client_id, added.id).items
    assert stored == leads
    assert [*map(repr, stored)] == [*map(repr, leads)]


def test_a_campaign_that_a_host_deletes_takes_its_ledger_along(engine: Engine) -> None:
    with SQLAlchemyStore.open(engine.url) as store:
        added = store.add(campaign())
        store.transact(added.client_id, added.id, admit("a"))
        host = store.bind
        assert isinstance(host, Engine)
        with host.begin() as connection:
            connection.execute(text("DELETE FROM campaigns"))
            tables = default_tables()
            others = [table for table in tables if table is not tables.version]
            left = [connection.execute(select(table)).all() for table in others]
            assert len(connection.execute(select(tables.version)).all()) == 1
    assert left == [[] for _ in left]

"""A store on an ORM session: one transaction, and objects that are true to the rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import pytest
import sqlmodel
from attrs import evolve, frozen
from sqlalchemy import (
    Delete,
    Engine,
    Update,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)
from sqlmodel.ext.asyncio.session import AsyncSession as AsyncModelSession

from campaignkit import (
    Actor,
    Allocation,
    AlreadyExistsError,
    Campaign,
    CampaignService,
    CampaignStatus,
    InvalidError,
    Lead,
    NotFoundError,
    StorageError,
)
from campaignkit.storage import Store, Writes
from campaignkit.storage.sqlalchemy import (
    AsyncSQLAlchemyStore,
    SQLAlchemyStore,
    Tables,
    define_tables,
)
from campaignkit.testing import BlockingStore, EventLoop
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import DAY, admit, campaign, rename
from tests.storage.sqlalchemy.models import ADOPTED, ModelCampaign, ModelClient

ANN = Actor.user("ann")


# -- Hosts ----------------------------------------------------------------------------------------


class Base(DeclarativeBase):
    """A host that maps the library's tables."""


class Client(Base):
    __tablename__ = "clients"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    campaigns: Mapped[list[MappedCampaign]] = relationship()


DEFINED = define_tables(Base.metadata)


class MappedCampaign(Base):
    __table__ = DEFINED.campaigns
    id: Mapped[UUID]
    client_id: Mapped[UUID]
    name: Mapped[str]
    status: Mapped[str]
    deleted_at: Mapped[Any]
    progress: Mapped[MappedProgress] = relationship()


class Note(Base):
    """Something that has nothing to do with campaigns."""

    __tablename__ = "notes"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str]


class MappedProgress(Base):
    __table__ = DEFINED.progress
    campaign_id: Mapped[UUID]
    admitted_total: Mapped[int]


@frozen
class Classes:
    """How a host maps its clients and campaigns, and what makes its sessions."""

    client: Callable[..., Any]
    campaign: Callable[..., Any]
    tables: Tables
    session: type[Session]
    async_session: type[AsyncSession]

    def new_client(self) -> Any:
        return self.client(id=uuid4(), name="Acme")

    def new_campaign(self, client_id: UUID, name: str = "pending") -> Any:
        return self.campaign(id=uuid4(), client_id=client_id, name=name)


MAPPED = Classes(Client, MappedCampaign, DEFINED, Session, AsyncSession)
MODELS = Classes(ModelClient, ModelCampaign, ADOPTED, sqlmodel.Session, AsyncModelSession)


@frozen
class Host:
    """A host with a session: `do` has the session do something, as its sync or async code would."""

    classes: Classes
    engine: Engine
    store: Store
    do: Callable[[Callable[[Session], Any]], Any]

    def add_client(self) -> Any:
        """Have a client in the session, committed."""
        client = self.classes.new_client()
        self.save(client)
        return client

    def add_campaign(self) -> tuple[Any, Any]:
        """Have a client and a campaign in the session, committed."""
        client = self.add_client()
        row = self.classes.new_campaign(self.do(lambda _: client.id))
        self.save(row)
        return client, row

    def save(self, instance: Any, end: Callable[[Session], None] = Session.commit) -> None:
        self.do(lambda session: session.add(instance))
        self.do(end)

    def read(self, instance: Any, name: str) -> Any:
        return self.do(lambda _: getattr(instance, name))

    def key(self, row: Any) -> tuple[UUID, UUID]:
        return self.read(row, "client_id"), self.read(row, "id")

    def committed(self) -> Store:
        """Give a store that sees only what is committed."""
        return SQLAlchemyStore(self.engine, self.classes.tables)


@contextmanager
def hosted(url: str, classes: Classes, driver: str | None, **options: Any) -> Generator[Host]:
    """Give a host on a database, with an async session where a driver is named."""
    engine = create_engine(url)
    if driver is None:
        with classes.session(engine, **options) as session:
            store = SQLAlchemyStore(session, classes.tables)
            yield Host(classes, engine, store, lambda do: do(session))
    else:
        with EventLoop() as loop:
            async_engine = create_async_engine(make_url(url).set(drivername=driver))
            async_session = classes.async_session(async_engine, **options)
            async_store = AsyncSQLAlchemyStore(async_session, classes.tables)
            yield Host(
                classes,
                engine,
                BlockingStore(async_store, loop),
                lambda do: loop.run(async_session.run_sync(do)),
            )
            loop.run(async_session.close())
            loop.run(async_engine.dispose())
    engine.dispose()


HOSTS = {
    "sqlite": ("sqlite", MAPPED, None),
    "postgres": ("postgres", MAPPED, None),
    "sqlite-sqlmodel": ("sqlite", MODELS, None),
    "postgres-sqlmodel": ("postgres", MODELS, None),
    "aiosqlite": ("sqlite", MAPPED, "sqlite+aiosqlite"),
    "asyncpg": ("postgres", MAPPED, "postgresql+asyncpg"),
    "psycopg-sqlmodel": ("postgres", MODELS, "postgresql+psycopg"),
}


@pytest.fixture(scope="module")
def urls(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], str]]:
    """Give a database of each kind for each kind of host; each test has a client of its own."""
    folder = tmp_path_factory.mktemp("sessions")
    made: dict[tuple[str, str], str] = {}
    with databases.new(postgres_url) as mapped, databases.new(postgres_url) as models:
        for name, classes, postgres in (("mapped", MAPPED, mapped), ("models", MODELS, models)):
            made["postgres", name] = postgres
            made["sqlite", name] = f"sqlite:///{folder / name}.db"
            for kind in ("postgres", "sqlite"):
                engine = create_engine(made[kind, name])
                classes.tables.campaigns.metadata.create_all(engine)
                engine.dispose()
        yield made


def url_of(urls: dict[tuple[str, str], str], kind: str, classes: Classes) -> str:
    return urls[kind, "mapped" if classes is MAPPED else "models"]


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest, urls: dict[tuple[str, str], str]) -> Iterator[Host]:
    kind, classes, driver = HOSTS[request.param]
    with hosted(url_of(urls, kind, classes), classes, driver) as found:
        yield found


def draft(client_id: UUID, name: str = "by the store") -> Campaign:
    return campaign(client_id=client_id, name=name, allocation=Allocation(email=100))


# -- What the session has pending -----------------------------------------------------------------


def test_a_read_sees_what_the_session_has_not_written_yet(host: Host) -> None:
    client = host.classes.new_client()
    row = host.classes.new_campaign(client.id)
    host.save(client, Session.flush)
    host.do(lambda session: session.add(row))
    assert host.store.get(*host.key(row)).name == "pending"
    host.do(lambda _: setattr(row, "name", "renamed"))
    assert [c.name for c in host.store.find(client.id).items] == ["renamed"]
    host.do(Session.rollback)
    with pytest.raises(NotFoundError):
        host.committed().get(client.id, row.id)


def test_a_decision_sees_what_the_session_has_not_written_yet(host: Host) -> None:
    _, row = host.add_campaign()
    key = host.key(row)
    host.do(lambda _: setattr(row, "name", "changed"))
    before = host.store.transact(*key, lambda snapshot: Writes(outcome=snapshot.campaign.name))
    assert before.outcome == "changed"


# -- What the store has written -------------------------------------------------------------------


def test_objects_see_what_the_store_has_written(host: Host) -> None:
    client, row = host.add_campaign()
    key = host.key(row)
    assert host.read(row, "name") == "pending"
    assert len(host.read(client, "campaigns")) == 1
    assert host.read(client, "name") == "Acme"
    host.store.transact(*key, rename("by the store"))
    assert host.read(row, "name") == "by the store"
    host.store.add(draft(key[0]))
    assert len(host.read(client, "campaigns")) == 2
    if host.classes is MAPPED:
        assert host.do(lambda _: row.progress.admitted_total) == 0
        host.store.transact(*key, admit("a", "b"))
        assert host.do(lambda _: row.progress.admitted_total) == 2


def test_objects_keep_what_no_write_can_have_changed(host: Host) -> None:
    client, row = host.add_campaign()
    key = host.key(row)
    note = Note(id=uuid4(), text="call back")
    if host.classes is MAPPED:
        host.save(note)
    host.do(lambda _: (client.name, client.campaigns, row.name, note.text))
    with watched(host) as sent:
        host.store.get(*key)
        host.store.find(key[0])
        sent.clear()
        assert host.read(row, "name") == "pending"  # reads expire nothing
        host.store.transact(*key, rename("x"))
        sent.clear()
        assert host.read(client, "name") == "Acme"
        assert host.read(note, "text") == "call back"
    assert sent == []


@contextmanager
def watched(host: Host) -> Generator[list[str]]:
    """Give the statements that the session sends meanwhile."""
    sent: list[str] = []
    connection = host.do(lambda session: session.connection())

    def note(*args: Any) -> None:
        sent.append(args[2])

    event.listen(connection, "before_cursor_execute", note)
    yield sent


# -- One transaction ------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [Session.commit, Session.rollback])
def test_both_are_committed_together_or_not_at_all(
    host: Host, ending: Callable[[Session], None]
) -> None:
    client, row = host.add_campaign()
    key = host.key(row)
    host.do(lambda _: setattr(client, "name", "renamed"))
    service = CampaignService(host.store)
    service.activate(*key, by=ANN)
    intake = service.intake(*key, [Lead("lead-1", als_score=90)], day=DAY, by=ANN)
    assert len(intake.assignments) == 1
    with pytest.raises(AlreadyExistsError):
        host.store.add(evolve(draft(key[0]), id=key[1]))
    assert host.read(row, "status") == "active"
    assert host.committed().get(*key).status is CampaignStatus.DRAFT
    host.do(ending)
    is_kept = ending is Session.commit
    assert host.read(client, "name") == ("renamed" if is_kept else "Acme")
    assert host.read(row, "status") == ("active" if is_kept else "draft")
    host.do(Session.rollback)
    assert host.committed().get(*key).status.value == ("active" if is_kept else "draft")
    assert len(host.committed().assignments(*key).items) == is_kept


def test_a_savepoint_of_the_session_undoes_both(host: Host) -> None:
    _, row = host.add_campaign()
    key = host.key(row)
    host.do(lambda _: setattr(row, "name", "before"))
    savepoint = host.do(Session.begin_nested)
    host.store.transact(*key, rename("inside"))
    assert host.read(row, "name") == "inside"
    host.do(lambda _: savepoint.rollback())
    assert host.read(row, "name") == "before"
    assert host.store.get(*key).name == "before"


def test_a_store_for_each_call_leaves_nothing_at_a_long_session(host: Host) -> None:
    _, row = host.add_campaign()
    host.do(lambda _: setattr(row, "name", "before"))
    savepoint = host.do(Session.begin_nested)
    key = host.key(row)
    host.store.transact(*key, rename("inside"))

    def use_stores(session: Session) -> int:
        for _ in range(3):
            SQLAlchemyStore(session, host.classes.tables).get(*key)
        return len(list(session.dispatch.after_soft_rollback))

    assert host.do(use_stores) == 1
    host.do(lambda _: savepoint.rollback())
    assert host.read(row, "name") == "before"


# -- Sessions that cannot be used -----------------------------------------------------------------


def test_what_the_host_wrote_wrong_is_raised_as_its_own(host: Host) -> None:
    _, row = host.add_campaign()
    key = host.key(row)
    host.do(Session.expunge_all)
    host.do(
        lambda session: session.add(host.classes.campaign(id=key[1], client_id=key[0], name=""))
    )
    with pytest.raises(IntegrityError):
        host.store.get(*key)
    for act in (partial(host.store.get, *key), partial(host.store.transact, *key, rename("x"))):
        with pytest.raises(StorageError, match="roll the session back") as refused:
            act()
        assert refused.value.__cause__ is None  # it would have the row's content
    host.do(Session.rollback)
    assert host.store.get(*key).name == "pending"


@pytest.mark.parametrize("driver", [None, "sqlite+aiosqlite"])
def test_a_session_that_is_closed_for_good_or_has_not_begun_is_refused(
    urls: dict[tuple[str, str], str], driver: str | None
) -> None:
    url = url_of(urls, "sqlite", MAPPED)
    with hosted(url, MAPPED, driver, close_resets_only=False) as host:
        host.do(Session.close)
        with pytest.raises(StorageError, match=r"the session cannot be used: .*closed"):
            host.store.get(uuid4(), uuid4())
    with hosted(url, MAPPED, driver, autobegin=False) as host:
        with pytest.raises(StorageError, match=r"the session cannot be used: .*begin"):
            host.store.get(uuid4(), uuid4())
        host.do(Session.begin)
        with pytest.raises(NotFoundError):
            host.store.get(uuid4(), uuid4())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_session_in_autocommit_is_refused(urls: dict[tuple[str, str], str], kind: str) -> None:
    engine = create_engine(url_of(urls, kind, MAPPED), isolation_level="AUTOCOMMIT")
    with Session(engine) as session:
        store = SQLAlchemyStore(session, DEFINED)
        for act in (partial(store.get, uuid4(), uuid4()), partial(store.add, draft(uuid4()))):
            with pytest.raises(StorageError, match="AUTOCOMMIT"):
                act()
    engine.dispose()


def test_what_is_no_session_is_refused(sqlite_engine: Engine) -> None:
    made = sessionmaker(sqlite_engine)
    not_sync: tuple[Any, ...] = (made, scoped_session(made), Session, AsyncSession(), None)
    for wrong in not_sync:
        with pytest.raises(InvalidError, match="bind must be an Engine or Connection or Session"):
            SQLAlchemyStore(wrong, DEFINED)
    not_async: tuple[Any, ...] = (async_sessionmaker(), Session(sqlite_engine), None)
    for wrong in not_async:
        with pytest.raises(InvalidError, match="or AsyncSession, not"):
            AsyncSQLAlchemyStore(wrong, DEFINED)


# -- Sessions with several engines ----------------------------------------------------------------


def test_the_engine_is_that_of_the_campaigns(urls: dict[tuple[str, str], str]) -> None:
    engine = create_engine(url_of(urls, "sqlite", MAPPED))
    elsewhere = create_engine("sqlite://")
    key = MAPPED.new_client().id
    with Session(engine) as session, session.begin():
        session.add(Client(id=key, name="Acme"))
    by_class: dict[Any, Any] = {MappedCampaign: engine}
    by_table: dict[Any, Any] = {DEFINED.campaigns: engine}
    for binds in (by_class, by_table):
        with Session(elsewhere, binds=binds) as session:
            assert SQLAlchemyStore(session, DEFINED).find(key).items == ()
    with pytest.raises(InvalidError, match="an engine for the table campaigns: it has none"):
        SQLAlchemyStore(Session(binds={Client: elsewhere}), DEFINED)
    with pytest.raises(InvalidError, match="an engine for the table campaigns: it has none"):
        AsyncSQLAlchemyStore(AsyncSession(), DEFINED)
    engine.dispose()
    elsewhere.dispose()


def test_a_session_that_routes_by_statement_knows_reads_from_writes(
    urls: dict[tuple[str, str], str], tmp_path: Path
) -> None:
    leader = create_engine(url_of(urls, "sqlite", MAPPED))
    follower = create_engine(f"sqlite:///{tmp_path / 'follower.db'}")
    Base.metadata.create_all(follower)

    class RoutingSession(Session):
        """As in SQLAlchemy's documentation."""

        def get_bind(self, mapper: Any = None, *, clause: Any = None, **_: Any) -> Engine:
            writes = self._flushing or isinstance(clause, (Update, Delete))
            return leader if writes else follower

    client = MAPPED.new_client()
    with RoutingSession() as session, session.begin():
        session.add(client)
        session.flush()
        store = SQLAlchemyStore(session, DEFINED)
        added = store.add(draft(client.id))
        assert store.find(added.client_id).items == ()
    assert SQLAlchemyStore(leader, DEFINED).get(added.client_id, added.id) == added
    leader.dispose()
    follower.dispose()


# -- What it costs --------------------------------------------------------------------------------

WITHOUT_A_SESSION = """
import sys
from uuid import uuid4
from campaignkit import Campaign
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
with SQLAlchemyStore.open("sqlite://") as store:
    store.add(Campaign.draft(client_id=uuid4(), name="x"))
assert "sqlalchemy.orm" not in sys.modules
"""


def test_without_a_session_the_orm_is_not_loaded() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_A_SESSION], check=True)


def test_annotations_can_be_read_all_the_same() -> None:
    """As frameworks do that pass a store what it needs."""
    for store in (SQLAlchemyStore, AsyncSQLAlchemyStore):
        assert "bind" in get_type_hints(store.__init__)

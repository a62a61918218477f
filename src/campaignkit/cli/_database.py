"""The database of a URL, and its errors in words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    QueuePool,
    Select,
    create_engine,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError

from campaignkit import (
    InvalidError,
    MissingExtraError,
    StorageError,
    StoreUnavailableError,
    TransientConflictError,
)
from campaignkit.cli._campaign_toml import read_campaign_ids
from campaignkit.cli._command_error import CommandError, FileError, explain_refusals
from campaignkit.cli._next_step import format_command, format_intake
from campaignkit.cli._output import FileInUse
from campaignkit.cli._terminal import Result
from campaignkit.core._checks import short_repr
from campaignkit.core._immutable import K
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document, Sentences
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._snapshot import Page, T
from campaignkit.service._sync_service import retry_conflicts
from campaignkit.storage import MemoryStore, Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables, read_ledger_version
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._engines import (
    READING,
    create_tables,
    make_engine,
    options,
    require_driver,
    with_driver,
)
from campaignkit.storage.sqlalchemy._store import default_tables
from campaignkit.storage.sqlalchemy._tables import LEDGER_VERSION
from campaignkit.storage.sqlalchemy._transactions import run_in_own_transaction
from campaignkit.storage.sqlalchemy._verify import list_differences

_DEFAULT_DRIVERS = {"postgresql": "psycopg", "sqlite": "pysqlite"}
_EXAMPLE = "such as sqlite:///campaigns.db or postgresql://user@host/database"


def read_url(text: str, faults: list[str]) -> URL:
    """Return the URL of a database that outlives the command, with its driver."""
    url = URL.create("sqlite")
    try:
        text.encode()  # names of files may be no text
        url = with_driver(make_url(text), _DEFAULT_DRIVERS)
        is_async = url.get_dialect().is_async
        place = None if is_async else _sqlite_file(url)
    except InvalidError as error:
        faults += [f"--db: {fault}" for fault in error.faults]
    except (ArgumentError, ValueError):
        # What has an @ in it may have a password before it.
        shown = "" if "@" in text else f", not {short_repr(text)}"
        faults.append(f"--db must be a URL {_EXAMPLE}{shown}")
    else:
        if is_async:
            faults.append(f"--db: {url.drivername} is a driver for async programs only")
        elif place is None and url.get_backend_name() == "sqlite":
            faults.append(f"--db must be a database that is kept, {_EXAMPLE}")
    return url


def _sqlite_file(url: URL) -> str | None:
    """Return the file that the driver opens for a URL, None if there will be none.

    https://sqlite.org/uri.html is how SQLite reads a name that begins with `file:`.
    """
    if url.get_backend_name() != "sqlite":
        return None
    (name, *_), options = url.get_dialect()().create_connect_args(url)
    place = str(name)
    if options.get("uri") and place.startswith("file:"):
        parts = urlsplit(place)
        if parse_qs(parts.query).get("mode", [""])[-1] == "memory":
            return None
        place = unquote(parts.path).partition("\0")[0]
    return None if place in {"", ":memory:"} else place


def list_database_files(url: URL) -> Iterator[FileInUse]:
    """Iterate over the files that a database keeps on this machine, or will keep."""
    if (place := _sqlite_file(url)) is None:
        return
    # SQLite follows links, and keeps the others beside the file that it finds.
    for name in dict.fromkeys((place, os.path.realpath(place))):
        for suffix in ("", "-wal", "-shm", "-journal"):
            yield FileInUse(name + suffix, "the database is kept in it")


def run_transaction(
    url: URL,
    wait: float,
    work: Callable[[SQLAlchemyStore], T],
    finish: Callable[[T], object],
    *,
    create: bool,
) -> T:
    """Work on a store in one transaction, after creating the tables that are missing.

    In a database that has other tables they are created only with `create`. `work` is repeated if
    another transaction conflicts with it. `finish` gets its result and is called once, before the
    commit. If anything is raised, nothing is stored.

    Raises:
        CommandError: the database cannot be used, or it or the rules refuse.
    """
    is_finished = False

    def run(connection: Connection) -> T:
        nonlocal is_finished
        result = work(SQLAlchemyStore(connection, lock_timeout=wait))
        is_finished = True
        finish(result)
        return result

    def attempt() -> T:
        try:
            with connect() as connection:
                return run_in_own_transaction(connection, run, wait)
        except TransientConflictError as error:
            if is_finished:
                message = f"{show_url(url)} refuses: {error}"
                raise CommandError(message) from error
            raise

    def connect() -> Connection:
        with translate_errors():
            return engine.connect()

    with _explain_errors(url):
        missing = _find_missing_tables(url, wait, create=create)
        engine = make_engine(url, wait)
        try:
            _create_tables(engine, url, wait, missing)
            return retry_conflicts(SQLAlchemyStore(engine), attempt)
        finally:
            engine.dispose()


def check_missing_tables(url: URL, wait: float, *, create: bool) -> None:
    """Check that `run_transaction` would create the tables that are missing, if any are.

    Raises:
        CommandError: it would not, or the database cannot be used.
    """
    with _explain_errors(url):
        _find_missing_tables(url, wait, create=create)


def _find_missing_tables(url: URL, wait: float, *, create: bool) -> Sequence[str]:
    """Return the names of our tables that are missing.

    Raises:
        CommandError: there are such in a database of another program, and `create` is false.
    """
    own = [table.name for table in default_tables()]
    if (file := _sqlite_file(url)) is not None and not Path(file).exists():
        return own
    there, _ = _look_at_tables(url, wait)
    missing = [name for name in own if name not in there]
    others = [name for name in there if name not in own]
    if missing and others and not create:
        few = ", ".join([*others[:_FEW], *(["\u2026"] if len(others) > _FEW else [])])
        holds = f"{format_count(len(others), 'table')} of another program ({few})"
        message = f"{show_url(url)} has {holds} and lacks {', '.join(missing)}"
        script = f"campaignkit schema {url.get_backend_name()}"
        raise CommandError(
            message, [f"nothing was created: pass --create, or run the SQL of {script}"]
        )
    return missing


def _create_tables(engine: Engine, url: URL, wait: float, missing: Sequence[str]) -> None:
    """Prepare the tables in a transaction of its own.

    Raises:
        CommandError: tables that are there cannot be used. Then nothing is created.
    """
    with translate_errors():
        connection = engine.connect()
    with connection:
        prepare = partial(_prepare_tables, missing=missing, place=show_url(url))
        run_in_own_transaction(connection, prepare, wait)


def _prepare_tables(connection: Connection, *, missing: Sequence[str], place: str) -> None:
    """Create the tables that are missing, and bring those of an older release up to date.

    Raises:
        CommandError: tables that are there cannot be used. Then nothing is created.
    """
    tables = default_tables()
    create_tables(connection, tables)
    # A table of campaigns may be a host's own, and laxer than ours.
    if missing and (found := list_differences(connection, evolve(tables, is_adopted=True))):
        message = f"{place} has tables that cannot be used; nothing was created"
        raise CommandError(message, found, {"differences": list(found)})


_FEW = 3  # names of other tables that an error shows


def verify_database(url: URL, wait: float, tables: Tables | None) -> Result:
    """Return that a database has what the library needs; nothing is created in it.

    Raises:
        CommandError: it differs, there is no such database, or it cannot be used.
    """
    place = _require_database(url)
    with _explain_errors(url):
        engine = create_engine(url, **options(url, wait, QueuePool))
        try:
            found = SQLAlchemyStore(engine, tables, lock_timeout=wait).verify()
        finally:
            engine.dispose()
    if found:
        message = f"{place} differs from what campaignkit needs"
        raise CommandError(message, found, {"differences": list(found)})
    said = Sentences(["The database has all that campaignkit needs."])
    return Result(Document(place, [said]), {"differences": []})


def _require_database(url: URL, *, can_create: bool = False) -> str:
    """Return the URL as it may be shown.

    Raises:
        CommandError: it is of a file that is not there; `can_create` says that the command has the
            option `--create`.
    """
    place = show_url(url)
    if (file := _sqlite_file(url)) is not None and not Path(file).exists():
        message = f"there is no database {place}"
        first = "--create or the first intake" if can_create else "the first intake"
        by_hand = "the SQL of campaignkit schema sqlite does so without one"
        raise CommandError(message, [f"{first} creates it; {by_hand}"])
    return place


def run_and_undo(url: URL, wait: float, work: Callable[[Store], T]) -> T:
    """Work on a store in a transaction that is undone, so that the database stays as it is.

    A database that has none of our tables yet is taken to be empty. Work that only reads locks
    nothing.

    Raises:
        CommandError: the database cannot be used, or it or the rules refuse.
    """
    if _is_unused(url, wait):
        with _explain_errors(url):
            return work(MemoryStore())
    with open_existing(url, wait) as database:
        return database.run_and_undo(work)


def _is_unused(url: URL, wait: float) -> bool:
    """Return whether a database is still to be created, or has none of our tables."""
    if (file := _sqlite_file(url)) is not None and not Path(file).exists():
        return True
    with _explain_errors(url):
        there, _ = _look_at_tables(url, wait)
    return not {table.name for table in default_tables()} & set(there)


@frozen
class OpenDatabase:
    """An existing database, with a store on it; `place` is its URL as it may be shown."""

    store: SQLAlchemyStore
    place: str
    _engine: Engine
    _wait: float

    def find_client_of_campaign(self, campaign_id: UUID) -> UUID:
        """Return the client of a campaign; anybody with the database may read all clients.

        Raises:
            CommandError: there is no such campaign.
        """
        campaigns = default_tables().campaigns.c
        query = select(campaigns.client_id).where(campaigns.id == campaign_id)
        return self._find_client(query, f"campaign {campaign_id}")

    def find_client_of_suggestion(self, suggestion_id: UUID) -> UUID:
        """Return the client whose user decides on a suggestion.

        Raises:
            CommandError: there is no such suggestion.
        """
        tables = default_tables()
        campaigns, suggestions = tables.campaigns, tables.suggestions
        both = suggestions.join(campaigns, suggestions.c.campaign_id == campaigns.c.id)
        query = select(campaigns.c.client_id).select_from(both)
        query = query.where(suggestions.c.id == suggestion_id)
        return self._find_client(query, f"suggestion {suggestion_id}")

    def has_campaigns(self, client_id: UUID) -> bool:
        """Whether a client has campaigns, deleted or not."""
        own_id = default_tables().campaigns.c.client_id
        return self._read_client(select(own_id).where(own_id == client_id).limit(1)) is not None

    def _find_client(self, query: Select[UUID], what: str) -> UUID:
        if (found := self._read_client(query)) is None:
            message = f"there is no {what} in {self.place}"
            raise CommandError(message)
        return found

    def _read_client(self, query: Select[UUID]) -> UUID | None:
        with translate_errors(), self._engine.connect() as connection:
            found = connection.scalar(query)
        return found if isinstance(found, UUID) else None

    def count_leads(self) -> Mapping[UUID, Mapping[UUID, int]]:
        """Return the number of leads of each campaign, by client and campaign id."""
        campaigns, progress, *_ = default_tables()
        both = campaigns.outerjoin(progress, progress.c.campaign_id == campaigns.c.id)
        columns = (campaigns.c.client_id, campaigns.c.id, progress.c.admitted_total)
        found: dict[UUID, dict[UUID, int]] = {}
        with translate_errors(), self._engine.connect() as connection:
            for client_id, campaign_id, leads in connection.execute(
                select(*columns).select_from(both).order_by(*columns[:2])
            ):
                found.setdefault(client_id, {})[campaign_id] = leads or 0
        return found

    def find_campaign(self, campaign: str) -> tuple[UUID, UUID]:
        """Return the ids of the client and the campaign of an id or a file.

        Raises:
            CommandError: there is no such campaign, or not yet, or the file describes none.
        """
        try:
            client_id, campaign_id = read_campaign_ids(campaign)
        except FileError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            listing = format_command(self.place, "show", by="")
            advice = f"a campaign is named by its file or its id; {listing} lists the ids"
            raise FileError(error.message, [*error.lines, advice], error.details) from error
        if client_id is None:
            return self.find_client_of_campaign(campaign_id), campaign_id
        campaigns = default_tables().campaigns.c
        if (
            self._read_client(select(campaigns.client_id).where(campaigns.id == campaign_id))
            is None
        ):
            message = f"the campaign of {campaign} is not in {self.place} yet"
            first = f"the first {format_intake(self.place, campaign)} creates and activates it"
            raise CommandError(message, [first])
        return client_id, campaign_id

    def run_and_undo(self, work: Callable[[Store], T]) -> T:
        """Work on a store in a transaction that is undone."""

        def attempt() -> T:
            with translate_errors():
                connection = self._engine.connect()
            with connection:
                try:
                    return work(SQLAlchemyStore(connection, lock_timeout=self._wait))
                finally:
                    connection.rollback()

        return retry_conflicts(self.store, attempt)

    def read_campaign(self, client_id: UUID, campaign_id: UUID) -> Campaign:
        """Return a campaign, deleted or not; of a corrupt row what can be read.

        Raises:
            CorruptRowError: its ids cannot be read.
        """
        return self.store.snapshot(client_id, campaign_id).campaign


def iterate_pages(read: Callable[..., Page[T, K]]) -> Iterator[Page[T, K]]:
    """Iterate over the pages of a listing, each read after the one before it."""
    after: K | None = None
    while True:
        page = read(after=after)
        yield page
        if (after := page.next) is None:
            return


def open_or_create(url: URL, wait: float, *, create: bool) -> AbstractContextManager[OpenDatabase]:
    """Open a database; with `create`, create it and its tables where they are missing.

    Raises:
        CommandError: it cannot be used; without `create`, also if it or its tables are missing.
    """
    if create:
        with _explain_errors(url):
            missing = _find_missing_tables(url, wait, create=True)
            engine = make_engine(url, wait)
            try:
                _create_tables(engine, url, wait, missing)
            finally:
                engine.dispose()
    return open_existing(url, wait, can_create=True)


@contextmanager
def open_existing(url: URL, wait: float, *, can_create: bool = False) -> Generator[OpenDatabase]:
    """Open a database, and create nothing in it.

    Raises:
        CommandError: there is no such database, it has no campaigns or those of an older release,
            or it cannot be used. `can_create` says that the command has the option `--create`.
    """
    place = _require_database(url, can_create=can_create)
    with _explain_errors(url):
        there, version = _look_at_tables(url, wait)
        if version is not None and version < LEDGER_VERSION:
            message = (
                f"{place} has a ledger of version {version}, and this release needs version "
                f"{LEDGER_VERSION}"
            )
            dialect = url.get_backend_name()
            script = f"campaignkit schema {dialect} --upgrade-from {version}"
            raise CommandError(message, [f"run an intake, or the SQL of {script}, to upgrade it"])
        own = [table.name for table in default_tables()]
        if missing := [name for name in own if name not in there]:
            message = f"{place} has no campaigns yet: it lacks {', '.join(missing)}"
            is_shared = not set(there) <= set(own)
            first = "the first intake with --create" if is_shared else "the first intake"
            first = f"--create or {first}" if can_create else first
            raise CommandError(message, [f"{first} makes these tables"])
        engine = make_engine(url, wait)
        try:
            reading = engine.execution_options(**READING)
            yield OpenDatabase(SQLAlchemyStore(engine, lock_timeout=wait), place, reading, wait)
        finally:
            engine.dispose()


_TABLES_OF_OTHER_SCHEMAS = text("""
    SELECT schemaname || '.' || tablename FROM pg_tables
    WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'
    AND schemaname IS DISTINCT FROM current_schema()
    ORDER BY schemaname, tablename
""")


def _look_at_tables(url: URL, wait: float) -> tuple[Sequence[str], int | None]:
    """Return the tables that there are, and the version of the ledger.

    Those of other schemas of PostgreSQL are named with the schema. They are not read by a store's
    engine, which sets up a SQLite file.
    """
    engine = create_engine(url, **options(url, wait, QueuePool))
    try:
        with translate_errors(), engine.connect() as connection:
            names = sorted(inspect(connection).get_table_names())
            if connection.dialect.name == "postgresql":
                names += connection.scalars(_TABLES_OF_OTHER_SCHEMAS)
            return names, read_ledger_version(connection, default_tables())
    finally:
        engine.dispose()


def show_url(url: URL) -> str:
    """Return a URL as it may be shown: without its password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


@contextmanager
def _explain_errors(url: URL) -> Generator[None]:
    """Turn the errors of rules and database into the end of a command."""
    try:
        with require_driver(url), explain_refusals():
            yield
    except StorageError as error:
        unknown = isinstance(error, StoreUnavailableError) and error.outcome_unknown
        advice = "the last change may or may not be stored; run the same command again to find out"
        message = f"{show_url(url)} refuses: {error}"
        raise CommandError(message, [advice] if unknown else []) from error
    except MissingExtraError as error:
        raise CommandError(str(error)) from error


@contextmanager
def name_options(options: Mapping[str, str]) -> Generator[None]:
    """Turn errors of arguments into the end of the command; `options` has their options."""

    def name_option(name: re.Match[str]) -> str:
        return options.get(name[0], name[0])

    try:
        yield
    except InvalidError as error:
        faults = [
            re.sub(r"^\w+", name_option, fault).replace("must be None", "must be left out")
            for fault in error.faults
        ]
        raise CommandError("; ".join(faults), details={"faults": faults}) from error

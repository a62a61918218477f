"""Where processes find a campaign: a database, and how a host's program uses a store on it.

A site can be sent to another process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from attrs import frozen
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

import campaignkit as ck
from campaignkit.errors import TransientConflictError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races.ledgers import make_service

T = TypeVar("T")

WAIT = 60.0
"""How many seconds to wait for a lock; eight processes on a busy machine may need some."""

_ATTEMPTS = 1_000


class Run(Protocol):
    """Uses the service, in a transaction that is repeated as long as that helps."""

    def __call__(self, use: Callable[[ck.CampaignService], T], /) -> T: ...


class Site(Protocol):
    @contextmanager
    def enter(self) -> Generator[Run]: ...


@frozen
class Opened:
    """A database of the store's own."""

    url: str

    @contextmanager
    def enter(self) -> Generator[Run]:
        with SQLAlchemyStore.open(self.url, lock_timeout=WAIT) as store:
            service = make_service(store)
            yield lambda use: use(service)


@frozen
class HostsEngine:
    """A store on an engine of the host's, with whatever options that has."""

    url: str
    level: str | None = None

    @contextmanager
    def enter(self) -> Generator[Run]:
        with engine_of(self.url, self.level) as engine:
            service = make_service(SQLAlchemyStore(engine, lock_timeout=WAIT))
            yield lambda use: use(service)


@frozen
class HostsConnection:
    """A store in transactions of the host's, who repeats those that met another."""

    url: str
    level: str | None = None

    @contextmanager
    def enter(self) -> Generator[Run]:
        with engine_of(self.url, self.level) as engine:

            def run(use: Callable[[ck.CampaignService], T], /) -> T:
                for _ in range(_ATTEMPTS):
                    try:
                        with engine.begin() as connection:
                            return use(make_service(SQLAlchemyStore(connection)))
                    except TransientConflictError:
                        pass
                    except DBAPIError as error:
                        # The COMMIT is the host's, and so are its errors.
                        if getattr(error.orig, "sqlstate", None) != "40001":
                            raise
                msg = f"no transaction of {_ATTEMPTS} came through"
                raise TimeoutError(msg)

            yield run


@contextmanager
def engine_of(url: str, level: str | None = None) -> Generator[Engine]:
    """Give an engine as a host makes one, which knows nothing of what a store might want."""
    options: dict[str, Any] = {} if level is None else {"isolation_level": level}
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": WAIT}
    engine = create_engine(url, **options)
    try:
        yield engine
    finally:
        engine.dispose()

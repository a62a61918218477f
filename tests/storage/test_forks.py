"""A store that was used before a fork gives each process its own correct answers."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, make_url

import campaignkit as ck
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from campaignkit.storage.sqlalchemy import _engines as engines
from tests.storage.sqlalchemy.doing import admit, campaign, rename, while_deciding
from tests.storage.test_memory_interruptions import in_child

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

CHILDREN = 4


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'campaigns.db'}"
    return str(request.getfixturevalue("postgres_url"))


def use(store: SQLAlchemyStore, key: tuple[UUID, UUID], who: str) -> bool:
    """Write a lead twenty times and read it back."""
    for turn in range(20):
        store.transact(*key, admit(f"{who}-{turn}"))
        assert store.get(*key).id == key[1]
        page = store.assignments(*key, limit=1000)
        assert f"{who}-{turn}" in {lead.lead_id for lead in page.items}
    return True


def test_each_process_gets_answers_of_its_own(url: str) -> None:
    with SQLAlchemyStore.open(url) as store:
        keys = [(c.client_id, c.id) for c in (store.add(campaign()) for _ in range(CHILDREN))]
        with ThreadPoolExecutor(CHILDREN) as others:
            children = [
                others.submit(in_child, lambda key=key: use(store, key, "child"))  # type: ignore[misc]  # mypy cannot infer it
                for key in keys
            ]
            for key in keys:
                use(store, key, "parent")
            assert all(child.result(120) for child in children)
        for key in keys:
            assert len(store.assignments(*key, limit=1000).items) == 40


def test_a_child_goes_on_when_its_parent_has_closed_the_store(url: str) -> None:
    with SQLAlchemyStore.open(url) as store:
        key = (added := store.add(campaign())).client_id, added.id
        asked, told = os.pipe()

        def wait_and_write() -> bool:
            store.get(*key)
            os.read(asked, 1)
            return bool(store.transact(*key, rename("by the child")))

        with ThreadPoolExecutor(1) as others:
            child = others.submit(in_child, wait_and_write)
            store.close()
            os.write(told, b".")
            assert child.result(120)
        assert store.get(*key).name == "by the child"


@pytest.mark.parametrize("driver", ["aiosqlite", "psycopg", "asyncpg"])
def test_an_async_store_that_was_used_before(
    driver: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "campaigns.db"
    target = make_url(
        f"sqlite:///{path}" if driver == "aiosqlite" else request.getfixturevalue("postgres_url")
    )
    target = target.set(drivername=f"{target.get_backend_name()}+{driver}")

    async def prepare() -> tuple[AsyncSQLAlchemyStore, ck.Campaign]:
        store = await AsyncSQLAlchemyStore.open(target)
        return store, await store.add(campaign())

    async def main() -> bool:
        store, added = await prepare()
        key = added.client_id, added.id

        def in_its_own_loop() -> bool:
            async def act() -> bool:
                await store.transact(*key, rename("by the child"))
                await store.close()
                return True

            with ThreadPoolExecutor(1) as fresh:  # this thread's loop is the parent's
                return fresh.submit(asyncio.run, act()).result()

        assert in_child(in_its_own_loop)
        name = (await store.get(*key)).name
        await store.close()
        return name == "by the child"

    assert asyncio.run(main())


def test_the_parent_goes_on_with_a_file_of_sqlite_while_others_read(tmp_path: Path) -> None:
    path = tmp_path / "campaigns.db"
    with SQLAlchemyStore.open(f"sqlite:///{path}") as store:
        key = (added := store.add(campaign())).client_id, added.id
        stop = threading.Event()

        def hammer() -> int:
            turns = 0
            while not stop.is_set():
                store.get(*key)
                turns += 1
            return turns

        with ThreadPoolExecutor(1) as others:
            turns = others.submit(hammer)
            try:
                for n in range(5):
                    assert in_child(lambda n=n: use(store, key, f"child {n}"))  # type: ignore[misc]  # mypy cannot infer it
            finally:
                stop.set()
            assert turns.result(60)
        assert len(store.assignments(*key, limit=1000).items) == 100
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


def test_calls_on_several_files_of_sqlite_are_waited_for_together(tmp_path: Path) -> None:
    with (
        SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'first.db'}") as first,
        SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'second.db'}") as second,
        ThreadPoolExecutor(2) as others,
    ):
        keys = {s: (c.client_id, c.id) for s in (first, second) for c in [s.add(campaign())]}
        inside, forking = threading.Barrier(3), threading.Event()
        engine = second.bind
        assert isinstance(engine, Engine)
        pool = engine.pool

        def until_the_fork_begins() -> None:
            inside.wait(60)
            while engine.pool is pool and not forking.is_set():
                pass
            forking.set()

        def until_the_fork_has_begun() -> None:
            inside.wait(60)
            forking.wait(60)

        def rename_after(store: SQLAlchemyStore, wait: Callable[[], None]) -> object:
            return store.transact(*keys[store], while_deciding(wait, rename("x")))

        calls = [
            others.submit(rename_after, first, until_the_fork_has_begun),
            others.submit(rename_after, second, until_the_fork_begins),
        ]
        inside.wait(60)
        try:
            assert in_child(lambda: all(s.get(*key).name == "x" for s, key in keys.items()))
        finally:
            forking.set()
        for call in calls:
            call.result(60)


def test_a_connection_that_failed_to_be_set_up_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "campaigns.db"
    with SQLAlchemyStore.open(f"sqlite:///{path}") as store:
        key = (added := store.add(campaign())).client_id, added.id
        assert isinstance(store.bind, Engine)
        store.bind.dispose()
        good = path.read_bytes()
        path.write_bytes(b"no database" * 100)
        with pytest.raises(ck.StorageError):
            store.get(*key)
        path.write_bytes(good)
        assert in_child(lambda: store.get(*key) == added)


def test_a_fork_during_a_call_on_a_file_of_sqlite_is_refused_in_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_LONGEST_WAIT", 0.0)
    with SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'campaigns.db'}") as store:
        key = (added := store.add(campaign())).client_id, added.id
        inside, done = threading.Event(), threading.Event()

        def wait() -> None:
            inside.set()
            done.wait(60)

        with ThreadPoolExecutor(1) as others:
            decide = while_deciding(wait, rename("x"))
            call = others.submit(lambda: store.transact(*key, decide))
            assert inside.wait(60)
            try:
                assert in_child(lambda: is_refused(lambda: store.get(*key), "another thread"))
            finally:
                done.set()
            call.result(60)
        assert store.get(*key).name == "x"
        monkeypatch.undo()
        assert in_child(lambda: store.get(*key).name == "x")


def test_a_database_in_memory_is_its_openers() -> None:
    with SQLAlchemyStore.open("sqlite://") as store:
        added = store.add(campaign())
        key = added.client_id, added.id
        assert in_child(lambda: is_refused(lambda: store.get(*key), "in memory"))
        assert store.get(*key) == added


def is_refused(call: Callable[[], object], why: str) -> bool:
    try:
        call()
    except ck.StorageError as error:
        return why in str(error)
    return False

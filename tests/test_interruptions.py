"""What a signal's handler raises comes out as it is, at whatever line it comes."""

from __future__ import annotations

import ast
import json
import signal
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
import sqlalchemy
from sqlalchemy import Engine, create_engine, event

import campaignkit as ck
from campaignkit import frames
from campaignkit.core._interruptions import raise_interruption
from campaignkit.storage import MemoryStore, Store, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.interruptions import OURS, Interruption, telling
from tests.storage.sqlalchemy.doing import CREATED, admit, campaign

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
KEY = UUID(int=1), UUID(int=11)
SUGGESTION = UUID(int=21)


class SoftTimeLimitError(Exception):
    """As a host's own, which is of no kind that anybody else knows."""


class DeadlineError(TimeoutError):
    """As a host's that is an OSError, as are those of connections."""


class OverrunError(ValueError):
    """As a host's that is a ValueError, as are those of bad values."""


ERRORS = (SoftTimeLimitError, DeadlineError, OverrunError)


# --- the source ------------------------------------------------------------------------------

WIDE = {
    *("ValueError", "TypeError", "OSError", "IOError", "EnvironmentError", "RuntimeError"),
    *("LookupError", "ArithmeticError", "AttributeError", "TimeoutError"),
}
"""What an error of a host's may well be a subclass of."""

BROAD = {"Exception", "BaseException"}

HANDED_ON = {"testing/_threads.py", "storage/_observation.py", "mcp/_server.py"}
"""The modules that hand on whatever is raised: to another thread, or a host's to the log."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(Path(OURS).rglob("*.py")):
        yield path.relative_to(OURS).as_posix(), ast.parse(path.read_text("utf-8"))


def names_in(kind: ast.expr | None) -> set[str]:
    if kind is None:
        return {"BaseException"}
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(kind)
        if isinstance(node, ast.Name | ast.Attribute)
    }


def raises_again(body: list[ast.stmt]) -> bool:
    """Tell whether a handler ends with a bare `raise`, and leaves in no other way before."""
    last = body[-1]
    is_bare = isinstance(last, ast.Raise) and last.exc is None
    leaving = ast.Return | ast.Break | ast.Continue
    return is_bare and not any(isinstance(n, leaving) for part in body for n in ast.walk(part))


def looks(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler begins by letting through what it caught, if an interruption."""
    match handler.body[0]:
        case ast.Expr(ast.Call(ast.Name("raise_interruption"), [ast.Name(name)])):
            return name == handler.name
        case _:
            return False


def swallowed(tree: ast.Module, *, wide: bool) -> Iterator[int]:
    """Give the lines at which an error from outside could end.

    With `wide` it is one of the classes that a host's may be a subclass of; which names stand for
    several classes can be seen in the module only, so that any constant and call counts.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = names_in(node.type)
            of_several = any(name.lstrip("_").isupper() for name in names) or (
                node.type is not None and any(isinstance(n, ast.Call) for n in ast.walk(node.type))
            )
            caught = bool(names & WIDE) or of_several if wide else bool(names & BROAD)
            if caught and not raises_again(node.body) and not (wide and looks(node)):
                yield node.lineno
        elif isinstance(node, ast.Call) and "suppress" in names_in(node.func):
            names = set[str]().union(*map(names_in, node.args))
            if names & (WIDE | BROAD if wide else BROAD):
                yield node.lineno
        elif isinstance(node, ast.Try | ast.TryStar):
            leaving = (ast.Return, ast.Break, ast.Continue)
            yield from (
                n.lineno
                for part in node.finalbody
                for n in ast.walk(part)
                if isinstance(n, leaving)
            )


def test_nothing_catches_all_but_to_raise_it_again() -> None:
    found = {
        name: lines
        for name, tree in sources()
        if (lines := list(swallowed(tree, wide=False))) and name not in HANDED_ON
    }
    assert not found


def test_who_catches_what_a_host_may_raise_looks_first() -> None:
    """The command line is a program of its own, without handlers; so are tests of adapters."""
    found = {
        name: lines
        for name, tree in sources()
        if not name.startswith(("cli/", "testing/")) and (lines := list(swallowed(tree, wide=True)))
    }
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "try: f()\nexcept: pass",
        "try: f()\nexcept Exception as e: g(e)",
        "try: f()\nexcept (KeyError, BaseException): g()",
        "try: f()\nexcept BaseException:\n if g(): raise",
        "for x in y:\n try: f()\n except BaseException:\n  if g(): break\n  raise",
        "with suppress(KeyError, Exception): f()",
        "with contextlib.suppress(BaseException): f()",
        "def f():\n try: g()\n finally: return 1",
        "for x in y:\n try: g()\n finally: continue",
    ],
)
def test_what_swallows_all_is_found(source: str) -> None:
    assert list(swallowed(ast.parse(source), wide=False))


@pytest.mark.parametrize(
    "source",
    [
        "try: f()\nexcept ValueError: pass",
        "try: f()\nexcept (KeyError, builtins.OSError) as error: g(error)",
        "try: f()\nexcept ValueError as error:\n g()\n raise_interruption(error)",
        "try: f()\nexcept ValueError as error:\n raise_interruption(None)",
        "try: f()\nexcept _ERRORS as error: pass",
        "try: f()\nexcept errors_of(x) as error: pass",
        "with suppress(OSError): f()",
    ],
)
def test_what_swallows_the_errors_of_a_host_is_found(source: str) -> None:
    assert list(swallowed(ast.parse(source), wide=True))


# --- handlers --------------------------------------------------------------------------------


class Host:
    def handle(self, _: object, __: object) -> None:
        raise OverrunError

    def later(self, *, number: int, frame: object) -> None:
        self.handle(number, frame)


def handle_more(*given: object) -> None:
    Host().handle(*given[1:])


def handle_later(number: int, frame: object) -> None:
    Host().later(number=number, frame=frame)


HANDLERS: dict[str, Callable[..., object]] = {
    "method": Host().handle,
    "lambda": lambda *_: Host().handle(0, None),
    "partial": partial(handle_more, "more"),
    "calling": handle_later,
}


@contextmanager
def handling(handler: Callable[..., object]) -> Generator[None]:
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def interrupt() -> None:
    signal.raise_signal(signal.SIGUSR1)


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_what_a_handler_raises_is_told_from_all_else(handler: Callable[..., object]) -> None:
    with handling(handler), pytest.raises(OverrunError) as caught:
        interrupt()
    with pytest.raises(OverrunError) as again:
        raise_interruption(caught.value)
    assert again.value is caught.value
    wrapped = RuntimeError()
    wrapped.__cause__ = caught.value
    with pytest.raises(OverrunError):
        raise_interruption(wrapped)


def test_what_anything_else_raises_is_none() -> None:
    with pytest.raises(OverrunError) as caught:
        Host().handle(0, None)
    raise_interruption(caught.value)
    circle = RuntimeError()
    circle.__cause__ = circle
    raise_interruption(circle)
    # It was dealt with, and what comes while the host does so is not its doing.
    with handling(Host().handle):
        try:
            interrupt()
        except OverrunError:
            with pytest.raises(ck.StructureError):
                ck.from_dict(ck.targeting.CompanySize, {"low": "1", "high": 2})


def test_a_handler_is_told_from_a_database() -> None:
    """A TimeoutError is the database's, unless a handler raised it while the database was asked."""
    limits: list[DeadlineError] = []

    def limit(*_: object) -> None:
        limits.append(DeadlineError())
        raise limits[-1]

    engine = create_engine("sqlite://")
    with SQLAlchemyStore.open("sqlite://") as store, handling(limit):
        assert isinstance(store.bind, Engine)
        event.listen(store.bind, "before_cursor_execute", lambda *_: interrupt())
        with pytest.raises(DeadlineError) as caught:
            store.find(KEY[0])
        assert caught.value is limits[-1]
        assert not isinstance(caught.value.__context__, ck.CampaignKitError)
    with SQLAlchemyStore.open("sqlite://") as store:
        assert isinstance(store.bind, Engine)

        def fail(*_: object) -> None:
            raise DeadlineError

        event.listen(store.bind, "before_cursor_execute", fail)
        with pytest.raises(ck.StoreUnavailableError) as refused:
            store.find(KEY[0])
        assert isinstance(refused.value.__cause__, DeadlineError)
    engine.dispose()


# --- at each line ----------------------------------------------------------------------------


def interrupt_everywhere(
    act: Callable[[], object],
    errors: tuple[type[Exception], ...] = ERRORS,
    roots: tuple[str, ...] = (OURS,),
    check: Callable[[], object] = lambda: None,
) -> int:
    """Demand that what is raised at a line comes out, at each line; return how many there are."""

    def run() -> None:
        try:
            act()
        except ck.CampaignKitError as error:
            said.append(error)

    said: list[ck.CampaignKitError] = []
    run()  # a first time comes to lines that no other does
    interruption = Interruption(*roots)
    interruption.run(run)
    lines = telling(interruption.places)
    for at in lines:
        for kind in errors:
            error = kind()
            said.clear()
            raised = interruption.run(run, at, error)
            # What our listener to a driver's error raises, SQLAlchemy raises from that one, and
            # with its traceback.
            is_drivers = isinstance(error.__cause__, sqlite3.Error)
            assert raised is error or is_drivers, (interruption.places[-1], kind, raised, said)
            check()
    return len(lines)


LEAD = {"id": "lead-1", "als_score": 50, "reachable": ["email", "sms"]}
STORED = campaign(id=KEY[1], client_id=KEY[0], end_date=CREATED.date())
BAD = {
    **ck.to_dict(STORED),
    "id": "no",
    "created_at": "2026-13-01T09:00:00Z",
    "fax": 1,
    "end_date": "2026-13-01",
    "allocation": {"email": 101},
    "daily_lead_limit": 1.5,
}

READINGS: dict[str, Callable[[], object]] = {
    "dict": lambda: ck.from_dict(ck.Campaign, ck.to_dict(STORED)),
    "row": lambda: ck.from_dict(ck.Campaign, ck.to_dict(STORED, flat=True), flat=True),
    "bad dict": lambda: ck.from_dict(ck.Campaign, BAD),
    "bad sizes": lambda: ck.from_dict(ck.Targeting, {"company_sizes": ["x", "1-2"], "titles": 1}),
    "JSON": lambda: ck.from_json(ck.Lead, json.dumps(LEAD)),
    "no JSON": lambda: ck.from_json(ck.Lead, '{"als_score": NaN}'),
    "frame": lambda: frames.allocate(
        pl.DataFrame({"id": ["a", "b"], "als_score": [90, 40]}), ck.Allocation(email=100)
    ),
    "bad frame": lambda: frames.allocate(
        pl.DataFrame({"id": ["a", "a"], "als_score": [-1, 140]}), ck.Allocation(email=100)
    ),
    "lead": lambda: ck.Lead(" ", als_score=200, reachable=frozenset({"fax"})),  # type: ignore[arg-type]  # it is refused,
}


@pytest.mark.parametrize("name", READINGS)
def test_readers_let_it_through(name: str) -> None:
    assert interrupt_everywhere(READINGS[name]) > len(ERRORS)


def filled(store: Store) -> None:
    """Add a campaign that has something of everything."""
    store.add(STORED)
    store.transact(*KEY, admit("a", "b"))
    change = ck.Pause()
    waiting = ck.Suggestion(
        id=SUGGESTION,
        campaign_id=KEY[1],
        command=change,
        by=SCOUT,
        at=CREATED,
        before=ck.Suggestion.basis(STORED, change),
    )
    suggested = ck.Event(
        campaign_id=KEY[1],
        kind=ck.EventKind.SUGGESTED,
        by=SCOUT,
        at=CREATED,
        suggestion_id=SUGGESTION,
    )
    store.transact(*KEY, lambda _: Writes[None](suggestions=(waiting,), events=(suggested,)))


READS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get(*KEY),
    "find": lambda store: store.find(KEY[0]),
    "history": lambda store: store.history(*KEY),
    "suggestions": lambda store: store.suggestions(*KEY),
    "assignments": lambda store: store.assignments(*KEY),
}
SPOILED = {
    "get": "UPDATE campaigns SET status = 'none'",
    "find": "UPDATE campaigns SET status = 'none', email_allocation = 7, target_titles = '[1]'",
    "history": "UPDATE campaign_events SET event = '{\"by\": 1}'",
    "suggestions": "UPDATE campaign_suggestions SET suggestion = '[]'",
    "assignments": "UPDATE campaign_leads SET lead_id = CAST(x'ff' AS TEXT) WHERE lead_id = 'a'",
}


@pytest.mark.parametrize("name", READS)
def test_the_store_in_memory_lets_it_through(name: str) -> None:
    filled(store := MemoryStore())
    assert interrupt_everywhere(lambda: READS[name](store))


@pytest.mark.parametrize(
    ("name", "is_spoiled"), [*((n, False) for n in READS), *((n, True) for n in SPOILED)]
)
def test_a_store_on_sqlite_lets_it_through(name: str, *, is_spoiled: bool) -> None:
    with SQLAlchemyStore.open("sqlite://") as store:
        filled(store)
        assert isinstance(store.bind, Engine)
        with store.bind.begin() as connection:
            driver: Any = connection.connection.driver_connection
            if is_spoiled:
                connection.exec_driver_sql("PRAGMA ignore_check_constraints = 1")
                connection.exec_driver_sql(SPOILED[name])

        def act() -> None:
            driver.text_factory = str  # where putting it back was interrupted
            READS[name](store)

        assert interrupt_everywhere(act) > len(READS)


def test_a_store_lets_it_through_that_comes_within_sqlalchemy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """But for where SQLAlchemy stumbles over its own assertions, or only logs the error."""
    engine = str(Path(sqlalchemy.__file__).parent / "engine")
    interruption = Interruption(engine)
    with SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'campaigns.db'}") as store:
        filled(store)
        store.get(*KEY)  # a first time comes to lines that no other does
        interruption.run(lambda: store.get(*KEY))
        lines = telling(interruption.places)
        through = 0
        for at in lines:
            for kind in ERRORS:
                caplog.clear()
                store.get(*KEY)  # what was interrupted may have cost the connection
                raised = interruption.run(lambda: store.get(*KEY), at, error := kind())
                is_lost = isinstance(raised, AssertionError) or bool(caplog.records)
                assert raised is error or is_lost, (interruption.places[-1], raised)
                through += raised is error
        assert through > len(lines) * len(ERRORS) * 0.9

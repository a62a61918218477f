"""A campaign whose row breaks a rule can be stopped, deleted and mended, whatever is broken.

One rule says what every act must do: it is refused with the `CorruptRowError` of a broken field if
it depends on that field. Otherwise its outcome, and what it writes, are those of the same act on a
campaign with nothing broken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import fields, frozen
from sqlalchemy import create_engine, text

import campaignkit as ck
from campaignkit.storage import Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.testing import BlockingStore
from tests.service.services import Service, blocked
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import CREATED, DAY
from tests.storage.sqlalchemy.test_refusals import joined

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
NAMES = tuple(part.name for part in fields(ck.Campaign))


# -- What may be broken ---------------------------------------------------------------------------


@frozen
class Fault:
    """What is broken, as SQL sets it, and what mends it.

    `like` is SQL for a valid row that counts as the broken one does.
    """

    fields: tuple[str, ...]
    sets: Mapping[str, str]
    mend: Mapping[str, Any] | None
    like: str | None = None


def same(sets: str) -> Mapping[str, str]:
    return {"postgresql": sets, "sqlite": sets}


def undecodable(column: str) -> Mapping[str, str]:
    return {"postgresql": f"{column} = '0044-03-15 BC'", "sqlite": f"{column} = 'some day'"}


SIZES, TITLES = ck.Targeting(company_sizes=["11-50"]), ck.Targeting(titles=["CEO"])
FAULTS: Mapping[str, Fault] = {
    "a blank name": Fault(("name",), same("name = ' '"), {"name": "Perth"}),
    "an unknown status": Fault(("status",), same("status = 'archived'"), None),
    "an unknown mode": Fault(
        ("permission_mode",),
        same("permission_mode = 'assisted'"),
        {"permission_mode": ck.PermissionMode.CO_PILOT},
        "permission_mode = 'manual'",
    ),
    "a free company size": Fault(
        ("targeting",),
        {
            "postgresql": "target_company_sizes = ARRAY['a few']",
            "sqlite": "target_company_sizes = '[\"a few\"]'",
        },
        {"targeting": SIZES},
    ),
    "a blank title": Fault(
        ("targeting",),
        {"postgresql": "target_titles = ARRAY['']", "sqlite": "target_titles = '[\"\"]'"},
        {"targeting": TITLES},
    ),
    "titles that are no list": Fault(
        ("targeting",),
        {"postgresql": "target_titles = ARRAY[NULL]::text[]", "sqlite": "target_titles = 'CEO'"},
        {"targeting": TITLES},
    ),
    "a share too many": Fault(
        ("allocation",), same("email_allocation = 41"), {"allocation": ck.Allocation(sms=100)}
    ),
    "no share": Fault(
        ("allocation",),
        {"postgresql": "sms_allocation = NULL", "sqlite": "sms_allocation = 'none'"},
        {"allocation": ck.Allocation(sms=100)},
    ),
    "a negative limit": Fault(
        ("daily_lead_limit",), same("daily_lead_limit = -1"), {"daily_lead_limit": 5}
    ),
    "a total of nothing": Fault(
        ("total_lead_limit",), same("total_lead_limit = 0"), {"total_lead_limit": None}
    ),
    "an end before the start": Fault(
        ("start_date", "end_date"),
        same("start_date = '2026-12-02', end_date = '2026-12-01'"),
        {"end_date": date(2026, 12, 3)},
    ),
    "no day of ours to start": Fault(
        ("start_date",), undecodable("start_date"), {"start_date": None}
    ),
    "no day of ours to end": Fault(("end_date",), undecodable("end_date"), {"end_date": None}),
    "no time of making": Fault(("created_at",), undecodable("created_at"), None),
    "no time of change": Fault(("updated_at",), undecodable("updated_at"), None),
    "no time of deletion": Fault(
        ("deleted_at",), undecodable("deleted_at"), None, "deleted_at = '2026-11-23 08:00:00'"
    ),
    "all at once": Fault(
        ("name", "permission_mode", "daily_lead_limit", "updated_at"),
        {
            engine: f"name = '', permission_mode = 'assisted', daily_lead_limit = 0, {sets}"
            for engine, sets in undecodable("updated_at").items()
        },
        {"name": "Perth", "daily_lead_limit": 5, "permission_mode": ck.PermissionMode.MANUAL},
        "permission_mode = 'manual'",
    ),
}


# -- What may be done -----------------------------------------------------------------------------


@frozen
class Case:
    """A campaign, and the suggestions for it."""

    store: Store
    service: Service
    key: tuple[UUID, UUID]
    ids: Mapping[str, UUID]

    @property
    def by_client(self) -> UUID:
        return self.key[0]

    def approve(self, name: str) -> object:
        return self.service.approve(self.key[0], self.ids[name], by=ANN)

    def preview(self, name: str) -> object:
        return self.service.preview_approval(self.key[0], self.ids[name], by=ANN).outcome

    def reject(self, name: str) -> object:
        return self.service.reject(self.key[0], self.ids[name], by=ANN, reason="no").head


@frozen
class Act:
    """An act, the fields that it depends on, and what is done before these are broken."""

    depends_on: frozenset[str]
    do: Callable[[Case], object]
    prepare: Callable[[Case], object] | None = None


NEW = [ck.Lead("new", 95)]
NOTHING = frozenset[str]()
STATUS = frozenset({"status"})
ADMITS = frozenset(
    {"status", "start_date", "end_date", "daily_lead_limit", "total_lead_limit", "allocation"}
)
ACTS: Mapping[str, Act] = {
    "get": Act(frozenset(NAMES), lambda c: c.service.get(*c.key, include_deleted=True)),
    "pause": Act(NOTHING, lambda c: c.service.pause(*c.key, by=ANN)),
    "complete": Act(NOTHING, lambda c: c.service.complete(*c.key, by=ANN)),
    "delete": Act(NOTHING, lambda c: c.service.delete(*c.key, by=ANN)),
    "activate": Act(
        STATUS,
        lambda c: c.service.activate(*c.key, by=ANN),
        lambda c: c.service.pause(*c.key, by=ANN),
    ),
    "restore": Act(
        NOTHING,
        lambda c: c.service.restore(*c.key, by=ANN),
        lambda c: c.service.delete(*c.key, by=ANN),
    ),
    "edit": Act(STATUS, lambda c: c.service.edit(*c.key, name="Another", by=ANN)),
    "edit a limit": Act(STATUS, lambda c: c.service.edit(*c.key, total_lead_limit=70, by=ANN)),
    "intake": Act(ADMITS, lambda c: c.service.intake(*c.key, NEW, day=DAY, by=ANN)),
    "preview": Act(ADMITS, lambda c: c.service.preview(*c.key, NEW, day=DAY, by=ANN)),
    "decide": Act(ADMITS, lambda c: decide(c, ANN)),
    "brief": Act(ADMITS, lambda c: c.service.brief(*c.key, DAY)),
    "release": Act(STATUS, lambda c: c.service.release(*c.key, ["old"], by=ANN)),
    "progress": Act(NOTHING, lambda c: c.store.progress(*c.key, DAY)),
    "assignments": Act(NOTHING, lambda c: c.store.assignments(*c.key)),
    "suggestions": Act(NOTHING, lambda c: c.service.suggestions(*c.key)),
    "suggestion": Act(
        NOTHING, lambda c: [c.service.suggestion(c.by_client, i) for i in c.ids.values()]
    ),
    "history": Act(NOTHING, lambda c: c.service.history(*c.key)),
    "approve leads": Act(ADMITS | {"targeting"}, lambda c: c.approve("leads")),
    "preview leads": Act(ADMITS | {"targeting"}, lambda c: c.preview("leads")),
    "approve a pause": Act(STATUS, lambda c: c.approve("pause")),
    "approve a name": Act(STATUS | {"name"}, lambda c: c.approve("name")),
    "approve a release": Act(STATUS, lambda c: c.approve("release")),
    "reject leads": Act(
        frozenset({"allocation", "daily_lead_limit", "total_lead_limit"}),
        lambda c: c.reject("leads"),
    ),
    "reject a pause": Act(NOTHING, lambda c: c.reject("pause")),
    "AI pause": Act(STATUS, lambda c: c.service.pause(*c.key, by=SCOUT)),
    "AI edit": Act(
        STATUS | {"end_date"}, lambda c: c.service.edit(*c.key, end_date=date.max, by=SCOUT)
    ),
    "AI intake": Act(
        ADMITS | {"targeting"}, lambda c: c.service.intake(*c.key, NEW, day=DAY, by=SCOUT)
    ),
    "AI preview": Act(ADMITS, lambda c: c.service.preview(*c.key, NEW, day=DAY, by=SCOUT)),
    "AI decide": Act(ADMITS, lambda c: decide(c, SCOUT)),
    "AI release": Act(STATUS, lambda c: c.service.release(*c.key, ["old"], by=SCOUT)),
}


def decide(case: Case, by: ck.Actor) -> object:
    snapshot = case.store.snapshot(*case.key, day=DAY)
    return ck.decide(snapshot.campaign, NEW[0], progress=snapshot.progress, by=by)


# -- A database in which rows may be broken -------------------------------------------------------

DRIVERS = {
    "pysqlite": "sqlite",
    "aiosqlite": "sqlite",
    "psycopg": "postgresql",
    "asyncpg": "postgresql",
}
LAX = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'campaigns'::regclass AND contype = 'c'
    LOOP EXECUTE format('ALTER TABLE campaigns DROP CONSTRAINT %I', one.conname); END LOOP;
    FOR one IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'campaign_progress'::regclass AND contype = 'c'
    LOOP EXECUTE format('ALTER TABLE campaign_progress DROP CONSTRAINT %I', one.conname); END LOOP;
END $$;
ALTER TABLE campaigns ALTER sms_allocation DROP NOT NULL;
ALTER TYPE campaign_status ADD VALUE 'archived';
ALTER TYPE permission_mode ADD VALUE 'assisted';
"""
"""What makes of our table one that takes anything, as a host's does."""


@frozen
class Desk:
    """A campaign on a host's connection, whose transaction is never committed."""

    case: Case
    engine: str
    run: Callable[[str], Any]
    twins: dict[tuple[object, ...], tuple[object, set[str]]]

    def row(self) -> Mapping[str, object]:
        """Return the row as it is, whatever the library makes of it."""
        campaign_id = self.case.key[1]
        if self.engine == "sqlite":
            found = self.run(f"SELECT * FROM campaigns WHERE id = '{campaign_id.hex}'")
            return dict(found.mappings().one())
        found = self.run(f"SELECT row_to_json(c)::text FROM campaigns c WHERE id = '{campaign_id}'")
        return dict(json.loads(found.scalar_one()))

    def update(self, sets: str) -> None:
        key = self.case.key[1]
        name = key.hex if self.engine == "sqlite" else key
        self.run(f"UPDATE campaigns SET {sets} WHERE id = '{name}'")

    def replay(self) -> ck.Campaign:
        """Return the campaign that its history gives."""
        return ck.replay(self.case.service.history(*self.case.key, limit=1000).items)

    @contextmanager
    def undone(self) -> Generator[None]:
        """Undo what is done meanwhile."""
        self.run("SAVEPOINT undone")
        try:
            yield
        finally:
            self.run("ROLLBACK TO undone")

    def outcome(
        self, act: Act, sets: str | None, like: str | None, hidden: tuple[str, ...]
    ) -> tuple[object, set[str]]:
        """Return what comes of an act on a row with these changes, and the columns it writes.

        Its history fits together, unless another wrote what the library can read.
        """
        with self.undone():
            if act.prepare is not None:
                act.prepare(self.case)
            if sets is not None:
                self.update(sets)
            before = self.row()
            try:
                done: object = show(act.do(self.case), hidden)
            except ck.CorruptRowError as error:
                done = error
            except ck.CampaignKitError as error:
                done = type(error), str(error)
            if not isinstance(done, Exception) and sets != like:
                self.replay()
            after = self.row()
            return done, {name for name in before if before[name] != after[name]}

    def twin(self, name: str, fault: Fault) -> tuple[object, set[str]]:
        """Return the outcome where nothing is broken."""
        key = name, fault.like, fault.fields
        if key not in self.twins:
            self.twins[key] = self.outcome(ACTS[name], fault.like, fault.like, fault.fields)
        return self.twins[key]


def show(value: Any, hidden: tuple[str, ...]) -> object:  # of any class
    """Return a value without what is broken, to be compared."""
    match value:
        case ck.Campaign():
            left_out = {*hidden, "updated_at"}
            return {name: getattr(value, name) for name in NAMES if name not in left_out}
        case ck.Suggestion():
            return value.command, value.before, value.counts, value.state
        case ck.Brief():
            names = [part.name for part in fields(ck.Brief)]
            return {name: getattr(value, name) for name in names if name not in hidden}
        case _:
            return value


@pytest.fixture(scope="module", params=DRIVERS)
def desk(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Desk]:
    kind = DRIVERS[request.param]
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('corrupt') / 'campaigns.db'}"
        yield from seat(url, request.param)
        return
    with databases.new(postgres_url) as url:
        yield from seat(url, request.param)


def seat(url: str, driver: str) -> Generator[Desk]:
    with SQLAlchemyStore.open(url):
        pass
    if DRIVERS[driver] == "postgresql":
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(LAX))
        engine.dispose()
    with joined(url, driver) as (store, run):
        if DRIVERS[driver] == "sqlite":
            run("PRAGMA ignore_check_constraints = ON")
            run("UPDATE campaigns SET name = name")  # the driver begins at the first that writes
        yield Desk(make_case(store), DRIVERS[driver], run, {})


def make_case(store: Store) -> Case:
    """Return an active campaign in co_pilot that has a lead, and what the AI suggests for it."""
    service = serve(store)
    draft = ck.Campaign.draft(client_id=uuid4(), name="Sydney", created_at=CREATED)
    draft = service.create(draft, by=ANN)
    key = draft.client_id, draft.id
    service.activate(*key, by=ANN)
    service.intake(*key, [ck.Lead("old", 90)], day=DAY, by=ANN)
    made: Mapping[str, Any] = {
        "leads": service.intake(*key, [ck.Lead("suggested", 90)], day=DAY, by=SCOUT),
        "pause": service.pause(*key, by=SCOUT),
        "name": service.edit(*key, name="Hobart", by=SCOUT),
        "release": service.release(*key, ["old"], by=SCOUT),
    }
    return Case(store, service, key, {name: one.id for name, one in made.items()})


def serve(store: Store) -> Service:
    if isinstance(store, BlockingStore):
        service = ck.AsyncCampaignService(store.store, clock=lambda: CREATED)
        return blocked(service, store.loop)
    return ck.CampaignService(store, clock=lambda: CREATED)


READ_ALIKE = {"a free company size", "all at once"}
"""The faults that every driver tries; in an ordinary run one of each database."""

PAIRS = [
    pytest.param(driver, fault, marks=() if is_usual else pytest.mark.long)
    for driver in DRIVERS
    for fault in FAULTS
    if driver == "pysqlite"
    or fault in READ_ALIKE
    or (driver == "psycopg" and not fault.startswith("no time"))
    for is_usual in [driver == "pysqlite" or (driver == "psycopg" and fault in READ_ALIKE)]
]
each_fault = pytest.mark.parametrize(("desk", "fault"), PAIRS, indirect=["desk"])
"""Runs a test with each fault; those that are read alike everywhere with one driver only."""


# -- The rule -------------------------------------------------------------------------------------


@each_fault
def test_only_what_depends_on_a_broken_field_is_refused(desk: Desk, fault: str) -> None:
    broken = FAULTS[fault]
    for name, act in ACTS.items():
        done, written = desk.outcome(act, broken.sets[desk.engine], broken.like, broken.fields)
        wanted, theirs = desk.twin(name, broken)
        needed = act.depends_on.intersection(broken.fields)
        if not needed:
            assert (name, done, written) == (name, wanted, theirs)
            continue
        assert isinstance(done, ck.CorruptRowError), (name, done)
        assert (done.what, done.key, written) == ("campaign", desk.case.key[1], set()), name
        every = done.readable.faults
        assert set(every) == set(broken.fields)
        assert done.faults == tuple(
            dict.fromkeys(f for n in every if n in needed for f in every[n])
        )


@pytest.mark.parametrize("status", ["active", "paused", "completed"])
def test_a_broken_field_can_be_mended_in_every_status(desk: Desk, status: str) -> None:
    """The event has no value of before, and the history still gives the campaign."""
    service, key = desk.case.service, desk.case.key
    for name, fault in FAULTS.items():
        if fault.mend is None:
            continue
        with desk.undone():
            if status != "active":
                getattr(service, status.removesuffix("d"))(*key, by=ANN)
            whole = service.get(*key)
            desk.update(fault.sets[desk.engine])
            done = service.edit(*key, by=ANN, **fault.mend)
            assert not done.faults, name
            assert service.get(*key) == done
            assert all(getattr(done, field) == value for field, value in fault.mend.items())
            *_, event = service.history(*key, limit=1000).items
            assert not event.before
            assert event.after == fault.mend
            others = {f: getattr(whole, f) for f in NAMES if f not in {*fault.fields, "updated_at"}}
            assert {field: getattr(done, field) for field in others} == others
            again = desk.replay()
            assert all(getattr(again, field) == value for field, value in fault.mend.items())


def test_acts_mend_a_status_and_times(desk: Desk) -> None:
    service, key = desk.case.service, desk.case.key
    mending: Mapping[str, str] = {
        "an unknown status": "pause",
        "no time of change": "complete",
        "no time of deletion": "restore",
    }
    for fault, act in mending.items():
        with desk.undone():
            desk.update(FAULTS[fault].sets[desk.engine])
            done = getattr(service, act)(*key, by=ANN)
            assert not done.faults
            assert service.get(*key) == done


def test_what_does_not_mend_is_refused(desk: Desk) -> None:
    service, key, fault = desk.case.service, desk.case.key, FAULTS["an end before the start"]
    with desk.undone():
        desk.update(fault.sets[desk.engine])
        with pytest.raises(ck.CampaignError, match="is before start_date"):
            service.edit(*key, by=ANN, end_date=DAY)
        with pytest.raises(ck.CampaignError, match="is before start_date"):
            service.edit(*key, by=ANN, start_date=date.max, end_date=DAY)
        with pytest.raises(ck.NotEditableError, match="not in targeting"):
            service.edit(*key, by=ANN, end_date=None, targeting=TITLES)
        renamed = service.edit(*key, by=ANN, name="Perth")  # what is broken stays so
        assert set(renamed.faults) == {"start_date", "end_date"}


@each_fault
def test_an_engine_is_told_of_a_campaign_that_it_cannot_read(desk: Desk, fault: str) -> None:
    """Both listings have what can be read of it, unless the row says that it is not running."""
    service, (client_id, campaign_id), broken = desk.case.service, desk.case.key, FAULTS[fault]
    with desk.undone():
        desk.update(broken.sets[desk.engine])
        hidden = "deleted_at" in broken.fields
        with pytest.raises(ck.CorruptRowError) as refused:
            service.get(client_id, campaign_id, include_deleted=True)
        if hidden:
            with pytest.raises(ck.NotFoundError):
                service.get(client_id, campaign_id)
        (error,) = service.find(client_id, include_deleted=True).corrupt
        assert error.readable.id == campaign_id
        assert error.readable == refused.value.readable
        running = service.running_across_clients(DAY)
        assert not running.items
        if {"status", "deleted_at", "start_date", "end_date"}.isdisjoint(broken.fields):
            assert [one.readable for one in running.corrupt] == [error.readable]


COUNTS = {
    *("intake", "preview", "decide", "brief", "release", "progress", "reject leads"),
    *("AI intake", "AI preview", "AI decide", "AI release"),
    *("approve leads", "preview leads", "approve a release"),
}
"""The acts that count leads."""


def test_an_unreadable_progress_keeps_from_what_counts_leads(desk: Desk) -> None:
    case = desk.case
    for name, act in ACTS.items():
        with desk.undone():
            if act.prepare is not None:
                act.prepare(case)
            desk.run("UPDATE campaign_progress SET email_allocation = 41")
            if name not in COUNTS:
                act.do(case)
                continue
            with pytest.raises(ck.CorruptRowError, match="shares must add up to 100") as refused:
                act.do(case)
            assert (refused.value.what, refused.value.key) == ("progress", case.key[1])

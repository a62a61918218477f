"""Eight processes use one campaign: limits hold, counters equal rows, and a pause is final.

On the library's own transactions and on a host's, at every level of isolation. All they do is
counted in turns, of which `--hypothesis-profile=long` makes 50 times as many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from functools import partial
from itertools import chain
from pathlib import Path
from uuid import UUID

import pytest
from attrs import frozen
from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.errors import CampaignKitError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.acts import offer, one_more, take, take_until_paused
from tests.storage.races.ledgers import ANN, CLIENT, DAY, NEXT_DAY
from tests.storage.races.processes import Parent, together
from tests.storage.races.sites import (
    HostsConnection,
    HostsEngine,
    Opened,
    Run,
    Site,
    engine_of,
)

PROCESSES = 8
MIXES = (
    ck.Allocation(email=100),
    ck.Allocation(email=20, linkedin=80),
    ck.Allocation(linkedin=34, voice=33, sms=33),
)


@pytest.fixture(
    scope="module",
    params=[
        "postgres",
        "sqlite",
        "a host's READ COMMITTED",
        "a host's REPEATABLE READ",
        "a host's SERIALIZABLE",
        "a host's SQLite engine",
        "a host's SQLite connection",
    ],
)
def site(request: pytest.FixtureRequest) -> Site:
    """Give each way to use a store in turn."""
    match str(request.param).removeprefix("a host's ").split():
        case ["SQLite", kind]:
            url = request.getfixturevalue("rollback_sqlite")
            return HostsEngine(url) if kind == "engine" else HostsConnection(url)
        case ["postgres" | "sqlite" as name]:
            return Opened(request.getfixturevalue(name))
        case words:
            return HostsConnection(request.getfixturevalue("postgres"), " ".join(words))


@pytest.fixture
def engine(site: Opened | HostsEngine | HostsConnection) -> Generator[Engine]:
    """Give the test's own way to the site's database."""
    with engine_of(site.url) as engine:
        yield engine


def stored(engine: Engine, campaign: ck.Campaign) -> UUID:
    """Store a campaign as a host might, with nothing in the ledger."""
    campaign_id = SQLAlchemyStore(engine).add(campaign).id
    assert ledgers.read(engine, campaign_id).progress == {}
    return campaign_id


def test_the_limits_hold(site: Site, engine: Engine, effort: int) -> None:
    campaign_id = stored(
        engine, ledgers.running(daily_lead_limit=30 * effort, total_lead_limit=50 * effort)
    )
    turns = 5 * effort
    reports = together(
        *(partial(take_and_release, site, campaign_id, n, turns) for n in range(PROCESSES))
    )
    taken = Counter(chain.from_iterable(report.taken for report in reports))
    released = Counter(chain.from_iterable(report.released for report in reports))
    ledger = ledgers.checked(engine, campaign_id)
    assert taken - released == Counter(ledger.ids)
    # What was given back at the very end nobody may have asked for again.
    rest = [ck.Lead(f"rest-{n}", 90) for n in range(PROCESSES)]
    with site.enter() as run:
        for day in (DAY, NEXT_DAY):
            take(run, campaign_id, rest, day)
    assert len(ledgers.checked(engine, campaign_id).leads) == 50 * effort


@frozen
class Report:
    taken: list[str]
    released: list[str]


def take_and_release(
    site: Site, campaign_id: UUID, worker: int, turns: int, test: Parent
) -> Report:
    """Offer leads that another worker offers as well; in the midst give one back."""
    taken: list[str] = []
    released: list[str] = []
    with site.enter() as run:
        test.meet()
        for turn in range(turns):
            day = (DAY, NEXT_DAY)[(turn + worker) % 2]
            taken += take(run, campaign_id, offer(worker, turn), day)
            if turn == turns // 2 and taken:
                released += give_back(run, campaign_id, taken[:1])
    return Report(taken, released)


def give_back(run: Run, campaign_id: UUID, lead_ids: list[str]) -> list[str]:
    """Release leads; return who was there."""
    given = run(lambda service: service.release(CLIENT, campaign_id, lead_ids, by=ANN))
    return list(given.released)


def test_nobody_is_taken_after_a_pause(
    site: Site, engine: Engine, effort: int, tmp_path: Path
) -> None:
    campaign_id = stored(engine, ledgers.running(daily_lead_limit=100_000))
    total, *taken = together(
        partial(pause, site, campaign_id, effort, tmp_path / "paused"),
        *(
            partial(take_until_paused, site, campaign_id, n, tmp_path / "paused")
            for n in range(1, PROCESSES)
        ),
        meetings=2,
    )
    assert len(ledgers.checked(engine, campaign_id).leads) == total > sum(taken) > 0


def pause(site: Site, campaign_id: UUID, effort: int, paused: Path, test: Parent) -> int:
    """Take some leads, pause, and tell how many there are then."""
    with site.enter() as run:
        take(run, campaign_id, offer(0, 0), DAY)
        test.meet()
        for turn in range(1, 3 * effort):
            take(run, campaign_id, offer(0, turn), DAY)
        run(lambda service: service.pause(CLIENT, campaign_id, by=ANN))
        paused.touch()
        progress = run(lambda service: service.store.progress(CLIENT, campaign_id, DAY))
        test.meet()
    return progress.admitted_total


def test_edits_among_intakes_are_not_lost(site: Site, engine: Engine, effort: int) -> None:
    campaign_id = stored(engine, ledgers.running(daily_lead_limit=100_000))
    turns = 5 * effort
    refusals = together(
        partial(edit, site, campaign_id, turns),
        *(partial(take_or_not, site, campaign_id, n, turns) for n in range(1, PROCESSES)),
    )
    assert set(chain(*refusals)) <= {"NotRunningError"}
    ledger = ledgers.checked(engine, campaign_id)
    assert ledger.campaign["status"] == "active"
    assert ledger.campaign["name"] == str((PROCESSES - 1) * turns)
    assert max((lead.epoch for lead in ledger.leads), default=0) <= turns
    with site.enter() as run:
        take(run, campaign_id, [ck.Lead("last", 90)], DAY)
        mix = run(lambda service: service.get(CLIENT, campaign_id)).allocation
    ledger = ledgers.checked(engine, campaign_id)
    shares = {channel: ledger.progress[f"{channel}_allocation"] for channel in ck.Channel}
    assert shares == dict(mix)


def edit(site: Site, campaign_id: UUID, turns: int, test: Parent) -> list[str]:
    """Change the shares over and over; for that the campaign must be paused."""
    with site.enter() as run:
        test.meet()
        for turn in range(turns):
            run(lambda service: service.pause(CLIENT, campaign_id, by=ANN))
            mix = MIXES[turn % len(MIXES)]
            run(partial(_edit_shares, campaign_id, mix))
            run(lambda service: service.activate(CLIENT, campaign_id, by=ANN))
    return []


def _edit_shares(campaign_id: UUID, mix: ck.Allocation, service: ck.CampaignService) -> None:
    service.edit(CLIENT, campaign_id, by=ANN, allocation=mix)


def take_or_not(site: Site, campaign_id: UUID, worker: int, turns: int, test: Parent) -> list[str]:
    """Offer leads, and count the turns in the campaign; return the names of the refusals."""
    refusals: list[str] = []
    with site.enter() as run:
        test.meet()
        for turn in range(turns):
            try:
                take(run, campaign_id, offer(worker, turn), DAY)
            except CampaignKitError as error:
                refusals.append(type(error).__name__)
            run(lambda service: service.store.transact(CLIENT, campaign_id, one_more))
    return refusals

"""Eight processes approve, reject and edit at once: each suggestion is decided upon once.

Whatever comes of it, the history leads to the campaign, and tells of each lead. On the library's
own transactions and on a host's; `--hypothesis-profile=long` makes 50 times as many turns.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Generator
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.acts import nothing
from tests.storage.races.ledgers import ANN, CLIENT, DAY, make_service
from tests.storage.races.processes import Countdown, Parent, started, together
from tests.storage.races.sites import WAIT, HostsConnection, Opened, Run, Site, engine_of

PROCESSES = 8
SCOUT = ck.Actor.ai("scout")


@pytest.fixture(
    scope="module", params=["postgres", "sqlite", "a host's REPEATABLE READ", "a host's SQLite"]
)
def site(request: pytest.FixtureRequest) -> Site:
    """Give ways to use a store in turn."""
    match str(request.param):
        case "a host's REPEATABLE READ":
            return HostsConnection(request.getfixturevalue("postgres"), "REPEATABLE READ")
        case "a host's SQLite":
            return HostsConnection(request.getfixturevalue("rollback_sqlite"))
        case name:
            return Opened(request.getfixturevalue(name))


@pytest.fixture
def engine(site: Opened | HostsConnection) -> Generator[Engine]:
    """Give the test's own way to the site's database."""
    with engine_of(site.url) as engine:
        yield engine


def begun(engine: Engine, rounds: int) -> tuple[UUID, list[UUID]]:
    """Return a campaign that runs in co_pilot, and what the AI suggests for it."""
    service = make_service(SQLAlchemyStore(engine, lock_timeout=WAIT))
    draft = service.create(ck.Campaign.draft(client_id=CLIENT, name="0"), by=ANN)
    key = CLIENT, draft.id
    service.activate(*key, by=ANN)
    waiting: list[ck.Campaign | ck.Intake | ck.Release | ck.Suggestion] = []
    for turn in range(rounds):
        leads = [ck.Lead(f"lead-{turn}-{n}", 90) for n in range(4)]
        waiting += [
            service.intake(*key, leads, day=DAY, by=SCOUT),
            service.edit(*key, name=f"name {turn}", by=SCOUT),
            service.edit(*key, daily_lead_limit=20 + turn, by=SCOUT),
        ]
    return draft.id, [one.id for one in waiting if isinstance(one, ck.Suggestion)]


def decide(
    site: Site, campaign_id: UUID, ids: list[UUID], worker: int, test: Parent
) -> dict[UUID, str]:
    """Approve or reject what there is, in an order of one's own, and edit in between."""
    draw = random.Random(worker)
    mine = draw.sample(ids, len(ids))
    ended: dict[UUID, str] = {}
    with site.enter() as run:
        test.meet()
        for suggestion_id in mine:
            ended[suggestion_id] = decided(run, suggestion_id, draw.random() < 0.8)
            if draw.random() < 0.2:
                rename(run, campaign_id, f"{worker} was here")
    return ended


def rename(run: Run, campaign_id: UUID, name: str) -> None:
    run(lambda service: service.edit(CLIENT, campaign_id, name=name, by=ANN))


def decided(run: Run, suggestion_id: UUID, approving: bool) -> str:  # as drawn
    try:
        if approving:
            run(lambda service: service.approve(CLIENT, suggestion_id, by=ANN))
            return "approved"
        run(lambda service: service.reject(CLIENT, suggestion_id, by=ANN, reason="no"))
    except ck.SuggestionError:
        return "stale"
    except ck.ConflictError:
        return "too late"
    return "rejected"


def test_each_suggestion_is_decided_upon_once(site: Site, engine: Engine, effort: int) -> None:
    campaign_id, ids = begun(engine, 3 * effort)
    reports = together(*(partial(decide, site, campaign_id, ids, n) for n in range(PROCESSES)))
    ledger = ledgers.checked(engine, campaign_id)
    owns = isinstance(site, Opened)
    for suggestion_id in ids:
        ends = Counter(report[suggestion_id] for report in reports)
        state = ledger.suggestions[suggestion_id]
        assert ends["approved"] + ends["rejected"] == (state in {"approved", "rejected"})
        assert not state.startswith(("approved", "rejected")) or ends[state] == 1
        if owns:  # a host that hears of an error takes its transaction back, and with it the mark
            assert ends["stale"] == (state == "stale")
            assert state != "pending"
    check(engine, campaign_id)


def check(engine: Engine, campaign_id: UUID) -> None:
    """Hold that the history leads to the campaign, and tells of each lead and each decision."""
    store = SQLAlchemyStore(engine, lock_timeout=WAIT)
    campaign = store.get(CLIENT, campaign_id)
    events = store.history(CLIENT, campaign_id, limit=10_000).items
    assert ck.replay(events) == campaign
    leads = Counter(lead.channel for lead in store.assignments(CLIENT, campaign_id).items)
    told: Counter[ck.Channel] = Counter()
    for event in events:
        if event.kind.is_done:
            told.update(dict(event.counts))
    assert +told == leads
    ends = Counter(
        (e.suggestion_id, e.kind.value)
        for e in events
        if e.kind.value in ledgers.ENDS and e.suggestion_id is not None
    )
    states = ledgers.read(engine, campaign_id).suggestions
    assert ends == {item: 1 for item in states.items() if item[1] != "pending"}


def approve_the_end(site: Site, ids: list[UUID], worker: int, test: Parent) -> str:
    """Approve one of the suggestions to complete the campaign."""
    with site.enter() as run:
        test.meet()
        return decided(run, ids[worker % len(ids)], approving=True)


def test_one_end_closes_all_others(site: Site, engine: Engine) -> None:
    campaign_id, _ = begun(engine, 1)
    service = make_service(SQLAlchemyStore(engine, lock_timeout=WAIT))
    ends = [service.complete(CLIENT, campaign_id, by=SCOUT) for _ in range(3)]
    ids = [end.id for end in ends if isinstance(end, ck.Suggestion)]
    assert len(set(ids)) == 1
    reports = together(*(partial(approve_the_end, site, ids, n) for n in range(PROCESSES)))
    assert Counter(reports) == {"approved": 1, "too late": PROCESSES - 1}
    states = Counter(ledgers.checked(engine, campaign_id).suggestions.values())
    assert states == {"approved": 1, "closed": 3}
    check(engine, campaign_id)


# -- Killed ---------------------------------------------------------------------------------------

KILLS = 3


def test_a_killed_approval_leaves_all_or_nothing(url: str, effort: int) -> None:
    with engine_of(url) as engine:
        steps = approved_by(url, engine, None)
        assert isinstance(steps, int)
        draw = random.Random(7)
        late = [draw.randrange(steps * 3 // 4, steps) for _ in range(KILLS * effort)]
        ends = [approved_by(url, engine, at) for at in sorted([0, *late, steps])]
    assert ends == sorted(ends)
    assert (ends[0], ends[-1]) == (False, True)


def approved_by(url: str, engine: Engine, at: int | None) -> int:
    """Have a process approve leads, and kill it at a step; return whether they are there.

    Without a step, return how many it takes.
    """
    campaign_id, (leads, *others) = begun(engine, 1)
    with started(partial(approve, url, leads, at)) as process:
        if at is None:
            return process.result()
        assert process.exit_code() == -signal.SIGKILL
    store = SQLAlchemyStore(engine, lock_timeout=WAIT)
    store.transact(CLIENT, campaign_id, nothing)  # the next call works at once
    ledger = ledgers.checked(engine, campaign_id)
    done = bool(ledger.leads)
    waiting = dict.fromkeys(others, "pending")
    assert ledger.suggestions == {leads: "approved" if done else "pending", **waiting}
    assert ledger.events[5:] == (("approved",) if done else ())
    check(engine, campaign_id)
    return done


def approve(url: str, suggestion_id: UUID, at: int | None, _: Parent) -> int:
    """Approve, and be killed at a step of it; or return how many steps it took."""
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        service = make_service(store)
        service.suggestions(CLIENT)  # all is loaded by now
        with Countdown(at) as countdown:
            service.approve(CLIENT, suggestion_id, by=ANN)
        return countdown.steps

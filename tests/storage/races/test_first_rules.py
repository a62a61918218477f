"""A client gets its first rules, or a campaign back, while others take leads.

Until then the client has no row, so nothing but its campaigns could be locked. In every round eight
processes meet at a new client.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from attrs import frozen
from sqlalchemy import Engine, text

import campaignkit as ck
from campaignkit.clients import ClientPolicy
from campaignkit.errors import StorageError, StoreUnavailableError, TransientConflictError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import client_ledgers
from tests.storage.races.client_acts import (
    WatchedStore,
    add_campaigns,
    lead,
    new_client,
    running,
    strict_policy,
    take,
)
from tests.storage.races.client_ledgers import Gifts, check_policy
from tests.storage.races.ledgers import ANN, DAY, NEXT_DAY, make_service
from tests.storage.races.processes import Countdown, Parent, started, together
from tests.storage.races.sites import WAIT, HostsConnection, Opened, Run, Site, engine_of

PROCESSES, ROUNDS = 8, 5
POOL, OFFER, TURNS, DAYS = 60, 6, 4, 9
POLICY = strict_policy(per_day=3)
STOPPED = [f"lead-{n}" for n in range(POOL // 2)]


@frozen
class Client:
    """A client and its campaigns, in the order of their ids."""

    id: UUID
    ids: tuple[UUID, ...]


def new_clients(engine: Engine, number: int, campaigns: int) -> list[Client]:
    made = [new_client() for _ in range(number)]
    return [Client(one, add_campaigns(engine, one, campaigns, limit=10**6)) for one in made]


# -- The first policy, the first suppression ------------------------------------------------------


@frozen
class Setter:
    """Who gives a client its first rule, on which database, and how the others take leads."""

    act: str
    kind: str
    is_hosts: bool = False
    level: str | None = None


SETTERS = (
    Setter("policy", "postgres", is_hosts=True),
    Setter("suppression", "sqlite"),
    *(
        pytest.param(setter, marks=pytest.mark.long)
        for setter in (
            *(Setter("policy", kind) for kind in ("postgres", "sqlite")),
            *(Setter("suppression", "postgres", is_hosts=own) for own in (True, False)),
            *(
                Setter("policy", "postgres", is_hosts=own, level=level)
                for own in (True, False)
                for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
            ),
        )
    ),
)


@pytest.mark.parametrize("setter", SETTERS, ids=str)
def test_the_first_rules_hold_from_their_commit_on(
    setter: Setter, request: pytest.FixtureRequest, effort: int
) -> None:
    url = str(request.getfixturevalue(setter.kind))
    with engine_of(url) as engine:
        set_while_others_take(setter, url, engine, ROUNDS * effort)


def set_while_others_take(setter: Setter, url: str, engine: Engine, rounds: int) -> None:
    clients = new_clients(engine, rounds, campaigns=3)
    site = HostsConnection(url) if setter.is_hosts else Opened(url)
    others = Opened(url) if setter.level is None else HostsConnection(url, setter.level)
    seen, *_ = together(
        partial(set_first, site, url, clients, setter.act),
        *(partial(take_turns, others, clients, n) for n in range(1, PROCESSES)),
        meetings=len(clients),
    )
    assert seen is not None  # as of the others
    for client, before in zip(clients, seen, strict=True):
        ledger = client_ledgers.checked(engine, client.id)
        if setter.act == "policy":
            check_policy(ledger, POLICY, before)
        else:
            new = ledger.ever - before
            assert not {gift.lead_id for gift in new}.intersection(STOPPED)
    assert any(seen)


def set_first(site: Site, url: str, clients: list[Client], act: str, test: Parent) -> list[Gifts]:
    """Give each client its first rule; return what had been given then, seen under its lock."""
    seen: list[Gifts] = []
    with site.enter() as run, engine_of(url) as engine:
        for turn, client in enumerate(clients):
            found: list[Gifts] = []

            def look(
                _: Collection[str], client: Client = client, found: list[Gifts] = found
            ) -> None:
                found[:] = [client_ledgers.read(engine, client.id).ever]

            def set_it(service: ck.CampaignService, client: Client = client) -> None:
                store = service.store
                assert isinstance(store, SQLAlchemyStore)
                own = make_service(WatchedStore(store.bind, lock_timeout=WAIT).watch(look))
                if act == "policy":
                    own.set_client_policy(client.id, POLICY, by=ANN)
                else:
                    own.suppress(client.id, STOPPED, by=ANN)

            test.meet()
            for n in range(turn % 3):
                take(run, client.id, client.ids[n], [lead(n)], DAY)
            run(set_it)
            seen += found
    return seen


def take_turns(site: Site, clients: list[Client], worker: int, test: Parent) -> None:
    """Take leads that others want as well, for days out of order."""
    draw = random.Random(worker)
    with site.enter() as run:
        for client in clients:
            test.meet()
            for _ in range(TURNS):
                leads = [lead(n) for n in draw.sample(range(POOL), OFFER)]
                day = DAY + timedelta(draw.randrange(DAYS))
                pair = sorted(draw.sample(client.ids, 2))  # while nothing else orders them
                run(partial(edit_one_take_into_other, client, pair, leads, day))


def edit_one_take_into_other(
    client: Client,
    pair: Sequence[UUID],
    leads: list[ck.Lead],
    day: date,
    service: ck.CampaignService,
) -> None:
    """Change two campaigns; in a host's transaction at once."""
    one, other = pair
    service.edit(client.id, one, name="edited", by=ANN)
    service.intake(client.id, other, leads, day=day, by=ANN)


def test_a_campaign_that_a_host_has_not_committed_is_counted(postgres: str) -> None:
    """Whoever gives the client its first rule cannot see it yet, and waits for its end."""
    client_id = new_client()
    with engine_of(postgres) as engine, engine.connect() as connection:
        take_into_new(make_service(SQLAlchemyStore(connection)), client_id)
        impatient = make_service(SQLAlchemyStore(engine, lock_timeout=0.2))
        with pytest.raises(StoreUnavailableError):
            impatient.set_client_policy(client_id, POLICY, by=ANN)
        connection.commit()
        impatient.set_client_policy(client_id, POLICY, by=ANN)
        assert client_ledgers.checked(engine, client_id).spent.total() == OFFER


def test_a_host_that_began_before_the_first_rule_is_told(postgres: str) -> None:
    """At REPEATABLE READ it sees no rule, and its new campaign is locked by nobody."""
    client_id = new_client()
    with (
        engine_of(postgres) as engine,
        engine_of(postgres, "REPEATABLE READ") as repeatable,
        repeatable.connect() as connection,
    ):
        connection.execute(text("SELECT 1"))
        make_service(SQLAlchemyStore(engine)).set_client_policy(client_id, POLICY, by=ANN)
        with pytest.raises(TransientConflictError):
            take_into_new(make_service(SQLAlchemyStore(connection)), client_id)
        connection.rollback()
        take_into_new(make_service(SQLAlchemyStore(connection)), client_id)
        connection.commit()
        check_policy(client_ledgers.checked(engine, client_id), POLICY)


FIRST_RULES: Mapping[str, Callable[[ck.CampaignService, UUID], object]] = {
    "policy": lambda service, client_id: service.set_client_policy(client_id, POLICY, by=ANN),
    "suppression": lambda service, client_id: service.suppress(client_id, STOPPED, by=ANN),
}


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("act", FIRST_RULES)
def test_a_host_that_cannot_see_all_campaigns_gives_no_first_rule(
    postgres: str, level: str, act: str
) -> None:
    """Leads of a campaign that was added after it began would not be counted."""
    client_id = new_client()
    with (
        engine_of(postgres) as engine,
        engine_of(postgres, level) as hosts,
        hosts.connect() as connection,
        engine.connect() as other,
    ):
        connection.execute(text("SELECT 1"))
        take_into_new(make_service(SQLAlchemyStore(other)), client_id)
        other.commit()
        service = make_service(SQLAlchemyStore(connection))
        with pytest.raises(StorageError, match=f"^at {level} .* at READ COMMITTED$"):
            FIRST_RULES[act](service, client_id)
        connection.commit()  # it can be used, and nothing is left of the client
        client_ledgers.checked(engine, client_id)
        make_service(SQLAlchemyStore(engine)).set_client_policy(client_id, POLICY, by=ANN)
        service.suppress(client_id, STOPPED, by=ANN)  # which is not the first rule now
        connection.commit()
        client_ledgers.checked(engine, client_id)


def take_into_new(service: ck.CampaignService, client_id: UUID) -> None:
    """Add a campaign and take leads into it, as a host does in one transaction."""
    campaign = service.store.add(running(client_id, 50))
    service.intake(client_id, campaign.id, [lead(n) for n in range(OFFER)], day=DAY, by=ANN)


# -- Programs that know nothing of it -------------------------------------------------------------


def test_a_process_that_opened_its_store_before_obeys(url: str, engine: Engine) -> None:
    [client] = new_clients(engine, 1, campaigns=2)
    with started(partial(take_before_and_after, Opened(url), client)) as process:
        assert process.hear() == OFFER
        service = make_service(SQLAlchemyStore(engine))
        service.intake(client.id, client.ids[1], [lead(OFFER)], day=DAY, by=ANN)
        service.set_client_policy(client.id, POLICY, by=ANN)
        service.suppress(client.id, [f"lead-{OFFER + 1}"], by=ANN)
        before = client_ledgers.read(engine, client.id).ever
        process.say()
        reasons = process.result()
    ledger = client_ledgers.checked(engine, client.id)
    check_policy(ledger, POLICY, before)
    assert reasons[f"lead-{OFFER}"] is ck.Reason.CLAIMED
    assert reasons[f"lead-{OFFER + 1}"] is ck.Reason.SUPPRESSED
    assert set(reasons.values()) >= {ck.Reason.CHANNEL_LIMIT}


def take_before_and_after(site: Site, client: Client, test: Parent) -> dict[str, ck.Reason]:
    with site.enter() as run:
        taken = take(run, client.id, client.ids[0], [lead(n) for n in range(OFFER)], DAY)
        test.say(len(taken.assignments))
        test.hear()
        rest = [lead(n) for n in range(OFFER, POOL)]
        later = take(run, client.id, client.ids[0], rest, NEXT_DAY)
    reasons = {**later.unassigned, **later.deferred}
    return {str(lead_id): reason for lead_id, reason in reasons.items()}


# -- Restoring ------------------------------------------------------------------------------------


def test_a_campaign_comes_back_while_others_take_its_leads(
    url: str, engine: Engine, effort: int
) -> None:
    clients = new_clients(engine, ROUNDS * effort, campaigns=4)
    service = make_service(SQLAlchemyStore(engine))
    leads = [lead(n) for n in range(POOL)]
    for client in clients:
        service.set_client_policy(client.id, ClientPolicy(one_campaign_per_lead=True), by=ANN)
        service.intake(client.id, client.ids[0], leads, day=DAY, by=ANN)
        service.delete(client.id, client.ids[0], by=ANN)
    together(
        partial(restore_each, Opened(url), clients),
        *(partial(take_each, Opened(url), clients, n) for n in range(1, 4)),
        meetings=len(clients),
    )
    for client in clients:
        ledger = client_ledgers.checked(engine, client.id)
        homes = Counter(gift.lead_id for gift in ledger.live)
        assert homes == {str(one.id): 1 for one in leads}


def restore_each(site: Site, clients: list[Client], test: Parent) -> None:
    with site.enter() as run:
        for client in clients:
            test.meet()
            run(partial(_restore, client))


def _restore(client: Client, service: ck.CampaignService) -> None:
    service.restore(client.id, client.ids[0], by=ANN)


def take_each(site: Site, clients: list[Client], number: int, test: Parent) -> None:
    with site.enter() as run:
        for client in clients:
            test.meet()
            for first in range(0, POOL, OFFER):
                leads = [lead(n) for n in range(first, first + OFFER)]
                take(run, client.id, client.ids[number], leads, DAY)


# -- Kills ----------------------------------------------------------------------------------------

KILLS = 4
"""How many for each kind of database."""


def test_a_killed_process_leaves_whole_counts(url: str, engine: Engine, effort: int) -> None:
    [client] = new_clients(engine, 1, campaigns=2)
    with started(partial(do_all, url, client, None)) as process:
        steps = process.result()
    whole = client_ledgers.checked(engine, client.id)
    draw, reached = random.Random(13), set[int]()
    for at in sorted(draw.randrange(steps) for _ in range(KILLS * effort)):
        [client] = new_clients(engine, 1, campaigns=2)
        with started(partial(do_all, url, client, at)) as process:
            assert process.exit_code() == -signal.SIGKILL
        ledger = client_ledgers.checked(engine, client.id)
        reached.add(ledger.ever.total())
        # Nothing holds a lock, and what was not done can be done.
        with Opened(url).enter() as run:
            do_it(run, client)
        again = client_ledgers.checked(engine, client.id)
        assert {g.lead_id[:7] for g in again.ever} == {g.lead_id[:7] for g in whole.ever}
    assert len(reached) > 1  # some were killed in the midst of it


def do_all(url: str, client: Client, at: int | None, _: Parent) -> int:
    """Do all that a client's row is for, and be killed at a step; or return how many there were."""
    with Opened(url).enter() as run, Countdown(at) as countdown:
        do_it(run, client)
    return countdown.steps


def do_it(run: Run, client: Client) -> None:
    (one, other), leads = client.ids, [lead(n) for n in range(10)]
    take(run, client.id, one, leads[:4], DAY)
    run(lambda service: service.set_client_policy(client.id, POLICY, by=ANN))
    run(lambda service: service.suppress(client.id, ["lead-9"], by=ANN))
    take(run, client.id, other, leads, NEXT_DAY)
    run(
        lambda service: service.release(
            client.id, one, ["lead-1"], by=ANN, contacted=True, suppress=["email"]
        )
    )
    run(lambda service: service.release(client.id, one, ["lead-2"], by=ANN))
    run(lambda service: service.erase(client.id, "lead-3", by=ANN))

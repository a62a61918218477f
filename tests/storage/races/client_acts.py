"""What eight processes do with the campaigns of one client, drawn by seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve, field, frozen
from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.clients import ChannelLimit, ClientPolicy
from campaignkit.errors import RefusedError
from campaignkit.storage import ClientSnapshot, ClientSnapshotQuery, ClientWrites
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import client_ledgers, ledgers
from tests.storage.races.client_ledgers import Gifts
from tests.storage.races.ledgers import ANN, DAY, make_service
from tests.storage.races.processes import Parent
from tests.storage.races.sites import WAIT, Run, Site, engine_of

CAMPAIGNS, DAYS = 20, 12
_TURNS_TO_MEETING = 8
MIX = ck.Allocation(email=50, linkedin=50)


@frozen
class World:
    """A client, and how much is done with its campaigns.

    Attributes:
        site: How each process uses a store.
        url: The database.
        client_id: The client.
        ids: The campaigns, of which the last are completed in the midst of it.
        pool: How many leads there are.
        offer: How many of them are offered at once.
        turns: How many acts each process does.
    """

    site: Site
    url: str
    client_id: UUID
    ids: tuple[UUID, ...]
    pool: int
    offer: int
    turns: int

    @property
    def meetings(self) -> int:
        """How often the processes meet: none of them is silent for long."""
        return -(-self.turns // _TURNS_TO_MEETING)

    def meet(self, turn: int, test: Parent) -> None:
        """Meet the others if it is time."""
        if turn % _TURNS_TO_MEETING == 0:
            test.meet()


@frozen
class Report:
    """What a process did: the pairs of a campaign and a lead, and why leads did not come in."""

    taken: Counter[tuple[UUID, str]] = field(factory=Counter)
    released: Counter[tuple[UUID, str]] = field(factory=Counter)
    reasons: Counter[str] = field(factory=Counter)
    suppressed: dict[str, Gifts] = field(factory=dict)
    """What each suppressed lead had been given when it was suppressed."""


class WatchedStore(SQLAlchemyStore):
    """Reads what leads were given, by a connection of its own, while a client is locked."""

    def watch(self, look: Callable[[Collection[str]], object]) -> WatchedStore:
        self._look = look
        return self

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: Callable[[ClientSnapshot], ClientWrites[Any]]
    ) -> ClientWrites[Any]:
        """As `Store.apply_client_decision`."""

        def look_and_decide(snapshot: ClientSnapshot) -> ClientWrites[Any]:
            self._look(query.lead_ids)
            return decide(snapshot)

        return super().apply_client_decision(query, look_and_decide)


def watched(
    service: ck.CampaignService, look: Callable[[Collection[str]], object]
) -> ck.CampaignService:
    """Return a service on the same database, which looks while a client is locked."""
    assert isinstance(service.store, SQLAlchemyStore)
    return make_service(WatchedStore(service.store.bind, lock_timeout=WAIT).watch(look))


def add_campaigns(engine: Engine, client_id: UUID, number: int, limit: int) -> tuple[UUID, ...]:
    """Store campaigns of a client as a host might, with nothing in the ledger."""
    campaigns = [running(client_id, limit) for _ in range(number)]
    return tuple(sorted(one.id for one in SQLAlchemyStore(engine).add_all(campaigns)))


def running(client_id: UUID, limit: int) -> ck.Campaign:
    """Return a campaign of a client that is running."""
    campaign = ledgers.running(allocation=MIX, daily_lead_limit=limit)
    return evolve(campaign, client_id=client_id)


def new_client() -> UUID:
    return uuid4()


def strict_policy(per_day: int) -> ClientPolicy:
    """Return a policy whose limits are reached: five days' worth a week."""
    limit = ChannelLimit(per_day=per_day, per_week=5 * per_day)
    return ClientPolicy(
        one_campaign_per_lead=True,
        cooldown=5,
        channel_limits={"linkedin": limit, "email": ChannelLimit(per_week=8 * per_day)},
    )


def lead(number: int) -> ck.Lead:
    """Return one of the leads that all offer; half of them are for email alone."""
    return ck.Lead(f"lead-{number}", 90 if number % 2 else 30)


def take(
    run: Run, client_id: UUID, campaign_id: UUID, leads: Sequence[ck.Lead], day: date
) -> ck.Intake:
    """Take leads, by a user."""
    taken = run(lambda service: service.intake(client_id, campaign_id, leads, day=day, by=ANN))
    assert isinstance(taken, ck.Intake)
    return taken


class Worker:
    """Does what a seed draws, and reports it."""

    def __init__(self, world: World, run: Run, number: int) -> None:
        self.world, self.run, self.report = world, run, Report()
        self.draw = Random(number)

    def act(self, turn: int) -> None:
        """Do one thing; most often take leads."""
        acts: Sequence[Callable[[UUID], None]] = (
            *(self.take, self.take, self.take, self.take),
            *(self.edit_and_take, self.pause, self.release, self.release_as_contacted),
        )
        chosen = acts[turn % len(acts)] if turn < len(acts) else self.draw.choice(acts)
        try:
            chosen(self.draw.choice(self.world.ids))
        except RefusedError as error:
            self.report.reasons[type(error).__name__] += 1

    def take(self, campaign_id: UUID) -> None:
        self._note(campaign_id, take(self.run, *self._offer(campaign_id)))

    def edit_and_take(self, campaign_id: UUID) -> None:
        """Edit one campaign and take leads into another; in a host's transaction it is one."""
        other, (client_id, _, leads, day) = (
            self.draw.choice(self.world.ids),
            self._offer(campaign_id),
        )
        name = str(self.draw.random())

        def both(service: ck.CampaignService) -> ck.Intake:
            service.edit(client_id, other, name=name, by=ANN)
            taken = service.intake(client_id, campaign_id, leads, day=day, by=ANN)
            assert isinstance(taken, ck.Intake)
            return taken

        self._note(campaign_id, self.run(both))

    def pause(self, campaign_id: UUID) -> None:
        self.run(lambda service: service.pause(self.world.client_id, campaign_id, by=ANN))
        self.run(lambda service: service.activate(self.world.client_id, campaign_id, by=ANN))

    def release(self, _: UUID) -> None:
        """Release some of the leads that it has taken, and give back what they used up."""
        self._release(contacted=False)

    def release_as_contacted(self, _: UUID) -> None:
        """Release some of the leads that it has taken, and give back nothing."""
        self._release(contacted=True)

    def complete(self) -> None:
        """Complete the last campaign that runs, so that its leads are free, once they are cool."""
        client_id, ids = self.world.client_id, self.world.ids
        self.run(lambda service: service.complete(client_id, ids[-1], by=ANN))

    def suppress(self, several: int) -> None:
        """Suppress some of the leads on all channels, for ever."""
        ids = [f"lead-{self.draw.randrange(self.world.pool)}" for _ in range(several)]
        ids = [one for one in dict.fromkeys(ids) if one not in self.report.suppressed]
        seen: dict[str, Gifts] = {}
        with engine_of(self.world.url) as engine:

            def look(lead_ids: Collection[str]) -> None:
                known = client_ledgers.read(engine, self.world.client_id, lead_ids).ever
                for one in lead_ids:
                    seen[one] = Counter({g: n for g, n in known.items() if g.lead_id == one})

            self.run(
                lambda service: watched(service, look).suppress(self.world.client_id, ids, by=ANN)
            )
        assert seen.keys() == set(ids)
        self.report.suppressed.update(seen)

    def _offer(self, campaign_id: UUID) -> tuple[UUID, UUID, list[ck.Lead], date]:
        numbers = self.draw.sample(range(self.world.pool), self.world.offer)
        day = DAY + timedelta(self.draw.randrange(DAYS))
        return self.world.client_id, campaign_id, [lead(n) for n in numbers], day

    def _note(self, campaign_id: UUID, taken: ck.Intake) -> None:
        self.report.taken.update((campaign_id, lead_id) for lead_id in map(str, taken.assignments))
        self.report.reasons.update(taken.deferred.values())
        self.report.reasons.update(taken.unassigned.values())

    def _release(self, *, contacted: bool) -> None:
        known = sorted(self.report.taken - self.report.released)
        if not known:
            return
        campaign_id, _ = self.draw.choice(known)
        ids = [lead_id for own, lead_id in known if own == campaign_id][:4]
        given = self.run(
            lambda service: service.release(
                self.world.client_id, campaign_id, ids, by=ANN, contacted=contacted
            )
        )
        assert isinstance(given, ck.Release)
        self.report.released.update((campaign_id, lead_id) for lead_id in given.released)


def work(world: World, number: int, test: Parent) -> Report:
    """Do so many things, and report them."""
    with world.site.enter() as run:
        worker = Worker(world, run, number)
        for turn in range(world.turns):
            world.meet(turn, test)
            worker.act(turn)
    return worker.report


def suppress_and_complete(world: World, test: Parent) -> Report:
    """Suppress leads over and over, and complete a campaign in the midst of it."""
    with world.site.enter() as run:
        worker = Worker(world, run, 0)
        for turn in range(world.turns):
            world.meet(turn, test)
            worker.suppress(max(2, world.pool // (5 * world.turns)))
            if turn == world.turns // 2:
                worker.complete()
    return worker.report

"""Threads and tasks that use the services at once: limits hold, and a pause is final."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import Future
from datetime import date
from threading import Barrier, Thread
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit.storage import AsyncMemoryStore, MemoryStore

CLIENT = UUID(int=7)
DAY = date(2026, 11, 23)
ANN = ck.Actor.user("ann")
WORKERS = 8


def offer(worker: int, turn: int) -> list[ck.Lead]:
    """Return leads that two workers offer each."""
    return [ck.Lead(f"{worker // 2}-{turn}-{n}", 90) for n in range(3)]


def check(store: MemoryStore, campaign: ck.Campaign, taken: list[str]) -> None:
    """Hold that every lead taken is stored once, and every counter right."""
    stored = store.assignments(CLIENT, campaign.id, limit=1_000).items
    progress = store.progress(CLIENT, campaign.id, DAY)
    assert sorted(taken) == [assignment.lead_id for assignment in stored]
    assert progress.admitted_today == progress.admitted_total == len(stored)
    assert progress.carried == dict(ck.ChannelCounts(Counter(a.channel for a in stored)))


def running(store: MemoryStore, **fields: int) -> ck.Campaign:
    service = ck.CampaignService(store)
    draft = ck.Campaign.draft(client_id=CLIENT, name="x")
    service.create(draft, by=ANN)
    service.edit(CLIENT, draft.id, by=ANN, **fields)  # type: ignore[arg-type]  # limits
    return service.activate(CLIENT, draft.id, by=ANN)


def test_threads_meet_a_limit_exactly() -> None:
    store = MemoryStore()
    service = ck.CampaignService(store)
    campaign = running(store, daily_lead_limit=50)
    start = Barrier(WORKERS)

    def work(worker: int, result: Future[list[str]]) -> None:
        taken: list[str] = []
        try:
            start.wait(30)
            for turn in range(10):
                batch = offer(worker, turn)
                admitted = service.intake(CLIENT, campaign.id, batch, day=DAY, by=ANN)
                taken += admitted.assignments
            result.set_result(taken)
        except BaseException as error:  # noqa: BLE001  # the test gets it
            result.set_exception(error)

    results = [Future[list[str]]() for _ in range(WORKERS)]
    for worker, result in enumerate(results):
        Thread(target=work, args=(worker, result), daemon=True).start()
    taken = [lead_id for result in results for lead_id in result.result(30)]
    assert len(taken) == 50
    check(store, campaign, taken)


def test_tasks_meet_a_limit_exactly() -> None:
    store = MemoryStore()
    service = ck.AsyncCampaignService(AsyncMemoryStore(store))
    campaign = running(store, daily_lead_limit=50)

    async def work(worker: int) -> list[str]:
        taken: list[str] = []
        for turn in range(10):
            await asyncio.sleep(0)
            batch = offer(worker, turn)
            admitted = await service.intake(CLIENT, campaign.id, batch, day=DAY, by=ANN)
            taken += admitted.assignments
        return taken

    async def work_together() -> list[list[str]]:
        return await asyncio.gather(*(work(worker) for worker in range(WORKERS)))

    taken = [lead_id for some in asyncio.run(work_together()) for lead_id in some]
    assert len(taken) == 50
    check(store, campaign, taken)


def test_no_task_takes_anybody_after_a_pause() -> None:
    store = MemoryStore()
    service = ck.AsyncCampaignService(AsyncMemoryStore(store))
    campaign = running(store, daily_lead_limit=1_000)

    async def work(worker: int) -> None:
        for turn in range(100):
            await asyncio.sleep(0)
            await service.intake(CLIENT, campaign.id, offer(worker, turn), day=DAY, by=ANN)

    async def pause() -> int:
        for _ in range(20):
            await asyncio.sleep(0)
        await service.pause(CLIENT, campaign.id, by=ANN)
        return store.progress(CLIENT, campaign.id, DAY).admitted_total

    async def work_together() -> tuple[int, list[BaseException | None]]:
        workers = asyncio.gather(*(work(n) for n in range(WORKERS)), return_exceptions=True)
        return await pause(), await workers

    total, ends = asyncio.run(work_together())
    assert [type(end) for end in ends] == [ck.NotRunningError] * WORKERS
    assert store.progress(CLIENT, campaign.id, DAY).admitted_total == total
    with pytest.raises(ck.NotRunningError):
        ck.CampaignService(store).intake(CLIENT, campaign.id, offer(0, 0), day=DAY, by=ANN)

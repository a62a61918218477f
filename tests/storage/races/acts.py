"""What the processes do, and a decision that writes something of everything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.errors import NotRunningError
from campaignkit.planning._intake import intake, release
from campaignkit.storage import Snapshot, Writes
from tests.storage.races import ledgers
from tests.storage.races.ledgers import ANN, CLIENT, DAY
from tests.storage.races.processes import Parent
from tests.storage.races.sites import Run, Site

FIRST = ck.Lead("first", 90)
BATCH = [ck.Lead(f"batch-{n}", 90) for n in range(20)]
LEAD_IDS = [str(lead.id) for lead in (FIRST, *BATCH)]


def everything(snapshot: Snapshot) -> Writes[None]:
    """Release the first lead, take the batch, rename the campaign, and record it, all in one."""
    campaign, there = snapshot.campaign, snapshot.assignments
    given = release(campaign, ["first"], progress=snapshot.progress, already=there)
    taken = intake(campaign, BATCH, progress=given.progress)
    return Writes(
        campaign=campaign.edit(at=campaign.updated_at, name="renamed"),
        progress=taken.progress,
        assigned=tuple(taken.assignments.values()),
        released=tuple(
            ck.ReleasedLead(one, by=ck.Actor.user("ann"), at=campaign.updated_at)
            for one in given.released.values()
        ),
        suggestions=(suggested(campaign),),
        events=(told(campaign, ck.EventKind.SUGGESTED), told(campaign, ck.EventKind.APPLIED)),
    )


def suggested(campaign: ck.Campaign) -> ck.Suggestion:
    """Return a suggestion whose id is the campaign's own."""
    return ck.Suggestion(
        id=campaign.id,
        campaign_id=campaign.id,
        command=ck.Pause(),
        by=ck.Actor.ai("scout"),
        at=campaign.created_at,
        before=ck.Suggestion.basis(campaign, ck.Pause()),
    )


def told(campaign: ck.Campaign, kind: ck.EventKind) -> ck.Event:
    """Return an event of a campaign that tells of its suggestion."""
    return ck.Event(
        campaign_id=campaign.id,
        kind=kind,
        by=ANN,
        at=campaign.created_at,
        suggestion_id=campaign.id,
    )


def first(snapshot: Snapshot) -> Writes[None]:
    """Take the first lead."""
    taken = intake(snapshot.campaign, [FIRST], progress=snapshot.progress)
    return Writes(progress=taken.progress, assigned=tuple(taken.assignments.values()))


def nothing(_: Snapshot) -> Writes[None]:
    """Write nothing; but the campaign was locked, so that all before this has ended."""
    return Writes()


def is_done(engine: Engine, campaign_id: UUID) -> bool:
    """Tell whether `everything` was done after `first`, and hold that it was not done by halves."""
    ledger = ledgers.checked(engine, campaign_id)
    done: bool = ledger.campaign["name"] == "renamed"
    assert ledger.ids == (sorted(LEAD_IDS[1:]) if done else ["first"])
    assert ledger.days == {DAY: len(ledger.leads)}
    assert ledger.suggestions == ({campaign_id: "pending"} if done else {})
    assert ledger.events == (("suggested", "applied") if done else ())
    return done


def offer(worker: int, turn: int) -> list[ck.Lead]:
    """Return leads that two workers offer each."""
    return [ck.Lead(f"{worker // 2}-{turn}-{n}", 90) for n in range(5)]


def take(run: Run, campaign_id: UUID, leads: list[ck.Lead], day: date) -> list[str]:
    """Take leads; return who is new."""
    taken = run(lambda service: service.intake(CLIENT, campaign_id, leads, day=day, by=ANN))
    return list(taken.assignments)


def take_until_paused(
    site: Site, campaign_id: UUID, worker: int, paused: Path, test: Parent
) -> int:
    """Take leads until that is refused, which it is when it began after the pause."""
    taken, turn = 0, 0
    with site.enter() as run:
        taken += len(take(run, campaign_id, [ck.Lead(f"first-{worker}", 90)], DAY))
        test.meet()
        while True:
            is_paused = paused.exists()
            try:
                taken += len(take(run, campaign_id, offer(worker, turn), DAY))
            except NotRunningError:
                break
            assert not is_paused
            turn += 1
        test.meet()
        with pytest.raises(NotRunningError):
            take(run, campaign_id, offer(worker, turn), DAY)
    return taken


def one_more(snapshot: Snapshot) -> Writes[None]:
    """Add one to the counter that the name is."""
    campaign = snapshot.campaign
    return Writes(campaign=campaign.edit(at=campaign.updated_at, name=str(int(campaign.name) + 1)))


def count(site: Site, campaign_id: UUID, turns: int, test: Parent) -> None:
    """Add to a counter, by decisions."""
    with site.enter() as run:
        test.meet()
        for _ in range(turns):
            run(lambda service: service.store.transact(CLIENT, campaign_id, one_more))

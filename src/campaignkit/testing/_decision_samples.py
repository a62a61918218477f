"""Decisions that the kit has stores carry out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from attrs import evolve

from campaignkit.core._channels import Channel, ChannelCounts
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import Command, Pause
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import Actor
from campaignkit.domain._snapshot import Decide, Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.planning._intake import Intake, intake
from campaignkit.testing._kit import CREATED

OutcomeT = TypeVar("OutcomeT")

DAY = date(2026, 11, 23)
NEXT_DAY = date(2026, 11, 24)

_ANN, _SCOUT = Actor.user("ann"), Actor.ai("scout")


def assigned(
    lead_id: str, *, day: date = DAY, channel: Channel = Channel.EMAIL, epoch: int = 0
) -> Assignment:
    """Return an assignment, but for its lead mostly the same one."""
    return Assignment(lead_id, channel, ALSTier.HOT, 92.5, day, epoch)


def admitting(*new: Assignment, campaign: Campaign | None = None) -> Decide[None]:
    """Return the decision that admits these leads and counts them, whatever the limits."""

    def decide(snapshot: Snapshot) -> Writes[None]:
        before = snapshot.progress
        counts = Counter(assignment.channel for assignment in new)
        after = evolve(
            before,
            admitted_today=0,
            admitted_total=before.admitted_total + len(new),
            carried=before.carried + ChannelCounts(counts),
        )
        return Writes(campaign=campaign, progress=after, assigned=new)

    return decide


def releasing(*lead_ids: str, campaign: Campaign | None = None) -> Decide[None]:
    """Return the decision that releases these leads, and takes them from the total."""

    def decide(snapshot: Snapshot) -> Writes[None]:
        before = snapshot.progress
        total = before.admitted_total - len(lead_ids)
        after = evolve(before, admitted_today=0, admitted_total=total)
        return Writes(campaign=campaign, progress=after, released=lead_ids)

    return decide


def writing(writes: Writes[OutcomeT]) -> Decide[OutcomeT]:
    """Return the decision to write this, whatever there is."""
    return lambda _: writes


def proposed(
    campaign: Campaign,
    number: int = 1,
    *,
    command: Command | None = None,
    **fields: Any,  # noqa: ANN401
) -> Suggestion:
    """Return a pending suggestion for a campaign, whose ids ascend with their numbers."""
    plain: dict[str, Any] = {
        "id": UUID(int=(campaign.id.int + (number << 40)) % (1 << 128)),
        "campaign_id": campaign.id,
        "command": Pause() if command is None else command,
        "by": _SCOUT,
        "at": CREATED,
        "before": {"status": campaign.status, "deleted_at": None},
    }
    return Suggestion(**{**plain, **fields})


def happened(campaign: Campaign, what: str, **fields: Any) -> Event:  # noqa: ANN401  # of an event
    """Return an event of a campaign, in these words."""
    plain: dict[str, Any] = {
        "campaign_id": campaign.id,
        "kind": EventKind.APPLIED,
        "by": _ANN,
        "at": CREATED,
        "reason": what,
    }
    return Event(**{**plain, **fields})


def decided(suggestion: Suggestion, state: SuggestionState) -> Suggestion:
    """Return a suggestion with what has become of it."""
    return suggestion.with_decision(state, by=_ANN, at=CREATED + timedelta(hours=1), why="so it is")


def recording(*records: Suggestion | Event) -> Decide[None]:
    """Return the decision that writes these, and nothing else."""
    return writing(
        Writes[None](
            suggestions=tuple(r for r in records if isinstance(r, Suggestion)),
            events=tuple(r for r in records if isinstance(r, Event)),
        )
    )


def taking(lead_ids: Sequence[str]) -> Decide[Intake]:
    """Return the decision of an intake of these leads, all of them Hot."""
    batch = [Lead(lead_id, 90) for lead_id in lead_ids]

    def decide(snapshot: Snapshot) -> Writes[Intake]:
        taken = intake(
            snapshot.campaign, batch, progress=snapshot.progress, already=snapshot.assignments
        )
        return Writes(
            progress=taken.progress, assigned=tuple(taken.assignments.values()), outcome=taken
        )

    return decide


def pausing(snapshot: Snapshot) -> Writes[int]:
    """Pause a campaign, and say how many leads it had."""
    paused = snapshot.campaign.pause(at=CREATED)
    return Writes(campaign=paused, outcome=snapshot.progress.admitted_total)


def naming(more: str) -> Decide[None]:
    """Return the decision that makes a campaign's name longer."""

    def decide(snapshot: Snapshot) -> Writes[None]:
        return Writes(campaign=evolve(snapshot.campaign, name=snapshot.campaign.name + more))

    return decide

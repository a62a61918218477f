"""What the tests do with stores."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event

from campaignkit import ALSTier, Assignment, Campaign, CampaignStatus, Channel, Progress
from campaignkit.storage import Snapshot, Writes

DAY = date(2026, 11, 23)
CREATED = datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC)
LOCK = "WITH client AS"
"""What the statement begins with by which PostgreSQL locks a campaign."""
Decide = Callable[[Snapshot], Writes[Any]]


def campaign(**fields: Any) -> Campaign:  # handed on
    """Give an active campaign, but for the fields that are named."""
    plain: dict[str, Any] = {
        "id": uuid4(),
        "client_id": uuid4(),
        "name": "Sydney agencies",
        "status": CampaignStatus.ACTIVE,
        "created_at": CREATED,
        "updated_at": CREATED,
    }
    return Campaign(**{**plain, **fields})


def assigned(*lead_ids: str, day: date = DAY) -> tuple[Assignment, ...]:
    """Give assignments of these leads."""
    return tuple(Assignment(i, Channel.EMAIL, ALSTier.HOT, 90, day, epoch=0) for i in lead_ids)


def admit(*lead_ids: str, day: date = DAY) -> Decide:
    """Give the decision to admit leads."""

    def decide(snapshot: Snapshot) -> Writes[None]:
        progress = snapshot.progress
        total = progress.admitted_total + len(lead_ids)
        return Writes(
            progress=Progress(admitted_total=total, allocation=progress.allocation),
            assigned=assigned(*lead_ids, day=day),
        )

    return decide


def rename(name: str) -> Decide:
    """Give the decision to rename the campaign."""
    return lambda snapshot: Writes(campaign=snapshot.campaign.edit(at=CREATED, name=name))


def nothing(_: Snapshot) -> Writes[None]:
    """Decide to write nothing."""
    return Writes()


def see(snapshot: Snapshot) -> Writes[Campaign]:
    """Decide to write nothing, and return the campaign."""
    return Writes(outcome=snapshot.campaign)


def writing(**parts: Any) -> Decide:  # handed on
    """Give the decision to write this, whatever is there."""
    return lambda _: Writes[None](**parts)


def while_deciding(do: Callable[[], object], decide: Decide = nothing) -> Decide:
    """Give a decision during which something else happens."""

    def deciding(snapshot: Snapshot) -> Writes[Any]:
        do()
        return decide(snapshot)

    return deciding


def before_commit(engine: Engine, do: Callable[[], object]) -> None:
    """Have something happen just before the next COMMIT."""

    def commit(_: Connection) -> None:
        do()

    event.listen(engine, "commit", commit, once=True)


@contextmanager
def emitted(engine: Engine) -> Generator[list[str]]:
    """Give what is sent to the database meanwhile: statements, and the ends of transactions."""
    sent: list[str] = []

    def statement(*args: Any) -> None:  # an event's
        sent.append(args[2])

    def commit(_: object) -> None:
        sent.append("COMMIT")

    def rollback(_: object) -> None:
        sent.append("ROLLBACK")

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": statement,
        "commit": commit,
        "rollback": rollback,
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield sent
    for name, listener in listeners.items():
        event.remove(engine, name, listener)

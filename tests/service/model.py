"""What the services should do, once more and plainly: dicts, and rules written down by hand.

Only which channel a lead gets is asked of `campaignkit.plan`, whose own tests hold it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from attrs import define, field

import campaignkit as ck
from campaignkit import Channel, Reason

# From which status an act leads to which. What is not here is not a legal move.
MOVES = {
    ("draft", "activate"): "active",
    ("active", "pause"): "paused",
    ("active", "complete"): "completed",
    ("paused", "activate"): "active",
    ("paused", "complete"): "completed",
}

# What may be edited in which status.
EDITABLE = {
    "draft": {
        *("name", "permission_mode", "targeting", "allocation"),
        *("daily_lead_limit", "total_lead_limit", "start_date", "end_date"),
    },
    "active": {"name", "permission_mode", "daily_lead_limit", "total_lead_limit", "end_date"},
    "paused": {
        *("name", "permission_mode", "targeting", "allocation"),
        *("daily_lead_limit", "total_lead_limit", "end_date"),
    },
    "completed": set[str](),
}

# What hinders an act that the AI initiates.
AI_MAY_NOT = {
    ck.PermissionMode.AUTOPILOT: None,
    ck.PermissionMode.CO_PILOT: Reason.NEEDS_APPROVAL,
    ck.PermissionMode.MANUAL: Reason.USER_MUST_INITIATE,
}

# The lowest score of each tier, and its channels.
TIERS = [
    (85, ck.ALSTier.HOT, {*Channel}),
    (60, ck.ALSTier.WARM, {Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE}),
    (35, ck.ALSTier.COOL, {Channel.EMAIL, Channel.LINKEDIN}),
    (20, ck.ALSTier.COLD, {Channel.EMAIL}),
    (0, ck.ALSTier.DEAD, set[Channel]()),
]


@define
class RefusalError(Exception):
    """That something is refused: with an error of which kind, and for which reasons."""

    kind: type[ck.DomainError]
    reasons: tuple[Reason, ...] = ()


@define
class Admitted:
    """What the model expects of an intake."""

    assignments: dict[str, ck.Assignment]
    already: dict[str, ck.Assignment]
    deferred: dict[str, Reason]
    unassigned: dict[str, Reason]


@define
class Model:
    """One campaign and what it has done."""

    fields: dict[str, Any]
    leads: dict[str, ck.Assignment] = field(factory=dict[str, ck.Assignment])
    shares: ck.Allocation | None = None
    epoch: int = 0
    carried: Counter[Channel] = field(factory=Counter[Channel])

    def campaign(self) -> ck.Campaign:
        return ck.Campaign(**self.fields)

    @property
    def status(self) -> str:
        return str(self.fields["status"])

    @property
    def is_deleted(self) -> bool:
        return self.fields["deleted_at"] is not None

    def _permit(self, by: ck.Actor) -> None:
        reason = AI_MAY_NOT[self.fields["permission_mode"]]
        if by.kind == "ai" and reason is not None:
            raise RefusalError(ck.PermissionDeniedError, (reason,))

    def _touch(self, at: datetime) -> None:
        later = self.fields["updated_at"] + timedelta(microseconds=1)
        self.fields["updated_at"] = max(at, later)

    def act(self, act: str, by: ck.Actor, at: datetime) -> None:
        if act == "restore":
            reasons = [] if self.is_deleted else [Reason.NOT_DELETED]
        else:
            reasons = [Reason.DELETED] if self.is_deleted else []
            if act != "delete" and (self.status, act) not in MOVES:
                reasons.append(Reason.ILLEGAL_TRANSITION)
        if reasons:
            raise RefusalError(ck.TransitionError, tuple(reasons))
        self._permit(by)
        if act in {"delete", "restore"}:
            self.fields["deleted_at"] = at if act == "delete" else None
        else:
            self.fields["status"] = ck.CampaignStatus(MOVES[self.status, act])
        self._touch(at)

    def edit(self, edits: Mapping[str, Any], by: ck.Actor, at: datetime) -> None:
        after = self.fields | dict(edits)
        start, end = after["start_date"], after["end_date"]
        reasons = [Reason.DELETED] if self.is_deleted else []
        if edits.keys() - EDITABLE[self.status]:
            reasons.append(Reason.NOT_EDITABLE)
        if start is not None and end is not None and end < start:
            reasons.append(Reason.INVALID)
        if reasons == [Reason.INVALID]:
            raise RefusalError(ck.CampaignError)
        if reasons:
            raise RefusalError(ck.NotEditableError, tuple(reasons))
        self._permit(by)
        self.fields = after
        self._touch(at)

    def counts(self) -> tuple[int, Counter[Channel]]:
        """Return the present epoch and what was given in it."""
        allocation = self.fields["allocation"]
        if self.shares is None or self.shares == allocation:
            return self.epoch, self.carried
        return self.epoch + 1, Counter[Channel]()

    def progress(self, day: date | None) -> ck.Progress:
        epoch, carried = self.counts()
        return ck.Progress(
            day,
            admitted_today=sum(lead.day == day for lead in self.leads.values()),
            admitted_total=len(self.leads),
            carried=dict(carried),
            allocation=self.fields["allocation"],
            epoch=epoch,
        )

    def _write(self, epoch: int, carried: Counter[Channel]) -> None:
        self.shares, self.epoch, self.carried = self.fields["allocation"], epoch, carried

    def intake(self, batch: Sequence[ck.Lead], day: date, by: ck.Actor) -> Admitted:
        """Admit leads, as far as that is allowed, and return who went where."""
        start, end = self.fields["start_date"], self.fields["end_date"]
        because = {
            Reason.NOT_ACTIVE: self.status != "active",
            Reason.DELETED: self.is_deleted,
            Reason.NOT_STARTED: start is not None and day < start,
            Reason.ENDED: end is not None and end < day,
        }
        if reasons := tuple(reason for reason, holds in because.items() if holds):
            raise RefusalError(ck.NotRunningError, reasons)
        self._permit(by)

        expected = Admitted({}, {}, {}, {})
        waiting: list[ck.Lead] = []
        for lead in batch:
            if str(lead.id) in self.leads:
                expected.already[str(lead.id)] = self.leads[str(lead.id)]
            elif reason := self._none_for(lead):
                expected.unassigned[str(lead.id)] = reason
            else:
                waiting.append(lead)
        waiting.sort(key=lambda lead: (-(lead.als_score or 0), str(lead.id)))

        today = self.fields["daily_lead_limit"] - self.progress(day).admitted_today
        limit = self.fields["total_lead_limit"]
        in_all = len(waiting) if limit is None else max(0, limit - len(self.leads))
        room = max(0, min(today, in_all))
        for place, lead in enumerate(waiting[room:], start=room):
            out_of_all = limit is not None and place >= in_all
            reason = Reason.TOTAL_LIMIT if out_of_all else Reason.DAILY_LIMIT
            expected.deferred[str(lead.id)] = reason

        epoch, carried = self.counts()
        allocation = self.fields["allocation"]
        placed = ck.plan(allocation, waiting[:room], carried=dict(carried)).assignments
        for lead in waiting[:room]:
            score = lead.als_score or 0
            expected.assignments[str(lead.id)] = ck.Assignment(
                str(lead.id), placed[lead.id], _tier(score)[0], score, day, epoch
            )
        if expected.assignments:
            self.leads.update(expected.assignments)
            self._write(epoch, carried + Counter(placed.values()))
        return expected

    def _none_for(self, lead: ck.Lead) -> Reason | None:
        if lead.als_score is None:
            return Reason.UNSCORED
        opened = _tier(lead.als_score)[1]
        if not opened:
            return Reason.DEAD_TIER
        if not opened & lead.reachable:
            return Reason.UNREACHABLE
        sharing = {channel for channel, share in self.fields["allocation"].items() if share}
        return None if opened & lead.reachable & sharing else Reason.NO_SHARE

    def release(self, lead_ids: Sequence[str], by: ck.Actor) -> dict[str, ck.Assignment]:
        """Release leads, as far as that is allowed, and return those that were there."""
        reasons = [Reason.DELETED] if self.is_deleted else []
        if self.status == "completed":
            reasons.append(Reason.NOT_EDITABLE)
        if reasons:
            raise RefusalError(ck.NotEditableError, tuple(reasons))
        self._permit(by)
        gone = {i: self.leads.pop(i) for i in dict.fromkeys(lead_ids) if i in self.leads}
        epoch, carried = self.counts()
        if gone:
            carried = carried.copy()
            carried.subtract(lead.channel for lead in gone.values() if lead.epoch == epoch)
            self._write(epoch, carried)
        return gone


def _tier(score: float) -> tuple[ck.ALSTier, set[Channel]]:
    return next((tier, channels) for low, tier, channels in TIERS if score >= low)

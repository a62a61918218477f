"""What the services should do, once more and plainly: dicts, and rules written down by hand.

Only which channel a lead gets is asked of `campaignkit.plan`, whose own tests hold it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

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

ACTS = {act for _, act in MOVES}

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
    """That something is refused: with an error of which kind, and for which reasons.

    Where it `is_written` the refusal is told of in the history.
    """

    kind: type[ck.CampaignKitError]
    reasons: tuple[Reason, ...] = ()
    is_written: bool = False


@define
class Admitted:
    """What the model expects of an intake."""

    assignments: dict[str, ck.Assignment]
    already: dict[str, ck.Assignment]
    deferred: dict[str, Reason]
    unassigned: dict[str, Reason]


@define
class Deed:
    """An act, as plain as it can be told."""

    act: str
    edits: Mapping[str, Any] = field(factory=dict[str, Any])
    batch: Sequence[ck.Lead] = ()
    day: date | None = None
    ids: Sequence[str] = ()

    def touched(self) -> list[str]:
        """Return the fields that it changes."""
        if self.act in {"delete", "restore"}:
            return ["deleted_at"]
        return list(self.edits) if self.act == "edit" else ["status"] if self.act in ACTS else []


@define
class Told:
    """What an event should tell."""

    kind: str
    act: str | None
    by: ck.Actor
    at: datetime
    before: dict[str, Any]
    after: dict[str, Any]
    counts: Counter[Channel]
    about: Suggested | None


@define(eq=False)
class Suggested:
    """A deed that waits; `id` is what the service calls it."""

    deed: Deed
    by: ck.Actor
    at: datetime
    expires: datetime | None
    before: dict[str, Any]
    state: str = "pending"
    id: UUID | None = None

    def state_at(self, at: datetime) -> str:
        late = self.expires is not None and self.expires <= at
        return "expired" if self.state == "pending" and late else self.state


@define
class Model:
    """One campaign, what it has done, what waits, and what was told of it."""

    fields: dict[str, Any]
    leads: dict[str, ck.Assignment] = field(factory=dict[str, ck.Assignment])
    shares: ck.Allocation | None = None
    epoch: int = 0
    carried: Counter[Channel] = field(factory=Counter[Channel])
    suggestions: list[Suggested] = field(factory=list[Suggested])
    history: list[Told] = field(factory=list[Told])

    def campaign(self) -> ck.Campaign:
        return ck.Campaign(**self.fields)

    @property
    def status(self) -> str:
        return str(self.fields["status"])

    @property
    def is_deleted(self) -> bool:
        return self.fields["deleted_at"] is not None

    def _touch(self, at: datetime) -> None:
        later = self.fields["updated_at"] + timedelta(microseconds=1)
        self.fields["updated_at"] = max(at, later)

    # -- Who may ----------------------------------------------------------------------------------

    def create(self, by: ck.Actor, at: datetime) -> None:
        """Tell of the making, if this actor may make such a campaign."""
        mode = self.fields["permission_mode"]
        if by.kind == "ai" and mode != "co_pilot":
            more = (Reason.USER_MUST_INITIATE,) if mode == "manual" else ()
            raise RefusalError(ck.PermissionDeniedError, (Reason.USER_MUST_CHOOSE_MODE, *more))
        made = {name: value for name, value in self.fields.items() if name != "updated_at"}
        self.history.append(Told("created", None, by, at, {}, made, Counter(), None))

    def submit(
        self, deed: Deed, by: ck.Actor, at: datetime, expires: datetime | None = None
    ) -> object:
        """Do a deed, or have it wait, and return what came of it."""
        after = self._copy()
        outcome = after.do(deed, at)  # raises what the rules refuse, whoever asks
        mode, of_the_mode = self.fields["permission_mode"], "permission_mode" in deed.edits
        if by.kind == "ai" and (of_the_mode or mode == "manual"):
            reasons = [
                *([Reason.USER_MUST_CHOOSE_MODE] if of_the_mode else []),
                *([Reason.USER_MUST_INITIATE] if mode == "manual" else []),
            ]
            raise RefusalError(ck.PermissionDeniedError, tuple(reasons))
        if self._same(after):
            return outcome
        if by.kind == "ai" and mode == "co_pilot":
            names = ["status", "deleted_at", *deed.touched()]
            before = {name: self.fields[name] for name in names}
            suggested = Suggested(deed, by, at, expires, before)
            self.suggestions.append(suggested)
            self._tell("suggested", deed, by, at, after=after, about=suggested)
            return suggested
        self._become(after, "applied", deed, by, at=at, about=None)
        return outcome

    def decide(self, suggested: Suggested, by: ck.Actor, at: datetime) -> None:
        """Refuse what can be decided upon no more, or not by this actor."""
        if by.kind == "ai":
            raise RefusalError(ck.PermissionDeniedError, (Reason.USER_MUST_DECIDE,))
        if suggested.state != "pending":
            raise RefusalError(ck.ConflictError)
        if suggested.state_at(at) == "expired":
            self._end(suggested, "expired", by, at)
            raise RefusalError(ck.SuggestionError, (Reason.EXPIRED,), is_written=True)

    def approve(
        self, suggested: Suggested, by: ck.Actor, at: datetime, ids: Sequence[str] | None = None
    ) -> object:
        """Do what was suggested, unless things have moved since."""
        at = max(at, suggested.at)  # nothing is decided before it was suggested
        self.decide(suggested, by, at)
        moved = {n: was for n, was in suggested.before.items() if self.fields[n] != was}
        if moved:
            self._end(suggested, "stale", by, at)
            self.history[-1].before = moved
            self.history[-1].after = {name: self.fields[name] for name in moved}
            raise RefusalError(ck.SuggestionError, (Reason.STALE,), is_written=True)
        deed = suggested.deed
        if ids is not None:
            strangers = set(ids) - {str(lead.id) for lead in deed.batch}
            if deed.act != "assign" or strangers or not ids:
                raise RefusalError(ck.PlanError)
            some = [lead for lead in deed.batch if str(lead.id) in ids]
            deed = Deed("assign", batch=some, day=deed.day)
        after = self._copy()
        outcome = after.do(deed, at)
        suggested.state = "approved"
        self._become(after, "approved", deed, by, at=at, about=suggested)
        return outcome

    def reject(self, suggested: Suggested, by: ck.Actor, at: datetime) -> None:
        self.decide(suggested, by, at)
        self._end(suggested, "rejected", by, at)

    def _end(self, suggested: Suggested, state: str, by: ck.Actor, at: datetime) -> None:
        suggested.state = state
        decided_at = max(at, suggested.at)
        told = Told(state, suggested.deed.act, by, decided_at, {}, {}, Counter(), suggested)
        self.history.append(told)

    def _tell(
        self,
        kind: str,
        deed: Deed,
        by: ck.Actor,
        at: datetime,
        *,
        after: Model,
        about: Suggested | None,
    ) -> None:
        names, moved = deed.touched(), self.leads.items() ^ after.leads.items()
        self.history.append(
            Told(
                kind,
                deed.act,
                by,
                at,
                {name: self.fields[name] for name in names},
                {name: after.fields[name] for name in names},
                Counter(lead.channel for _, lead in moved),
                about,
            )
        )

    def _become(
        self,
        after: Model,
        kind: str,
        deed: Deed,
        by: ck.Actor,
        *,
        at: datetime,
        about: Suggested | None,
    ) -> None:
        self._tell(kind, deed, by, at, after=after, about=about)
        self.fields, self.leads = after.fields, after.leads
        self.shares, self.epoch, self.carried = after.shares, after.epoch, after.carried
        if deed.act in {"complete", "delete"}:
            waiting = [other for other in self.suggestions if other.state == "pending"]
            for other in sorted(waiting, key=lambda other: other.id or UUID(int=0)):
                late = other.state_at(at) == "expired"
                self._end(other, "expired" if late else "closed", by, at)

    def _copy(self) -> Model:
        return Model(
            dict(self.fields), dict(self.leads), self.shares, self.epoch, self.carried.copy()
        )

    def _same(self, other: Model) -> bool:
        return (self.fields, self.leads) == (other.fields, other.leads)

    # -- What a deed does -------------------------------------------------------------------------

    def do(self, deed: Deed, at: datetime) -> object:
        """Do a deed, or raise what the rules of campaigns refuse."""
        if deed.act == "assign":
            assert deed.day is not None
            return self.intake(deed.batch, deed.day)
        if deed.act == "release":
            return self.release(deed.ids)
        if deed.act == "edit":
            self.edit(deed.edits, at)
        else:
            self.act(deed.act, at)
        return None

    def act(self, act: str, at: datetime) -> None:
        if act == "restore":
            reasons = [] if self.is_deleted else [Reason.NOT_DELETED]
        else:
            reasons = [Reason.DELETED] if self.is_deleted else []
            if act != "delete" and (self.status, act) not in MOVES:
                reasons.append(Reason.ILLEGAL_TRANSITION)
        if reasons:
            raise RefusalError(ck.TransitionError, tuple(reasons))
        if act in {"delete", "restore"}:
            deleted_at = max(at, self.fields["created_at"])  # nothing is deleted before it was made
            self.fields["deleted_at"] = deleted_at if act == "delete" else None
        else:
            self.fields["status"] = ck.CampaignStatus(MOVES[self.status, act])
        self._touch(at)

    def edit(self, edits: Mapping[str, Any], at: datetime) -> None:
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

    def intake(self, batch: Sequence[ck.Lead], day: date) -> Admitted:
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

    def release(self, lead_ids: Sequence[str]) -> dict[str, ck.Assignment]:
        """Release leads, as far as that is allowed, and return those that were there."""
        reasons = [Reason.DELETED] if self.is_deleted else []
        if self.status == "completed":
            reasons.append(Reason.NOT_EDITABLE)
        if reasons:
            raise RefusalError(ck.NotEditableError, tuple(reasons))
        gone = {i: self.leads.pop(i) for i in dict.fromkeys(lead_ids) if i in self.leads}
        epoch, carried = self.counts()
        if gone:
            carried = carried.copy()
            carried.subtract(lead.channel for lead in gone.values() if lead.epoch == epoch)
            self._write(epoch, carried)
        return gone


def _tier(score: float) -> tuple[ck.ALSTier, set[Channel]]:
    return next((tier, channels) for low, tier, channels in TIERS if score >= low)

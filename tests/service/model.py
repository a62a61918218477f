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

    def identity(self) -> object:
        """Return what two deeds share that ask for the same."""
        if self.act == "edit":
            return self.act, tuple(sorted(self.edits.items(), key=lambda item: item[0]))
        return self.act, frozenset({*(str(lead.id) for lead in self.batch), *self.ids})

    def basis(self) -> list[str]:
        """Return the fields that a suggestion of it depends on."""
        return {"assign": ["allocation", "targeting"], "release": []}.get(self.act, self.touched())

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
    """A deed that waits; `id` is what the service calls it.

    The deed has only the leads that wait; `asked` is what was asked for.
    """

    deed: Deed
    asked: object
    by: ck.Actor
    at: datetime
    expires: datetime | None
    before: dict[str, Any]
    unassigned: dict[str, Reason]
    revision: int = 1
    state: str = "pending"
    id: UUID | None = None

    def leads(self) -> list[str]:
        """Return the ids of the leads that wait."""
        return [*(str(lead.id) for lead in self.deed.batch), *self.deed.ids]


@define
class Terms:
    """On which terms something is approved."""

    day: date | None = None
    ids: Sequence[str] | None = None
    leads: Sequence[ck.Lead] | None = None
    amend: Mapping[str, Any] | None = None


@define
class Model:
    """One campaign, what it has done, what waits, and what was told of it."""

    fields: dict[str, Any]
    leads: dict[str, ck.Assignment] = field(factory=dict[str, ck.Assignment])
    shares: ck.Allocation | None = None
    epoch: int = 0
    carried: Counter[Channel] = field(factory=Counter[Channel])
    suggestions: list[Suggested] = field(factory=list[Suggested])
    rejected: dict[str, tuple[Suggested, date | None]] = field(
        factory=dict[str, "tuple[Suggested, date | None]"]
    )
    today: date = date(2026, 11, 22)
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
        mode, of_the_mode = self.fields["permission_mode"], "permission_mode" in deed.edits
        waits = by.kind == "ai" and mode == "co_pilot" and not of_the_mode
        kept = self._kept_out(deed, at, waits=waits) if by.kind == "ai" else {}
        after = self._copy()
        outcome = after.do(deed, at, kept)  # raises what the rules refuse, whoever asks
        if by.kind == "ai":
            reasons = [
                *([Reason.USER_MUST_CHOOSE_MODE] if of_the_mode else []),
                *([Reason.USER_MUST_INITIATE] if mode == "manual" else []),
                *([Reason.DAY_PASSED] if deed.day is not None and deed.day < self.today else []),
                *([Reason.REJECTED_BEFORE] if self._was_rejected(deed) else []),
            ]
            if reasons:
                raise RefusalError(ck.PermissionDeniedError, tuple(reasons))
        if waits:
            return self._suggest(deed, after, outcome, by, at=at, expires=expires, kept=kept)
        if not self._same(after):
            self._become(after, "applied", deed, by, at=at, about=None)
        return outcome

    def _kept_out(self, deed: Deed, at: datetime, *, waits: bool) -> dict[str, Reason]:
        """Return whom the AI may not name."""
        kept: dict[str, Reason] = {}
        for other in self.suggestions if waits else ():
            same = other.asked == deed.identity() or other.deed.act != deed.act
            if not same and self.state_of(other, at, looks=False) == "pending":
                kept |= dict.fromkeys(other.leads(), Reason.ALREADY_SUGGESTED)
        if deed.day is not None:
            for lead_id, (_, until) in self.rejected.items():
                if until is None or deed.day <= until:
                    kept[lead_id] = Reason.REJECTED
        return kept

    def _was_rejected(self, deed: Deed) -> bool:
        live = sum(lead_id in self.leads for lead_id in set(deed.ids))
        return deed.act != "assign" and any(
            one.state == "rejected"
            and one.asked == deed.identity()
            and not self._moved(one)
            and live >= len(one.deed.ids)
            for one in self.suggestions
        )

    def _moved(self, suggested: Suggested) -> dict[str, Any]:
        return {n: was for n, was in suggested.before.items() if self.fields[n] != was}

    def state_of(self, suggested: Suggested, at: datetime, *, looks: bool) -> str:
        """Return what a suggestion is by now; lists do not look for the leads of a release."""
        if suggested.state != "pending":
            return suggested.state
        if suggested.expires is not None and suggested.expires <= at:
            return "expired"
        gone = looks and any(i not in self.leads for i in suggested.deed.ids)
        return "stale" if gone or self._moved(suggested) else "pending"

    def _suggest(
        self,
        deed: Deed,
        after: Model,
        outcome: object,
        by: ck.Actor,
        *,
        at: datetime,
        expires: datetime | None,
        kept: Mapping[str, Reason],
    ) -> object:
        """Have a deed wait: as one that waits already, or as a new one."""
        some, unassigned = deed, dict[str, Reason]()
        if isinstance(outcome, Admitted):
            wanted = {*outcome.assignments, *outcome.deferred}
            leads = sorted((one for one in deed.batch if str(one.id) in wanted), key=lambda x: x.id)
            some, unassigned = Deed("assign", batch=leads, day=deed.day), outcome.unassigned
        elif deed.act == "release":
            some = Deed("release", ids=sorted(self.leads.keys() - after.leads.keys()))
            unassigned = {i: kept[i] for i in deed.ids if i in kept}
        any_lead = deed.act not in {"assign", "release"} or bool(some.batch or some.ids)
        closed = False
        for equal in self.suggestions:
            if equal.state != "pending" or equal.asked != deed.identity():
                continue
            state = self.state_of(equal, at, looks=True)
            if state == "pending" and any_lead:
                if (equal.deed, equal.unassigned) != (some, unassigned):
                    equal.deed, equal.unassigned = some, unassigned
                    equal.revision += 1
                    self._tell("refreshed", deed, by, at, after=after, about=equal)
                return equal
            closed = True
            self._overtake(equal, "closed" if state == "pending" else state, by, at)
        if not self._same(after):
            before = {name: self.fields[name] for name in deed.basis()}
            new = Suggested(some, deed.identity(), by, at, expires, before, unassigned)
            self.suggestions.append(new)
            self._tell("suggested", deed, by, at, after=after, about=new)
            return new
        reasons = [
            reason
            for reason in (Reason.REJECTED, Reason.ALREADY_SUGGESTED)
            if not any_lead and reason in unassigned.values()
        ]
        if reasons:
            raise RefusalError(ck.PermissionDeniedError, tuple(reasons), is_written=closed)
        return outcome

    def _overtake(self, suggested: Suggested, state: str, by: ck.Actor, at: datetime) -> None:
        """End what can be approved no more, and tell what has moved."""
        moved = self._moved(suggested) if state == "stale" else {}
        self._end(suggested, state, by, at)
        self.history[-1].before = moved
        self.history[-1].after = {name: self.fields[name] for name in moved}

    def decide(self, suggested: Suggested, by: ck.Actor, at: datetime) -> None:
        """Refuse what can be decided upon no more, or not by this actor."""
        if by.kind == "ai":
            raise RefusalError(ck.PermissionDeniedError, (Reason.USER_MUST_DECIDE,))
        if suggested.state != "pending":
            raise RefusalError(ck.ConflictError)
        if self.state_of(suggested, at, looks=True) == "expired":
            self._end(suggested, "expired", by, at)
            raise RefusalError(ck.SuggestionError, (Reason.EXPIRED,), is_written=True)

    def amended(self, suggested: Suggested, terms: Terms) -> Deed:
        """Return what is done if it is approved on these terms."""
        deed = suggested.deed
        if deed.act != "assign":
            if terms.day is not None or terms.ids is not None or terms.leads is not None:
                raise RefusalError(ck.PlanError)
            if terms.amend is None:
                return deed
            if terms.amend.keys() != deed.edits.keys():
                raise RefusalError(ck.CampaignError)
            return Deed("edit", edits=terms.amend)
        if terms.amend is not None:
            raise RefusalError(ck.CampaignError)
        batch = deed.batch if terms.leads is None else terms.leads
        if {str(lead.id) for lead in batch} - set(suggested.leads()):
            raise RefusalError(ck.PlanError)
        if terms.ids is not None:
            if set(terms.ids) - {str(lead.id) for lead in batch}:
                raise RefusalError(ck.PlanError)
            batch = [lead for lead in batch if str(lead.id) in terms.ids]
        return Deed("assign", batch=batch, day=terms.day or deed.day)

    def approve(
        self, suggested: Suggested, by: ck.Actor, at: datetime, terms: Terms | None = None
    ) -> object:
        """Do what was suggested, unless things have moved since."""
        at = max(at, suggested.at)  # nothing is decided before it was suggested
        self.decide(suggested, by, at)
        if self.state_of(suggested, at, looks=True) == "stale":
            self._overtake(suggested, "stale", by, at)
            raise RefusalError(ck.SuggestionError, (Reason.STALE,), is_written=True)
        deed = self.amended(suggested, Terms() if terms is None else terms)
        if deed.day is not None and deed.day < self.today:
            raise RefusalError(ck.SuggestionError, (Reason.DAY_PASSED,))
        after = self._copy()
        outcome = after.do(deed, at)
        if isinstance(outcome, Admitted) and not outcome.assignments:
            others = {*outcome.deferred.values(), *outcome.unassigned.values()}
            if others:
                reasons = tuple(reason for reason in Reason if reason in others)
                raise RefusalError(ck.SuggestionError, reasons)
            if set(suggested.leads()) - self.leads.keys():
                raise RefusalError(ck.PlanError)
            self._end(suggested, "closed", by, at)
            return outcome
        suggested.state = "approved"
        self._become(after, "approved", deed, by, at=at, about=suggested)
        return outcome

    def reject(
        self,
        suggested: Suggested,
        by: ck.Actor,
        at: datetime,
        ids: Sequence[str] | None = None,
        until: date | None = None,
    ) -> None:
        """Reject it, or some of its leads, until a day."""
        if by.kind == "ai" or suggested.state != "pending":
            self.decide(suggested, by, at)
        if suggested.deed.act != "assign":
            if until is not None:
                raise RefusalError(ck.InvalidError)
            self.decide(suggested, by, at)
            if ids is not None:
                raise RefusalError(ck.PlanError)
            self._end(suggested, "rejected", by, at)
            return
        if until is not None and until < self.today:
            raise RefusalError(ck.InvalidError)
        self.decide(suggested, by, at)
        waiting = suggested.leads()
        if ids is not None and (not ids or set(ids) - set(waiting)):
            raise RefusalError(ck.PlanError)
        named = self._admissible(suggested) if ids is None else ids
        for lead_id in dict.fromkeys(named):
            held = self.rejected.get(lead_id)
            lasts = until
            if held is not None and lasts is not None:
                lasts = None if held[1] is None else max(held[1], lasts)
            self.rejected[lead_id] = suggested, lasts
        rest = [lead for lead in suggested.deed.batch if str(lead.id) not in named]
        if ids is None or not rest:
            self._end(suggested, "rejected", by, at)
            return
        suggested.deed = Deed("assign", batch=rest, day=suggested.deed.day)
        suggested.unassigned = suggested.unassigned | dict.fromkeys(ids, Reason.REJECTED)
        suggested.revision += 1
        told = Told("refreshed", "assign", by, at, {}, {}, Counter(), suggested)
        self.history.append(told)

    def _admissible(self, suggested: Suggested) -> list[str]:
        """Return whom an approval would admit if the campaign were running; else all."""
        going = self._copy()
        going.fields |= {"status": ck.CampaignStatus.ACTIVE, "deleted_at": None}
        going.fields |= {"start_date": None, "end_date": None}
        admitted = going.do(suggested.deed, suggested.at)
        assert isinstance(admitted, Admitted)
        return [*admitted.assignments] or suggested.leads()

    def kept_by(self, suggested: Suggested) -> dict[str, date | None]:
        """Return whom a rejection keeps out now, and until when."""
        return {i: until for i, (by, until) in self.rejected.items() if by is suggested}

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
        if by.kind == "user":
            for lead_id in after.leads.keys() - self.leads.keys():
                self.rejected.pop(lead_id, None)
        self.fields, self.leads = after.fields, after.leads
        self.shares, self.epoch, self.carried = after.shares, after.epoch, after.carried
        if deed.act in {"complete", "delete"}:
            waiting = [other for other in self.suggestions if other.state == "pending"]
            for other in sorted(waiting, key=lambda other: other.id or UUID(int=0)):
                late = other.expires is not None and other.expires <= at
                self._end(other, "expired" if late else "closed", by, at)

    def _copy(self) -> Model:
        return Model(
            dict(self.fields), dict(self.leads), self.shares, self.epoch, self.carried.copy()
        )

    def _same(self, other: Model) -> bool:
        return (self.fields, self.leads) == (other.fields, other.leads)

    # -- What a deed does -------------------------------------------------------------------------

    def do(self, deed: Deed, at: datetime, kept: Mapping[str, Reason] | None = None) -> object:
        """Do a deed, but for leads that are kept out, or raise what the rules refuse."""
        kept = {} if kept is None else kept
        if deed.act == "assign":
            assert deed.day is not None
            return self.intake(deed.batch, deed.day, kept)
        if deed.act == "release":
            return self.release([lead_id for lead_id in deed.ids if lead_id not in kept])
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

    def intake(self, batch: Sequence[ck.Lead], day: date, kept: Mapping[str, Reason]) -> Admitted:
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
            elif str(lead.id) in kept:
                expected.unassigned[str(lead.id)] = kept[str(lead.id)]
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

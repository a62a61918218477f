"""`record`: admit the leads of a planned frame to their campaigns, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

import narwhals as nw
from attrs import evolve, field, frozen

from campaignkit.core._channels import Channel
from campaignkit.core._checks import (
    LARGEST_INTEGER,
    check_kinds,
    date_error,
    flag_error,
    integer_error,
    short_repr,
)
from campaignkit.core._decisions import Reason
from campaignkit.core._display import DisplayMixin
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count
from campaignkit.decider import ActContext, Oversight, Today, begin_history, record_planned
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._gate import DEFAULT_GATE, ALSTier
from campaignkit.domain._leads import name_some, to_text_ids
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import Actor, Initiator, check_actor
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.errors import CampaignError, PlanError
from campaignkit.frames._arrow import stream_rows
from campaignkit.frames._frame_plan import FramePlan
from campaignkit.frames._progress_bar import show_bar
from campaignkit.frames._query_engines import compare_by_code_points
from campaignkit.frames._scale import map_expression
from campaignkit.service._sync_service import retry_conflicts
from campaignkit.storage._interface import Store
from campaignkit.storage._writes import check_several


def _order_counts(counts: Mapping[Reason, int]) -> Mapping[Reason, int]:
    return FrozenMap({reason: counts[reason] for reason in Reason if reason in counts})


@frozen
class RecordCounts(DisplayMixin):
    """What became of the leads that were recorded for a campaign.

    Attributes:
        assigned: How many were admitted.
        already: How many were in the campaign already.
        left_out: How many were not admitted, by the reason: a limit of the campaign or of its
            client is reached, or the lead must not come in on its channel.

    >>> print(RecordCounts(assigned=50, left_out={Reason.DAILY_LIMIT: 7}))
    50 leads admitted, 0 already in, 7 left out (7 daily_limit)
    """

    assigned: int = 0
    already: int = 0
    left_out: Mapping[Reason, int] = field(default=FrozenMap(), converter=_order_counts)

    def __str__(self) -> str:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in self.left_out.items())
        parts = [
            f"{format_count(self.assigned, 'lead')} admitted",
            f"{self.already:,} already in",
            f"{sum(self.left_out.values()):,} left out" + (f" ({reasons})" if reasons else ""),
        ]
        return ", ".join(parts)

    def __add__(self, other: RecordCounts) -> RecordCounts:
        return RecordCounts(
            self.assigned + other.assigned,
            self.already + other.already,
            Counter(self.left_out) + Counter(other.left_out),
        )


def record(
    store: Store,
    plan: FramePlan[Any],
    campaigns: Campaign | Iterable[Campaign],
    *,
    day: date,
    by: Actor,
    reason: str | None = None,
    batch: int = 1_000,
    progress: bool = False,
    today: Today | None = None,
    oversight: Oversight | None = None,
) -> Mapping[UUID, RecordCounts]:
    """Admit the leads that a plan gave a channel to their campaigns, on a day.

    Each batch is one transaction: it locks the campaign, leaves leads that are in it as they are,
    and admits as many of the others as the limits allow, best first. So an interrupted call can be
    repeated, and other intakes may run at the same time. Each batch adds an event to the
    campaign's history.

    A lead comes in on its planned channel or not at all. It is left out if the client's policy or a
    suppression closes that channel to it, if another campaign of the client claims it, or if this
    campaign has released it as contacted. The counts say how many, by the reason.

    The AI must be allowed to act at once, may not record leads for a day that is over, and leaves
    out leads that a user has rejected.

    Args:
        store: Where the campaigns are stored.
        plan: What `allocate` returned.
        campaigns: The campaigns of the frame's campaign column, or the only one.
        day: The day on which the leads are admitted.
        by: Who acts.
        reason: What speaks for it, in words, for the history.
        batch: The most leads in one transaction.
        progress: Whether to show a bar of the progress.
        today: Returns the host's business day for a campaign, as for a service.
        oversight: Returns a `Verdict` on an act of the AI, as for a service. It sees the leads
            without what channels they can be reached on.

    Raises:
        PlanError: `store` is not a store, `plan` is not a result of `allocate`, a campaign is
            missing, or ids of leads are numbers; nothing is recorded.
        NotRunningError: a campaign is not running on that day.
        PermissionDeniedError: the actor may not do this without approval, or is the AI and the day
            is over.
        ConflictError: a campaign no longer has the shares under which its leads were planned.
        CampaignError: `day` is not a date, `batch` is not a positive whole number, `progress` is
            neither true nor false, or `today` or `oversight` is not a function.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import uuid4
    >>> import pyarrow as pa
    >>> from campaignkit.frames import allocate
    >>> from campaignkit.storage import MemoryStore
    >>> draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> store, campaign = MemoryStore(), draft.activate(at=datetime.now(UTC))
    >>> stored = store.add(campaign)
    >>> leads = pa.table({"lead_id": ["a", "b"], "als_score": [90, 5]})
    >>> plan = allocate(leads, campaign.allocation)
    >>> recorded = record(store, plan, stored, day=date(2026, 11, 23), by=Actor.user("ann"))
    >>> recorded[campaign.id].assigned
    1
    """
    check_actor(by)
    check_kinds(PlanError, store=(store, Store), plan=(plan, FramePlan))
    faults = {
        "day": date_error(day),
        "batch": integer_error(batch, 1, LARGEST_INTEGER),
        "progress": flag_error(progress),
    }
    found = [f"{name} {fault}" for name, fault in faults.items() if fault]
    for name, rule in (("today", today), ("oversight", oversight)):
        if rule is not None and not callable(rule):
            found.append(f"{name} must be a function, not {short_repr(rule)}")
    if found:
        raise CampaignError(found)
    context = ActContext(by, datetime.now(UTC), DEFAULT_GATE, reason, today, oversight)
    several = (campaigns,) if isinstance(campaigns, Campaign) else campaigns
    each = check_several(Campaign, several, "campaigns")
    by_key = _find_campaigns(plan, each)
    recorded: dict[UUID, RecordCounts] = {campaign.id: RecordCounts() for campaign in each}
    placed = sum(totals.counts.total for totals in plan.plans.values())
    with show_bar(placed, "lead", wanted=progress) as advance:
        for key, planned in _iterate_batches(plan, day, batch):
            campaign, allocation = by_key[key]
            recorded[campaign.id] += _record_batch(store, campaign, allocation, planned, context)
            advance(len(planned))
    return FrozenMap(recorded)


def _find_campaigns(
    plan: FramePlan[Any], campaigns: Sequence[Campaign]
) -> Mapping[object, tuple[Campaign, Allocation]]:
    """Return each campaign of a frame, and the allocation under which its leads were planned."""
    if plan.columns.campaign is None:
        if len(campaigns) != 1:
            raise PlanError(
                [f"campaigns must be one, as all leads are of one, not {len(campaigns):,}"]
            )
        return {None: (campaigns[0], plan.terms[None].allocation)}
    by_key = {str(campaign.id): campaign for campaign in campaigns}
    needed = [key for key, totals in plan.plans.items() if totals.counts.total]
    if missing := [key for key in needed if str(key) not in by_key]:
        raise PlanError([f"the campaigns of the frame must be given, too: {name_some(missing)}"])
    return {
        str(key): (by_key[str(key)], plan.terms[key].allocation)
        for key in plan.plans
        if str(key) in by_key
    }


def _iterate_batches(
    plan: FramePlan[Any], day: date, size: int
) -> Iterator[tuple[object, list[Assignment]]]:
    """Iterate over the leads with a channel, best first, in batches of one campaign."""
    columns = plan.columns
    campaign = nw.lit("") if columns.campaign is None else nw.col(columns.campaign)
    score = nw.col(columns.score).cast(nw.Float64)
    if columns.scale is not None:
        score = map_expression(columns.scale, score)
    frame: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(plan.frame)
    placed = frame.filter(~nw.col("channel").is_null()).select(
        campaign.cast(nw.String).alias("campaign"),
        nw.col(columns.id).alias("lead_id"),
        score.alias("score"),
        nw.col("tier").cast(nw.String),
        nw.col("channel").cast(nw.String),
    )
    if isinstance(placed, nw.LazyFrame):
        placed = compare_by_code_points(placed, ["campaign", "lead_id"])
    ordered = placed.sort("campaign", "score", "lead_id", descending=[False, True, False])
    for key, leads in groupby(_fetch_rows(ordered, size), key=itemgetter(0)):
        while some := list(islice(leads, size)):
            ids = to_text_ids(row[1] for row in some)
            planned = [
                Assignment(lead_id, Channel(channel), ALSTier(tier), score, day, _NO_EPOCH)
                for lead_id, (_, _, score, tier, channel) in zip(ids, some, strict=True)
            ]
            yield (None if columns.campaign is None else key), planned


_NO_EPOCH = 0
"""Until the leads are admitted and get the campaign's epoch."""


def _fetch_rows(rows: nw.DataFrame[Any] | nw.LazyFrame[Any], size: int) -> Iterator[Any]:
    """Iterate over rows, which are fetched in batches where the engine can do so."""
    native: Any = rows.to_native()
    engine = rows.implementation
    if isinstance(rows, nw.DataFrame) or engine.is_polars():
        yield from rows.lazy().collect().iter_rows(buffer_size=size)
    elif engine.is_pyspark():
        yield from native.toLocalIterator()
    else:
        yield from stream_rows(native)


def _record_batch(
    store: Store,
    campaign: Campaign,
    allocation: Allocation,
    planned: Sequence[Assignment],
    context: ActContext,
) -> RecordCounts:
    """Admit leads to their campaign in one transaction; the context's time is read in it."""
    day = planned[0].day

    def decide(snapshot: Snapshot) -> Writes[RecordCounts]:
        act = evolve(context, at=datetime.now(UTC))
        writes = record_planned(snapshot, planned, act, day=day, allocation=allocation)
        writes = begin_history(snapshot, writes, act)
        already = sum(one.lead_id in snapshot.assignments for one in planned)
        reasons: Mapping[str, Reason] = writes.outcome or {}
        counts = RecordCounts(len(writes.assigned), already, Counter(reasons.values()))
        return evolve(writes, outcome=counts)

    def call() -> RecordCounts:
        writes = store.transact(
            campaign.client_id,
            campaign.id,
            decide,
            day=day,
            lead_ids=[one.lead_id for one in planned],
            barriers=context.by.kind is Initiator.AI,
        )
        return writes.outcome or RecordCounts()

    return retry_conflicts(store, call)

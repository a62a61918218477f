"""What a store reads and writes in one transaction, and pages of listings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from attrs import frozen

from campaignkit.core._checks import short_repr
from campaignkit.core._immutable import FrozenMap, K
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._client_policy import ClientPolicy, Suppression
from campaignkit.domain._clients import ClientEvent, ClientState, LiveAssignment
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress, ReleasedLead
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead
from campaignkit.errors import CorruptRowError

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")


@frozen
class Snapshot(TypedBase):
    """A campaign and its ledger, read at one moment.

    The fields after `assignments` have what a `SnapshotQuery` asked for.

    Attributes:
        campaign: The campaign.
        progress: Its progress on the requested day, or on no day, under its present allocation.
        assignments: Those of the requested leads that the campaign has already admitted.
        suggestions: The suggestions with their leads.
        heads: Every suggestion of the snapshot, without its leads.
        waiting: For a requested lead, the ids of the pending suggestions that have it.
        rejections: The rejections of requested leads.
        last_suggestion: The greatest id of all the campaign's suggestions.
        client: What the campaigns of its client share. None for a client that was never given a
            policy and has no suppressions.
        contacted: Those of the requested leads that the campaign has released as contacted.
        elsewhere: The campaign's own leads that another campaign of the client has now.
        has_history: Whether the campaign has any events; one that a host inserted has none.

    >>> from uuid import uuid4
    >>> from campaignkit import Campaign, Progress
    >>> draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> Snapshot(draft, Progress()).campaign.status.value
    'draft'
    """

    campaign: Campaign
    progress: Progress
    assignments: Mapping[str, Assignment] = FrozenMap[str, Assignment]()
    suggestions: Mapping[UUID, Suggestion] = FrozenMap[UUID, Suggestion]()
    heads: Mapping[UUID, SuggestionHead] = FrozenMap[UUID, SuggestionHead]()
    waiting: Mapping[str, frozenset[UUID]] = FrozenMap[str, frozenset[UUID]]()
    rejections: Mapping[str, Rejection] = FrozenMap[str, Rejection]()
    last_suggestion: UUID | None = None
    client: ClientState | None = None
    contacted: frozenset[str] = frozenset()
    elsewhere: Mapping[str, Assignment] = FrozenMap[str, Assignment]()
    has_history: bool = True

    def __str__(self) -> str:
        return f"snapshot of {self.campaign}: {self.progress}"


@frozen
class Writes(TypedBase, Generic[OutcomeT]):
    """What a decision writes; fields that are None or empty leave the store unchanged.

    Attributes:
        campaign: Replaces the campaign that was read.
        progress: Replaces the total, the carried counts, their allocation and epoch.
        assigned: New leads. Each adds one to the count of its day.
        released: Leads that are there. Each takes one from the count of its day, unless it was
            contacted.
        suggestions: Each is new or replaces one of the snapshot. A `SuggestionHead` replaces what
            is decided on it, and leaves its leads as they are.
        rejections: Replace the rejections of the same leads.
        lifted: The ids of leads whose rejections are removed, if there are any.
        suppressions: Are added to those of the client. Of two for the same lead and channel the one
            that holds longer counts.
        events: Are added to the history in their order, whatever their numbers. The suggestion of
            an event is among these or the snapshot's.
        client_events: Are added to the history of the client, whatever their numbers.
        outcome: Is not written: it is what the decision hands to its caller.

    >>> Writes(lifted=("ann",), outcome="may come in again").outcome
    'may come in again'
    """

    campaign: Campaign | None = None
    progress: Progress | None = None
    assigned: tuple[Assignment, ...] = ()
    released: tuple[ReleasedLead, ...] = ()
    suggestions: tuple[Suggestion | SuggestionHead, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    lifted: tuple[str, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    events: tuple[Event, ...] = ()
    client_events: tuple[ClientEvent, ...] = ()
    outcome: OutcomeT | None = None

    def __str__(self) -> str:
        one = {"campaign": self.campaign, "progress": self.progress}
        several = {
            "assigned": self.assigned,
            "released": self.released,
            "suggestions": self.suggestions,
            "rejections": self.rejections,
            "lifted": self.lifted,
            "suppressions": self.suppressions,
            "events": self.events,
            "events of the client": self.client_events,
        }
        words = [name for name, value in one.items() if value is not None]
        words += [f"{len(some):,} {name}" for name, some in several.items() if some]
        return f"writes: {', '.join(words) or 'nothing'}"


@frozen
class ClientSnapshot(TypedBase):
    """What the campaigns of a client share, read at one moment.

    Attributes:
        client: The policy, and the suppressions of the requested leads.
        assignments: Those of the requested leads in campaigns that are neither completed nor
            deleted, by the ids of the leads.
        doubles: How many leads several campaigns have that are neither completed nor deleted.

    >>> ClientSnapshot(ClientState()).client.revision
    0
    """

    client: ClientState
    assignments: tuple[LiveAssignment, ...] = ()
    doubles: int = 0

    def __str__(self) -> str:
        return f"snapshot of {self.client}"


@frozen
class ClientWrites(TypedBase, Generic[OutcomeT]):
    """What a decision on a client writes; fields that are None or empty change nothing.

    Attributes:
        policy: Replaces the policy.
        lifted: Stored suppressions that are removed, before others are added.
        suppressions: Are added. Of two for the same lead and channel the one that holds longer
            counts.
        erased: The id of a lead whose id is removed from all that is stored.
        events: Are added to the history of the client, whatever their numbers.
        outcome: Is not written: it is what the decision hands to its caller.

    >>> ClientWrites(policy=ClientPolicy(one_campaign_per_lead=True)).policy.cooldown is None
    True
    """

    policy: ClientPolicy | None = None
    lifted: tuple[Suppression, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    erased: str | None = None
    events: tuple[ClientEvent, ...] = ()
    outcome: OutcomeT | None = None

    @property
    def has_changes(self) -> bool:
        """Whether anything is written."""
        several = self.lifted, self.suppressions, self.events
        return self.policy is not None or self.erased is not None or any(several)

    def __str__(self) -> str:
        one = {"policy": self.policy, "erased lead": self.erased}
        several = {
            "lifted": self.lifted,
            "suppressions": self.suppressions,
            "events": self.events,
        }
        words = [name for name, value in one.items() if value is not None]
        words += [f"{len(some):,} {name}" for name, some in several.items() if some]
        return f"writes: {', '.join(words) or 'nothing'}"


DecideClient: TypeAlias = Callable[[ClientSnapshot], ClientWrites[OutcomeT]]
"""A pure function from the snapshot of a client to writes. It is called again if the transaction is
repeated, and must not call the store."""

Decide: TypeAlias = Callable[[Snapshot], Writes[OutcomeT]]
"""A pure function from a snapshot to writes. It is called again if the transaction is repeated, and
must not call the store."""


@frozen
class Page(TypedBase, Generic[T, K]):
    """A page of a listing, in the order of its keys.

    Attributes:
        items: What the page has.
        next: The `after` of the page that follows, or None at the end.
        corrupt: An error for each stored row of the page that cannot be read.

    >>> Page(("a", "b"), next="b").items
    ('a', 'b')
    """

    items: tuple[T, ...]
    next: K | None = None
    corrupt: tuple[CorruptRowError, ...] = ()

    def __str__(self) -> str:
        more = "" if self.next is None else f", more after {short_repr(self.next)}"
        corrupt = f", {len(self.corrupt):,} that cannot be read" if self.corrupt else ""
        return f"{len(self.items):,} items{corrupt}{more}"

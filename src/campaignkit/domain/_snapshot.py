"""What a store reads and writes in one transaction, and pages of listings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from attrs import frozen

from campaignkit.core._checks import short_repr
from campaignkit.core._display import DisplayMixin
from campaignkit.core._immutable import FrozenMap, K
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead
from campaignkit.errors import CorruptRowError

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")


@frozen
class Snapshot(TypedBase):
    """A campaign and its ledger, read at one moment.

    `progress` is that of the requested day, or of no day, under the campaign's present allocation
    (`Progress.for_allocation`). `assignments` has those of the requested leads that the campaign
    has already admitted. The rest is there if it was asked for; see `SnapshotQuery`. `heads` has
    every suggestion of the snapshot without its leads, `suggestions` those of them that have their
    leads. `last_suggestion` is the greatest id of all the campaign's suggestions. `waiting` maps a
    requested lead to the ids of the pending suggestions that have it, `rejections` to its
    rejection. `has_history` tells whether the campaign has any events; a host's own has none.
    """

    campaign: Campaign
    progress: Progress
    assignments: Mapping[str, Assignment] = FrozenMap[str, Assignment]()
    suggestions: Mapping[UUID, Suggestion] = FrozenMap[UUID, Suggestion]()
    heads: Mapping[UUID, SuggestionHead] = FrozenMap[UUID, SuggestionHead]()
    waiting: Mapping[str, frozenset[UUID]] = FrozenMap[str, frozenset[UUID]]()
    rejections: Mapping[str, Rejection] = FrozenMap[str, Rejection]()
    last_suggestion: UUID | None = None
    has_history: bool = True


@frozen
class Writes(TypedBase, Generic[OutcomeT]):
    """What a decision writes; fields that are None or empty leave the store unchanged.

    `campaign` replaces the one that was read, `progress` its total, carried counts, allocation
    and epoch. `assigned` leads are new, `released` ones (by id) are there; the count of a day
    follows its leads, so each adds one to its day or takes one from it. Of `suggestions` each is
    new or replaces one that is in the snapshot; a `SuggestionHead` replaces what is decided on it
    and leaves its leads as they are. `rejections` replace those of the same leads; those of the
    leads in `lifted` are removed, if there are any. `events` are added to its history in their
    order, whatever their numbers; a suggestion of which one tells is among these or the snapshot's.
    `outcome` is not written: it is what the decision hands to its caller.
    """

    campaign: Campaign | None = None
    progress: Progress | None = None
    assigned: tuple[Assignment, ...] = ()
    released: tuple[str, ...] = ()
    suggestions: tuple[Suggestion | SuggestionHead, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    lifted: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    outcome: OutcomeT | None = None


Decide: TypeAlias = Callable[[Snapshot], Writes[OutcomeT]]
"""A pure function from a snapshot to writes. It is called again if the transaction is repeated, and
must not call the store."""


@frozen
class Page(TypedBase, DisplayMixin, Generic[T, K]):
    """A page of a listing, in the order of its keys.

    `next` is the `after` of the page that follows, or None at the end. `corrupt` has
    an error for each stored row of the page that cannot be read.
    """

    items: tuple[T, ...]
    next: K | None = None
    corrupt: tuple[CorruptRowError, ...] = ()

    def __str__(self) -> str:
        more = "" if self.next is None else f", more after {short_repr(self.next)}"
        corrupt = f", {len(self.corrupt):,} that cannot be read" if self.corrupt else ""
        return f"{len(self.items):,} items{corrupt}{more}"

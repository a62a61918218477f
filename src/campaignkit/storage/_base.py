"""The contract of stores.

A store is transactional storage for campaigns and what they have done, without business logic.
Every change of something stored goes through `transact`: the store locks the campaign, reads a
`Snapshot`, calls the caller's pure decision with it, and writes all of the `Writes` that it
returns, or nothing. So

- a decision sees all that was committed before it, and nothing changes between its reading and
  its writing: no update is lost, no limit overdrawn, no lead admitted twice;
- what a decision raises leaves the store as it was, and reaches the caller unchanged;
- two decisions on one campaign follow one another; those on different campaigns may be side by
  side.

Acts are kept as events, and acts that wait for a user as suggestions. Both are written in the same
transaction as the change itself, so the history always agrees with the state. Events are only
added: the store numbers those of a campaign from 1, in the order in which they are written.

Every method names the client, and what belongs to another client is not found; the one that
crosses clients says so in its name, and is for an engine that serves them all. Deleted campaigns
are hidden from `get` and `find` unless asked for; `transact` acts on them, so that they can be
restored.
Values are handed over as they are: a store neither rounds nor orders by `updated_at`. Calls may
come from several threads at once (of an async store, from several tasks).

An id that is no UUID and a day that is no date are refused with `InvalidError`, by every method.
Every method may raise `StoreUnavailableError`, and one that writes `TransientConflictError`, after
which the same call may succeed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from campaignkit.core._checks import (
    LARGEST_INTEGER,
    as_int,
    check_kinds,
    date_error,
    flag_error,
    integer_error,
    is_text,
    kind_error,
    short_repr,
    text_error,
    to_list,
    to_member,
)
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Decide, OutcomeT, Page, Snapshot, T, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import ConflictError, InvalidError

DEFAULT_PAGE = 100
"""How many items a page has unless the call says otherwise."""


def page_size(
    limit: int,
    ids: Mapping[str, UUID | None],
    *,
    statuses: Collection[CampaignStatus] | None = None,
    states: Collection[SuggestionState] | None = None,
    after: str | None = None,
    number: int | None = None,
    include_deleted: bool = False,
    **days: date | None,
) -> int:
    """Check the arguments of a listing, and return how many items a page has.

    `ids` has UUIDs by the names of the arguments, of which each may be None. `after` is the id of a
    lead, `number` that of an event; the message calls both `after`, as the methods of a store do.
    `days` are arguments that must be dates, by their names.

    Raises:
        InvalidError: names all arguments of another kind, and a limit below 1.

    >>> page_size(50, {"client_id": UUID(int=1), "after": None})
    50
    """
    faults: list[str] = []
    limit = as_int(limit)
    if type(limit) is not int or limit < 1:
        faults.append(f"limit must be a whole number of 1 or more, not {short_repr(limit)}")
    if statuses is not None and not _are_several(CampaignStatus, statuses):
        known = ", ".join(CampaignStatus)
        faults.append(f"statuses must be several of {known}, not {short_repr(statuses)}")
    if states is not None and not _are_several(SuggestionState, states):
        known = ", ".join(SuggestionState)
        faults.append(f"states must be several of {known}, not {short_repr(states)}")
    if number is not None and (fault := integer_error(as_int(number), 0, LARGEST_INTEGER)):
        faults.append(f"after {fault}")
    if after is not None and not _is_empty(after) and (fault := text_error(after)):
        faults.append(f"after {fault}")
    if fault := flag_error(include_deleted):
        faults.append(f"include_deleted {fault}")
    faults += _asked_faults(ids, days)
    if faults:
        raise InvalidError(faults)
    return min(limit, LARGEST_INTEGER)


def check_named(day: date | None) -> None:
    """Refuse a day that is None, where a day is required.

    Any other value that is not a date is left to `check_asked`, which reports all faults together.

    Raises:
        InvalidError: the day is None.
    """
    if day is None:
        raise InvalidError([f"day {date_error(day)}"])


def running_page_size(limit: int, day: date | None, after: UUID | None) -> int:
    """Return the size of a page of campaigns that are running on a day.

    Raises:
        InvalidError: as `page_size`, or no day.
    """
    check_named(day)
    return page_size(limit, {"after": after}, day=day)


def check_asked(
    ids: Mapping[str, UUID | None],
    day: date | None = None,
    suggestion_ids: Collection[UUID] = (),
    lead_ids: Collection[str] = (),
    decide: object = len,
    **flags: bool,
) -> None:
    """Check the arguments of a store's method, so that all stores refuse the same.

    `ids` has the UUIDs that are required, by the names of the arguments; `flags` are arguments that
    must be true or false, by their names. `decide` must be callable.

    Raises:
        InvalidError: names all arguments of another kind.

    >>> check_asked({"client_id": UUID(int=1), "campaign_id": UUID(int=2)}, date(2026, 11, 23))
    >>> check_asked({"client_id": "acme"})
    Traceback (most recent call last):
        ...
    campaignkit.errors.InvalidError: client_id must be a UUID, not 'acme'
    """
    faults = [f"{name} must be a UUID, not None" for name, one in ids.items() if one is None]
    faults += _asked_faults(ids, {"day": day})
    if not callable(decide):
        faults.append(f"decide must be a function of a Snapshot, not {short_repr(decide)}")
    several = _listed(suggestion_ids)
    if several is None:
        faults.append(f"suggestion_ids must be several ids, not {short_repr(suggestion_ids)}")
    for one in several or ():
        if fault := kind_error(one, UUID):
            faults.append(f"suggestion_ids {fault}")
    known = _listed(lead_ids)
    if known is None:
        faults.append(f"lead_ids must be several ids, not {short_repr(lead_ids)}")
    faults += [
        f"lead_ids must be texts, not {short_repr(one)}" for one in known or () if not is_text(one)
    ]
    faults += [f"{name} {fault}" for name, flag in flags.items() if (fault := flag_error(flag))]
    if faults:
        raise InvalidError(faults)


def _asked_faults(ids: Mapping[str, UUID | None], days: Mapping[str, date | None]) -> list[str]:
    strange = [
        f"{name} {fault}"
        for name, one in ids.items()
        if one is not None and (fault := kind_error(one, UUID))
    ]
    return strange + [
        f"{name} {fault}"
        for name, day in days.items()
        if day is not None and (fault := date_error(day))
    ]


def _are_several(kind: type[StrEnum], given: object) -> bool:
    several = _listed(given)
    return several is not None and all(isinstance(to_member(kind, one), kind) for one in several)


def _listed(several: object) -> list[Any] | None:
    # An iterator is refused: reading it here would leave nothing for the method itself.
    return to_list(cast("object", several)) if isinstance(several, Collection) else None


def _is_empty(text: object) -> bool:
    return is_text(text) and not text


def fits(snapshot: Snapshot, writes: Writes[Any]) -> None:
    """Check that the writes of a decision belong to the snapshot that it was given.

    Raises:
        ConflictError: they are of another campaign, name a lead or a suggestion twice, or have an
            event of a suggestion that is neither among them nor in the snapshot.
        InvalidError: `decide` returned something else than `Writes`.
    """
    if not isinstance(writes, Writes):
        raise InvalidError([f"decide must return Writes, not {short_repr(writes)}"])
    campaign = snapshot.campaign
    new = writes.campaign
    if new is not None and (new.id, new.client_id) != (campaign.id, campaign.client_id):
        msg = f"campaign {campaign.id} cannot become {new.id} of client {new.client_id}"
        raise ConflictError(msg)
    owners = [part.campaign_id for part in writes.suggestions]
    owners += [part.campaign_id for part in writes.events]
    if others := [owner for owner in owners if owner != campaign.id]:
        msg = f"campaign {campaign.id}: suggestions or events of others: {others}"
        raise ConflictError(msg)
    named = (
        [assignment.lead_id for assignment in writes.assigned],
        writes.released,
        [suggestion.id for suggestion in writes.suggestions],
    )
    if twice := [i for ids in named for i, n in Counter(ids).items() if n > 1]:
        msg = f"campaign {campaign.id}: leads or suggestions that are named twice: {twice}"
        raise ConflictError(msg)
    known = {*snapshot.suggestions, *(suggestion.id for suggestion in writes.suggestions)}
    told = {event.suggestion_id for event in writes.events} - {None}
    if unknown := told - known:
        msg = f"campaign {campaign.id}: events of suggestions that it was not asked of: {unknown}"
        raise ConflictError(msg)


def begun_histories(
    campaigns: Iterable[Campaign], events: Iterable[Event]
) -> Mapping[UUID, Sequence[Event]]:
    """Return the first events of new campaigns, by the ids of the campaigns.

    Raises:
        ConflictError: an event belongs to none of the campaigns, or to a suggestion.
        InvalidError: something that is not an event.
    """
    begun: dict[UUID, list[Event]] = {campaign.id: [] for campaign in campaigns}
    for event in check_several(Event, events, "events"):
        if event.suggestion_id is not None:
            msg = f"an event of suggestion {event.suggestion_id}, but a new campaign has none"
            raise ConflictError(msg)
        if event.campaign_id not in begun:
            msg = f"an event of campaign {event.campaign_id}, which is not among the new ones"
            raise ConflictError(msg)
        begun[event.campaign_id].append(event)
    return begun


def check_several(kind: type[T], values: Iterable[T], what: str) -> tuple[T, ...]:
    """Return the values of an iterable as a tuple, all of one class; `what` names the argument.

    Raises:
        InvalidError: the argument is not an iterable, or a value is of another class.
    """
    several = to_list(values)
    if several is None:
        raise InvalidError([f"{what} must be several of {kind.__name__}, not {short_repr(values)}"])
    if strange := [one for one in several if not isinstance(one, kind)]:
        raise InvalidError([f"{what} must be of {kind.__name__}, not {short_repr(strange[0])}"])
    return tuple(several)


def replacing(before: Campaign, after: Campaign) -> Decide[None]:
    """Return the decision that replaces a campaign, unless it is no longer what it was.

    Raises:
        InvalidError: campaigns of different ids or clients.
    """
    check_kinds(InvalidError, before=(before, Campaign), after=(after, Campaign))
    if (before.id, before.client_id) != (after.id, after.client_id):
        raise InvalidError(["a campaign can only be replaced by one of the same id and client"])

    def decide(snapshot: Snapshot) -> Writes[None]:
        if snapshot.campaign != before:
            msg = f"campaign {before.id} is no longer what it was when it was read"
            raise ConflictError(msg)
        return Writes(campaign=after)

    return decide


class Store(ABC):
    """A store of campaigns; what derives from it must have each of its methods.

    `owns_transactions` is true where every call is a transaction of its own, so that one may be
    repeated after a `TransientConflictError`; it is false where calls join the host's transaction.
    """

    owns_transactions: bool = False

    @abstractmethod
    def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        """Store a new campaign and the beginning of its history; return it as stored.

        Raises:
            AlreadyExistsError: a campaign with this id is stored, whoever its client is.
            UnknownClientError: the host's table of clients does not have its client.
            ConflictError: an event of another campaign, or of a suggestion: there is none yet.
        """

    @abstractmethod
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """Store new campaigns and their events, all of them or none; return them as stored.

        Raises:
            AlreadyExistsError: as for `add`, or an id comes twice.
            UnknownClientError: as for `add`.
            ConflictError: an event of none of the campaigns, or of a suggestion.
        """

    @abstractmethod
    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        """Return a campaign.

        Raises:
            NotFoundError: the client has no such campaign, or it is deleted.
            CorruptRowError: the stored row breaks a rule of the domain.
        """

    @abstractmethod
    def find(
        self,
        client_id: UUID,
        *,
        statuses: Collection[CampaignStatus] | None = None,
        running_on: date | None = None,
        include_deleted: bool = False,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Campaign, UUID]:
        """Return a page of a client's campaigns by ascending id, those behind `after`.

        With `statuses` only campaigns in one of them, with `running_on` only those that are
        running on that day. A row that cannot be read is in the page's `corrupt`.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, `statuses` that are
                not several of them, a `running_on` that is no date.
        """

    @abstractmethod
    def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """Return a page of all clients' campaigns that are running on a day, by ascending id.

        It has those behind `after`. A row that cannot be read is in the page's `corrupt`.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, a `day` that is no
                date, an `after` that is no UUID.
        """

    @abstractmethod
    def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """Return what a decision would be called with now; lock and write nothing.

        Raises:
            NotFoundError: the client has no such campaign.
            CorruptRowError: a stored row breaks a rule of the domain.
        """

    @abstractmethod
    def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """Return a campaign's progress on a day, under its present allocation.

        Raises:
            NotFoundError: the client has no such campaign.
            CorruptRowError: a stored row breaks a rule of the domain.
        """

    @abstractmethod
    def assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        """Return a page of a campaign's assignments by ascending lead id, those behind `after`.

        Ids are ordered by code points. With `day` only leads that were admitted on that day.

        Raises:
            NotFoundError: the client has no such campaign.
            InvalidError: a `limit` that is not a whole number of 1 or more, a `day` that is no
                date, an `after` that can be no lead's id.
        """

    @abstractmethod
    def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """Return a page of suggestions by ascending id, those behind `after`.

        They are those of a campaign, or of all the client's campaigns, deleted ones among them;
        with `states` only those that are stored in one of them. A row that cannot be read is in
        the page's `corrupt`.

        Raises:
            NotFoundError: the client has no such campaign.
            InvalidError: a `limit` that is not a whole number of 1 or more, or `states` that are
                not several of them.
        """

    @abstractmethod
    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """Return a suggestion.

        Raises:
            NotFoundError: none of the client's campaigns has it.
            CorruptRowError: the stored row breaks a rule of the domain.
        """

    @abstractmethod
    def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """Return a page of a campaign's events by ascending number, those behind `after`.

        A row that cannot be read is in the page's `corrupt`.

        Raises:
            NotFoundError: the client has no such campaign.
            InvalidError: a `limit` that is not a whole number of 1 or more, or an `after` that is
                no whole number of 0 or more.
        """

    @abstractmethod
    def transact(
        self,
        client_id: UUID,
        campaign_id: UUID,
        decide: Decide[OutcomeT],
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
        suggestion_ids: Collection[UUID] = (),
        pending: bool = False,
        last_suggestion: bool = False,
    ) -> Writes[OutcomeT]:
        """Lock a campaign, call `decide` with its snapshot, and write what it returns, or nothing.

        The snapshot's progress is that of `day`, its assignments those of `lead_ids`, its
        suggestions those of `suggestion_ids` and, with `pending`, all that are stored as pending.
        With `last_suggestion` it has the greatest id of all the campaign's suggestions, behind
        which a new one's must be, so that whoever pages through them misses none. The result is
        what was written, with the campaign as stored.

        Raises:
            NotFoundError: the client has no such campaign.
            ConflictError: the writes do not fit what is stored: a lead to assign is there
                already, one to release is not, the campaign has another id or client, a
                suggestion or an event is another campaign's, or an event tells of a suggestion
                that is neither written nor in the snapshot.
            CorruptRowError: a stored row breaks a rule of the domain.
            Whatever `decide` raises; then nothing is written.
        """

    @abstractmethod
    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """Replace a campaign that was read before; return it as stored.

        Raises:
            NotFoundError: the client has no such campaign.
            ConflictError: the stored campaign no longer equals `before`.
            InvalidError: campaigns of different ids or clients.
        """


class AsyncStore(ABC):
    """A store of campaigns whose calls are awaited; otherwise as `Store`, call by call.

    `decide` is the same plain function: it is not awaited.
    """

    owns_transactions: bool = False

    @abstractmethod
    async def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        """As `Store.add`."""

    @abstractmethod
    async def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""

    @abstractmethod
    async def get(
        self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False
    ) -> Campaign:
        """As `Store.get`."""

    @abstractmethod
    async def find(
        self,
        client_id: UUID,
        *,
        statuses: Collection[CampaignStatus] | None = None,
        running_on: date | None = None,
        include_deleted: bool = False,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Campaign, UUID]:
        """As `Store.find`."""

    @abstractmethod
    async def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """As `Store.running_across_clients`."""

    @abstractmethod
    async def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """As `Store.snapshot`."""

    @abstractmethod
    async def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """As `Store.progress`."""

    @abstractmethod
    async def assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        """As `Store.assignments`."""

    @abstractmethod
    async def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """As `Store.suggestions`."""

    @abstractmethod
    async def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """As `Store.suggestion`."""

    @abstractmethod
    async def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """As `Store.history`."""

    @abstractmethod
    async def transact(
        self,
        client_id: UUID,
        campaign_id: UUID,
        decide: Decide[OutcomeT],
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
        suggestion_ids: Collection[UUID] = (),
        pending: bool = False,
        last_suggestion: bool = False,
    ) -> Writes[OutcomeT]:
        """As `Store.transact`."""

    @abstractmethod
    async def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """As `Store.replace`."""

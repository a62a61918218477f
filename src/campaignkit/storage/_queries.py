"""What a store can be asked, as values. A query checks its fields once, where it is made.

A store answers queries with `ask`. The class of a query says what the answer is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Generic, TypeAlias, TypeVar
from uuid import UUID

from attrs import evolve, field, frozen

from campaignkit.core._checks import (
    LARGEST_INTEGER,
    date_error,
    integer_error,
    short_repr,
    text_error,
    to_date,
)
from campaignkit.core._typed_base import CHECK, TypedBase
from campaignkit.decider import Today
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import ClientEvent, ClientState
from campaignkit.domain._events import Event
from campaignkit.domain._lead_records import LeadRecord
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import ClientSnapshot, Page, Snapshot
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import InvalidError

DEFAULT_PAGE = 100
"""The default number of items on a page: 100."""

KEPT_STATES = (SuggestionState.PENDING, SuggestionState.REJECTED)
"""The states of the suggestions that an equal command of the AI meets."""

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    HostCondition: TypeAlias = ColumnElement[bool]
else:  # SQLAlchemy may not be installed
    HostCondition: TypeAlias = object
"""A condition on the table of campaigns of a host, for a store of SQLAlchemy."""

AnswerT_co = TypeVar("AnswerT_co", covariant=True)
FunctionT = TypeVar("FunctionT")
KeyT = TypeVar("KeyT", UUID, str, int)
"""What the pages of a listing are sorted by: the argument `after` of a query."""


def _page_limit_error(limit: object) -> str | None:
    if type(limit) is int and limit >= 1:
        return None
    return f"must be a whole number of 1 or more, not {short_repr(limit)}"


def _lead_id_error(lead_id: object) -> str | None:
    # Every id follows the empty text, so a page may start there.
    return None if type(lead_id) is str and not lead_id else text_error(lead_id)


def _number_error(number: object) -> str | None:
    return integer_error(number, 0, LARGEST_INTEGER)


def _condition_error(condition: object) -> str | None:
    # SQLAlchemy may not be installed. What it takes as a condition has one of these.
    if any(hasattr(type(condition), name) for name in ("self_group", "__clause_element__")):
        return None
    return f"must be a condition of SQLAlchemy, not {short_repr(condition)}"


class Query(TypedBase, Generic[AnswerT_co]):
    """Base of what a store can be asked. `AnswerT_co` is the class of the answer.

    Attributes:
        operation: The name of the method that asks it, for logs and observers.

    Attributes of several queries:
        client_id: The client. Other clients' campaigns are not found.
        campaign_id: The id of the campaign.
        suggestion_id: The id of the suggestion.
        include_deleted: Whether to find deleted campaigns, too.
        after: The key behind which the page begins: the `next` of the page before.
        limit: The most items on the page; 100 by default.

    Raises:
        InvalidError: names all fields that are of another kind.

    >>> from uuid import uuid4
    >>> from campaignkit.storage import MemoryStore
    >>> MemoryStore().ask(CampaignsQuery(client_id=uuid4())).items
    ()
    """

    __slots__ = ()

    operation: ClassVar[str]


@frozen
class CampaignQuery(Query[Campaign]):
    """Ask for a campaign: `Store.get`.

    >>> from uuid import UUID
    >>> CampaignQuery(UUID(int=2), UUID(int=1)).include_deleted
    False
    """

    operation: ClassVar[str] = "get"

    client_id: UUID
    campaign_id: UUID
    include_deleted: bool = False


@frozen
class CampaignsQuery(Query[Page[Campaign, UUID]]):
    """Ask for a page of a client's campaigns: `Store.find`.

    Attributes:
        statuses: Only campaigns in one of these. All by default.
        running_on: Only campaigns that are running on this day.
        ids: Only campaigns with one of these ids. All by default.

    >>> from uuid import UUID
    >>> CampaignsQuery(UUID(int=2), statuses=[CampaignStatus.ACTIVE]).limit
    100
    """

    operation: ClassVar[str] = "find"

    client_id: UUID
    statuses: Collection[CampaignStatus] | None = None
    running_on: date | None = None
    include_deleted: bool = False
    after: UUID | None = None
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})
    ids: Collection[UUID] | None = None


@frozen
class RunningCampaignsQuery(Query[Page[Campaign, UUID]]):
    """Ask for a page of all clients' running campaigns: `Store.running_across_clients`.

    Attributes:
        day: The day. With None for those that are running on any day: all that are active and not
            deleted.
        where: A condition of SQLAlchemy on the host's table of campaigns. A store that has no such
            table refuses any with `InvalidError`.

    >>> from datetime import date
    >>> RunningCampaignsQuery(date(2026, 11, 23), limit=10).operation
    'running_across_clients'
    """

    operation: ClassVar[str] = "running_across_clients"

    day: date | None
    after: UUID | None = None
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})
    # An `==` of two would be SQL.
    where: HostCondition | None = field(default=None, eq=id, metadata={CHECK: _condition_error})


@frozen
class SnapshotQuery(Query[Snapshot]):
    """Ask for what a decision is called with: `Store.snapshot` and `Store.transact`.

    Where the campaign is not locked, suggestions may be newer than the rest of the snapshot.

    Attributes:
        day: The day of the progress. Without it the progress is of no day.
        lead_ids: The ids of leads whose assignments and suppressions are read, and with `day` what
            the client's campaigns have to do with them.
        suggestion_ids: The ids of suggestions that are read with their leads.
        pending: Whether to read the heads of all suggestions that are stored as pending.
        barriers: Whether to read what may keep `lead_ids` out: `waiting` with the heads of those
            suggestions, and `rejections`.
        digest: The digest of a command. The suggestions of equal commands are read, the pending
            ones whole and the heads of the rejected ones; and `last_suggestion`: the id of a new
            one must be greater, so that whoever pages through them misses none.
        elsewhere: Whether to read which of the campaign's leads another campaign has now.

    What the campaigns of the client share is read for `day` and `lead_ids`: it has the suppressions
    of the leads. With both it has their claims, and `contacted` is read.

    >>> from uuid import UUID
    >>> SnapshotQuery(UUID(int=2), UUID(int=1), lead_ids=["ann"]).lead_ids
    ('ann',)
    """

    operation: ClassVar[str] = "snapshot"

    client_id: UUID
    campaign_id: UUID
    day: date | None = None
    lead_ids: Collection[str] = ()
    suggestion_ids: Collection[UUID] = ()
    pending: bool = False
    barriers: bool = False
    digest: str | None = field(default=None, metadata={CHECK: text_error})
    elsewhere: bool = False


@frozen
class AssignmentsQuery(Query[Page[Assignment, str]]):
    """Ask for a page of a campaign's leads: `Store.assignments`.

    Attributes:
        day: Only leads that were admitted on this day. All by default.

    >>> from uuid import UUID
    >>> AssignmentsQuery(UUID(int=2), UUID(int=1), after="ann").after
    'ann'
    """

    operation: ClassVar[str] = "assignments"

    client_id: UUID
    campaign_id: UUID
    day: date | None = None
    after: str | None = field(default=None, metadata={CHECK: _lead_id_error})
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})


@frozen
class SuggestionsQuery(Query[Page[SuggestionHead, UUID]]):
    """Ask for a page of the heads of suggestions: `Store.suggestions`.

    Attributes:
        campaign_id: Only suggestions for this campaign. Those for all by default.
        states: Only suggestions in one of these. All by default.

    >>> from uuid import UUID
    >>> SuggestionsQuery(UUID(int=2), states=[SuggestionState.PENDING]).limit
    100
    """

    operation: ClassVar[str] = "suggestions"

    client_id: UUID
    campaign_id: UUID | None = None
    states: Collection[SuggestionState] | None = None
    after: UUID | None = None
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})


@frozen
class SuggestionQuery(Query[Suggestion]):
    """Ask for a suggestion: `Store.suggestion`.

    >>> from uuid import UUID
    >>> SuggestionQuery(UUID(int=2), UUID(int=3)).operation
    'suggestion'
    """

    operation: ClassVar[str] = "suggestion"

    client_id: UUID
    suggestion_id: UUID


@frozen
class HistoryQuery(Query[Page[Event, int]]):
    """Ask for a page of a campaign's events: `Store.history`.

    Attributes:
        suggestion_id: Only the events about this suggestion. All by default.

    >>> from uuid import UUID
    >>> HistoryQuery(UUID(int=2), UUID(int=1), after=20).after
    20
    """

    operation: ClassVar[str] = "history"

    client_id: UUID
    campaign_id: UUID
    after: int | None = field(default=None, metadata={CHECK: _number_error})
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})
    suggestion_id: UUID | None = None


@frozen
class FeedQuery(Query[Page[Event, str]]):
    """Ask for the events of all campaigns of a client behind a cursor: `Store.feed`.

    Attributes:
        cursor: The `next` of the page before. None asks for the first events.

    >>> from uuid import UUID
    >>> FeedQuery(UUID(int=2)).operation
    'feed'
    """

    operation: ClassVar[str] = "feed"

    client_id: UUID
    cursor: str | None = None
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})


@frozen
class ClientQuery(Query[ClientState]):
    """Ask for what the campaigns of a client share: `Store.client`.

    Attributes:
        day: The day around which `used` is read. Without it `used` is empty.

    >>> from uuid import UUID
    >>> ClientQuery(UUID(int=2)).operation
    'client'
    """

    operation: ClassVar[str] = "client"

    client_id: UUID
    day: date | None = None


@frozen
class ClientSnapshotQuery(Query[ClientSnapshot]):
    """Ask for what a decision on a client is called with: `Store.transact_client`.

    Attributes:
        lead_ids: The ids of leads whose suppressions are read.
        live: Whether to read their live assignments.
        doubles: Whether to count the leads that several campaigns have.

    >>> from uuid import UUID
    >>> ClientSnapshotQuery(UUID(int=2), lead_ids=["ann"]).lead_ids
    ('ann',)
    """

    operation: ClassVar[str] = "client_snapshot"

    client_id: UUID
    lead_ids: Collection[str] = ()
    live: bool = False
    doubles: bool = False


@frozen
class SuppressionsQuery(Query[Page[Suppression, str]]):
    """Ask for a page of the suppressions of a client, by lead: `Store.suppressions`.

    >>> from uuid import UUID
    >>> SuppressionsQuery(UUID(int=2), after="ann").after
    'ann'
    """

    operation: ClassVar[str] = "suppressions"

    client_id: UUID
    after: str | None = field(default=None, metadata={CHECK: _lead_id_error})
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})


@frozen
class ClientHistoryQuery(Query[Page[ClientEvent, int]]):
    """Ask for a page of what was done to what the campaigns share: `Store.client_history`.

    >>> from uuid import UUID
    >>> ClientHistoryQuery(UUID(int=2), after=20).after
    20
    """

    operation: ClassVar[str] = "client_history"

    client_id: UUID
    after: int | None = field(default=None, metadata={CHECK: _number_error})
    limit: int = field(default=DEFAULT_PAGE, metadata={CHECK: _page_limit_error})


@frozen
class LeadQuery(Query[LeadRecord]):
    """Ask for what the campaigns of a client have had to do with a lead: `Store.lead`.

    Attributes:
        lead_id: The id of the lead, as text.

    >>> from uuid import UUID
    >>> LeadQuery(UUID(int=2), "ann").lead_id
    'ann'
    """

    operation: ClassVar[str] = "lead"

    client_id: UUID
    lead_id: str = field(metadata={CHECK: text_error})


def make_running_query(
    day: date | Today, after: UUID | None, limit: int, where: HostCondition | None
) -> RunningCampaignsQuery:
    """Return the query for the campaigns that may be running on a day, or on a function's days.

    Raises:
        InvalidError: names all arguments of another kind.
    """
    if day is None:
        raise InvalidError(["day must be a date or a function of a campaign, not None"])
    return RunningCampaignsQuery(None if callable(day) else day, after, limit, where)


def keep_running(page: Page[Campaign, UUID], day: date | Today) -> Page[Campaign, UUID]:
    """Return a page with those campaigns only that are running on the day that a function returns.

    Raises:
        InvalidError: the function returns something else than a date.
    """
    if not callable(day):
        return page
    own = ((campaign, day(campaign)) for campaign in page.items)
    return evolve(page, items=tuple(c for c, its in own if c.is_running(_read_day(its))))


def _read_day(day: date) -> date:
    if fault := date_error(day):
        raise InvalidError([f"day(campaign) {fault}"])
    return to_date(day)


def find_answer(answers: Mapping[type, FunctionT], query: object) -> FunctionT:
    """Return the function that answers a query, of those by the class of the query.

    Raises:
        InvalidError: `query` is of none of these classes.
    """
    answer = answers.get(type(query))
    if answer is None:
        known = ", ".join(kind.__name__ for kind in answers)
        raise InvalidError([f"query must be one of {known}, not {short_repr(query)}"])
    return answer

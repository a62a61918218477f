# Made of _async_interface.py by `python -m tests.generate_sync`: change that file, not this one.
"""The interface of stores.

A store is transactional storage for campaigns and what they have done, without business logic.
Every change of a campaign goes through `apply_decision`: the store locks the campaign, reads the
`Snapshot` that the query asks for, calls the caller's pure decision with it, and writes all of the
`Writes` that it returns, or nothing. So

- a decision sees all that was committed before it, and nothing changes between its reading and
  its writing: no update is lost, no limit overdrawn, no lead admitted twice;
- an exception that a decision raises leaves the store unchanged and reaches the caller as it is;
- decisions on one campaign run one after another; those on different campaigns may run at once.

Acts are stored as events, and acts that wait for a user as suggestions. Both are written in the
same transaction as the change itself, so the history always agrees with the state. Events are only
added: the store numbers those of a campaign from 1, in the order in which they are written.

Every method takes the client's id, and does not find what belongs to another client.
`running_across_clients` is the exception, for an engine that serves all clients. Deleted campaigns
are hidden from `get` and `find` unless they are requested; `apply_decision` acts on them, so that
they can be restored. A store neither rounds values nor orders by `updated_at`. Several threads or
tasks may call it at once.

A suggestion is stored as its head and its leads. Lists, and decisions that need no more, have heads
only; a decision that writes a head leaves the leads as they are. Rejections of leads are the
campaign's. What a decision sees of other suggestions is read under the same lock, so of two equal
commands the later one finds the earlier one's suggestion.

Every method refuses an id that is not a UUID and a day that is not a date with `InvalidError`.
Every method may raise `StoreUnavailableError`, and one that writes `TransientConflictError`, after
which the same call may succeed.

Everything is read by `ask`. The other methods that read make the query for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TypeVar
from uuid import UUID

from campaignkit.core._checks import date_error
from campaignkit.decider import Today
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import ClientEvent, ClientState
from campaignkit.domain._events import Event
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._lead_records import LeadRecord
from campaignkit.domain._leads import to_text_ids
from campaignkit.domain._ledger import Assignment, Progress, require_readable_progress
from campaignkit.domain._snapshot import (
    ClientWrites,
    Decide,
    DecideClient,
    OutcomeT,
    Page,
    Snapshot,
    Writes,
)
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import InvalidError
from campaignkit.storage._queries import (
    DEFAULT_PAGE,
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    ClientHistoryQuery,
    ClientQuery,
    ClientSnapshotQuery,
    FeedQuery,
    HistoryQuery,
    HostCondition,
    LeadQuery,
    Query,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    SuppressionsQuery,
    keep_running,
    make_running_query,
)
from campaignkit.storage._writes import check_new, make_replacement

AnswerT = TypeVar("AnswerT")


class Reader(ABC):
    """What can be read of a store and of a service alike: each method asks one query."""

    @abstractmethod
    def ask(self, query: Query[AnswerT]) -> AnswerT:
        """Return the answer to a query.

        Args:
            query: What to read. Its class says what the answer is.

        Raises:
            InvalidError: `query` is not a query.
            NotFoundError: the client has no such campaign or suggestion.
            CorruptRowError: a stored row breaks a rule of the domain.
        """

    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        """Return a campaign.

        Args:
            include_deleted: Whether to find the campaign if it is deleted.

        Raises:
            NotFoundError: the client has no such campaign, or it is deleted.
            CorruptRowError: the stored row breaks a rule of the domain; its `readable` is what can
                be read of the campaign.
        """
        return self.ask(CampaignQuery(client_id, campaign_id, include_deleted))

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
        """Return a page of a client's campaigns by ascending id.

        Args:
            statuses: Only campaigns in one of these. All by default.
            running_on: Only campaigns that are running on this day.
            include_deleted: Whether to find deleted campaigns, too.
            after: The id behind which the page begins: the `next` of the page before.
            limit: The most campaigns on the page. A row that cannot be read is in its `corrupt`.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, `statuses` that are
                not several of them, a `running_on` that is no date.
        """
        query = CampaignsQuery(client_id, statuses, running_on, include_deleted, after, limit)
        return self.ask(query)

    def running_across_clients(
        self,
        day: date | Today,
        *,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
        where: HostCondition | None = None,
    ) -> Page[Campaign, UUID]:
        """Return a page of all clients' campaigns that are running on a day, by ascending id.

        Args:
            day: The day, or a function that returns the day of a campaign, such as the date in its
                client's time zone. With a function a page may have fewer campaigns than `limit`, or
                none; it is the last one where `next` is None.
            after: The id behind which the page begins: the `next` of the page before.
            limit: The most campaigns on the page. A row that cannot be read is in its `corrupt`.
            where: A condition of SQLAlchemy on the host's table of campaigns, also on columns that
                the library does not know. Other tables belong in a subquery. Only a store of
                SQLAlchemy takes it.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, a `day` that is neither
                a date nor a function that returns one, an `after` that is no UUID, a `where` that
                the store cannot apply.
        """
        page = self.ask(make_running_query(day, after, limit, where))
        return keep_running(page, day)

    def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[SuggestionHead, UUID]:
        """Return a page of suggestions without their leads, by ascending id.

        The ids of one campaign ascend, so `after` pages through one pass; to follow what happens,
        use `feed`.

        Args:
            campaign_id: Only those of this campaign. Those of all the client's campaigns by
                default, deleted ones among them.
            states: Only suggestions in one of these. All by default.
            after: The id behind which the page begins: the `next` of the page before.
            limit: The most suggestions on the page. A row that cannot be read is in its `corrupt`.

        Raises:
            NotFoundError: the client has no such campaign.
            InvalidError: a `limit` that is not a whole number of 1 or more, or `states` that are
                not several of them.
        """
        return self.ask(SuggestionsQuery(client_id, campaign_id, states, after, limit))

    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """Return a suggestion with its leads, as they were at one moment.

        Its `rejections` are those that hold now.

        Args:
            suggestion_id: The id of the suggestion.

        Raises:
            NotFoundError: none of the client's campaigns has it.
            CorruptRowError: the stored row breaks a rule of the domain.
        """
        return self.ask(SuggestionQuery(client_id, suggestion_id))

    def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
        suggestion_id: UUID | None = None,
    ) -> Page[Event, int]:
        """Return a page of a campaign's events by ascending number.

        Args:
            after: The number behind which the page begins: the `next` of the page before.
            limit: The most events on the page. A row that cannot be read is in its `corrupt`.
            suggestion_id: Only the events about this suggestion. All by default.

        Raises:
            NotFoundError: the client has no such campaign.
            InvalidError: a `limit` that is not a whole number of 1 or more, or an `after` that is
                no whole number of 0 or more; or a `suggestion_id` that is not a UUID.
        """
        return self.ask(HistoryQuery(client_id, campaign_id, after, limit, suggestion_id))

    def feed(
        self, client_id: UUID, cursor: str | None = None, *, limit: int = DEFAULT_PAGE
    ) -> Page[Event, str]:
        """Return the next events of all campaigns of a client, and the cursor behind them.

        Whoever goes on with the cursor gets each event exactly once, whatever is committed late: it
        has the last number of each campaign, and numbers are given while the campaign is locked.
        The events of one campaign are in their order. Each campaign gets its turn, so a busy one
        does not hold up the others.

        Args:
            cursor: The `next` of the page before. Without it the page begins with the first events.
                `next` is never None, and the same if there is nothing new.
            limit: The most events on the page. A row that cannot be read is in its `corrupt`.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, or a `cursor` that is
                not one of this client's.
        """
        return self.ask(FeedQuery(client_id, cursor, limit))

    def client(self, client_id: UUID, *, day: date | None = None) -> ClientState:
        """Return the policy of a client, and what its campaigns were given on the days around one.

        Args:
            day: The day around which `used` is read. Without it `used` is empty. `claims` and
                `suppressions` are empty; `snapshot` reads those of leads.
        """
        return self.ask(ClientQuery(client_id, day))

    def suppressions(
        self, client_id: UUID, *, after: str | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Suppression, str]:
        """Return a page of the suppressions of a client, by ascending lead id.

        Args:
            after: The id behind which the page begins: the `next` of the page before.
            limit: The most leads on the page, each with all its suppressions. A row that cannot be
                read is in its `corrupt`.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, an `after` that can be
                no lead's id.
        """
        return self.ask(SuppressionsQuery(client_id, after, limit))

    def client_history(
        self, client_id: UUID, *, after: int | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[ClientEvent, int]:
        """Return a page of what was done to what the campaigns share, by ascending number.

        Args:
            after: The number behind which the page begins: the `next` of the page before.
            limit: The most events on the page. A row that cannot be read is in its `corrupt`.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, or an `after` that is
                no whole number of 0 or more.
        """
        return self.ask(ClientHistoryQuery(client_id, after, limit))

    def lead(self, client_id: UUID, lead_id: LeadId) -> LeadRecord:
        """Return what the campaigns of a client have had to do with a lead, in the order of time.

        Args:
            lead_id: The id of the lead.

        Raises:
            InvalidError: a `lead_id` that can be no lead's.
            PlanError: `lead_id` is neither text nor a UUID.
        """
        [known] = to_text_ids([lead_id], "lead_id")
        return self.ask(LeadQuery(client_id, known))


class Store(Reader):
    """A store of campaigns. A subclass defines `ask` and the abstract methods.

    Attributes:
        owns_transactions: True where every call is a transaction of its own, so that one may be
            repeated after a `TransientConflictError`; false where calls join the host's
            transaction.

    Arguments of several methods:
        client_id: The client whose campaign it is. Other clients' campaigns are not found.
        campaign_id: The id of the campaign.

    >>> from campaignkit.storage import MemoryStore
    >>> from uuid import uuid4
    >>> store: Store = MemoryStore()
    >>> draft = store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies"))
    >>> stored = store.get(draft.client_id, draft.id)
    >>> print(stored.name)
    Sydney agencies
    """

    owns_transactions: bool = False

    @abstractmethod
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """Store new campaigns and their events, all of them or none; return them as stored.

        Args:
            campaigns: The new campaigns.
            events: The events of these campaigns, in their order.

        Raises:
            AlreadyExistsError: as for `add`, or an id comes twice.
            UnknownClientError: as for `add`.
            ConflictError: an event of none of the campaigns, or of a suggestion.
        """

    @abstractmethod
    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        """Lock a campaign, call `decide` with its snapshot, and write what it returns, or nothing.

        The result is what was written, with the campaign as stored.

        Args:
            query: The snapshot to read.
            decide: Returns what to write, or raises. It is called again if the transaction is
                repeated.

        Raises:
            NotFoundError: the client has no such campaign.
            ConflictError: the writes do not fit what is stored: a lead to assign is there
                already, one to release is not, the campaign has another id or client, a
                suggestion or an event is another campaign's, a suggestion is stored already and
                not in the snapshot, a head is of another command than the stored one, or an event
                or a rejection refers to a suggestion that is neither written nor in the snapshot.
            CorruptRowError: a stored row breaks a rule of the domain.
            Whatever `decide` raises; then nothing is written.
        """

    @abstractmethod
    def adopt_client(self, client_id: UUID) -> None:
        """Make the store keep what the campaigns of a client share, if it does not yet.

        From then on every act on one of its campaigns takes the client first.

        Args:
            client_id: The id of the client.

        Raises:
            StorageError: a transaction of the host's does not see all campaigns of the client.
        """

    @abstractmethod
    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """Lock a client, call `decide` with its snapshot, and write what it returns, or nothing.

        The client must have been adopted.

        Args:
            query: The snapshot to read.
            decide: Returns what to write, or raises. It is called again if the transaction is
                repeated.

        Raises:
            NotFoundError: the client was not adopted.
            ConflictError: the writes do not fit what is stored: an event is another client's, a
                suppression to lift is not there, or two are of one lead on one channel.
            Whatever `decide` raises; then nothing is written.
        """

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
        barriers: bool = False,
        digest: str | None = None,
    ) -> Writes[OutcomeT]:
        """Make a `SnapshotQuery` of these arguments and apply a decision: `apply_decision`.

        Args:
            decide: Returns what to write, or raises. It is called again if the transaction is
                repeated.
            day: As in `SnapshotQuery`, like those that follow.
            lead_ids: The ids of leads whose assignments are read, and with `day` what the client's
                campaigns have to do with them.
            suggestion_ids: The ids of suggestions that are read.
            pending: Whether to read the heads of all pending suggestions.
            barriers: Whether to read what may keep the leads out.
            digest: The digest of a command, to read the suggestions of equal ones.

        Raises:
            InvalidError: an argument of another kind; otherwise as `apply_decision`.
        """
        query = SnapshotQuery(
            client_id, campaign_id, day, lead_ids, suggestion_ids, pending, barriers, digest
        )
        return self.apply_decision(query, decide)

    def add(
        self,
        campaign: Campaign,
        events: Iterable[Event] = (),
        *,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """Store a new campaign and the beginning of its history; return it as stored.

        Args:
            campaign: The new campaign.
            events: Its first events.
            extra: Values for columns that only the host knows, where the store has a table of the
                host's, by their keys there.

        Raises:
            AlreadyExistsError: a campaign with this id is stored, whoever its client is.
            UnknownClientError: the host's table of clients does not have its client.
            ConflictError: an event of another campaign, or of a suggestion: there is none yet.
            InvalidError: `extra` for a store that has no such columns.
        """
        check_new(campaign, extra)
        if extra:
            fault = f"must be None for a {type(self).__name__}, which has no columns of a host"
            raise InvalidError([f"extra {fault}"])
        return (self.add_all((campaign,), events))[0]

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """Replace a campaign that was read before; return it as stored.

        Args:
            before: The campaign as it was read.
            after: The campaign to store instead.

        Raises:
            NotFoundError: the client has no such campaign.
            ConflictError: the stored campaign no longer equals `before`.
            InvalidError: campaigns of different ids or clients.
        """
        decide = make_replacement(before, after)
        written = self.transact(before.client_id, before.id, decide)
        return after if written.campaign is None else written.campaign

    def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """Return what a decision would be called with now; lock and write nothing.

        Of a campaign whose row breaks a rule it has what can be read, with `faults`.

        Args:
            day: The day of the progress. Without it the progress is of no day.
            lead_ids: The ids of leads whose assignments are read, and with `day` what the client's
                campaigns have to do with them.

        Raises:
            NotFoundError: the client has no such campaign.
            CorruptRowError: a stored row breaks a rule of the domain.
        """
        return self.ask(SnapshotQuery(client_id, campaign_id, day, lead_ids))

    def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """Return a campaign's progress on a day, under its present allocation.

        Args:
            day: The day.

        Raises:
            NotFoundError: the client has no such campaign.
            CorruptRowError: a stored row breaks a rule of the domain.
        """
        query = SnapshotQuery(client_id, campaign_id, day)
        if fault := date_error(query.day):
            raise InvalidError([f"day {fault}"])
        snapshot = self.snapshot(client_id, campaign_id, day=day)
        return require_readable_progress(snapshot.progress)

    def assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        """Return a page of a campaign's assignments by ascending lead id.

        Ids are ordered by code points.

        Args:
            day: Only leads that were admitted on this day. All by default.
            after: The id behind which the page begins: the `next` of the page before.
            limit: The most assignments on the page.

        Raises:
            NotFoundError: the client has no such campaign.
            InvalidError: a `limit` that is not a whole number of 1 or more, a `day` that is no
                date, an `after` that can be no lead's id.
        """
        return self.ask(AssignmentsQuery(client_id, campaign_id, day, after, limit))

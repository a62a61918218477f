"""The use cases of campaigns over an async store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Unpack, cast
from uuid import UUID

from campaignkit.core._channels import Channel, PerChannel
from campaignkit.core._checks import check_kinds
from campaignkit.core._immutable import T
from campaignkit.decider import (
    Approval,
    ApprovalPreview,
    Outcome,
    Oversight,
    Today,
    keep_suppressed,
)
from campaignkit.domain._brief import Brief
from campaignkit.domain._campaign import Campaign, Edits
from campaignkit.domain._client_policy import ClientPolicy, Suppression
from campaignkit.domain._clients import LiveAssignment
from campaignkit.domain._commands import (
    Activate,
    AssignLeads,
    Command,
    Complete,
    Delete,
    Edit,
    Pause,
    ReleaseLeads,
    Restore,
)
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate
from campaignkit.domain._horizons import Horizon
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead, to_text_ids
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import Actor, check_actor
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion
from campaignkit.errors import InvalidError, NotFoundError, TransientConflictError
from campaignkit.planning._intake import Intake, Release
from campaignkit.service._use_cases import (
    BETWEEN_PORTIONS,
    ClientUseCase,
    SuggestedT,
    UseCases,
    check_service_arguments,
    current_time,
    operation_name,
    retry_pauses,
    sleep_async,
    unwrap_outcome,
)
from campaignkit.storage._async_interface import AsyncReader, AsyncStore
from campaignkit.storage._observation import (
    ObservedCall,
    Observer,
    note_campaign,
    note_suggestion,
)
from campaignkit.storage._queries import (
    DEFAULT_PAGE,
    AssignmentsQuery,
    ClientSnapshotQuery,
    Query,
)

_RECORDING = ObservedCall(None, "recording")
"""A call of many decisions on several campaigns."""


async def retry_conflicts(
    store: AsyncStore,
    call: Callable[[], Awaitable[T]],
    pause: Callable[[float], Awaitable[object]] = sleep_async,
    observed: ObservedCall = _RECORDING,
) -> T:
    """Call something that acts on a store, again after a pause where it met another transaction.

    It is repeated a few times, and not at all where the store works in the host's transaction.
    """
    number = 1
    for seconds in retry_pauses(may_repeat=store.owns_transactions):
        try:
            with observed.attempt(number, may_repeat=True):
                return await call()
        except TransientConflictError:
            observed.log_retry(number, seconds)
            await pause(seconds)
        number += 1
    with observed.attempt(number):
        return await call()


async def act_on_client(
    store: AsyncStore,
    case: ClientUseCase[T],
    pause: Callable[[float], Awaitable[object]] = sleep_async,
    observed: ObservedCall = _RECORDING,
) -> T:
    """Act on what the campaigns of a client share, as often as `retry_conflicts` does.

    A client without a row is adopted before something is written. What is refused, or changes
    nothing, leaves none.
    """

    async def act() -> T:
        try:
            writes = await store.apply_client_decision(case.query, case.decide)
        except NotFoundError as error:
            if error.what != "client":
                raise
            writes = case.decide(await store.ask(case.query))
            if writes.has_changes:
                await store.adopt_client(case.query.client_id)
                writes = await store.apply_client_decision(case.query, case.decide)
        return cast("T", writes.outcome)

    return await retry_conflicts(store, act, pause, observed)


class AsyncCampaignService(AsyncReader):
    """The use cases of campaigns, over any store.

    A user's act is done at once in every permission mode. The AI's is done in autopilot, becomes a
    `Suggestion` in co_pilot, which is returned instead, and is refused in manual mode. Acts on one
    campaign run one after another, and each leaves its events in the campaign's history. A call
    that met another transaction is repeated a few times, where the store owns its transactions.

    Suggestions are shown as they are now: pending, with `day_passed` if their day is over, stale
    or expired. So a page of them has fewer than `limit` where some are stored as pending and are
    not; it is the last one where `next` is None. Those of one campaign are in the order in which
    they were made. Lists have no leads, and do not look up whether those of a release are still
    in the campaign; `suggestion` does.

    Args:
        store: Where campaigns are stored.
        gate: The channels that each score opens.
        clock: Returns the time, aware; it is read for each act while the campaign is locked.
        today: Returns the host's business day for a campaign. The days before it are over, and the
            AI's leads and approvals are refused for them. Without it a day is over once it is over
            everywhere (UTC-12). Called while the campaign is locked; must be pure.
        suggestion_lifetime: After how long a suggestion expires that names no expiry. Never by
            default.
        oversight: Returns a `Verdict` on a campaign and a command of the AI; the stricter of this
            and the verdict of the mode holds. Called while the campaign is locked; must be pure.
        pause: Waits so many seconds before a call is repeated.
        observer: Called with an `Operation` after every attempt, in the same thread or task. What
            it raises is logged.

    Arguments of several methods:
        client_id: The client whose campaign it is. Other clients' campaigns are not found.
        campaign_id: The id of the campaign.
        by: Who acts.
        reason: What speaks for the act, in words. It is in the history, and in the suggestion.

    Raises:
        NotFoundError: every method, for a campaign that the client does not have.
        PermissionDeniedError: every act, where the mode, the oversight, an earlier rejection or a
            day that is over keeps the AI from it.
        StorageError: every method, as the store does.

    >>> import asyncio
    >>> from datetime import date
    >>> from campaignkit.storage import AsyncMemoryStore
    >>> from uuid import uuid4
    >>> async def main() -> None:
    ...     service, ann = AsyncCampaignService(AsyncMemoryStore()), Actor.user("ann")
    ...     draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    ...     key = draft.client_id, draft.id
    ...     draft = await service.create(draft, by=ann)
    ...     running = await service.activate(*key, by=ann)
    ...     result = await service.intake(*key, [Lead("a", 90)], day=date(2026, 11, 23), by=ann)
    ...     pause = await service.pause(*key, by=Actor.ai("scout"), reason="bounces")
    ...     campaign = await service.approve(draft.client_id, pause.id, by=ann)
    ...     print(result.assignments["a"].channel, pause.state, campaign.status, sep=", ")
    >>> asyncio.run(main())
    email, pending, paused
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        gate: ALSGate = DEFAULT_GATE,
        clock: Callable[[], datetime] = current_time,
        today: Today | None = None,
        suggestion_lifetime: timedelta | None = None,
        oversight: Oversight | None = None,
        pause: Callable[[float], Awaitable[None]] = sleep_async,
        observer: Observer | None = None,
    ) -> None:
        optional = {"today": today, "oversight": oversight}
        check_service_arguments(
            store, gate, suggestion_lifetime, observer, optional, clock=clock, pause=pause
        )
        self.store = store
        self._cases = UseCases(gate, clock, today, suggestion_lifetime, oversight)
        self._pause = pause
        self._observer = observer

    # -- Campaigns --------------------------------------------------------------------------------

    async def create(
        self,
        campaign: Campaign,
        *,
        by: Actor,
        reason: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """Store a new campaign, an undeleted draft; return it as stored.

        The AI may create what is in co_pilot mode, whatever the host's oversight: a draft does
        nothing until it is activated.

        Args:
            campaign: The draft.
            extra: Values for columns that only the host's table has, by their keys there.

        Raises:
            TransitionError: it is no draft, or deleted.
            AlreadyExistsError: a campaign with this id is stored.
            UnknownClientError: the host does not know its client.
            InvalidError: `extra` has a column that the table does not have, or that the library
                writes.
        """
        check_kinds(InvalidError, campaign=(campaign, Campaign))
        begin = self._cases.begin_history
        observed = self._observe("create", campaign.client_id, campaign.id)
        return await self._retry(
            lambda: self.store.add(campaign, begin(campaign, by, reason), extra=extra), observed
        )

    async def ask(self, query: Query[T]) -> T:
        """Return the answer to a query, suggestions as they are now.

        Args:
            query: What to read. Its class says what the answer is.
        """
        if self._observer is None:
            return await self._answer(query)
        with ObservedCall.from_query(self._observer, query).attempt():
            return await self._answer(query)

    async def _answer(self, query: Query[T]) -> T:
        answer = await self.store.ask(self._cases.widen_query(query))
        of_suggestions = self._cases.campaigns_query(query, answer)
        found = None if of_suggestions is None else await self.store.ask(of_suggestions)
        answer = self._cases.update_answer(query, answer, found)
        of_leads = self._cases.leads_query(query, answer)
        if of_leads is None:
            return answer
        return self._cases.mark_stale_release(answer, await self.store.ask(of_leads))

    async def brief(self, client_id: UUID, campaign_id: UUID, day: date) -> Brief:
        """Return what a campaign still looks for on a day: `Campaign.brief` as of now.

        Args:
            day: The day on which the leads are needed.

        Raises:
            CampaignError: `day` is no date.
        """
        known = self._cases.check_day(day)
        with self._observe("brief", client_id, campaign_id).attempt():
            snapshot = await self.store.snapshot(client_id, campaign_id, day=known)
            return self._cases.brief(snapshot, known)

    # -- Acts -------------------------------------------------------------------------------------

    async def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        command: Command,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Outcome | SuggestedT:
        """Decide on a command and apply it: every act on a campaign goes through here.

        Return what came of it: the campaign as stored, the `Intake`, the `Release`; or the
        suggestion that it became. Where no lead would be assigned or released, nothing is suggested
        or recorded; an equal suggestion that can no longer be approved is closed. Completing and
        deleting close what is pending.

        Args:
            command: The act.
            expires_at: The expiry of a suggestion; aware. An act that is done at once has none.

        Raises:
            RefusedError: the rules of the campaign refuse it, whoever asks; or its mode does.
            InvalidError: what the command names cannot be, or the expiry is not later than now.
        """
        case = self._cases.submit(
            client_id, campaign_id, command, by=by, reason=reason, expires_at=expires_at
        )

        async def act() -> Outcome | SuggestedT:
            writes = await self.store.apply_decision(case.query, case.decide)
            if isinstance(writes.outcome, Suggestion):
                note_suggestion()
            return unwrap_outcome(writes)

        name = operation_name(command)
        observed = self._observe(name, client_id, campaign_id)
        return await self._retry(lambda: self._adopt_if_needed(client_id, act), observed)

    async def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign | SuggestedT:
        """Change fields of a campaign; return it as stored.

        Only a user may change its permission mode.

        Args:
            **edits: The new value of each field to change; see `Campaign.edit`.

        Raises:
            NotEditableError: a field that the campaign's status keeps fixed.
            CampaignError: a field that there is not, a value that cannot be, or no field at all.
        """
        done = await self.submit(client_id, campaign_id, Edit(**edits), by=by, reason=reason)
        return cast("Campaign | SuggestedT", done)

    async def activate(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
    ) -> Campaign | SuggestedT:
        """Set a campaign running, from draft or paused; return it as stored.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        done = await self.submit(client_id, campaign_id, Activate(), by=by, reason=reason)
        return cast("Campaign | SuggestedT", done)

    async def pause(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
    ) -> Campaign | SuggestedT:
        """Pause an active campaign; return it as stored. No intake follows a pause.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        done = await self.submit(client_id, campaign_id, Pause(), by=by, reason=reason)
        return cast("Campaign | SuggestedT", done)

    async def complete(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
    ) -> Campaign | SuggestedT:
        """Complete an active or paused campaign, which is final; return it as stored.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        done = await self.submit(client_id, campaign_id, Complete(), by=by, reason=reason)
        return cast("Campaign | SuggestedT", done)

    async def delete(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
    ) -> Campaign | SuggestedT:
        """Delete a campaign, softly; return it as stored.

        Raises:
            TransitionError: it is deleted already.
        """
        done = await self.submit(client_id, campaign_id, Delete(), by=by, reason=reason)
        return cast("Campaign | SuggestedT", done)

    async def restore(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
    ) -> Campaign | SuggestedT:
        """Restore a deleted campaign; return it as stored.

        Under `one_campaign_per_lead` it releases its leads that another campaign of the client has
        now. Nothing is given back of those whose day has begun: they may have been contacted. The
        `counts` of its event say how many leads it released.

        Raises:
            TransitionError: it is not deleted.
        """
        done = await self.submit(client_id, campaign_id, Restore(), by=by, reason=reason)
        return cast("Campaign | SuggestedT", done)

    async def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: Actor[SuggestedT],
        reason: str | None = None,
        horizon: Horizon = 1,
        at_most: PerChannel | None = None,
    ) -> Intake | SuggestedT:
        """Admit leads on a day and give each admitted one a channel.

        The same leads again are admitted no second time: they are in the `already` of the result.

        Args:
            leads: The leads, in any order; the best are admitted first.
            day: The day on which they are admitted.
            horizon: For how many days of intake the leads are to last, as for `campaignkit.intake`.
                A suggestion keeps it.
            at_most: The most leads that each channel may get, as for `campaignkit.intake`. A
                suggestion keeps it.

        Raises:
            NotRunningError: the campaign is not running on that day.
            CampaignError: `day` is no date, `horizon` neither a number of days nor "end", or
                `at_most` does not map channels to whole numbers of 0 or more.
            PlanError: an id that comes twice, is a number, or is of another kind than the others;
                a horizon "end" of a campaign without an end date.
        """
        command = AssignLeads(leads, day, horizon, at_most)
        done = await self.submit(client_id, campaign_id, command, by=by, reason=reason)
        return cast("Intake | SuggestedT", done)

    async def preview(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: Actor,
        horizon: Horizon = 1,
        at_most: PerChannel | None = None,
    ) -> Intake:
        """Return what an intake would do now, or raise what it would raise; write nothing.

        What would become a suggestion is previewed as if it were approved at once.

        Args:
            leads: The leads, as for `intake`.
            day: The day on which they would be admitted.
            horizon: For how many days of intake the leads are to last, as for `intake`.
            at_most: The most leads that each channel may get, as for `intake`.
        """
        command = AssignLeads(leads, day, horizon, at_most)
        case = self._cases.preview(client_id, campaign_id, command, by)
        with self._observe("preview", client_id, campaign_id).attempt():
            return unwrap_outcome(case.decide(await self.store.ask(case.query)))

    async def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: Actor[SuggestedT],
        reason: str | None = None,
        contacted: bool = False,
        suppress: Iterable[Channel | str] | None = None,
    ) -> Release | SuggestedT:
        """Take leads out of a campaign again, and give back what they used up.

        A lead that was contacted gives nothing back, and stays out of the campaign. What the AI
        releases counts as contacted once the day on which it was admitted has begun: by `today`, or
        where a day begins first (UTC+14).

        Args:
            lead_ids: The ids of the leads. Those that the campaign does not have are in the
                `absent` of the result.
            contacted: Whether the leads were contacted.
            suppress: The channels on which no campaign of the client may contact the leads from now
                on, those that are absent among them. By default none. Only a user may do this.

        Raises:
            NotEditableError: the campaign is completed or deleted.
            PermissionDeniedError: the AI would suppress leads.
            CampaignError: `contacted` is neither true nor false, or `suppress` is not several
                channels.
            PlanError: an id that is a number.
        """
        command = ReleaseLeads(lead_ids, contacted, suppress)
        done = await self.submit(client_id, campaign_id, command, by=by, reason=reason)
        return cast("Release | SuggestedT", done)

    # -- Suggestions and history ------------------------------------------------------------------

    async def approve(
        self,
        client_id: UUID,
        suggestion_id: UUID,
        *,
        by: Actor,
        day: date | None = None,
        lead_ids: Iterable[LeadId] | None = None,
        leads: Iterable[Lead] | None = None,
        amend: Edit | Mapping[str, object] | None = None,
        expect: ApprovalPreview | None = None,
    ) -> Outcome:
        """Apply a suggestion to the campaign as it is now; return what came of it, as `submit`.

        Leads that were assigned meanwhile are in the `already` of the result, those that the limits
        or the gate keep out in its `deferred` and `unassigned`. Where all leads are in the campaign
        already, the suggestion is closed as done. It is decided upon as a whole: leads that are not
        approved are not rejected either.

        Args:
            suggestion_id: The id of the suggestion.
            day: The day on which leads are booked. The suggestion's day by default.
            lead_ids: The ids of the only leads that are approved. All by default.
            leads: The leads as they are now, to judge them by that. Those that are missing are not
                approved.
            amend: The values for all fields of an edit, to set these instead.
            expect: A result of `preview_approval` with the same arguments. Exactly that is done, or
                nothing.

        Raises:
            NotFoundError: none of the client's campaigns has it.
            PermissionDeniedError: the actor is no user.
            ConflictError: it was decided upon already, or it would not do what `expect` says.
            SuggestionError: it has expired, or what it depends on has changed: it is marked so. Or
                the day is over, or no lead would be admitted: it stays pending.
            RefusedError: the rules of the campaign refuse the command now; it stays pending.
            CampaignError: what it would set does not go with the rest of the campaign as that is
                now, or an invalid amendment; it stays pending.
            InvalidError: `expect` is not an `ApprovalPreview`.
            PlanError: leads that were not suggested, only such as are in the campaign already, or a
                suggestion that is not to assign leads; a horizon "end" of a campaign that has no
                end date any more.
        """
        check_actor(by)
        terms = Approval.from_arguments(day, lead_ids, leads, amend)

        async def approve() -> Outcome:
            found = await self.store.suggestion(client_id, suggestion_id)
            note_campaign(found.campaign_id)
            case = self._cases.approve(client_id, found, by, terms, expect)
            return unwrap_outcome(await self.store.apply_decision(case.query, case.decide))

        return await self._retry(approve, self._observe("approve", client_id))

    async def preview_approval(
        self,
        client_id: UUID,
        suggestion_id: UUID,
        *,
        by: Actor,
        day: date | None = None,
        lead_ids: Iterable[LeadId] | None = None,
        leads: Iterable[Lead] | None = None,
        amend: Edit | Mapping[str, object] | None = None,
    ) -> ApprovalPreview:
        """Return what `approve` would do now with these arguments; write nothing.

        It tells what would come of it, and what has changed since the suggestion was made.

        Args:
            suggestion_id: The id of the suggestion.
            day: As for `approve`, like those that follow.
            lead_ids: The ids of the only leads that would be approved.
            leads: The leads as they are now.
            amend: The values for all fields of an edit.

        Raises:
            CampaignKitError: as `approve`.
        """
        check_actor(by)
        terms = Approval.from_arguments(day, lead_ids, leads, amend)

        async def preview() -> ApprovalPreview:
            found = await self.store.suggestion(client_id, suggestion_id)
            note_campaign(found.campaign_id)
            case = self._cases.preview_approval(client_id, found, by, terms)
            return unwrap_outcome(case.decide(await self.store.ask(case.query)))

        return await self._retry(preview, self._observe("preview_approval", client_id))

    async def reject(
        self,
        client_id: UUID,
        suggestion_id: UUID,
        *,
        by: Actor,
        reason: str,
        lead_ids: Iterable[LeadId] | None = None,
        until: date | None = None,
    ) -> Suggestion:
        """Reject a suggestion, or only some of its leads, and say why; return it as it is then.

        The AI cannot bring the rejected leads into this campaign again, in any mode, until a user
        takes them in. The `rejections` of the result have the leads that are kept out. A rejected
        command that is not about new leads is refused to the AI as long as what it depends on is as
        it was.

        Args:
            suggestion_id: The id of the suggestion.
            reason: Why it is rejected; not blank.
            lead_ids: The ids of the leads to reject; the others stay pending. By default the leads
                that an approval on the suggestion's day would admit, were the campaign running and
                the day not over; if that is nobody, all of them.
            until: The last day on which the leads are kept out. For ever by default.

        Raises:
            NotFoundError: none of the client's campaigns has it.
            PermissionDeniedError: the actor is no user.
            ConflictError: it was decided upon already.
            SuggestionError: it has expired. It is marked so.
            InvalidError: `reason` is blank, or `until` is not a date, is over, or is given for a
                command without leads to assign.
            PlanError: leads that were not suggested, or a suggestion that is not to assign leads.
        """
        check_actor(by)

        some = None if lead_ids is None else to_text_ids(lead_ids)

        async def reject() -> Suggestion:
            found = await self.store.suggestion(client_id, suggestion_id)
            note_campaign(found.campaign_id)
            case = self._cases.reject(
                client_id, found, by=by, reason=reason, lead_ids=some, until=until
            )
            return unwrap_outcome(await self.store.apply_decision(case.query, case.decide))

        return await self._retry(reject, self._observe("reject", client_id))

    # -- What the campaigns of a client share -----------------------------------------------------

    async def client_policy(self, client_id: UUID) -> ClientPolicy:
        """Return the policy of a client, which all its campaigns obey; without rules by default."""
        return (await self.client(client_id)).policy

    async def set_client_policy(
        self, client_id: UUID, policy: ClientPolicy, *, by: Actor, reason: str | None = None
    ) -> ClientPolicy:
        """Set the policy of a client; return it.

        It holds for every act on one of its campaigns that follows, whatever program makes it.
        Leads that several campaigns have already stay where they are; the event of `client_history`
        says how many they are (`leads`).

        Args:
            policy: The policy. It replaces the one before.

        Raises:
            PermissionDeniedError: the actor is no user.
            InvalidError: `policy` is not a `ClientPolicy`.
        """
        case = self._cases.set_client_policy(client_id, policy, by, reason)
        return await self._act_on_client("set_client_policy", case)

    async def suppress(
        self,
        client_id: UUID,
        lead_ids: Iterable[LeadId],
        channels: Iterable[Channel | str] | None = None,
        *,
        by: Actor,
        reason: str | None = None,
        until: date | None = None,
    ) -> tuple[LiveAssignment, ...]:
        """Keep leads from being contacted by any campaign of a client.

        Safe to repeat: on each channel the suppression that holds longest counts. No intake,
        approval or recording gives the leads these channels from now on. What they were given
        before stays, and is returned: it is for the host to stop.

        Where the store owns its transactions there is one for each 5,000 leads, and a short pause
        between two, in which others get their turn.

        Args:
            lead_ids: The ids of the leads.
            channels: The channels. All by default.
            until: The last day on which it holds. For ever by default.

        Raises:
            PermissionDeniedError: the actor is no user.
            CampaignError: `channels` are not several channels, or none.
            InvalidError: `until` is not a date, or is over.
            PlanError: an id that is a number.
        """
        cases = self._cases.suppress(
            *(client_id, lead_ids, channels, by, reason),
            until=until,
            at_once=not self.store.owns_transactions,
        )
        return await self._act_in_portions("suppress", cases)

    async def unsuppress(
        self,
        client_id: UUID,
        lead_ids: Iterable[LeadId],
        channels: Iterable[Channel | str] | None = None,
        *,
        by: Actor,
        reason: str | None = None,
    ) -> tuple[Suppression, ...]:
        """Lift suppressions of leads; return those that there were.

        One on all channels that is lifted on some of them goes on for the others.

        Args:
            lead_ids: The ids of the leads.
            channels: The channels. All by default.

        Raises:
            PermissionDeniedError: the actor is no user.
            CampaignError: `channels` are not several channels, or none.
            PlanError: an id that is a number.
        """
        cases = self._cases.unsuppress(
            *(client_id, lead_ids, channels, by, reason),
            at_once=not self.store.owns_transactions,
        )
        return await self._act_in_portions("unsuppress", cases)

    async def suppressed_assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        """Return those of a campaign's assignments that a suppression hits, by ascending lead id.

        A suppression hits what is on one of its channels and for a day on which it holds. A page
        may have fewer assignments than `limit`, or none; it is the last one where `next` is None.

        Args:
            after: The id behind which the page begins: the `next` of the page before.
            limit: The most assignments on the page.

        Raises:
            InvalidError: a `limit` that is not a whole number of 1 or more, an `after` that can be
                no lead's id.
        """
        query = AssignmentsQuery(client_id, campaign_id, None, after, limit)
        with self._observe("suppressed_assignments", client_id, campaign_id).attempt():
            page = await self.store.ask(query)
            ids = [lead.lead_id for lead in page.items]
            found = await self.store.ask(ClientSnapshotQuery(client_id, ids))
            return keep_suppressed(page, found.client)

    async def erase(
        self, client_id: UUID, lead_id: LeadId, *, by: Actor, reason: str | None = None
    ) -> None:
        """Remove the id of a person from all that is stored, and keep every count.

        A hash takes its place, keyed by a random key that only the store has. The person stays
        suppressed on all channels: the id is known again when it is named. Words of actors, such as
        reasons, stay as they are.

        Args:
            lead_id: The id of the lead.

        Raises:
            PermissionDeniedError: the actor is no user.
            PlanError: `lead_id` is neither text nor a UUID, or the name of an erased lead.
        """
        case = self._cases.erase(client_id, lead_id, by, reason)
        await self._act_on_client("erase", case)

    async def _act_in_portions(
        self, name: str, cases: Iterable[ClientUseCase[tuple[T, ...]]]
    ) -> tuple[T, ...]:
        """Return the outcomes of several acts on a client, between which others get their turn."""
        done: list[T] = []
        for number, case in enumerate(cases):
            if number:
                await self._pause(BETWEEN_PORTIONS)
            found = await self._act_on_client(name, case)
            done += found
        return tuple(done)

    async def _act_on_client(self, name: str, case: ClientUseCase[T]) -> T:
        observed = self._observe(name, case.query.client_id)
        return await act_on_client(self.store, case, self._pause, observed)

    async def _adopt_if_needed(self, client_id: UUID, act: Callable[[], Awaitable[T]]) -> T:
        """Act, and again after the client is adopted if it was not."""
        try:
            return await act()
        except NotFoundError as error:
            if error.what != "client":
                raise
        await self.store.adopt_client(client_id)
        return await act()

    def _observe(self, name: str, client_id: UUID, campaign_id: UUID | None = None) -> ObservedCall:
        return ObservedCall(self._observer, name, client_id, campaign_id)

    async def _retry(self, call: Callable[[], Awaitable[T]], observed: ObservedCall) -> T:
        return await retry_conflicts(self.store, call, self._pause, observed)

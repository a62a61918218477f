"""The errors that carry a decision: acts refused by the rules."""

from __future__ import annotations

from campaignkit.core._decisions import Decision, Reason
from campaignkit.core._errors import DomainError


class RefusedError(DomainError):
    """An act refused by the rules.

    Attributes:
        decision: What `can`, `running` or `decide` would return.

    >>> from uuid import uuid4
    >>> from campaignkit import Campaign
    >>> try:
    ...     Campaign.draft(client_id=uuid4(), name="Sydney agencies").pause(at=...)
    ... except RefusedError as error:
    ...     print(error.decision)
    a draft campaign may become active, not paused
    """

    decision: Decision

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason for the refusal, as stable codes."""
        return self.decision.reasons

    def _message(self) -> str:
        return str(self.decision)


class TransitionError(RefusedError):
    """A status change, deletion or restoration that is not allowed now.

    >>> from datetime import UTC, datetime
    >>> from uuid import uuid4
    >>> from campaignkit import Campaign
    >>> Campaign.draft(client_id=uuid4(), name="Sydney agencies").pause(at=datetime.now(UTC))
    Traceback (most recent call last):
        ...
    campaignkit.errors.TransitionError: a draft campaign may become active, not paused
    """


class NotEditableError(RefusedError):
    """An edit of fields that the campaign's status does not allow to be edited.

    >>> from datetime import UTC, datetime
    >>> from uuid import uuid4
    >>> from campaignkit import Campaign, Targeting
    >>> now = datetime.now(UTC)
    >>> active = Campaign.draft(client_id=uuid4(), name="Sydney agencies").activate(at=now)
    >>> active.edit(at=now, targeting=Targeting())
    Traceback (most recent call last):
        ...
    campaignkit.errors.NotEditableError: an active campaign may be edited in ...
    """


class NotRunningError(RefusedError):
    """An intake into a campaign that is not running on that day.

    >>> from datetime import date
    >>> from uuid import uuid4
    >>> from campaignkit import Campaign, Progress, intake
    >>> draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> intake(draft, [], progress=Progress(date(2026, 11, 23)))
    Traceback (most recent call last):
        ...
    campaignkit.errors.NotRunningError: the campaign is draft, not active
    """


class PermissionDeniedError(RefusedError):
    """An act of the AI that its permission mode, or any mode, does not permit.

    >>> from uuid import uuid4
    >>> from campaignkit import Actor, Campaign, CampaignService
    >>> from campaignkit.storage import MemoryStore
    >>> draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies", permission_mode="manual")
    >>> CampaignService(MemoryStore()).create(draft, by=Actor.ai("scout"))
    Traceback (most recent call last):
        ...
    campaignkit.errors.PermissionDeniedError: only a user may choose the permission mode ...
    """


class SuggestionError(RefusedError):
    """An approval or rejection of a suggestion that is not possible now.

    If it has expired or is stale (`EXPIRED` or `STALE` in `reasons`), its new state is written, so
    it is no longer pending; in a host's transaction, the host must commit it. Otherwise, as where
    its day is over or no lead would be admitted, it stays pending.

    >>> from campaignkit import Decision, Reason
    >>> expired = Decision(
    ...     allowed=False, reasons=[Reason.EXPIRED], messages=[Reason.EXPIRED.message]
    ... )
    >>> print(SuggestionError(expired))
    the suggestion has expired
    """

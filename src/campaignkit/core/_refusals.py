"""The errors that carry a decision: acts refused by the rules."""

from __future__ import annotations

from campaignkit.core._decisions import Decision, Reason
from campaignkit.core._errors import DomainError


class RefusedError(DomainError):
    """An act refused by the rules; `decision` is what `can`, `running` or `decide` would return."""

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
    """A status change, deletion or restoration that is not allowed now."""


class NotEditableError(RefusedError):
    """An edit of fields that the campaign's status does not allow to be edited."""


class NotRunningError(RefusedError):
    """An intake into a campaign that is not running on that day."""


class PermissionDeniedError(RefusedError):
    """An act of the AI that its permission mode, or any mode, does not permit."""


class SuggestionError(RefusedError):
    """An approval or rejection of a suggestion that is not possible now.

    If it has expired or is stale (`EXPIRED` or `STALE` in `reasons`), its new state is written, so
    it is no longer pending; in a host's transaction, the host must commit it. Otherwise, as where
    its day is over or no lead would be admitted, it stays pending.
    """

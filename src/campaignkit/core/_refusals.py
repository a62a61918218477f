"""The errors that carry a decision: acts that the rules refuse."""

from __future__ import annotations

from campaignkit.core._decisions import Decision, Reason
from campaignkit.core._errors import DomainError


class RefusedError(DomainError):
    """An act that the rules refuse; `decision` is what asking beforehand would have answered."""

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
    """A status change, deletion or restoration that is not a legal move."""


class NotEditableError(RefusedError):
    """An edit of fields that the campaign's present status keeps fixed."""


class NotRunningError(RefusedError):
    """An intake into a campaign that is not running on that day."""


class PermissionDeniedError(RefusedError):
    """An act of the AI that the campaign's permission mode, or any, does not let it do."""


class SuggestionError(RefusedError):
    """A decision on a suggestion that has expired, or whose ground has moved since it was made.

    The suggestion is marked so, which is written: it will not be pending any more. In a host's
    transaction that is for the host to commit.
    """

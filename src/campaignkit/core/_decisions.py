"""Reasons with stable codes, and the decisions that carry them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from attrs import frozen

from campaignkit.core._channels import Channel
from campaignkit.core._escaping import escape_text
from campaignkit.core._typed_base import TypedBase


class Reason(StrEnum):
    """Why something was not done: the value is a stable code, `message` a sentence for people.

    >>> Reason.HELD.value, Reason.HELD.message
    ('held', 'every channel open to the lead is full')
    """

    message: str

    def __new__(cls, code: str, words: str) -> Self:
        """Create a member from its code and its message."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.message = words
        return member

    # Why a lead gets no channel.
    UNSCORED = "unscored", "the lead has no score"
    DEAD_TIER = "dead_tier", "the lead's tier opens no channel"
    UNREACHABLE = "unreachable", "the lead cannot be reached on any channel its tier opens"
    SUPPRESSED = "suppressed", "the lead must not be contacted on the channels open to it"
    NO_SHARE = "no_share", "the channels open to the lead have no share in the allocation"
    CONTACTED = "contacted", "the campaign has released the lead as contacted"
    CLAIMED = "claimed", "another campaign of the client has the lead"
    COOLING_DOWN = "cooling_down", "another campaign has had the lead within the cooldown"
    REJECTED = "rejected", "a user has rejected the lead for this campaign"
    ALREADY_SUGGESTED = "already_suggested", "the lead is in another suggestion that is pending"
    HELD = "held", "every channel open to the lead is full"
    OFF_TARGET = "off_target", "the lead does not fit the campaign's targeting"
    FIT_UNKNOWN = "fit_unknown", "it is not known whether the lead fits the campaign's targeting"

    # Why a lead waits.
    TOTAL_LIMIT = "total_limit", "the campaign's total lead limit is reached"
    DAILY_LIMIT = "daily_limit", "the campaign's daily lead limit is reached"
    CHANNEL_LIMIT = "channel_limit", "the channels open to the lead have reached their limits"
    RESERVED = "reserved", "the lead is planned for a later day of the horizon"

    # Why a campaign is not running.
    NOT_ACTIVE = "not_active", "the campaign is not active"
    DELETED = "deleted", "the campaign is deleted"
    NOT_STARTED = "not_started", "the campaign has not started yet"
    ENDED = "ended", "the campaign has ended"

    # Why an act is refused.
    NOT_DELETED = "not_deleted", "the campaign is not deleted"
    ILLEGAL_TRANSITION = "illegal_transition", "the campaign's status does not allow this move"
    NOT_EDITABLE = "not_editable", "the campaign's status keeps these fields fixed"
    INVALID = "invalid", "the campaign would not be valid"
    NEEDS_APPROVAL = "needs_approval", "what the AI initiates needs a user's approval"
    USER_MUST_INITIATE = "user_must_initiate", "only a user may initiate acts on this campaign"
    USER_MUST_CHOOSE_MODE = "user_must_choose_mode", "only a user may choose the permission mode"
    USER_MUST_DECIDE = "user_must_decide", "only a user may approve or reject a suggestion"
    USER_MUST_SET_RULES = (
        "user_must_set_rules",
        "only a user may set a client's policy, suppress or unsuppress leads, or erase a person",
    )

    REJECTED_BEFORE = "rejected_before", "a user has rejected this, and nothing has changed since"
    DAY_PASSED = "day_passed", "the day is over"

    # Why a suggestion can be decided upon no more.
    EXPIRED = "expired", "the suggestion has expired"
    STALE = "stale", "what the suggestion was made against has changed"


@frozen
class Decision(TypedBase):
    """Whether something may be done, with every reason if not.

    It is truthy if the act is allowed.

    Attributes:
        allowed: Whether it may be done.
        reasons: Every reason why not.
        messages: A sentence for each of the reasons.
        channel: The channel that the lead would get, in a decision on a lead that is allowed.

    >>> from uuid import uuid4
    >>> from campaignkit import Campaign
    >>> decision = Campaign.draft(client_id=uuid4(), name="Sydney agencies").can("pause")
    >>> bool(decision), decision.reasons[0].value, str(decision)
    (False, 'illegal_transition', 'a draft campaign may become active, not paused')
    """

    allowed: bool
    reasons: tuple[Reason, ...] = ()
    messages: tuple[str, ...] = ()
    channel: Channel | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        if self.messages:
            return escape_text("; ".join(self.messages))
        if not self.allowed:
            return "refused"
        return f"allowed on {self.channel}" if self.channel else "allowed"


ALLOWED = Decision(allowed=True)


def make_decision(*because: tuple[Reason, str]) -> Decision:
    """Return a decision that refuses for these reasons, or allows if there are none."""
    if not because:
        return ALLOWED
    return Decision(
        allowed=False,
        reasons=tuple(reason for reason, _ in because),
        messages=tuple(message for _, message in because),
    )

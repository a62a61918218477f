"""Actors, permission modes, and the table that decides what an actor may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Never, TypeAlias

from attrs import field, frozen

from campaignkit.core._checks import (
    LONGEST_TEXT,
    Words,
    check_kinds,
    short_repr,
    text_error,
    to_member,
    to_text,
)
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import ImmutableBase
from campaignkit.errors import InvalidError

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from campaignkit.domain._suggestions import Suggestion

    SuggestedT_co = TypeVar("SuggestedT_co", bound=Suggestion, covariant=True, default=Suggestion)

    class _MaySuggest(Generic[SuggestedT_co]):
        """What the acts of an actor may become instead of being done."""

else:
    SuggestedT_co = None

    class _MaySuggest:
        """Plain to Python, as converters of data cannot know the parameter of a generic class."""

        __slots__ = ()

        def __class_getitem__(cls, _: object) -> type:
            return cls


class Initiator(StrEnum):
    """The kind of an actor: a user or the AI.

    >>> Actor.ai("scout").kind is Initiator.AI
    True
    """

    USER = "user"
    AI = "ai"


def _initiator(value: Initiator) -> Initiator:
    return to_member(Initiator, value)


@frozen
class Actor(ImmutableBase, _MaySuggest[SuggestedT_co]):
    """Who acts: a user or an AI, with a name. The host vouches for both; nothing is authenticated.

    To a type checker, an actor's act returns what it does or a `Suggestion`. What a `User` does is
    never made a suggestion.

    Attributes:
        kind: A user or an AI.
        name: The name of the user, or of the AI agent.

    Raises:
        InvalidError: a kind that is neither user nor AI, or a blank name.

    >>> Actor.user("ann")
    Actor(kind=Initiator.USER, name='ann')
    """

    kind: Initiator = field(converter=_initiator)
    name: Words = field(converter=to_text)

    def __attrs_post_init__(self) -> None:
        faults: list[str] = []
        if not isinstance(self.kind, Initiator):
            faults.append(f"kind of actor must be user or ai, not {short_repr(self.kind)}")
        if fault := text_error(self.name, LONGEST_TEXT):
            faults.append(f"name of actor {fault}")
        if faults:
            raise InvalidError(faults)

    def __str__(self) -> str:
        return f"{self.kind} {short_repr(self.name)}"

    @classmethod
    def user(cls, name: str) -> User:
        """Return a user of this name.

        Args:
            name: The name that the history shows.
        """
        return Actor(Initiator.USER, name)

    @classmethod
    def ai(cls, name: str) -> Actor:
        """Return an AI of this name.

        Args:
            name: The name that the history shows.
        """
        return Actor(Initiator.AI, name)


User: TypeAlias = Actor[Never]
"""The type of `Actor.user(…)`: to a type checker, this actor's acts never return a suggestion."""


class Verdict(StrEnum):
    """What happens to an act: execute it, suggest it, or refuse it.

    >>> PermissionMode.MANUAL.verdict(Actor.ai("scout")) is Verdict.REFUSE
    True
    """

    EXECUTE = "execute"
    SUGGEST = "suggest"
    REFUSE = "refuse"


class PermissionMode(StrEnum):
    """What the AI may do in a campaign; a user may act in every mode.

    >>> [mode.value for mode in PermissionMode]
    ['autopilot', 'co_pilot', 'manual']
    """

    AUTOPILOT = "autopilot"
    CO_PILOT = "co_pilot"
    MANUAL = "manual"

    def verdict(self, actor: Actor) -> Verdict:
        """Return what happens to an act of this actor.

        Args:
            actor: Who acts.

        >>> PermissionMode.CO_PILOT.verdict(Actor.ai("scout")).value
        'suggest'
        """
        check_kinds(InvalidError, actor=(actor, Actor))
        return _VERDICTS[actor.kind, self]


_VERDICTS: Mapping[tuple[Initiator, PermissionMode], Verdict] = {
    (Initiator.USER, PermissionMode.AUTOPILOT): Verdict.EXECUTE,
    (Initiator.USER, PermissionMode.CO_PILOT): Verdict.EXECUTE,
    (Initiator.USER, PermissionMode.MANUAL): Verdict.EXECUTE,
    (Initiator.AI, PermissionMode.AUTOPILOT): Verdict.EXECUTE,
    (Initiator.AI, PermissionMode.CO_PILOT): Verdict.SUGGEST,
    (Initiator.AI, PermissionMode.MANUAL): Verdict.REFUSE,
}

_VERDICT_REASONS: Mapping[Verdict, Reason | None] = {
    Verdict.EXECUTE: None,
    Verdict.SUGGEST: Reason.NEEDS_APPROVAL,
    Verdict.REFUSE: Reason.USER_MUST_INITIATE,
}


_STRICTNESS = (Verdict.EXECUTE, Verdict.SUGGEST, Verdict.REFUSE)


def permission_reasons(
    mode: PermissionMode,
    by: Actor,
    *,
    choosing_mode: bool = False,
    oversight: Verdict = Verdict.EXECUTE,
) -> list[tuple[Reason, str]]:
    """Return why this actor's act is not executed at once in this mode; empty if it is.

    Only a user may choose the permission mode (`choosing_mode`), in every mode. For the AI the
    stricter verdict holds, of that of the mode and that of the host's `oversight`.

    Raises:
        InvalidError: `by` is not an Actor.
    """
    check_actor(by)
    if by.kind is Initiator.USER:
        return []  # in every mode, and nearly every act is a user's
    of_mode = _VERDICTS[by.kind, mode]
    verdict = max(of_mode, oversight, key=_STRICTNESS.index)
    by_mode = verdict is of_mode
    because = f"the mode is {mode}, " if by_mode else ""
    reasons = [_VERDICT_REASONS[verdict]]
    if choosing_mode:
        reasons = [
            Reason.USER_MUST_CHOOSE_MODE,
            *([] if verdict is not Verdict.REFUSE else reasons),
        ]
    return [
        (reason, f"{_describe_reason(reason, by_mode=by_mode)} ({because}the actor is {by.name})")
        for reason in reasons
        if reason is not None
    ]


def _describe_reason(reason: Reason, *, by_mode: bool) -> str:
    """Return the message of a reason, which may be given by the mode or by the host's oversight."""
    return reason.message if by_mode else _OVERSIGHT_MESSAGES.get(reason, reason.message)


_OVERSIGHT_MESSAGES: Mapping[Reason, str] = {
    Reason.NEEDS_APPROVAL: "the host's oversight asks for a user's approval",
    Reason.USER_MUST_INITIATE: "the host's oversight leaves this act to users",
}


def deciding_reasons(by: Actor) -> list[tuple[Reason, str]]:
    """Return why this actor may not approve or reject a suggestion; empty if it may.

    Raises:
        InvalidError: `by` is not an Actor.
    """
    return _users_only(by, Reason.USER_MUST_DECIDE)


def ruling_reasons(by: Actor) -> list[tuple[Reason, str]]:
    """Return why this actor may not set the rules of a client; empty if it may.

    Raises:
        InvalidError: `by` is not an Actor.
    """
    return _users_only(by, Reason.USER_MUST_SET_RULES)


def _users_only(by: Actor, reason: Reason) -> list[tuple[Reason, str]]:
    check_actor(by)
    if by.kind is Initiator.USER:
        return []
    return [(reason, f"{reason.message} (the actor is {by.name})")]


def check_actor(by: Actor) -> None:
    """Require an actor.

    Raises:
        InvalidError: `by` is not an Actor.
    """
    if not isinstance(by, Actor):
        raise InvalidError(
            [f"by must be an Actor, such as Actor.user('ann'), not {short_repr(by)}"]
        )

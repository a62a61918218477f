"""What can be read from a store, as values: each query is checked once, where it is made.

A store answers them by `ask`. The class of a query says what the answer is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from attrs import field, frozen
from attrs.converters import optional

from campaignkit.core._checks import (
    LARGEST_INTEGER,
    as_int,
    date_error,
    flag_error,
    integer_error,
    is_date,
    is_text,
    kind_error,
    short_repr,
    text_error,
    to_date,
    to_flag,
    to_list,
    to_member,
    to_text,
    to_uuid,
)
from campaignkit.core._immutable import ImmutableBase
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Page, Snapshot
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import InvalidError

DEFAULT_PAGE = 100
"""How many items a page has unless the call says otherwise."""

AnswerT_co = TypeVar("AnswerT_co", covariant=True)
FunctionT = TypeVar("FunctionT")


def _to_day(value: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return to_date(value) if is_date(value) else value


def _to_limit(value: int) -> int:
    limit = as_int(value)
    return min(limit, LARGEST_INTEGER) if type(limit) is int else value


def _to_statuses(value: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return _to_members(CampaignStatus, value)


def _to_states(value: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return _to_members(SuggestionState, value)


def _to_members(kind: type[StrEnum], value: object) -> object:
    several = _listed(value)
    return value if several is None else tuple(to_member(kind, one) for one in several)


def _to_texts(value: Any) -> Any:  # noqa: ANN401  # checked afterwards
    several = _listed(value)
    return value if several is None else tuple(map(to_text, several))


class Query(ImmutableBase, Generic[AnswerT_co]):
    """Base of what can be asked of a store; `AnswerT_co` is the class of the answer."""

    __slots__ = ()


@frozen
class CampaignQuery(Query[Campaign]):
    """Ask for a campaign: `Store.get`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    include_deleted: bool = field(default=False, converter=to_flag)

    def __attrs_post_init__(self) -> None:
        ids = {"client_id": self.client_id, "campaign_id": self.campaign_id}
        check_asked(ids, include_deleted=self.include_deleted)


@frozen
class CampaignsQuery(Query[Page[Campaign, UUID]]):
    """Ask for a page of a client's campaigns: `Store.find`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    statuses: Collection[CampaignStatus] | None = field(default=None, converter=_to_statuses)
    running_on: date | None = field(default=None, converter=_to_day)
    include_deleted: bool = field(default=False, converter=to_flag)
    after: UUID | None = field(default=None, converter=optional(to_uuid))
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit)

    def __attrs_post_init__(self) -> None:
        check_listing(
            self.limit,
            {"client_id": self.client_id, "after": self.after},
            statuses=self.statuses,
            include_deleted=self.include_deleted,
            running_on=self.running_on,
        )


@frozen
class RunningCampaignsQuery(Query[Page[Campaign, UUID]]):
    """Ask for a page of all clients' running campaigns: `Store.running_across_clients`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    day: date = field(converter=_to_day)
    after: UUID | None = field(default=None, converter=optional(to_uuid))
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit)

    def __attrs_post_init__(self) -> None:
        require_day(self.day)
        check_listing(self.limit, {"after": self.after}, day=self.day)


@frozen
class SnapshotQuery(Query[Snapshot]):
    """Ask for what a decision would be called with: `Store.snapshot`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    day: date | None = field(default=None, converter=_to_day)
    lead_ids: Collection[str] = field(default=(), converter=_to_texts)

    def __attrs_post_init__(self) -> None:
        ids = {"client_id": self.client_id, "campaign_id": self.campaign_id}
        check_asked(ids, self.day, lead_ids=self.lead_ids)


@frozen
class AssignmentsQuery(Query[Page[Assignment, str]]):
    """Ask for a page of a campaign's leads: `Store.assignments`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    day: date | None = field(default=None, converter=_to_day)
    after: str | None = field(default=None, converter=optional(to_text))
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit)

    def __attrs_post_init__(self) -> None:
        ids = {"client_id": self.client_id, "campaign_id": self.campaign_id}
        check_listing(self.limit, ids, after=self.after, day=self.day)


@frozen
class SuggestionsQuery(Query[Page[Suggestion, UUID]]):
    """Ask for a page of suggestions: `Store.suggestions`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    campaign_id: UUID | None = field(default=None, converter=optional(to_uuid))
    states: Collection[SuggestionState] | None = field(default=None, converter=_to_states)
    after: UUID | None = field(default=None, converter=optional(to_uuid))
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit)

    def __attrs_post_init__(self) -> None:
        ids = {
            "client_id": self.client_id,
            "campaign_id": self.campaign_id,
            "after": self.after,
        }
        check_listing(self.limit, ids, states=self.states)


@frozen
class SuggestionQuery(Query[Suggestion]):
    """Ask for a suggestion: `Store.suggestion`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    suggestion_id: UUID = field(converter=to_uuid)

    def __attrs_post_init__(self) -> None:
        check_asked({"client_id": self.client_id, "suggestion_id": self.suggestion_id})


@frozen
class HistoryQuery(Query[Page[Event, int]]):
    """Ask for a page of a campaign's events: `Store.history`.

    Raises:
        InvalidError: names all arguments of another kind.
    """

    client_id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    after: int | None = field(default=None, converter=optional(as_int))
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit)

    def __attrs_post_init__(self) -> None:
        ids = {"client_id": self.client_id, "campaign_id": self.campaign_id}
        check_listing(self.limit, ids, number=self.after)


def find_answer(answers: Mapping[type, FunctionT], query: object) -> FunctionT:
    """Return the function that answers a query, of those by the class of the query.

    Raises:
        InvalidError: `query` is none of these.
    """
    answer = answers.get(type(query))
    if answer is None:
        known = ", ".join(kind.__name__ for kind in answers)
        raise InvalidError([f"query must be one of {known}, not {short_repr(query)}"])
    return answer


def check_listing(
    limit: int,
    ids: Mapping[str, UUID | None],
    *,
    statuses: Collection[CampaignStatus] | None = None,
    states: Collection[SuggestionState] | None = None,
    after: str | None = None,
    number: int | None = None,
    include_deleted: bool = False,
    **days: date | None,
) -> None:
    """Check the arguments of a listing.

    `ids` has UUIDs by the names of the arguments, of which each may be None. `after` is the id of a
    lead, `number` that of an event; the message calls both `after`, as the methods of a store do.
    `days` are arguments that must be dates, by their names.

    Raises:
        InvalidError: names all arguments of another kind, and a limit below 1.
    """
    faults: list[str] = []
    if type(limit) is not int or limit < 1:
        faults.append(f"limit must be a whole number of 1 or more, not {short_repr(limit)}")
    if statuses is not None and not _are_several(CampaignStatus, statuses):
        known = ", ".join(CampaignStatus)
        faults.append(f"statuses must be several of {known}, not {short_repr(statuses)}")
    if states is not None and not _are_several(SuggestionState, states):
        known = ", ".join(SuggestionState)
        faults.append(f"states must be several of {known}, not {short_repr(states)}")
    if number is not None and (fault := integer_error(number, 0, LARGEST_INTEGER)):
        faults.append(f"after {fault}")
    if after is not None and not _is_empty(after) and (fault := text_error(after)):
        faults.append(f"after {fault}")
    if fault := flag_error(include_deleted):
        faults.append(f"include_deleted {fault}")
    faults += _asked_faults(ids, days, is_optional=True)
    if faults:
        raise InvalidError(faults)


def require_day(day: date | None) -> None:
    """Refuse a day that is None; any other value that is not a date is left to `check_asked`.

    Raises:
        InvalidError: the day is None.
    """
    if day is None:
        raise InvalidError([f"day {date_error(day)}"])


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
    faults = _asked_faults(ids, {"day": day}, is_optional=False)
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


def _asked_faults(
    ids: Mapping[str, UUID | None], days: Mapping[str, date | None], *, is_optional: bool
) -> list[str]:
    if fault := kind_error(ids, Mapping):
        return [f"ids {fault}"]
    strange = [
        f"{name} {fault}"
        for name, one in ids.items()
        if not (is_optional and one is None) and (fault := kind_error(one, UUID))
    ]
    return strange + [
        f"{name} {fault}"
        for name, day in days.items()
        if day is not None and (fault := date_error(day))
    ]


def _are_several(kind: type[StrEnum], given: object) -> bool:
    several = _listed(given)
    return several is not None and all(isinstance(one, kind) for one in several)


def _listed(several: object) -> list[Any] | None:
    # An iterator is refused: reading it here would leave nothing for the method itself.
    return to_list(cast("object", several)) if isinstance(several, Collection) else None


def _is_empty(text: object) -> bool:
    return is_text(text) and not text

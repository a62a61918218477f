"""What a store can be asked, as values. A query checks its fields once, where it is made.

A store answers queries with `ask`. The class of a query says what the answer is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from enum import StrEnum
from functools import cache, partial
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from attrs import field, fields, frozen
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

# -- Fields ---------------------------------------------------------------------------------------

_Check: TypeAlias = Callable[[Any], str | None]
"""Says what is wrong with a value, for a sentence that begins with its name."""

_CHECK = "check"
"""The key in a field's metadata under which its check is."""


def _optional(check: _Check) -> _Check:
    return lambda value: None if value is None else check(value)


def _limit_error(limit: object) -> str | None:
    if type(limit) is int and limit >= 1:
        return None
    return f"must be a whole number of 1 or more, not {short_repr(limit)}"


def _lead_id_error(lead_id: object) -> str | None:
    # Every id follows the empty text, so a page may start there.
    return None if is_text(lead_id) and not lead_id else text_error(lead_id)


def _members_error(kind: type[StrEnum], values: object) -> str | None:
    several = _list_values(values)
    if several is not None and all(isinstance(value, kind) for value in several):
        return None
    return f"must be several of {', '.join(kind)}, not {short_repr(values)}"


def _texts_error(values: object) -> str | None:
    if (several := _list_values(values)) is None:
        return f"must be several ids, not {short_repr(values)}"
    faults = [f"must be texts, not {short_repr(value)}" for value in several if not is_text(value)]
    return faults[0] if faults else None


def _uuids_error(values: object) -> str | None:
    if (several := _list_values(values)) is None:
        return f"must be several ids, not {short_repr(values)}"
    return next(filter(None, map(_uuid_error, several)), None)


def _list_values(values: object) -> list[Any] | None:
    # An iterator is refused: reading it here would leave nothing for the store.
    return to_list(values) if isinstance(values, Collection) else None  # pyright: ignore[reportUnknownArgumentType]  # of any


def _to_several(convert: Callable[[Any], Any], values: Any) -> Any:  # noqa: ANN401  # checked afterwards
    several = _list_values(values)
    return values if several is None else tuple(map(convert, several))


def _to_day(value: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return to_date(value) if is_date(value) else value


def _to_limit(value: int) -> int:
    limit = as_int(value)
    return min(limit, LARGEST_INTEGER) if type(limit) is int else value


def _to_texts(values: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return _to_several(to_text, values)


def _to_uuids(values: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return _to_several(to_uuid, values)


def _to_statuses(values: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return _to_several(partial(to_member, CampaignStatus), values)


def _to_states(values: Any) -> Any:  # noqa: ANN401  # checked afterwards
    return _to_several(partial(to_member, SuggestionState), values)


_uuid_error = partial(kind_error, kind=UUID)
_number_error = partial(integer_error, low=0, high=LARGEST_INTEGER)

_IS_UUID = {_CHECK: _uuid_error}
_IS_OPTIONAL_UUID = {_CHECK: _optional(_uuid_error)}
_IS_DAY = {_CHECK: date_error}
_IS_OPTIONAL_DAY = {_CHECK: _optional(date_error)}
_IS_FLAG = {_CHECK: flag_error}
_IS_LIMIT = {_CHECK: _limit_error}


# -- Queries --------------------------------------------------------------------------------------


class Query(ImmutableBase, Generic[AnswerT_co]):
    """Base of what a store can be asked. `AnswerT_co` is the class of the answer.

    Raises:
        InvalidError: names all fields that are of another kind.
    """

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        kind: Any = type(self)
        faults = [
            f"{name} {fault}"
            for name, check in _field_checks(kind)
            if (fault := check(getattr(self, name)))
        ]
        if faults:
            raise InvalidError(faults)


@cache
def _field_checks(kind: type[Any]) -> tuple[tuple[str, _Check], ...]:
    return tuple((part.name, part.metadata[_CHECK]) for part in fields(kind))


@frozen
class CampaignQuery(Query[Campaign]):
    """Ask for a campaign: `Store.get`."""

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    campaign_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    include_deleted: bool = field(default=False, converter=to_flag, metadata=_IS_FLAG)


@frozen
class CampaignsQuery(Query[Page[Campaign, UUID]]):
    """Ask for a page of a client's campaigns: `Store.find`."""

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    statuses: Collection[CampaignStatus] | None = field(
        default=None,
        converter=_to_statuses,
        metadata={_CHECK: _optional(partial(_members_error, CampaignStatus))},
    )
    running_on: date | None = field(default=None, converter=_to_day, metadata=_IS_OPTIONAL_DAY)
    include_deleted: bool = field(default=False, converter=to_flag, metadata=_IS_FLAG)
    after: UUID | None = field(
        default=None, converter=optional(to_uuid), metadata=_IS_OPTIONAL_UUID
    )
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit, metadata=_IS_LIMIT)


@frozen
class RunningCampaignsQuery(Query[Page[Campaign, UUID]]):
    """Ask for a page of all clients' running campaigns: `Store.running_across_clients`."""

    day: date = field(converter=_to_day, metadata=_IS_DAY)
    after: UUID | None = field(
        default=None, converter=optional(to_uuid), metadata=_IS_OPTIONAL_UUID
    )
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit, metadata=_IS_LIMIT)


@frozen
class SnapshotQuery(Query[Snapshot]):
    """Ask for what a decision is called with: `Store.snapshot` and `Store.transact`.

    The snapshot's progress is that of `day`, its assignments those of `lead_ids`, its suggestions
    those of `suggestion_ids` and, with `pending`, all that are stored as pending. With
    `last_suggestion` it has the greatest id of all the campaign's suggestions: the id of a new one
    must be greater, so that whoever pages through them misses none.

    Where the campaign is not locked, suggestions may be newer than the rest of the snapshot.
    """

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    campaign_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    day: date | None = field(default=None, converter=_to_day, metadata=_IS_OPTIONAL_DAY)
    lead_ids: Collection[str] = field(
        default=(), converter=_to_texts, metadata={_CHECK: _texts_error}
    )
    suggestion_ids: Collection[UUID] = field(
        default=(), converter=_to_uuids, metadata={_CHECK: _uuids_error}
    )
    pending: bool = field(default=False, converter=to_flag, metadata=_IS_FLAG)
    last_suggestion: bool = field(default=False, converter=to_flag, metadata=_IS_FLAG)


@frozen
class AssignmentsQuery(Query[Page[Assignment, str]]):
    """Ask for a page of a campaign's leads: `Store.assignments`."""

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    campaign_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    day: date | None = field(default=None, converter=_to_day, metadata=_IS_OPTIONAL_DAY)
    after: str | None = field(
        default=None, converter=optional(to_text), metadata={_CHECK: _optional(_lead_id_error)}
    )
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit, metadata=_IS_LIMIT)


@frozen
class SuggestionsQuery(Query[Page[Suggestion, UUID]]):
    """Ask for a page of suggestions: `Store.suggestions`."""

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    campaign_id: UUID | None = field(
        default=None, converter=optional(to_uuid), metadata=_IS_OPTIONAL_UUID
    )
    states: Collection[SuggestionState] | None = field(
        default=None,
        converter=_to_states,
        metadata={_CHECK: _optional(partial(_members_error, SuggestionState))},
    )
    after: UUID | None = field(
        default=None, converter=optional(to_uuid), metadata=_IS_OPTIONAL_UUID
    )
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit, metadata=_IS_LIMIT)


@frozen
class SuggestionQuery(Query[Suggestion]):
    """Ask for a suggestion: `Store.suggestion`."""

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    suggestion_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)


@frozen
class HistoryQuery(Query[Page[Event, int]]):
    """Ask for a page of a campaign's events: `Store.history`."""

    client_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    campaign_id: UUID = field(converter=to_uuid, metadata=_IS_UUID)
    after: int | None = field(
        default=None, converter=optional(as_int), metadata={_CHECK: _optional(_number_error)}
    )
    limit: int = field(default=DEFAULT_PAGE, converter=_to_limit, metadata=_IS_LIMIT)


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

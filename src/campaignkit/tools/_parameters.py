"""Parameters of tools: how each is read, its JSON Schema, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from datetime import date
from functools import partial
from typing import Annotated, Any, cast, get_args, get_origin
from uuid import UUID

from attrs import NOTHING, evolve, field, frozen

from campaignkit.core._checks import Amount, StoredId, Words, integer_error
from campaignkit.core._immutable import V
from campaignkit.domain._campaign import EDITABLE, CampaignStatus
from campaignkit.domain._commands import AssignLeads, Edit, ReleaseLeads
from campaignkit.domain._suggestions import SuggestionState
from campaignkit.serialization._converters import (
    Form,
    Kind,
    careful_form,
    fields_form,
    list_fields,
)
from campaignkit.serialization._json_schema import Schema, object_of
from campaignkit.serialization._read_errors import (
    ErrorCollector,
    ReadError,
    UnknownKeyFault,
    expect_object,
    fail,
    is_object,
)

_LARGEST_PAGE = 100
_DEFAULT_PAGE = 20
_MOST_LEADS = 10_000


@frozen
class Parameter:
    """An argument of tools. Without a `default` it is required."""

    name: str
    form: Form
    description: str
    default: object = field(factory=lambda: NOTHING)

    @property
    def is_required(self) -> bool:
        """Whether a call must have it."""
        return self.default is NOTHING

    @property
    def schema(self) -> Schema:
        """Its schema, in which a class stands for the reference to its own."""
        default = {} if self.is_required else {"default": self.form.write(self.default)}
        return {**self.form.schema, "description": self.description, **default}


def make_schema(parameters: Sequence[Parameter]) -> Schema:
    """Return the schema of the arguments of a tool."""
    properties = {one.name: one.schema for one in parameters}
    return object_of(properties, [one.name for one in parameters if one.is_required])


def read_arguments(parameters: Sequence[Parameter], arguments: object, make: Callable[..., V]) -> V:
    """Return what `make` makes of the arguments of a call, by their names.

    Raises:
        ReadError: arguments that cannot be read, or that `make` refuses.
    """
    given = expect_object(arguments)
    errors = ErrorCollector()
    names = [one.name for one in parameters]
    errors.check_known_keys(given, names)
    errors.check_duplicate_keys(given)
    found: dict[str, Any] = {}
    for one in parameters:
        if one.name in given:
            found[one.name] = errors.read_piece(one.form.read, given[one.name], one.name)
        elif one.is_required:
            found[one.name] = errors.add_missing(one.name)
        else:
            found[one.name] = one.default
    return errors.make(make, names, **found)


# --- forms of arguments that no class checks -------------------------------------------------


def _checked_form(kind: Kind) -> Form:
    """Return the form of a type whose reader makes the checks that annotate it."""
    form = careful_form(kind)
    parts = (kind, *get_args(kind))
    rules = [rule for part in parts if get_origin(part) is Annotated for rule in part.__metadata__]

    def read_checked(piece: object) -> object:
        value = form.read(piece)
        for rule in rules if value is not None else ():
            if fault := rule(value):
                fail(fault)
        return value

    return evolve(form, read=read_checked)


def _parameter(name: str, kind: Kind, description: str, default: object = NOTHING) -> Parameter:
    return Parameter(name, _checked_form(kind), description, default)


CAMPAIGN_ID = _parameter("campaign_id", UUID, "The id of the campaign.")
SUGGESTION_ID = _parameter("suggestion_id", UUID, "The id of the suggestion.")
LEAD_ID = _parameter("lead_id", StoredId, "The id of the lead.")
_TODAY = (
    " For today give today's date in the time zone of the business; if you do not know it, ask."
)
DAY = _parameter("day", date, f"The day.{_TODAY}")
REASON = _parameter(
    "reason",
    Words | None,
    "What speaks for it, in a sentence or two. The user who decides reads this.",
    None,
)
LIMIT = _parameter(
    "limit",
    Annotated[int, partial(integer_error, low=1, high=_LARGEST_PAGE)],
    "The most items on the page.",
    _DEFAULT_PAGE,
)
AFTER_ID = _parameter(
    "after", UUID | None, "Where the page begins: the `next` of the page before.", None
)
AFTER_NUMBER = evolve(AFTER_ID, form=_checked_form(Amount | None))
CURSOR = _parameter(
    "cursor",
    str | None,
    "Where to go on: the `next` of the page before, even of an empty one. Without it the first"
    " events are read.",
    None,
)
STATUSES = _parameter(
    "statuses", tuple[CampaignStatus, ...] | None, "Only campaigns in one of these.", None
)
RUNNING_ON = _parameter(
    "running_on", date | None, "Only campaigns that are running on this day.", None
)
INCLUDE_DELETED = _parameter(
    "include_deleted", bool, "Whether to find deleted campaigns, too.", default=False
)
STATES = _parameter(
    "states", tuple[SuggestionState, ...] | None, "Only suggestions in one of these.", None
)
OF_CAMPAIGN = _parameter(
    "campaign_id", UUID | None, "Only suggestions for this campaign. By default all.", None
)


# --- arguments of commands, which their classes check ----------------------------------------


def _list_parameters(command: type, descriptions: Mapping[str, str]) -> tuple[Parameter, ...]:
    """Return the described fields of a command as parameters."""
    return tuple(
        _limit_items(
            Parameter(part.name, careful_form(part.kind), descriptions[part.name], part.default)
        )
        for part in list_fields(command)
        if part.name in descriptions
    )


def _limit_items(parameter: Parameter) -> Parameter:
    """Return a parameter with the most items that a list of leads has; others as they are."""
    form = parameter.form
    if form.schema.get("type") != "array":
        return parameter

    def read_some(piece: object) -> object:
        if isinstance(piece, (list, tuple)) and (given := len(cast("Sized", piece))) > _MOST_LEADS:
            fail(f"must have at most {_MOST_LEADS:,} items, not {given:,}")
        return form.read(piece)

    return evolve(
        parameter,
        form=evolve(form, read=read_some, schema={**form.schema, "maxItems": _MOST_LEADS}),
        description=f"{parameter.description} At most {_MOST_LEADS:,} in one call.",
    )


ASSIGN = _list_parameters(
    AssignLeads,
    {
        "leads": "The leads, in any order; the best are admitted first. `als_score` is the score"
        " from 0 to 100, `reachable` the channels on which the lead can be reached.",
        "day": f"The day on which they are admitted. It must not be over.{_TODAY}",
        "horizon": "For how many days of intake the leads are planned, today among them, or"
        ' "end" for the days until the campaign ends.',
        "at_most": "The most leads that each channel may get. Channels that are not named have"
        " no such limit.",
    },
)
RELEASE = _list_parameters(
    ReleaseLeads,
    {
        "lead_ids": "The ids of the leads.",
        "contacted": "Whether the leads were contacted. Then nothing is given back, and they stay"
        " out of the campaign. Of an AI, leads whose day has begun always count as contacted.",
    },
)


_KEPT_FROM_TOOLS = "permission_mode"
_EDITABLE = [name for name in EDITABLE[CampaignStatus.DRAFT] if name != _KEPT_FROM_TOOLS]


def _edits_form() -> Form:
    """Return the form of the fields that a tool may edit: not the mode, which binds the agent."""
    form = fields_form(careful_form, _EDITABLE)

    def read_edits(piece: object) -> object:
        errors = ErrorCollector()
        if is_object(piece) and not piece:
            fail(f"must have at least one of {', '.join(_EDITABLE)}")
        if is_object(piece) and _KEPT_FROM_TOOLS in piece:
            errors.add(UnknownKeyFault("cannot be changed by a tool"), _KEPT_FROM_TOOLS)
            piece = {name: value for name, value in piece.items() if name != _KEPT_FROM_TOOLS}
        edits = errors.read_piece(form.read, piece)
        if not edits and errors.faults:  # an edit of nothing would be told of as well
            raise ReadError(errors.faults, None)
        return errors.finish(edits)

    return evolve(form, read=read_edits, schema={**form.schema, "minProperties": 1})


def _describe_editable() -> str:
    """Return in words which fields a tool may edit in each status."""
    return "; ".join(
        f"{status} campaign: {', '.join(name for name in names if name in _EDITABLE)}"
        for status, names in EDITABLE.items()
        if names
    )


def make_edit(fields: Mapping[str, Any]) -> Edit:
    """Return the command that sets these fields."""
    return Edit(**fields)


EDIT = (
    Parameter(
        "fields",
        _edits_form(),
        "The new value of each field to change; the others stay as they are. null takes away a"
        " limit or a date. The shares of an allocation add up to 100. Which fields may be edited:"
        f" {_describe_editable()}.",
    ),
)

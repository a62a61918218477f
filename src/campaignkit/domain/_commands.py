"""Commands: acts on a campaign as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, ClassVar, Self, TypeAlias, Unpack, cast, get_args
from uuid import UUID

from attrs import evolve, field, fields, frozen

from campaignkit.core._channels import CHANNELS, Channel, PerChannel, channel_set, read_amounts
from campaignkit.core._checks import (
    Count,
    check_kinds,
    date_error,
    flag_error,
    is_mapping,
    is_text,
    short_repr,
    to_date,
    to_flag,
    to_list,
    to_text,
)
from campaignkit.core._faults import FaultCollector
from campaignkit.core._immutable import FrozenMap, ImmutableBase, T
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._pydantic import PydanticMixin
from campaignkit.core._sentences import join_words
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import (
    Action,
    Campaign,
    Edits,
    refuse_unknown_fields,
    require_readable,
)
from campaignkit.domain._horizons import Horizon, describe_horizon, horizon_error, to_horizon
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import (
    Lead,
    StoredLeads,
    get_ids,
    name_some,
    read_list,
    to_storable_ids,
    to_text_ids,
)
from campaignkit.errors import CampaignError, CountsError, InvalidError, PlanError
from campaignkit.targeting._targeting import Targeting

FIELD_NAMES = tuple(part.name for part in fields(Campaign) if part.name != "updated_at")
"""The fields whose changes are recorded in events."""

_SAMPLE_TIME = datetime(2026, 11, 1, tzinfo=UTC)
_SAMPLE = Campaign(
    id=UUID(int=1),
    client_id=UUID(int=2),
    name="any",
    created_at=_SAMPLE_TIME,
    updated_at=_SAMPLE_TIME,
)


class Fields(FrozenMap[str, object], PydanticMixin):
    """Values of some fields of a campaign, by name; `updated_at` is not among them.

    Each value is valid for some campaign, and is converted as a campaign converts it.

    Args:
        values: The value of each field by its name.

    Raises:
        CampaignError: unknown names or invalid values; lists all of them.

    >>> Fields({"permission_mode": "manual"})["permission_mode"]
    <PermissionMode.MANUAL: 'manual'>
    """

    __slots__ = ()

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        given: Mapping[str, object] = {} if values is None else values
        if not is_mapping(given):
            fault = f"values: fields must map names to values, not be {short_repr(values)}"
            raise CampaignError([fault])
        given = {to_text(name): value for name, value in given.items()}
        if unknown := [name for name in given if not _is_field(name)]:
            names = ", ".join(name if is_text(name) else short_repr(name) for name in unknown)
            raise CampaignError([f"no field is called {names}; there are {', '.join(FIELD_NAMES)}"])
        super().__init__(_read_each(given))

    @classmethod
    def of(cls, campaign: Campaign, names: Iterable[str] = FIELD_NAMES) -> Fields:
        """Return a campaign's values of some fields.

        Args:
            campaign: The campaign.
            names: The names of the fields. All by default.

        Raises:
            CampaignError: not a campaign, or names of no fields.
            CorruptRowError: a field of a corrupt row that cannot be read.

        >>> from uuid import uuid4
        >>> campaign = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
        >>> Fields.of(campaign, ["status"])["status"].value
        'draft'
        """
        check_kinds(CampaignError, campaign=(campaign, Campaign))
        known = to_list(names)
        if known is None or not all(map(_is_field, known)):
            fault = f"must be an iterable of {', '.join(FIELD_NAMES)}, not {short_repr(names)}"
            raise CampaignError([f"names {fault}"])
        if campaign.faults:
            require_readable(campaign, known)
        self = cls.__new__(cls)  # the values of a campaign need no check
        object.__setattr__(self, "_data", {name: getattr(campaign, name) for name in known})
        return self


def _is_field(name: object) -> bool:
    return is_text(name) and name in FIELD_NAMES


def read_before(before: Mapping[str, object]) -> Fields:
    """Return the argument `before` as fields; see `_read_fields`."""
    return _read_fields(before, "before")


def read_after(after: Mapping[str, object]) -> Fields:
    """Return the argument `after` as fields; see `_read_fields`."""
    return _read_fields(after, "after")


def _read_fields(values: Mapping[str, object], what: str) -> Fields:
    """Return an argument as `Fields`.

    Raises:
        CampaignError: invalid fields; each fault begins with the argument's name.
    """
    if isinstance(values, Fields):
        return values
    try:
        return Fields(values)
    except CampaignError as error:
        raise CampaignError([f"{what}: {fault}" for fault in error.faults]) from None


def _read_each(given: Mapping[str, object]) -> Mapping[str, object]:
    """Return values as a campaign converts them, each checked by itself.

    Dates in the wrong order are not refused here, because only a campaign has both.
    """
    try:
        made = evolve(_SAMPLE, **cast("Edits", dict(given)))
    except CampaignError as error:
        if len(given) == 1:
            raise
        faults: list[str] = []
        kept: dict[str, object] = {}
        for name, value in given.items():
            try:
                kept |= _read_each({name: value})
            except CampaignError as fault:
                faults.extend(fault.faults)
        if faults:
            raise CampaignError(faults) from error
        return kept
    return {name: getattr(made, name) for name in given}


@frozen(init=False)
class Edit(ImmutableBase):
    """Change fields of a campaign.

    It is made of keywords, such as `Edit(name="Perth agencies")`; see `Campaign.edit`.

    Attributes:
        fields: The new value of each field.

    Raises:
        CampaignError: an unknown field, an invalid value, or no field at all.

    >>> Edit(name="Hobart agencies", end_date=None).changed_fields
    ('name', 'end_date')
    """

    action: ClassVar[Action] = Action.EDIT
    fields: Fields

    def __new__(cls, **edits: Unpack[Edits]) -> Self:
        refuse_unknown_fields(edits)
        if not edits:
            refuse_nothing = _SAMPLE.can(Action.EDIT)
            raise CampaignError(refuse_nothing.messages)
        self = object.__new__(cls)
        object.__setattr__(self, "fields", Fields(edits))
        return self

    def __str__(self) -> str:
        return f"edit {', '.join(self.fields)}"

    def _repr_arguments(self) -> Mapping[str, object]:
        return self.fields

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        return partial(Edit, **self.edits), ()

    @property
    def edits(self) -> Edits:
        """The fields as keyword arguments of `Campaign.edit`."""
        return cast("Edits", dict(self.fields))

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """The fields that it changes."""
        return tuple(self.fields)


class _FieldCommandBase(ImmutableBase):
    """What the commands that have no arguments have in common."""

    __slots__ = ()

    action: ClassVar[Action]

    def __str__(self) -> str:
        return self.action.value


@frozen
class Activate(_FieldCommandBase):
    """Activate a draft or paused campaign.

    >>> Activate().action.value
    'activate'
    """

    action: ClassVar[Action] = Action.ACTIVATE
    changed_fields: ClassVar[tuple[str, ...]] = ("status",)


@frozen
class Pause(_FieldCommandBase):
    """Pause an active campaign.

    >>> Pause().changed_fields
    ('status',)
    """

    action: ClassVar[Action] = Action.PAUSE
    changed_fields: ClassVar[tuple[str, ...]] = ("status",)


@frozen
class Complete(_FieldCommandBase):
    """Complete an active or paused campaign, which is final.

    >>> Complete().action.value
    'complete'
    """

    action: ClassVar[Action] = Action.COMPLETE
    changed_fields: ClassVar[tuple[str, ...]] = ("status",)


@frozen
class Delete(_FieldCommandBase):
    """Delete a campaign softly: it can be restored.

    >>> Delete().changed_fields
    ('deleted_at',)
    """

    action: ClassVar[Action] = Action.DELETE
    changed_fields: ClassVar[tuple[str, ...]] = ("deleted_at",)


@frozen
class Restore(_FieldCommandBase):
    """Restore a deleted campaign.

    >>> Restore().action.value
    'restore'
    """

    action: ClassVar[Action] = Action.RESTORE
    changed_fields: ClassVar[tuple[str, ...]] = ("deleted_at",)


def _read_leads(leads: Iterable[Lead]) -> tuple[Lead, ...]:
    return tuple(read_list(leads, "leads"))


def _read_ids(lead_ids: Iterable[LeadId]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(to_text_ids(lead_ids)))


def to_at_most(value: PerChannel | None) -> Mapping[Channel, int] | None:
    """Return caps of channels in canonical order, None for no caps; a wrong value unchanged."""
    try:
        amounts = read_amounts({} if value is None else value, "at_most", None)
    except CountsError as error:
        raise_interruption(error)
        return cast("Mapping[Channel, int]", value)  # to be refused
    caps = {c: n for c, n in zip(CHANNELS, amounts, strict=True) if n is not None}
    return FrozenMap(caps) if caps else None


def list_at_most_faults(value: Mapping[Channel, int] | None) -> tuple[str, ...]:
    """Return what is wrong with caps of channels."""
    try:
        read_amounts({} if value is None else value, "at_most", None)
    except CountsError as error:
        raise_interruption(error)
        return error.faults
    return ()


def describe_terms(horizon: Horizon, at_most: Mapping[Channel, int] | None) -> str:
    """Say on which terms leads are admitted, as they follow the day; nothing for the usual ones.

    >>> describe_terms(1, {Channel.EMAIL: 3, Channel.SMS: 1})
    ', at most email 3, sms 1'
    """
    caps = () if at_most is None else at_most.items()
    limits = ", ".join(f"{channel} {most:,}" for channel, most in caps)
    return describe_horizon(horizon) + (f", at most {limits}" if limits else "")


def read_channels(channels: Iterable[Channel | str], what: str) -> tuple[Channel, ...]:
    """Return channels in canonical order, each once; `what` is the name of the argument.

    Raises:
        CampaignError: not several channels.
    """
    try:
        several = channel_set(channels)
    except (TypeError, ValueError) as error:
        raise_interruption(error)
        raise CampaignError([f"{what}: {error}"]) from None
    return tuple(c for c in CHANNELS if c in several)


def _read_suppress(channels: Iterable[Channel | str] | None) -> tuple[Channel, ...] | None:
    return None if channels is None else read_channels(channels, "suppress") or None


def _check_contacted(contacted: object) -> None:
    if fault := flag_error(contacted):
        raise CampaignError([f"contacted {fault}"])


def _read_or_keep(read: Callable[[Any], T], value: object) -> T:
    """Return what a function makes of a value; what it refuses is kept, to be refused later."""
    given: object = list(cast("Iterable[object]", value)) if isinstance(value, Iterator) else value
    try:
        return read(given)
    except InvalidError as error:
        raise_interruption(error)
        return cast("T", given)


def _to_ids(lead_ids: Iterable[LeadId]) -> tuple[str, ...]:
    return _read_or_keep(_read_ids, lead_ids)


def _to_suppress(channels: Iterable[Channel | str] | None) -> tuple[Channel, ...] | None:
    return _read_or_keep(_read_suppress, channels)


@frozen
class AssignLeads(ImmutableBase):
    """Admit leads on a day, best first, as far as the limits and the gate permit.

    Attributes:
        leads: The leads, in any order.
        day: The day on which they are admitted.
        horizon: For how many days of intake the leads are planned, today among them, or "end": as
            for `campaignkit.intake`.
        at_most: The most leads that each channel may get. None, and channels that it does not name,
            are without such a limit.

    Raises:
        CampaignError: `day` is not a date, `horizon` neither a number of days nor "end", or
            `at_most` does not map channels to whole numbers of 0 or more.
        PlanError: `leads` are not leads, or an id is a number.

    >>> from datetime import date
    >>> from campaignkit import Lead
    >>> AssignLeads([Lead("a", 90), Lead("b", 50)], date(2026, 11, 23)).lead_ids
    ('a', 'b')
    """

    action: ClassVar[Action] = Action.ASSIGN
    changed_fields: ClassVar[tuple[str, ...]] = ()

    leads: StoredLeads = field(converter=_read_leads)
    day: date = field(converter=to_date)
    horizon: Horizon = field(default=1, converter=to_horizon)
    at_most: Mapping[Channel, Count] | None = field(default=None, converter=to_at_most)

    def __attrs_post_init__(self) -> None:
        faults = {"day": date_error(self.day), "horizon": horizon_error(self.horizon)}
        found = [f"{name} {fault}" for name, fault in faults.items() if fault]
        if found := [*found, *list_at_most_faults(self.at_most)]:
            raise CampaignError(found)
        to_text_ids(get_ids(self.leads), "leads")

    def __str__(self) -> str:
        terms = describe_terms(self.horizon, self.at_most)
        return f"assign {len(self.leads):,} leads on {self.day}{terms}"

    @property
    def lead_ids(self) -> tuple[str, ...]:
        """The ids of the leads, as text."""
        return tuple(str(lead.id) for lead in self.leads)

    def restrict_to(self, lead_ids: Iterable[LeadId]) -> AssignLeads:
        """Return the command with only these of its leads.

        Args:
            lead_ids: The ids of the leads to keep.

        Raises:
            PlanError: an id that none of its leads has.
        """
        wanted = set(_read_ids(lead_ids))
        if strangers := sorted(wanted.difference(self.lead_ids)):
            raise PlanError([f"lead_ids: these leads were not suggested: {name_some(strangers)}"])
        return evolve(self, leads=[lead for lead in self.leads if str(lead.id) in wanted])


@frozen
class ReleaseLeads(ImmutableBase):
    """Remove leads from a campaign and give back what they used of its limits.

    Attributes:
        lead_ids: The ids of the leads, as text, each once.
        contacted: Whether they were contacted. Then nothing is given back, and they stay out of the
            campaign.
        suppress: The channels on which no campaign may contact the leads from now on. None or no
            channel suppresses nothing. Only a user may do this.

    Raises:
        PlanError: an id is a number; or, where it suppresses, it can be no lead's.
        CampaignError: `contacted` is neither true nor false, or `suppress` is not several channels.

    >>> ReleaseLeads(["a", "b", "a"], suppress=["sms"]).lead_ids
    ('a', 'b')
    """

    action: ClassVar[Action] = Action.RELEASE
    changed_fields: ClassVar[tuple[str, ...]] = ()

    lead_ids: tuple[str, ...] = field(converter=_to_ids)
    contacted: bool = field(default=False, converter=to_flag)
    suppress: tuple[Channel, ...] | None = field(default=None, converter=_to_suppress)

    def __attrs_post_init__(self) -> None:
        faults = FaultCollector()
        faults.read(to_text_ids if self.suppress is None else to_storable_ids, self.lead_ids)
        faults.read(_check_contacted, self.contacted)
        faults.read(_read_suppress, self.suppress)
        faults.raise_all()

    def __str__(self) -> str:
        who = f"release {len(self.lead_ids):,} {'contacted ' if self.contacted else ''}leads"
        return who if self.suppress is None else f"{who} and suppress {join_words(self.suppress)}"


FieldCommand: TypeAlias = Edit | Activate | Pause | Complete | Delete | Restore
"""A command that changes the campaign's own fields."""

FIELD_COMMANDS: Mapping[Action, type[Activate | Pause | Complete | Delete | Restore]] = {
    kind.action: kind for kind in (Activate, Pause, Complete, Delete, Restore)
}
"""The commands that have no arguments, by their actions."""

Command: TypeAlias = FieldCommand | AssignLeads | ReleaseLeads
"""Any command."""


def lead_ids_of(command: Command) -> tuple[str, ...]:
    """Return the ids of the leads that a command is about; none if it changes fields."""
    return command.lead_ids if isinstance(command, AssignLeads | ReleaseLeads) else ()


def digest_command(command: Command) -> str:
    """Return a digest that two commands share if they ask for the same: the identity of commands.

    It covers the action and its object: the set of lead ids with the terms on which they are
    admitted or released, or the edited fields with their values. The order, the scores, the
    reachability and the day of leads do not count.

    >>> digest_command(ReleaseLeads(["a", "b"])) == digest_command(ReleaseLeads(["b", "a"]))
    True
    """
    import json  # noqa: PLC0415  # only suggestions need them
    from hashlib import sha256  # noqa: PLC0415

    about: object = sorted(lead_ids_of(command))
    if isinstance(command, Edit):
        about = dict(command.fields)
    terms = _list_terms(command)
    whole = [command.action, about, terms] if terms else [command.action, about]
    text = json.dumps(whole, default=_to_plain, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _list_terms(command: Command) -> Mapping[str, object]:
    """Return the terms of a command about leads that are not the usual ones."""
    match command:
        case AssignLeads(horizon=horizon, at_most=at_most):
            caps = None if at_most is None else dict(at_most)
            return ({} if horizon == 1 else {"horizon": horizon}) | (
                {} if caps is None else {"at_most": caps}
            )
        case ReleaseLeads(contacted=contacted, suppress=suppress):
            return ({"contacted": True} if contacted else {}) | (
                {} if suppress is None else {"suppress": suppress}
            )
        case _:
            return {}


def _to_plain(value: object) -> object:
    """Return the value of an edited field that JSON does not know, as JSON has it."""
    match value:
        case Allocation():
            return {channel.value: share for channel, share in value.items()}
        case Targeting():
            return [value.industries, value.titles, value.company_sizes, value.locations]
        case _:
            return str(value)


def check_command(command: Command) -> None:
    """Require a command.

    Raises:
        CampaignError: it is not one.
    """
    if not isinstance(command, Command):
        kinds = ", ".join(kind.__name__ for kind in get_args(Command))
        raise CampaignError([f"command must be one of {kinds}, not {short_repr(command)}"])

"""A campaign in a TOML file: the fields that people decide on.

A field that the file does not name has its default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from attrs import fields_dict, frozen

from campaignkit import Campaign, CampaignStatus, StructureError, from_dict, to_dict
from campaignkit.cli._command_error import FileError
from campaignkit.cli._leads_table import LeadsTable, describe_unknown, read_settings
from campaignkit.core._checks import short_repr
from campaignkit.domain._campaign import EDITABLE, Edits
from campaignkit.serialization._read_errors import is_object

_IDS = ("id", "client_id")
_MOST_BYTES = 1 << 20
_MOST_DOTS = 500
_SETTINGS = [name for name in fields_dict(Campaign) if name in EDITABLE[CampaignStatus.DRAFT]]
_FILE_FIELDS = (*_IDS, *_SETTINGS)


def read_campaign(path: str) -> Campaign:
    """Return the draft of the campaign that a file describes.

    Raises:
        FileError: the file cannot be read, is not TOML, or describes no campaign; `lines` lists all
            faults.
    """
    campaign, _ = read_campaign_file(path)
    return campaign


def read_campaign_file(path: str) -> tuple[Campaign, LeadsTable]:
    """Return the draft of a campaign, and what its file says about the columns of leads.

    Raises:
        FileError: the file cannot be read, is not TOML, or describes no campaign; `lines` lists all
            faults, also those of the table `[leads]`.
    """
    data = _load_campaign_toml(path)
    known = (*_FILE_FIELDS, "leads")
    faults = [describe_unknown(key, key, known) for key in data if key not in known]
    table = LeadsTable(path, read_settings(data, faults))
    times = datetime | date | time  # are text in JSON
    given = {
        name: value.isoformat() if isinstance(value := data[name], times) else value
        for name in _FILE_FIELDS
        if name in data
    }
    now = datetime.now(UTC).isoformat()
    try:
        campaign = from_dict(Campaign, {**given, "created_at": now, "updated_at": now})
    except StructureError as error:
        faults += [fault.removeprefix("$.").removeprefix("$: ") for fault in error.faults]
    else:
        if not faults:
            return campaign, table
    message = f"{path} describes no campaign"
    raise FileError(message, [*faults, *_suggest_ids(given)], {"faults": faults})


def _load_campaign_toml(path: str) -> dict[str, Any]:
    """Return what the file of a campaign has.

    Raises:
        FileError: it cannot be read; `lines` say so if it may be the file of leads.
    """
    try:
        return load_toml(path)
    except FileError as error:
        if path.lower().endswith(".toml") or isinstance(error.__cause__, OSError):
            raise
        advice = "a campaign's file is TOML, as campaignkit init makes it; a file of leads is none"
        raise FileError(error.message, [*error.lines, advice]) from error.__cause__


def read_campaign_ids(text: str) -> tuple[UUID | None, UUID]:
    """Return the ids of the client and the campaign from a file, or the campaign id itself.

    Raises:
        FileError: the text is not an id, and not the path of a campaign file.
    """
    try:
        return None, UUID(text)
    except ValueError:
        campaign = read_campaign(text)
        return campaign.client_id, campaign.id


def read_client_id(client: str) -> UUID:
    """Return the id of a client: the text itself, or that of the client of a campaign file.

    Raises:
        FileError: the text is not an id, and not the path of a campaign file.
    """
    try:
        return UUID(client)
    except ValueError:
        pass
    try:
        return read_campaign(client).client_id
    except FileError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    shown = short_repr(client)
    message = f"--client must be the id of a client or the file of a campaign, not {shown}"
    raise FileError(message)


def find_leads_table(text: str) -> LeadsTable:
    """Return what the file of a campaign says about the columns of leads.

    An id says nothing, and a file that is not there is refused by what looks for the campaign.

    Raises:
        FileError: the file cannot be read, or describes no campaign.
    """
    try:
        UUID(text)
    except ValueError:
        pass
    else:
        return LeadsTable()
    try:
        _, table = read_campaign_file(text)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return LeadsTable()
        raise
    return table


def load_toml(path: str) -> dict[str, Any]:
    """Return what a TOML file has.

    Raises:
        FileError: it cannot be read, or is not TOML in UTF-8 of an ordinary size.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(_MOST_BYTES + 1)
        if len(start) > _MOST_BYTES:
            message = f"{path} is longer than {_MOST_BYTES:,} bytes"
            raise FileError(message)
        _check_dots(path, start)
        return tomllib.loads(start.decode("utf-8-sig"))
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise FileError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8: {error.reason} at byte {error.start}"
        raise FileError(message) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{path} is not TOML: {error}"
        raise FileError(message) from error


def _check_dots(path: str, text: bytes) -> None:
    """Reject lines on which a key might have thousands of parts.

    Python's time for reading such a key grows with the cube of its length.

    Raises:
        FileError: names the first such line.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(b".") > _MOST_DOTS:
            message = f"{path} has more than {_MOST_DOTS:,} dots on line {number}"
            raise FileError(message, ["a list of many targets may have a line for each"])


def _suggest_ids(given: Mapping[str, object]) -> Iterator[str]:
    """Suggest the ids that a file lacks; by them, later runs find the campaign.

    Ids derived from the name would change with it, and a later run would admit all leads again.
    """
    if missing := [name for name in _IDS if name not in given]:
        yield f"to begin a new campaign, put {'this' if len(missing) == 1 else 'these'} at its top:"
        yield from (f'{name} = "{uuid4()}"' for name in missing)


@frozen
class FieldDifference:
    """A field, or a part of one such as `allocation.email`, that differs from the file."""

    name: str
    stored: Any
    wanted: Any

    def __str__(self) -> str:
        stored, wanted = _format_setting(self.stored), _format_setting(self.wanted)
        return f"{self.name}: {stored} in the database, {wanted} in the file"

    @property
    def change(self) -> str:
        """What an update changes, in words."""
        stored, wanted = _format_setting(self.stored), _format_setting(self.wanted)
        return f"{self.name} from {stored} to {wanted}"


UNREADABLE = object()
"""What a setting is that cannot be read in the database."""


def find_differences(stored: Campaign, wanted: Campaign) -> Sequence[FieldDifference]:
    """Return where a stored campaign differs from a file, apart from status and times."""
    before, after = _flatten_settings(stored), _flatten_settings(wanted)
    return [
        FieldDifference(name, before.get(name, UNREADABLE), new)
        for name, new in after.items()
        if before.get(name, UNREADABLE) != new
    ]


def make_edits(differing: Sequence[FieldDifference], wanted: Campaign) -> Edits:
    """Return the edits that make a stored campaign match a file."""
    names = (difference.name.partition(".")[0] for difference in differing)
    return cast("Edits", {name: getattr(wanted, name) for name in names})


def _flatten_settings(campaign: Campaign) -> Mapping[str, object]:
    plain = to_dict(campaign)
    flat: dict[str, object] = {}
    for name in _SETTINGS:
        if name in campaign.faults:
            continue
        value = plain[name]
        flat |= (
            {f"{name}.{part}": one for part, one in value.items()}
            if is_object(value)
            else {name: value}
        )
    return flat


def _format_setting(value: Any) -> str:  # noqa: ANN401  # what a plain form holds
    if value is UNREADABLE:
        return "unreadable"
    if value is None or value == []:
        return "none"
    return str(value) if isinstance(value, int) else short_repr(value)

"""The values of options; all faults of all options are reported together."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from attrs import frozen

from campaignkit import (
    DEFAULT_ALLOCATION,
    Actor,
    Allocation,
    AllocationError,
    Channel,
    ChannelCounts,
    Edit,
    Fields,
    Initiator,
    InvalidError,
    Overflow,
    StructureError,
    SuggestionState,
    from_dict,
)
from campaignkit.cli._command_error import UsageError
from campaignkit.cli._dialect import DELIMITERS, FileOptions
from campaignkit.cli._lead_rows import Duplicates
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._leads_table import read_grades
from campaignkit.cli._output import STDOUT
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS
from campaignkit.domain._horizons import (
    END,
    LONGEST_HORIZON,
    POOL,
    ForecastHorizon,
    Horizon,
    horizon_error,
)

_CHANNELS_BY_NAME = {channel.value: channel for channel in Channel}
_STDOUT_TOO = frozenset({"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_MOST_DIGITS = 15
_DURATION_FORM = re.compile(r"([0-9]{1,6})([mhd])")
_DURATION_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_DAY_FORM = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@frozen
class PlanOptions:
    """How to plan: the arguments of `campaignkit.plan` besides the leads and the gate."""

    allocation: Allocation
    overflow: Overflow
    at_most: Mapping[Channel, int]
    carried: Mapping[Channel, int]

    @property
    def counted_carried(self) -> ChannelCounts:
        """The earlier counts of the channels with a share, which are those that matter."""
        return ChannelCounts({c: n for c, n in self.carried.items() if self.allocation[c]})


@frozen(kw_only=True)
class AllocateJob:
    """Which leads get channels, how, and where the rows are written."""

    leads: LeadsInput
    options: PlanOptions
    out: str | None
    bom: bool
    report: str | None


@contextmanager
def collect_faults() -> Generator[list[str]]:
    """Open a list of faults, which ends the command if it is not empty at the end.

    Raises:
        UsageError: lists all faults.
    """
    faults: list[str] = []
    yield faults
    if faults:
        raise UsageError(faults)


def read_columns(
    option: str, texts: Iterable[str], faults: list[str]
) -> Mapping[Channel, Sequence[str]]:
    """Return the columns of each channel from texts such as `email=do_not_email`."""
    columns: dict[Channel, list[str]] = {}
    for channel, column in _read_pairs(option, texts, "CHANNEL=COLUMN", faults):
        columns.setdefault(channel, []).append(column)
    return columns


def split_words(texts: Sequence[str] | None) -> list[str] | None:
    """Return the words of texts such as `x,opted out`, or None."""
    return None if texts is None else [word for text in texts for word in text.split(",")]


def read_grade_option(option: str, text: str, faults: list[str]) -> Mapping[str, float]:
    """Return the score of each grade from a text such as `A=90,B=70`."""
    so_far = len(faults)
    grades: dict[str, object] = {}
    for piece in text.split(","):
        name, _, score = piece.rpartition("=")
        try:
            number: float | str = float(score)
        except ValueError:
            number = score.strip()
        if not name.strip():
            faults.append(f"{option} must be GRADE=SCORE,..., not {piece!r}")
        elif name.strip() in grades:
            faults.append(f"{option}: {name.strip()!r} is given twice")
        else:
            grades[name.strip()] = number
    return {} if len(faults) > so_far else read_grades(option, grades, faults)


def read_prospect_columns(texts: Iterable[str], faults: list[str]) -> Mapping[str, str]:
    """Return the column of each field of a prospect from texts such as `title=Job Title`."""
    columns: dict[str, str] = {}
    for text in texts:
        name, _, column = (part.strip() for part in text.partition("="))
        if not name or not column:
            faults.append(f"--prospect must be FIELD=COLUMN, not {text!r}")
        elif name not in PROSPECT_FIELDS:
            there = ", ".join(PROSPECT_FIELDS)
            faults.append(f"--prospect: no field is called {name!r}; there are {there}")
        elif name in columns:
            faults.append(f"--prospect: {name} is given twice")
        else:
            columns[name] = column
    return columns


def read_numbers(option: str, texts: Iterable[str], faults: list[str]) -> Mapping[Channel, int]:
    """Return the number of each channel from texts such as `email=40,sms=5`."""
    numbers: dict[Channel, int] = {}
    pieces = (piece for text in texts for piece in text.split(","))
    for channel, text in _read_pairs(option, pieces, "CHANNEL=NUMBER", faults):
        if channel in numbers:
            faults.append(f"{option}: {channel} is given twice")
        if _is_number(text):
            numbers[channel] = int(text)
        else:
            faults.append(f"{option}: {channel} must be a whole number from 0, not {text!r}")
    return numbers


def _is_number(text: str) -> bool:
    # int() would also take "-1", "1_000" and the digits of any script.
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def read_allocation(
    text: str | None, faults: list[str], option: str = "--allocation"
) -> Allocation:
    """Return the allocation from a text such as `email=60,sms=40`, or the default."""
    if text is None:
        return DEFAULT_ALLOCATION
    so_far = len(faults)
    shares = read_numbers(option, [text], faults)
    if len(faults) == so_far:
        try:
            return Allocation.from_mapping(shares)
        except AllocationError as error:
            faults.extend(f"{option}: {fault}" for fault in error.faults)
    return DEFAULT_ALLOCATION


def read_mixes(option: str, texts: Iterable[str], faults: list[str]) -> Mapping[str, Allocation]:
    """Return allocations by their names from texts such as `calls=email=60,voice=40`."""
    mixes: dict[str, Allocation] = {}
    for text in texts:
        name, _, shares = (part.strip() for part in text.partition("="))
        if not name or "=" not in shares.partition(",")[0]:
            faults.append(
                f"{option} must be NAME=CHANNEL=PERCENT,..., such as calls=email=60,voice=40,"
                f" not {text!r}"
            )
        elif name in mixes:
            faults.append(f"{option}: {name} is given twice")
        else:
            mixes[name] = read_allocation(shares, faults, f"{option} {name}")
    return mixes


def read_overflow(text: str, faults: list[str]) -> Overflow:
    """Return the overflow of a name."""
    if text in set(Overflow):
        return Overflow(text)
    faults.append(f"--overflow must be {' or '.join(Overflow)}, not {text!r}")
    return Overflow.REASSIGN


def _fits_files(encoding: str) -> bool:
    """Return whether an encoding can be that of a file: idna and punycode are of single words.

    Raises:
        ValueError: it cannot.
    """
    encoded: object = "".encode(encoding)
    return isinstance(encoded, bytes) and isinstance(b"\xff".decode(encoding, "ignore"), str)


def read_file_options(
    delimiter: str | None,
    encoding: str | None,
    sheet: str | None,
    skip_rows: int | None,
    faults: list[str],
) -> FileOptions:
    """Return what options say about a file."""
    mark = "" if delimiter is None else DELIMITERS.get(delimiter.lower(), delimiter)
    if delimiter is not None and mark not in DELIMITERS.values():
        names = ", ".join(DELIMITERS)
        faults.append(f"--delimiter must be one of {names}, not {delimiter!r}")
    name = ""
    if encoding is not None:
        try:
            found = codecs.lookup(encoding)
            if getattr(found, "_is_text_encoding", True) and _fits_files(encoding):
                name = found.name
        except (LookupError, ValueError):
            pass
        if not name:
            wanted = "an encoding such as utf-8, utf-16, cp1252 or latin-1"
            faults.append(f"--encoding must be {wanted}, not {encoding!r}")
    if sheet is not None and not sheet.strip():
        faults.append(f"--sheet must be the name or the number of a sheet, not {sheet!r}")
    return FileOptions(mark, name, sheet or "", skip_rows)


def read_duplicates(text: str, faults: list[str]) -> Duplicates:
    """Return what is done with several rows of one lead."""
    if text in set(Duplicates):
        return Duplicates(text)
    faults.append(f"--duplicates must be one of {', '.join(Duplicates)}, not {text!r}")
    return Duplicates.REFUSE


def read_rejects(text: str | None, faults: list[str]) -> str | None:
    """Return the path for the refused rows."""
    if text is not None and not text.lower().endswith(".csv"):
        faults.append(f"--rejects must end in .csv, not {text!r}")
    return text


def read_out(
    text: str | None, suffixes: Sequence[str], faults: list[str], *, as_json: bool
) -> str | None:
    """Return the path to write to; the suffix of a file is its format.

    Other names of standard output are replaced by "-". Pipes and devices may have any name.
    """
    if text is None:
        return None
    if text == STDOUT or text in _STDOUT_TOO:
        if as_json:
            faults.append("--json and --out - both want standard output")
        return STDOUT
    path = Path(text)
    is_named = text.lower().endswith(tuple(suffixes))
    if not text or (not is_named and (path.is_file() or not path.exists())):
        *others, last = suffixes
        names = f"{', '.join(others)} or {last}" if others else last
        faults.append(f"--out must end in {names}, not {text!r}")
    return text


def read_day(option: str, text: str, faults: list[str]) -> date:
    """Return the day from a text such as `2026-11-23`."""
    try:
        # fromisoformat() would also take 20261123, weeks, and the digits of any script.
        if _DAY_FORM.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.append(f"{option} must be a day such as 2026-11-23, not {text!r}")
    return date.min


def read_optional_day(option: str, text: str | None, faults: list[str]) -> date | None:
    """Return the day from a text, or None."""
    return None if text is None else read_day(option, text, faults)


def read_horizon_option(option: str, text: str, faults: list[str]) -> Horizon:
    """Return the horizon from a text such as `20` or `end`."""
    horizon: Horizon = END if text == END else int(text) if _is_number(text) else 0
    if horizon_error(horizon):
        faults.append(
            f"{option} must be a number of days from 1 to {LONGEST_HORIZON:,}, or end, not {text!r}"
        )
    return horizon


def read_forecast_horizons(
    option: str, texts: Iterable[str], faults: list[str]
) -> Sequence[ForecastHorizon]:
    """Return horizons from texts such as `20`, `end` or `pool`, each once."""
    horizons: list[ForecastHorizon] = []
    for text in texts:
        so_far = len(faults)
        horizon = POOL if text == POOL else read_horizon_option(option, text, faults)
        if len(faults) > so_far:
            faults[-1] = faults[-1].replace("or end,", "end or pool,")
        if horizon in horizons:
            faults.append(f"{option}: {text} is given twice")
        horizons.append(horizon)
    return horizons


def read_duration(option: str, text: str | None, faults: list[str]) -> timedelta | None:
    """Return the time from a text such as `90m`, `36h` or `3d`, or None."""
    if text is None:
        return None
    form = _DURATION_FORM.fullmatch(text)
    found = timedelta() if form is None else int(form[1]) * _DURATION_UNITS[form[2]]
    if not found:
        faults.append(f"{option} must be a time such as 90m, 36h or 3d, not {text!r}")
    return found


def read_fields(option: str, texts: Iterable[str], faults: list[str]) -> Fields:
    """Return the fields of a campaign from texts such as `daily_lead_limit=80`.

    `none` is the value of what may be absent, an allocation is written as for `--allocation`, and a
    targeting as in a campaign's file.
    """
    plain: dict[str, object] = {}
    for text in texts:
        name, mark, value = (part.strip() for part in text.partition("="))
        if not name or not mark or not value:
            faults.append(f"{option} must be FIELD=VALUE, not {text!r}")
        elif name in plain:
            faults.append(f"{option}: {name} is given twice")
        else:
            plain[name] = _read_field(option, name, value, faults)
    if not plain:
        return Fields()
    try:
        found = from_dict(Edit, {"action": "edit", "fields": plain})
    except StructureError as error:
        faults += [f"{option} {fault.removeprefix('$.fields.')}" for fault in error.faults]
        return Fields()
    return found.fields


def _read_field(option: str, name: str, text: str, faults: list[str]) -> object:
    """Return the plain form of a field's value; a text that is none stays as it is."""
    match name:
        case "allocation":
            shares = read_numbers(f"{option} allocation", [text], faults)
            return {channel.value: share for channel, share in shares.items()}
        case "targeting":
            try:
                return tomllib.loads(f"targeting = {text}")["targeting"]
            except (tomllib.TOMLDecodeError, RecursionError):
                faults.append(f"{option} targeting must be as in a campaign's file, not {text!r}")
                return {}
        case "total_lead_limit" | "start_date" | "end_date" if text.lower() == "none":
            return None
        case "daily_lead_limit" | "total_lead_limit" if _is_number(text):
            return int(text)
        case _:
            return text


def read_actor(user: str | None, ai: str | None, faults: list[str]) -> Actor:
    """Return the user or the AI who acts; one of both is required."""
    named = [
        (option, kind, name)
        for option, kind, name in (("--by", Initiator.USER, user), ("--ai", Initiator.AI, ai))
        if name is not None
    ]
    if len(named) != 1:
        faults.append("either --by USER or --ai NAME is required")
        return Actor.ai("nobody")
    ((option, kind, name),) = named
    try:
        return Actor(kind, name)
    except InvalidError as error:
        faults += [f"{option}: {fault}" for fault in error.faults]
    return Actor.ai("nobody")


def is_uuid(text: str) -> bool:
    """Return whether a text is an id, and not the name of a file."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def read_id(text: str, faults: list[str]) -> UUID:
    """Return the id of a suggestion."""
    try:
        return UUID(text)
    except ValueError:
        faults.append(
            f"SUGGESTION must be an id as `campaignkit suggestions` prints it, not {text!r}"
        )
        return UUID(int=0)


def read_states(texts: Iterable[str], faults: list[str]) -> Collection[SuggestionState] | None:
    """Return the states with these names: pending by default, None for "all"."""
    names = [text.strip().lower() for text in texts]
    if "all" in names:
        return None
    known = {state.value: state for state in SuggestionState}
    faults += [
        f"--state must be one of {', '.join(known)}, all, not {name!r}"
        for name in names
        if name not in known
    ]
    return [known[name] for name in names if name in known] or [SuggestionState.PENDING]


def _read_pairs(
    option: str, texts: Iterable[str], form: str, faults: list[str]
) -> Iterator[tuple[Channel, str]]:
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        channel = _CHANNELS_BY_NAME.get(name.lower())
        if not name or not value:
            faults.append(f"{option} must be {form}, not {text!r}")
        elif channel is None:
            faults.append(
                f"{option}: no channel is called {name!r}; there are {', '.join(Channel)}"
            )
        else:
            yield channel, value

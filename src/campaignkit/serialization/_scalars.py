"""Scalars of plain data: how each is read, strictly, and written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from math import inf
from uuid import UUID, SafeUUID

from campaignkit.core._checks import is_text, text_error
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._gate import score_error
from campaignkit.domain._horizons import END, Horizon, horizon_error
from campaignkit.domain._lead_ids import LeadId
from campaignkit.serialization._read_errors import (
    ErrorCollector,
    Read,
    fail,
    fail_expected,
    is_object,
)

_new, _set, _UNKNOWN = object.__new__, object.__setattr__, SafeUUID.unknown

UUID_PATTERN = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DATE_PATTERN = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")  # for schemas; `read_date` needs none
TIMESTAMP_PATTERN = re.compile(
    "[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9](?:[.][0-9]{1,6})?"
    "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def read_text(piece: object) -> str:
    """Read text."""
    return piece if type(piece) is str or is_text(piece) else fail_expected("text", piece)


def read_flag(piece: object) -> bool:
    """Read true or false."""
    return piece if isinstance(piece, bool) else fail_expected("true or false", piece)


def read_integer(piece: object) -> int:
    """Read a whole number; 40.0 is refused."""
    return piece if type(piece) is int else fail_expected("a whole number", piece)


def read_score(piece: object) -> float:
    """Read a score; a whole number stays one."""
    if (type(piece) is int or type(piece) is float) and not score_error(piece):
        return piece
    return fail_expected("a number from 0 to 100", piece)


def read_seconds(piece: object) -> float:
    """Read how long something took."""
    if (type(piece) is int or type(piece) is float) and 0 <= piece < inf:
        return piece
    return fail_expected("a number that is not negative", piece)


def read_uuid(piece: object) -> UUID:
    """Read a UUID from its canonical text, in small or capital letters."""
    if (type(piece) is str or is_text(piece)) and UUID_PATTERN.fullmatch(piece):
        # What UUID(piece) does once it knows the form of the text, in two thirds of its time.
        made = _new(UUID)
        _set(made, "int", int(piece.replace("-", ""), 16))
        _set(made, "is_safe", _UNKNOWN)
        return made
    return fail_expected("a UUID such as '01234567-89ab-4cde-8f01-23456789abcd'", piece)


def read_date(piece: object) -> date:
    """Read a date."""
    # Of the forms of ISO 8601 only this one has a dash there.
    if (
        (type(piece) is str or is_text(piece))
        and len(piece) == len("2026-11-23")
        and piece[7] == "-"
    ):
        try:
            return date.fromisoformat(piece)
        except ValueError as error:
            raise_interruption(error)
    return fail_expected("a date such as '2026-11-23'", piece)


def read_timestamp(piece: object) -> datetime:
    """Read a date and time of RFC 3339, with its offset from UTC."""
    if (type(piece) is str or is_text(piece)) and TIMESTAMP_PATTERN.fullmatch(piece):
        try:
            return datetime.fromisoformat(piece)
        except ValueError as error:
            raise_interruption(error)
    return fail_expected(
        "a date and time with its offset such as '2026-11-23T09:00:00+00:00'", piece
    )


def read_horizon(piece: object) -> Horizon:
    """Read a number of days, or "end"."""
    if piece == END:
        return END
    fault = horizon_error(piece)
    return fail(fault) if fault else read_integer(piece)


def read_lead_id(piece: object) -> LeadId:
    """Read a lead's id: text, a whole number, or a UUID in an object of its own."""
    if type(piece) is str or is_text(piece):
        fault = text_error(piece)
        return fail(fault) if fault else piece
    if type(piece) is int:
        return piece
    if not is_object(piece):
        return fail_expected("""text, a whole number or a UUID such as {"uuid": "…"}""", piece)
    errors = ErrorCollector()
    errors.check_known_keys(piece, ("uuid",))
    errors.check_duplicate_keys(piece)
    lead_id: UUID = (
        errors.read_piece(read_uuid, piece["uuid"], "uuid")
        if "uuid" in piece
        else errors.add_missing("uuid")
    )
    return errors.finish(lead_id)


def member_reader(kind: type[StrEnum]) -> Read:
    """Return a reader of an enumeration's members by their values."""
    members = {member.value: member for member in kind}
    wanted = f"one of {', '.join(members)}"

    def read_member(piece: object) -> StrEnum:
        return (
            members[piece]
            if (type(piece) is str or is_text(piece)) and piece in members
            else fail_expected(wanted, piece)
        )

    return read_member


_TWO = tuple(f"{n:02}" for n in range(100))


def write_timestamp(value: datetime) -> str:
    """Return what `isoformat` does in UTC, in half the time."""
    at = value if value.tzinfo is UTC else value.astimezone(UTC)
    two, year, part = _TWO, at.year, at.microsecond
    fraction = f".{two[part // 10_000]}{two[part // 100 % 100]}{two[part % 100]}" if part else ""
    return (
        f"{two[year // 100]}{two[year % 100]}-{two[at.month]}-{two[at.day]}"
        f"T{two[at.hour]}:{two[at.minute]}:{two[at.second]}{fraction}+00:00"
    )


def write_uuid(value: UUID) -> str:
    """Return what `str` does, in two thirds of the time."""
    pairs = value.int.to_bytes(16).hex("-", 2)
    return f"{pairs[:4]}{pairs[5:29]}{pairs[30:34]}{pairs[35:]}"


def write_lead_id(value: LeadId) -> str | int | dict[str, str]:
    """Return a lead's id in a form that keeps its kind."""
    return {"uuid": write_uuid(value)} if isinstance(value, UUID) else value

"""Faults of plain data with their paths, collected while it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, NoReturn, TypeAlias, TypeGuard

from attrs import define, field

from campaignkit.core._channels import CHANNELS
from campaignkit.core._checks import is_text, short_repr
from campaignkit.core._immutable import K, V
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import InvalidError

Path: TypeAlias = tuple[object, ...]
"""The names and positions that lead to a place, from the outside in."""

Fault: TypeAlias = tuple[Path, str]


class UnknownKeyFault(str):
    """The fault of a key that its object cannot have; a newer release may have written it."""

    __slots__ = ()


Read: TypeAlias = Callable[[Any], Any]
"""Reads a piece of plain data, or raises `ReadError`."""


class ReadError(Exception):
    """A piece of data that cannot be read.

    `rest` stands for it in the value around it, so that the other faults of that value are found.
    """

    def __init__(self, faults: list[Fault], rest: object) -> None:
        super().__init__(faults)
        self.faults = faults
        self.rest = rest


_UNREAD_MARK = """'"unread'\""""  # quotes that stand so in the repr of no text


class _Unread:
    """Stands for what could not be read; what the domain says of it has its mark."""

    def __repr__(self) -> str:
        return _UNREAD_MARK


class DuplicateKeyDict(dict[K, V]):
    """A JSON object whose keys `duplicates` are repeated."""

    def __init__(self, pairs: Iterable[tuple[K, V]]) -> None:
        pairs = list(pairs)
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.duplicates = [key for key, count in counts.items() if count > 1]


def fail(fault: str) -> NoReturn:
    """Raise a fault of a piece.

    Raises:
        Wrong: always.
    """
    raise ReadError([((), fault)], _Unread())


def fail_expected(wanted: str, piece: object) -> NoReturn:
    """Raise that a piece is not what is expected.

    Raises:
        Wrong: always.
    """
    fail(f"must be {wanted}, not {short_repr(piece)}")


def is_object(piece: object) -> TypeGuard[dict[Any, Any]]:
    """Return whether a piece is an object."""
    return issubclass(type(piece), dict)


def _is_list(piece: object) -> TypeGuard[list[Any]]:
    return issubclass(type(piece), list)


def expect_object(piece: object) -> dict[Any, Any]:
    """Return a piece that must be an object.

    Raises:
        Wrong: it is none.
    """
    return piece if is_object(piece) else fail_expected("an object", piece)


def expect_list(piece: object) -> list[Any]:
    """Return a piece that must be a list.

    Raises:
        Wrong: it is none.
    """
    return piece if _is_list(piece) else fail_expected("a list", piece)


@define
class ErrorCollector:
    """Collects the faults of the pieces of one object or list."""

    faults: list[Fault] = field(factory=list)

    def add(self, fault: str, *path: object) -> None:
        """Add a fault of the piece at this path."""
        self.faults.append((path, fault))

    def read_piece(self, read: Read, piece: object, *path: object) -> Any:  # noqa: ANN401
        """Read a piece; if that fails, add its faults and return what stands for it."""
        try:
            return read(piece)
        except ReadError as wrong:
            self.faults += [((*path, *inner), fault) for inner, fault in wrong.faults]
            return wrong.rest

    def read_key(self, read: Read, key: object) -> Any:  # noqa: ANN401
        """Read the key of an entry; if that fails, add its faults and return what stands for it."""
        try:
            return read(key)
        except ReadError as wrong:
            self.faults += [((key,), UnknownKeyFault(fault)) for _, fault in wrong.faults]
            return wrong.rest

    def add_missing(self, *path: object) -> Any:  # noqa: ANN401
        """Add that a piece is missing, and return what stands for it."""
        self.add("is missing", *path)
        return _Unread()

    def check_known_keys(self, given: dict[Any, Any], known: Collection[object]) -> None:
        """Add the unknown keys of an object."""
        names = ", ".join(map(str, known)) or "none"
        for key in given:
            if not is_text(key) or key not in known:
                self.add(UnknownKeyFault(f"is unknown; there are {names}"), key)

    def check_duplicate_keys(self, given: dict[Any, Any]) -> None:
        """Add the repeated keys of an object."""
        for key in given.duplicates if isinstance(given, DuplicateKeyDict) else ():
            self.add("comes more than once", key)

    def make(
        self, kind: Callable[..., V], fields: Collection[str], /, *args: object, **named: object
    ) -> V:
        """Construct a value from its pieces, and add the faults that the domain finds.

        Raises:
            Wrong: there are faults.
        """
        try:
            made = kind(*args, **named)
        except InvalidError as error:
            of_pieces = bool(self.faults)
            self.faults += [
                split_path(fault, fields)
                for fault in error.faults
                if not (of_pieces and _UNREAD_MARK in fault)
            ]
        except (TypeError, ValueError) as error:
            raise_interruption(error)
            # A class that does not check the types of its fields may stumble over what stands
            # for them.
            if not self.faults:
                self.add(f"cannot be read: {error}")
        else:
            return self.finish(made)
        raise ReadError(self.faults, _Unread())

    def finish(self, value: V) -> V:
        """Return what was read.

        Raises:
            Wrong: there are faults.
        """
        if self.faults:
            raise ReadError(self.faults, value)
        return value


_FIELD_NAME = re.compile(
    r"(?:share of |count of )?(\w+)((?:\[\d+\])*)"
    rf"(?: of ({'|'.join(CHANNELS)}))?(?:: | (?=must |\d))"
)


def split_path(fault: str, fields: Collection[str]) -> Fault:
    """Split a fault of the domain into a path and the rest, by the field's name at its start."""
    match = _FIELD_NAME.match(fault)
    if match is None or match[1] not in fields:
        return (), fault
    inner = (*map(int, re.findall(r"\d+", match[2])), *filter(None, [match[3]]))
    return (match[1], *inner), fault[match.end() :]


def render_faults(faults: Iterable[Fault]) -> list[str]:
    """Return faults as sentences with their paths: ``$.titles[2]: must not be blank``."""
    return [f"{render_path(path)}: {fault}" for path, fault in faults]


def render_path(path: Path) -> str:
    """Return a path as text: ``$.titles[2]``."""
    return f"${''.join(map(_render_step, path))}"


def _render_step(step: object) -> str:
    shown = short_repr(step)
    is_name = is_text(step) and step.isidentifier() and shown == f"'{step}'"
    return f".{step}" if is_name else f"[{shown}]"

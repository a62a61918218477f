"""The base of partial values: some fields cannot be read, because a stored row is invalid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from campaignkit.core._errors import CorruptRowError
from campaignkit.core._immutable import FrozenMap

Faults: TypeAlias = Mapping[str, tuple[str, ...]]
"""What is wrong with each field that cannot be read, by its name."""

NO_FAULTS: Faults = FrozenMap[str, tuple[str, ...]]()


def list_faults(faults: Faults) -> list[str]:
    """Return each fault once; two fields that contradict each other share one."""
    return list(dict.fromkeys(fault for some in faults.values() for fault in some))


class PartialMixin:
    """A partial value: its unreadable fields are absent, and to access one raises an error.

    `known` has the value of each field that is valid by itself, `faults` what is wrong with the
    fields that cannot be read. Code for whole values works on partial ones as long as
    it accesses no such field. No other place says which act depends on which field.
    """

    __slots__ = ()

    known: Mapping[str, object]
    _faults: Faults

    @property
    def faults(self) -> Faults:
        """What is wrong with each field that cannot be read."""
        return self._faults

    @property
    def readable(self) -> Mapping[str, object]:
        """The fields that can be read, with their values."""
        return {name: value for name, value in self.known.items() if name not in self.faults}

    def make_error(self, faults: Iterable[str]) -> CorruptRowError:
        """Return the error of faults of this value."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # called for what is not set
        faults: Faults = object.__getattribute__(self, "_faults")
        if name in faults:
            raise self.make_error(faults[name])
        msg = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(msg)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PartialMixin) or type(other) is not type(self):
            return NotImplemented
        return (self.known, self.faults) == (other.known, other.faults)

    def __hash__(self) -> int:
        return hash((self.known, self.faults))

    def _repr_arguments(self) -> Mapping[str, object]:
        return {**self.readable, "faults": dict(self.faults)}

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return type(self), (self.known, self.faults)


def set_fields(partial: PartialMixin, fields: Mapping[str, object]) -> None:
    """Set fields of a new value, whose class is frozen."""
    for name, value in fields.items():
        object.__setattr__(partial, name, value)


def describe_unreadable(faults: Faults) -> str:
    """Name the fields that cannot be read."""
    return f"unreadable: {', '.join(faults)}"

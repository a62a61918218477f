"""All that is wrong with the arguments of a call, in one error."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, cast

from attrs import define, field

from campaignkit.core._errors import InvalidError
from campaignkit.core._immutable import T
from campaignkit.core._interruptions import raise_interruption

P = ParamSpec("P")


@define
class FaultCollector:
    """Reads several arguments, and raises what is wrong with all of them at once."""

    _errors: list[InvalidError] = field(factory=list[InvalidError], init=False)

    def read(self, read: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Return what a function makes of an argument; None, not to be used, if it refuses that."""
        try:
            return read(*args, **named)
        except InvalidError as error:
            raise_interruption(error)
            self._errors.append(error)
            return cast("T", None)  # `raise_all` comes before anything is done with it

    def raise_all(self) -> None:
        """Raise the faults that were met, if any.

        Raises:
            InvalidError: there are some; of their own class, if all are of one.
        """
        if not self._errors:
            return
        kinds = {type(error) for error in self._errors}
        kind = kinds.pop() if len(kinds) == 1 else InvalidError
        raise kind([fault for error in self._errors for fault in error.faults]) from None

"""Whom a campaign looks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import cast

from attrs import field, frozen

from campaignkit.domain.checks import shown, text_fault
from campaignkit.domain.company_size import CompanySize
from campaignkit.domain.frozen import Checked
from campaignkit.errors import TargetingError

__all__ = ["Targeting"]


def _tuple(targets: Iterable[str]) -> tuple[str, ...]:
    # A lone text would fall apart into letters, and a set has no order: they stay, to be refused.
    several: object = targets
    if type(several) is list or type(several) is tuple:  # as they nearly always come
        return tuple(targets)
    if isinstance(several, str | bytes | AbstractSet | Mapping) or not isinstance(
        several, Iterable
    ):
        return cast("tuple[str, ...]", targets)
    return tuple(targets)


@frozen
class Targeting(Checked):
    """The industries, titles, company sizes and locations that a campaign is for.

    Each is a tuple of texts, kept as they were written and in their order; an empty one means
    any. Company sizes must be readable by `CompanySize.parse`.

    Raises:
        TargetingError: a target that is blank, not text, or an unreadable company size; all
            that are wrong at once.

    >>> Targeting(titles=["CEO"], company_sizes=["11-50", "500+"]).titles
    ('CEO',)
    """

    industries: tuple[str, ...] = field(default=(), converter=_tuple)
    titles: tuple[str, ...] = field(default=(), converter=_tuple)
    company_sizes: tuple[str, ...] = field(default=(), converter=_tuple)
    locations: tuple[str, ...] = field(default=(), converter=_tuple)

    def __attrs_post_init__(self) -> None:
        faults = [
            fault
            for name in ("industries", "titles", "company_sizes", "locations")
            for fault in _faults(name, getattr(self, name))
        ]
        if faults:
            raise TargetingError(faults)


def _faults(name: str, targets: tuple[str, ...]) -> Iterable[str]:
    if not isinstance(targets, tuple):
        yield f"{name} must be several texts in order, not {shown(targets)}"
        return
    for position, target in enumerate(targets):
        if fault := text_fault(target):
            yield f"{name}[{position}] {fault}"
        elif name == "company_sizes":
            try:
                CompanySize.parse(target)
            except TargetingError as error:
                yield f"{name}[{position}]: {error}"

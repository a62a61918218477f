"""Targeting: the audience of a campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Annotated, Any, Self, TypeAlias, cast

from attrs import field, frozen

from campaignkit.core._checks import (
    LONGEST_TARGET,
    is_keepable,
    is_text,
    short_repr,
    text_error,
    to_list,
    to_text,
)
from campaignkit.core._immutable import FrozenMap, ImmutableBase
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._partial import (
    NO_FAULTS,
    Faults,
    PartialMixin,
    describe_unreadable,
    set_fields,
)
from campaignkit.errors import CorruptRowError, TargetingError
from campaignkit.targeting._company_size import CompanySize
from campaignkit.targeting._folding import normalise
from campaignkit.targeting._matching import Matcher, TargetingMatch, build_matcher
from campaignkit.targeting._places import DEFAULT_CODES, DEFAULT_REGIONS, read_regions
from campaignkit.targeting._prospects import Prospect

target_error = partial(text_error, longest=LONGEST_TARGET)
Target: TypeAlias = Annotated[str, target_error]
"""A text of a targeting."""

_DIMENSIONS = ("industries", "titles", "company_sizes", "locations")


def _convert_targets(targets: Iterable[str]) -> tuple[str, ...]:
    given: object = targets
    if type(given) is list or type(given) is tuple:  # as they nearly always come
        for one in targets:
            if type(one) is not str:
                break
        else:
            return tuple(targets)
    # A single text would become its letters, and a set has no order: they stay, to be refused.
    refused = isinstance(given, AbstractSet | Mapping)
    several = None if refused else to_list(targets)
    return cast("tuple[str, ...]", targets) if several is None else tuple(map(to_text, several))


@frozen
class Targeting(ImmutableBase):
    """The industries, titles, company sizes and locations that a campaign is for.

    Texts are kept as they were written and in their order. A target has at most 500 characters.

    Attributes:
        industries: Phrases of which an industry must contain one. Any by default.
        titles: Phrases of which a title must contain one. Any by default.
        company_sizes: Sizes that `CompanySize.parse` reads, such as "11-50". Any by default.
        locations: Places of which a location must have one, such as "Melbourne VIC". Any by
            default.

    Raises:
        TargetingError: a target that is blank, too long or not text, or an unreadable company
            size; all that are wrong at once.

    >>> Targeting(titles=["CEO"], company_sizes=["11-50", "500+"]).titles
    ('CEO',)
    """

    industries: tuple[Target, ...] = field(default=(), converter=_convert_targets)
    titles: tuple[Target, ...] = field(default=(), converter=_convert_targets)
    company_sizes: tuple[Target, ...] = field(default=(), converter=_convert_targets)
    locations: tuple[Target, ...] = field(default=(), converter=_convert_targets)
    _matcher: tuple[frozenset[str], Matcher] | None = field(
        default=None, init=False, repr=False, eq=False
    )
    """The region codes that were used last, and the matcher for them."""

    def __attrs_post_init__(self) -> None:
        if _is_plain_targeting(self):
            return
        every = ((name, getattr(self, name)) for name in _DIMENSIONS)
        faults = [fault for name, targets in every for fault in _target_faults(name, targets)]
        if faults:
            raise TargetingError(faults)

    def __str__(self) -> str:
        named = ((name, list(getattr(self, name))) for name in _DIMENSIONS)
        return "; ".join(f"{name} {short_repr(given)}" for name, given in named if given) or "any"

    @property
    def faults(self) -> Mapping[str, tuple[str, ...]]:
        """What is wrong with each dimension that cannot be read; empty but for a corrupt row.

        Such a dimension is unknown to `match`, whatever the prospect. To touch it raises a
        `CorruptRowError`.
        """
        return NO_FAULTS

    def match(
        self, prospect: Prospect, *, regions: Iterable[str] = DEFAULT_REGIONS
    ) -> TargetingMatch:
        """Match a prospect: yes, no or unknown, for each dimension and overall.

        docs/guides/targeting.md has the rules.

        Args:
            prospect: What is known of a person.
            regions: The codes of regions with which a part of a location may end.

        Raises:
            TargetingError: not a Prospect, or a region that is not one word.

        >>> targeting = Targeting(titles=["CEO"], company_sizes=["1-10", "201-500"])
        >>> match = targeting.match(Prospect(title="Co-Founder & C.E.O.", company_size="11-50"))
        >>> match.title.verdict.value, match.title.target, match.company_size.verdict.value
        ('yes', 'CEO', 'no')
        >>> match.verdict.value
        'no'
        """
        if not isinstance(prospect, Prospect):
            raise TargetingError([f"prospect must be a Prospect, not {short_repr(prospect)}"])
        codes = DEFAULT_CODES if regions is DEFAULT_REGIONS else read_regions(regions)
        last = self._matcher
        if last is None or (last[0] is not codes and last[0] != codes):
            matcher = build_matcher(
                **{name: get_targets(self, name) for name in _DIMENSIONS}, codes=codes
            )
            last = (codes, matcher)
            object.__setattr__(self, "_matcher", last)
        return last[1](prospect)

    @staticmethod
    def normalise(text: str) -> str:
        """Return a title, industry or location as it is compared with targets.

        Args:
            text: The title, industry or location.

        Raises:
            TargetingError: not text.

        >>> Targeting.normalise("Co-Founder & C.E.O.")
        'co founder and ceo'
        """
        if not is_text(text):
            raise TargetingError([f"only text can be normalised, not {short_repr(text)}"])
        return normalise(to_text(text))


def _is_plain_targeting(targeting: Targeting) -> bool:
    """Tell quickly that targets are valid, as nearly all are.

    `_target_faults` decides about the others, which may be valid too.
    """
    t = targeting
    if {type(t.industries), type(t.titles), type(t.company_sizes), type(t.locations)} != {tuple}:
        return False
    every = t.industries + t.titles + t.company_sizes + t.locations
    try:
        text = "".join(every)
        for size in t.company_sizes:
            CompanySize.parse(size)
    except (TargetingError, TypeError) as error:
        raise_interruption(error)
        return False
    return len(text) <= LONGEST_TARGET and all(map(str.strip, every)) and is_keepable(text)


def _target_faults(name: str, targets: tuple[str, ...]) -> Iterable[str]:
    if not isinstance(targets, tuple):
        yield f"{name} must be an ordered iterable of texts, not {short_repr(targets)}"
        return
    for position, target in enumerate(targets):
        if fault := target_error(target):
            yield f"{name}[{position}] {fault}"
        elif name == "company_sizes":
            try:
                CompanySize.parse(target)
            except TargetingError as error:
                yield f"{name}[{position}]: {error}"


def get_targets(targeting: Targeting, dimension: str) -> tuple[str, ...] | None:
    """Return the targets of a dimension, or None if they cannot be read."""
    return None if dimension in targeting.faults else getattr(targeting, dimension)


class PartialTargeting(PartialMixin, Targeting):
    """What can be read of the targeting of a campaign whose stored row breaks a rule."""

    __slots__ = ("_faults", "campaign_id", "known")

    campaign_id: object

    def __new__(cls, known: Mapping[str, object], faults: Faults, campaign_id: object) -> Self:
        """Return a targeting with these dimensions, and faults of the others."""
        self = object.__new__(cls)
        own = {"known": FrozenMap(known), "_faults": FrozenMap(faults), "campaign_id": campaign_id}
        set_fields(self, {**own, **known, "_matcher": None})
        return self

    def __str__(self) -> str:
        some = Targeting(**cast("Any", dict(self.known)))
        return f"{some} ({describe_unreadable(self.faults)})"

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return type(self), (self.known, self.faults, self.campaign_id)

    def make_error(self, faults: Iterable[str]) -> CorruptRowError:
        """Return the error of faults of this targeting."""
        return CorruptRowError("campaign", self.campaign_id, faults)


def make_targeting(targets: Mapping[str, Any], campaign_id: object) -> Targeting:
    """Return the targeting of these dimensions, partial if some are not valid."""
    converted = {name: _convert_targets(targets[name]) for name in _DIMENSIONS}
    faults = {name: tuple(_target_faults(name, given)) for name, given in converted.items()}
    wrong = {name: some for name, some in faults.items() if some}
    if not wrong:
        return Targeting(**converted)
    known = {name: given for name, given in converted.items() if name not in wrong}
    make: Any = PartialTargeting  # a type checker knows only the constructor that attrs makes
    partial: Targeting = make(known, wrong, campaign_id)
    return partial

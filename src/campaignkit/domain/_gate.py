"""Tiers of the Agency Lead Score, and the gate that opens channels to each tier."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from numbers import Integral, Real
from typing import Annotated, TypeAlias, cast

from attrs import field, frozen

from campaignkit.core._channels import MASKS, SETS, Channel, channel_set
from campaignkit.core._checks import as_int, is_mapping, short_repr, to_list, to_member
from campaignkit.core._immutable import FrozenMap, ImmutableBase, V
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import GateError, ScoreError

LOWEST_SCORE = 0
TOP_SCORE = 100


class ALSTier(StrEnum):
    """The tier of a lead by its score, warmest first.

    >>> DEFAULT_GATE.tier(90) is ALSTier.HOT
    True
    """

    HOT = "hot"
    WARM = "warm"
    COOL = "cool"
    COLD = "cold"
    DEAD = "dead"


_ASCENDING = tuple(reversed(ALSTier))
_BOUNDED = tuple(tier for tier in ALSTier if tier is not ALSTier.DEAD)


def check_score(score: object) -> int | float:
    """Return a score as an int or float.

    Raises:
        ScoreError: not a real number from 0 to 100; NaN and bools are refused.

    >>> check_score(84.5)
    84.5
    """
    number = exact_number(score)
    if number is None or not LOWEST_SCORE <= number <= TOP_SCORE:  # false for NaN too
        raise ScoreError([f"score must be a number from 0 to 100, not {short_repr(score)}"])
    return number


def exact_number(score: object) -> int | float | None:
    """Return a real number of any class as an int or a float, or None for anything else."""
    if type(score) is int or type(score) is float:
        return score
    kind = type(score)
    if kind is bool or not issubclass(kind, Real):
        return None
    if issubclass(kind, float):
        return float.__float__(cast("float", score))
    if issubclass(kind, Integral):
        return as_int(cast("int", score))
    try:
        return float(cast("float", score))
    except OverflowError:
        return None


def score_error(score: object) -> str | None:
    """Say what is wrong with a value that should be a score."""
    try:
        check_score(score)
    except ScoreError as error:
        return str(error).removeprefix("score ")
    return None


Bounds: TypeAlias = Mapping[ALSTier, float] | Mapping[str, float]
TierChannels: TypeAlias = Mapping[ALSTier, Iterable[Channel]] | Mapping[str, Iterable[str]]


LowestScores: TypeAlias = Annotated[Mapping[ALSTier, float], _BOUNDED]


def _read_bounds(bounds: Bounds) -> Mapping[ALSTier, float]:
    # Warmest first, whatever the order they were named in; a strange one stays, to be refused.
    given = {
        tier: bound if score_error(bound) else check_score(bound)
        for tier, bound in _read_tiers(bounds, "bounds").items()
    }
    return FrozenMap({**{tier: given[tier] for tier in _BOUNDED if tier in given}, **given})


def _read_tier_channels(channels: TierChannels) -> Mapping[ALSTier, Iterable[Channel | str]]:
    nothing: Iterable[Channel | str] = ()
    # An iterator is read once, here; a lone text stays one, to be refused.
    given = {
        tier: some if (several := to_list(some)) is None else tuple(several)
        for tier, some in _read_tiers(channels, "channels").items()
    }
    return FrozenMap({**dict.fromkeys(ALSTier, nothing), **given})


def _read_tiers(values: Mapping[ALSTier, V] | Mapping[str, V], what: str) -> dict[ALSTier, V]:
    if not is_mapping(values):
        raise GateError([f"{what} must be a mapping from tiers, not {short_repr(values)}"])
    given = {to_member(ALSTier, tier): value for tier, value in values.items()}
    if strange := [tier for tier in given if not isinstance(tier, ALSTier)]:
        names = ", ".join(map(short_repr, strange))
        raise GateError([f"{what}: no tier is called {names}; there are {', '.join(ALSTier)}"])
    return given


@frozen
class ALSGate(ImmutableBase):
    """The channels that each score opens.

    Args:
        bounds: The lowest score of each tier from Hot to Cold. Dead is everything below.
        channels: The channels of each tier, which need not nest. An omitted tier has none.

    Raises:
        GateError: bounds that do not fall from Hot to Cold within 0 to 100, or unknown tiers or
            channels.

    >>> gate = ALSGate(
    ...     bounds={"hot": 90, "warm": 50, "cool": 30, "cold": 10},
    ...     channels={"hot": {"email", "voice"}, "warm": {"email"}},
    ... )
    >>> gate.tier(90) is ALSTier.HOT, gate.channels(49.9)
    (True, frozenset())
    """

    bounds: LowestScores = field(converter=_read_bounds)
    _channels: Mapping[ALSTier, Iterable[Channel | str]] = field(
        alias="channels", converter=_read_tier_channels
    )
    _lows: tuple[float, ...] = field(init=False, repr=False, eq=False)
    _masks: tuple[int, ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        faults = [*_bound_faults(self.bounds), *_channel_faults(self._channels)]
        if faults:
            raise GateError(faults)
        channels = {tier: channel_set(some) for tier, some in self._channels.items()}
        object.__setattr__(self, "_channels", FrozenMap(channels))
        object.__setattr__(self, "_lows", tuple(self.bounds[t] for t in reversed(_BOUNDED)))
        object.__setattr__(self, "_masks", tuple(MASKS[channels[t]] for t in _ASCENDING))

    def __str__(self) -> str:
        return ", ".join(f"{tier} from {bound:g}" for tier, bound in self.bounds.items())

    def _repr_arguments(self) -> Mapping[str, object]:
        return {"bounds": self.bounds, "channels": {tier: self.channels(tier) for tier in ALSTier}}

    def tier(self, score: float | None) -> ALSTier | None:
        """Return the tier of a score.

        Args:
            score: A number from 0 to 100. None, a missing score, has no tier.

        Raises:
            ScoreError: anything but None and a real number from 0 to 100.

        >>> DEFAULT_GATE.tier(84.5).value
        'warm'
        """
        if score is None:
            return None
        return _ASCENDING[bisect_right(self._lows, check_score(score))]

    def channels(self, score: float | ALSTier | None) -> frozenset[Channel]:
        """Return the channels open to a score or to a tier.

        Args:
            score: A number from 0 to 100, or a tier. None, a missing score, opens no channel.

        Raises:
            ScoreError: a score that is not a real number from 0 to 100.

        >>> sorted(DEFAULT_GATE.channels(40))
        [<Channel.EMAIL: 'email'>, <Channel.LINKEDIN: 'linkedin'>]
        """
        if isinstance(score, ALSTier):
            return SETS[self._masks[_ASCENDING.index(score)]]
        return SETS[0 if score is None else self.mask(check_score(score))]

    def mask(self, score: float | None) -> int:
        """Return the channels open to a valid score, as a mask.

        Args:
            score: A number from 0 to 100, which is not checked, or None.
        """
        return 0 if score is None else self._masks[bisect_right(self._lows, score)]


def _bound_faults(bounds: Mapping[ALSTier, float]) -> Iterable[str]:
    if tuple(bounds) != _BOUNDED:
        yield f"bounds must name {', '.join(_BOUNDED)}, not {', '.join(bounds) or 'nothing'}"
    faults = {tier: fault for tier, bound in bounds.items() if (fault := score_error(bound))}
    yield from (f"bound of {tier} {fault}" for tier, fault in faults.items())
    if not faults and any(low >= high for high, low in pairwise(bounds.values())):
        yield f"bounds must fall from hot to cold, not be {', '.join(map(str, bounds.values()))}"


def _channel_faults(channels: Mapping[ALSTier, Iterable[Channel | str]]) -> Iterable[str]:
    for tier, some in channels.items():
        try:
            channel_set(some)
        except (TypeError, ValueError) as error:
            raise_interruption(error)
            yield f"channels of {tier}: {error}"


DEFAULT_GATE = ALSGate(
    bounds={ALSTier.HOT: 85, ALSTier.WARM: 60, ALSTier.COOL: 35, ALSTier.COLD: 20},
    channels={
        ALSTier.HOT: frozenset(Channel),
        ALSTier.WARM: frozenset({Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE}),
        ALSTier.COOL: frozenset({Channel.EMAIL, Channel.LINKEDIN}),
        ALSTier.COLD: frozenset({Channel.EMAIL}),
    },
)
"""The gate by default: Hot from 85 on gets all channels; Warm from 60 email, linkedin and voice;
Cool from 35 email and linkedin; Cold from 20 email; Dead none."""

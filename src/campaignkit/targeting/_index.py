"""An index of many targetings: find those that a prospect fits without matching each.

A set of targetings is a whole number here, bit i for the i-th. For each phrase, each chain of
places and each stretch of company sizes there is the set of those that it decides; the sets of one
dimension are united, those of the four intersected. So a prospect costs its words, a few
operations on such numbers, and the targetings that are found.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Generic, TypeAlias, TypeVar

from attrs import define, field, frozen

from campaignkit.core._checks import is_mapping, short_repr
from campaignkit.errors import TargetingError
from campaignkit.targeting._company_size import CompanySize, merge_sizes
from campaignkit.targeting._folding import fold_words
from campaignkit.targeting._places import DEFAULT_REGIONS, fold_places, read_regions, split_regions
from campaignkit.targeting._prospects import Prospect
from campaignkit.targeting._targeting import Targeting

K = TypeVar("K")

_Bits: TypeAlias = int
"""A set of targetings."""


class TargetingIndex(Generic[K]):
    """An index of targetings by key, such as the ids of their campaigns.

    It agrees with `Targeting.match`. Build a new one when targetings change.

    Raises:
        TargetingError: not a mapping to targetings, or a region that is not one word.

    >>> index = TargetingIndex(
    ...     {"a": Targeting(titles=["CEO"]), "b": Targeting(titles=["CEO"], locations=["Hobart"])}
    ... )
    >>> index.fits(Prospect(title="Co-Founder & CEO", location="Sydney, NSW"))
    ('a',)
    >>> index.may_fit(Prospect(title="Co-Founder & CEO"))
    ('b',)
    """

    def __init__(
        self, targetings: Mapping[K, Targeting], *, regions: Iterable[str] = DEFAULT_REGIONS
    ) -> None:
        if not is_mapping(targetings):
            raise TargetingError([f"targetings must be a mapping, not {short_repr(targetings)}"])
        of = list(targetings.values())
        if strange := [short_repr(some) for some in of if not isinstance(some, Targeting)]:
            raise TargetingError(
                f"targetings must map to Targetings, not {some}" for some in strange
            )
        codes = self._codes = read_regions(regions)
        self._keys = tuple(targetings)
        self._industries = _Phrases(some.industries for some in of)
        self._titles = _Phrases(some.titles for some in of)
        self._sizes = _Sizes(some.company_sizes for some in of)
        self._locations = _Chains((some.locations for some in of), lambda t: fold_places(t, codes))

    def __len__(self) -> int:
        return len(self._keys)

    def fits(self, prospect: Prospect) -> tuple[K, ...]:
        """Return the keys of the targetings that a prospect fits, in the order of the mapping.

        Raises:
            TargetingError: not a Prospect.
        """
        return self._keys_of(self._find(prospect).yes)

    def may_fit(self, prospect: Prospect) -> tuple[K, ...]:
        """Return the keys of the targetings of which it is unknown whether a prospect fits.

        Raises:
            TargetingError: not a Prospect.
        """
        found = self._find(prospect)
        return self._keys_of(found.not_no & ~found.yes)

    def _find(self, prospect: Prospect) -> _Answer:
        if not isinstance(prospect, Prospect):
            raise TargetingError([f"prospect must be a Prospect, not {short_repr(prospect)}"])
        dimensions = (
            self._sizes.find(prospect.company_size),
            self._industries.find((prospect.industry_phrase or "").split()),
            self._titles.find((prospect.title_phrase or "").split()),
            self._locations.find(split_regions(prospect.location_parts, self._codes)),
        )
        return _Answer(
            reduce(int.__and__, [found.yes for found in dimensions]),
            reduce(int.__and__, [found.not_no for found in dimensions]),
        )

    def _keys_of(self, bits: _Bits) -> tuple[K, ...]:
        some = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return tuple(
            [
                self._keys[byte.start() * 8 + bit]
                for byte in _NONZERO.finditer(some)
                for bit in _SET_BITS[byte[0][0]]
            ]
        )


_NONZERO = re.compile(rb"[^\0]", re.DOTALL)
_SET_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


@frozen
class _Answer:
    """The targetings of which a dimension says yes, and those of which it does not say no."""

    yes: _Bits
    not_no: _Bits


@define
class _Node:
    """What may follow upon some steps, and the targetings of which a target ends with them.

    `link` is the node of the longest of their endings that begins another target.
    """

    bits: _Bits = 0
    next: dict[str, _Node] = field(factory=dict[str, "_Node"])
    link: _Node | None = None


class _Texts(ABC):
    """The targetings by the steps of their targets: the words of a phrase, or places in order."""

    def __init__(
        self, lists: Iterable[Sequence[str]], steps: Callable[[str], Sequence[str]]
    ) -> None:
        self._any = self._all = 0
        self._root = _Node()
        for i, targets in enumerate(lists):
            bit = 1 << i
            self._all |= bit
            if not targets:
                self._any |= bit
            for target in targets:
                self._add(steps(target), bit)

    def _add(self, steps: Sequence[str], bit: _Bits) -> None:
        if not steps:
            return  # a target without a word is in no text
        node = self._root
        for step in steps:
            node = node.next.setdefault(step, _Node())
        node.bits |= bit

    def find(self, there: Sequence[str]) -> _Answer:
        if not there:
            return _Answer(self._any, self._all)
        found = self._any | self._walk(there)
        return _Answer(found, found)

    @abstractmethod
    def _walk(self, there: Sequence[str]) -> _Bits:
        """Return the targetings of which a target is among these steps."""


class _Phrases(_Texts):
    """The targetings by phrases, each of which is in a text if its words follow one another there.

    A text is read once, word by word, however the phrases repeat themselves.

    Source: A. V. Aho and M. J. Corasick, "Efficient string matching", 1975.
    """

    def __init__(self, lists: Iterable[Sequence[str]]) -> None:
        super().__init__(lists, lambda target: fold_words(target).split())
        self._link()

    def _link(self) -> None:
        """Link each node, and give it what the phrases decide that end with it further on."""
        root = self._root
        nodes = list(root.next.values())
        for node in nodes:  # which grows, by the length of the beginnings
            for word, after in node.next.items():
                after.link = link = self._after(node.link, word)
                if link is not root and link.bits:
                    after.bits |= link.bits
                nodes.append(after)

    def _after(self, node: _Node | None, word: str) -> _Node:
        while node is not None:
            if (after := node.next.get(word)) is not None:
                return after
            node = node.link
        root = self._root
        return root.next.get(word, root)

    def _walk(self, there: Sequence[str]) -> _Bits:
        found, node = 0, self._root
        for word in there:
            after = node.next.get(word)
            node = self._after(node.link, word) if after is None else after
            if node.bits:
                found |= node.bits
        return found


class _Chains(_Texts):
    """The targetings by chains of places, each of which is among others if they come in its order.

    Of all the ways to find a chain the one that takes each place as early as it can is enough, so
    each node is reached once.
    """

    def _walk(self, there: Sequence[str]) -> _Bits:
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, place in enumerate(there):
            positions[place].append(position)
        found, reached = 0, [(self._root, 0)]
        while reached:
            node, start = reached.pop()
            # Whichever is fewer: a node may have thousands, and so may a text.
            some = positions if len(positions) <= len(node.next) else node.next
            for place in some:
                if place not in positions or (after := node.next.get(place)) is None:
                    continue
                at = bisect_left(positions[place], start)
                if at < len(positions[place]):
                    found |= after.bits
                    if after.next:
                        reached.append((after, positions[place][at] + 1))
        return found


class _Sizes:
    """The targetings by the stretches of company sizes that all of them hold whole, or not at all.

    A stretch ends where the next begins; the last is open.
    """

    def __init__(self, lists: Iterable[Sequence[str]]) -> None:
        self._any = self._all = 0
        changes: defaultdict[int, _Bits] = defaultdict(int)
        for i, targets in enumerate(lists):
            bit = 1 << i
            self._all |= bit
            if not targets:
                self._any |= bit
            for size in merge_sizes(map(CompanySize.parse, targets)):
                changes[size.low] ^= bit
                if size.high is not None:
                    changes[size.high + 1] ^= bit
        self._starts = sorted({0, *changes})
        self._holding: list[_Bits] = []
        holding = self._any
        for start in self._starts:
            holding ^= changes[start]
            self._holding.append(holding)

    def find(self, size: CompanySize | None) -> _Answer:
        if size is None:
            return _Answer(self._any, self._all)
        first = bisect_right(self._starts, size.low) - 1
        behind = None if size.high is None else bisect_right(self._starts, size.high)
        touched = self._holding[first:behind]
        return _Answer(reduce(int.__and__, touched), reduce(int.__or__, touched))

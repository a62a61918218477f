"""An index of many targetings: find those that a prospect fits without matching each.

A set of targetings is an integer whose bit i stands for the i-th targeting. Each phrase, each chain
of places and each range of company sizes has the set of targetings that it satisfies. The sets of
one dimension are united, those of the four dimensions intersected. So a search costs the words of
the prospect, a few operations on such integers, and the targetings that are found.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Generic, TypeAlias

from attrs import define, field, frozen

from campaignkit.core._checks import is_mapping, short_repr
from campaignkit.core._immutable import K
from campaignkit.errors import TargetingError
from campaignkit.targeting._company_size import CompanySize, merge_sizes
from campaignkit.targeting._folding import fold_words
from campaignkit.targeting._places import DEFAULT_REGIONS, fold_places, read_regions, split_regions
from campaignkit.targeting._prospects import Prospect
from campaignkit.targeting._targeting import Targeting, get_targets

_Bits: TypeAlias = int
"""A set of targetings."""


class TargetingIndex(Generic[K]):
    """An index of targetings by key, such as the ids of their campaigns.

    It agrees with `Targeting.match`. Build a new one when targetings change.

    Args:
        targetings: The targeting of each key.
        regions: The codes of regions with which a part of a location may end.

    Raises:
        TargetingError: not a mapping to targetings, or a region that is not one word.

    >>> index = TargetingIndex(
    ...     {"a": Targeting(titles=["CEO"]), "b": Targeting(titles=["CEO"], locations=["Hobart"])}
    ... )
    >>> index.find_fits(Prospect(title="Co-Founder & CEO", location="Sydney, NSW"))
    ('a',)
    >>> index.find_unknown(Prospect(title="Co-Founder & CEO"))
    ('b',)
    """

    def __init__(
        self, targetings: Mapping[K, Targeting], *, regions: Iterable[str] = DEFAULT_REGIONS
    ) -> None:
        if not is_mapping(targetings):
            raise TargetingError([f"targetings must be a mapping, not {short_repr(targetings)}"])
        several = list(targetings.values())
        if strange := [short_repr(one) for one in several if not isinstance(one, Targeting)]:
            raise TargetingError(f"targetings must map to Targetings, not {one}" for one in strange)
        codes = self._codes = read_regions(regions)
        self._keys = tuple(targetings)
        self._industries = _Phrases(get_targets(one, "industries") for one in several)
        self._titles = _Phrases(get_targets(one, "titles") for one in several)
        self._sizes = _Sizes(get_targets(one, "company_sizes") for one in several)
        locations = (get_targets(one, "locations") for one in several)
        self._locations = _Chains(locations, lambda target: fold_places(target, codes))

    def __len__(self) -> int:
        return len(self._keys)

    def find_fits(self, prospect: Prospect) -> tuple[K, ...]:
        """Return the keys of the targetings that a prospect fits, in the order of the mapping.

        Args:
            prospect: What is known of a person.

        Raises:
            TargetingError: not a Prospect.
        """
        return self._list_keys(self._find(prospect).yes)

    def find_unknown(self, prospect: Prospect) -> tuple[K, ...]:
        """Return the keys of the targetings whose verdict on a prospect is unknown.

        Args:
            prospect: What is known of a person.

        Raises:
            TargetingError: not a Prospect.
        """
        found = self._find(prospect)
        return self._list_keys(found.not_no & ~found.yes)

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

    def _list_keys(self, bits: _Bits) -> tuple[K, ...]:
        data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return tuple(
            [
                self._keys[byte.start() * 8 + bit]
                for byte in _NONZERO.finditer(data)
                for bit in _SET_BITS[byte[0][0]]
            ]
        )


_NONZERO = re.compile(rb"[^\0]", re.DOTALL)
_SET_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


@frozen
class _Answer:
    """The targetings for which a dimension's verdict is yes, and those for which it is not no."""

    yes: _Bits
    not_no: _Bits


@define
class _Node:
    """A node of a trie of targets: some steps, and the targetings with a target of these steps.

    `link` is the node of the longest proper suffix of the steps that is in the trie.
    """

    bits: _Bits = 0
    next: dict[str, _Node] = field(factory=dict[str, "_Node"])
    link: _Node | None = None


class _Texts(ABC):
    """A trie of targets by their steps: the words of a phrase, or places in order.

    Targets that cannot be read are None: the verdict on such a targeting is unknown.
    """

    def __init__(
        self, lists: Iterable[Sequence[str] | None], steps: Callable[[str], Sequence[str]]
    ) -> None:
        self._any = self._all = self._unknown = 0
        self._root = _Node()
        for i, targets in enumerate(lists):
            bit = 1 << i
            self._all |= bit
            if targets is None:
                self._unknown |= bit
                continue
            if not targets:
                self._any |= bit
            for target in targets:
                self._add(steps(target), bit)

    def _add(self, steps: Sequence[str], bit: _Bits) -> None:
        if not steps:
            return  # no text contains a target without words
        node = self._root
        for step in steps:
            node = node.next.setdefault(step, _Node())
        node.bits |= bit

    def find(self, steps: Sequence[str]) -> _Answer:
        if not steps:
            return _Answer(self._any, self._all)
        found = self._any | self._walk(steps)
        return _Answer(found, found | self._unknown)

    @abstractmethod
    def _walk(self, steps: Sequence[str]) -> _Bits:
        """Return the targetings with a target that these steps contain."""


class _Phrases(_Texts):
    """A trie of phrases. A text contains a phrase if it has its words one after the other.

    Each text is read once, word by word, however repetitive the phrases are.

    Source: A. V. Aho and M. J. Corasick, "Efficient string matching", 1975.
    """

    def __init__(self, lists: Iterable[Sequence[str] | None]) -> None:
        super().__init__(lists, lambda target: fold_words(target).split())
        self._link()

    def _link(self) -> None:
        """Link each node, and add the targetings of the phrases that are suffixes of it."""
        root = self._root
        nodes = list(root.next.values())
        for node in nodes:  # breadth first: the list grows meanwhile
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

    def _walk(self, steps: Sequence[str]) -> _Bits:
        found, node = 0, self._root
        for word in steps:
            after = node.next.get(word)
            node = self._after(node.link, word) if after is None else after
            if node.bits:
                found |= node.bits
        return found


class _Chains(_Texts):
    """A trie of chains of places. A location contains a chain if it has its places in that order.

    It is enough to find each place of a chain as early as possible, so each node is reached once.
    """

    def _walk(self, steps: Sequence[str]) -> _Bits:
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, place in enumerate(steps):
            positions[place].append(position)
        found, reached = 0, [(self._root, 0)]
        while reached:
            node, start = reached.pop()
            # Loop over the smaller one: a node may have thousands of places, and so may a text.
            candidates = positions if len(positions) <= len(node.next) else node.next
            for place in candidates:
                if place not in positions or (after := node.next.get(place)) is None:
                    continue
                at = bisect_left(positions[place], start)
                if at < len(positions[place]):
                    found |= after.bits
                    if after.next:
                        reached.append((after, positions[place][at] + 1))
        return found


class _Sizes:
    """The targetings by ranges of company sizes: each contains all of a range, or nothing of it.

    A range ends where the next begins; the last has no upper end. As in `_Texts`, targets that
    cannot be read are None.
    """

    def __init__(self, lists: Iterable[Sequence[str] | None]) -> None:
        self._any = self._all = self._unknown = 0
        changes: defaultdict[int, _Bits] = defaultdict(int)
        for i, targets in enumerate(lists):
            bit = 1 << i
            self._all |= bit
            if targets is None:
                self._unknown |= bit
                continue
            if not targets:
                self._any |= bit
            for size in merge_sizes(map(CompanySize.parse, targets)):
                changes[size.low] ^= bit
                if size.high is not None:
                    changes[size.high + 1] ^= bit
        self._starts = sorted({0, *changes})
        self._sets: list[_Bits] = []
        current = self._any
        for start in self._starts:
            current ^= changes[start]
            self._sets.append(current)

    def find(self, size: CompanySize | None) -> _Answer:
        if size is None:
            return _Answer(self._any, self._all)
        first = bisect_right(self._starts, size.low) - 1
        behind = None if size.high is None else bisect_right(self._starts, size.high)
        touched = self._sets[first:behind]
        return _Answer(reduce(int.__and__, touched), reduce(int.__or__, touched) | self._unknown)

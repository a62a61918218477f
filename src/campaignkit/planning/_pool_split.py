"""How many leads of a pool each campaign gets, for any number of campaigns and any sets of them.

The same optimum as in `campaignkit.planning._totals`, with campaigns in place of channels. As there
may be a hundred campaigns, their sets are not listed: the set that is overfilled most is found as
the minimum cut of a flow.

Source: H. Groenevelt, "Two algorithms for maximizing a separable concave function over a
polymatroid feasible region", 1991.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from functools import cached_property
from itertools import compress, pairwise
from operator import itemgetter

from attrs import frozen

from campaignkit.domain._allocation import sainte_lague
from campaignkit.planning._deal import split_in_proportion


class PoolSplit:
    """The leads of each fits set, split over the campaigns of the set.

    Shapes: `rows` has for each set the positions of its campaigns, in ascending order, at least
    one, and `matrix` how many leads of the set each of them gets, which add up to its size. `given`
    has the total of each campaign.
    """

    def __init__(
        self, rows: Sequence[Sequence[int]], matrix: Sequence[list[int]], campaigns: int
    ) -> None:
        self.rows, self.matrix = rows, matrix
        self.given = [0] * campaigns
        for row, numbers in zip(rows, matrix, strict=True):
            for c, leads in zip(row, numbers, strict=True):
                self.given[c] += leads

    def reach(self, wanted: Mapping[int, int]) -> AbstractSet[int]:
        """Pass leads on until each campaign has what it wants, as far as that goes.

        Returns:
            No campaign if all have it; else those from which no lead can be passed to one that has
            less: the set that the wanted totals overfill most. None of its leads could be
            elsewhere.
        """
        given = self.given
        while short := [c for c, number in wanted.items() if given[c] < number]:
            over = sum([1 << c for c, number in wanted.items() if given[c] > number])
            taker_of, nearest = self._passing.find_givers(short, over)
            if not nearest:
                return {*short, *taker_of}
            for giver in nearest:
                chain = [giver]
                while chain[-1] in taker_of:
                    chain.append(taker_of[chain[-1]])
                most = min(given[giver] - wanted[giver], wanted[chain[-1]] - given[chain[-1]])
                if most > 0:
                    moved = self._passing.pass_along(chain, most)
                    given[giver] -= moved
                    given[chain[-1]] += moved
        return frozenset()

    def tight_set(self, campaign: int) -> Collection[int]:
        """Return the smallest set with a campaign none of whose leads could be elsewhere."""
        taker_of, _ = self._passing.find_givers([campaign], 0)
        return {campaign, *taker_of}

    @cached_property
    def _passing(self) -> _Passing:
        return _Passing(self.rows, self.matrix, len(self.given))


def _fill(
    rows: Sequence[Sequence[int]], sizes: Sequence[int], wanted: Mapping[int, int]
) -> list[list[int]]:
    """Give each set to its campaigns in proportion to what they still want, small sets first.

    Campaigns that want all leads that fit them come before the others. What exceeds all that the
    campaigns of a set want goes to the first of them.
    """
    available = dict.fromkeys(wanted, 0)
    for row, size in zip(rows, sizes, strict=True):
        for c in row:
            available[c] += size
    hungry = {c for c, number in wanted.items() if number >= available[c]}
    matrix: list[list[int]] = [[]] * len(rows)
    missing = dict(wanted)
    for i in sorted(range(len(rows)), key=lambda i: len(rows[i])):
        row = rows[i]
        claims = [missing[c] for c in row]
        if not hungry.isdisjoint(row):
            claims = [n if c in hungry else 0 for c, n in zip(row, claims, strict=True)]
        size = min(sizes[i], sum(claims))
        numbers = matrix[i] = split_in_proportion(size, claims)
        for c, part in zip(row, numbers, strict=True):
            missing[c] -= part
        numbers[0] += sizes[i] - size
    return matrix


class _Passing:
    """Which leads could be passed from one campaign to another.

    Shapes: bit b of `_givers[a]` tells that campaign b may have leads which a could take. It is set
    as soon as there are any, and cleared when a search finds none.
    """

    def __init__(
        self, rows: Sequence[Sequence[int]], matrix: Sequence[list[int]], campaigns: int
    ) -> None:
        self._rows, self._matrix = rows, matrix
        self._places = [dict(zip(row, range(len(row)), strict=True)) for row in rows]
        self._rows_of: list[list[int]] = [[] for _ in range(campaigns)]
        self._rows_of_both: dict[tuple[int, int], list[int]] = {}
        self._givers = [0] * campaigns
        for i, (row, numbers) in enumerate(zip(rows, matrix, strict=True)):
            holders = sum([1 << c for c, leads in zip(row, numbers, strict=True) if leads])
            for c in row:
                self._rows_of[c].append(i)
                self._givers[c] |= holders

    def find_givers(self, short: Sequence[int], over: int) -> tuple[dict[int, int], Sequence[int]]:
        """Search breadth first for campaigns whose leads can be passed on to those that are short.

        Args:
            short: The campaigns that are short.
            over: The campaigns that have too many leads, as a mask.

        Returns:
            For each campaign on the way the one to which it passes leads; and the nearest ones of
            `over`, with which the search ends.
        """
        taker_of: dict[int, int] = {}
        unseen = ~sum([1 << c for c in short])
        level = short
        while level:
            further: list[int] = []
            for taker in level:
                for giver in _iterate_bits(self._givers[taker] & unseen):
                    if self._count_passable(giver, taker, 1):
                        unseen ^= 1 << giver
                        taker_of[giver] = taker
                        further.append(giver)
                    else:
                        self._givers[taker] ^= 1 << giver
            if nearest := [c for c in further if over >> c & 1]:
                return taker_of, nearest
            level = further
        return taker_of, ()

    def pass_along(self, chain: Sequence[int], most: int) -> int:
        """Pass leads from the first campaign of a chain to the last; return how many."""
        links = list(pairwise(chain))
        for giver, taker in links:
            most = self._count_passable(giver, taker, most)
        for giver, taker in links:
            self._pass_on(giver, taker, most)
        return most

    def _find_rows(self, giver: int, taker: int) -> Sequence[int]:
        """Return the indices of the sets that hold both campaigns."""
        found = self._rows_of_both.get((giver, taker))
        if found is None:
            found = [i for i in self._rows_of[taker] if giver in self._places[i]]
            self._rows_of_both[giver, taker] = found
        return found

    def _count_passable(self, giver: int, taker: int, most: int) -> int:
        """Return how many leads of one campaign another could take, but at most so many."""
        count = 0
        for i in self._find_rows(giver, taker):
            count += self._matrix[i][self._places[i][giver]]
            if count >= most:
                return most
        return count

    def _pass_on(self, giver: int, taker: int, amount: int) -> None:
        for i in self._find_rows(giver, taker):
            numbers, places = self._matrix[i], self._places[i]
            moved = min(amount, numbers[places[giver]])
            if moved:
                numbers[places[giver]] -= moved
                if not numbers[places[taker]]:
                    for c in self._rows[i]:
                        self._givers[c] |= 1 << taker
                numbers[places[taker]] += moved
                amount -= moved
                if not amount:
                    return


def _iterate_bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits of a mask, in ascending order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def split_pool(
    weights: Sequence[int],
    rows: Sequence[Sequence[int]],
    sizes: Sequence[int],
    carried: Sequence[int],
) -> PoolSplit:
    """Split a pool over campaigns: all leads, with the least Σ (carried + given)² / weight.

    Of equally good totals the first campaigns get more. Where some campaigns cannot have what they
    want, the set that is overfilled most is full in the best split. It is then solved by itself,
    and so are the other campaigns, which have no lead that it could take.

    Shapes: a positive weight and a carried count for each campaign; for each fits set the positions
    of its campaigns, at least one, in ascending order, and its number of leads.
    """
    matrix = [[0] * len(row) for row in rows]
    parts: list[tuple[Sequence[int], Sequence[int]]] = [(range(len(weights)), range(len(rows)))]
    while parts:
        part, indices = parts.pop()
        inside = frozenset(part)
        is_whole = len(part) == len(weights)
        own_rows = rows if is_whole else [[c for c in rows[i] if c in inside] for i in indices]
        own_sizes = [sizes[i] for i in indices]
        counts = sainte_lague(
            [weights[c] for c in part], sum(own_sizes), [carried[c] for c in part]
        )
        wanted = dict(zip(part, counts, strict=True))
        split = PoolSplit(own_rows, _fill(own_rows, own_sizes, wanted), len(weights))
        if full := split.reach(wanted):
            meets = [not full.isdisjoint(row) for row in own_rows]
            parts.append(([c for c in part if c in full], [*compress(indices, meets)]))
            others = [not met for met in meets]
            parts.append(([c for c in part if c not in full], [*compress(indices, others)]))
            continue
        if is_whole:
            return split
        for i, row, numbers in zip(indices, own_rows, split.matrix, strict=True):
            got = dict(zip(row, numbers, strict=True))
            matrix[i] = [got.get(c, 0) for c in rows[i]]
    return PoolSplit(rows, matrix, len(weights))


@frozen
class UnitOrder:
    """The units of all campaigns, in the order in which they are given out.

    Unit g of a campaign with the total z, counted from 0, costs (2g + 1) / z. The cheapest comes
    first, as Sainte-Laguë has it; of equally cheap ones, that of the first campaign.

    Shapes: `campaigns` has the campaign of each unit, `following` the next unit of its campaign;
    `first` has the first unit of each campaign. Where there is none, it is the number of units.
    """

    campaigns: Sequence[int]
    following: Sequence[int]
    first: Sequence[int]

    @classmethod
    def of(cls, totals: Sequence[int]) -> UnitOrder:
        """Return the order of the units of campaigns with these totals.

        >>> UnitOrder.of([3, 1])
        UnitOrder(campaigns=[0, 0, 1, 0], following=[1, 3, 4, 4], first=[0, 2])
        """
        size = sum(totals)
        divide = _divide_floats if size < EXACT_COSTS else Fraction
        costs = [divide(odd, total) for total in totals for odd in range(1, 2 * total, 2)]
        campaign_of = [c for c, total in enumerate(totals) for _ in range(total)]
        campaigns = [campaign_of[u] for u in sorted(range(size), key=costs.__getitem__)]
        following, first = [size] * size, [size] * len(totals)
        for unit in range(size - 1, -1, -1):
            following[unit] = first[campaigns[unit]]
            first[campaigns[unit]] = unit
        return cls(campaigns, following, first)


def _divide_floats(odd: int, total: int) -> float:
    return odd / total


EXACT_COSTS = 1 << 27
"""Of fewer units in all, different costs are different floats.

The costs a / z and b / y, which are less than 2, differ by at least 1 / (z * y). As z + y < 2**27,
that is more than 2**-52, by which floats below 2 are at most apart.
"""


def deal_pool(
    split: PoolSplit, row_of: Sequence[int], units: UnitOrder, *, mirrored: bool
) -> list[int]:
    """Deal leads, best first, to the campaigns: return the campaign of each.

    Each lead takes the first unit that is left of the campaigns to which its set still gives leads.
    So all campaigns get leads of the same merit, as far as the sets permit. If the deal is
    `mirrored`, it begins with the last lead.

    Shapes: `row_of` has for each lead the index of its set, as often as the set has leads; `units`
    are those of the totals of the split.
    """
    campaigns, following, first = units.campaigns, units.following, list(units.first)
    left = [dict(zip(*both, strict=True)) for both in zip(split.rows, split.matrix, strict=True)]
    choices = [_choose_from(numbers) for numbers in left]
    dealt: list[int] = []
    # A million leads pass here, so each step is one that Python does fast.
    for i in reversed(row_of) if mirrored else row_of:
        unit = min(choices[i](first))
        c = campaigns[unit]
        first[c] = following[unit]
        dealt.append(c)
        numbers = left[i]
        numbers[c] = number = numbers[c] - 1
        if not number:
            choices[i] = _choose_from(numbers)
    if mirrored:
        dealt.reverse()
    return dealt


def _choose_from(numbers: Mapping[int, int]) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """Return a function that picks, of the first units, those of campaigns that have leads left."""
    campaigns = [c for c, number in numbers.items() if number]
    return itemgetter(*(campaigns if len(campaigns) > 1 else (campaigns or [0]) * 2))  # a tuple

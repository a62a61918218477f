"""How many leads of a pool each campaign gets, for any number of campaigns and any sets of them.

The same optimum as in `campaignkit.planning._totals`, with campaigns in place of channels. As there
may be a hundred campaigns, their sets are not listed: the set that is overfilled most is found as
the minimum cut of a flow.

Source: H. Groenevelt, "Two algorithms for maximizing a separable concave function over a
polymatroid feasible region", 1991.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        self, rows: Sequence[Sequence[int]], matrix: Sequence[list[int]], given: Sequence[int]
    ) -> None:
        self.rows, self.matrix, self.given = rows, matrix, given

    def tight_set(self, campaign: int) -> AbstractSet[int]:
        """Return the smallest set with a campaign none of whose leads could be elsewhere."""
        return self._residual.find_chains([campaign], 0)[1]

    @cached_property
    def _residual(self) -> _ResidualGraph:
        return _ResidualGraph(self.rows, _list_rows(self.rows, range(len(self.given))), self.matrix)


def _list_rows(
    rows: Sequence[Sequence[int]], campaigns: Iterable[int]
) -> Mapping[int, Sequence[int]]:
    """Return for each campaign the indices of the sets that hold it, in ascending order."""
    rows_of: dict[int, list[int]] = {c: [] for c in campaigns}
    for i, row in enumerate(rows):
        for c in row:
            rows_of[c].append(i)
    return rows_of


def _fill(
    rows: Sequence[Sequence[int]],
    rows_of: Mapping[int, Sequence[int]],
    sizes: Sequence[int],
    wanted: Mapping[int, int],
) -> tuple[list[list[int]], dict[int, int]]:
    """Give each set to its campaigns in proportion to what they still want, small sets first.

    Campaigns that want all leads that fit them come before the others. What exceeds all that the
    campaigns of a set want goes to the first of them.

    Returns:
        How many leads of each set its campaigns get, and how many each campaign gets in all.
    """
    hungry = {
        c for c, number in wanted.items() if number >= sum(map(sizes.__getitem__, rows_of[c]))
    }
    matrix: list[list[int]] = [[]] * len(rows)
    missing, excess = dict(wanted), dict.fromkeys(wanted, 0)
    lengths = [*map(len, rows)]
    for i in sorted(range(len(rows)), key=lengths.__getitem__):
        row = rows[i]
        claims = [missing[c] for c in row]
        if hungry and not hungry.isdisjoint(row):
            claims = [n if c in hungry else 0 for c, n in zip(row, claims, strict=True)]
        size = min(sizes[i], sum(claims))
        numbers = matrix[i] = split_in_proportion(size, claims)
        for c, part in zip(row, numbers, strict=True):
            missing[c] -= part
        if size < sizes[i]:
            numbers[0] += sizes[i] - size
            excess[row[0]] += sizes[i] - size
    return matrix, {c: number - missing[c] + excess[c] for c, number in wanted.items()}


class _ResidualGraph:
    """Which campaigns have leads that others could take.

    It changes the matrix of a split, whose rows and their indices by campaign it is given.

    Shapes: `_givers` has for each campaign the mask of those that have leads which it could take,
    and `_unknown` the mask of those of which that is not known.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[int]],
        rows_of: Mapping[int, Sequence[int]],
        matrix: Sequence[list[int]],
    ) -> None:
        self._rows, self._rows_of, self._matrix = rows, rows_of, matrix
        self._rows_of_both: dict[tuple[int, int], Sequence[int]] = {}
        self._row_sets: dict[int, AbstractSet[int]] = {}
        self._everyone = sum([1 << c for c in rows_of])
        self._givers = dict.fromkeys(rows_of, 0)
        self._unknown: dict[int, int] = {}

    def meet(self, wanted: Mapping[int, int], given: dict[int, int]) -> AbstractSet[int]:
        """Pass leads on until each campaign has what it wants, as far as that goes.

        Returns:
            No campaign if all have it; else those from which no lead can be passed to one that has
            less: the set that the wanted totals overfill most. None of its leads could be
            elsewhere.
        """
        while short := [c for c, number in wanted.items() if given[c] < number]:
            over = sum([1 << c for c, number in wanted.items() if given[c] > number])
            chains, seen = self.find_chains(short, over)
            if not chains:
                return seen
            for chain in chains:
                giver, taker = chain[0], chain[-1]
                if most := min(given[giver] - wanted[giver], wanted[taker] - given[taker]):
                    moved = self._pass_along(chain, most)
                    given[giver] -= moved
                    given[taker] += moved
        return frozenset()

    def find_chains(
        self, short: Sequence[int], over: int
    ) -> tuple[Sequence[Sequence[int]], AbstractSet[int]]:
        """Search breadth first for chains that end in one of some campaigns.

        Each campaign of a chain has leads that the next could take.

        Args:
            short: The campaigns at which chains may end.
            over: The campaigns at which chains may begin, as a mask.

        Returns:
            The shortest chain from each of the nearest campaigns of `over`; and, if there are none,
            all campaigns at which a chain could begin.
        """
        unseen = self._everyone - sum([1 << c for c in short])
        links: list[tuple[int, int]] = []  # campaigns, with the masks of those seen through them
        level = short
        while level:
            start = len(links)
            for taker in level:
                if not unseen:
                    break
                if found := self._find_givers(taker, unseen):
                    unseen ^= found
                    links.append((taker, found))
            if nearest := [c for _, found in links[start:] for c in _iterate_bits(found & over)]:
                return [_trace_chain(giver, links) for giver in nearest], frozenset()
            level = [c for _, found in links[start:] for c in _iterate_bits(found)]
        return (), {c for c in self._rows_of if not unseen >> c & 1}

    def _find_givers(self, taker: int, candidates: int) -> int:
        """Return those of some campaigns that have leads which another could take."""
        if taker not in self._unknown:
            self._unknown[taker] = sum([1 << c for c in self._find_neighbours(taker)])
        if unknown := self._unknown[taker] & candidates:
            for giver in _iterate_bits(unknown):
                if self._has_passable(giver, taker):
                    self._givers[taker] |= 1 << giver
            self._unknown[taker] ^= unknown
        return self._givers[taker] & candidates

    def _find_neighbours(self, campaign: int) -> AbstractSet[int]:
        """Return the campaigns that are in a set with another."""
        found: set[int] = set()
        for i in self._rows_of[campaign]:
            found.update(self._rows[i])
            if len(found) == len(self._rows_of):
                break
        return found

    def _has_passable(self, giver: int, taker: int) -> bool:
        """Return whether a campaign has leads that another could take."""
        rows, matrix = self._rows, self._matrix
        return any(matrix[i][rows[i].index(giver)] for i in self._iterate_rows(giver, taker))

    def _pass_along(self, chain: Sequence[int], most: int) -> int:
        """Pass leads from the first campaign of a chain to the last; return how many."""
        links = list(pairwise(chain))
        for giver, taker in links:
            most = self._count_passable(giver, taker, most)
        for giver, taker in links if most else ():
            self._pass_on(giver, taker, most)
        return most

    def _count_passable(self, giver: int, taker: int, most: int) -> int:
        """Return how many leads of one campaign another could take, but at most so many."""
        rows, matrix = self._rows, self._matrix
        count = 0
        for i in self._find_rows(giver, taker):
            count += matrix[i][rows[i].index(giver)]
            if count >= most:
                return most
        return count

    def _pass_on(self, giver: int, taker: int, amount: int) -> None:
        for i in self._find_rows(giver, taker):
            row, numbers = self._rows[i], self._matrix[i]
            before, behind = row.index(giver), row.index(taker)
            if moved := min(amount, numbers[before]):
                if not numbers[behind]:
                    for c in row:
                        self._givers[c] |= 1 << taker
                numbers[before] -= moved
                numbers[behind] += moved
                if not numbers[before]:
                    for c in row:
                        self._givers[c] &= ~(1 << giver)
                        if c in self._unknown:
                            self._unknown[c] |= 1 << giver
                amount -= moved
                if not amount:
                    return

    def _find_rows(self, giver: int, taker: int) -> Sequence[int]:
        """Return the indices of the sets that hold both campaigns."""
        found = self._rows_of_both.get((giver, taker))
        if found is None:
            found = self._rows_of_both[giver, taker] = [*self._iterate_rows(giver, taker)]
        return found

    def _iterate_rows(self, giver: int, taker: int) -> Iterator[int]:
        """Yield the indices of the sets that hold both campaigns, in ascending order."""
        of_giver = self._row_sets.get(giver)
        if of_giver is None:
            of_giver = self._row_sets[giver] = frozenset(self._rows_of[giver])
        return filter(of_giver.__contains__, self._rows_of[taker])


def _trace_chain(giver: int, links: Sequence[tuple[int, int]]) -> Sequence[int]:
    """Return the campaigns from one to that from which the search began."""
    chain = [giver]
    for taker, found in reversed(links):
        if found >> chain[-1] & 1:
            chain.append(taker)
    return chain


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
    matrix: list[list[int]] = [[]] * len(rows)
    given = [0] * len(weights)
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
        rows_of = _list_rows(own_rows, part)
        filled, got = _fill(own_rows, rows_of, own_sizes, wanted)
        if full := _ResidualGraph(own_rows, rows_of, filled).meet(wanted, got):
            meets = [not full.isdisjoint(row) for row in own_rows]
            parts.append(([c for c in part if c in full], [*compress(indices, meets)]))
            others = [not met for met in meets]
            parts.append(([c for c in part if c not in full], [*compress(indices, others)]))
            continue
        if is_whole:
            return PoolSplit(rows, filled, list(got.values()))
        for c, number in got.items():
            given[c] = number
        for i, row, numbers in zip(indices, own_rows, filled, strict=True):
            leads = dict(zip(row, numbers, strict=True))
            matrix[i] = [leads.get(c, 0) for c in rows[i]]
    return PoolSplit(rows, matrix, given)


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

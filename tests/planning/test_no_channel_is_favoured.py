"""Over many batches, small ones too, every channel gets leads of the same average rank.

A batch deals a channel leads whose mean rank is off the middle by some amount, and its mirror by
the same amount the other way. If each were drawn by a fair coin, the standard error of a channel's
mean over all its leads would be the root of the summed squares of what each batch adds to its sum
of relative ranks, divided by its leads. Four in each eight batches of a size are mirrored, which
makes that error larger by the root of 8/7 at most, and where batches are alike far smaller.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

from campaignkit import DEFAULT_GATE, Allocation, ALSGate, Channel, Lead, choose, plan
from campaignkit.core._channels import MASKS, MEMBERS
from campaignkit.planning._deal import is_mirrored
from tests.planning import oracle
from tests.planning.oracle import ORDER, ChannelSet

EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL
SEVERAL = [mask for mask, members in enumerate(MEMBERS) if len(members) > 1]

Batches = Iterable[Sequence[Lead]]


class Merits:
    """What each channel was given over many batches: how many leads, and of which relative rank."""

    def __init__(self) -> None:
        self.leads: Counter[Channel] = Counter()
        self.off: defaultdict[Channel, Fraction] = defaultdict(Fraction)
        self.squares: defaultdict[Channel, Fraction] = defaultdict(Fraction)

    def add(self, dealt: Sequence[Channel]) -> None:
        """Add what leads of one set got, the best first."""
        size = len(dealt)
        off: defaultdict[Channel, Fraction] = defaultdict(Fraction)
        for rank, channel in enumerate(dealt):
            self.leads[channel] += 1
            off[channel] += Fraction(2 * rank + 1 - size, 2 * size)
        for channel, amount in off.items():
            self.off[channel] += amount
            self.squares[channel] += amount**2

    def errors(self) -> dict[Channel, float]:
        """Return how many standard errors each channel's mean relative rank is off one half."""
        return {
            channel: float(self.off[channel] ** 2 / square) ** 0.5
            for channel, square in self.squares.items()
            if square
        }


def merits(
    allocation: Allocation, batches: Batches, gate: ALSGate = DEFAULT_GATE
) -> tuple[Merits, Mapping[Channel, int]]:
    """Plan batch after batch, each with what the channels were given before."""
    found = Merits()
    carried: Counter[Channel] = Counter()
    for leads in batches:
        made = plan(allocation, leads, gate=gate, carried=carried)
        for group in oracle.groups(allocation, gate, leads).values():
            found.add([made.assignments[lead.id] for lead in group])
        carried.update(made.counts)
    return found, carried


def hot(size: int, reachable: ChannelSet = frozenset(ORDER)) -> list[Lead]:
    return [Lead(number, 100 - number / size, reachable) for number in range(size)]


def test_of_two_leads_a_day_each_channel_gets_the_better_one_as_often() -> None:
    halves = Allocation(email=50, linkedin=50)
    carried: Counter[Channel] = Counter()
    better: Counter[Channel] = Counter()
    for _ in range(100):
        made = plan(halves, hot(2), carried=carried)
        better[made.assignments[0]] += 1
        carried.update(made.counts)
    assert better.keys() == {EMAIL, LINKEDIN}
    assert abs(better[EMAIL] - 50) <= 2


@pytest.mark.parametrize("size", [*range(1, 21), 50, 89, 144, 987])
def test_of_equal_batches_no_channel_is_favoured(size: int) -> None:
    # The last three are numbers of Fibonacci, after which multiples of the golden ratio recur.
    halves = Allocation(sms=50, mail=50)
    few = [Lead("a", 99, frozenset({SMS, MAIL})), Lead("b", 98, frozenset({SMS, MAIL}))]
    thirds = Allocation(email=98, sms=1, mail=1)
    rest = [Lead(f"{number}", 30) for number in range(size)]
    for found, _ in (
        merits(halves, [hot(size)] * 100),
        merits(thirds, [[*few, *rest]] * 100),
    ):
        assert max(found.errors().values(), default=0) <= 4


def test_of_any_size_and_any_set_four_in_each_eight_equal_batches_are_mirrored() -> None:
    for size in range(1, 1001):
        for mask in SEVERAL[size % 5 :: 5]:
            for block in range(12):
                days = range(8 * block, 8 * block + 8)
                turns = [is_mirrored(mask, before=day * size, placed=size) for day in days]
                assert sum(turns) == 4
    # The same begins anywhere: a window has at most four more of one kind at each of its ends.
    turns = [is_mirrored(3, before=5 + 7 * day, placed=7) for day in range(1000)]
    for first in range(8):
        for last in range(100, 1000):
            assert abs(2 * sum(turns[first:last]) - (last - first)) <= 8


@pytest.mark.parametrize("seed", range(40))
def test_random_batches_favour_no_channel(seed: int) -> None:
    random = Random(seed)
    allocation = random_allocation(random)
    days = random.choice([100, 150, 300])
    size = random.choice([2, 3, 4, 7, 12, 40])
    is_equal = random.random() < 0.5
    reach = [frozenset(random.sample(ORDER, random.randint(1, 5))) for _ in range(3)]

    def batch() -> list[Lead]:
        several = size if is_equal else random.randint(0, 2 * size)
        return [
            Lead(number, random.choice([25, 50, 70, 90, 95.5]), random.choice(reach))
            for number in range(several)
        ]

    found, _ = merits(allocation, (batch() for _ in range(days)))
    assert max(found.errors().values(), default=0) <= 4


def random_allocation(random: Random) -> Allocation:
    channels = random.sample(ORDER, random.randint(2, 5))
    cuts = sorted(random.sample(range(1, 20), len(channels) - 1))
    edges = [0, *(5 * cut for cut in cuts), 100]
    shares = [high - low for low, high in pairwise(edges)]
    return Allocation(**dict(zip(channels, shares, strict=True)))


def test_it_is_mirrored_where_the_oracle_says_so() -> None:
    random = Random(0)
    for _ in range(3000):
        mask = random.choice(SEVERAL)
        placed = random.randint(1, random.choice([3, 100, 10**6, 2**63 - 1]))
        before = random.randint(0, random.choice([10, 10**6, 2**70, 10**60]))
        channels = next(channels for channels, number in MASKS.items() if number == mask)
        assert is_mirrored(mask, before=before, placed=placed) == oracle.is_mirrored(
            channels, before, placed
        )


def test_neighbouring_sets_sizes_and_blocks_are_mirrored_independently() -> None:
    # Of n throws of two fair coins, half agree, give or take four standard errors: 2·√n.
    def turn(mask: int, size: int, day: int) -> bool:
        return is_mirrored(mask, before=day * size, placed=size)

    begun = [(m, size, day) for m in SEVERAL for size in range(1, 30) for day in range(0, 200, 8)]
    for step in ((4, 0, 0), (8, 0, 0), (0, 1, 0), (0, 2, 0), (0, 0, 8), (0, 0, 16)):
        pairs = [
            (turn(mask, size, day), turn(mask ^ step[0], size + step[1], day + step[2]))
            for mask, size, day in begun
            if mask ^ step[0] in SEVERAL and mask <= mask ^ step[0]
        ]
        agree = sum(one == other for one, other in pairs)
        assert abs(2 * agree - len(pairs)) <= 4 * len(pairs) ** 0.5


def test_what_channels_without_a_share_carry_changes_nothing() -> None:
    halves = Allocation(email=50, linkedin=50)
    for day in range(40):
        had = {EMAIL: day, LINKEDIN: day}
        made = plan(halves, hot(2), carried=had)
        assert plan(halves, hot(2), carried={**had, SMS: 7 * day + 1}) == made


def test_one_lead_at_a_time_is_what_choose_gives() -> None:
    random = Random(1)
    for _ in range(300):
        allocation = random_allocation(random)
        carried = {channel: random.randint(0, 50) for channel in ORDER}
        reach = frozenset(random.sample(ORDER, random.randint(1, 5)))
        lead = Lead("a", random.choice([25, 50, 70, 90]), reach)
        made = plan(allocation, [lead], carried=carried)
        assert made.assignments.get("a") == choose(allocation, lead, carried=carried)

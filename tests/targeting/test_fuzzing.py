"""What people and programs may hand to the parsers: some of it, or with `--inputs` a lot."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from campaignkit import Prospect, Targeting, TargetingError
from campaignkit.targeting import CompanySize
from campaignkit.targeting._company_size import MOST_EMPLOYEES
from campaignkit.targeting._folding import fold_parts, normalise
from tests.targeting.test_company_size import FORMS, UNREADABLE
from tests.targeting.test_text import FORMS as TEXTS

PIECES = [
    *"0123456789,.'’ +-‐‒–—―−~<>≥≤=_/",
    *("to", " to ", "employees", " employee", " people", "staff", "self", "employed", "k", "\0"),
    *("1,000", "1.000.000", "10001", "999999999999", "\u00a0", "\u202f", "\uff11", "\u0661", "½"),
    *(
        "\ud800",
        "\U0010ffff",
        "\u200b",
        "\x1c",
        "\n",
        "ﬁ",
        "İ",
        "e\u0301",
        "&",
        "(",
        "|",
        "\\",
        "%",
    ),
]
SEEDS = [*(form[0] for form in FORMS * 3), *UNREADABLE, *(form[0] for form in TEXTS)]


def inputs(count: int, seed: int) -> Iterator[str]:
    """Give texts: some of pieces, some that are changed a little, some of any characters."""
    rng = Random(seed)
    for number in range(count):
        if number % 3 == 0:
            yield "".join(rng.choices(PIECES, k=rng.randint(0, 8)))
        elif number % 3 == 1:
            text = rng.choice(SEEDS)
            at, to = rng.randint(0, len(text)), rng.randint(0, len(text))
            yield text[:at] + rng.choice(PIECES) + text[to:]
        else:
            yield "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(0, 6)))


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    """Give how many inputs to make."""
    wanted: Any = request.config.getoption("--inputs")
    return int(wanted)


def test_any_text_is_a_size_or_a_targeting_error(count: int) -> None:
    read = 0
    for text in inputs(count, seed=1):
        try:
            size = CompanySize.parse(text)
        except TargetingError:
            continue
        read += 1
        assert 0 <= size.low <= MOST_EMPLOYEES
        assert size.high is None or size.low <= size.high <= MOST_EMPLOYEES
        assert CompanySize.parse(str(size)) == size
    assert read > count / 40


def test_any_text_is_folded_once_for_all(count: int) -> None:
    for text in inputs(count, seed=2):
        normal = normalise(text)
        assert normalise(normal) == normal
        assert ", ".join(fold_parts(text)) == normal


def test_any_text_is_of_a_targeting_and_a_prospect_or_a_targeting_error(count: int) -> None:
    made = 0
    for text in inputs(count // 10, seed=3):
        try:
            targeting = Targeting([text], [text], ["1-10"], [text])
            prospect = Prospect(industry=text, title=text, company_size=7, location=text)
        except TargetingError:
            continue
        made += 1
        verdict = targeting.match(prospect).verdict
        assert verdict == ("yes" if normalise(text) else "unknown")
    assert made > count / 20

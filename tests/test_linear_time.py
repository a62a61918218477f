"""Text from outside takes a time proportional to its length, and caches keep no long text.

Each reader gets the worst text that we know of for it at two lengths, one `GROWTH` times the other.
Processor time is compared, the least of three runs: a reader that takes the square of the length
would take `GROWTH` times what is allowed. Other programs may disturb a measurement, so one that is
too long is repeated: a reader that is too slow is so each time.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, Text, create_engine, literal, select

import campaignkit as ck
from campaignkit.cli._campaign_toml import read_campaign
from campaignkit.cli._command_error import FileError
from campaignkit.core._checks import LONGEST_TARGET, LONGEST_TEXT
from campaignkit.core._escaping import escape_text
from campaignkit.display import as_html, as_text
from campaignkit.domain._lead_ids import fold_id
from campaignkit.domain._leads import name_some
from campaignkit.storage.sqlalchemy import matches_clause
from campaignkit.targeting import _company_size as company_size
from campaignkit.targeting import _folding as text
from campaignkit.targeting import _places as places
from tests.hostile import SPOILT

pytestmark = pytest.mark.long

GROWTH = 16
LENGTH = 1_500


def marks(n: int) -> str:
    return "a" + "\u0315" * n + "\u0300" * n


TEXTS: dict[str, Callable[[int], str]] = {
    "marks": marks,
    "marks that a folding brings together": lambda n: "a" + ("\u0315" * 29 + "\xad") * (n // 30),
    "decomposing marks": lambda n: "a" + "\u0344\u0315" * n,
    "initials": lambda n: "a." * n,
    "dots": lambda n: "." * n,
    "commas": lambda n: "a nsw, " * n,
    "spaces": lambda n: f"1{' ' * n}-{' ' * n}9",
    "digits": lambda n: "1," * n,
    "one word beyond ASCII": lambda n: "\u00e9" * n,
    "wide": lambda n: "\u5317" * n,
    "words beyond ASCII": lambda n: "\u00e9 " * n,
    "hostile": lambda n: SPOILT * (n // 20),
    "joiners": lambda n: "\U0001f468\u200d" * n,
    "at signs": lambda n: "@" * n,
    "dashes": lambda n: "-" * n,
}

TARGETS = ck.Targeting(titles=["CEO", "b a b a"], locations=["b, c, d"], industries=["x y"])
INDEX = ck.targeting.TargetingIndex({1: TARGETS})


def _refused(read: Callable[[str], object], some: str) -> None:
    try:
        read(some)
    except ck.CampaignKitError as error:
        str(error)


def _match(some: str) -> None:
    prospect = ck.Prospect(title=some, industry=some, location=some)
    TARGETS.match(prospect)
    TARGETS.match(prospect, regions={"NSW"})
    INDEX.find_fits(prospect)


def _targeting(some: str) -> ck.Targeting:
    """Return so many targets as the text has pieces of their longest length."""
    pieces = [some[at : at + LONGEST_TARGET] for at in range(0, len(some), LONGEST_TARGET)]
    several = [piece for piece in pieces if piece.strip()] or ["x"]
    return ck.Targeting(titles=several, locations=several)


def _campaign(some: str) -> ck.Campaign:
    name = some[:LONGEST_TEXT].strip() or "x"
    return ck.Campaign.draft(client_id=UUID(int=1), name=name, targeting=_targeting(some))


READERS: dict[str, Callable[[str], object]] = {
    "a prospect": _match,
    "a target": lambda some: _refused(lambda it: ck.Targeting(titles=[it], locations=[it]), some),
    "targets": _targeting,
    "a size": lambda some: _refused(ck.targeting.CompanySize.parse, some),
    "a region": lambda some: _refused(lambda it: places.read_regions({it}), some),
    "words": ck.Targeting.normalise,
    "an id": lambda some: ck.plan(ck.DEFAULT_ALLOCATION, [ck.Lead(some, 90)]).near_duplicates,
    "a folded id": fold_id,
    "an address": lambda some: _refused(ck.normalise_email, some),
    "a campaign as text": lambda some: as_text(_campaign(some)),
    "a campaign as HTML": lambda some: as_html(_campaign(some)),
    "escaped": escape_text,
    "named": lambda some: name_some([some]),
    "an error": lambda some: str(ck.PlanError([some])),
    "JSON": lambda some: ck.from_json(ck.Campaign, ck.to_json(_campaign(some))),
}


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    def once() -> float:
        start = clock()
        work()
        return clock() - start

    return min(once() for _ in range(3))


def is_linear(
    read: Callable[[str], object],
    make: Callable[[int], str],
    length: int,
    margin: int,
    *,
    least: float,
    clock: Callable[[], float] = time.process_time,
) -> bool:
    """Return whether text of `GROWTH` times the length takes at most `margin * GROWTH` the time.

    The shorter one counts as `least` seconds or more.
    """
    short, long = (partial(read, make(n)) for n in (length, GROWTH * length))
    measurements = ((seconds(short, clock), seconds(long, clock)) for _ in range(10))
    return any(many < GROWTH * margin * max(few, least) for few, many in measurements)


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_linear_time(reader: str) -> None:
    read = READERS[reader]
    for name, make in TEXTS.items():
        assert is_linear(read, make, LENGTH, 4, least=1e-4), name


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    is_sqlite = request.param == "sqlite"
    url = "sqlite://" if is_sqlite else str(request.getfixturevalue("postgres_url"))
    engine = create_engine(url)
    yield engine
    engine.dispose()


ASCII = ["initials", "dots", "commas", "spaces", "digits", "dashes", "at signs"]


def _ask(connection: Connection, some: str) -> None:
    column = literal(some, Text())
    targeting = ck.Targeting(titles=["a b", "a"], locations=["a, nsw, a"], company_sizes=["1-9"])
    fits = matches_clause(
        targeting, title=column, location=column, company_size=column, unknown=True
    )
    connection.execute(select(fits)).all()


@pytest.mark.parametrize("name", ASCII)
def test_a_database_takes_linear_time(engine: Engine, name: str) -> None:
    with engine.connect() as connection:
        # Another process works, so it is the clock on the wall that is read.
        ask = partial(_ask, connection)
        assert is_linear(ask, TEXTS[name], 2_000, 6, least=1e-3, clock=time.perf_counter)


# --- caches ---------------------------------------------------------------------------------------


def test_no_cache_keeps_long_text() -> None:
    kept = company_size._parse_cached.cache_info().currsize  # noqa: SLF001
    ck.targeting.CompanySize.parse("1" + " " * 100 + "- 9")
    assert company_size._parse_cached.cache_info().currsize == kept  # noqa: SLF001


def test_no_cache_keeps_all_of_unicode() -> None:
    for start in range(0x100, 0x30000, 0x1000):
        text.fold_words(
            "".join(map(chr, range(start, start + 0x1000))).encode(errors="ignore").decode()
        )
    kept = text._fold_character.cache_info().currsize  # noqa: SLF001
    assert 0 < kept <= 4_096


# --- bounds ---------------------------------------------------------------------------------------


def test_a_campaign_file_has_a_longest_length(tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    path.write_text("#" * (1 << 20) + "\n")
    with pytest.raises(FileError, match="longer than 1,048,576 bytes"):
        read_campaign(str(path))


def test_a_key_of_a_campaign_file_has_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    path.write_text("\n" + "a." * 30_000 + "a = 1\n")
    with pytest.raises(FileError, match="more than 500 dots on line 2"):
        read_campaign(str(path))

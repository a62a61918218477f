"""One definition of "fits": Python, SQLite and PostgreSQL say the same."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from string import ascii_letters, digits
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    column,
    create_engine,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from campaignkit import Fit, InvalidError, Prospect, Targeting, TargetingError
from campaignkit.core._checks import LONGEST_TARGET
from campaignkit.storage.sqlalchemy import matches_clause, normalised_column
from campaignkit.targeting import CompanySize
from campaignkit.targeting._folding import fold_words, normalise, to_phrase
from campaignkit.targeting._places import DEFAULT_REGIONS, fold_places, read_regions
from campaignkit.targeting.sql._normalise import (
    UNSURE,
    fold_text,
    phrase_text,
    place_text,
    rough_text,
)
from campaignkit.testing import strategies as any_
from tests.storage.sqlalchemy import databases
from tests.targeting.meeting import BANDS, any_texts, ascii_texts, prospects, targetings
from tests.targeting.test_company_size import FORMS as SIZE_TEXTS
from tests.targeting.test_company_size import UNREADABLE
from tests.targeting.test_matching import CASES
from tests.targeting.test_text import FORMS as TEXTS

Rows: TypeAlias = Sequence[Prospect]

_title, _industry, _location = (Column(name, Text) for name in ("title", "industry", "location"))

PROSPECTS = Table(
    "prospects",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    *(_title, _industry, _location),
    *(Column(f"normal_{name}", Text) for name in ("title", "industry", "location")),
    normalised_column("title_words", _title),
    normalised_column("industry_words", _industry),
    normalised_column("location_words", _location),
    Column("low", BigInteger),
    Column("high", BigInteger),
    Column("band", Text),
)
C = PROSPECTS.c

RAW: dict[str, Any] = {"title": C.title, "industry": C.industry, "location": C.location}
NORMAL: dict[str, Any] = {name: C[f"normal_{name}"] for name in RAW}
WORDS: dict[str, Any] = {name: C[f"{name}_words"] for name in RAW}


def row(number: int, prospect: Prospect) -> dict[str, Any]:
    size = prospect.company_size
    texts = {name: getattr(prospect, name) for name in RAW}
    return {
        "id": number,
        **texts,
        **{f"normal_{n}": None if t is None else normalise(t) for n, t in texts.items()},
        "low": None if size is None else size.low,
        "high": None if size is None else size.high,
        "band": None if size is None else str(size),
    }


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Give a connection to a database that has the table of prospects, of each kind in turn."""
    with _database(request) as url:
        engine = create_engine(url)
        with engine.connect() as opened:
            PROSPECTS.create(opened)
            yield opened
        engine.dispose()


@contextmanager
def _database(request: pytest.FixtureRequest) -> Generator[str]:
    if request.param == "sqlite":
        yield "sqlite://"
    else:
        with databases.new(request.getfixturevalue("postgres_url")) as url:
            yield url


def found(connection: Connection, rows: Rows, *clauses: ColumnElement[bool]) -> list[set[int]]:
    """Return for each clause which rows it lets through."""
    connection.execute(delete(PROSPECTS))
    if rows:
        connection.execute(insert(PROSPECTS), [row(i, p) for i, p in enumerate(rows)])
    return [set(connection.scalars(select(C.id).where(clause))) for clause in clauses]


def said(targeting: Targeting, rows: Rows, *fits: Fit) -> set[int]:
    """Return the rows of which Python says so."""
    return {i for i, prospect in enumerate(rows) if targeting.match(prospect).verdict in fits}


FEWER = settings(
    max_examples=max(20, settings().max_examples // 3),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SIZE = (C.low, C.high)


# --- Text ----------------------------------------------------------------------------------------


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(delete(PROSPECTS))
    connection.execute(insert(PROSPECTS), [{"id": i, **row} for i, row in enumerate(rows)])


@FEWER
@given(
    st.lists(
        ascii_texts | st.text(st.characters(codec="ascii", exclude_characters="\0")),
        min_size=40,
        max_size=40,
    )
)
def test_ascii_is_folded_as_python_folds_it(connection: Connection, texts: list[str]) -> None:
    keep(connection, [{"title": text} for text in texts])
    regions = read_regions(DEFAULT_REGIONS)
    normal, padded = fold_text(C.title), place_text(fold_text(C.title), regions)
    query = select(normal, phrase_text(normal), padded, rough_text(C.title), C.title_words)
    for text, made in zip(texts, connection.execute(query.order_by(C.id)), strict=True):
        inside = "".join(f",{place}," for place in fold_places(text, regions)) or ",,"
        assert made[:3] == (normalise(text), to_phrase(fold_words(text)), inside)
        assert all(word in made[3] or word == "and" for word in fold_words(text).split())
        assert made[4] in {normalise(text), UNSURE}
        if connection.dialect.name == "postgresql" or not set(text) - COMMON:
            assert made[4] == normalise(text)


def test_each_form_is_folded_as_python_folds_it(connection: Connection) -> None:
    texts = [(text, normal) for text, normal in TEXTS if "\0" not in text and text.isprintable()]
    keep(connection, [{"title": text} for text, _ in texts])
    made = connection.scalars(select(fold_text(C.title)).order_by(C.id))
    assert list(made) == [normal if text.isascii() else UNSURE for text, normal in texts]


COMMON = {*ascii_letters, *digits, *" ,-/&'"}


@FEWER
@given(st.lists(any_texts, min_size=40, max_size=40))
def test_what_is_not_ascii_may_be_anything(connection: Connection, texts: list[str]) -> None:
    keep(connection, [{"title": text} for text in texts])
    query = select(fold_text(C.title), rough_text(C.title), C.title_words).order_by(C.id)
    for text, made in zip(texts, connection.execute(query), strict=True):
        assert text.isascii() or set(made) == {UNSURE}


# --- The clause ----------------------------------------------------------------------------------


@FEWER
@given(targetings(ascii_texts), st.lists(prospects(ascii_texts), min_size=1, max_size=12))
def test_on_ascii_it_is_exact(connection: Connection, targeting: Targeting, rows: Rows) -> None:
    ask = partial(matches_clause, targeting, **RAW, company_size=SIZE)
    sure, possible = found(connection, rows, ask(), ask(unknown=True))
    assert sure == said(targeting, rows, Fit.YES)
    assert possible == said(targeting, rows, Fit.YES, Fit.UNKNOWN)


DIMENSIONS = {"title": "titles", "industry": "industries", "location": "locations"}


@FEWER
@given(
    st.sampled_from([*DIMENSIONS]),
    st.lists(ascii_texts, max_size=3),
    st.lists(st.none() | ascii_texts, min_size=30, max_size=30),
)
def test_on_ascii_it_is_exact_in_each_dimension(
    connection: Connection, name: str, targets: list[str], texts: list[str | None]
) -> None:
    some: Any = {DIMENSIONS[name]: targets}
    targeting = Targeting(**some)
    known: list[Any] = [{name: text} for text in texts]
    keep(connection, known)
    rows = [Prospect(**one) for one in known]
    for unknown, fits in ((False, [Fit.YES]), (True, [Fit.YES, Fit.UNKNOWN])):
        here: Any = {name: C[name]}
        clause = matches_clause(targeting, **here, unknown=unknown)
        passed = set(connection.scalars(select(C.id).where(clause)))
        assert passed == said(targeting, rows, *fits)


@FEWER
@given(targetings(), st.lists(prospects(), min_size=1, max_size=12))
def test_on_any_text_it_is_never_too_little(
    connection: Connection, targeting: Targeting, rows: Rows
) -> None:
    for columns, normalised in ((RAW, False), (WORDS, True)):
        ask = partial(matches_clause, targeting, **columns, normalised=normalised)
        sure, possible = found(
            connection,
            rows,
            ask(company_size=SIZE),
            ask(company_size=C.band, unknown=True),
        )
        assert sure >= said(targeting, rows, Fit.YES)
        assert possible >= said(targeting, rows, Fit.YES, Fit.UNKNOWN)


@FEWER
@given(targetings(), st.lists(prospects(), min_size=1, max_size=12))
def test_on_normalised_text_it_is_exact(
    connection: Connection, targeting: Targeting, rows: Rows
) -> None:
    ask = partial(matches_clause, targeting, **NORMAL, company_size=SIZE, normalised=True)
    sure, possible = found(connection, rows, ask(), ask(unknown=True))
    assert sure == said(targeting, rows, Fit.YES)
    assert possible == said(targeting, rows, Fit.YES, Fit.UNKNOWN)


def test_it_says_of_the_corpus_what_the_corpus_says(connection: Connection) -> None:
    """Hold also that the rules, where a database cannot keep them, let the prospect through."""
    rows = [case.prospect for case in CASES]
    number = {case: i for i, case in enumerate(CASES)}
    targetings_ = {case.targeting for case in CASES}
    assert found(connection, rows, C.id >= 0) == [set(range(len(rows)))]
    for targeting in sorted(targetings_, key=repr):
        mine = {number[case] for case in CASES if case.targeting == targeting}
        sure = {i for i in mine if CASES[i].by_the_rules == "yes"}
        for columns, normalised in ((RAW, False), (WORDS, True), (NORMAL, True)):
            for size in (SIZE, C.band) if targeting.company_sizes else (SIZE,):
                clause = matches_clause(
                    targeting, **columns, company_size=size, normalised=normalised
                )
                passed = mine & set(connection.scalars(select(C.id).where(clause)))
                foreign = {i for i in mine if not CASES[i].known.isascii()}
                exact = columns is NORMAL or not (foreign or columns is WORDS)
                assert passed == sure if exact else passed >= sure


# --- Company sizes as text -----------------------------------------------------------------------

_pieces = st.sampled_from(
    [
        *"0123456789,.' +-~<>=",
        *("to", " to ", " employees", " people", "staff", "self", "employed", "1,000", "\t", "\n"),
        *("50", "500", "\x1c", "\x0b", "<=", ">= "),
    ]
)
size_texts = st.one_of(
    st.lists(_pieces, min_size=1, max_size=9).map("".join),
    st.sampled_from(BANDS),
    any_.company_size_texts(),
    st.tuples(any_.company_size_texts(), _pieces).map("".join),
)


def read(text: str | None) -> CompanySize | None:
    """Return the size that a column tells; what cannot be read tells nothing."""
    try:
        return None if text is None else CompanySize.parse(text)
    except TargetingError:
        return None


@FEWER
@given(st.lists(size_texts | st.none(), min_size=1, max_size=30), st.data())
def test_text_tells_a_size_as_it_tells_python(
    connection: Connection, texts: list[str | None], data: st.DataObject
) -> None:
    # Bands that begin and end where one of the sizes does, or right beside it.
    ends = {end for text in texts if (size := read(text)) for end in (size.low, size.high or 0)}
    beside = sorted({n for end in ends for n in (end - 1, end, end + 1) if 0 <= n < 10**12} | {7})
    end = st.sampled_from(beside)
    bands = data.draw(st.lists(st.tuples(end, end).map(sorted), max_size=2))
    opened = data.draw(st.lists(end.map("{}+".format), max_size=1))
    targeting = Targeting(company_sizes=[*(f"{low}-{high}" for low, high in bands), *opened])
    keep(connection, [{"band": text} for text in texts])
    for unknown in (False, True):
        clause = matches_clause(targeting, company_size=C.band, unknown=unknown)
        passed = set(connection.scalars(select(C.id).where(clause)))
        wanted = (Fit.YES, Fit.UNKNOWN) if unknown else (Fit.YES,)
        sizes = [Prospect(company_size=read(text)) for text in texts]
        fits = said(targeting, sizes, *wanted)
        foreign = {i for i, text in enumerate(texts) if text and not text.isascii()}
        assert passed - foreign == fits - foreign
        assert passed >= fits


def test_each_form_of_a_size_is_read_as_python_reads_it(connection: Connection) -> None:
    """Ask for just the numbers that each form stands for, and for one less at either end."""
    forms = [(text, low, high) for text, low, high in SIZE_TEXTS if text.isascii()]
    unreadable = [text for text in UNREADABLE if text.isascii()]
    keep(connection, [{"band": text} for text in (*(form[0] for form in forms), *unreadable)])
    ranges = {(low, high) for _, low, high in forms}
    for low, high in sorted(ranges, key=repr):
        less = [CompanySize(low + 1, high)] if high is None or low < high else []
        less += [CompanySize(low, high - 1)] if high is not None and low < high else []
        for band in (CompanySize(low, high), *less):
            targeting = Targeting(company_sizes=[str(band)])
            fits = {i for i, form in enumerate(forms) if band.contains(CompanySize(*form[1:]))}
            may_fit = {i for i, form in enumerate(forms) if band.overlaps(CompanySize(*form[1:]))}
            may_fit |= set(range(len(forms), len(forms) + len(unreadable)))
            for unknown, expected in ((False, fits), (True, may_fit)):
                clause = matches_clause(targeting, company_size=C.band, unknown=unknown)
                assert set(connection.scalars(select(C.id).where(clause))) == expected


def test_a_number_is_a_size_of_its_own(connection: Connection) -> None:
    targeting = Targeting(company_sizes=["1-10", "500+"])
    rows = [Prospect(company_size=n) for n in (0, 1, 10, 11, 499, 500, 10**12 - 1)] + [Prospect()]
    (passed,) = found(connection, rows, matches_clause(targeting, company_size=C.low))
    assert passed == said(targeting, rows, Fit.YES)


def test_an_end_that_is_null_is_open(connection: Connection) -> None:
    ends = [(None, None), (None, 5), (None, 50), (500, None), (499, None), (1, 5)]
    keep(connection, [{"low": low, "high": high} for low, high in ends])
    targeting = Targeting(company_sizes=["<= 10", "500+"])
    for unknown, expected in ((False, {1, 3, 5}), (True, {0, 1, 2, 3, 4, 5})):
        clause = matches_clause(targeting, company_size=(C.low, C.high), unknown=unknown)
        assert set(connection.scalars(select(C.id).where(clause))) == expected


def test_what_has_no_column_is_unknown(connection: Connection) -> None:
    rows = [Prospect(title="CEO"), Prospect(title="CTO")]
    for targeting in (
        Targeting(titles=["CEO"], industries=["SEO"]),
        Targeting(titles=["CEO"], company_sizes=["1-10"]),
        Targeting(titles=["CEO"], locations=["Sydney"]),
    ):
        ask = partial(matches_clause, targeting, title=C.title)
        assert found(connection, rows, ask(), ask(unknown=True)) == [set(), {0}]
    assert found(connection, rows, matches_clause(Targeting())) == [{0, 1}]


def test_regions_are_the_hosts(connection: Connection) -> None:
    rows = [Prospect(location=text) for text in ("Napier HB", "Napier, HB", "Napier NSW", "Napier")]
    targeting = Targeting(locations=["Napier"])
    for regions, expected in ((DEFAULT_REGIONS, {1, 2, 3}), (["HB"], {0, 1, 3}), ((), {1, 3})):
        for columns, normalised in ((RAW, False), (NORMAL, True), (WORDS, True)):
            clause = matches_clause(
                targeting, location=columns["location"], normalised=normalised, regions=regions
            )
            assert found(connection, rows, clause) == [expected]


def test_whatever_is_in_the_data_is_text(connection: Connection) -> None:
    texts = [
        "100% sure",
        "_eo",
        "C_O",
        "%",
        "\\",
        "*",
        "%CEO%",
        "' OR 1=1 --",
        "[a-z]",
        "(.*)",
        "a|b",
    ]
    rows = [Prospect(title=text) for text in texts]
    for i, text in enumerate(texts):
        targeting = Targeting(titles=[text])
        clauses = [
            matches_clause(targeting, title=title, normalised=normalised)
            for title, normalised in ((C.title, False), (C.normal_title, True))
        ]
        fits = said(targeting, rows, Fit.YES)
        assert found(connection, rows, *clauses) == [fits, fits]
        assert i in fits or not normalise(text)


def test_all_values_are_bound() -> None:
    targeting = Targeting(["Ägypten"], ["zebra"], ["17-4711"], ["Wagga Wagga, NSW"])
    columns: list[dict[str, Any]] = [
        {**RAW, "company_size": SIZE},
        {**RAW, "company_size": C.band},
        {**NORMAL, "company_size": C.low, "normalised": True},
    ]
    dialects: list[Any] = [postgresql, sqlite]
    for dialect in dialects:
        for some in columns:
            clause = matches_clause(targeting, **some, regions=["HB"])
            sql = str(clause.compile(dialect=dialect.dialect()))
            assert not re.search("gypten|zebra|4711|wagga|hb", sql, re.IGNORECASE)


def test_a_column_of_unknown_type_is_refused() -> None:
    with pytest.raises(InvalidError, match="company_size must have a type, but staff has none"):
        matches_clause(Targeting(company_sizes=["1-10"]), company_size=column("staff"))


@pytest.mark.parametrize("bad", [None, "CEO", Prospect()])
def test_only_a_targeting_is_matched(bad: Any) -> None:
    with pytest.raises(TargetingError, match="targeting must be a Targeting"):
        matches_clause(bad)


@pytest.mark.parametrize("piece", ["a", "\ufdfa", "\u2100", "a ", "a,", "a nsw,"])
def test_a_target_of_the_longest_length_is_asked_for(connection: Connection, piece: str) -> None:
    longest = (piece * LONGEST_TARGET)[:LONGEST_TARGET]
    rows = [Prospect(title=text, location=text) for text in (longest, "b")]
    for targeting in (Targeting(titles=[longest]), Targeting(locations=[longest])):
        clause = matches_clause(targeting, title=C.title, location=C.location)
        exact = matches_clause(
            targeting, title=C.normal_title, location=C.normal_location, normalised=True
        )
        assert found(connection, rows, clause, exact) == [{0}, {0}]

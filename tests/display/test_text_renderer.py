"""Documents are laid out as lines of a width, and each piece has its style."""

from __future__ import annotations

import pytest

from campaignkit import DEFAULT_GATE, ALSTier, Channel
from campaignkit.display._document import (
    Bar,
    Column,
    Difference,
    Document,
    Entries,
    Entry,
    Facts,
    Part,
    Sentences,
    Table,
)
from campaignkit.display._html_renderer import render_html
from campaignkit.display._parts import tier_flow
from campaignkit.display._text_renderer import Layout, render_lines, render_text

LAYOUT = Layout()
BARS = Table(
    [Column("channel"), Column("leads", is_number=True), Column("given (| = target)")],
    [("email", 1_000, Bar(10, 10, 5)), ("sms", 0, Bar(0, 10, 5))],
    total=("total", 1_000, ""),
)
IDS = Table(
    [Column("id", is_id=True), Column("name"), Column("off", is_number=True)],
    [("0123456789-0123456789", "a name of several words", Difference(-3))],
)


def lay_out(*parts: Part, title: str = "", layout: Layout = LAYOUT) -> list[str]:
    lines = render_lines(Document(title, parts), layout)
    return ["".join(span.text for span in line).rstrip() for line in lines]


def test_a_table_has_its_bars_where_they_fit() -> None:
    assert lay_out(BARS) == [
        " channel  leads  given (| = target)",
        "─────────────────────────────────────",
        " email    1,000  ██████████▏█████████",
        " sms          0  ░░░░░░░░░░▏",
        "─────────────────────────────────────",
        " total    1,000",
    ]


@pytest.mark.parametrize("layout", [Layout(36), Layout(has_bars=False)])
def test_a_table_loses_its_bars_first(layout: Layout) -> None:
    assert lay_out(BARS, layout=layout) == [
        " channel  leads",
        "───────────────",
        " email    1,000",
        " sms          0",
        "───────────────",
        " total    1,000",
    ]


def test_words_are_folded_but_ids_are_not() -> None:
    assert lay_out(IDS, layout=Layout(45)) == [
        " id                     name              off",
        "─────────────────────────────────────────────",
        " 0123456789-0123456789  a name of          -3",
        "                        several words",
    ]


def test_rows_that_do_not_fit_are_sentences() -> None:
    assert lay_out(IDS, layout=Layout(30)) == [
        " 0123456789-0123456789: name a",
        " name of several words, off -3",
    ]


def test_captions_and_tables_follow_an_empty_line_and_other_parts_do_not() -> None:
    parts: list[Part] = [
        Sentences(["first"]),
        Facts([("name", "value"), ("a", "b")]),
        Facts([(12, "reason", "words"), (3, "why", "more")], "Reasons"),
        Sentences([], "Only a caption."),
        IDS,
    ]
    assert lay_out(*parts, title="Title")[:-3] == [
        "Title",
        "  first",
        "  name  value",
        "  a     b",
        "",
        "Reasons",
        "  12  reason  words",
        "   3  why     more",
        "",
        "Only a caption.",
        "",
    ]
    assert lay_out(Sentences(["line"], "Caption")) == ["Caption", "  line"]


def test_entries_are_numbered_with_details_below() -> None:
    entries = Entries([Entry(7, "text", ["detail"]), Entry(None, "unnumbered")])
    assert lay_out(entries) == ["   7  text", "      detail", "      unnumbered"]


def test_sentences_are_folded_if_so_asked() -> None:
    text, files = "word " * 30 + "end", Layout(folds_sentences=False)
    assert lay_out(Sentences([text]), layout=files) == [f"  {text}"]
    assert max(map(len, lay_out(Sentences([text])))) <= 80
    assert max(map(len, lay_out(Facts([("name", text)]), layout=files))) <= 80


def test_closed_channels_are_empty_and_tiers_without_leads_are_left_out() -> None:
    given: dict[tuple[ALSTier | None, Channel | None], int] = {
        (ALSTier.HOT, Channel.SMS): 2,
        (ALSTier.COLD, Channel.EMAIL): 1,
        (None, None): 3,
    }
    assert lay_out(tier_flow(given, DEFAULT_GATE)) == [
        " tier      leads  email  linkedin  voice  sms  mail  none",
        "─────────────────────────────────────────────────────────",
        " hot           2      0         0      0    2     0     0",
        " cold          1      1                                 0",
        " unscored      3                                        3",
    ]


def test_each_piece_has_its_style() -> None:
    parts: list[Part] = [
        Table([Column("a"), Column("b", is_number=True)], [("x", Difference(-1)), ("y", 0)]),
        Sentences(["w"], "c", is_warning=True),
        Facts([("n", "v")]),
    ]
    lines = render_lines(Document("t", parts), Layout())
    styles = {span.text.strip(): span.style for line in lines for span in line if span.style}
    wanted = {"title": "t", "caption": "abc", "name": "xyn", "faint": "0", "warning": ["-1", "w"]}
    assert styles == {text: style for style, texts in wanted.items() for text in texts}


def test_signs_are_ascii_in_text_and_typographic_in_html() -> None:
    table = Table([Column("a"), Column("b", is_number=True)], [("x", Difference(-1_000))])
    assert " -1,000" in render_text(Document("t", [table]))
    assert "−1,000" in render_html(Document("t", [table]))

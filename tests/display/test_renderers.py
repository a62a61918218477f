"""Values are looked at as HTML that is whole and harmless, and as text that fits a terminal."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from rich.cells import cell_len

import campaignkit as ck
from campaignkit.core._display import DisplayMixin
from campaignkit.core._escaping import escape_text
from campaignkit.core._immutable import FrozenMap
from campaignkit.display import as_html, as_text
from campaignkit.display._descriptions import describe_command
from campaignkit.display._palettes import CHANNEL_COLOURS
from campaignkit.frames import FramePlan, FrameShareOut, Terms, allocate, share_out
from campaignkit.storage import Page, Query, Snapshot
from campaignkit.testing import strategies
from tests.display.examples import EXAMPLES, HISTORY, LEADS, PAGES, SUGGESTIONS
from tests.display.reading_html import Element, parsed
from tests.display.returned_kinds import list_returned_kinds
from tests.frames.engines import pd
from tests.hostile import assert_safe


def _plan_frame(leads: list[ck.Lead], mix: ck.Allocation, campaign: str) -> FramePlan[Any]:
    columns = {
        "lead_id": [str(lead.id) for lead in leads],
        "als_score": [None if lead.als_score is None else float(lead.als_score) for lead in leads],
        "campaign": [campaign for _ in leads],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return allocate(pd.DataFrame(columns), mix, campaign="campaign")


def _share_frame_out(leads: list[ck.Lead], weights: dict[str, int]) -> FrameShareOut[Any]:
    columns = {
        "lead_id": [str(lead.id) for lead in leads],
        "als_score": [None if lead.als_score is None else float(lead.als_score) for lead in leads],
        "flag": [number % 2 for number, _ in enumerate(leads)],
    }
    return share_out(pd.DataFrame(columns), weights, fits={next(iter(weights)): "flag"})


_MADE_HERE: Mapping[type[Any], st.SearchStrategy[Any]] = {
    Snapshot: st.builds(
        Snapshot,
        strategies.campaigns(),
        strategies.progresses(),
        st.dictionaries(strategies.texts(), strategies.assignments(), max_size=2),
    ),
    FramePlan: st.builds(
        _plan_frame,
        strategies.lead_batches(strategies.texts()),
        strategies.allocations(),
        strategies.texts(),
    ),
    FrameShareOut: st.builds(
        _share_frame_out,
        strategies.lead_batches(strategies.texts()),
        st.dictionaries(strategies.texts(), st.integers(1, 9), min_size=1, max_size=4),
    ),
    Terms: st.builds(
        Terms,
        strategies.allocations(),
        carried=st.none() | strategies.partial_counts(),
        at_most=st.none() | strategies.partial_counts(),
        overflow=st.none() | st.sampled_from(ck.Overflow),
        daily_room=st.none() | st.integers(0, 2**62),
        total_room=st.none() | st.integers(0, 2**62),
    ),
}
VALUES: Mapping[type[Any], st.SearchStrategy[Any]] = {
    kind: _MADE_HERE[kind] if kind in _MADE_HERE else st.from_type(kind)
    for kind in list_returned_kinds()
    if issubclass(kind, DisplayMixin) and not issubclass(kind, (Page, Query))
}
KINDS = sorted(VALUES, key=lambda kind: kind.__name__)
FEWER = settings(max_examples=max(10, settings().max_examples // 6))  # for each of so many kinds

TAGS = {"section", "p", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "ul", "li"}
DRAWN = {"span", "svg", "path", "rect", "text"}
NAMES = {"style", "aria-label", "aria-hidden", "role", "scope", "colspan", "viewbox"}
OF_DRAWINGS = {"d", "fill", "fill-opacity", "x", "y", "width", "height", "text-anchor"}
STYLE = re.compile(r"[a-z0-9 .:;%#,()-]*", re.IGNORECASE)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</section></td></table><h1>",
    "<!-- --><![CDATA[ ]]><?x?>",
    "&lt;b&gt;&#60;&amp",
    "javascript:alert(1)",
    "\x1b[31mred\x1b]8;;http://x\x07",
    "line\nline\r\ttab\x00".replace("\x00", ""),
    "\u202eright to left\u2066",
    "名前 " * 40,
    "x" * 200,
)
names = st.sampled_from(HOSTILE) | strategies.texts(max_size=200)


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(data=st.data())
def test_a_value_is_shown_whole_and_harmless_to_everybody(
    kind: type[Any], data: st.DataObject
) -> None:
    value = data.draw(VALUES[kind])
    html = value._repr_html_()
    assert html == as_html(value)
    document = parsed(html)
    check_harmless(document)
    check_readable_aloud(document)
    check_fits(as_text(value))


def check_harmless(document: Element) -> None:
    """Check that there are only the elements of documents, and that nothing is loaded."""
    (section,) = document.inside
    assert isinstance(section, Element)
    for element in section.all():
        assert element.tag in TAGS | DRAWN
        drawing = OF_DRAWINGS if element.tag in DRAWN else set[str]()
        assert element.attributes.keys() <= NAMES | drawing
        for name, value in element.attributes.items():
            assert name == "aria-label" or STYLE.fullmatch(value), value
            assert name == "aria-label" or "url" not in value
        assert all(does_print(part) for part in element.inside if isinstance(part, str))


def does_print(text: str) -> bool:
    """Tell whether a text prints, what joins its characters aside."""
    return text.translate({0x200C: None, 0x200D: None}).isprintable()


def check_readable_aloud(document: Element) -> None:
    """Check that readers who do not see the page get the same."""
    (section,) = document.inside
    assert isinstance(section, Element)
    title = section.all("p")[0]
    assert section.attributes["aria-label"] == title.text != ""
    for table in section.all("table"):
        for row in table.all("tr"):
            assert row.all("th")[0].attributes["scope"] in {"row", "col", "colgroup"}
    for drawn in section.all("svg"):
        assert drawn.attributes["aria-hidden"] == "true"
        # What the drawing shows, the table below it says.
        (table,) = [one for one in section.all("table") if one.rows()[0][0] == "tier"]
        by_column = list(zip(*table.rows()[1:], strict=True))[1:]
        numbers = {*by_column[0], *(f"{sum(map(_number, column)):,}" for column in by_column)}
        assert {text.text.rpartition(" ")[2] for text in drawn.all("text")} <= numbers
    for bar in section.all("span"):
        assert not bar.text


def _number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize(
    "character", ["东", "❤\ufe0f", "👩\u200d👩\u200d👧", "🇩🇪", "\u1100\u1161\u11a8", "e\u0301"]
)
@pytest.mark.parametrize("space", ["", " "])
def test_the_text_fits_a_terminal_in_any_script(character: str, space: str) -> None:
    names = [(character + space) * n + "x" * m for n in (30, 60, 90) for m in (0, 1)]
    for name in names:
        text = as_text(ck.Campaign.draft(client_id=UUID(int=1), name=name))
        check_fits(text)
        assert "".join(text.split()).count(character) == name.count(character)


def check_fits(text: str) -> None:
    assert text.strip()
    for line in text.split("\n"):
        assert cell_len(line) <= 80, line
        assert line == line.rstrip()
        assert does_print(line)


@given(strategies.campaigns(name=names))
def test_a_hostile_name_is_but_a_name(campaign: ck.Campaign) -> None:
    document = parsed(as_html(campaign))
    check_harmless(document)
    title = document.all("p")[0].text
    assert escape_text(title.rpartition(": ")[0]) == escape_text(campaign.name)
    check_fits(as_text(campaign))


@FEWER
@given(
    st.lists(
        st.tuples(names, st.none() | strategies.scores()),
        max_size=12,
        unique_by=lambda i: i[0].strip(),
    )
)
def test_hostile_ids_are_but_ids(leads: list[tuple[str, float | None]]) -> None:
    batch = [ck.Lead(lead_id, score) for lead_id, score in leads]
    campaign = ck.Campaign.draft(
        client_id=UUID(int=1),
        name="x",
        daily_lead_limit=3,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    made = ck.plan(ck.DEFAULT_ALLOCATION, batch)
    day = ck.Progress(date(2026, 11, 23))
    admitted = ck.intake(campaign.activate(at=campaign.created_at), batch, progress=day)
    again = ck.intake(
        campaign.activate(at=campaign.created_at), batch, progress=day, already=admitted.assignments
    )
    for value in (made, admitted, again):
        check_harmless(parsed(as_html(value)))
        check_fits(as_text(value))


@given(st.lists(names, max_size=4).map(tuple), names)
def test_hostile_targets_and_messages_are_but_text(targets: tuple[str, ...], message: str) -> None:
    refused = ck.Decision(allowed=False, reasons=(ck.Reason.ENDED,), messages=(message,))
    for value in (ck.Targeting(industries=targets, locations=targets), refused):
        check_harmless(parsed(as_html(value)))
        check_fits(as_text(value))


@FEWER
@given(st.lists(strategies.events(reason=names), max_size=5).map(tuple))
def test_a_history_is_whole_and_harmless(items: tuple[ck.Event, ...]) -> None:
    history = Page[ck.Event, int](items)
    document = parsed(as_html(history))
    check_harmless(document)
    check_fits(as_text(history))
    for event, (number, told) in zip(history.items, document.rows(), strict=True):
        assert number == str(event.number or "")
        assert f" UTC  {escape_text(event.by.name)} ({event.by.kind}) " in told
        assert escape_text(event.reason or "") in told
        is_first = event.kind in {ck.EventKind.CREATED, ck.EventKind.ADOPTED}
        for name in () if is_first else event.after:
            assert f"{name}: " in told
        if event.counts.total or event.day:
            assert f"{event.counts.total:,} lead" in told
            assert f" on {event.day}" in told or not event.day
        for channel, leads in event.counts.items():
            assert (f"{channel} {leads:,}" in told) or not leads


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_hostile_text_anywhere_in_a_value_is_but_text(value: object) -> None:
    for text in HOSTILE:
        spoilt: Any = spoil(value, text)
        check_harmless(parsed(as_html(spoilt)))
        check_fits(as_text(spoilt))
        assert_safe(str(spoilt) if not isinstance(spoilt, str) else "")


def test_nearly_every_value_has_text_that_may_be_hostile() -> None:
    spoilt = {type(value).__name__ for value in EXAMPLES if "<b>" in repr(spoil(value, "<b>"))}
    without = {type(value).__name__ for value in EXAMPLES} - spoilt
    assert without <= {
        *("Allocation", "ALSGate", "Progress", "CountPlan", "ChannelCounts", "Bottleneck", "Need"),
        *("Activate", "Pause", "Complete", "Delete", "Restore", "CompanySize", "Terms", "Totals"),
        *("RecordCounts", "Brief", "Advice", "Plans", "ComparedMix", "Comparison", "Edit"),
        *("ForecastDay", "HorizonComparison", "Plan", "ChannelLimit", "ClientPolicy"),
    }


def spoil(value: Any, text: str) -> Any:  # noqa: ANN401  # of any kind
    """Return a value with each text in it replaced, where its rules allow the text."""
    make: Any = value.__class__
    made: Any = value
    is_of = partial(issubclass, make)
    if is_of(str) and not is_of(Enum):
        made = make(text)
    elif is_of(tuple):
        made = tuple(spoil(one, text) for one in value)
    elif is_of(ck.Fields):
        made = make({**value, "name": text})
    elif is_of(FrozenMap):
        made = make({spoil(key, text): spoil(one, text) for key, one in value.items()})
    elif attrs.has(make):
        made = spoil_fields(value, text)
    return made


def spoil_fields(value: Any, text: str) -> Any:  # noqa: ANN401
    kind: Any = value.__class__
    for part in attrs.fields(kind):
        with suppress(ck.CampaignKitError, TypeError):
            new = spoil(getattr(value, part.name), text)
            value = attrs.evolve(value, **{str(part.alias): new})
    return value


@FEWER
@given(strategies.suggestions(reason=names, why=st.none()))
def test_a_hostile_suggestion_is_but_a_suggestion(suggestion: ck.Suggestion) -> None:
    for value in (
        suggestion,
        suggestion.head,
        Page[ck.Suggestion, UUID]((suggestion,)),
        Page[ck.SuggestionHead, UUID]((suggestion.head,)),
    ):
        document = parsed(as_html(value))
        check_harmless(document)
        check_fits(as_text(value))
        assert escape_text(describe_command(suggestion.command)) in document.text
        assert str(suggestion.id) in document.text
        pending = suggestion.state is ck.SuggestionState.PENDING
        assert pending or suggestion.state in document.text


@pytest.mark.parametrize("page", PAGES, ids=["events", "suggestions", "campaigns", "leads"])
def test_a_page_shows_each_of_its_items(page: Page[Any, Any]) -> None:
    document = parsed(as_html(page))
    check_harmless(document)
    check_fits(as_text(page))
    for item in page.items:
        known = (
            item.at.date()
            if isinstance(item, ck.Event)
            else item.lead_id
            if isinstance(item, ck.Assignment)
            else item.id
        )
        assert str(known) in document.text


def test_a_history_in_words() -> None:
    allocation = "email 40%, linkedin 30%, voice 20%, sms 5% and mail 5% → email 100%"
    (suggested,) = SUGGESTIONS.items
    assert (
        as_text(HISTORY).replace("\n      100%", " 100%")
        == f"""\
5 events
   1  2026-11-01 00:00 UTC  ann (user) created the campaign
   2  2026-11-01 00:00 UTC  ann (user) edited
      allocation: {allocation}
      daily_lead_limit: 50 → 2,000
   3  2026-11-01 00:00 UTC  ann (user) activated
      status: draft → active
   4  2026-11-01 00:00 UTC  ann (user) assigned leads
      4 leads on 2026-11-23: email 4
   5  2026-11-01 00:00 UTC  scout (ai) suggested to assign leads
      4 leads on 2026-11-24: email 4
      suggestion {suggested.id}"""
    )


def test_a_page_tells_that_there_are_more_and_what_it_could_not_read() -> None:
    corrupt = ck.CorruptRowError("campaign", UUID(int=1), ("name must not be blank",))
    text = as_text(Page[ck.Campaign, UUID]((), next=UUID(int=1), corrupt=(corrupt,)))
    assert text.startswith("Nothing, and there are more")
    assert "name must not be blank" in " ".join(text.split())


# --- themes ----------------------------------------------------------------------------------


def test_text_has_the_colour_of_the_page() -> None:
    html = as_html(ck.plan(ck.DEFAULT_ALLOCATION, LEADS))
    assert set(re.findall(r"(?<![-\w])color:([^;\"]*)", html)) <= {"inherit"}
    assert set(re.findall(r"background(?:-color)?:([^;\"]*)", html)) == {
        "none",
        *CHANNEL_COLOURS.values(),
    }
    texts = re.findall("<text[^>]*>", html)
    assert texts
    assert all('fill="currentColor"' in text for text in texts)


# --- where they are looked at ----------------------------------------------------------------


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_ipython_shows_a_value_as_html_and_as_text(value: DisplayMixin) -> None:
    display: Any = DisplayFormatter()
    assert display.format(value)[0] == {"text/plain": as_text(value), "text/html": as_html(value)}


@pytest.mark.parametrize("value", [None, 1, object(), ck.Channel.EMAIL])
def test_other_values_cannot_be_displayed(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        as_html(value)

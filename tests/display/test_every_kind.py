"""Whatever a person gets back shows itself: one test for each kind of value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from enum import Enum
from operator import attrgetter
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from IPython.lib import pretty as ipython

import campaignkit as ck
from campaignkit import decider, frames, storage, targeting
from campaignkit.core._display import DisplayMixin
from campaignkit.core._reprs import LONGEST_REPR
from campaignkit.display import as_text
from campaignkit.display._make_document import make_document, make_plain_document
from campaignkit.domain._campaign import Edits
from campaignkit.domain._scale import Scale
from campaignkit.frames._columns import Columns
from tests.display.examples import EXAMPLES, MADE
from tests.display.returned_kinds import list_returned_kinds
from tests.hostile import assert_safe

pretty: Any = vars(ipython)["pretty"]  # it has no type hints

EXCEPTIONS: Mapping[type, str] = {
    ck.CampaignService: "a service",
    ck.AsyncCampaignService: "a service",
    storage.Store: "a store",
    storage.AsyncStore: "a store",
    storage.MemoryStore: "a store",
    storage.AsyncMemoryStore: "a store",
    storage.ObservedStore: "a store",
    storage.AsyncObservedStore: "a store",
    storage.lock_wait: "a context manager",
    targeting.TargetingIndex: "is asked, not looked at",
    decider.ActContext: "what a service passes to the decider",
    decider.Approval: "what a service passes to the decider",
    decider.RecordedRefusal: "an error and what is written before it is raised",
    ck.planning.ComparisonRow: "a named tuple, for frames",
    ck.planning.ForecastRow: "a named tuple, for frames",
    Edits: "a dict of keyword arguments",
    Columns: "the arguments of `allocate`",
    Scale: "an argument of `allocate`",
}
"""Kinds that do not show themselves, beside enumerations, which are text, and errors."""

KINDS: list[type[Any]] = sorted(
    {
        kind
        for kind in list_returned_kinds() - set(EXCEPTIONS)
        if not issubclass(kind, (Enum, BaseException))
    },
    key=attrgetter("__name__"),
)

LEADS = [ck.Lead(f"lead-{n}", n % 101) for n in range(10_000)]
DAY = date(2026, 11, 23)
PLAN = ck.plan(ck.DEFAULT_ALLOCATION, LEADS)
CAMPAIGN = ck.Campaign.draft(
    id=UUID(int=1),
    client_id=UUID(int=2),
    name="long " * 2_000,
    created_at=MADE,
    daily_lead_limit=5_000,
    targeting=ck.Targeting(titles=[f"title {n}" for n in range(1_000)]),
).activate(at=MADE)
INTAKE = ck.intake(CAMPAIGN, LEADS, progress=ck.Progress(DAY))
EDIT = ck.Edit(name="long " * 2_000)
SUGGESTION = ck.Suggestion(
    id=UUID(int=3),
    campaign_id=CAMPAIGN.id,
    command=ck.AssignLeads(LEADS, DAY),
    by=ck.Actor.ai("scout" * 1_000),
    at=MADE,
    before=ck.Fields.of(CAMPAIGN),
    unassigned=INTAKE.unassigned,
    reason="because " * 1_000,
)
TABLE = pl.DataFrame({"lead_id": range(10_000), "als_score": [90.0] * 10_000, "c": range(10_000)})
MANY = frames.allocate(
    TABLE,
    dict.fromkeys(range(10_000), ck.DEFAULT_ALLOCATION),
    campaign="c",
)
LARGE: tuple[Any, ...] = (
    CAMPAIGN,
    CAMPAIGN.targeting,
    PLAN,
    PLAN.assignments,
    PLAN.flow(),
    INTAKE,
    INTAKE.assignments,
    SUGGESTION,
    SUGGESTION.command,
    SUGGESTION.before,
    EDIT,
    ck.ReleaseLeads(lead.id for lead in LEADS),
    ck.forecast(CAMPAIGN, LEADS, days=30, progress=ck.Progress(DAY)),
    ck.release(CAMPAIGN, INTAKE.assignments, progress=INTAKE.progress, already=INTAKE.assignments),
    storage.Page[ck.Assignment, str](tuple(INTAKE.assignments.values())),
    storage.Snapshot(CAMPAIGN, INTAKE.progress, assignments=INTAKE.assignments),
    storage.Writes[None](assigned=tuple(INTAKE.assignments.values())),
    MANY,
    MANY.plans,
)
"""Values of 10,000 leads, or of long texts."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_kind_shows_itself_in_its_own_words(kind: type[Any]) -> None:
    assert issubclass(kind, DisplayMixin), "let it show itself, or say here why it does not"
    own = make_document.dispatch(kind) is not make_plain_document
    # What a store is asked is made by a service; its fields say all of it.
    assert own or issubclass(kind, storage.Query)


def test_there_is_an_example_of_each_kind() -> None:
    wanted = {kind for kind in KINDS if not issubclass(kind, storage.Query)}
    assert wanted <= {type(value) for value in EXAMPLES}


@pytest.mark.parametrize("value", [*EXAMPLES, *LARGE], ids=lambda value: type(value).__name__)
def test_its_repr_is_a_short_line(value: object) -> None:
    text = repr(value)
    assert text.startswith("'" if isinstance(value, str) else f"{type(value).__name__}(")
    assert len(text) <= LONGEST_REPR
    assert "\n" not in text


@pytest.mark.parametrize("value", [*EXAMPLES, *LARGE], ids=lambda value: type(value).__name__)
def test_its_text_is_a_short_line(value: object) -> None:
    text = str(value)
    assert len(text) <= 400
    assert "\n" not in text
    assert_safe(text)
    # Of a mapping it is the repr, as of a dict; other kinds have words of their own.
    own = isinstance(value, (Mapping, str)) or type(value).__str__ is not DisplayMixin.__str__
    assert own or isinstance(value, storage.Query)


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_a_mapping_that_it_has_shows_itself_too(value: object) -> None:
    for part in _list_parts(value):
        assert isinstance(part, DisplayMixin) or not isinstance(part, Mapping)


def _list_parts(value: object) -> Iterator[object]:
    """Give the fields and the properties of a value, but the keyword arguments of an edit."""
    for name in dir(type(value)):
        if not name.startswith("_") and name != "edits":
            with suppress(ck.PlanError):  # such as the one plan of several campaigns
                yield getattr(value, name)


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_to_show_itself_takes_no_memory(value: object) -> None:
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_a_document_is_asked_for_and_text_is_formatted(value: DisplayMixin) -> None:
    assert value.as_text() == as_text(value) != ""
    assert f"{value}" == str(value)
    assert f"{value:>500}" == str(value).rjust(500)


def test_the_text_of_a_decision_is_its_messages() -> None:
    assert str(CAMPAIGN.can("pause")) == "allowed"
    refused = CAMPAIGN.can("activate")
    assert str(refused) == "; ".join(refused.messages) != ""


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_in_a_collection_ipython_shows_its_repr(value: DisplayMixin) -> None:
    assert pretty(value) == value.as_text()
    for several in ([value], (value,), {"key": value}, {"key": [value]}):
        assert repr(value) in pretty(several)

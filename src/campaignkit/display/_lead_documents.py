"""The documents of leads and prospects, and of mappings from leads to what they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, cast

from campaignkit.core._channels import CHANNELS, Channel, ChannelCounts
from campaignkit.core._checks import short_repr
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count, join_channels, ordinal
from campaignkit.display._descriptions import describe_value
from campaignkit.display._document import (
    Cell,
    Column,
    Document,
    Facts,
    Part,
    Row,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import assignment_table, number_column, tier_flow
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._suggestions import Rejection
from campaignkit.planning._explanations import Explanation
from campaignkit.targeting._company_size import CompanySize
from campaignkit.targeting._matching import DimensionMatch, Fit, TargetingMatch
from campaignkit.targeting._prospects import Prospect


@make_document.register
def _(value: Lead) -> Document:
    score = (
        "none, so it gets no channel" if value.als_score is None else f"{value.als_score} of 100"
    )
    all_channels = len(value.reachable) == len(CHANNELS)
    reachable = "every channel" if all_channels else join_channels(value.reachable)
    facts = [("ALS score", score), ("reachable on", reachable)]
    return Document(f"Lead {short_repr(value.id)}", [Facts(facts)])


@make_document.register
def _(value: Assignment) -> Document:
    facts = [
        ("day", str(value.day)),
        ("tier", f"{value.tier}, on that day"),
        ("ALS score", f"{value.als_score} of 100, on that day"),
        ("epoch", f"{value.epoch}, under the campaign's {ordinal(value.epoch + 1)} allocation"),
    ]
    return Document(f"Lead {short_repr(value.lead_id)} on {value.channel}", [Facts(facts)])


@make_document.register
def _(value: Rejection) -> Document:
    until = "without end" if value.until is None else f"up to and including {value.until}"
    facts = [("kept out", until), ("suggestion", str(value.suggestion_id))]
    rule = "The AI cannot bring this lead in, unless a user takes it in."
    return Document(
        f"Rejection of lead {short_repr(value.lead_id)}", [Facts(facts), Sentences([rule])]
    )


@make_document.register
def _(value: Explanation) -> Document:
    return Document("Explanation", [Sentences([str(value)])])


# --- prospects -------------------------------------------------------------------------------


@make_document.register
def _(value: Prospect) -> Document:
    size = value.company_size
    facts = [
        ("industry", value.industry or "unknown"),
        ("title", value.title or "unknown"),
        ("company size", "unknown" if size is None else _describe_size(size)),
        ("location", value.location or "unknown"),
    ]
    return Document("Prospect", [Facts(facts)])


@make_document.register
def _(value: CompanySize) -> Document:
    return Document(f"Company size {value}", [Facts([("size", _describe_size(value))])])


def _describe_size(size: CompanySize) -> str:
    if size.high is None:
        return f"{size.low:,} or more employees"
    if size.low == size.high:
        return format_count(size.low, "employee")
    return f"{size.low:,} to {size.high:,} employees"


@make_document.register
def _(value: TargetingMatch) -> Document:
    dimensions = {
        "industry": value.industry,
        "title": value.title,
        "company size": value.company_size,
        "location": value.location,
    }
    rows = [(name, one.verdict, _describe_match(one)) for name, one in dimensions.items()]
    columns = [Column("dimension"), Column("fits"), Column("because")]
    return Document(f"Does the prospect fit? {value.verdict}", [Table(columns, rows)])


@make_document.register
def _(value: DimensionMatch) -> Document:
    title = f"Does the prospect fit in this dimension? {value.verdict}"
    return Document(title, [Facts([("because", _describe_match(value))])])


def _describe_match(match: DimensionMatch) -> str:
    """Say which target decided, or why none did."""
    if match.target is not None:
        return f"{'only a part fits' if match.verdict is Fit.UNKNOWN else 'fits'} {match.target}"
    return {
        Fit.YES: "there are no targets",
        Fit.NO: "no target fits",
        Fit.UNKNOWN: "nothing is known, or the targets cannot be read",
    }[match.verdict]


# --- mappings --------------------------------------------------------------------------------

_MOST_ITEMS = 20

_LEAD_KINDS = (Channel, Reason, Assignment, Rejection)
"""What a mapping has for leads by their ids."""


@make_document.register(FrozenMap)
def _(value: Mapping[Any, Any]) -> Document:
    if not value:
        return Document("Nothing", [Sentences(["the mapping is empty"])])
    if all(map(_is_flow_item, value.items())):
        return Document("Leads from tiers to channels", [tier_flow(value)])
    some = list(islice(value.items(), _MOST_ITEMS))
    key, first = some[0]
    is_leads = isinstance(first, _LEAD_KINDS) and not isinstance(key, Channel | Reason | ALSTier)
    key_name = "lead" if is_leads else _name_kind(key)
    more = len(value) - len(some)
    parts: list[Part] = [_item_table(some, key_name)]
    if more:
        parts.append(Sentences([f"and {more:,} more"]))
    return Document(
        format_count(len(value), key_name if key_name in _KEYS_OF_LEADS else "item"), parts
    )


_KEYS_OF_LEADS = {"lead", "channel", "tier", "reason"}


def _is_flow_item(item: tuple[object, object]) -> bool:
    """Tell whether an item says how many leads of a tier get a channel, as in `Plan.flow`."""
    match item:
        case ((ALSTier() | None, Channel() | None), int()):
            return True
        case _:
            return False


def _item_table(items: Iterable[tuple[Any, Any]], key_name: str) -> Table:
    """Return items of a mapping as rows; what they have decides the columns."""
    pairs = [(_describe_key(key), value) for key, value in items]
    kinds: set[type[Any]] = {type(value) for _, value in pairs}
    if kinds == {Assignment}:
        return assignment_table(cast("list[tuple[str, Assignment]]", pairs))
    column = Column(key_name, is_id=key_name == "lead")
    if kinds == {ChannelCounts}:
        columns = [column, number_column("leads"), *map(number_column, CHANNELS)]
        return Table(columns, [(key, counts.total, *counts.amounts) for key, counts in pairs])
    if kinds == {Reason}:
        return Table(
            [column, Column("reason"), Column("meaning")],
            [(key, reason, reason.message) for key, reason in pairs],
        )
    if kinds == {int}:
        counted = "number" if key_name in {"name", "value"} else "leads"
        return Table([column, number_column(counted)], pairs)
    rows: list[Row] = [(key, cast("Cell", describe_value(one))) for key, one in pairs]
    return Table([column, Column(_name_kind(pairs[0][1]))], rows)


def _describe_key(key: object) -> str:
    match key:
        case frozenset() if all(isinstance(channel, Channel) for channel in cast("Any", key)):
            return join_channels(cast("frozenset[Channel]", key))
        case None:
            return "all leads"
        case _:
            return describe_value(key)


def _name_kind(value: object) -> str:
    """Return what a column of such keys or values is called."""
    match value:
        case Channel():
            return "channel"
        case frozenset():
            return "open"
        case Reason():
            return "reason"
        case ALSTier():
            return "tier"
        case str():
            return "name"
        case _:
            return "value"

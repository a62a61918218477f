"""The documents of what the campaigns of a client share, and of the record of a lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from campaignkit.core._channels import CHANNELS
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count
from campaignkit.display._descriptions import (
    describe_actor,
    describe_time,
    describe_value,
)
from campaignkit.display._document import Column, Document, Facts, Part, Row, Sentences, Table
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import CHANNEL_COLUMN, assignment_table, number_column
from campaignkit.domain._client_policy import ChannelLimit, ClientPolicy, Suppression
from campaignkit.domain._clients import Claim, ClientEvent, ClientState, LiveAssignment
from campaignkit.domain._lead_records import LeadEntry, LeadRecord
from campaignkit.domain._ledger import ReleasedLead
from campaignkit.domain._snapshot import ClientSnapshot, ClientWrites

_NO_NAMES = FrozenMap[UUID, str]()


@make_document.register
def _(value: ClientPolicy) -> Document:
    return Document("Policy of a client", policy_parts(value))


def policy_parts(policy: ClientPolicy) -> list[Part]:
    """Return the rules of a policy, and the limits of its channels as a table."""
    one = "yes" if policy.one_campaign_per_lead else "no"
    cooldown = "none" if policy.cooldown is None else format_count(policy.cooldown, "day")
    parts: list[Part] = [Facts([("one campaign per lead", one), ("cooldown", cooldown)])]
    limits = policy.channel_limits
    if limits:
        columns = [CHANNEL_COLUMN, Column("leads a day"), Column("leads a week")]
        rows: list[Row] = [
            (c, describe_value(limits[c].per_day), describe_value(limits[c].per_week))
            for c in CHANNELS
            if c in limits
        ]
        parts.append(Table(columns, rows, caption="Channel limits"))
    return parts


@make_document.register
def _(value: ClientState) -> Document:
    parts = policy_parts(value.policy)
    if value.used:
        columns = [Column("day"), *(number_column(channel) for channel in CHANNELS)]
        rows: list[Row] = [
            (str(day), *counts.amounts) for day, counts in sorted(value.used.items())
        ]
        parts.append(Table(columns, rows, caption="Leads of all campaigns on each channel"))
    return Document("Client", parts)


@make_document.register
def _(value: Suppression) -> Document:
    return Document("Do not contact", [suppression_table([value])])


def suppression_table(suppressions: Iterable[Suppression]) -> Table:
    """Return leads that must not be contacted, each with the channel and the last day."""
    names = ("lead", "channel", "last day", "by", "since", "reason")
    rows: list[Row] = [
        (
            one.lead_id,
            "all" if one.channel is None else one.channel,
            "for ever" if one.until is None else str(one.until),
            describe_actor(one.by),
            describe_time(one.at),
            one.reason or "",
        )
        for one in suppressions
    ]
    return Table([Column(name, is_id=name == "lead") for name in names], rows)


@make_document.register
def _(value: ReleasedLead) -> Document:
    what = assignment_table([(value.lead_id, value.assignment)])
    contacted = "may have been contacted" if value.contacted else "not contacted"
    facts = [("released", f"{describe_time(value.at)} by {describe_actor(value.by)}")]
    return Document(f"Released lead, {contacted}", [what, Facts(facts)])


@make_document.register
def _(value: LiveAssignment) -> Document:
    one = value.assignment
    facts = Facts([("campaign", str(value.campaign_id))])
    return Document("Assignment", [assignment_table([(one.lead_id, one)]), facts])


@make_document.register
def _(value: ChannelLimit) -> Document:
    return Document(f"Limit of a channel: {value}")


@make_document.register
def _(value: Claim) -> Document:
    what = "has the lead" if value.is_live else "has had the lead"
    lines = [f"campaign {value.campaign_id} {what}, since {value.day}"]
    return Document(f"Claim on lead {value.lead_id}", [Sentences(lines)])


@make_document.register
def _(value: ClientEvent) -> Document:
    title = "Event of a client, not stored yet"
    if value.number is not None:
        title = f"Event {value.number:,} of a client"
    parts: list[Part] = [Sentences([describe_client_event(value)])]
    if value.after is not None:
        parts += policy_parts(value.after)
    return Document(title, parts)


def describe_client_event(event: ClientEvent) -> str:
    """Say who did what to what the campaigns of a client share, when, and why."""
    because = f" ({event.reason})" if event.reason else ""
    return f"{describe_time(event.at)}  {describe_actor(event.by)} {event.description}{because}"


@make_document.register
def _(value: LeadRecord) -> Document:
    return Document(f"Record of lead {value.lead_id}", [record_part(value)])


def record_part(record: LeadRecord, names: Mapping[UUID, str] = _NO_NAMES) -> Sentences:
    """Return what happened to a lead, one line each; `names` are those of the campaigns."""
    lines = [_describe_entry(entry, names) for entry in record.entries]
    none = ["no campaign of the client has had anything to do with the lead"]
    return Sentences(lines or none)


@make_document.register
def _(value: LeadEntry) -> Document:
    return Document("Entry in the record of a lead", [Sentences([_describe_entry(value)])])


def _describe_entry(entry: LeadEntry, names: Mapping[UUID, str] = _NO_NAMES) -> str:
    """Say what happened to a lead, when, by whom, in which campaign."""
    where = entry.campaign_id
    parts = [
        "" if entry.at is None else f"{describe_time(entry.at)} ",
        str(entry),
        "" if where is None else f"in {names.get(where, f'campaign {where}')}",
        f"({entry.reason})" if entry.reason else "",
    ]
    return " ".join(filter(None, parts))


@make_document.register
def _(value: ClientSnapshot) -> Document:
    parts = make_document(value.client).parts
    live = Facts([(len(value.assignments), "live assignments of the requested leads")])
    return Document("Snapshot of a client", [*parts, live])


@make_document.register(ClientWrites)
def _(value: ClientWrites[object]) -> Document:
    written = {
        "policy": value.policy is not None,
        "suppressions lifted": len(value.lifted),
        "suppressions": len(value.suppressions),
        "leads erased": value.erased is not None,
        "events": len(value.events),
    }
    facts = [(int(number), what) for what, number in written.items() if number]
    parts: list[Part] = [Facts(facts)] if facts else [Sentences(["the store stays as it is"])]
    if value.outcome is not None:
        parts.append(Sentences([str(value.outcome)], "Handed to the caller"))
    return Document("Writes of a decision on a client", parts)

"""Convert rows of what the campaigns of a client share to values of the domain, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from campaignkit.core._channels import CHANNELS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER, count_error, date_error, text_error
from campaignkit.core._immutable import T
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._client_policy import ClientPolicy, Suppression
from campaignkit.domain._clients import NO_POLICY, WEEK, Claim, ClientEvent
from campaignkit.domain._erased_names import erased_name
from campaignkit.domain._ledger import ReleasedLead
from campaignkit.domain._permissions import Actor
from campaignkit.errors import CorruptRowError, InvalidError, StructureError
from campaignkit.serialization import read_known, to_dict
from campaignkit.storage._observation import log_corrupt_row
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    Row,
    Values,
    assignment_values,
    json_rest,
    parse_uuid,
    read_assignment,
    read_json,
    read_time,
)

SUPPRESSION = ("lead_id", "channel", "until", "by", "at", "reason")
"""The columns of a suppression, in the order in which they are read."""

RELEASE = (*ASSIGNMENT, "contacted", "by", "at")
"""The columns of a release, in the order in which they are read."""

CLIENT_EVENT = ("client_id", "number", "kind", "event")
"""The columns of an event of a client, in the order in which they are read."""

_ALL = "all"
"""What stands for every channel."""

_CHANNELS: Mapping[object, Channel | None] = {
    _ALL: None,
    **{channel.value: channel for channel in CHANNELS},
}


def read_policy(client_id: UUID, plain: object) -> ClientPolicy:
    """Return the policy of a client's row; NULL stands for none.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    if plain is None:
        return NO_POLICY
    try:
        return _recent_policy(json.dumps(plain))
    except (TypeError, ValueError, StructureError) as error:
        raise_interruption(error)
    policy, _ = read_json("client", client_id, ClientPolicy, plain, {})
    return policy


@lru_cache(maxsize=1024)
def _recent_policy(text: str) -> ClientPolicy:
    """Return the policy of a text of JSON: each act of a client reads it."""
    policy, _ = read_known(ClientPolicy, json.loads(text))
    return policy


def read_policy_or_none(client_id: UUID, plain: object) -> ClientPolicy:
    """Return the policy of a client's row, or none where it cannot be read."""
    try:
        return read_policy(client_id, plain)
    except CorruptRowError as error:
        log_corrupt_row(error)
        return NO_POLICY


def read_revision(client_id: UUID, revision: object) -> int:
    """Return the revision of a client's row.

    Raises:
        CorruptRowError: it is no whole number of 0 or more.
    """
    if fault := count_error(revision):
        raise CorruptRowError("client", client_id, [f"revision {fault}"])
    return cast("int", revision)


def following_revision(revision: object) -> int:
    """Return what `ClientStatements.raise_revision` makes of whatever a row has as a revision."""
    if isinstance(revision, int | float) and 0 <= revision < LARGEST_INTEGER:
        return int(revision) + 1
    return 1


def policy_values(policy: ClientPolicy) -> Values:
    """Return the plain form of a policy, which its column takes."""
    plain: Values = to_dict(policy)
    return plain


def read_suppression(row: Row) -> Suppression:
    """Return the suppression of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    lead_id, channel, until, by, at, reason = row[:6]
    actor, _ = read_json("suppression", lead_id, Actor, by, {})
    given = {"by": actor, "at": _read_moment(at), "reason": reason}
    fields = (lead_id, _CHANNELS.get(channel, channel), until)
    return _make("suppression", lead_id, Suppression, *fields, **given)


def suppression_values(suppression: Suppression) -> Values:
    """Return what to insert for a suppression, besides the ids of its client and its lead."""
    one = suppression
    return {
        "channel": channel_label(one.channel),
        "until": one.until,
        **_act_values(one.by, one.at),
        "reason": one.reason,
    }


def channel_label(channel: Channel | None) -> str:
    """Return what the column of a channel has; None stands for every channel."""
    return _ALL if channel is None else channel.value


def read_release(row: Row) -> ReleasedLead:
    """Return the release of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    contacted, by, at = row[len(ASSIGNMENT) : len(RELEASE)]
    actor, _ = read_json("release", row[0], Actor, by, {})
    given = {"by": actor, "at": _read_moment(at)}
    return _make("release", row[0], ReleasedLead, read_assignment(row), contacted, **given)


def release_values(released: ReleasedLead) -> Values:
    """Return what to insert for a release, besides the ids of its client and its campaign."""
    return {
        **assignment_values(released.assignment),
        "contacted": released.contacted,
        **_act_values(released.by, released.at),
    }


def _read_moment(value: object) -> object:
    moment = read_time(value)
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


def _act_values(by: Actor, at: datetime) -> Values:
    return {"by": to_dict(by), "at": at.astimezone(UTC)}


def read_claim(lead_id: str, campaign_id: object, day: object, *, is_live: bool) -> Claim:
    """Return the claim of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    return _make("assignment", lead_id, Claim, lead_id, parse_uuid(campaign_id), day, is_live)


def read_used(client_id: UUID, day: date, counts: Row) -> ChannelCounts:
    """Return what a client's campaigns were given on a day.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    what, key = "client day", (client_id, day)
    if fault := date_error(day):
        raise CorruptRowError(what, key, [f"day {fault}"])
    given = dict(zip(CHANNELS, counts, strict=True))
    return _make(what, key, ChannelCounts, given)


def _make(what: str, key: object, kind: Callable[..., T], *fields: object, **given: object) -> T:
    """Return a value of what a row has, which the class checks.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    try:
        return kind(*fields, **given)
    except InvalidError as error:
        raise CorruptRowError(what, key, error.faults) from None


def read_client_event(row: Row) -> ClientEvent:
    """Return the event of a row of a client's history.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    client_id, number, kind, plain = row
    own_id = parse_uuid(client_id)
    given = {"client_id": str(own_id), "number": number, "kind": kind}
    event, _ = read_json("client event", (own_id, number), ClientEvent, plain, given)
    return event


def client_event_values(event: ClientEvent) -> Values:
    """Return what to insert for an event, besides its client's id and its number."""
    return {"kind": event.kind.value, "event": json_rest(event, CLIENT_EVENT)}


def week_values(day: date | None) -> Values:
    """Return the parameters for the days that share some seven days with a day."""
    if day is None:
        return {}
    first, last = (day.toordinal() + by for by in (1 - WEEK, WEEK - 1))
    return {
        "ck_first_day": date.fromordinal(max(first, date.min.toordinal())),
        "ck_last_day": date.fromordinal(min(last, date.max.toordinal())),
    }


def map_erased_names(
    client_id: UUID, secret: object, lead_ids: Collection[str]
) -> Mapping[str, str]:
    """Return the ids of leads by the names that they have if they are erased.

    Raises:
        CorruptRowError: what the client's row has is no key.
    """
    if secret is None:
        return {}
    if fault := text_error(secret):
        raise CorruptRowError("client", client_id, [f"key {fault}"])
    key = str(secret)
    return {erased_name(key, lead_id): lead_id for lead_id in lead_ids}

"""`campaignkit pause`, `edit` and their like: an act on a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import cast
from uuid import UUID

from attrs import evolve
from sqlalchemy import URL

from campaignkit import (
    Action,
    Activate,
    Actor,
    Campaign,
    CampaignService,
    CampaignStatus,
    Command,
    Edit,
    Event,
    EventKind,
    Fields,
    Suggestion,
    to_dict,
)
from campaignkit.cli._campaign_toml import find_differences, make_edits, read_campaign
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._database import OpenDatabase, iterate_pages, open_existing
from campaignkit.cli._next_step import campaign_next_part, format_command
from campaignkit.cli._options import is_uuid
from campaignkit.cli._suggestions import report_suggestion
from campaignkit.cli._terminal import Result
from campaignkit.display._descriptions import describe_moved_leads
from campaignkit.display._document import Part, Sentences
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import campaign_name
from campaignkit.domain._campaign import Edits
from campaignkit.domain._commands import FIELD_COMMANDS

_NOTHING: Mapping[str, object] = MappingProxyType({})


def change_campaign(
    url: URL, wait: float, campaign: str, action: Action, *, by: Actor, reason: str | None
) -> Result:
    """Do an act without arguments on the campaign of an id or a file.

    Return the campaign, or what waits for a user. It works on a corrupt row as well, unless the act
    depends on what cannot be read.

    Raises:
        CommandError: the database or the file cannot be used, or the rules refuse.
    """
    with open_existing(url, wait) as database:
        key = database.find_campaign(campaign)
        return _submit(database, campaign, key, FIELD_COMMANDS[action](), by=by, reason=reason)


def resume_campaign(
    url: URL, wait: float, campaign: str, *, by: Actor, reason: str | None
) -> Result:
    """Activate the campaign of an id or a file, which must be paused.

    Raises:
        CommandError: it is a draft, the database or the file cannot be used, or the rules refuse.
    """
    with open_existing(url, wait) as database:
        key = database.find_campaign(campaign)
        stored = database.read_campaign(*key)
        if stored.status is CampaignStatus.DRAFT and stored.deleted_at is None:
            message = f"{campaign_name(stored)} is a draft, and only a paused campaign is resumed"
            raise CommandError(
                message, [f"{format_command(database.place, 'activate', campaign)} starts it"]
            )
        return _submit(database, campaign, key, Activate(), by=by, reason=reason)


def edit_campaign(
    url: URL, wait: float, campaign: str, edits: Fields, *, by: Actor, reason: str | None
) -> Result:
    """Change fields of the campaign of an id or a file; without any, make it match the file.

    Raises:
        CommandError: the database or the file cannot be used, or the rules refuse.
    """
    with open_existing(url, wait) as database:
        key = database.find_campaign(campaign)
        before = database.read_campaign(*key)
        wanted = None if is_uuid(campaign) else read_campaign(campaign)
        if not edits and wanted is not None:
            edits = Fields(make_edits(find_differences(before, wanted), wanted))
            if not edits:
                same = Sentences([f"{campaign} and the campaign in the database are equal"])
                return _report_campaign(before, campaign, database.place, [same], {"changes": []})
        command = Edit(**cast("Edits", dict(edits)))
        done = _submit(database, campaign, key, command, by=by, reason=reason)
        if "suggestion" in done.json:
            return done
        after = database.read_campaign(*key)
    changes = [f"Changed {difference.change}" for difference in find_differences(before, after)]
    parts: list[Part] = [Sentences(changes or ["Nothing has changed: it was so before"])]
    if wanted is not None and (differing := find_differences(after, wanted)):
        advice = f"change {campaign} as well: an intake refuses a file that differs"
        parts.append(Sentences([*map(str, differing), advice], is_warning=True))
    return _report_campaign(after, campaign, database.place, parts, {"changes": changes})


def _submit(
    database: OpenDatabase,
    campaign: str,
    key: tuple[UUID, UUID],
    command: Command,
    *,
    by: Actor,
    reason: str | None,
) -> Result:
    """Do an act, and return the campaign or the suggestion that it became."""
    done = CampaignService(database.store).submit(*key, command, by=by, reason=reason)
    stored = database.read_campaign(*key)
    if isinstance(done, Suggestion):
        return report_suggestion(done, campaign_name(stored), database.place)
    if command.action is not Action.RESTORE:
        return _report_campaign(stored, campaign, database.place)
    event = _find_last_event(database, key, command.action)
    released = 0 if event is None else event.counts.total
    parts = (
        [Sentences([describe_moved_leads(event)], is_warning=True)] if event and released else []
    )
    return _report_campaign(stored, campaign, database.place, parts, {"released": released})


def _report_campaign(
    campaign: Campaign,
    named: str,
    place: str,
    parts: Sequence[Part] = (),
    plain: Mapping[str, object] = _NOTHING,
) -> Result:
    """Return a campaign, what was done to it, and what to do next."""
    made = make_document(campaign)
    return Result(
        evolve(made, parts=[*parts, *made.parts, *campaign_next_part(campaign, named, place)]),
        {"campaign": to_dict(campaign), **plain},
    )


def _find_last_event(
    database: OpenDatabase, key: tuple[UUID, UUID], action: Action
) -> Event | None:
    """Return the last event of an act that was done."""
    pages = iterate_pages(partial(database.store.history, *key))
    events = [event for page in pages for event in page.items if event.kind is EventKind.APPLIED]
    return next((event for event in reversed(events) if event.action is action), None)

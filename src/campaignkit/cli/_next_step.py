"""What to do next, as the reports of commands say it at their end."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from campaignkit import Campaign, CampaignStatus, Suggestion, SuggestionHead
from campaignkit.cli._options import is_uuid
from campaignkit.display._document import Part, Sentences

_BY_STATUS = {
    CampaignStatus.DRAFT: ("activate", "lets it admit leads"),
    CampaignStatus.ACTIVE: ("intake", "admits the leads of a file"),
    CampaignStatus.PAUSED: ("resume", "lets it admit leads again"),
}
"""The command that goes on with a campaign; a completed one is final."""


def format_command(place: str, action: str, *words: str, by: str = "--by USER") -> str:
    """Return a command on the database of a URL, to be pasted into a shell.

    Words in capitals stand for what is not known.
    """
    end = ["--db", quote(place), *([by] if by else [])]
    return " ".join(["campaignkit", action, *map(quote, words), *end])


def format_intake(place: str, campaign: str, leads: str = "LEADS", day: str = "YYYY-MM-DD") -> str:
    """Return the command of an intake, to be pasted into a shell."""
    return format_command(place, "intake", campaign, leads, "--day", day)


def campaign_next_part(campaign: Campaign, named: str, place: str) -> list[Part]:
    """Return the command that goes on with a campaign.

    `named` is its id or file, as given, and `place` the URL of the database as it may be shown.
    """
    if campaign.faults:
        action, effect = "edit", "mends what cannot be read"
    elif campaign.deleted_at is not None:
        action, effect = "restore", "brings it back"
    elif campaign.status in _BY_STATUS:
        action, effect = _BY_STATUS[campaign.status]
    else:
        return []
    if action == "intake":  # which takes no id
        command = format_intake(place, "CAMPAIGN.toml" if is_uuid(named) else named)
    else:
        command = format_command(place, action, named)
    return [next_part(command, effect)]


def suggestion_next_part(
    suggestions: Iterable[Suggestion | SuggestionHead], place: str
) -> list[Part]:
    """Return the commands by which a user decides on suggestions."""
    return [
        part
        for each in suggestions
        for part in (
            next_part(format_command(place, "approve", str(each.id)), "lets a user apply it"),
            next_part(
                format_command(place, "reject", str(each.id), "--reason", "WORDS"),
                "lets a user refuse it",
                "Or",
            ),
        )
    ]


def next_part(command: str, effect: str, when: str = "Next") -> Part:
    """Return a command with nothing after it in its line, and what it does below it."""
    return Sentences([effect], f"{when}: {command}")

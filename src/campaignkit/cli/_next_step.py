"""What to do next, as the reports of commands say it at their end."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from campaignkit import Campaign, CampaignStatus, Suggestion, SuggestionHead
from campaignkit.cli._options import is_uuid
from campaignkit.display._document import Part, Sentences

_BY_STATUS = {
    CampaignStatus.DRAFT: "activate {} lets it admit leads",
    CampaignStatus.ACTIVE: "intake {} LEADS admits the leads of a file",
    CampaignStatus.PAUSED: "resume {} lets it admit leads again",
    CampaignStatus.COMPLETED: "",  # which is final
}


def campaign_next_part(campaign: Campaign, named: str) -> list[Part]:
    """Return the command that goes on with a campaign; `named` is its id or file, as given."""
    if campaign.faults:
        step = "edit {} mends what cannot be read"
    elif campaign.deleted_at is not None:
        step = "restore {} brings it back"
    else:
        step = _BY_STATUS[campaign.status]
        if campaign.status is CampaignStatus.ACTIVE and is_uuid(named):
            named = "CAMPAIGN.toml"  # an intake takes no id
    return [_next(step.format(quote(named)))] if step else []


def suggestion_next_part(suggestions: Iterable[Suggestion | SuggestionHead]) -> list[Part]:
    """Return the commands by which a user decides on suggestions."""
    return [
        _next(f"approve {each.id} lets a user apply it; reject does not") for each in suggestions
    ]


def _next(step: str) -> Sentences:
    return Sentences([], f"Next: campaignkit {step}.")

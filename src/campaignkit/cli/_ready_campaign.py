"""The campaign of a file, made ready for an intake: created, changed by the file, activated."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from attrs import frozen

from campaignkit import (
    AlreadyExistsError,
    Campaign,
    CampaignService,
    CampaignStatus,
    CorruptRowError,
    NotFoundError,
    NotRunningError,
    Suggestion,
    TransitionError,
)
from campaignkit.cli._campaign_toml import FieldDifference, find_differences, make_edits
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._database import show_url
from campaignkit.cli._intake_job import IntakeJob
from campaignkit.cli._next_step import format_command
from campaignkit.cli._prospect_rows import TargetingResult


@frozen
class ApprovalRequest:
    """A campaign that admits no leads until a user has approved these suggestions.

    `targeting` says how the leads fit, if some are suggested.
    """

    campaign: Campaign
    is_new: bool
    suggestions: tuple[Suggestion, ...]
    targeting: TargetingResult | None = None


@frozen
class ReadyCampaign:
    """A campaign that may admit leads, and what must be done to the stored one before."""

    campaign: Campaign
    is_new: bool
    differing: Sequence[FieldDifference]
    is_draft: bool

    def describe_acts(self, *, is_done: bool) -> list[str]:
        """Say what was done to the stored campaign before the intake, or would be."""
        verbs = ("Created and activated", "Changed", "Activated")
        create, change, activate = (
            verbs if is_done else ("Would create and activate", "Would change", "Would activate")
        )
        if self.is_new:
            return [f"{create} the campaign"]
        acts = [f"{change} {difference.change}" for difference in self.differing]
        return [*acts, f"{activate} the campaign, which was a draft"] if self.is_draft else acts


def prepare_campaign(
    service: CampaignService, wanted: Campaign, job: IntakeJob
) -> ReadyCampaign | ApprovalRequest:
    """Create the campaign or change the stored one to match the file; activate a draft."""
    ready = _check_campaign(find_stored(service, wanted), wanted, job)
    key = (wanted.client_id, wanted.id)
    if ready.is_new:
        try:
            service.create(wanted, by=job.by)
        except AlreadyExistsError as error:
            if find_stored(service, wanted) is not None:  # another run was first
                return prepare_campaign(service, wanted, job)
            message = f"{job.campaign}: id {wanted.id} is that of another client's campaign"
            raise CommandError(message) from error
    acts: list[Campaign | Suggestion] = []
    if ready.differing:
        acts.append(service.edit(*key, by=job.by, **make_edits(ready.differing, wanted)))
    if ready.is_draft:
        with suppress(TransitionError):  # another run was first; the intake then says so
            acts.append(service.activate(*key, by=job.by))
    if suggestions := tuple(act for act in acts if isinstance(act, Suggestion)):
        return ApprovalRequest(service.get(*key), ready.is_new, suggestions)
    return ready


def find_stored(service: CampaignService, wanted: Campaign) -> Campaign | None:
    """Return the campaign of a file as it is stored, deleted or not, or None."""
    try:
        return service.get(wanted.client_id, wanted.id, include_deleted=True)
    except NotFoundError:
        return None
    except CorruptRowError as error:
        if error.readable is None:
            raise
        readable: Campaign = error.readable
        return readable


def find_allowed_differences(
    stored: Campaign | None, wanted: Campaign, path: str, *, update: bool
) -> Sequence[FieldDifference]:
    """Return where the stored campaign differs from the file, which only an update may change.

    Raises:
        CommandError: it differs, and there is no update.
    """
    differing = () if stored is None else find_differences(stored, wanted)
    if differing and not update:
        message = f"{path} and the campaign in the database differ"
        lines = [str(difference) for difference in differing]
        advice = "fix the file, or change the database with --update"
        raise CommandError(message, [*lines, advice], {"differences": lines})
    return differing


def _check_campaign(stored: Campaign | None, wanted: Campaign, job: IntakeJob) -> ReadyCampaign:
    """Decide what must be done to the stored campaign, before anything is written.

    Raises:
        CommandError: the stored campaign differs from the file, and may not be changed; or it is
            paused.
        RefusedError: the campaign cannot be changed like that, or does not run on that day.
    """
    differing = find_allowed_differences(stored, wanted, job.campaign, update=job.update)
    campaign = wanted if stored is None else stored
    now = datetime.now(UTC)
    if differing:
        campaign = campaign.edit(at=now, **make_edits(differing, wanted))
    is_draft = campaign.status is CampaignStatus.DRAFT
    if is_draft:
        campaign = campaign.activate(at=now)
    if not (running := campaign.running(job.day)):
        refused = NotRunningError(running)
        if campaign.status is not CampaignStatus.PAUSED:
            raise refused
        resume = format_command(show_url(job.url), "resume", job.campaign)
        advice = f"{resume} lets it admit leads again"
        reasons = [reason.value for reason in refused.reasons]
        raise CommandError(str(refused), [advice], {"reasons": reasons})
    return ReadyCampaign(campaign, stored is None, differing, is_draft)

"""The commands on a campaign of a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from campaignkit import Action
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._option_groups import ActorOptions, LedgerOptions
from campaignkit.cli._options import collect_faults, is_uuid, read_fields, read_optional_day
from campaignkit.cli._parameters import (
    DATABASE_EXAMPLE,
    CampaignArgument,
    JsonOption,
    ReasonOption,
    show_examples,
)
from campaignkit.cli._terminal import print_result


def show(
    campaign: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN",
            help="Id or TOML file of a campaign. Default: list all campaigns.",
        ),
    ] = None,
    *,
    ledger: LedgerOptions,
    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Also show the campaign's capacity on this day."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a campaign and its progress, or list all."""
    from campaignkit.cli._show import list_campaigns, view_campaign  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            on = read_optional_day("--day", day, faults)
            if campaign is None and day is not None:
                faults.append("--day needs a CAMPAIGN")
        if campaign is None:
            print_result(list_campaigns(url, ledger.wait), as_json=as_json)
        else:
            print_result(view_campaign(url, ledger.wait, campaign, on), as_json=as_json)


_ACTS = {
    Action.ACTIVATE: "Activate a draft or paused campaign.",
    Action.PAUSE: "Pause an active campaign.",
    Action.COMPLETE: "Complete an active or paused campaign, which is final.",
    Action.DELETE: "Delete a campaign; it is hidden, and can be restored.",
    Action.RESTORE: "Restore a deleted campaign.",
}
"""The acts without arguments; each is a command."""


def _make_act(action: Action, summary: str) -> Callable[..., None]:
    def change(
        campaign: CampaignArgument,
        *,
        ledger: LedgerOptions,
        actor: ActorOptions,
        reason: ReasonOption = None,
        as_json: JsonOption = False,
    ) -> None:
        from campaignkit.cli._acts import change_campaign  # noqa: PLC0415  # as above

        with handle_errors(as_json=as_json):
            with collect_faults() as faults:
                url = ledger.read_url(faults)
                by = actor.read(faults)
            result = change_campaign(url, ledger.wait, campaign, action, by=by, reason=reason)
            print_result(result, as_json=as_json)

    change.__name__, change.__doc__ = action.value, summary
    return change


def resume(
    campaign: CampaignArgument,
    *,
    ledger: LedgerOptions,
    actor: ActorOptions,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Resume a paused campaign.

    A draft is refused: `campaignkit activate` starts it.
    """
    from campaignkit.cli._acts import resume_campaign  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by = actor.read(faults)
        result = resume_campaign(url, ledger.wait, campaign, by=by, reason=reason)
        print_result(result, as_json=as_json)


def edit(
    campaign: CampaignArgument,
    *,
    ledger: LedgerOptions,
    actor: ActorOptions,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="New value of a field, such as daily_lead_limit=80, end_date=none or"
            " allocation=email=60,sms=40. Repeatable.  [default: all that differs in the file]",
        ),
    ] = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change fields of a campaign.

    With --set it changes these fields. Without it CAMPAIGN is a file, and the stored campaign is
    changed to match it. An active campaign may be changed in its name, mode, limits and end date
    only. What an AI may not do by itself becomes a suggestion.
    """
    from campaignkit.cli._acts import edit_campaign  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by = actor.read(faults)
            edits = read_fields("--set", fields or (), faults)
            if not fields and is_uuid(campaign):
                faults.append("--set is required where CAMPAIGN is an id, and not a file")
        result = edit_campaign(url, ledger.wait, campaign, edits, by=by, reason=reason)
        print_result(result, as_json=as_json)


def history(
    campaign: CampaignArgument,
    *,
    ledger: LedgerOptions,
    as_json: JsonOption = False,
) -> None:
    """List who did what to a campaign, and when."""
    from campaignkit.cli._show import view_history  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
        print_result(view_history(url, ledger.wait, campaign), as_json=as_json)


CAMPAIGN_COMMANDS: Mapping[Callable[..., None], str] = {
    show: show_examples(
        f"campaignkit show {DATABASE_EXAMPLE}",
        f"campaignkit show campaign.toml --day 2026-11-23 {DATABASE_EXAMPLE}",
    ),
    **{
        _make_act(action, summary): show_examples(
            f"campaignkit {action} campaign.toml --by eva {DATABASE_EXAMPLE}"
        )
        for action, summary in _ACTS.items()
    },
    resume: show_examples(f"campaignkit resume campaign.toml --by eva {DATABASE_EXAMPLE}"),
    edit: show_examples(
        f"campaignkit edit campaign.toml --set daily_lead_limit=80 --by eva {DATABASE_EXAMPLE}",
        f"campaignkit edit campaign.toml --by eva {DATABASE_EXAMPLE}",
    ),
    history: show_examples(f"campaignkit history campaign.toml {DATABASE_EXAMPLE}"),
}
"""Each command, and the end of its help."""

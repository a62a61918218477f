"""The commands on what AIs suggest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from campaignkit.cli._endings import handle_errors
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._option_groups import ActorOptions, LeadsOptions, LedgerOptions
from campaignkit.cli._options import (
    collect_faults,
    read_fields,
    read_id,
    read_optional_day,
    read_states,
)
from campaignkit.cli._parameters import (
    DATABASE_EXAMPLE,
    JsonOption,
    LeadsCampaignOption,
    SuggestionArgument,
    TodayOption,
    show_examples,
)
from campaignkit.cli._terminal import print_result


def suggestions(
    campaign: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN",
            help="Id or TOML file of a campaign. Default: those of all campaigns.",
        ),
    ] = None,
    *,
    ledger: LedgerOptions,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="pending, approved, rejected, stale, expired, closed, or all. Repeatable."
            "  [default: pending]",
        ),
    ] = None,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what AIs suggest."""
    from campaignkit.cli._suggestions import list_suggestions  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            states = read_states(state or (), faults)
            day = read_optional_day("--today", today, faults)
        print_result(list_suggestions(url, ledger.wait, campaign, states, day), as_json=as_json)


def suggestion(
    suggestion: SuggestionArgument,
    *,
    ledger: LedgerOptions,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one suggestion with its leads."""
    from campaignkit.cli._suggestions import view_suggestion  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            suggestion_id = read_id(suggestion, faults)
            day = read_optional_day("--today", today, faults)
        print_result(view_suggestion(url, ledger.wait, suggestion_id, day), as_json=as_json)


def approve(
    suggestion: SuggestionArgument,
    *,
    ledger: LedgerOptions,
    actor: ActorOptions,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Show what would be done now, and do nothing."),
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Do exactly what --preview --json has written to this file, or nothing.",
        ),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD", help="Admit the leads on this day, not on the suggested one."
        ),
    ] = None,
    today: TodayOption = None,
    lead: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Approve only this lead of a suggested assignment. Repeatable."
        ),
    ] = None,
    leads: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="File with the leads as they are now; leads that it lacks are not approved.",
        ),
    ] = None,
    campaign: LeadsCampaignOption = None,
    file: LeadsOptions,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Approve a suggested edit with another value, such as daily_lead_limit=80,"
            " end_date=none or allocation=email=60,sms=40. Repeatable.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a suggestion (users only).

    It is applied to the campaign as it is now. What is not approved is not rejected, but the
    suggestion is decided as a whole.
    """
    from campaignkit.cli._decisions import (  # noqa: PLC0415  # as above
        ApprovalJob,
        approve_suggestion,
        view_approval,
    )

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            if fields and (lead or leads is not None):
                faults.append("--set must not come with --lead or --leads: an edit has no leads")
            if preview and expect is not None:
                faults.append("--expect must not come with --preview")
            job = ApprovalJob(
                url=ledger.read_url(faults),
                wait=ledger.wait,
                suggestion_id=read_id(suggestion, faults),
                by=actor.read(faults),
                today=read_optional_day("--today", today, faults),
                day=read_optional_day("--day", day, faults),
                lead_ids=lead,
                fields=read_fields("--set", fields or (), faults),
                expect=expect,
                leads=_read_leads(leads, file, faults, campaign),
            )
        decide = view_approval if preview else approve_suggestion
        print_result(decide(job), as_json=as_json)


def _read_leads(
    path: str | None, file: LeadsOptions, faults: list[str], campaign: str | None
) -> LeadsInput | None:
    """Return the file of leads, if there is one; its options are checked in any case."""
    if path is None and campaign is not None:
        faults.append("--campaign needs --leads")
    leads = file.read(path or "", faults, campaign)
    return None if path is None else leads


def reject(
    suggestion: SuggestionArgument,
    *,
    ledger: LedgerOptions,
    reason: Annotated[
        str, typer.Option(metavar="WORDS", help="Why; the words are kept in the history.")
    ],
    actor: ActorOptions,
    lead: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Reject only this lead of a suggested assignment; the others stay pending."
            " Repeatable.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="Last day for which no AI may bring the leads into the campaign again."
            "  [default: for good]",
        ),
    ] = None,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reject a suggestion, or some of its leads (users only).

    No AI can bring the leads into the campaign again, in any permission mode, until a user takes
    them in. Another command is refused to AIs while what it depends on stays the same.
    """
    from campaignkit.cli._decisions import reject_suggestion  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            suggestion_id = read_id(suggestion, faults)
            by = actor.read(faults)
            last_day = read_optional_day("--until", until, faults)
            first_day = read_optional_day("--today", today, faults)
        result = reject_suggestion(
            *(url, ledger.wait, suggestion_id, by),
            reason=reason,
            lead_ids=lead,
            until=last_day,
            today=first_day,
        )
        print_result(result, as_json=as_json)


_ID = "0b8e0f6e-6a3c-4a53-9f2e-5d1f0d7c2a11"

SUGGESTION_COMMANDS: Mapping[Callable[..., None], str] = {
    suggestions: show_examples(
        f"campaignkit suggestions {DATABASE_EXAMPLE}",
        f"campaignkit suggestions campaign.toml --state all {DATABASE_EXAMPLE}",
    ),
    suggestion: show_examples(f"campaignkit suggestion {_ID} {DATABASE_EXAMPLE}"),
    approve: show_examples(
        f"campaignkit approve {_ID} --by eva {DATABASE_EXAMPLE}",
        f"campaignkit approve {_ID} --by eva --set daily_lead_limit=80 {DATABASE_EXAMPLE}",
    ),
    reject: show_examples(
        f"campaignkit reject {_ID} --by eva --reason 'wrong region' {DATABASE_EXAMPLE}",
    ),
}
"""Each command, and the end of its help."""

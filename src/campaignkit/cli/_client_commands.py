"""The commands on what the campaigns of a client share, and on its leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from attrs import frozen

from campaignkit import Channel
from campaignkit.cli._campaign_toml import find_leads_table
from campaignkit.cli._client_options import (
    read_channel_limits,
    read_channel_names,
    read_cooldown,
    require_leads,
)
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._leads_table import LeadsTable, Settings, read_option
from campaignkit.cli._option_groups import ActorOptions, FormatOptions, LedgerOptions
from campaignkit.cli._options import collect_faults, read_optional_day
from campaignkit.cli._parameters import (
    DATABASE_EXAMPLE,
    CampaignArgument,
    JsonOption,
    OverrideOption,
    ReasonOption,
    TodayOption,
    show_examples,
)
from campaignkit.cli._terminal import print_result

if TYPE_CHECKING:
    from campaignkit.cli._clients import LeadIds

_ClientOption = Annotated[
    str,
    typer.Option(
        "--client",
        metavar="CLIENT",
        help="Id of a client, or TOML file of one of its campaigns.",
    ),
]
_IdsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Ids of leads.", show_default=False)
]
_LeadArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the lead.")]
_ChannelOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CHANNEL,...",
        help="Only on these channels. Repeatable.  [default: all]",
        show_default=False,
    ),
]
_CreateOption = Annotated[
    bool,
    typer.Option("--create", help="Create the database and its tables where they are missing."),
]


@frozen(kw_only=True)
class _IdsOptions:
    """A file with the ids of leads."""

    file: Annotated[
        str | None,
        typer.Option(
            "--leads",
            metavar="FILE",
            help="CSV, Excel or Parquet file with a header and a row for each lead; - reads"
            " standard input.",
        ),
    ] = None
    id_column: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="COLUMN",
            help="Column of the lead's id in --leads.  [default: lead_id]",
        ),
    ] = None
    override: OverrideOption = False
    format: FormatOptions

    def read(self, named: Sequence[str] | None, faults: list[str], campaign: str) -> LeadIds:
        """Return the leads of the command line and of the file; there must be some.

        `campaign` is an id, or the file of a campaign, which may name the column of the id. Call
        this after all other options are read.

        Raises:
            FileError: the file of the campaign cannot be read, or is wrong.
        """
        from campaignkit.cli._clients import LeadIds  # noqa: PLC0415  # as above

        require_leads(named, self.file, faults)
        file = self.format.read(faults)
        given: Settings = {}
        if self.id_column is not None:
            given = {"id": read_option("id", self.id_column, faults)}
        table = LeadsTable() if faults else find_leads_table(campaign)
        columns = table.merge(given, faults, override=self.override)
        return LeadIds(named or (), self.file, columns.id, file)


def policy(
    *,
    ledger: LedgerOptions,
    client: _ClientOption,
    file: Annotated[
        str | None,
        typer.Option("--set", metavar="FILE", help="Set the policy of this TOML file, as a whole."),
    ] = None,
    one_campaign_per_lead: Annotated[
        bool | None,
        typer.Option(
            "--one-campaign-per-lead/--several-campaigns-per-lead",
            help="Whether a lead may be in one campaign of the client only, or in several.",
            show_default=False,
        ),
    ] = None,
    cooldown: Annotated[
        str | None,
        typer.Option(
            metavar="DAYS",
            help="Days between two campaigns of a lead, or none. Needs one campaign per lead.",
        ),
    ] = None,
    create: _CreateOption = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHANNEL=LEADS/day,LEADS/week",
            help="Most leads of all campaigns on a channel, on a day and in seven days in a row;"
            " CHANNEL=none lifts it. Repeatable.",
        ),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="List who changed what, and when.")
    ] = False,
    actor: ActorOptions,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show or set the rules that the campaigns of a client share.

    Only users set them. Without options it shows the policy. An option changes one rule and leaves
    the others.
    """
    # SQLAlchemy is slow to load: only the commands that need it import it.
    from campaignkit.cli._clients import (  # noqa: PLC0415
        PolicyChange,
        change_policy,
        view_client_history,
        view_policy,
    )

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            change = PolicyChange(
                file=file,
                one_campaign_per_lead=one_campaign_per_lead,
                cooldown=read_cooldown("--cooldown", cooldown, faults),
                limits=read_channel_limits("--limit", limit or (), faults),
            )
            has_rules = bool(limit) or one_campaign_per_lead is not None or cooldown is not None
            if file is not None and has_rules:
                faults.append("--set must not come with rules: the file has all of them")
            is_set = file is not None or has_rules
            if history and is_set:
                faults.append("--history must not come with rules or --set")
            by = actor.read(faults) if is_set else None
            if by is None and (actor.is_given or reason is not None):
                faults.append("--by, --ai and --reason need a rule or --set")
            if create and not is_set:
                faults.append("--create needs a rule or --set")
        if by is not None:
            result = change_policy(
                url, ledger.wait, client, change, by=by, reason=reason, create=create
            )
        elif history:
            result = view_client_history(url, ledger.wait, client)
        else:
            result = view_policy(url, ledger.wait, client)
        print_result(result, as_json=as_json)


def suppress(
    leads: _IdsArgument = None,
    *,
    ledger: LedgerOptions,
    client: _ClientOption,
    ids: _IdsOptions,
    channel: _ChannelOption = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Last day on which it holds.  [default: for ever]"),
    ] = None,
    create: _CreateOption = False,
    actor: ActorOptions,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep leads from being contacted (users only).

    No campaign of the client may contact them from now on. Safe to repeat. What the leads were
    given before stays, and is listed: stop what has not been sent.
    """
    from campaignkit.cli._clients import suppress_leads  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by = actor.read(faults)
            last_day = read_optional_day("--until", until, faults)
            channels = read_channel_names("--channel", channel, faults)
            who = ids.read(leads, faults, client)
        result = suppress_leads(
            *(url, ledger.wait, client, who),
            channels=channels,
            until=last_day,
            by=by,
            reason=reason,
            create=create,
        )
        print_result(result, as_json=as_json)


def unsuppress(
    leads: _IdsArgument = None,
    *,
    ledger: LedgerOptions,
    client: _ClientOption,
    ids: _IdsOptions,
    channel: _ChannelOption = None,
    actor: ActorOptions,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let leads be contacted again (users only)."""
    from campaignkit.cli._clients import unsuppress_leads  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by = actor.read(faults)
            channels = read_channel_names("--channel", channel, faults)
            who = ids.read(leads, faults, client)
        result = unsuppress_leads(
            url, ledger.wait, client, who, channels=channels, by=by, reason=reason
        )
        print_result(result, as_json=as_json)


def suppressions(
    *,
    ledger: LedgerOptions,
    client: _ClientOption,
    assigned: Annotated[
        bool,
        typer.Option(
            "--assigned",
            help="List instead what campaigns had assigned to such leads: stop what has not been"
            " sent.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the leads that no campaign of a client may contact."""
    from campaignkit.cli._clients import (  # noqa: PLC0415  # as above
        list_suppressed_assignments,
        list_suppressions,
    )

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
        list_them = list_suppressed_assignments if assigned else list_suppressions
        print_result(list_them(url, ledger.wait, client), as_json=as_json)


def lead(
    lead: _LeadArgument,
    *,
    ledger: LedgerOptions,
    client: _ClientOption,
    as_json: JsonOption = False,
) -> None:
    """Show what campaigns have had to do with a lead."""
    from campaignkit.cli._clients import view_lead  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
        print_result(view_lead(url, ledger.wait, client, lead), as_json=as_json)


def erase(
    lead: _LeadArgument,
    *,
    ledger: LedgerOptions,
    client: _ClientOption,
    actor: ActorOptions,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove the id of a person, and keep counts (users only).

    This cannot be undone. The person stays suppressed on all channels: a hash takes the place of
    the id.
    """
    from campaignkit.cli._clients import erase_lead  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by = actor.read(faults)
        print_result(
            erase_lead(url, ledger.wait, client, lead, by=by, reason=reason), as_json=as_json
        )


def release(
    campaign: CampaignArgument,
    leads: _IdsArgument = None,
    *,
    ledger: LedgerOptions,
    ids: _IdsOptions,
    contacted: Annotated[
        bool,
        typer.Option(
            "--contacted",
            help="They were contacted: nothing is given back, and they stay out of the campaign.",
        ),
    ] = False,
    suppress: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHANNEL,...",
            help="Suppress them on these channels in all campaigns of the client, or on all"
            " (users only). Repeatable.",
        ),
    ] = None,
    actor: ActorOptions,
    reason: ReasonOption = None,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take leads out of a campaign.

    What they used of its limits is given back, unless they were contacted. Of what an AI releases
    nothing is given back once the day for which it was admitted has begun.
    """
    from campaignkit.cli._clients import release_leads  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by = actor.read(faults)
            channels = read_channel_names("--suppress", suppress, faults)
            day = read_optional_day("--today", today, faults)
            who = ids.read(leads, faults, campaign)
        result = release_leads(
            *(url, ledger.wait, campaign, who),
            contacted=contacted,
            suppress=None if suppress is None else channels or tuple(Channel),
            by=by,
            reason=reason,
            today=day,
        )
        print_result(result, as_json=as_json)


_ON = f"{DATABASE_EXAMPLE} --client campaign.toml"

CLIENT_COMMANDS: Mapping[Callable[..., None], str] = {
    release: show_examples(
        f"campaignkit release campaign.toml ann bob {DATABASE_EXAMPLE} --by eva",
        f"campaignkit release campaign.toml ann {DATABASE_EXAMPLE} --by eva"
        " --contacted --suppress all",
    ),
    policy: show_examples(
        f"campaignkit policy {_ON}",
        f"campaignkit policy {_ON} --by eva"
        " --one-campaign-per-lead --cooldown 30 --limit linkedin=17/day,100/week",
    ),
    suppress: show_examples(
        f"campaignkit suppress ann bob {_ON} --by eva",
        f"campaignkit suppress --leads opted_out.csv --channel sms,voice {_ON} --by eva",
        f"campaignkit suppress --leads opted_out.csv {_ON} --by eva --create",
    ),
    unsuppress: show_examples(
        f"campaignkit unsuppress ann {_ON} --by eva",
    ),
    suppressions: show_examples(f"campaignkit suppressions {_ON}"),
    lead: show_examples(f"campaignkit lead ann {_ON}"),
    erase: show_examples(f"campaignkit erase ann {_ON} --by eva"),
}
"""Each command, and the end of its help."""

"""`campaignkit policy`, `suppress`, `lead` and their like: what the campaigns of a client share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date
from functools import partial
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import URL

from campaignkit import (
    DEFAULT_GATE,
    Actor,
    CampaignService,
    Channel,
    InvalidError,
    StructureError,
    Suggestion,
    from_dict,
    to_dict,
)
from campaignkit.cli._campaign_toml import load_toml, read_client_id
from campaignkit.cli._command_error import CommandError, FileError
from campaignkit.cli._database import (
    OpenDatabase,
    iterate_pages,
    name_options,
    open_existing,
    open_or_create,
)
from campaignkit.cli._dialect import FileOptions
from campaignkit.cli._lead_rows import read_ids
from campaignkit.cli._leads_file import open_leads
from campaignkit.cli._suggestions import find_names, fix_today, report_suggestion
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.clients import (
    ChannelLimit,
    ClientEvent,
    ClientPolicy,
    LiveAssignment,
    Suppression,
)
from campaignkit.core._sentences import format_count
from campaignkit.display._client_documents import (
    describe_client_event,
    policy_parts,
    record_part,
    suppression_table,
)
from campaignkit.display._document import Column, Document, Part, Row, Sentences, Table
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    campaign_name,
    corrupt_part,
    more_part,
    warning_part,
)
from campaignkit.domain._client_policy import describe_channels
from campaignkit.domain._leads import to_storable_ids
from campaignkit.service._sync_service import act_on_client
from campaignkit.service._use_cases import UseCases, current_time
from campaignkit.storage import ClientSnapshotQuery, Store

_PORTION = 5_000  # leads that are asked for at once
_MOST_SHOWN = 20
"""The rows that a report has of a table that may be long; `--json` has all."""


# -- The policy -----------------------------------------------------------------------------------


@frozen(kw_only=True)
class PolicyChange:
    """What options change in a policy: a file the whole of it, the others one rule each.

    A cooldown of 0 and a limit of None lift the rule.
    """

    file: str | None
    one_campaign_per_lead: bool | None
    cooldown: int | None
    limits: Mapping[Channel, ChannelLimit | None]

    def apply(self, policy: ClientPolicy) -> ClientPolicy:
        """Return a policy with the rules that are given.

        Raises:
            CommandError: rules that do not go together.
        """
        is_one, cooldown = policy.one_campaign_per_lead, policy.cooldown
        if self.one_campaign_per_lead is not None:
            is_one = self.one_campaign_per_lead
        if self.cooldown is not None:
            cooldown = self.cooldown or None
        if cooldown is not None and not is_one:
            message = f"a cooldown of {format_count(cooldown, 'day')} needs one campaign per lead"
            advice = "pass --one-campaign-per-lead, or lift it with --cooldown none"
            raise CommandError(message, [advice])
        limits = {**policy.channel_limits, **self.limits}
        kept = {channel: limit for channel, limit in limits.items() if limit is not None}
        return ClientPolicy(is_one, cooldown, kept)


def view_policy(url: URL, wait: float, client: str) -> Result:
    """Return the policy of a client.

    Raises:
        CommandError: the database or the file cannot be used.
    """
    client_id = read_client_id(client)
    with open_existing(url, wait) as database:
        found = CampaignService(database.store).client_policy(client_id)
        unknown = _warn_of_unknown(database, client_id)
    return Result(
        Document(f"Policy of client {client_id}", [*unknown, *policy_parts(found)]),
        {"client_id": str(client_id), "policy": to_dict(found)},
    )


def change_policy(
    url: URL,
    wait: float,
    client: str,
    change: PolicyChange,
    *,
    by: Actor,
    reason: str | None,
    create: bool = False,
) -> Result:
    """Change the policy of a client, and say which leads break its rules already.

    The policy is read under the client's lock, so that two changes at the same time both hold.

    Raises:
        CommandError: the database or a file cannot be used, or the rules refuse.
    """
    client_id = read_client_id(client)
    whole = None if change.file is None else _read_policy(change.file)

    def make_policy(before: ClientPolicy) -> ClientPolicy:
        return change.apply(before) if whole is None else whole

    with open_or_create(url, wait, create=create) as database, _name_options():
        store, cases = database.store, UseCases(DEFAULT_GATE, current_time)
        case = cases.change_client_policy(client_id, make_policy, by, reason)
        policy = act_on_client(store, case)
        unknown = _warn_of_unknown(database, client_id)
        doubles = store.ask(case.query).doubles if policy.one_campaign_per_lead else None
    parts = [*unknown, *policy_parts(policy)]
    if doubles:
        number = "1 lead is" if doubles == 1 else f"{doubles:,} leads are"
        line = f"{number} in more than one campaign now; they stay there"
        parts.append(Sentences([line], is_warning=True))
    return Result(
        Document(f"Set the policy of client {client_id}", parts),
        {"client_id": str(client_id), "policy": to_dict(policy), "doubles": doubles},
    )


def _read_policy(path: str) -> ClientPolicy:
    """Return the policy of a TOML file.

    Raises:
        FileError: the file cannot be read, is not TOML, has nothing, or describes no policy.
    """
    plain = load_toml(path)
    if not plain:
        message = f"{path} has no rules"
        raise FileError(message, ["to lift all rules, write one_campaign_per_lead = false in it"])
    try:
        return from_dict(ClientPolicy, plain)
    except StructureError as error:
        faults = [fault.removeprefix("$.").removeprefix("$: ") for fault in error.faults]
        message = f"{path} describes no policy of a client"
        raise FileError(message, faults, {"faults": faults}) from error


def view_client_history(url: URL, wait: float, client: str) -> Result:
    """Return who has changed what the campaigns of a client share.

    Raises:
        CommandError: the database or the file cannot be used.
    """
    client_id = read_client_id(client)
    events: list[ClientEvent] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        for page in iterate_pages(partial(database.store.client_history, client_id)):
            events += page.items
            corrupt += map(str, page.corrupt)
    return Result(
        Document(
            f"Client {client_id}: {format_count(len(events), 'event')}",
            [Sentences([*map(describe_client_event, events)]), *corrupt_part(corrupt)],
        ),
        {"events": [to_dict(event) for event in events], "corrupt": corrupt},
    )


# -- Do not contact -------------------------------------------------------------------------------


@frozen
class LeadIds:
    """The ids of leads: those of the command line, and those in a column of a file."""

    named: Sequence[str]
    path: str | None
    column: str
    file: FileOptions

    def read(self, undone: str) -> Sequence[str]:
        """Return all of them; `undone` is what is not done if a row of the file is bad.

        Raises:
            FileError: the file cannot be read, or has a row without an id.
        """
        if self.path is None:
            return self.named
        with (
            open_leads(self.path, [self.column], self.file) as file,
            show_progress(file.size) as stage,
        ):
            return [*self.named, *read_ids(file, self.column, stage("reading", file.size), undone)]


def suppress_leads(
    url: URL,
    wait: float,
    client: str,
    leads: LeadIds,
    *,
    channels: Sequence[Channel] | None,
    until: date | None,
    by: Actor,
    reason: str | None,
    create: bool,
) -> Result:
    """Suppress leads of a client; return the assignments that this hits.

    Raises:
        CommandError: the database or a file cannot be used, or the rules refuse.
    """
    client_id, ids = read_client_id(client), leads.read("suppressed")
    with open_or_create(url, wait, create=create) as database, _name_options():
        service = CampaignService(database.store)
        before = _find_suppressions(database.store, client_id, ids)
        hits = service.suppress(client_id, ids, channels, by=by, reason=reason, until=until)
        after = _find_suppressions(database.store, client_id, before)
        names = find_names(service, client_id, (hit.campaign_id for hit in hits))
        unknown = _warn_of_unknown(database, client_id)
    number = len(set(ids))
    where = describe_channels(None if channels is None else tuple(channels))
    end = "" if until is None else f" up to and including {until}"
    already = sum(after.get(lead_id) == there for lead_id, there in before.items())
    again = f" ({already:,} {'was' if already == 1 else 'were'} already)" if already else ""
    return Result(
        Document(
            f"Suppressed: {format_count(number, 'lead')} on {where}{end}{again}",
            [*unknown, *_list_hits(hits, names)],
        ),
        {"leads": number, "already": already, "assignments": [to_dict(hit) for hit in hits]},
    )


def _find_suppressions(
    store: Store, client_id: UUID, ids: Iterable[str]
) -> Mapping[str, tuple[Suppression, ...]]:
    """Return the suppressions of those leads that have some; an id that is none has none."""
    found: dict[str, tuple[Suppression, ...]] = {}
    with suppress(InvalidError):  # the act itself says what is wrong
        wanted = to_storable_ids(ids)
        for start in range(0, len(wanted), _PORTION):
            query = ClientSnapshotQuery(client_id, wanted[start : start + _PORTION])
            found |= store.ask(query).client.suppressions
    return {lead_id: stops for lead_id, stops in found.items() if stops}


def _list_hits(hits: Sequence[LiveAssignment], names: Mapping[UUID, str]) -> list[Part]:
    """Return the first assignments that a suppression hits, which stay in their campaigns."""
    if not hits:
        return []
    caption = f"{format_count(len(hits), 'assignment')} made before: stop what has not been sent"
    table = evolve(_assignment_table(hits[:_MOST_SHOWN], names), caption=caption)
    return [table, *more_part(len(hits) - _MOST_SHOWN, "assignment")]


def _assignment_table(found: Sequence[LiveAssignment], names: Mapping[UUID, str]) -> Table:
    columns = [Column("lead", is_id=True), Column("channel"), Column("day"), Column("campaign")]
    rows: list[Row] = [
        (one.lead_id, one.channel, str(one.day), names[live.campaign_id])
        for live in found
        for one in [live.assignment]
    ]
    return Table(columns, rows)


def list_suppressed_assignments(url: URL, wait: float, client: str) -> Result:
    """Return the assignments of a client's campaigns that suppressions hit, of completed ones too.

    Raises:
        CommandError: the database or the file cannot be used.
    """
    client_id = read_client_id(client)
    found: list[LiveAssignment] = []
    names: dict[UUID, str] = {}
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        service = CampaignService(database.store)
        for campaigns in iterate_pages(partial(database.store.find, client_id)):
            corrupt += map(str, campaigns.corrupt)
            for campaign in campaigns.items:
                names[campaign.id] = campaign.name
                read = partial(service.suppressed_assignments, client_id, campaign.id)
                for page in iterate_pages(read):
                    found += [LiveAssignment(campaign.id, one) for one in page.items]
                    corrupt += map(str, page.corrupt)
        unknown = _warn_of_unknown(database, client_id)
    title = f"Client {client_id}: {format_count(len(found), 'assignment')} to suppressed leads"
    table = [_assignment_table(found, names)] if found else []
    return Result(
        Document(title, [*unknown, *table, *corrupt_part(corrupt)]),
        {"assignments": [to_dict(one) for one in found], "corrupt": corrupt},
    )


def unsuppress_leads(
    url: URL,
    wait: float,
    client: str,
    leads: LeadIds,
    *,
    channels: Sequence[Channel] | None,
    by: Actor,
    reason: str | None,
) -> Result:
    """Lift suppressions of leads; return those that there were.

    Raises:
        CommandError: the database or a file cannot be used, or the rules refuse.
    """
    client_id, ids = read_client_id(client), leads.read("lifted")
    with open_existing(url, wait) as database, _name_options():
        service = CampaignService(database.store)
        lifted = service.unsuppress(client_id, ids, channels, by=by, reason=reason)
        unknown = _warn_of_unknown(database, client_id)
    shown = [suppression_table(lifted[:_MOST_SHOWN])] if lifted else []
    more = more_part(len(lifted) - _MOST_SHOWN, "suppression")
    return Result(
        Document(f"Lifted: {format_count(len(lifted), 'suppression')}", [*unknown, *shown, *more]),
        {"lifted": [to_dict(one) for one in lifted]},
    )


def list_suppressions(url: URL, wait: float, client: str) -> Result:
    """Return the suppressions of a client.

    Raises:
        CommandError: the database or the file cannot be used.
    """
    client_id = read_client_id(client)
    found: list[Suppression] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        for page in iterate_pages(partial(database.store.suppressions, client_id)):
            found += page.items
            corrupt += map(str, page.corrupt)
        unknown = _warn_of_unknown(database, client_id)
    table = [suppression_table(found)] if found else []
    return Result(
        Document(
            f"Client {client_id}: {format_count(len(found), 'suppression')}",
            [*unknown, *table, *corrupt_part(corrupt)],
        ),
        {"suppressions": [to_dict(one) for one in found], "corrupt": corrupt},
    )


# -- Leads ----------------------------------------------------------------------------------------


def view_lead(url: URL, wait: float, client: str, lead: str) -> Result:
    """Return what the campaigns of a client have had to do with a lead.

    Raises:
        CommandError: the database or the file cannot be used.
    """
    client_id = read_client_id(client)
    with open_existing(url, wait) as database:
        service = CampaignService(database.store)
        record = service.lead(client_id, lead)
        ids = {entry.campaign_id for entry in record.entries}
        names = find_names(service, client_id, (one for one in ids if one is not None))
        unknown = _warn_of_unknown(database, client_id)
    return Result(
        Document(f"Record of lead {record.lead_id}", [*unknown, record_part(record, names)]),
        {"record": to_dict(record), "campaigns": {str(one): name for one, name in names.items()}},
    )


def erase_lead(
    url: URL, wait: float, client: str, lead: str, *, by: Actor, reason: str | None
) -> Result:
    """Remove the id of a person from the database.

    Raises:
        CommandError: the database or the file cannot be used, or the rules refuse.
    """
    client_id = read_client_id(client)
    with open_existing(url, wait) as database:
        CampaignService(database.store).erase(client_id, lead, by=by, reason=reason)
        unknown = _warn_of_unknown(database, client_id)
    said = Sentences(["All counts stay, and the lead stays suppressed on all channels."])
    return Result(Document("Erased: 1 lead", [*unknown, said]), {"erased": 1})


def release_leads(
    url: URL,
    wait: float,
    campaign: str,
    leads: LeadIds,
    *,
    contacted: bool,
    suppress: Sequence[Channel] | None,
    by: Actor,
    reason: str | None,
    today: date | None,
) -> Result:
    """Release leads of the campaign of an id or a file; return the release, or what waits.

    Raises:
        CommandError: the database or a file cannot be used, or the rules refuse.
    """
    ids = leads.read("released")
    with open_existing(url, wait) as database, _name_options():
        key = database.find_campaign(campaign)
        service = CampaignService(database.store, today=fix_today(today))
        done = service.release(
            *key, ids, by=by, reason=reason, contacted=contacted, suppress=suppress
        )
        name = campaign_name(database.read_campaign(*key))
    if isinstance(done, Suggestion):
        return report_suggestion(done, name, database.place)
    report = make_document(done)
    parts = [*report.parts]
    if suppress is not None:
        where = describe_channels(tuple(suppress))
        parts.append(Sentences([], f"Suppressed on {where} in all campaigns of the client"))
    elif set(done.released) - set(done.contacted):
        parts.append(Sentences([], _MAY_RETURN))
    return Result(Document(report.title, parts), {"release": to_dict(done)})


_MAY_RETURN = "A later intake may admit them again; campaignkit suppress keeps them out."


# -- What several of these do ---------------------------------------------------------------------


def _warn_of_unknown(database: OpenDatabase, client_id: UUID) -> list[Part]:
    """Return a warning if a client has no campaigns: its id may be misspelt."""
    page = database.store.find(client_id, include_deleted=True, limit=1)
    has_some = page.items or page.corrupt
    return warning_part([None if has_some else f"client {client_id} has no campaigns"])


_OPTIONS = {
    "channels": "--channel",
    "lead_ids": "ID",
    "reason": "--reason",
    "until": "--until",
}
"""The option of each argument."""


def _name_options() -> AbstractContextManager[None]:
    return name_options(_OPTIONS)

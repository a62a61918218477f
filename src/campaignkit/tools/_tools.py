"""The table of tools, and their definitions made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from uuid import UUID

from attrs import evolve, frozen

from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import (
    Activate,
    AssignLeads,
    Command,
    Complete,
    Delete,
    Pause,
    ReleaseLeads,
    Restore,
)
from campaignkit.domain._events import Event
from campaignkit.domain._lead_records import LeadRecord
from campaignkit.domain._ledger import Progress
from campaignkit.domain._permissions import Actor
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.planning._intake import Intake, Release
from campaignkit.serialization import assemble_schema
from campaignkit.storage._queries import SnapshotQuery
from campaignkit.tools._answers import (
    FOLLOW_UP,
    Answer,
    make_answer_schema,
    make_done,
    make_suggested,
)
from campaignkit.tools._parameters import (
    AFTER_ID,
    AFTER_NUMBER,
    ASSIGN,
    CAMPAIGN_ID,
    CURSOR,
    DAY,
    EDIT,
    INCLUDE_DELETED,
    LEAD_ID,
    LIMIT,
    OF_CAMPAIGN,
    REASON,
    RELEASE,
    RUNNING_ON,
    STATES,
    STATUSES,
    SUGGESTION_ID,
    Parameter,
    make_edit,
    make_schema,
    read_arguments,
)
from campaignkit.tools._results import (
    APPLIED,
    OUTCOMES,
    ResultForm,
    brief_result,
    page_result,
    progress_result,
    value_result,
)

Arguments: TypeAlias = Mapping[str, Any]


@frozen
class Tool:
    """A tool: a method of the services, with the arguments that a model may choose.

    `prepare` makes the arguments of the method of the client, the actor, and what was chosen. With
    `has_applied` the answer also has what was applied of a suggestion.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    result: ResultForm
    method: str
    prepare: Callable[[UUID, Actor, Arguments], Arguments]
    is_read_only: bool = True
    is_destructive: bool = False
    has_applied: bool = False

    def read_arguments(self, client_id: UUID, by: Actor, arguments: object) -> Arguments:
        """Return the arguments of the method.

        Raises:
            ReadError: arguments that cannot be read.
        """

        def prepare(**chosen: Any) -> Arguments:  # noqa: ANN401
            return self.prepare(client_id, by, chosen)

        return read_arguments(self.parameters, arguments, prepare)

    def answer(self, outcome: object, events: Page[Event, int] | None = None) -> Answer:
        """Return the answer to a call from what the method returned, and a suggestion's events."""
        if isinstance(outcome, Suggestion) and not self.is_read_only:
            return make_suggested(outcome)
        done = make_done(self.result, outcome)
        return {**done, "applied": APPLIED.write(events)} if self.has_applied else done

    @property
    def definition(self) -> dict[str, Any]:
        """The definition in the form of the Model Context Protocol."""
        more = {"applied": APPLIED.schema} if self.has_applied else {}
        answers = make_answer_schema(self.result, may_suggest=not self.is_read_only, **more)
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": assemble_schema(make_schema(self.parameters)),
            "outputSchema": assemble_schema(answers),
            "annotations": {
                "readOnlyHint": self.is_read_only,
                "destructiveHint": self.is_destructive,
                "idempotentHint": True,
                "openWorldHint": False,
            },
        }


# --- what reads ------------------------------------------------------------------------------


def _read(
    name: str, method: str, result: ResultForm, parameters: tuple[Parameter, ...], description: str
) -> Tool:
    def prepare(client_id: UUID, _: Actor, chosen: Arguments) -> Arguments:
        return {"client_id": client_id, **chosen}

    return Tool(name, description, parameters, result, method, prepare)


def _ask_progress(client_id: UUID, _: Actor, chosen: Arguments) -> Arguments:
    return {"query": SnapshotQuery(client_id, **chosen)}


def _preview(client_id: UUID, by: Actor, chosen: Arguments) -> Arguments:
    fields = {name: value for name, value in chosen.items() if name != CAMPAIGN_ID.name}
    AssignLeads(**fields)  # raises for all that is wrong with them
    return {"client_id": client_id, "by": by, **chosen}


_READING = (
    _read(
        "find_campaigns",
        "find",
        page_result(Campaign, UUID),
        (STATUSES, RUNNING_ON, INCLUDE_DELETED, AFTER_ID, LIMIT),
        "List the campaigns, by ascending id. Go on with `after` until `next` is null.",
    ),
    _read(
        "get_campaign",
        "get",
        value_result(Campaign),
        (CAMPAIGN_ID, INCLUDE_DELETED),
        "Get a campaign: its status, permission mode, targeting, allocation, limits and dates.",
    ),
    _read(
        "get_brief",
        "brief",
        brief_result(),
        (CAMPAIGN_ID, DAY),
        "Get what a campaign still looks for on a day: how many leads, of which scores, for which"
        " channels and targets. Read it before looking for leads. `today` is 0 where the campaign"
        " is not running (`idle` has the reasons), a limit is reached, or every channel is shut"
        " (`shut` has the reasons). It does not tell whether the day is over: assign_leads refuses"
        " such a day.",
    ),
    Tool(
        "get_progress",
        "Get how many leads a campaign admitted on a day and in total, and how many leads each"
        " channel was given.",
        (CAMPAIGN_ID, DAY),
        progress_result(Progress),
        "ask",
        _ask_progress,
    ),
    _read(
        "list_history",
        "history",
        page_result(Event, int),
        (CAMPAIGN_ID, AFTER_NUMBER, LIMIT),
        "List the events of a campaign, oldest first: who did, suggested, approved or rejected"
        " what, and why. Go on with `after` until `next` is null.",
    ),
    _read(
        "get_lead",
        "lead",
        value_result(LeadRecord),
        (LEAD_ID,),
        "Get what all campaigns have had to do with a lead: admissions, releases, suggestions,"
        " rejections and suppressions, oldest first.",
    ),
    Tool(
        "preview_leads",
        "Get what assign_leads would do now with the same arguments: who would be admitted on"
        " which channel, who would wait, and who would get none and why. Writes nothing.",
        (CAMPAIGN_ID, *ASSIGN),
        value_result(Intake),
        "preview",
        _preview,
    ),
    _read(
        "list_suggestions",
        "suggestions",
        page_result(SuggestionHead, UUID),
        (OF_CAMPAIGN, STATES, AFTER_ID, LIMIT),
        "List suggestions with their states, without their leads. A page may have fewer"
        " suggestions than `limit`. Go on with `after` until `next` is null.",
    ),
    evolve(
        _read(
            FOLLOW_UP,
            "suggestion",
            value_result(Suggestion),
            (SUGGESTION_ID,),
            "Get a suggestion: its state now (pending, approved, rejected, stale, expired or"
            " closed), who decided on it and why, and its command with all leads, as it was"
            " suggested. A user may approve other values, another day or some of the leads only."
            " So the answer also has `applied`: null until it is approved, then the event that has"
            " what was applied: `after` for fields, `day` and `counts` for leads.",
        ),
        has_applied=True,
    ),
    _read(
        "read_feed",
        "feed",
        page_result(Event, str),
        (CURSOR, LIMIT),
        "Read the next events of all campaigns. Keep `next` and pass it as `cursor` the next"
        " time, to learn what was approved, rejected or done meanwhile. A suggestion that has"
        " expired or is stale may have no event: get_suggestion tells its state.",
    ),
)


# --- what acts -------------------------------------------------------------------------------

_WAITS = (
    " Depending on the permission mode it is done at once, becomes a suggestion that a user"
    " approves or rejects, or is refused. A repeated call leads to the same suggestion while that"
    " waits. Once it was approved, as suggested or not, a repeated call is a new one: see what was"
    " `applied` by get_suggestion first."
)


def _submit(
    name: str,
    command: Callable[..., Command],
    result: type,
    parameters: tuple[Parameter, ...],
    description: str,
    *,
    is_destructive: bool = False,
) -> Tool:
    def prepare(client_id: UUID, by: Actor, chosen: Arguments) -> Arguments:
        fields = {one.name: chosen[one.name] for one in parameters}
        return {
            "client_id": client_id,
            "campaign_id": chosen[CAMPAIGN_ID.name],
            "command": command(**fields),
            "by": by,
            "reason": chosen[REASON.name],
        }

    return Tool(
        name,
        description + _WAITS,
        (CAMPAIGN_ID, *parameters, REASON),
        OUTCOMES[result],
        "submit",
        prepare,
        is_read_only=False,
        is_destructive=is_destructive,
    )


_ACTING = (
    _submit(
        "assign_leads",
        AssignLeads,
        Intake,
        ASSIGN,
        "Admit leads to a running campaign on a day, best first, and give each one a channel by"
        " the allocation. Leads that it has already are not admitted again.",
    ),
    _submit(
        "release_leads",
        ReleaseLeads,
        Release,
        RELEASE,
        "Take leads out of a campaign, and give back what they used of its limits, unless they"
        " count as contacted. Those cannot come back.",
        is_destructive=True,
    ),
    _submit(
        "edit_campaign",
        make_edit,
        Campaign,
        EDIT,
        "Change fields of a campaign, such as its limits, dates, targeting or allocation.",
        is_destructive=True,
    ),
    _submit("activate_campaign", Activate, Campaign, (), "Set a draft or paused campaign running."),
    _submit("pause_campaign", Pause, Campaign, (), "Pause an active campaign."),
    _submit(
        "complete_campaign",
        Complete,
        Campaign,
        (),
        "Complete an active or paused campaign, which is final.",
        is_destructive=True,
    ),
    _submit(
        "delete_campaign",
        Delete,
        Campaign,
        (),
        "Delete a campaign. It can be restored.",
        is_destructive=True,
    ),
    _submit("restore_campaign", Restore, Campaign, (), "Restore a deleted campaign."),
)

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (*_READING, *_ACTING)}
"""Every tool by its name."""


def definitions() -> tuple[dict[str, Any], ...]:
    """Return the definition of every tool, as the Model Context Protocol has it.

    Each has its `name`, `description`, `inputSchema` and `outputSchema` (JSON Schema 2020-12), and
    `annotations` that say whether it only reads, destroys, is safe to repeat, and reaches beyond
    the campaigns. All of it is static: no text of it comes from stored data.

    No tool approves, rejects, changes a permission mode or a client's policy, suppresses leads or
    lifts a suppression, or names a client.

    >>> from campaignkit import tools
    >>> [tool] = [tool for tool in tools.definitions() if tool["name"] == "pause_campaign"]
    >>> tool["annotations"]["readOnlyHint"], tool["inputSchema"]["required"]
    (False, ['campaign_id'])
    """
    return tuple(tool.definition for tool in TOOLS.values())

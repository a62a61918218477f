"""What the calls of a sync and an async service share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import frozen

from campaignkit.core._checks import check_kinds, is_mapping, short_repr
from campaignkit.domain._events import Event
from campaignkit.domain._permissions import Actor, check_actor
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion
from campaignkit.errors import CampaignKitError, InvalidError
from campaignkit.serialization._read_errors import ReadError, is_object
from campaignkit.storage._applied import query_applied
from campaignkit.storage._queries import HistoryQuery
from campaignkit.tools._answers import Answer, explain_error, make_invalid
from campaignkit.tools._tools import TOOLS, Tool


@frozen
class ToolCall:
    """A call of a tool whose arguments were read: the method of the service and its arguments."""

    tool: Tool
    arguments: Mapping[str, Any]

    def find_events(self, outcome: object) -> HistoryQuery | None:
        """Return the query for the events of a suggestion that was approved; None otherwise.

        A user may have approved other values or some of the leads: the event `approved` has what
        was applied.
        """
        if not isinstance(outcome, Suggestion):
            return None
        return query_applied(self.arguments["client_id"], outcome)

    def answer(self, outcome: object, events: Page[Event, int] | None = None) -> Answer:
        """Return the answer from what the method returned, and the events of the suggestion.

        Raises:
            CorruptRowError: what is asked for cannot be read.
        """
        return self.tool.answer(outcome, events)

    def explain(self, error: CampaignKitError) -> Answer:
        """Return the answer to what the method, or writing its outcome, raised.

        Raises:
            CampaignKitError: an error that neither other arguments nor a later call can avoid.
        """
        return explain_error(error, [one.name for one in self.tool.parameters])


def read_call(client_id: UUID, name: str, arguments: object, by: Actor) -> ToolCall | Answer:
    """Return a call, or the answer to one that names no tool or has invalid arguments.

    Raises:
        InvalidError: the client or the actor, which the host names, are none.
    """
    check_kinds(InvalidError, client_id=(client_id, UUID), name=(name, str))
    check_actor(by)
    tool = TOOLS.get(name)
    if tool is None:
        fault = f"no tool is called {short_repr(name)}; there are {', '.join(TOOLS)}"
        return make_invalid([((), fault)])
    # The client of a model's API may give a mapping of its own.
    given = dict(arguments) if is_mapping(arguments) and not is_object(arguments) else arguments
    try:
        return ToolCall(tool, tool.read_arguments(client_id, by, given))
    except ReadError as error:
        return make_invalid(error.faults)

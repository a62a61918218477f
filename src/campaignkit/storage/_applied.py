"""What was applied of a suggestion that a user approved, perhaps with other values or in part."""

from __future__ import annotations

from uuid import UUID

from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.storage._queries import HistoryQuery


def query_applied(client_id: UUID, suggestion: Suggestion | SuggestionHead) -> HistoryQuery | None:
    """Return the query for the events of a suggestion; None if it was not approved."""
    if suggestion.state is not SuggestionState.APPROVED:
        return None
    return HistoryQuery(client_id, suggestion.campaign_id, None, LARGEST_INTEGER, suggestion.id)


def find_applied(events: Page[Event, int]) -> Event | None:
    """Return the event of a suggestion's approval, which has what was applied."""
    return next((one for one in events.items if one.kind is EventKind.APPROVED), None)

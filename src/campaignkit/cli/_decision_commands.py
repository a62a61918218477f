"""What waits in a database for a user, what a user decides upon it, and what was done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar
from uuid import UUID

from attrs import frozen
from sqlalchemy import URL

from campaignkit import (
    Actor,
    Campaign,
    CampaignService,
    Event,
    Intake,
    InvalidError,
    Release,
    Suggestion,
    SuggestionState,
)
from campaignkit.cli._campaign_toml import named_campaign
from campaignkit.cli._command_error import Refusal
from campaignkit.cli._database import Existing, existing
from campaignkit.domain._snapshot import Page

T = TypeVar("T")
K = TypeVar("K", UUID, int)


@frozen
class Proposed:
    """A suggestion, and the campaign that it is for."""

    suggestion: Suggestion
    campaign: Campaign


@frozen
class Suggested:
    """Suggestions, the oldest of each client first, and what is wrong with unreadable ones."""

    proposed: tuple[Proposed, ...]
    corrupt: tuple[str, ...]


@frozen
class Approved:
    """A suggestion that was approved, and what came of it."""

    suggestion: Suggestion
    done: Campaign | Intake | Release


@frozen
class Told:
    """A campaign and what was done to it, in order; and what is wrong with unreadable events."""

    campaign: Campaign
    events: tuple[Event, ...]
    corrupt: tuple[str, ...]


def suggested(
    url: URL, wait: float, campaign: str | None, states: Collection[SuggestionState] | None
) -> Suggested:
    """Return the suggestions in these states, for a campaign or for those of all clients.

    Raises:
        Refusal: the database cannot be used, or has no such campaign; or the file cannot.
    """
    with existing(url, wait) as database:
        service = CampaignService(database.store)
        places: list[tuple[UUID, UUID | None]] = (
            [(client_id, None) for client_id in database.leads()]
            if campaign is None
            else [_found(database, campaign)]
        )
        found: list[Proposed] = []
        corrupt: list[str] = []
        for client_id, campaign_id in places:
            for page in _pages(partial(service.suggestions, client_id, campaign_id, states=states)):
                corrupt += map(str, page.corrupt)
                found += [
                    Proposed(one, service.get(client_id, one.campaign_id, include_deleted=True))
                    for one in page.items
                ]
    return Suggested(tuple(found), tuple(corrupt))


def approve(
    url: URL, wait: float, suggestion_id: UUID, by: Actor, lead_ids: Sequence[str] | None
) -> Approved:
    """Approve a suggestion, or some of its leads.

    Raises:
        Refusal: the database, the rules or what became of the suggestion refuse.
    """
    with existing(url, wait) as database, _words():
        service, client_id = CampaignService(database.store), database.asked(suggestion_id)
        done = service.approve(client_id, suggestion_id, by=by, lead_ids=lead_ids)
        return Approved(service.suggestion(client_id, suggestion_id), done)


def reject(url: URL, wait: float, suggestion_id: UUID, by: Actor, why: str) -> Suggestion:
    """Reject a suggestion.

    Raises:
        Refusal: the database or what became of the suggestion refuse.
    """
    with existing(url, wait) as database, _words():
        service, client_id = CampaignService(database.store), database.asked(suggestion_id)
        return service.reject(client_id, suggestion_id, by=by, why=why)


def told(url: URL, wait: float, campaign: str) -> Told:
    """Return what was done to the campaign that an id or a file names, deleted or not.

    Raises:
        Refusal: the database cannot be used, or has no such campaign; or the file cannot.
    """
    with existing(url, wait) as database:
        service, key = CampaignService(database.store), _found(database, campaign)
        events: list[Event] = []
        corrupt: list[str] = []
        for page in _pages(partial(service.history, *key)):
            events += page.items
            corrupt += map(str, page.corrupt)
        return Told(service.get(*key, include_deleted=True), tuple(events), tuple(corrupt))


def _found(database: Existing, campaign: str) -> tuple[UUID, UUID]:
    client_id, campaign_id = named_campaign(campaign)
    return client_id or database.owner(campaign_id), campaign_id


def _pages(page: Callable[..., Page[T, K]]) -> Iterator[Page[T, K]]:
    after: K | None = None
    while True:
        one = page(after=after)
        yield one
        if (after := one.next) is None:
            return


@contextmanager
def _words() -> Generator[None]:
    """Turn what cannot be meant into what ends a command."""
    try:
        yield
    except InvalidError as error:
        raise Refusal(str(error)) from error

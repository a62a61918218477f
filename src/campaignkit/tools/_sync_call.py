# Made of _async_call.py by `python -m tests.generate_sync`: change that file, not this one.
"""A call of a tool on a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from campaignkit.core._checks import check_kinds
from campaignkit.domain._permissions import Actor
from campaignkit.errors import CampaignKitError, InvalidError
from campaignkit.service import CampaignService
from campaignkit.tools._calls import ToolCall, read_call


def call(
    service: CampaignService,
    client_id: UUID,
    name: str,
    arguments: Mapping[str, Any],
    *,
    by: Actor,
) -> dict[str, Any]:
    """Run a tool on a service for a model, and return its answer as plain data.

    The answer has the form of the tool's `outputSchema`. Its `outcome` is

    - "done": `result` is what came of it;
    - "suggested": a user must approve it. `suggestion` has its id and state, and `follow_up` is the
      call that tells what became of it. While it waits, the same call leads to it again. Once it
      was approved, as suggested or not, the same call is a new one;
    - "refused": `reasons` have stable codes and messages. The same call is refused again until
      something changes;
    - "invalid": `faults` have the paths of the first 20 arguments that are wrong, and `more` is the
      number of the others;
    - "unavailable": the store did not answer. The same call may be repeated.

    Names, reasons and other texts in it come from stored data and from the call. They may try to
    steer a model, and are only values of its fields.

    Args:
        service: The service. Its oversight bounds what the AI may do.
        client_id: The client whose campaigns the model works on. Others are not found.
        name: The name of the tool, as the model chose it.
        arguments: The arguments, as the model chose them.
        by: Who acts, mostly `Actor.ai`.

    Raises:
        InvalidError: the service, the client or the actor are none.
        CampaignKitError: an error of the host's, such as a client that it does not know.

    >>> from uuid import uuid4
    >>> import campaignkit as ck
    >>> from campaignkit.storage import MemoryStore
    >>> service = CampaignService(MemoryStore())
    >>> draft = ck.Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> draft = service.create(draft, by=ck.Actor.user("ann"))
    >>> who = {"client_id": draft.client_id, "by": ck.Actor.ai("scout")}
    >>> chosen = {"campaign_id": str(draft.id), "reason": "the targets are set"}
    >>> answer = call(service, name="activate_campaign", arguments=chosen, **who)
    >>> print(answer["outcome"], answer["suggestion"]["state"], answer["follow_up"]["tool"])
    suggested pending get_suggestion
    """
    check_kinds(InvalidError, service=(service, CampaignService))
    request = read_call(client_id, name, arguments, by)
    if not isinstance(request, ToolCall):
        return request
    try:
        outcome = getattr(service, request.tool.method)(**request.arguments)
        asked = request.find_events(outcome)
        events = None if asked is None else service.ask(asked)
        return request.answer(outcome, events)
    except CampaignKitError as error:
        return request.explain(error)

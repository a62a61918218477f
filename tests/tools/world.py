"""Campaigns of a client in each status, and calls of tools as a model may make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from attrs import define, field
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import campaignkit as ck
from campaignkit import tools
from campaignkit.storage import MemoryStore
from campaignkit.testing import strategies as values
from tests.service.services import START

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
DAY = date(2026, 11, 23)
ACME, GLOBEX = UUID(int=0xACE), UUID(int=0x610BE)
NAMES = ("draft", "active", "paused", "completed", "deleted")
DEFINITIONS: Mapping[str, dict[str, Any]] = {tool["name"]: tool for tool in tools.definitions()}


@define
class World:
    """A service with campaigns of two clients, and the tools of one of them."""

    mode: str
    oversight: Any = None
    store: Any = field(factory=MemoryStore)  # a store of any kind
    service: ck.CampaignService = field(init=False)
    ids: dict[str, UUID] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.service = ck.CampaignService(self.store, clock=lambda: START, oversight=self.oversight)
        for number, name in enumerate(NAMES, start=1):
            self.ids[name] = self.add(ACME, UUID(int=number), name)
        self.ids["foreign"] = self.add(GLOBEX, UUID(int=99), "active")

    def add(self, client_id: UUID, campaign_id: UUID, name: str) -> UUID:
        draft = ck.Campaign.draft(
            id=campaign_id,
            client_id=client_id,
            name=f"{name} agencies",
            permission_mode=ck.PermissionMode(self.mode),
            daily_lead_limit=4,
            end_date=DAY + timedelta(9),
            created_at=START,
        )
        self.service.create(draft, by=ANN)
        key = client_id, campaign_id
        if name != "draft":
            self.service.activate(*key, by=ANN)
            leads = [ck.Lead(f"{name}-{n}", 90 - 10 * n) for n in range(2)]
            self.service.intake(*key, leads, day=DAY, by=ANN)
        act = {"paused": "pause", "completed": "complete", "deleted": "delete"}.get(name)
        if act is not None:
            getattr(self.service, act)(*key, by=ANN)
        return campaign_id

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """Call a tool; its answer must be as declared."""
        return self.call_with(name, arguments)

    def call_with(self, name: str, arguments: Any, by: ck.Actor = SCOUT) -> dict[str, Any]:  # noqa: ANN401
        answer = tools.call(self.service, ACME, name, arguments, by=by)
        validator(name, "outputSchema", formats=True).validate(answer)
        assert json.loads(json.dumps(answer)) == answer
        return answer

    def state(self) -> object:
        """Give all that an act would change: campaigns, their leads and their progress."""
        return [
            (
                self.store.get(client, key, include_deleted=True),
                self.store.assignments(client, key).items,
                self.store.progress(client, key, DAY),
            )
            for name, key in self.ids.items()
            for client in [GLOBEX if name == "foreign" else ACME]
        ]

    def pending(self) -> list[ck.SuggestionHead]:
        states = [ck.SuggestionState.PENDING]
        return list(self.service.suggestions(ACME, states=states).items)


@cache
def validator(name: str, part: str, *, formats: bool = False) -> Any:  # noqa: ANN401  # half typed
    checker = Draft202012Validator.FORMAT_CHECKER if formats else None
    return Draft202012Validator(DEFINITIONS[name][part], format_checker=checker)


# --- calls -----------------------------------------------------------------------------------

LAST_SUGGESTION = "the id of the last suggestion"
_IDS = [*(UUID(int=number) for number in range(1, 7)), UUID(int=99)]
_LEAD_IDS = [f"{name}-{n}" for name in NAMES for n in range(2)] + [f"new-{n}" for n in range(6)]


_LEADS = st.lists(st.sampled_from(_LEAD_IDS), unique=True, max_size=4).flatmap(
    lambda ids: st.tuples(*(values.leads(st.just(i)) for i in ids))
)
_DAYS = st.integers(-3, 12).map(lambda n: (DAY + timedelta(n)).isoformat())
_EDITS = values.edits().map(
    lambda edits: {
        name: value
        for name, value in ck.to_dict(ck.commands.Edit(**edits))["fields"].items()
        if name != "permission_mode"
    }
)

PIECES: Mapping[str, st.SearchStrategy[Any]] = {
    "campaign_id": st.sampled_from([str(UUID(int=2))] * 6 + [str(one) for one in _IDS]),
    "suggestion_id": st.sampled_from([LAST_SUGGESTION] * 2 + [str(UUID(int=7))]),
    "lead_id": st.sampled_from(_LEAD_IDS),
    "lead_ids": st.lists(st.sampled_from(_LEAD_IDS), max_size=4),
    "leads": _LEADS.map(lambda leads: [ck.to_dict(lead) for lead in leads]),
    "day": _DAYS,
    "running_on": st.none() | _DAYS,
    "horizon": st.sampled_from([1, 2, 30, "end"]),
    "at_most": st.none() | st.dictionaries(st.sampled_from([*ck.Channel]), st.integers(0, 3)),
    "contacted": st.booleans(),
    "fields": _EDITS,
    "reason": st.none() | values.texts(),
    "limit": st.integers(1, 100),
    "after": st.none() | st.integers(0, 9) | st.sampled_from([str(one) for one in _IDS]),
    "cursor": st.none(),
    "include_deleted": st.booleans(),
    "statuses": st.none() | st.lists(st.sampled_from([*ck.CampaignStatus])),
    "states": st.none() | st.lists(st.sampled_from([*ck.SuggestionState])),
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a tool and arguments that are mostly as they should be."""
    schema = DEFINITIONS[draw(st.sampled_from([*DEFINITIONS]))]
    properties = schema["inputSchema"]["properties"]
    required = schema["inputSchema"].get("required", ())
    chosen = [name for name in properties if name in required or draw(st.booleans())]
    return schema["name"], {name: draw(PIECES[name]) for name in chosen}

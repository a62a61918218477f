"""A row of another client or campaign than was asked for is refused, whatever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event

import campaignkit as ck
from campaignkit.commands import AssignLeads
from campaignkit.storage import Snapshot, SnapshotQuery, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import default_tables
from tests.storage.sqlalchemy.doing import CREATED, DAY, assigned, campaign

ASKED, ANSWERED = campaign(), campaign()


def write_nothing(_: Snapshot) -> Writes[None]:
    return Writes()


READING: dict[str, Callable[[SQLAlchemyStore, UUID, UUID, UUID], object]] = {
    "get": lambda store, client, own, _: store.get(client, own),
    "find": lambda store, client, _, __: store.find(client),
    "snapshot": lambda store, client, own, _: store.snapshot(client, own, day=DAY),
    "assignments": lambda store, client, own, _: store.assignments(client, own),
    "suggestions": lambda store, client, own, _: store.suggestions(client, own),
    "suggestions of all": lambda store, client, _, __: store.suggestions(client),
    "suggestion": lambda store, client, _, suggestion: store.suggestion(client, suggestion),
    "history": lambda store, client, own, _: store.history(client, own),
    "feed": lambda store, client, _, __: store.feed(client),
    "leads that wait": lambda store, client, own, _: store.ask(
        SnapshotQuery(client, own, lead_ids=["b"], barriers=True)
    ),
    "transact": lambda store, client, own, _: store.transact(client, own, write_nothing),
}


@pytest.mark.parametrize("name", READING)
def test_the_answer_to_another_question_is_refused(engine: Engine, name: str) -> None:
    """As two processes on one connection have it: what comes back was asked by the other."""
    default_tables().campaigns.metadata.create_all(engine)
    store = SQLAlchemyStore(engine)
    keys = [filled(store, one) for one in (ASKED, ANSWERED)]
    read = READING[name]
    assert read(store, *keys[0])
    swapped = {
        form: other
        for one, other in zip(*keys, strict=True)
        for form, other in ((one, other), (one.hex, other.hex), (str(one), str(other)))
    }

    def swap(*args: object) -> tuple[object, object]:
        _, _, statement, parameters, *_ = args
        if isinstance(parameters, dict):
            by_name = cast("dict[str, Any]", parameters)
            ids = {name: v for name, v in by_name.items() if isinstance(v, UUID | str)}
            return statement, by_name | {name: swapped.get(v, v) for name, v in ids.items()}
        assert isinstance(parameters, tuple)
        return statement, tuple(swapped.get(v, v) for v in cast("Sequence[Any]", parameters))

    event.listen(engine, "before_cursor_execute", swap, retval=True)
    with pytest.raises(ck.StorageError, match="its connection is shared"):
        read(store, *keys[0])
    event.remove(engine, "before_cursor_execute", swap)
    assert read(store, *keys[0])


def filled(store: SQLAlchemyStore, one: ck.Campaign) -> tuple[UUID, UUID, UUID]:
    store.add(one)
    change, by = AssignLeads([ck.Lead("b", 90)], DAY), ck.Actor.ai("scout")
    before = ck.Suggestion.basis(one, change)
    waiting = ck.Suggestion(
        id=uuid4(), campaign_id=one.id, command=change, by=by, at=CREATED, before=before
    )
    kind = ck.EventKind.SUGGESTED
    told = ck.Event(campaign_id=one.id, kind=kind, by=by, at=CREATED, suggestion_id=waiting.id)
    writes = Writes[None](
        progress=ck.Progress(admitted_total=1),
        assigned=assigned("a"),
        suggestions=(waiting,),
        rejections=(ck.Rejection("b", waiting.id),),
        events=(told,),
    )
    store.transact(one.client_id, one.id, lambda _: writes)
    return one.client_id, one.id, waiting.id

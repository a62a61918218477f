"""Whatever interrupts an act, the store in memory is as before or after it; also in a fork."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit.commands import AssignLeads
from campaignkit.storage import (
    AsyncMemoryStore,
    ClientSnapshot,
    ClientSnapshotQuery,
    ClientWrites,
    MemoryStore,
    Snapshot,
    SnapshotQuery,
    Writes,
)
from campaignkit.testing._stored import make_releases
from tests.storage.interruptions import OURS, Interruption, telling

CLIENT, OTHER = UUID(int=1), UUID(int=2)
FIRST, SECOND = UUID(int=11), UUID(int=12)
WAITING, NEW = UUID(int=21), UUID(int=22)
DAY, NEXT = date(2026, 11, 23), date(2026, 11, 24)
AT = datetime(2026, 11, 1, tzinfo=UTC)
ANN = ck.Actor.user("ann")
LEADS = [f"lead-{n}" for n in range(8)]
CLIENT_QUERY = ClientSnapshotQuery(CLIENT, LEADS)


class SoftTimeLimitError(Exception):
    """As a signal handler of a host raises it."""


def campaign(own: UUID, client: UUID = CLIENT, **fields: Any) -> ck.Campaign:
    status = ck.CampaignStatus.ACTIVE
    plain: dict[str, Any] = {"name": f"no. {own.int}", "created_at": AT, "updated_at": AT}
    return ck.Campaign(id=own, client_id=client, status=status, **{**plain, **fields})


def event(own: UUID, kind: ck.EventKind, suggestion: UUID | None = None) -> ck.Event:
    return ck.Event(campaign_id=own, kind=kind, by=ANN, at=AT, suggestion_id=suggestion)


def suggestion(own: UUID, of: ck.Campaign) -> ck.Suggestion:
    command = AssignLeads([ck.Lead(lead_id, 90) for lead_id in LEADS[6:]], DAY)
    before, ai = ck.Suggestion.basis(of, command), ck.Actor.ai("scout")
    return ck.Suggestion(id=own, campaign_id=of.id, command=command, by=ai, at=AT, before=before)


def assigned(*lead_ids: str, day: date = DAY) -> tuple[ck.Assignment, ...]:
    return tuple(
        ck.Assignment(i, ck.Channel.EMAIL, ck.ALSTier.HOT, 90, day, epoch=0) for i in lead_ids
    )


def filled() -> MemoryStore:
    """Return a store with a campaign that has something of everything."""
    store = MemoryStore()
    first = store.add(campaign(FIRST), [event(FIRST, ck.EventKind.CREATED)])
    writes = Writes[None](
        progress=ck.Progress(admitted_total=9, allocation=first.allocation),
        assigned=assigned(*LEADS[:3]),
        suggestions=(suggestion(WAITING, first),),
        rejections=(ck.Rejection(LEADS[7], WAITING),),
        events=(event(FIRST, ck.EventKind.SUGGESTED, WAITING),),
    )
    store.transact(CLIENT, FIRST, lambda _: writes)
    store.adopt_client(CLIENT)
    store._clients[CLIENT].key = "so that what is erased has one name"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    stops = (stop(LEADS[0]), stop(LEADS[1], ck.Channel.SMS))
    store.apply_client_decision(CLIENT_QUERY, lambda _: ClientWrites[None](suppressions=stops))
    return store


def stop(lead_id: str, channel: ck.Channel | None = None) -> ck.Suppression:
    return ck.Suppression(lead_id, channel, by=ANN, at=AT)


def everything_of_a_client(snapshot: ClientSnapshot) -> ClientWrites[None]:
    """Change all that a decision on a client can change."""
    return ClientWrites(
        policy=ck.ClientPolicy(one_campaign_per_lead=True),
        lifted=snapshot.client.suppressions[LEADS[0]],
        suppressions=(stop(LEADS[0], ck.Channel.SMS), stop(LEADS[5])),
        erased=LEADS[1],
        events=(ck.ClientEvent(client_id=CLIENT, kind=ck.ClientEventKind.ERASED, by=ANN, at=AT),),
    )


def everything(snapshot: Snapshot) -> Writes[None]:
    """Change all that a transaction can change."""
    now = snapshot.campaign
    [waiting] = snapshot.heads.values()
    return Writes(
        campaign=now.edit(at=AT, name="renamed"),
        progress=ck.Progress(admitted_total=4, allocation=now.allocation),
        assigned=(*assigned(LEADS[0], day=NEXT), *assigned(*LEADS[3:5])),
        released=(*make_releases(LEADS[0]), *make_releases(LEADS[1], contacted=True)),
        suppressions=(stop(LEADS[4]),),
        suggestions=(
            waiting.with_decision(ck.SuggestionState.REJECTED, by=ANN, at=AT),
            suggestion(NEW, now),
        ),
        rejections=(ck.Rejection(LEADS[6], WAITING),),
        lifted=(LEADS[7],),
        events=(
            event(FIRST, ck.EventKind.SUGGESTED, NEW),
            event(FIRST, ck.EventKind.APPLIED, WAITING),
        ),
    )


def renamed(store: MemoryStore) -> None:
    now = store.get(CLIENT, FIRST)
    store.replace(now, now.edit(at=AT, name="replaced"))


def driven(call: Coroutine[None, None, object]) -> object:
    """Return what a coroutine does that waits for nothing."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    msg = "it waits for something"
    raise AssertionError(msg)


ACTS: dict[str, Callable[[MemoryStore], object]] = {
    "add": lambda store: store.add(campaign(SECOND), [event(SECOND, ck.EventKind.CREATED)]),
    "add_all": lambda store: store.add_all(
        [campaign(SECOND), campaign(UUID(int=13), OTHER), campaign(UUID(int=14))],
        [event(own, ck.EventKind.CREATED) for own in (SECOND, UUID(int=14), SECOND)],
    ),
    "transact": lambda store: store.transact(
        CLIENT, FIRST, everything, day=DAY, lead_ids=LEADS, pending=True
    ),
    "transact, assigning": lambda store: store.transact(
        CLIENT, FIRST, lambda _: Writes[None](assigned=assigned(*LEADS[5:]))
    ),
    "transact, releasing": lambda store: store.transact(
        CLIENT, FIRST, lambda _: Writes[None](released=make_releases(*LEADS[:3]))
    ),
    "transact, suggesting": lambda store: store.transact(
        CLIENT, FIRST, lambda s: Writes[None](suggestions=(suggestion(NEW, s.campaign),))
    ),
    "replace": renamed,
    "adopt_client": lambda store: store.adopt_client(OTHER),
    "apply_client_decision": lambda store: store.apply_client_decision(
        CLIENT_QUERY, everything_of_a_client
    ),
    "async add": lambda store: driven(AsyncMemoryStore(store).add(campaign(SECOND))),
    "async transact": lambda store: driven(
        AsyncMemoryStore(store).transact(CLIENT, FIRST, everything, pending=True)
    ),
    "reading": lambda store: contents(store),  # noqa: PLW0108  # it comes below
}


def contents(store: MemoryStore) -> dict[str, object]:
    """Return all that can be read of a store."""
    campaigns = [c for client in (CLIENT, OTHER) for c in store.find(client).items]
    found: dict[str, object] = {
        "adopted": [*store._clients],  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        "client": store.client(CLIENT, day=DAY),
        "suppressions": store.suppressions(CLIENT),
        "history": store.client_history(CLIENT),
        "lead": store.lead(CLIENT, LEADS[1]),
    }
    for each in campaigns:
        key = each.client_id, each.id
        heads = store.suggestions(*key).items
        suggestions = [store.suggestion(each.client_id, head.id) for head in heads]
        assert [suggestion.head for suggestion in suggestions] == [*heads]
        asked: dict[str, Any] = {"lead_ids": LEADS, "barriers": True, "digest": "none"}
        found[str(each.id)] = (
            each,
            [store.ask(SnapshotQuery(*key, day=day, **asked)) for day in (None, DAY, NEXT)],
            store.assignments(*key),
            suggestions,
            store.history(*key),
            store.feed(each.client_id),
        )
    return found


# At every third line by default, and at each with --long.
EVERY = [3, pytest.param(1, marks=pytest.mark.long)]


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize(
    ("name", "error"),
    [
        *((name, KeyboardInterrupt) for name in ACTS),
        ("add", SoftTimeLimitError),
        pytest.param("replace", SoftTimeLimitError, marks=pytest.mark.long),
        pytest.param("reading", SoftTimeLimitError, marks=pytest.mark.long),
    ],
)
def test_an_act_that_is_interrupted_at_any_line_is_done_or_not(
    name: str, error: type[BaseException], every: int
) -> None:
    act = ACTS[name]
    interruption = Interruption(OURS, "<attrs generated")
    act(filled())  # a first time comes to lines that no other does
    store = filled()
    before = contents(store)
    interruption.run(lambda: act(store))
    after = contents(store)
    # What only reads is the same at each line, however often it comes there.
    always = None if name == "reading" else "storage/_memory.py"
    lines = telling(interruption.places, always=always)
    assert len(lines) > len(ACTS)
    ends: list[bool] = []
    with ThreadPoolExecutor(1) as others:
        for at in [*lines][::-every][::-1]:
            store = filled()
            raised = interruption.run(lambda store=store: act(store), at, error())  # type: ignore[misc]  # mypy cannot infer it
            assert raised is not None
            # Another thread sees it, so the lock is not held any longer; the traceback is.
            now = others.submit(contents, store).result(60)
            assert now in (before, after), interruption.places[-1]
            ends.append(now != before)
            if now == before:
                act(store)
            assert contents(store) == after, interruption.places[-1]
    assert ends == sorted(ends)  # there is one moment in which it is done
    assert name == "reading" or {*ends} == {False, True}


@pytest.mark.parametrize("every", EVERY)
def test_what_interrupts_a_repair_is_survived(every: int) -> None:
    """An act is interrupted while it is applied, and so is the next call, which would finish it."""
    interruption = Interruption(OURS)
    store = filled()
    interruption.run(lambda: ACTS["transact"](store))
    after, lines = contents(store), len(interruption.places)
    store = filled()
    ends = 0
    for at in range(0, lines, every):
        store = filled()
        interruption.run(lambda: ACTS["transact"](store), at, KeyboardInterrupt())  # noqa: B023
        if store._redo is None:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            continue
        ends += 1
        for later in range(12):
            interruption.run(lambda: store.get(CLIENT, FIRST), later, KeyboardInterrupt())  # noqa: B023
        assert contents(store) == after
    assert ends


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_that_was_forked_during_an_act_goes_on_with_its_own_copy() -> None:
    store = filled()
    before = contents(store)
    inside, done = threading.Event(), threading.Event()

    def decide(snapshot: Snapshot) -> Writes[None]:
        inside.set()
        done.wait(60)
        return everything(snapshot)

    with ThreadPoolExecutor(1) as others:
        acting = others.submit(store.transact, CLIENT, FIRST, decide, pending=True)
        assert inside.wait(60)
        child = in_child(lambda: [contents(store), ACTS["transact"](store)][0] == before)
        done.set()
        assert acting.result(60).campaign
    assert child


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_that_was_forked_by_an_act_goes_on() -> None:
    store = filled()

    def decide(snapshot: Snapshot) -> Writes[None]:
        assert in_child(lambda: bool(ACTS["transact"](store)))
        return everything(snapshot)

    assert store.transact(CLIENT, FIRST, decide, pending=True).campaign


def in_child(act: Callable[[], bool]) -> bool:
    """Tell whether an act is true in a forked process, which may take a minute for it."""
    child = os.fork()
    if not child:
        signal.alarm(60)  # its default is to end the process
        code = 1
        try:
            code = 0 if act() else 2
        except BaseException:  # noqa: BLE001  # pytest shows it
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0

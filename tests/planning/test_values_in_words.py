"""What each value says of itself in one line, word for word."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, fields

import campaignkit as ck
from campaignkit import domain, planning, targeting
from campaignkit.domain._campaign import make_campaign
from campaignkit.domain._ledger import PartialProgress
from campaignkit.domain._scale import Scale
from campaignkit.domain._snapshot import ClientSnapshot, ClientWrites, Page, Snapshot, Writes
from campaignkit.planning._totals import Totals
from campaignkit.targeting._targeting import make_targeting
from campaignkit.testing._stored import make_releases

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
POLICY = ck.ClientPolicy(
    one_campaign_per_lead=True, cooldown=30, channel_limits={"sms": ck.ChannelLimit(per_week=5)}
)
DRAFT = ck.Campaign.draft(
    id=UUID(int=1), client_id=UUID(int=2), name="Sydney", created_at=AT, daily_lead_limit=2
)
RUNNING = DRAFT.activate(at=AT)
EVEN = ck.Allocation(email=50, sms=50)
LEADS = [ck.Lead("a", 90), ck.Lead("b", 50), ck.Lead("c"), ck.Lead("d", 40)]
EVENT = ck.Event(
    campaign_id=DRAFT.id,
    kind=ck.EventKind.CREATED,
    by=ANN,
    at=AT,
    after=ck.Fields.of(DRAFT),
)
EDIT = ck.Edit(name="Hobart", daily_lead_limit=5)
INTAKE = ck.intake(RUNNING, LEADS, progress=ck.Progress(DAY))
ONE_IN = ck.intake(RUNNING, LEADS[:1], progress=ck.Progress(DAY))
FORECAST = ck.forecast(DRAFT, LEADS, days=1, progress=ck.Progress(DAY))
EMAIL = frozenset({ck.Channel.EMAIL})
ADVICE = ck.allocation_advice(EVEN, {EMAIL: 4})
COMPARISON = ck.compare({"even": EVEN}, {EMAIL: 4})
HOT, COLD = ck.ALSTier.HOT, ck.ALSTier.COLD
SUGGESTION = ck.Suggestion(
    id=UUID(int=3),
    campaign_id=DRAFT.id,
    command=EDIT,
    by=SCOUT,
    at=AT,
    before=ck.Suggestion.basis(DRAFT, EDIT),
)
HEAD = evolve(SUGGESTION.head, day=AT.date(), lead_count=2)

TARGETS = {"industries": [], "titles": ["CEO"], "company_sizes": ["a few"], "locations": []}
PARTIAL = make_campaign(
    {
        **{part.name: getattr(RUNNING, part.name) for part in fields(ck.Campaign)},
        "name": " ",
        "targeting": make_targeting(TARGETS, RUNNING.id),
    }
)
make_progress: Any = PartialProgress
UNREADABLE = make_progress(None, RUNNING.id, ["epoch must be 0 or more"])

WORDS: Sequence[tuple[object, str]] = [
    (ANN, "user 'ann'"),
    (SCOUT, "ai 'scout'"),
    (LEADS[0], "lead 'a' (score 90)"),
    (LEADS[2], "lead 'c' (no score)"),
    (DRAFT, "campaign 'Sydney' (draft, 00000000-0000-0000-0000-000000000001)"),
    (EVEN, "email 50% and sms 50%"),
    (ck.DEFAULT_GATE, "hot from 85, warm from 60, cool from 35, cold from 20"),
    (Scale(0, 1), "from 0 to 1"),
    (EDIT, "edit name, daily_lead_limit"),
    (ck.AssignLeads(LEADS, day=DAY), "assign 4 leads on 2026-11-23"),
    (ck.ReleaseLeads(["a", "b"]), "release 2 leads"),
    (
        SUGGESTION,
        (
            "suggestion to edit name, daily_lead_limit by ai 'scout' "
            "(pending, 00000000-0000-0000-0000-000000000003)"
        ),
    ),
    *(
        (evolve(HEAD, action=action), f"suggestion to {what} by ai 'scout' (pending, {HEAD.id})")
        for action, what in {
            ck.Action.ASSIGN: "assign 2 leads on 2026-11-23",
            ck.Action.RELEASE: "release 2 leads",
            ck.Action.PAUSE: "pause",
        }.items()
    ),
    (EVENT, "event without number: created by user 'ann' at 2026-11-23 09:00:00+00:00"),
    (
        evolve(EVENT, number=7, kind=ck.EventKind.APPLIED, action=ck.Action.EDIT),
        "event 7: edit applied by user 'ann' at 2026-11-23 09:00:00+00:00",
    ),
    (ck.Activate(), "activate"),
    (ck.Pause(), "pause"),
    (ck.Complete(), "complete"),
    (ck.Delete(), "delete"),
    (ck.Restore(), "restore"),
    (INTAKE.assignments["a"], "lead 'a' on email since 2026-11-23 (hot, score 90)"),
    (ck.Rejection("a", SUGGESTION.id), "lead 'a' kept out"),
    (ck.Rejection("a", SUGGESTION.id, DAY), "lead 'a' kept out up to and including 2026-11-23"),
    (Snapshot(RUNNING, ck.Progress()), f"snapshot of {RUNNING}: 0 leads in all"),
    (Writes[None](), "writes: nothing"),
    (
        Writes[None](progress=ck.Progress(), released=make_releases("a", "b")),
        "writes: progress, 2 released",
    ),
    (ck.ChannelLimit(), "no limit"),
    (ck.ChannelLimit(per_day=17, per_week=1_000), "17 a day, 1,000 a week"),
    (ck.ClientPolicy(), "no rules"),
    (POLICY, "one campaign per lead; a cooldown of 30 days; sms: 5 a week"),
    (
        ck.Suppression("a", ck.Channel.SMS, DAY, by=ANN, at=AT),
        "do not contact 'a' on sms up to and including 2026-11-23",
    ),
    (ck.Suppression("a", by=ANN, at=AT), "do not contact 'a'"),
    (
        ck.Claim("a", UUID(int=1), DAY, is_live=True),
        "lead 'a' is in campaign 00000000-0000-0000-0000-000000000001",
    ),
    (
        ck.Claim("a", UUID(int=1), DAY, is_live=False),
        "lead 'a' was in campaign 00000000-0000-0000-0000-000000000001",
    ),
    (ck.ClientState(), "client with no rules"),
    (
        ck.LiveAssignment(UUID(int=1), INTAKE.assignments["a"]),
        (
            "lead 'a' on email since 2026-11-23 (hot, score 90) "
            "in campaign 00000000-0000-0000-0000-000000000001"
        ),
    ),
    (
        ck.ReleasedLead(INTAKE.assignments["a"], contacted=True, by=ANN, at=AT),
        (
            "lead 'a' on email since 2026-11-23 (hot, score 90), released by user 'ann' "
            "at 2026-11-23 09:00:00+00:00, contacted"
        ),
    ),
    (
        ck.ClientEvent(
            client_id=UUID(int=2), kind=ck.ClientEventKind.POLICY_SET, by=ANN, at=AT, after=POLICY
        ),
        f"user 'ann' set the policy: {POLICY} at 2026-11-23 09:00:00+00:00",
    ),
    (
        ck.ClientEvent(
            client_id=UUID(int=2),
            kind=ck.ClientEventKind.POLICY_SET,
            by=ANN,
            at=AT,
            after=POLICY,
            leads=2,
        ),
        (
            f"user 'ann' set the policy: {POLICY} (2 leads in several campaigns) "
            "at 2026-11-23 09:00:00+00:00"
        ),
    ),
    (
        ck.ClientEvent(
            client_id=UUID(int=2),
            kind=ck.ClientEventKind.SUPPRESSED,
            by=ANN,
            at=AT,
            leads=2,
            until=DAY,
        ),
        (
            "user 'ann' suppressed 2 leads on all channels up to and including 2026-11-23 "
            "at 2026-11-23 09:00:00+00:00"
        ),
    ),
    (
        ck.ClientEvent(
            client_id=UUID(int=2),
            kind=ck.ClientEventKind.UNSUPPRESSED,
            by=ANN,
            at=AT,
            leads=1,
            channels=(ck.Channel.EMAIL, ck.Channel.SMS),
        ),
        "user 'ann' allowed 1 lead again on email and sms at 2026-11-23 09:00:00+00:00",
    ),
    (
        ck.ClientEvent(
            client_id=UUID(int=2),
            kind=ck.ClientEventKind.SUPPRESSED,
            by=ANN,
            at=AT,
            leads=2,
            channels=(),
        ),
        "user 'ann' suppressed 2 leads on no channel at 2026-11-23 09:00:00+00:00",
    ),
    (
        ck.ClientEvent(
            client_id=UUID(int=2), kind=ck.ClientEventKind.ERASED, by=ANN, at=AT, leads=1
        ),
        "user 'ann' erased 1 lead at 2026-11-23 09:00:00+00:00",
    ),
    (
        ck.LeadEntry(kind=ck.LeadEntryKind.ADMITTED, channel=ck.Channel.SMS, day=DAY, by=ANN),
        "admitted on sms for 2026-11-23 by user 'ann'",
    ),
    (ck.LeadEntry(kind=ck.LeadEntryKind.RELEASED, contacted=True), "released as contacted"),
    (
        ck.LeadEntry(kind=ck.LeadEntryKind.SUPPRESSED, until=DAY),
        "suppressed up to and including 2026-11-23",
    ),
    (ck.LeadRecord("a"), "record of lead 'a': 0 entries"),
    (
        ck.LeadRecord("a", (ck.LeadEntry(kind=ck.LeadEntryKind.SUGGESTED),)),
        "record of lead 'a': 1 entry",
    ),
    (ClientSnapshot(ck.ClientState()), "snapshot of client with no rules"),
    (ClientWrites[None](), "writes: nothing"),
    (ClientWrites[None](policy=POLICY, erased="a"), "writes: policy, erased lead"),
    (ck.Progress(), "0 leads in all"),
    (ck.Progress(DAY, 1, 2), "1 lead on 2026-11-23, 2 leads in all"),
    (
        DRAFT.brief(DAY, ck.Progress(DAY)),
        "0 leads wanted on 2026-11-23 by campaign 00000000-0000-0000-0000-000000000001",
    ),
    (planning.Need(1, (), EMAIL), "1 lead for email, which no tier opens"),
    (planning.Need(2, (HOT, COLD), EMAIL), "2 leads of hot and cold for email"),
    (planning.Need(3, (HOT,), EMAIL, als_score=85), "3 leads of ALS 85 and up for email"),
    (planning.PoolBottleneck(("a", 2), room=5, wanted=9), "a and 2: room for 5, 9 wanted"),
    (ck.share_out(LEADS[:1], {"a": 1, "b": 1}), "1 lead: a 1, b 0 (0 unassigned)"),
    (ck.compare_horizons(DRAFT, [], [1], days=[DAY]), "comparison of 1 horizon"),
    (Page[int, int]((1, 2)), "2 items"),
    (
        Page((1, 2), next=7, corrupt=(ck.errors.CorruptRowError("table", "1", ["x"]),)),
        "2 items, 1 that cannot be read, more after 7",
    ),
    (ck.plan(EVEN, LEADS), "3 leads: email 2, linkedin 0, voice 0, sms 1, mail 0 (1 unassigned)"),
    (
        ck.plan_counts(EVEN, {EMAIL: 4}, overflow=ck.Overflow.HOLD),
        "2 leads: email 2, linkedin 0, voice 0, sms 0, mail 0 (2 held)",
    ),
    (
        Totals(ck.ChannelCounts({"email": 1}), ck.ChannelCounts({"sms": 1}), ()),
        "1 lead: email 1, linkedin 0, voice 0, sms 0, mail 0 (0 bottlenecks)",
    ),
    (planning.Bottleneck(EMAIL, 1000, 2000), "email: room for 1,000, 2,000 wanted"),
    (
        planning.Bottleneck(EMAIL, 17, 45, planning.BottleneckLimit.CLIENT),
        "email: room for 17 (the client's limit), 45 wanted",
    ),
    (FORECAST.days[0], "2026-11-23: email 1, linkedin 1, voice 0, sms 0, mail 0"),
    (FORECAST, "; ".join(FORECAST.sentences)),
    (ADVICE, "; ".join(ADVICE.sentences)),
    (COMPARISON, "comparison of 1 mix on 4 leads"),
    (COMPARISON["even"], "email 50% and sms 50%: email 4, linkedin 0, voice 0, sms 0, mail 0"),
    (INTAKE, "2 leads admitted, 0 already in, 1 deferred, 1 unassigned"),
    (
        ck.release(RUNNING, ["a", "b", "z"], progress=INTAKE.progress, already=INTAKE.assignments),
        "2 leads released, 1 absent",
    ),
    (ONE_IN, "1 lead admitted, 0 already in, 0 deferred, 0 unassigned"),
    (
        ck.release(
            RUNNING, ["a"], progress=ONE_IN.progress, already=ONE_IN.assignments, contacted=True
        ),
        "1 lead released (1 contacted), 0 absent",
    ),
    (targeting.CompanySize(11, 50), "11-50"),
    (ck.Prospect(), "prospect (nothing is known)"),
    (ck.Prospect(title="CEO", company_size=7), "prospect (title 'CEO', company size 7)"),
    (targeting.DimensionMatch(ck.Fit.NO), "no"),
    (targeting.DimensionMatch(ck.Fit.YES, "CEO"), "yes ('CEO')"),
    (ck.Targeting(), "any"),
    (ck.Targeting(titles=["CEO"], locations=["Perth"]), "titles ['CEO']; locations ['Perth']"),
    (PARTIAL, f"campaign {RUNNING.id} (unreadable: name, targeting)"),
    (UNREADABLE, "progress that cannot be read: epoch must be 0 or more"),
    (PARTIAL.targeting, "titles ['CEO'] (unreadable: company_sizes)"),
    (
        ck.Targeting(titles=["CEO"]).match(ck.Prospect(title="Clerk", industry="retail")),
        "no (industry yes, title no, company size yes, location yes)",
    ),
]


@pytest.mark.parametrize(("value", "words"), WORDS, ids=lambda value: type(value).__name__)
def test_a_value_in_words(value: object, words: str) -> None:
    assert str(value) == words


def test_each_class_with_words_of_its_own_has_a_case() -> None:
    public = {kind for kind in list_classes_with_words() if not kind.__name__.startswith("_")}
    assert public <= {type(value) for value, _ in WORDS}


def list_classes_with_words() -> Iterator[type]:
    for package in (domain, planning, targeting):
        for each in iter_modules(package.__path__, f"{package.__name__}."):
            module = import_module(each.name)
            homes = module.__name__, ck.commands.__name__
            yield from (
                found
                for found in vars(module).values()
                if inspect.isclass(found)
                and found.__module__ in homes
                and "__str__" in vars(found)
                and not issubclass(found, Enum)
            )

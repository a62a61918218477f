"""Documents show the numbers of their values."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from uuid import UUID

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import ALSTier, Channel
from campaignkit.core._escaping import escape_text
from campaignkit.display import as_html, as_text
from campaignkit.display._parts import describe_bottleneck
from campaignkit.planning import Bottleneck
from campaignkit.testing import strategies
from tests.display.reading_html import parsed

ID = UUID(int=1)
FEWER = settings(max_examples=max(30, settings().max_examples // 3))

Table = dict[str, dict[str, str]]


def tables(value: object) -> dict[str, Table]:
    """Return the tables of a picture by what their first column names: rows, cells by column."""
    found: dict[str, Table] = {}
    for table in parsed(as_html(value)).all("table"):
        names, *rows = table.rows()
        if table.all("thead"):
            found[names[0]] = {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows}
    return found


def facts(value: object) -> dict[str, str]:
    """Return the names and values of the tables without a head."""
    return {row[0]: row[1] for row in rows_without_head(value) if len(row) == 2}


def reasons(value: object) -> dict[str, list[str]]:
    """Return the numbers and the words of reasons; a reason may be in several lists."""
    found: dict[str, list[str]] = {}
    for row in rows_without_head(value):
        if len(row) == 3:
            found.setdefault(row[1], []).append(f"{row[0]} {row[2]}")
    return found


def rows_without_head(value: object) -> list[list[str]]:
    plain = [table for table in parsed(as_html(value)).all("table") if not table.all("thead")]
    return [row for table in plain for row in table.rows()]


def sentences(value: object) -> list[str]:
    return [line.text for line in parsed(as_html(value)).all("li")]


def in_text(value: object) -> str:
    """Return the text of a value without its line breaks."""
    return " ".join(as_text(value).split())


def number(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-"))


def numbers(table: Table, column: str) -> dict[str, int]:
    """Return the numbers of a column by channel."""
    return {channel: number(table[channel][column]) for channel in Channel}


@FEWER
@given(strategies.allocations())
def test_an_allocation(value: ck.Allocation) -> None:
    table = tables(value)["channel"]
    assert {channel: cells["share"] for channel, cells in table.items()} == {
        channel: f"{share}%" for channel, share in value.items()
    }


@FEWER
@given(strategies.gates())
def test_a_gate(value: ck.ALSGate) -> None:
    table = tables(value)["tier"]
    assert list(table) == list(ALSTier)
    for tier, cells in table.items():
        for channel in Channel:
            opens = cells["opens"].replace(" and ", ", ").split(", ")
            assert (channel in opens) is (channel in value.channels(ALSTier(tier)))
        if tier != ALSTier.DEAD:
            assert cells["score"].startswith(f"{value.bounds[ALSTier(tier)]} ")
    assert table["dead"]["score"] == f"below {value.bounds[ALSTier.COLD]}"


@FEWER
@given(strategies.campaigns())
def test_a_campaign(value: ck.Campaign) -> None:
    told = facts(value)
    assert (told["id"], told["client"]) == (str(value.id), str(value.client_id))
    assert f"{value.daily_lead_limit:,} lead" in told["a day"]
    limit = value.total_lead_limit
    assert (f"{limit:,} lead" if limit else "no limit") in told["in all"]
    bounds = (("from", value.start_date), ("until", value.end_date))
    dates = " ".join(f"{word} {day}" for word, day in bounds if day)
    assert told["dates"] == (dates or "no start or end date")
    assert ("deleted" in told) is (value.deleted_at is not None)
    assert "channel" in tables(value)


@FEWER
@given(strategies.plans())
def test_a_plan_shows_what_was_wanted_beside_what_was_given(value: ck.Plan) -> None:
    found = tables(value)
    assert numbers(found["channel"], "target") == value.target
    assert numbers(found["channel"], "given") == value.counts
    assert numbers(found["channel"], "difference") == {
        channel: value.counts[channel] - value.target[channel] for channel in Channel
    }
    assert number(found["channel"]["total"]["given"]) == len(value.assignments)
    shares = [cells["share"] for channel, cells in found["channel"].items() if channel != "total"]
    has_carried = "carried" in found["channel"]["total"]
    carried = numbers(found["channel"], "carried") if has_carried else {}
    together = [n + carried.get(channel, 0) for channel, n in value.counts.items()]
    assert shares == [f"{100 * n / sum(together):.1f}%" if sum(together) else "" for n in together]


@FEWER
@given(strategies.plans())
def test_a_plan_shows_tiers_flowing_into_channels(value: ck.Plan) -> None:
    shown = {
        (tier, channel): n
        for tier, cells in tables(value).get("tier", {}).items()
        for channel, cell in cells.items()
        if channel != "leads" and (n := number(cell))
    }
    assert shown == {
        (tier or "unscored", channel or "none"): n for (tier, channel), n in value.flow().items()
    }


def test_a_bottleneck_names_the_tiers_unless_each_may_fill_it() -> None:
    email = Bottleneck(frozenset({Channel.EMAIL}), 1, 2)
    said = "email: room for 1 lead, 2 wanted"
    assert describe_bottleneck(email, ck.DEFAULT_GATE, {}) == said
    capped = describe_bottleneck(email, ck.DEFAULT_GATE, {Channel.EMAIL: 1})
    assert capped == f"{said} (email capped at 1)"
    sms = Bottleneck(frozenset({Channel.SMS}), 1, 2)
    assert describe_bottleneck(sms, ck.DEFAULT_GATE, {}) == (
        "sms: room for 1 lead, 2 wanted (only hot leads may get it)"
    )


@FEWER
@given(strategies.plans())
def test_a_plan_says_what_is_short_and_who_got_nothing(value: ck.Plan) -> None:
    said = sentences(value)
    for bottleneck in value.bottlenecks:
        described = describe_bottleneck(bottleneck, None, {})
        assert described in said
        assert described in in_text(value)
    assert ("No bottleneck: every channel gets its target." in in_text(value)) is (
        not value.bottlenecks and value.counts.total > 0
    )
    given, found = list(value.unassigned.values()), reasons(value)
    assert found.keys() == {*given}
    for reason in set(given):
        (line,) = found[reason]
        assert line.startswith(f"{given.count(reason):,} {reason.message} (")


@FEWER
@given(strategies.count_plans())
def test_a_plan_of_counts(value: ck.CountPlan) -> None:
    found = tables(value)
    assert numbers(found["channel"], "target") == value.target
    assert numbers(found["channel"], "given") == value.counts
    rows = list(found.get("open", {}).values())
    assert [numbers_of(row) for row in rows] == [
        list(counts.amounts) for counts in value.by_eligibility.values()
    ]
    held = [line for line in sentences(value) if line.startswith("held")]
    assert (f"{value.held:,} lead" in "".join(held)) is (value.held > 0)


def numbers_of(row: dict[str, str]) -> list[int]:
    return [number(row[channel]) for channel in Channel]


@FEWER
@given(strategies.intakes())
def test_an_intake(value: ck.Intake) -> None:
    found = tables(value)
    assert numbers(found["channel"], "given") == value.plan.counts
    asked = value.progress.allocation
    assert asked is not None
    assert {c: found["channel"][c]["asked"] for c in Channel} == {
        channel: f"{share}%" for channel, share in asked.items()
    }
    title = parsed(as_html(value)).all("p")[0].text
    everybody = sum(map(len, (value.assignments, value.already, value.deferred, value.unassigned)))
    assert title == (
        f"Intake on {value.progress.day}: {len(value.assignments)} of "
        f"{everybody} lead{'s' * (everybody != 1)} admitted"
    )
    waiting = list(value.deferred.values())
    for reason in set(waiting):
        begin = f"{waiting.count(reason)} {reason.message}"
        assert any(line.startswith(begin) for line in reasons(value)[reason])
    assert facts(value)["in all"].startswith(f"{value.progress.admitted_total:,} lead")


@FEWER
@given(strategies.progresses())
def test_a_progress(value: ck.Progress) -> None:
    told, table = facts(value), tables(value)["channel"]
    assert told["in all"].startswith(f"{value.admitted_total:,} lead")
    if value.day:
        assert told[str(value.day)].startswith(f"{value.admitted_today:,} lead")
    assert numbers(table, "given") == value.carried
    if value.allocation:
        off = numbers(table, "difference")
        shares = value.allocation
        assert {c: off[c] if shares[c] else 0 for c in Channel} == value.drift


@FEWER
@given(strategies.decisions())
def test_a_decision(value: ck.Decision) -> None:
    title = parsed(as_html(value)).all("p")[0].text
    assert title.startswith("Allowed") is value.allowed
    assert len(sentences(value)) == len(value.messages)
    if value.channel:
        assert title == f"Allowed on {value.channel}"


@FEWER
@given(strategies.targetings())
def test_a_targeting(value: ck.Targeting) -> None:
    told = facts(value)
    assert list(told) == ["industries", "titles", "company sizes", "locations"]
    every = (value.industries, value.titles, value.company_sizes, value.locations)
    for shown, targets in zip(told.values(), every, strict=True):
        assert shown.count(", ") >= len(targets) - 1
        assert (shown == "any") is (not targets) or targets == ("any",)


@FEWER
@given(strategies.forecasts())
def test_a_forecast(value: ck.Forecast) -> None:
    table = tables(value)["day"]
    assert list(table) == [str(each.day) for each in value.days]
    for each, cells in zip(value.days, table.values(), strict=True):
        assert numbers_of(cells) == list(each.counts.amounts)
        assert number(cells["in all"]) == each.progress.admitted_total
        told = cells["shortfall"]
        if each.idle:
            assert told == "; ".join(each.idle)
            continue
        short = {c: n for c in Channel if (n := each.target[c] - each.counts[c]) > 0}
        assert told == ", ".join(f"{c} {n}" for c, n in short.items())
    assert sentences(value)[: len(value.sentences)] == list(value.sentences)


def test_of_a_long_forecast_the_first_days_are_shown() -> None:
    campaign = ck.Campaign.draft(client_id=ID, name="x", start_date=date(2026, 1, 1))
    told = ck.forecast(campaign, [], days=100)
    assert len(tables(told)["day"]) == 62
    assert "and 38 more days" in sentences(told)


@FEWER
@given(strategies.advices())
def test_advice(value: ck.planning.Advice) -> None:
    assert sentences(value) == list(value.sentences)
    table = tables(value).get("channel")
    if value.nearest is None or value.nearest == value.asked:
        assert table is None
        return
    assert table is not None
    for column, allocation in (("asked", value.asked), ("nearest", value.nearest)):
        assert {c: table[c][column] for c in Channel} == {
            channel: f"{share}%" for channel, share in allocation.items()
        }


def test_a_comparison_of_very_many_mixes_shows_the_first() -> None:
    mixes = {f"mix {n}": ck.DEFAULT_ALLOCATION for n in range(23)}
    text = ck.compare(mixes, {"hot": 100}).as_text()
    assert text.endswith("and 3 more")
    assert "mix 19" in text
    assert "mix 20" not in text
    assert "more" not in ck.compare(dict(list(mixes.items())[:20]), {"hot": 100}).as_text()


def test_a_comparison_of_very_many_horizons_shows_the_first() -> None:
    campaign = ck.Campaign.draft(client_id=ID, name="x", start_date=date(2026, 1, 1))
    few, many = (
        ck.compare_horizons(campaign, {"hot": 30}, range(1, most), days=3).as_text()
        for most in (21, 24)
    )
    assert many.endswith("and 3 more horizons")
    assert "Horizon 20" in many
    assert "Horizon 21" not in many
    assert "more" not in few


def test_of_very_many_bottlenecks_of_a_pool_the_first_are_shown() -> None:
    names = [f"campaign-{n:03}" for n in range(300)]
    shared = ck.share_out(
        [ck.Lead(n) for n in range(600)],
        dict.fromkeys(names, 1),
        fits=lambda lead: {names[int(lead.id) % 150] if int(lead.id) < 150 else names[-1]},
    )
    assert len(shared.bottlenecks) > 200
    assert "and 279 more bottlenecks" in sentences(shared)
    assert len(shared.as_text().splitlines()) < 100


@FEWER
@given(strategies.comparisons())
def test_a_comparison(value: ck.planning.Comparison) -> None:
    groups, names, *rows = parsed(as_html(value)).all("table")[0].rows()
    assert [group for group in groups if group] == [str(escape_text(name)) for name in value]
    assert names == ["channel", *["asked", "given", "share", "shortfall"] * len(value)]
    for i, mix in enumerate(value.values()):
        asked, given, _, shortfall = zip(*[row[1 + 4 * i : 5 + 4 * i] for row in rows], strict=True)
        assert asked == (*(f"{share}%" for share in mix.allocation.shares), "100%")
        assert tuple(map(number, given)) == (*mix.counts.amounts, mix.counts.total)
        assert tuple(map(number, shortfall)) == (*mix.shortfall.amounts, mix.shortfall.total)
    said = sentences(value)
    for mix in value.values():
        if mix.bottlenecks:
            assert set(mix.advice.sentences) <= set(said)


# --- suggestions and approvals ---------------------------------------------------------------


@FEWER
@given(strategies.suggestions())
def test_a_suggestion_and_its_head(value: ck.Suggestion) -> None:
    whole, head = in_text(value), in_text(value.head)
    for shown in (whole, head):
        assert str(value.id) in shown
        if value.day is not None:
            assert f"assign {value.lead_count:,} lead" in shown
            assert f" on {value.day}" in shown
        for channel, leads in value.counts.items():
            assert (f"{channel} {leads:,}" in shown) is (leads > 0)
        rest = "over the limits" if value.head.horizon == 1 else "for later days"
        assert (f" {rest})" in shown) is (value.counts.total > 0 and waits(value))
    assert {reason: row[0] for reason, (row,) in reasons(value).items()} == {
        reason.value: str(n)[0] for reason, n in Counter(value.unassigned.values()).items()
    }
    assert not reasons(value.head)


def waits(value: ck.Suggestion) -> bool:
    return value.lead_count > value.counts.total


@FEWER
@given(strategies.suggestions(state=st.just(ck.SuggestionState.REJECTED)), st.data())
def test_what_a_rejection_keeps_out(value: ck.Suggestion, data: st.DataObject) -> None:
    untils = data.draw(st.lists(st.none() | st.dates(), max_size=4))
    rejections = {str(n): ck.Rejection(str(n), value.id, end) for n, end in enumerate(untils)}
    told = in_text(evolve(value, rejections=rejections))
    for end, leads in Counter(untils).items():
        until = "" if end is None else f" up to and including {end}"
        lead = "lead" if leads == 1 else "leads"
        assert f" {leads} {lead} kept out{until} unless a user takes them in" in told
    is_refused = value.action is not ck.Action.ASSIGN
    assert ("the AI cannot do or suggest this again while " in told) is is_refused


def test_a_pending_suggestion_says_that_its_day_is_over() -> None:
    day = date(2026, 11, 24)
    made = ck.Suggestion(
        id=ID,
        campaign_id=ID,
        command=ck.AssignLeads([ck.Lead("a", 90)], day),
        by=ck.Actor.ai("scout"),
        at=datetime(2026, 11, 23, tzinfo=UTC),
        before={},
        day_passed=True,
    )
    for value in (made, made.head):
        assert "pending, its day is over" in in_text(value)
    assert "its day is over" not in in_text(evolve(made, day_passed=False))


@FEWER
@given(strategies.approval_previews())
def test_a_preview_of_an_approval(value: ck.ApprovalPreview) -> None:
    table = tables(value).get("changed", {})
    assert table.keys() == value.changes.keys()
    assert ("Nothing has changed since it was suggested." in in_text(value)) is (not value.changes)
    outcome, title = value.outcome, parsed(as_html(value)).all("p")[0].text
    assert title.startswith("If approved now: ")
    match outcome:
        case ck.Intake():
            assert f" {len(outcome.assignments):,} of " in title
            assert numbers(tables(value)["channel"], "given") == outcome.plan.counts
        case ck.Release():
            assert f" {len(outcome.released):,} lead" in title
            told = Counter(lead.channel for lead in outcome.released.values())
            freed = {row[0]: number(row[1].split()[0]) for row in rows_without_head(value)}
            assert freed == told
        case ck.Campaign():
            for name in value.command.changed_fields:
                assert any(line.startswith(f"{name}: ") for line in sentences(value))

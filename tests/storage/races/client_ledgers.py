"""What is stored of a client, read by plain SQL, and what must hold of it after every race."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

from attrs import frozen
from sqlalchemy import Engine, Table, select, text

import campaignkit as ck
from campaignkit.clients import ClientPolicy
from tests.storage.races.ledgers import TABLES

WEEK = 7


@frozen
class Gift:
    """A lead that a campaign was given for a day."""

    campaign_id: UUID
    lead_id: str
    channel: str
    day: date


Gifts = Counter[Gift]


@frozen
class ClientLedger:
    """What is stored of a client.

    `live` are those of campaigns that are neither completed nor deleted; `spent` those that are
    counted: all that were not released, and those that were as contacted. `ever` also has the
    others that were released.
    """

    rows: Gifts
    live: Gifts
    spent: Gifts
    ever: Gifts

    def per_day(self) -> Counter[tuple[str, date]]:
        """Count what was spent by channel and day."""
        counts = Counter[tuple[str, date]]()
        for gift, number in self.spent.items():
            counts[gift.channel, gift.day] += number
        return counts

    def most_in_a_week(self, channel: str) -> int:
        """Return the most that a channel was given in seven days in a row."""
        counts = self.per_day()
        days = [day for its, day in counts if its == channel]
        return max((week_from(counts, channel, day) for day in days), default=0)


def week_from(counts: Counter[tuple[str, date]], channel: str, first: date) -> int:
    """Return what a channel was given in the seven days from one on."""
    return sum(counts[channel, first + timedelta(n)] for n in range(WEEK))


def read(engine: Engine, client_id: UUID, lead_ids: Collection[str] | None = None) -> ClientLedger:
    """Read what was given to leads, or to all leads, in one transaction."""
    campaigns, leads, releases = TABLES.campaigns, TABLES.leads, TABLES.releases
    known = None if lead_ids is None else set(lead_ids)
    with engine.connect() as connection:
        own = {
            row.id: row.status == "completed" or row.deleted_at is not None
            for row in connection.execute(
                select(campaigns.c.id, campaigns.c.status, campaigns.c.deleted_at).where(
                    campaigns.c.client_id == client_id
                )
            )
        }

        def gifts(table: Table, *, contacted: bool = False) -> Gifts:
            columns = (table.c[name] for name in ("campaign_id", "lead_id", "channel", "day"))
            found = select(*columns).where(table.c.campaign_id.in_(own))
            if contacted:
                found = found.where(table.c.contacted)
            rows = (Gift(*row) for row in connection.execute(found))
            return Counter(gift for gift in rows if known is None or gift.lead_id in known)

        rows = gifts(leads)
        ever, spent = gifts(releases), gifts(releases, contacted=True)
    live = Counter({gift: n for gift, n in rows.items() if not own[gift.campaign_id]})
    return ClientLedger(rows, live, rows + spent, rows + ever)


def checked(engine: Engine, client_id: UUID) -> ClientLedger:
    """Read what is stored, and hold that every count equals its rows and is within its limit."""
    ledger = read(engine, client_id)
    assert set(ledger.rows.values()) <= {1}
    with engine.connect() as connection:
        days = connection.execute(
            select(TABLES.client_days).where(TABLES.client_days.c.client_id == client_id)
        ).mappings()
        counted = {
            (channel.value, row["day"]): row[f"{channel}_admitted"]
            for row in days
            for channel in ck.Channel
            if row[f"{channel}_admitted"]
        }
        campaigns = connection.execute(
            select(TABLES.campaigns).where(TABLES.campaigns.c.client_id == client_id)
        ).all()
        is_adopted = connection.execute(
            select(TABLES.clients.c.policy).where(TABLES.clients.c.client_id == client_id)
        ).scalar_one_or_none()
    if is_adopted is not None:
        assert counted == dict(ledger.per_day())
    else:
        assert not counted
    for campaign in campaigns:
        own = Counter({g: n for g, n in ledger.spent.items() if g.campaign_id == campaign.id})
        _check_campaign(engine, campaign.id, own, campaign.daily_lead_limit)
    _check_numbers(engine, TABLES.client_events, TABLES.client_events.c.client_id == client_id)
    return ledger


def _check_campaign(engine: Engine, campaign_id: UUID, spent: Gifts, daily_limit: int) -> None:
    progress, days = TABLES.progress, TABLES.days
    with engine.connect() as connection:
        total = connection.scalar(
            select(progress.c.admitted_total).where(progress.c.campaign_id == campaign_id)
        )
        counts = connection.execute(
            select(days.c.day, days.c.admitted).where(days.c.campaign_id == campaign_id)
        )
        by_day = {day: admitted for day, admitted in counts if admitted}
    wanted = Counter[date]()
    for gift, number in spent.items():
        wanted[gift.day] += number
    assert (total or 0) == spent.total()
    assert by_day == wanted
    assert max(by_day.values(), default=0) <= daily_limit
    for table in (TABLES.events, TABLES.releases):
        _check_numbers(engine, table, table.c.campaign_id == campaign_id)


def _check_numbers(engine: Engine, table: Table, is_its: object) -> None:
    with engine.connect() as connection:
        statement = select(table.c.number).where(is_its).order_by(table.c.number)  # type: ignore[arg-type]
        numbers = connection.scalars(statement).all()
    assert list(numbers) == list(range(1, len(numbers) + 1))


def check_policy(ledger: ClientLedger, policy: ClientPolicy, before: Gifts | None = None) -> None:
    """Hold that a policy was obeyed by all that came in after it was set.

    Args:
        ledger: What is stored.
        policy: The policy.
        before: What was there when it was set.
    """
    old = before or Gifts()
    new = ledger.spent - old
    if policy.one_campaign_per_lead:
        assert find_doubles(ledger.live, new) == []
        assert find_warm(ledger.spent, new, policy.cooldown or 0) == []
    assert find_overdrawn(ledger.per_day(), new, policy) == []


def find_doubles(live: Gifts, new: Iterable[Gift]) -> list[str]:
    """Return the leads of new gifts that are in two campaigns."""
    homes = Counter(gift.lead_id for gift in live)
    return sorted({gift.lead_id for gift in new if gift in live and homes[gift.lead_id] > 1})


def find_warm(spent: Gifts, new: Gifts, cooldown: int) -> list[tuple[Gift, Gift]]:
    """Return pairs of gifts to a lead by two campaigns that are too close, one of them new."""
    by_lead: dict[str, list[Gift]] = {}
    for gift in spent:
        by_lead.setdefault(gift.lead_id, []).append(gift)
    return [
        (one, other)
        for own in by_lead.values()
        for one, other in combinations(own, 2)
        if one.campaign_id != other.campaign_id
        and abs((one.day - other.day).days) < cooldown
        and (one in new or other in new)
    ]


def find_overdrawn(
    counts: Counter[tuple[str, date]], new: Iterable[Gift], policy: ClientPolicy
) -> list[tuple[str, date]]:
    """Return the channels and days of new gifts that are, or are in seven days, over a limit."""
    over: set[tuple[str, date]] = set()
    for channel, limit in policy.channel_limits.items():
        for day in {gift.day for gift in new if gift.channel == channel.value}:
            is_over = limit.per_day is not None and counts[channel.value, day] > limit.per_day
            weeks = [week_from(counts, channel.value, day - timedelta(n)) for n in range(WEEK)]
            if is_over or (limit.per_week is not None and max(weeks) > limit.per_week):
                over.add((channel.value, day))
    return sorted(over)


def count_deadlocks(engine: Engine) -> int:
    """Return how often PostgreSQL ended a transaction of the database for a deadlock."""
    if engine.dialect.name != "postgresql":
        return 0
    with engine.connect() as connection:
        counted = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(connection.scalar(counted) or 0)

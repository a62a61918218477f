"""The statements on what the campaigns of a client share.

Parameters, besides those of `_statements`: `ck_first_day` and `ck_last_day`; `ck_lead`, the id of a
lead, and `ck_name`, another one for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Delete,
    Executable,
    FromClause,
    Integer,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.storage.sqlalchemy._client_codec import (
    CLIENT_EVENT,
    RELEASE,
    SUPPRESSION,
)
from campaignkit.storage.sqlalchemy._codec import ASSIGNMENT, REJECTION, SUGGESTION
from campaignkit.storage.sqlalchemy._statements import AnySelect, ClientRow, Statements
from campaignkit.storage.sqlalchemy._tables import ADMITTED_COLUMNS

Condition = ColumnElement[bool]
DialectInsert = Callable[[Table], postgresql.Insert | sqlite.Insert]

_LAST_NUMBER = literal_column(str(LARGEST_INTEGER), Integer())
"""The last number that a column of ours takes; on SQLite others may write what follows it."""

SHARED = (
    *("kind", "lead_id", "campaign_id", "day", "is_live"),
    *("channel", "by", "at", "reason", "tier", "als_score", "epoch", *ADMITTED_COLUMNS),
)
"""The columns of `ClientStatements.part`, in the order in which they are read."""


class FindNamed(Protocol):
    """Return columns of a source, of its rows of the named leads that meet conditions."""

    def __call__(
        self,
        columns: Sequence[ColumnElement[Any]],
        source: FromClause,
        lead_id: ColumnElement[Any],
        conditions: Sequence[Condition],
    ) -> FromClause: ...


class ClientStatements:
    """The statements on the tables of what campaigns share, for one database.

    Args:
        statements: Those on the other tables.
        find_named: How the rows of the named leads are found.
        named: The named leads, as rows with the column `lead_id`.
        into: The INSERT of the database.
    """

    def __init__(
        self,
        statements: Statements,
        find_named: FindNamed,
        named: FromClause,
        into: DialectInsert,
    ) -> None:
        self.statements = statements
        self._find_named = find_named
        tables, client = statements.tables, statements.client
        clients, days = tables.clients, tables.client_days
        is_it = clients.c.client_id == client
        self.select_client = select(*(clients.c[name] for name in ClientRow._fields)).where(is_it)
        self.raise_revision = self._raise_revision()
        self.lock_client = self.raise_revision.returning(
            *(clients.c[name] for name in ClientRow._fields)
        )
        self.touch_client = update(clients).where(is_it).values(revision=clients.c.revision)
        self.insert_client = (
            into(clients)
            .values(client_id=client, revision=literal_column("0"))
            .on_conflict_do_nothing()
        )
        # A row that is inserted and deleted again is waited for by whoever inserts it, too.
        self.reserve_client = self.insert_client.returning(clients.c.client_id)
        self.free_client = delete(clients).where(is_it)
        self.set_policy = (
            update(clients)
            .where(is_it)
            .values(policy=bindparam("ck_policy", type_=clients.c.policy.type))
        )
        self.set_key = update(clients).where(is_it).values(key=bindparam("ck_key", type_=Text()))
        used = [days.c[name] for name in ADMITTED_COLUMNS]
        first, last = (bindparam(f"ck_{end}_day", type_=Date()) for end in ("first", "last"))
        self.select_used = select(days.c.day, *used).where(
            days.c.client_id == client, days.c.day.between(first, last)
        )
        self.shared_parts = self._list_shared()
        self.select_shared = select(*union_all(*self.shared_parts).subquery("shared").c)
        self.select_elsewhere = self._select_elsewhere()
        self.select_live = self._select_live()
        self.count_doubles = self._count_doubles()
        suppressions = tables.suppressions
        columns = [suppressions.c[name] for name in SUPPRESSION]
        self.select_suppressions = select(*columns).where(suppressions.c.client_id == client)
        leads, releases = tables.leads, tables.releases
        self.select_leads = select(*(leads.c[name] for name in ASSIGNMENT)).where(
            leads.c.client_id == client
        )
        self.select_contacted = select(releases.c.lead_id).where(
            releases.c.campaign_id == statements.campaign, releases.c.contacted
        )
        self.select_all_releases = select(*(releases.c[name] for name in RELEASE)).where(
            releases.c.client_id == client
        )
        found = find_named(
            columns, suppressions, suppressions.c.lead_id, (suppressions.c.client_id == client,)
        )
        self.select_suppressions_of = select(*found.c)
        self.write_suppressions = self._write_suppressions(named, into)
        self.lift_suppression = delete(suppressions).where(
            suppressions.c.client_id == client,
            suppressions.c.lead_id == bindparam("ck_lead", type_=Text()),
            suppressions.c.channel == bindparam("ck_channel", type_=Text()),
        )
        self._build_lead_record()
        self._build_adoption(into)
        self._build_erasing(into)
        events = tables.client_events
        last_number = (
            select(func.coalesce(func.max(events.c.number), literal_column("0")))
            .where(events.c.client_id == client, events.c.number < _LAST_NUMBER)
            .scalar_subquery()
        )
        self.add_event = insert(events).values(
            client_id=client,
            number=last_number + literal_column("1"),
            kind=bindparam("ck_kind", type_=Text()),
            event=bindparam("ck_event", type_=events.c.event.type),
        )

    # -- A client ---------------------------------------------------------------------------------

    def _raise_revision(self) -> Update:
        """Return the statement that locks a client and raises its revision.

        With the lock alone a transaction at REPEATABLE READ that waited for it would go on with
        what it read before. After the last number that its column takes comes the first: that it
        is another one is enough, and there must always be one.
        """
        clients = self.statements.tables.clients
        one, number = literal_column("1", Integer()), clients.c.revision
        is_number = and_(number >= literal_column("0", Integer()), number < _LAST_NUMBER)
        following = case((is_number, cast(number, Integer()) + one), else_=one)
        return (
            update(clients)
            .where(clients.c.client_id == self.statements.client)
            .values(revision=following)
        )

    def page_events(self, given: Collection[str]) -> AnySelect:
        """Return the statement for a page of a client's events."""
        events = self.statements.tables.client_events
        page = select(*(events.c[name] for name in CLIENT_EVENT)).order_by(events.c.number)
        page = page.where(events.c.client_id == self.statements.client)
        if "ck_after" in given:
            page = page.where(events.c.number > bindparam("ck_after", type_=Integer()))
        return page.limit(bindparam("ck_size"))

    def page_suppressed_leads(self, given: Collection[str]) -> AnySelect:
        """Return the statement for a page of the ids of suppressed leads."""
        suppressions = self.statements.tables.suppressions
        lead_id = suppressions.c.lead_id
        page = select(lead_id).distinct().order_by(lead_id)
        page = page.where(suppressions.c.client_id == self.statements.client)
        if "ck_after" in given:
            page = page.where(lead_id > bindparam("ck_after", type_=Text()))
        return page.limit(bindparam("ck_size"))

    # -- What an act must know --------------------------------------------------------------------

    def part(self, kind: str, **given: ColumnElement[Any]) -> AnySelect:
        """Return a part of a union of rows of several kinds: the given columns, else NULL."""
        tables = self.statements.tables
        suppressions, leads = tables.suppressions, tables.leads
        kinds: dict[str, TypeEngine[Any]] = {
            "lead_id": Text(),
            "campaign_id": leads.c.campaign_id.type,
            "day": Date(),
            "is_live": Integer(),
            "channel": Text(),
            "by": suppressions.c.by.type,
            "at": DateTime(timezone=True),
            "reason": Text(),
            "tier": Text(),
            "als_score": leads.c.als_score.type,
            "epoch": Integer(),
            **{name: Integer() for name in ADMITTED_COLUMNS},
        }
        own = [given.get(name, cast(null(), its)).label(name) for name, its in kinds.items()]
        return select(literal_column(f"'{kind}'", Text()).label("kind"), *own)

    def _list_shared(self) -> tuple[AnySelect, ...]:
        """Return the parts of what an act must know of the named leads and of the days.

        Each lead is looked up by the client and its id.
        """
        part = self.part
        tables, client = self.statements.tables, self.statements.client
        leads, releases = tables.leads, tables.releases
        suppressions = tables.suppressions
        used = self.select_used.subquery("used")
        campaign, columns = self.statements.campaign, ("lead_id", "campaign_id", "day")
        live = self._find_named(
            [*(leads.c[name] for name in columns), self._is_live(leads).label("is_live")],
            leads,
            leads.c.lead_id,
            (leads.c.client_id == client, leads.c.campaign_id != campaign),
        )
        gone = self._find_named(
            [releases.c[name] for name in columns],
            releases,
            releases.c.lead_id,
            (
                releases.c.client_id == client,
                releases.c.campaign_id != campaign,
                releases.c.contacted,
            ),
        )
        stops = self._find_named(
            [suppressions.c[name] for name in SUPPRESSION],
            suppressions,
            suppressions.c.lead_id,
            (suppressions.c.client_id == client,),
        )
        counts = {name: used.c[name] for name in ADMITTED_COLUMNS}
        ended = literal_column("0", Integer())
        return (
            part("used", day=used.c.day, **counts),
            part("claim", **{name: live.c[name] for name in (*columns, "is_live")}),
            part("claim", **{name: gone.c[name] for name in columns}, is_live=ended),
            part(
                "suppression",
                day=stops.c.until,
                **{name: stops.c[name] for name in SUPPRESSION if name != "until"},
            ),
        )

    def _is_live(self, leads: FromClause) -> ColumnElement[int]:
        ended = self.statements.is_ended(leads.c.campaign_id)
        return case((ended, literal_column("0", Integer())), else_=literal_column("1", Integer()))

    def _select_elsewhere(self) -> AnySelect:
        """Return the statement for those of a campaign's leads that another one has now."""
        leads = self.statements.tables.leads
        others = leads.alias("others")
        there = (
            select(others.c.lead_id)
            .where(
                others.c.client_id == self.statements.client,
                others.c.lead_id == leads.c.lead_id,
                others.c.campaign_id != self.statements.campaign,
                ~self.statements.is_ended(others.c.campaign_id),
            )
            .offset(literal_column("0"))
        )
        columns = [leads.c[name] for name in ASSIGNMENT]
        return select(*columns).where(
            leads.c.campaign_id == self.statements.campaign, exists(there)
        )

    def _select_live(self) -> AnySelect:
        """Return the statement for the live assignments of the named leads."""
        leads = self.statements.tables.leads
        found = self._find_named(
            [*(leads.c[name] for name in ASSIGNMENT), leads.c.campaign_id],
            leads,
            leads.c.lead_id,
            (
                leads.c.client_id == self.statements.client,
                ~self.statements.is_ended(leads.c.campaign_id),
            ),
        )
        return select(*found.c).order_by(found.c.lead_id, found.c.campaign_id)

    def _count_doubles(self) -> AnySelect:
        """Return the statement for how many leads several campaigns have that are not ended."""
        leads = self.statements.tables.leads
        doubles = (
            select(leads.c.lead_id)
            .where(
                leads.c.client_id == self.statements.client,
                ~self.statements.is_ended(leads.c.campaign_id),
            )
            .group_by(leads.c.lead_id)
            .having(func.count() > literal_column("1"))
        )
        return select(func.count()).select_from(doubles.subquery("doubles"))

    def _write_suppressions(self, named: FromClause, into: DialectInsert) -> Executable:
        """Return the statement that adds one suppression for each of the named leads.

        Of two for the same lead and channel the one that holds longer counts; the stored one stays
        where they are equal.
        """
        suppressions = self.statements.tables.suppressions
        given = [
            bindparam(f"ck_{name}", type_=suppressions.c[name].type)
            for name in SUPPRESSION
            if name != "lead_id"
        ]
        # SQLite takes ON for that of a join unless there is a WHERE.
        rows = select(self.statements.client, named.c.lead_id, *given).where(true())
        new = into(suppressions).from_select(["client_id", *SUPPRESSION], rows)
        return self._keep_later(new)

    def _keep_later(self, new: postgresql.Insert | sqlite.Insert) -> Executable:
        suppressions = self.statements.tables.suppressions
        there, later = suppressions.c.until, new.excluded.until
        return new.on_conflict_do_update(
            index_elements=list(suppressions.primary_key),
            set_={name: new.excluded[name] for name in ("until", "by", "at", "reason")},
            where=there.is_not(None) & or_(later.is_(None), later > there),
        )

    # -- The record of a lead ---------------------------------------------------------------------

    def _build_lead_record(self) -> None:
        """Build the statements for all that a client's campaigns have of a lead, `ck_lead`."""
        tables, statements = self.statements.tables, self.statements
        lead = bindparam("ck_lead", type_=Text())
        leads, releases = tables.leads, tables.releases
        suggested, rejections = tables.suggested_leads, tables.rejections
        suggestions = tables.suggestions
        is_clients = statements.client_id == statements.client
        # A process that does not know clients leaves NULL there.
        is_its = or_(leads.c.client_id == statements.client, leads.c.client_id.is_(None))
        self.select_present = (
            select(*(leads.c[name] for name in ASSIGNMENT), leads.c.campaign_id)
            .join_from(leads, tables.campaigns, leads.c.campaign_id == statements.id)
            .where(is_its, leads.c.lead_id == lead, is_clients)
        )
        self.select_releases = select(
            *(releases.c[name] for name in RELEASE), releases.c.campaign_id, releases.c.number
        ).where(releases.c.client_id == statements.client, releases.c.lead_id == lead)
        head = [suggestions.c[name] for name in SUGGESTION]
        is_listed = suggested.c.suggestion_id == suggestions.c.id
        self.select_suggested = (
            select(*head)
            .join_from(suggestions, tables.campaigns, suggestions.c.campaign_id == statements.id)
            .join(suggested, is_listed)
            .where(is_clients, suggested.c.campaign_id == statements.id)
            .where(suggested.c.lead_id == lead, suggested.c.reason.is_(None))
        )
        self.select_rejected = (
            select(*head, *(rejections.c[name] for name in REJECTION))
            .join_from(rejections, tables.campaigns, rejections.c.campaign_id == statements.id)
            .join(suggestions, suggestions.c.id == rejections.c.suggestion_id)
            .where(is_clients, rejections.c.lead_id == lead)
        )

    # -- Adopting a client ------------------------------------------------------------------------

    def _build_adoption(self, into: DialectInsert) -> None:
        """Build the statements that make a client's days those of its leads."""
        tables, statements = self.statements.tables, self.statements
        campaigns, progress = tables.campaigns, tables.progress
        leads, releases, days = tables.leads, tables.releases, tables.client_days
        is_clients = statements.client_id == statements.client
        own = select(statements.id).where(is_clients)
        self.lock_campaigns = own.order_by(statements.id).with_for_update(
            key_share=True, of=campaigns
        )
        missing = own.where(~exists().where(progress.c.campaign_id == statements.id))
        self.insert_progresses = (
            into(progress).from_select(["campaign_id"], missing).on_conflict_do_nothing()
        )
        # A transaction at REPEATABLE READ that began before must not go on as if nothing happened.
        self.touch_progresses = (
            update(progress).where(progress.c.campaign_id.in_(own)).values(epoch=progress.c.epoch)
        )
        self.fill_clients = (
            update(leads)
            .where(leads.c.client_id.is_(None), leads.c.campaign_id.in_(own))
            .values(client_id=statements.client)
        )
        self.reset_days = (
            update(days)
            .where(days.c.client_id == statements.client)
            .values(dict.fromkeys(ADMITTED_COLUMNS, 0))
        )
        given = union_all(
            select(leads.c.day, leads.c.channel).where(leads.c.client_id == statements.client),
            select(releases.c.day, releases.c.channel).where(
                releases.c.client_id == statements.client, releases.c.contacted
            ),
        ).subquery("given")
        counts = [
            func.coalesce(func.sum(case((given.c.channel == channel.value, 1), else_=0)), 0)
            for channel in ADMITTED_COLUMNS.values()
        ]
        counted = select(statements.client, given.c.day, *counts).group_by(given.c.day)
        new = into(days).from_select(["client_id", "day", *ADMITTED_COLUMNS], counted)
        self.count_days = new.on_conflict_do_update(
            index_elements=list(days.primary_key),
            set_={name: new.excluded[name] for name in ADMITTED_COLUMNS},
        )

    # -- Erasing a lead ---------------------------------------------------------------------------

    def _build_erasing(self, into: DialectInsert) -> None:
        """Build the statements that give a lead another name, `ck_name`, wherever it is stored."""
        tables, statements = self.statements.tables, self.statements
        lead, name = (bindparam(f"ck_{one}", type_=Text()) for one in ("lead", "name"))
        own = select(statements.id).where(statements.client_id == statements.client)
        taken = [
            select(table.c.lead_id).where(table.c.campaign_id.in_(own), table.c.lead_id == name)
            for table in (tables.leads, tables.suggested_leads, tables.rejections)
        ]
        self.select_taken = select(union_all(*taken).subquery("taken").c.lead_id)
        suggestions, suggested = tables.suggestions, tables.suggested_leads
        named = select(suggested.c.suggestion_id).where(
            suggested.c.campaign_id.in_(own), suggested.c.lead_id == lead
        )
        # A digest is a hash of the ids that anyone can make.
        self.rename_lead: list[Update] = [
            update(suggestions).where(suggestions.c.id.in_(named)).values(digest=name)
        ]
        for table in (tables.leads, tables.releases, tables.suggested_leads, tables.rejections):
            is_its = (
                table.c.client_id == statements.client
                if table is tables.releases
                else table.c.campaign_id.in_(own)
            )
            self.rename_lead.append(
                update(table).where(is_its, table.c.lead_id == lead).values(lead_id=name)
            )
        suppressions = tables.suppressions
        is_its = (suppressions.c.client_id == statements.client) & (suppressions.c.lead_id == lead)
        rest = [suppressions.c[one] for one in SUPPRESSION if one != "lead_id"]
        moved = select(suppressions.c.client_id, name, *rest).where(is_its)
        new = into(suppressions).from_select(["client_id", *SUPPRESSION], moved)
        self.copy_suppressions = self._keep_later(new)
        self.delete_suppressions: Delete = delete(suppressions).where(is_its)

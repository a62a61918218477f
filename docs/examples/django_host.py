"""A host on Django, which works with a store on a second connection to the same database.

    python django_host.py

Django's transactions and those of the store are separate. Two tables of the host's bring them
together: `Launch` has what the store has still to do, and `FeedPosition` how far Django has read
what the store has done. The database is that of DATABASE_URL, by default a file of SQLite.
"""

from __future__ import annotations

import os
from datetime import date
from typing import NoReturn
from uuid import UUID, uuid4

import django
from django.conf import settings
from django.db import connection, models, transaction
from sqlalchemy import URL, make_url

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore


def describe_database(url: URL) -> dict[str, object]:
    """Return the database of a URL as Django is told of it."""
    if url.get_backend_name() == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username,
        "PASSWORD": url.password,
        "HOST": url.host or url.query.get("host", ""),
        "PORT": url.port or "",
    }


DATABASE = make_url(os.environ.get("DATABASE_URL", "sqlite:///django.db"))
settings.configure(DATABASES={"default": describe_database(DATABASE)}, USE_TZ=True)
django.setup()

DJANGO = ck.Actor.user("django")


class Launch(models.Model):
    """A campaign that the store has to launch: the host's outbox."""

    id = models.UUIDField(primary_key=True)  # that of the campaign
    client_id = models.UUIDField()
    name = models.TextField()
    lead_ids = models.JSONField()
    day = models.DateField()

    class Meta:
        app_label = "host"


class FeedPosition(models.Model):
    """How far the feed of a client was read."""

    client_id = models.UUIDField(primary_key=True)
    cursor = models.TextField(default="")

    class Meta:
        app_label = "host"


class Notice(models.Model):
    """What the host shows of an event."""

    campaign_id = models.UUIDField()
    number = models.IntegerField()
    text = models.TextField()

    class Meta:
        app_label = "host"
        constraints = (
            models.UniqueConstraint(fields=["campaign_id", "number"], name="one_notice_an_event"),
        )


def launch_pending(service: ck.CampaignService) -> None:
    """Have the store launch what is in the outbox. What was done is deleted only afterwards."""
    for pending in Launch.objects.order_by("id"):
        launch(service, pending)
        pending.delete()


def launch(service: ck.CampaignService, pending: Launch) -> None:
    """Launch a campaign; safe to repeat, also after an earlier try that did only a part."""
    key = pending.client_id, pending.id
    draft = ck.Campaign.draft(id=pending.id, client_id=pending.client_id, name=pending.name)
    try:
        campaign = service.create(draft, by=DJANGO)
    except ck.AlreadyExistsError:
        campaign = service.get(*key)
    if campaign.status is ck.CampaignStatus.DRAFT:
        service.activate(*key, by=DJANGO)
    leads = [ck.Lead(lead_id, als_score=90) for lead_id in pending.lead_ids]
    service.intake(*key, leads, day=pending.day, by=DJANGO)


def read_feed(service: ck.CampaignService, client_id: UUID) -> int:
    """Note the next events and how far they were read, together or not at all."""
    with transaction.atomic():
        FeedPosition.objects.get_or_create(client_id=client_id)
        position = FeedPosition.objects.select_for_update().get(client_id=client_id)
        page = service.feed(client_id, position.cursor or None)
        for event in page.items:
            text = f"{event.kind.value} {event.action or ''}".strip()
            Notice.objects.create(campaign_id=event.campaign_id, number=event.number, text=text)
        position.cursor = page.next
        position.save()
    return len(page.items)


def crash() -> NoReturn:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> None:
    """Show that a crash at the worst moment loses nothing and does nothing twice."""
    with connection.schema_editor() as editor:
        for model in (Launch, FeedPosition, Notice):
            editor.create_model(model)
    client_id = uuid4()
    with SQLAlchemyStore.open(DATABASE) as store:
        service = ck.CampaignService(store)
        with transaction.atomic():  # with whatever else the request writes
            Launch.objects.create(
                id=uuid4(),
                client_id=client_id,
                name="Hobart",
                lead_ids=["a", "b"],
                day=date(2026, 11, 23),
            )
        launch(service, Launch.objects.get())  # and a crash before the row is deleted
        print("in the outbox after the crash:", Launch.objects.count())
        launch_pending(service)
        (campaign,) = service.find(client_id).items
        leads = store.assignments(client_id, campaign.id).items
        print("in the outbox:", Launch.objects.count(), "leads:", [lead.lead_id for lead in leads])
        try:
            with transaction.atomic():
                read_feed(service, client_id)
                crash()  # before the commit
        except KeyboardInterrupt:
            print("notices after the crash:", Notice.objects.count())
        read_feed(service, client_id)
        again = read_feed(service, client_id)
        print("notices:", [notice.text for notice in Notice.objects.order_by("number")], again)
    connection.close()


if __name__ == "__main__":
    main()

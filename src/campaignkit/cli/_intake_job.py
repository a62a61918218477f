"""What an intake is to do."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import frozen
from sqlalchemy import URL

from campaignkit import Actor
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.domain._horizons import Horizon


@frozen(kw_only=True)
class IntakeJob:
    """Which leads to admit to which campaign, on which day, and how.

    Attributes:
        url: The database.
        wait: How many seconds to wait for a lock.
        campaign: The path of the campaign's file.
        leads: The file of leads.
        day: The day on which they are admitted.
        by: Who acts.
        today: The first day that is not over; None for the default rule.
        horizon: For how many days of intake the leads are planned.
        expires_in: When a suggestion expires; None for the default.
        only_suggest: Whether an AI only suggests, whatever the permission mode.
        update: Whether the stored campaign is changed to match the file.
        create: Whether missing tables are created beside other ones.
        out: The path for the rows; None writes none.
        bom: Whether CSV gets a byte order mark.
        report: The path for the report as a page; None writes none.
    """

    url: URL
    wait: float
    campaign: str
    leads: LeadsInput
    day: date
    by: Actor
    today: date | None
    horizon: Horizon
    expires_in: timedelta | None = None
    only_suggest: bool = False
    update: bool
    create: bool = False
    out: str | None
    bom: bool
    report: str | None = None


PREVIEWER = Actor.user("preview")
"""Who previews an intake, where nobody is named."""

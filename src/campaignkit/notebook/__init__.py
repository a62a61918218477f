"""Charts for notebooks, drawn with Altair (extra `notebook`).

>>> from datetime import date
>>> from uuid import uuid4
>>> import campaignkit as ck
>>> from campaignkit.notebook import chart
>>> campaign = ck.Campaign.draft(client_id=uuid4(), name="x", start_date=date(2026, 11, 23))
>>> pool = [ck.Lead(f"lead-{n}", als_score=n % 100) for n in range(300)]
>>> chart(ck.forecast(campaign, pool, days=14)).description
'x: forecast of 14 days; 240 leads in 14 days; the pool is exhausted on 2026-11-27; ...'
"""

from __future__ import annotations

import importlib
import sys

from campaignkit.core._extras import require_extra
from campaignkit.notebook._value_pictures import make_picture

with require_extra("notebook", __name__):
    from campaignkit.notebook._chart import Chart

__all__ = ["Chart", "chart"]


def chart(value: object) -> Chart:
    """Draw a value.

    There are charts of

    - a plan, an intake, a plan of counts or of a frame: what each channel gets, by tier where the
      tiers are known, with its target;
    - a progress: what each channel was given so far, with its share;
    - a forecast, intakes of a campaign, or the events of its history (as a list or as a page): what
      each channel gets on each day, and how far it is above its share or below;
    - a comparison of mixes, the plan of a frame with several campaigns, or any mapping from names
      to plans, intakes or forecasts: what each channel gets in each of them, with its target;
    - a comparison of horizons: what each channel gets with each of them, what it would get if all
      days were planned together, and for how many days the best leads go out.

    All charts have the same width, and fit into pages from 600 px on. A forecast of more than 100
    days has a bar for each week. A chart of more than 20 results has the 20 that are furthest below
    a target. Each channel and each tier has one colour in all charts and displays.

    Args:
        value: One of these.

    Raises:
        InvalidError: values of this type have no chart.

    >>> import campaignkit as ck
    >>> from campaignkit.notebook import chart
    >>> plan = ck.plan(ck.DEFAULT_ALLOCATION, [ck.Lead("a", 90), ck.Lead("b", 30)])
    >>> chart(plan).description
    'Plan: 2 of 2 leads with a channel; email 1, linkedin 1, voice 0, sms 0 and mail 0'
    """
    if "campaignkit.frames" in sys.modules:  # or else it is nothing that this package makes
        importlib.import_module("campaignkit.notebook._frame_pictures")
    return Chart(make_picture(value))

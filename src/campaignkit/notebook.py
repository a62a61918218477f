"""Charts for notebooks; they need the extra `notebook`, which is Altair.

>>> from datetime import date
>>> from uuid import uuid4
>>> import campaignkit as ck
>>> campaign = ck.Campaign.draft(client_id=uuid4(), name="x", start_date=date(2026, 11, 23))
>>> pool = [ck.Lead(f"lead-{n}", als_score=n % 100) for n in range(300)]
>>> drawn = chart(ck.forecast(campaign, pool, days=14))
>>> drawn.to_dict()["description"]
'240 leads in 14 days; the pool is exhausted on 2026-11-27; ...'
"""

from __future__ import annotations

from collections.abc import Callable

import altair as alt

from campaignkit import Channel, Forecast, InvalidError
from campaignkit.core._checks import check_kinds

__all__ = ["chart"]

_CHANNELS = [channel.value for channel in Channel]
_COLOURS = ["#2f7fd1", "#d6404f", "#2a9d6f", "#c77700", "#8a63d2"]
_DASHES = [[1, 0], [8, 3], [3, 3], [8, 3, 2, 3], [2, 4]]

_data: Callable[..., alt.Data] = alt.Data  # which has no types


def chart(forecast: Forecast) -> alt.VConcatChart:
    """Draw what a forecast gives each channel a day, and how far the mix drifts from its shares.

    Above, the leads of each day; below, by how many leads each channel stands above its share or
    below it after that day. What the chart shows is also its description, in words, and its page
    is white in dark themes too.

    Raises:
        InvalidError: what is no forecast.
    """
    check_kinds(InvalidError, forecast=(forecast, Forecast))
    given = [
        {"day": f"{each.day}", "channel": channel.value, "leads": leads, "place": place}
        for each in forecast.days
        for place, (channel, leads) in enumerate(each.counts.items())
    ]
    drift = [
        {"day": f"{each.day}", "channel": channel.value, "leads": leads}
        for each in forecast.days
        for channel, leads in each.drift.items()
    ]
    colour = alt.Color("channel:N", title="channel", sort=_CHANNELS).scale(
        domain=_CHANNELS, range=_COLOURS
    )
    day = alt.X("day:O", title=None).axis(labelAngle=-45)
    tooltip = ["day:O", "channel:N", "leads:Q"]
    bars = alt.Chart(_data(values=given), height=180).mark_bar()
    bars = bars.encode(
        x=day, y=alt.Y("leads:Q", title="leads"), color=colour, order="place:O", tooltip=tooltip
    )
    lines = alt.Chart(_data(values=drift), height=140).mark_line(point=True)
    dash = alt.StrokeDash("channel:N", title="channel", sort=_CHANNELS)
    lines = lines.encode(
        x=day,
        y=alt.Y("leads:Q", title="leads off its share"),
        color=colour,
        strokeDash=dash.scale(domain=_CHANNELS, range=_DASHES),
        tooltip=tooltip,
    )
    return alt.vconcat(
        bars.properties(title="Leads a day", width=alt.Step(28)),
        lines.properties(title="How far the mix drifts", width=alt.Step(28)),
        background="white",
        description="; ".join(forecast.sentences),
        title=forecast.campaign.name,
    )

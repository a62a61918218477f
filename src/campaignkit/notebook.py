"""Charts for notebooks, drawn with Altair (extra `notebook`).

>>> from datetime import date
>>> from uuid import uuid4
>>> import campaignkit as ck
>>> campaign = ck.Campaign.draft(client_id=uuid4(), name="x", start_date=date(2026, 11, 23))
>>> pool = [ck.Lead(f"lead-{n}", als_score=n % 100) for n in range(300)]
>>> from campaignkit.notebook import chart
>>> drawn = chart(ck.forecast(campaign, pool, days=14))
>>> drawn.to_dict()["description"]
'240 leads in 14 days; the pool is exhausted on 2026-11-27; ...'
"""

from __future__ import annotations

from collections.abc import Callable

from campaignkit import Channel, Forecast, InvalidError
from campaignkit.core._checks import check_kinds
from campaignkit.core._extras import require_extra

with require_extra("notebook", __name__):
    import altair as alt

__all__ = ["chart"]

_CHANNEL_NAMES = [channel.value for channel in Channel]
_CHANNEL_DASHES = [[1, 0], *([8, 3] + [2, 3] * dots for dots in range(len(Channel) - 1))]

_make_data: Callable[..., alt.Data] = alt.Data  # which has no types


def chart(forecast: Forecast) -> alt.VConcatChart:
    """Draw the leads of each channel and day of a forecast, and the drift from the shares.

    The upper chart has the leads of each day; the lower one how many leads each channel is above or
    below its share after that day. The chart's description says the same in words. The background
    is white in dark themes as well.

    Raises:
        InvalidError: the argument is not a Forecast.
    """
    check_kinds(InvalidError, forecast=(forecast, Forecast))
    counts = [
        {"day": f"{each.day}", "channel": channel.value, "leads": leads, "place": place}
        for each in forecast.days
        for place, (channel, leads) in enumerate(each.counts.items())
    ]
    drift = [
        {"day": f"{each.day}", "channel": channel.value, "leads": leads}
        for each in forecast.days
        for channel, leads in each.drift.items()
    ]
    colour = alt.Color("channel:N", title="channel", sort=_CHANNEL_NAMES).scale(
        domain=_CHANNEL_NAMES, scheme="tableau10"
    )
    day = alt.X("day:O", title=None).axis(labelAngle=-45)
    tooltip = ["day:O", "channel:N", "leads:Q"]
    bars = alt.Chart(_make_data(values=counts), height=180).mark_bar()
    bars = bars.encode(
        x=day, y=alt.Y("leads:Q", title="leads"), color=colour, order="place:O", tooltip=tooltip
    )
    lines = alt.Chart(_make_data(values=drift), height=140).mark_line(point=True)
    dash = alt.StrokeDash("channel:N", title="channel", sort=_CHANNEL_NAMES)
    lines = lines.encode(
        x=day,
        y=alt.Y("leads:Q", title="leads above or below its share"),
        color=colour,
        strokeDash=dash.scale(domain=_CHANNEL_NAMES, range=_CHANNEL_DASHES),
        tooltip=tooltip,
    )
    return alt.vconcat(
        bars.properties(title="Leads a day", width=alt.Step(28)),
        lines.properties(title="Drift from the shares", width=alt.Step(28)),
        background="white",
        description="; ".join(forecast.sentences),
        title=forecast.campaign.name,
    )

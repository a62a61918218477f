"""The chart of a forecast."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import vl_convert
from hypothesis import given, settings

import campaignkit as ck
from campaignkit.notebook import chart
from campaignkit.testing import strategies
from tests.display.reading_html import parsed

CAMPAIGN = ck.Campaign.draft(client_id=UUID(int=1), name="<b>Sydney", start_date=date(2026, 11, 23))
POOL = [ck.Lead(f"lead-{n}", als_score=n) for n in range(100)]


def drawn(forecast: ck.Forecast) -> list[list[dict[str, Any]]]:
    """Return what the parts of a chart draw."""
    return [part["data"]["values"] for part in chart(forecast).to_dict()["vconcat"]]


@settings(max_examples=20)
@given(strategies.forecasts())
def test_it_draws_the_numbers_of_the_forecast(forecast: ck.Forecast) -> None:
    given_out, drift = drawn(forecast)
    assert [(one["day"], one["channel"], one["leads"]) for one in given_out] == [
        (str(each.day), channel.value, leads)
        for each in forecast.days
        for channel, leads in each.counts.items()
    ]
    assert [(one["day"], one["channel"], one["leads"]) for one in drift] == [
        (str(each.day), channel.value, leads)
        for each in forecast.days
        for channel, leads in each.drift.items()
    ]


def test_it_says_in_words_what_it_shows() -> None:
    forecast = ck.forecast(CAMPAIGN, POOL, days=5)
    assert chart(forecast).to_dict()["description"] == "; ".join(forecast.sentences)


def test_as_a_picture_it_has_a_white_page_and_names_each_channel() -> None:
    svg: str = vl_convert.vegalite_to_svg(chart(ck.forecast(CAMPAIGN, POOL, days=5)).to_dict())
    words = {text.text for text in parsed(re.sub("<!--.*?-->", "", svg)).all("text")}
    assert {*ck.Channel, "<b>Sydney", "2026-11-23"} <= words
    assert re.search('<rect width="[0-9]+" height="[0-9]+" fill="white"', svg)
    assert "http" not in svg.replace("http://www.w3.org/", "")

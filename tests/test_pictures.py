"""The pictures of the documents are those that the code draws, and everybody can read them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from campaignkit import Channel
from tests import draw_pictures

PICTURES = draw_pictures.draw_all()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_is_drawn(name: str) -> None:
    drawn = (draw_pictures.FOLDER / name).read_text("utf-8")
    assert drawn == PICTURES[name], "run `python -m tests.draw_pictures`"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_a_title_a_description_and_text_that_fits(name: str) -> None:
    root = ET.fromstring(PICTURES[name])  # noqa: S314  # drawn one line above
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    width = float(root.attrib["viewBox"].split()[2])
    for text in root.iter(f"{SVG}text"):
        size = 6.3 * len(text.text or "")  # letters are narrower on average
        start = {"start": 0.0, "middle": size / 2, "end": size}[text.get("text-anchor", "start")]
        left = float(text.attrib["x"]) - start
        assert 0 <= left <= left + size <= width, text.text


def test_the_numbers_of_the_plan_are_those_of_the_first_example() -> None:
    mix, plan = draw_pictures.run_example()
    words = [text.text or "" for text in ET.fromstring(PICTURES["plan.svg"]).iter(f"{SVG}text")]  # noqa: S314  # as above
    percentages = [int(number) for word in words if (number := word.removesuffix(" %")).isdigit()]
    shares = [(mix[channel], plan.counts[channel]) for channel in Channel]
    assert plan.counts.total == 100  # so that counts are percentages
    assert percentages == [number for pair in shares for number in pair]
    tiers = [int(found[1]) for word in words if (found := re.fullmatch(r"[A-Z][a-z]+ (\d+)", word))]
    assert sum(tiers) == len(plan.assignments)

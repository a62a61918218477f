"""Text as it is compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Targeting, TargetingError
from campaignkit.targeting._folding import fold_parts, fold_words, normalise, to_phrase
from tests.domain.values import NO_TEXTS, Strange
from tests.targeting.matching_oracle import part_words
from tests.targeting.meeting import any_texts

FORMS = [
    ("CEO", "ceo"),
    ("C.E.O.", "ceo"),
    ("C.E.O", "ceo"),
    ("c.eo", "ceo"),
    ("ce.o", "ce o"),
    ("C. E. O.", "c e o"),
    ("Co-Founder & CEO", "co founder and ceo"),
    ("Founder/CEO", "founder ceo"),
    ("Sr.Manager", "sr manager"),
    ("Ph.D.", "ph d"),
    ("U.S.-based", "us based"),
    ("a..b", "a b"),
    ("B2.B", "b2 b"),
    ("2.b 3c.d", "2 b 3c d"),
    ("3.5", "3 5"),
    ("R&D", "r and d"),
    ("Women's Health", "womens health"),
    ("Women’s Health", "womens health"),
    *((f"Women{mark}s Health", "womens health") for mark in "\u2018\u02bc"),
    ("Hawai'i", "hawaii"),
    ("Hawai\u02bbi", "hawaii"),
    ("VP, Sales", "vp, sales"),
    ("  Sydney ,NSW,, ,Australia.", "sydney, nsw, australia"),
    ("Washington, D.C.", "washington, dc"),
    ("St. Kilda", "st kilda"),
    ("snake_case", "snake case"),
    ("100% \\ real", "100 real"),
    ("a\tb\nc\x00d\x7fe", "a b c d e"),
    ("&", "and"),
    ("-", ""),
    ("", ""),
    # Beyond ASCII.
    ("Zürich", "zürich"),
    ("ZU\u0308RICH", "zürich"),
    ("Zurich", "zurich"),
    ("Straße", "strasse"),
    ("ΣΟΦΟΣ", "σοφοσ"),
    ("\uff23\uff0e\uff25\uff0e\uff2f", "ceo"),
    ("\ufb01rm \uff06 co", "firm and co"),
    ("Founder–CEO", "founder ceo"),
    ("東京、日本", "東京, 日本"),
    ("हिन्दी", "हिन्दी"),
    ("foun\u00adder", "founder"),
    ("Founder\u200bCEO", "founder ceo"),
    ("\ufeffCEO", "ceo"),
    ("Ö.B.B.", "öbb"),
    ("e.\u0301", "é"),
    ("\u0390.\u03b1", "\u0390\u03b1"),
    ("½", "1 2"),
    ("\ud800x", "x"),
]


@pytest.mark.parametrize(("text", "normal"), FORMS)
def test_each_form_as_the_rules_say(text: str, normal: str) -> None:
    assert normalise(text) == Targeting.normalise(text) == normal
    assert fold_words(text) == normal.replace(",", "")
    assert ", ".join(fold_parts(text)) == normal


@given(any_texts | st.text(st.characters()))
def test_it_agrees_with_the_rules_one_character_at_a_time(text: str) -> None:
    assert [part.split() for part in fold_parts(text)] == part_words(text)


@given(any_texts | st.text(st.characters()))
def test_normal_text_stays_as_it_is(text: str) -> None:
    normal = normalise(text)
    assert normalise(normal) == normal
    assert fold_words(normal) == fold_words(text)
    assert fold_parts(normal) == fold_parts(text)
    assert all(c == "," or unicodedata.category(c)[0] in "LMNZ" for c in normal)


@given(any_texts)
def test_case_and_form_make_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalise(unicodedata.normalize(form, text)) == normalise(text)
    if text.isascii():
        assert normalise(text.upper()) == normalise(text.swapcase()) == normalise(text)


def test_a_phrase_is_whole() -> None:
    assert to_phrase(fold_words("it")) not in to_phrase(fold_words("Hospitality"))
    assert to_phrase(fold_words("it")) in to_phrase(fold_words("Head of IT"))


@pytest.mark.parametrize("bad", NO_TEXTS)
def test_only_text_is_normalised(bad: Strange) -> None:
    with pytest.raises(TargetingError) as caught:
        Targeting.normalise(bad)
    assert repr(bad) in str(caught.value)

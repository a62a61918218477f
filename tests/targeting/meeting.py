"""Targetings and prospects that often meet: made of the same few words, joined in odd ways."""

from __future__ import annotations

from hypothesis import strategies as st

from campaignkit import Prospect, Targeting

WORDS = [
    *("CEO", "ceo", "C.E.O.", "c.eo", "CTO", "Director", "IT", "Hospitality", "Vice", "President"),
    *("a", "b", "X.", "2", "3b", "and", "Women's", "Sydney", "North", "Melbourne", "VIC", "nsw"),
    *("WA", "or", "Nelson", "Bay", "Sr.Manager", "100%", "snake_case", r"back\slash", "*"),
]
"""Words of ASCII, some of which are more than one."""

FOREIGN_WORDS = [
    *("Zürich", "zu\u0308rich", "ZÜRICH", "Zurich", "\uff23\uff25\uff2f", "Straße", "STRASSE"),
    *(
        "ﬁrm",
        "firm",
        "\u212a",
        "k",
        "Ⅻ",
        "東京",
        "हिन्दी",
        "é",
        "e\u0301",
        "ce\u00ado",
        "\u0131",
        "İ",
    ),
]

JOINTS = [
    *(" ", " ", ", ", ", ", ",", " , ", ".", ". ", "-", " - ", "/", "&", " & ", "'", "\t", "_"),
    *("%", "\\", "", "\n", "\x01", "\x7f", "..", ",,", "  "),
]

FOREIGN_JOINTS = [
    "–",
    "、",
    "’",
    "\u02bc",
    "\uff0e",
    "\uff0c",
    "\u00a0",
    "…",
    "\u200b",
    "\uff06",
    "。",
    "\u0301",
]


def _texts(words: list[str], joints: list[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(st.sampled_from(words), st.sampled_from(joints)), max_size=4)
    ends = st.sampled_from(["", "", "", *joints])

    def text(start: str, some: list[tuple[str, str]]) -> str:
        made = start + "".join(word + joint for word, joint in some)
        return made if made.strip() else f"{made}CEO"

    return st.builds(text, ends, pairs)


ascii_texts = _texts(WORDS, JOINTS)
any_texts = (
    ascii_texts
    | _texts(WORDS + FOREIGN_WORDS, JOINTS + FOREIGN_JOINTS)
    | st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8
    ).map(lambda text: text if text.strip() else f"{text}x")
)

SIZES = ["1-10", "11–50", "51 to 200", "7", "0", "201-500", "300+", "> 1,000", "self-employed"]
BANDS = [*SIZES, "5-20", "10-11", "1-200", "400-600", "1,001-5,000 employees", "< 5", "2", "11"]


def targetings(texts: st.SearchStrategy[str] = any_texts) -> st.SearchStrategy[Targeting]:
    """Give a targeting with few targets or none in each dimension."""
    some = st.lists(texts, max_size=3)
    sizes = st.lists(st.sampled_from(SIZES), max_size=3)
    return st.builds(Targeting, some, some, sizes, some)


def prospects(texts: st.SearchStrategy[str] = any_texts) -> st.SearchStrategy[Prospect]:
    """Give a prospect of whom much or little is known."""
    some = st.none() | texts | st.sampled_from(["", " ", "-"])
    size = st.none() | st.sampled_from(BANDS) | st.integers(0, 2000)
    return st.builds(Prospect, some, some, size, some)

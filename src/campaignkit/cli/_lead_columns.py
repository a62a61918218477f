"""What the columns of a file of leads are, and the check that a file has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from attrs import Factory, frozen

from campaignkit import Channel
from campaignkit.cli._command_error import FileError
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._prospect_rows import Unknown
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import join_first
from campaignkit.domain._scale import Scale

_MOST_COLUMNS = 20
_MOST_COMPARED = 5_000
_FEWEST_LETTERS = 4  # of a name that may be a part of another


@frozen
class LeadColumns:
    """What the columns of a file of leads are, and how their values are read.

    Attributes:
        id: The column of the id.
        score: The column of the score.
        scale: What the scores span; None is 0 to 100.
        grades: The scores of words, from 0 to 100.
        yes: Further words for yes.
        no: Further words for no.
        unknown: What is done with leads of whom it is not known whether they fit the targeting.
        block: The columns that close a channel with yes, or with values: `Status:unsubscribed`.
        need: The columns that close a channel if they are blank.
        prospect: The column of each field of a prospect, or several: `City,Country`.
    """

    id: str = "lead_id"
    score: str = "als_score"
    scale: Scale | None = None
    grades: Mapping[str, float] = Factory(dict[str, float])
    yes: Sequence[str] = ()
    no: Sequence[str] = ()
    unknown: Unknown = Unknown.TAKE
    block: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    need: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    prospect: Mapping[str, str] = Factory(dict[str, str])

    def list_options(self, header: Collection[str]) -> Iterator[tuple[str, str]]:
        """Iterate over the options and the columns of a header that they name."""
        yield "--id", self.id
        yield "--score", self.score
        for channel, texts in self.block.items():
            for text in texts:
                yield f"--block {channel}", split_values(text, header)[0]
        for channel, names in self.need.items():
            for name in names:
                yield f"--need {channel}", name
        for part, names in self.split_prospect(header).items():
            for name in names:
                yield f"--prospect {part}", name

    def split_prospect(self, header: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the columns of each field of a prospect."""
        return {part: split_names(text, header) for part, text in self.prospect.items()}

    def list_names(self, header: Collection[str]) -> Sequence[str]:
        """Return the names of these columns of a header."""
        return [*dict.fromkeys(name for _, name in self.list_options(header))]

    def list_wanted(self) -> Sequence[str]:
        """Return the names that help to find the header: those that surely are names."""
        return [name for name in self.list_names(()) if ":" not in name]


def split_names(text: str, header: Collection[str]) -> Sequence[str]:
    """Return the columns of a text such as `City,Country`; a column may have such a name."""
    if "," not in text or text in header:
        return (text,)
    return [name for part in text.split(",") if (name := part.strip())]


def split_values(text: str, header: Collection[str]) -> tuple[str, Sequence[str]]:
    """Return the column of a text such as `Status:unsubscribed,archived`, and the values.

    A column with such a name has no values. A name may have colons itself: the longest one of the
    header counts.
    """
    if ":" not in text or text in header:
        return text, ()
    cuts = [at for at, mark in enumerate(text) if mark == ":"]
    known = [at for at in cuts if text[:at].strip() in header]
    cut = known[-1] if known else cuts[0]
    values = [value for word in text[cut + 1 :].split(",") if (value := word.strip())]
    return (text[:cut].strip(), values) if values else (text, ())


@frozen
class IdColumn:
    """The column with the id, where nothing else of a row matters."""

    id: str

    def list_options(self, header: Collection[str]) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Iterate over the option and the column that it names."""
        yield "--id", self.id


def check_columns(
    file: LeadsSource, columns: LeadColumns | IdColumn, advice: Iterable[str] = ()
) -> None:
    """Check that a file has each column that the options name, once; `advice` ends the error.

    Raises:
        FileError: lists the missing and the duplicate columns, with names that are close.
    """
    times = Counter(file.columns)
    lines = [
        f"{option}: column {short_repr(name)} "
        + (
            f"appears {times[name]} times"
            if times[name]
            else f"is missing{suggest_name(name, times)}"
        )
        for option, name in columns.list_options(times)
        if times[name] != 1
    ]
    if not lines:
        return
    message = f"{file.name} has missing or duplicate columns"
    how = f"read as: {', '.join(file.describe())}"
    raise FileError(message, [*lines, list_columns(file), how, *advice])


def list_columns(file: LeadsSource) -> str:
    """Return the names of the first columns in words."""
    shown = map(short_repr, file.columns[:_MOST_COLUMNS])
    return f"the columns are {join_first(shown, len(file.columns))}"


def suggest_name(name: str, there: Iterable[str]) -> str:
    """Return a question for a name that is close to one that is missing."""
    names = {_fold(other): other for other in islice(there, _MOST_COMPARED)}
    folded = _fold(name)
    close = get_close_matches(folded, names, n=1, cutoff=0.7)
    if not close and len(folded) >= _FEWEST_LETTERS:  # such as phone, of phone_number
        close = [other for other in names if folded in other][:1]
    return f"; is it {short_repr(names[close[0]])}?" if close else ""


def _fold(name: str) -> str:
    """Return a name without case, white space and punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()[:100]

"""What the columns of a file of leads are, guessed from its header and its first rows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache

from attrs import Factory, evolve, field, frozen

from campaignkit import Channel
from campaignkit.cli import _column_names as names
from campaignkit.cli._cell_words import YesNoReader, is_nothing
from campaignkit.cli._prospect_rows import is_company_size
from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import format_count, join_words
from campaignkit.domain._yes_no import NO

MOST_CELLS = 500_000
"""The most cells that are worth looking at."""

_MOST_VALUES = 50  # of a column of words
_MOST_SHOWN = 5
_LONGEST_NAME = 100
_LONGEST_VALUE = 100
_MOSTLY = 0.9


@frozen
class Note:
    """What is not certain about a setting, such as `id` or `need.voice`."""

    about: str
    text: str


@frozen
class ColumnGuess:
    """What the columns seem to be, what the scores span, and what is not certain."""

    id: str | None = None
    score: str | None = None
    scale: str = "0..100"
    grades: Mapping[str, int] = Factory(dict[str, int])
    block: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    need: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    prospect: Mapping[str, str] = Factory(dict[str, str])
    notes: Sequence[Note] = ()


@frozen
class Sample:
    """A column with its values in the first rows; blank ones and placeholders are "".

    `variants` are its name as it is compared: as it is, and without what may stand around it, each
    with the word that is left out in front.
    """

    name: str
    values: Sequence[str]
    filled: Sequence[str] = field(init=False)
    variants: Sequence[tuple[str, str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "filled", [value for value in self.values if value])
        object.__setattr__(self, "variants", [*_list_variants(self.name)])

    @property
    def words(self) -> Sequence[str]:
        """The different values."""
        return [*dict.fromkeys(self.filled)]

    def list_names(self, owners: str) -> Iterator[str]:
        """Iterate over the names that the column may have, without the words of `owners`."""
        known = _read_names(owners)
        return (name for name, owner in self.variants if not owner or owner in known)

    def rank(self, listed: str, owners: str) -> float | None:
        """Return the rank of the name among those listed, None if it is not one of them."""
        ranks = _read_names(listed)
        for at, name in enumerate(self.list_names(owners)):
            if name in ranks:
                return ranks[name] + at / 10
        return None

    def is_named(self, known: Container[str]) -> bool:
        """Return whether the name of the column is one of those known."""
        return any(name in known for name in self.list_names(_ANYONE))


def guess_columns(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    lead_id: str | None = None,
    score: str | None = None,
) -> ColumnGuess:
    """Return what the columns of a file seem to be.

    Columns that share their name are no candidates, since a mapping could not tell them apart.

    Args:
        header: The names of the columns.
        rows: The first rows, each as long as the header.
        lead_id: The column of the id, if it is known.
        score: The column of the score, if it is known.
    """
    samples = _take_samples(header, rows, {lead_id, score})
    guess = _Guess(samples)
    if lead_id is None:
        guess.find_id()
    by_name = {sample.name: sample for sample in samples}
    guess.find_score(None if score is None else by_name.get(score, Sample(score, ())))
    guess.find_contacts()
    guess.find_prospect()
    guess.find_closing()
    found = guess.result()
    return evolve(found, id=found.id if lead_id is None else lead_id)


def find_unused_closing(header: Sequence[str], used: Collection[str]) -> Iterator[str]:
    """Say which columns may close a channel by their names, but are not used."""
    hints = _read_names(names.CLOSING_HINTS)
    times = Counter(header)
    for name, number in times.items():
        squashed = _squash(name)
        if name not in used and any(hint in squashed for hint in hints):
            why = f"; {number} columns have this name" if number > 1 else ""
            yield f"{short_repr(name)} closes nothing{why}"


def _take_samples(
    header: Sequence[str], rows: Iterable[Sequence[str]], given: Collection[str | None]
) -> Sequence[Sample]:
    """Return the columns that have a known name, or are given."""
    columns = [*zip(*rows, strict=True)] or [()] * len(header)
    times = Counter(header)
    known = _list_known_names()
    return [
        Sample(name, [_clean(value) for value in values])
        for name, values in zip(header, columns, strict=True)
        if times[name] == 1
        and (name in given or any(each in known for each, _ in _list_variants(name)))
    ]


@cache
def _list_known_names() -> Collection[str]:
    """Return all names that say what a column is, as they are compared."""
    lists = (names.ID, names.NATURAL_ID, names.SCORE, names.CLOSING_ALL, names.CONSENT)
    groups = (names.CONTACT, names.PROSPECT, names.CLOSING)
    every = [
        *lists,
        names.STATUS,
        *names.PLACES,
        *(listed for group in groups for listed in group.values()),
    ]
    known = {name for listed in every for name in _read_names(listed)}
    for words in names.CHANNEL_WORDS.values():
        known |= _fill_forms(names.CLOSING_FORMS, words) | _fill_forms(names.CONSENT_FORMS, words)
    return known


def _clean(value: str) -> str:
    value = value[:_LONGEST_VALUE].strip()
    return "" if is_nothing(value) else value


_FLAGS = YesNoReader()


def _read_yes_no(word: str) -> bool | None:
    """Return whether a word says yes; None if it says neither yes nor no."""
    try:
        return _FLAGS.is_yes(word)
    except ValueError as error:
        raise_interruption(error)
        return None


# -- Names ----------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
_BETWEEN_WORDS = re.compile(r"__[cC]$|(?<=[a-z0-9])(?=[A-Z])")


def split_name(name: str) -> list[str]:
    """Return the words of a name, without case and accents.

    >>> split_name("Numéro de téléphone"), split_name("HasOptedOutOfEmail")
    (['numero', 'de', 'telephone'], ['has', 'opted', 'out', 'of', 'email'])
    """
    name = _BETWEEN_WORDS.sub(" ", name[:_LONGEST_NAME].strip())
    if not name.isascii():
        plain = unicodedata.normalize("NFKD", name)
        name = "".join(character for character in plain if not unicodedata.combining(character))
    return _WORD.findall(name.casefold())


def _squash(name: str) -> str:
    return "".join(split_name(name))


@cache
def _read_names(text: str) -> Mapping[str, int]:
    """Return names as they are compared, each with its rank."""
    listed = [_squash(name) for line in text.splitlines() for name in line.split(";")]
    return {name: rank for rank, name in reversed([*enumerate(listed)]) if name}


@cache
def _fill_forms(forms: str, words: str) -> frozenset[str]:
    """Return the forms with each of the words in the place of the star, as they are compared."""
    return frozenset(
        _squash(form.replace("*", f" {word} "))
        for line in forms.splitlines()
        for form in line.split(";")
        if form.strip()
        for lines in words.splitlines()
        for word in lines.split(";")
        if word.strip()
    )


def _list_variants(name: str) -> Iterator[tuple[str, str]]:
    """Iterate over a name as it is compared, each time with the word that is left out in front."""
    named = [name]
    if _AROUND.search(name):
        named.append(_AROUND.sub(" ", name))
    words = [split_name(each) for each in named]
    yield from (("".join(each), "") for each in words)
    yield from (("".join(each[1:]), each[0]) for each in words if len(each) > 1)


_AROUND = re.compile(r"[(\[].*?[)\]]|:.*")
_ANYONE = f"{names.PERSONS}; {names.DEALS}"
_ANYTHING = f"{_ANYONE}; {names.COMPANIES}"
_OWNERS = {"title": names.PERSONS}
"""Whose value it may be; the title of a deal is no title of a person."""


# -- Values ---------------------------------------------------------------------------------------

_NUMBER = re.compile(r"([-+]?\d+(?:[.,]\d+)?)\s*(?:%|/\s*(\d+))?", re.ASCII)
_RANGE = re.compile(r"(?<!\d)(\d{1,4})\s*(?:-|–|\.\.|to|bis|à|a)\s*(\d{1,4})(?!\d)", re.IGNORECASE)
_ENDS = (1, 5, 10, 100)


def guess_scale(sample: Sample) -> str | None:
    """Return what the numbers of a column span, or None if they are no numbers.

    >>> guess_scale(Sample("Score", ["0.25", "0,9", ""]))
    '0..1'
    >>> guess_scale(Sample("Score (0-10)", ["1", "2"]))
    '0..10'
    """
    found = [_NUMBER.fullmatch(value) for value in sample.filled]
    numbers = [match for match in found if match]
    if not sample.filled or 2 * len(numbers) <= len(sample.filled):
        return None
    plain = [float(m[1].replace(",", ".")) for m in numbers if m[0] == m[1]]
    if not plain:
        return "0..100"  # each number says itself what it is a part of
    if (said := _RANGE.search(sample.name)) and int(said[1]) < int(said[2]):
        low, high = int(said[1]), int(said[2])
        if low <= min(plain) and max(plain) <= high:
            return f"{low}..{high}"
    low = 0 if min(plain) >= 0 else -_round_up(-min(plain))
    high = next((end for end in _ENDS if max(plain) <= end), None) or _round_up(max(plain))
    if high == _ENDS[1] and not all((2 * number).is_integer() for number in plain):
        high = _ENDS[2]  # stars have no finer parts
    return f"{low}..{high}"


def _round_up(number: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on."""
    end = 1
    while end < number:
        end = end * 5 // 2 if str(end).startswith("2") else end * 2
    return end


@cache
def _grade_scores() -> Mapping[str, int]:
    return {
        _squash(word): score for score, words in names.GRADES.items() for word in words.split(";")
    }


_SIGNS = {"+": 4, "-": -4, "−": -4, "": 0}


def guess_grades(sample: Sample) -> Mapping[str, int]:
    """Return the score of each word of a column; no words if some of them are unknown.

    >>> guess_grades(Sample("Rating", ["Hot", "Cold", "Hot"])), guess_grades(Sample("", ["x"]))
    ({'Hot': 90, 'Cold': 30}, {})
    """
    scores: dict[str, int] = {}
    if len(words := sample.words) > _MOST_VALUES:
        return scores
    for word in words:
        sign = word[-1] if word[-1] in _SIGNS else ""
        base = _grade_scores().get(_squash(word.removesuffix(sign)))
        if base is None:
            return {}
        scores[word] = max(0, base + _SIGNS[sign])
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


# -- The guess ------------------------------------------------------------------------------------


class _Guess:
    """What was found so far."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples
        self._rows = max((len(sample.values) for sample in samples), default=0)
        self._found = ColumnGuess()
        self._notes: list[Note] = []

    def result(self) -> ColumnGuess:
        """Return what was found, with what is not certain."""
        return evolve(self._found, notes=tuple(self._notes))

    def _list_candidates(self, listed: str, owners: str = _ANYONE) -> Sequence[Sample]:
        """Return the columns with one of these names, the best name first."""
        ranked = [
            (rank, sample)
            for sample in self._samples
            if (rank := sample.rank(listed, owners)) is not None
        ]
        return [sample for _, sample in sorted(ranked, key=lambda item: item[0])]

    # The id

    def find_id(self) -> None:
        """Find the column whose value is another one on each row."""
        ids = self._list_candidates(names.ID)
        natural = self._list_candidates(names.NATURAL_ID)
        places = {0: (0, 2), 1: (1, 3), 2: (4, 5)}
        ranked = [
            (places[self._rank_id(sample)][kind], kind, sample)
            for kind, samples in enumerate((ids, natural))
            for sample in samples
            if sample.filled or not self._rows
        ]
        if not ranked:
            return
        _, kind, chosen = min(ranked, key=lambda item: item[0])
        self._found = evolve(self._found, id=chosen.name)
        how = self._describe_id(chosen)
        others = [
            f"{short_repr(sample.name)} ({self._describe_id(sample)})"
            for sample in ids
            if sample is not chosen
        ]
        if others:
            taken = f"the id is {short_repr(chosen.name)} ({how})"
            text = f"{taken}, but it could also be {join_words(others, 'or')}"
            self._notes.append(Note("id", text))
        elif kind or self._rank_id(chosen):
            there = "no column is called an id: it is" if kind else "the id is"
            self._notes.append(Note("id", f"{there} {short_repr(chosen.name)} ({how})"))

    def _rank_id(self, sample: Sample) -> int:
        different = len(set(sample.filled))
        if different == self._rows:
            return 0
        return 1 if different >= _MOSTLY * self._rows else 2

    def _describe_id(self, sample: Sample) -> str:
        blank = self._rows - len(sample.filled)
        again = len(sample.filled) - len(set(sample.filled))
        faults = [
            *([f"blank on {format_count(blank, 'row')}"] if blank else []),
            *([f"{format_count(again, 'row')} with a value of another row"] if again else []),
        ]
        return " and ".join(faults) or "every row has its own value"

    # The score

    def find_score(self, known: Sample | None) -> None:
        """Find the column of the score, and what its values span."""
        candidates = self._list_candidates(names.SCORE) if known is None else [known]
        usable: list[tuple[Sample, str | None, Mapping[str, int]]] = []
        for sample in candidates:
            scale, grades = guess_scale(sample), guess_grades(sample)
            if scale or grades or known is not None:
                usable.append((sample, scale, grades))
        usable = usable or [(sample, None, {}) for sample in candidates if not sample.filled]
        if not usable:
            return
        sample, scale, grades = usable[0]
        self._found = evolve(
            self._found, score=sample.name, scale=scale or self._found.scale, grades=grades
        )
        name = short_repr(sample.name)
        if others := [short_repr(other.name) for other, _, _ in usable[1:]]:
            text = f"the score is {name}, but it could also be {join_words(others, 'or')}"
            self._notes.append(Note("score", text))
        if not sample.filled:
            rows = format_count(self._rows, "row")
            text = f"{name} is blank in the first {rows}: nobody has a score"
            self._notes.append(Note("score", text))
        elif scale and scale != ColumnGuess().scale:
            numbers = [
                float(match[1].replace(",", "."))
                for value in sample.filled
                if (match := _NUMBER.fullmatch(value))
            ]
            seen = f"{min(numbers):g} to {max(numbers):g}"
            text = f"{name} has {seen}, so its scale seems to be {scale}"
            self._notes.append(Note("scale", text))
        elif grades:
            words = ", ".join(f"{short_repr(word)} as {score}" for word, score in grades.items())
            text = f"{name} has words, which are taken as scores: {words}"
            self._notes.append(Note("grades", text))

    # What a channel needs

    def find_contacts(self) -> None:
        """Find the column without whose value a channel cannot reach a lead."""
        need: dict[Channel, Sequence[str]] = {}
        for channel, listed in names.CONTACT.items():
            found = self._list_candidates(listed)
            if not found and (other := _SAME_NUMBERS.get(channel)):
                found = self._list_candidates(names.CONTACT[other])
            if channel is Channel.LINKEDIN:
                found = [sample for sample in found if _is_linkedin(sample)]
            if not found:
                continue
            best = max(found, key=lambda sample: len(sample.filled))
            need[channel] = [best.name]
            if others := [short_repr(o.name) for o in found if o is not best and o.filled]:
                text = (
                    f"{channel} needs {short_repr(best.name)}, which is filled most often;"
                    f" there is also {join_words(others)}"
                )
                self._notes.append(Note(f"need.{channel}", text))
        self._found = evolve(self._found, need=need)

    # Prospects

    def find_prospect(self) -> None:
        """Find the columns of the fields that targeting compares."""
        prospect: dict[str, str] = {}
        for name, listed in names.PROSPECT.items():
            found = self._list_candidates(listed, _OWNERS.get(name, _ANYTHING))
            test = {"title": _has_titles, "company_size": _has_sizes}.get(name)
            found = [one for one in found if one.filled and (test is None or test(one))]
            if found:
                prospect[name] = found[0].name
        parts = [self._list_candidates(listed, _ANYTHING) for listed in names.PLACES]
        places = [one[0].name for part in parts if (one := [each for each in part if each.filled])]
        if "location" not in prospect and places:
            # Commas stand between the columns, so that a name with one can only be alone.
            named = [name for name in places if "," not in name] or places[:1]
            prospect["location"] = ",".join(named)
        self._found = evolve(self._found, prospect=prospect)

    # What closes channels

    def find_closing(self) -> None:
        """Find the columns that close channels: by a yes, by a missing consent, or by a value."""
        block: dict[Channel, list[str]] = {}
        need = {channel: [*columns] for channel, columns in self._found.need.items()}
        for sample in self._samples:
            for channel in Channel:
                if entry := self._read_closing(sample, channel):
                    block.setdefault(channel, []).append(entry)
                elif _needs_consent(sample, channel):
                    block.setdefault(channel, []).append(_list_refusals(sample))
                    need.setdefault(channel, []).append(sample.name)
        self._found = evolve(self._found, block=block, need=need)

    def _read_closing(self, sample: Sample, channel: Channel) -> str | None:
        """Return the column, with its values if it has other words, that closes a channel."""
        is_status = sample.rank(names.STATUS, _ANYONE) is not None
        if not is_status and not _closes(sample, channel):
            return None
        words = sample.words
        if not is_status and all(_read_yes_no(word) is not None for word in words):
            return sample.name
        listed = names.CLOSING_ALL_VALUES
        if not is_status or channel is Channel.EMAIL:
            listed = f"{names.CLOSING_VALUES}\n{listed}"
        known = _read_names(listed)
        closing = [
            word
            for word in words[:_MOST_VALUES]
            if "," not in word
            and (_squash(word) in known or (not is_status and _read_yes_no(word)))
        ]
        if closing:
            self._note_open(sample, closing)
            return f"{sample.name}:{','.join(closing)}"
        if not is_status:
            text = f"{short_repr(sample.name)} is not used: its values are neither yes nor no"
            note = Note(f"block.{channel}", text)
            self._notes += [] if text in [each.text for each in self._notes] else [note]
        return None

    def _note_open(self, sample: Sample, closing: Collection[str]) -> None:
        """Say which values of a column do not close a channel though others do."""
        still_open = [short_repr(word) for word in sample.words if word not in closing]
        shown = [*still_open[:_MOST_SHOWN], *(["others"] if still_open[_MOST_SHOWN:] else [])]
        text = f"{short_repr(sample.name)} closes nothing with {join_words(shown or ['others'])}"
        if text not in [note.text for note in self._notes]:
            self._notes.append(Note("block", text))


_SAME_NUMBERS = {Channel.VOICE: Channel.SMS, Channel.SMS: Channel.VOICE}


def _closes(sample: Sample, channel: Channel) -> bool:
    if sample.is_named(_read_names(names.CLOSING_ALL)):
        return True
    named = [each for each in Channel if sample.is_named(_read_names(names.CLOSING[each]))]
    if named:
        return channel in named
    return sample.is_named(_fill_forms(names.CLOSING_FORMS, names.CHANNEL_WORDS[channel]))


def _needs_consent(sample: Sample, channel: Channel) -> bool:
    forms = _fill_forms(names.CONSENT_FORMS, names.CHANNEL_WORDS[channel])
    general = _read_names(names.CONSENT if channel is Channel.EMAIL else "")
    return sample.is_named(forms) or sample.is_named(general)


def _list_refusals(sample: Sample) -> str:
    """Return a column of consent with its words for no, and those that it does not have yet."""
    closing = _read_names(f"{names.CLOSING_VALUES}\n{names.CLOSING_ALL_VALUES}")
    seen = [word for word in sample.words[:_MOST_VALUES] if _read_yes_no(word) is False]
    seen += [word for word in sample.words[:_MOST_VALUES] if _squash(word) in closing]
    usual = [word for word in sorted(NO) if word and word not in {each.lower() for each in seen}]
    return f"{sample.name}:{','.join([*seen, *usual])}"


def _is_linkedin(sample: Sample) -> bool:
    """Return whether a column has addresses of LinkedIn, by its name or its values."""
    values = sample.filled[:_MOST_VALUES]
    return "linkedin" in sample.name.lower() or any("linkedin." in v.lower() for v in values)


def _has_titles(sample: Sample) -> bool:
    """Return whether a column has titles of jobs, and not salutations."""
    salutations = _read_names(names.SALUTATIONS)
    return any(_squash(word) not in salutations for word in sample.words[:_MOST_VALUES])


def _has_sizes(sample: Sample) -> bool:
    words = sample.words[:_MOST_VALUES]
    return sum(map(is_company_size, words)) * 2 >= len(words)

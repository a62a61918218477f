"""The table `[leads]` of a campaign's file: what the columns of its files of leads are.

What the table says, and what options say, are settings: values by name, such as `id` and
`block.email`. Both are read alike, so that they can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from attrs import astuple, field, fields_dict, frozen

from campaignkit import Channel
from campaignkit.cli._cell_words import fold_word
from campaignkit.cli._command_error import FileError
from campaignkit.cli._lead_columns import LeadColumns, suggest_name
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS, Unknown
from campaignkit.cli._score_reader import fold_grade
from campaignkit.core._checks import is_keepable, is_text, short_repr, to_list
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE, exact_number
from campaignkit.domain._scale import FULL_SCALE, Scale, format_end, read_scale
from campaignkit.serialization._read_errors import is_object

Setting: TypeAlias = str | Scale | tuple[str, ...] | Mapping[str, float]
Settings: TypeAlias = Mapping[str, Setting | None]
"""Some of the values of `LeadColumns` by name; `block`, `need` and `prospect` are split."""


def read_leads_table(data: Mapping[str, Any], path: str) -> LeadColumns:
    """Return the columns that a campaign's file describes in its table `[leads]`.

    Args:
        data: What the file has.
        path: The path of the file, for errors.

    Raises:
        FileError: lists all faults of the table.
    """
    faults: list[str] = []
    settings = read_settings(data, faults)
    if faults:
        message = f"{path} does not describe the columns of leads"
        raise FileError(message, faults, {"faults": faults})
    return make_columns(settings)


def make_columns(settings: Settings) -> LeadColumns:
    """Return the columns with these settings."""
    values: dict[str, Any] = {}
    for name, value in settings.items():
        group, _, part = name.partition(".")
        if part:
            key = part if group == "prospect" else Channel(part)
            values.setdefault(group, {})[key] = value
        else:
            values[name] = value
    return LeadColumns(**values)


def list_settings(columns: LeadColumns) -> Settings:
    """Return the settings of columns: those of the id and the score, and what is no default."""
    settings: dict[str, Any] = {}
    default = LeadColumns()
    for name in fields_dict(LeadColumns):
        value = getattr(columns, name)
        if name in _GROUPS:
            settings |= {f"{name}.{part}": one for part, one in value.items()}
        elif name in {"id", "score"} or value != getattr(default, name):
            settings[name] = value
    return settings


# -- Reading --------------------------------------------------------------------------------------


def read_settings(data: Mapping[str, Any], faults: list[str]) -> Settings:
    """Return what the table `[leads]` says; what is wrong is added to `faults`."""
    settings: dict[str, Any] = {}
    table = data.get("leads", {})
    if not is_object(table):
        faults.append(f"leads must be a table, not {short_repr(table)}")
        return settings
    for name, value in _flatten(table, faults):
        read = _READERS[name.partition(".")[0]]
        settings[name] = read(f"leads.{name}", value, faults)
    _check_words(settings, "leads.yes", "leads.no", faults)
    return settings


def _flatten(table: Mapping[str, Any], faults: list[str]) -> Iterator[tuple[str, object]]:
    """Iterate over the known keys of the table and of the tables in it, with their values."""
    for key, value in table.items():
        if key not in _READERS:
            faults.append(describe_unknown(f"leads.{key}", key, _READERS))
        elif key not in _GROUPS:
            yield key, value
        elif not is_object(value):
            faults.append(f"leads.{key} must be a table, not {short_repr(value)}")
        else:
            for part, one in value.items():
                if part in _GROUPS[key]:
                    yield f"{key}.{part}", one
                else:
                    faults.append(describe_unknown(f"leads.{key}.{part}", part, _GROUPS[key]))


def describe_unknown(where: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, and which one is close to it, or which ones there are."""
    names = [*known]
    close = suggest_name(name, names)
    return f"{_shorten(where)}: is unknown{close or '; there are ' + ', '.join(names)}"


def _shorten(where: str) -> str:
    return where if where.isprintable() and len(where) < _MOST_SHOWN else short_repr(where)


_MOST_SHOWN = 80


def read_column(where: str, value: object, faults: list[str]) -> str:
    """Return the name of a column."""
    if isinstance(value, str) and (name := value.strip()) and is_keepable(name):
        return name
    faults.append(f"{where} must be the name of a column, not {short_repr(value)}")
    return ""


def read_words(where: str, value: object, faults: list[str]) -> tuple[str, ...]:
    """Return words, or names of columns; a single one may stand for itself."""
    words = [value] if is_object(value) else to_list(value) or [value]
    texts = [word.strip() for word in words if is_text(word) and is_keepable(word)]
    if texts and all(texts) and len(texts) == len(words):
        return tuple(dict.fromkeys(texts))
    faults.append(f"{where} must be a list of texts, not {short_repr(value)}")
    return ()


_NUMBER = r"[+-]?\d+(?:[.]\d+)?(?:e[+-]?\d+)?"
_SCALE = re.compile(rf"\s*({_NUMBER})\s*[.][.]\s*({_NUMBER})\s*", re.ASCII | re.IGNORECASE)


def read_scale_text(where: str, value: object, faults: list[str]) -> Scale | None:
    """Return the scale of a text such as `0..1`."""
    found = _SCALE.fullmatch(value) if isinstance(value, str) else None
    scale = None
    if found is not None:
        scale = read_scale((float(found[1]), float(found[2])), [])
    if scale is None:
        wanted = "the lowest and the highest score, such as '0..1' or '0..10'"
        faults.append(f"{where} must be {wanted}, not {short_repr(value)}")
    return scale


def read_grades(where: str, value: object, faults: list[str]) -> Mapping[str, float]:
    """Return the score of each grade."""
    if not is_object(value) or not value:
        wanted = "the scores of words, such as {A = 90, B = 70}"
        faults.append(f"{where} must be {wanted}, not {short_repr(value)}")
        return {}
    grades: dict[str, float] = {}
    seen: set[str] = set()
    for name, score in value.items():
        number = exact_number(score)
        grade = name.strip()
        if not grade or not is_keepable(grade):
            faults.append(f"{where}: {short_repr(name)} is no grade")
        elif fold_grade(grade) in seen:
            faults.append(f"{where}: {short_repr(grade)} is given twice")
        elif number is None or not LOWEST_SCORE <= number <= TOP_SCORE:
            wanted = f"a number from {LOWEST_SCORE} to {TOP_SCORE}"
            faults.append(f"{where}: {short_repr(grade)} must be {wanted}, not {short_repr(score)}")
        else:
            grades[grade] = float(number)
        seen.add(fold_grade(grade))
    return grades


def read_unknown(where: str, value: object, faults: list[str]) -> Unknown:
    """Return what is done with leads of whom it is not known whether they fit."""
    if isinstance(value, str) and value in set(Unknown):
        return Unknown(value)
    faults.append(f"{where} must be {' or '.join(Unknown)}, not {short_repr(value)}")
    return Unknown.TAKE


_Reader: TypeAlias = Callable[[str, object, list[str]], Setting | None]
_READERS: Mapping[str, _Reader] = {
    "id": read_column,
    "score": read_column,
    "scale": read_scale_text,
    "grades": read_grades,
    "yes": read_words,
    "no": read_words,
    "unknown": read_unknown,
    "block": read_words,
    "need": read_words,
    "prospect": read_column,
}
"""How each setting is read, also those of an option."""

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "block": tuple(channel.value for channel in Channel),
    "need": tuple(channel.value for channel in Channel),
    "prospect": tuple(PROSPECT_FIELDS),
}
"""The names in the tables of the table."""


def _check_words(settings: Settings, yes: str, no: str, faults: list[str]) -> None:
    """Check that no word means both."""
    both = _fold_words(settings, "yes") & _fold_words(settings, "no")
    faults += [f"{yes} and {no} both have {short_repr(word)}" for word in sorted(both)]


def _fold_words(settings: Settings, name: str) -> set[str]:
    return set(map(fold_word, cast("tuple[str, ...]", settings.get(name) or ())))


def read_option(name: str, value: object, faults: list[str]) -> Setting | None:
    """Return the value of a setting that an option has."""
    return _READERS[name.partition(".")[0]](_name_option(name), value, faults)


def _name_option(name: str) -> str:
    return f"--{name.replace('.', ' ')}"


# -- Options --------------------------------------------------------------------------------------


@frozen
class LeadsTable:
    """What a campaign's file says about the columns of leads; without a file, nothing."""

    path: str = ""
    settings: Settings = field(factory=dict[str, Any])

    def merge(self, options: Settings, faults: list[str], *, override: bool) -> LeadColumns:
        """Return the columns, with what options say besides; `faults` gets what they contradict.

        With `override` the options win. Columns that close a channel may be added to those of the
        file.
        """
        merged = {**self.settings, **options}
        if not override:
            faults += [
                self._describe_difference(name, options[name])
                for name in options
                if name in self.settings and not _agrees(name, options[name], self.settings[name])
            ]
        _check_words(merged, "--yes", "--no", faults)
        return make_columns(merged)

    def _describe_difference(self, name: str, value: Setting | None) -> str:
        there = f"leads.{name} is {_show(self.settings[name])} in {self.path}"
        option = _name_option(name)
        advice = "--override uses the option"
        if name.startswith(_ADDING):
            advice = f"repeat {option.partition(' ')[0]} with what the file has, or {advice} alone"
        return f"{option} is {_show(value)}, but {there}; {advice}"


_ADDING = ("block.", "need.")


def _agrees(name: str, option: Setting | None, there: Setting | None) -> bool:
    """Return whether an option says what the file says; it may close a channel to more leads."""
    if name.startswith(_ADDING) and option and there:
        return {*cast("tuple[str, ...]", option)} >= {*cast("tuple[str, ...]", there)}
    return _is_same(option, there)


def _is_same(one: Setting | None, other: Setting | None) -> bool:
    """Return whether two values of a setting mean the same."""
    values = [_plain(value) for value in (one, other)]
    if any(value is None or isinstance(value, str | Mapping) for value in values):
        return values[0] == values[1]
    return set(cast("tuple[str, ...]", values[0])) == set(cast("tuple[str, ...]", values[1]))


def _show(value: Setting | None) -> str:
    """Return the value of a setting as an option has it."""
    plain = _plain(value)
    if isinstance(plain, str):
        return short_repr(str(plain))
    if isinstance(plain, Mapping):
        return short_repr(",".join(f"{name}={score:g}" for name, score in plain.items()))
    return ", ".join(map(short_repr, plain or ()))


# -- Writing --------------------------------------------------------------------------------------


def write_leads_table(columns: LeadColumns) -> str:
    """Return the table `[leads]` in TOML; what has its default is left out.

    >>> print(write_leads_table(LeadColumns(id="Lead ID", block={Channel.SMS: ["Stop"]})), end="")
    [leads]
    id = "Lead ID"
    score = "als_score"
    <BLANKLINE>
    [leads.block]
    sms = ["Stop"]
    """
    tables: dict[str, list[str]] = {"": ["[leads]"]}
    for name, value in list_settings(columns).items():
        group, _, part = name.rpartition(".")
        lines = tables.setdefault(group, ["", f"[leads.{group}]"])
        lines.append(f"{part} = {_write(value)}")
    return "".join(f"{line}\n" for lines in tables.values() for line in lines)


def _plain(value: Setting | None) -> str | tuple[str, ...] | Mapping[str, float] | None:
    return format_scale(value) if isinstance(value, Scale) else value


def format_scale(scale: Scale | None) -> str:
    """Return a scale as the table and the option have it; None is 0 to 100."""
    low, high = map(format_end, astuple(scale or FULL_SCALE))
    return f"{low}..{high}"


def _write(value: Setting | None) -> str:
    """Return a value in TOML."""
    plain = _plain(value)
    if isinstance(plain, str):
        return write_text(plain)
    if isinstance(plain, Mapping):
        pairs = (f"{write_text(name)} = {score!r}" for name, score in plain.items())
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(map(write_text, plain or ()))}]"


def write_text(text: str) -> str:
    """Return a text in TOML."""
    # JSON escapes what TOML does, except for one character.
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")

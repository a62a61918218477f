"""Prospects: what is known of people who may become leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias, cast

from attrs import field, frozen

from campaignkit.core._checks import as_int, is_text, optional_text_error, short_repr, to_text
from campaignkit.core._immutable import ImmutableBase
from campaignkit.errors import TargetingError
from campaignkit.targeting._company_size import CompanySize, employees_error
from campaignkit.targeting._folding import fold_parts, fold_words, to_phrase
from campaignkit.targeting._places import DEFAULT_CODES, split_regions


def _convert_size(size: CompanySize | str | int | None) -> CompanySize | None:
    # What is not a size stays as it is, to be refused with the other faults.
    try:
        return _read_size(size)
    except TargetingError:
        return cast("CompanySize", size)


def _read_size(size: CompanySize | str | int | None) -> CompanySize | None:
    if size is None or isinstance(size, CompanySize):
        return size
    if is_text(size):
        return CompanySize.parse(size) if size.strip() else None
    number = as_int(cast("int", size))
    if isinstance(number, bool) or not isinstance(number, int):
        kinds = "a whole number of employees or a band such as '11-50'"
        raise TargetingError([f"must be {kinds}, not {short_repr(size)}"])
    if fault := employees_error(number):
        raise TargetingError([fault])
    return CompanySize(number, number)


OptionalText: TypeAlias = Annotated[str, optional_text_error]


@frozen
class Prospect(ImmutableBase):
    """What is known of a person who may become a lead; None is unknown.

    A text without a word, such as "" or "-", is the same as None.

    Attributes:
        industry: The industry of the company, as text.
        title: The title of the person.
        company_size: A number of employees, a `CompanySize`, or a text that `CompanySize.parse`
            reads.
        location: Where the person is, such as "Melbourne, VIC".
        industry_phrase: The industry as it is compared.
        title_phrase: The title as it is compared.
        location_parts: The parts of the location as they are compared.
        places: These parts, with the default region codes as parts of their own.

    Raises:
        TargetingError: a field of another type, or an unreadable size; all faults together.

    >>> Prospect(title="Co-Founder & CEO", company_size="11-50").company_size
    CompanySize(low=11, high=50)
    """

    industry: OptionalText | None = None
    title: OptionalText | None = None
    company_size: CompanySize | None = field(default=None, converter=_convert_size)
    location: OptionalText | None = None
    industry_phrase: str | None = field(init=False, repr=False, eq=False)
    title_phrase: str | None = field(init=False, repr=False, eq=False)
    location_parts: tuple[str, ...] = field(init=False, repr=False, eq=False)
    places: tuple[str, ...] = field(init=False, repr=False, eq=False)

    def __str__(self) -> str:
        texts = {"industry": self.industry, "title": self.title, "location": self.location}
        known = [f"{name} {short_repr(text)}" for name, text in texts.items() if text is not None]
        if self.company_size is not None:
            known.append(f"company size {self.company_size}")
        return f"prospect ({', '.join(known) or 'nothing is known'})"

    def __attrs_post_init__(self) -> None:
        for name in ("industry", "title", "location"):
            text = getattr(self, name)
            if text is not None and type(text) is not str:
                object.__setattr__(self, name, to_text(text))
        texts = {"industry": self.industry, "title": self.title, "location": self.location}
        faults = [
            f"{name} {fault}"
            for name, text in texts.items()
            if text is not None and (fault := optional_text_error(text))
        ]
        faults += _size_faults(self.company_size)
        if faults:
            raise TargetingError(f"prospect: {fault}" for fault in faults)
        object.__setattr__(self, "industry_phrase", _optional_phrase(self.industry))
        object.__setattr__(self, "title_phrase", _optional_phrase(self.title))
        parts = fold_parts(self.location) if self.location else ()
        object.__setattr__(self, "location_parts", parts)
        object.__setattr__(self, "places", split_regions(parts, DEFAULT_CODES))


def _size_faults(size: CompanySize | None) -> Sequence[str]:
    try:
        _read_size(size)
    except TargetingError as error:
        return [f"company_size: {fault}" for fault in error.faults]
    return ()


def _optional_phrase(text: str | None) -> str | None:
    return to_phrase(words) if text and (words := fold_words(text)) else None

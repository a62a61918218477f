"""Leads: their ids, scores, and the channels on which they can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, TypeAlias, cast
from uuid import UUID

from attrs import field, frozen

from campaignkit.core._channels import ALL, SETS, Channel, channel_set
from campaignkit.core._checks import (
    LONGEST_ID,
    as_int,
    is_frame,
    is_text,
    short_repr,
    text_error,
    to_list,
    to_uuid,
)
from campaignkit.core._immutable import ImmutableBase, T
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import join_first
from campaignkit.domain._gate import check_score
from campaignkit.domain._lead_ids import LeadId, trim_id
from campaignkit.errors import LeadError, PlanError, ScoreError


@frozen
class Lead(ImmutableBase):
    """A lead that a campaign may assign to a channel.

    Attributes:
        id: Text, a whole number or a UUID. White space around text is removed, and everything else
            counts; see "Lead ids" in docs/reference/rules.md.
        als_score: The Agency Lead Score, from 0 to 100; None if the lead has none.
        reachable: The channels on which the lead can be reached. All by default.

    Raises:
        LeadError: a blank or strange id, a bad score, an unknown channel; all that is wrong.

    >>> Lead("lead-1", als_score=90, reachable={"email"})
    Lead(id='lead-1', als_score=90, reachable=frozenset({Channel.EMAIL}))
    """

    id: LeadId
    als_score: int | float | None = None
    reachable: frozenset[Channel] = field(default=SETS[ALL])

    def __str__(self) -> str:
        score = "no score" if self.als_score is None else f"score {self.als_score}"
        return f"lead {short_repr(self.id)} ({score})"

    def __attrs_post_init__(self) -> None:
        faults: list[str] = []
        if (lead_id := to_lead_id(self.id)) is not self.id:
            object.__setattr__(self, "id", lead_id)
        if fault := _id_error(self.id):
            faults.append(f"id {fault}")
        if self.als_score is not None:
            try:
                score = check_score(self.als_score)
            except ScoreError as error:
                faults.extend(f"als_{fault}" for fault in error.faults)
            else:
                if score is not self.als_score:
                    object.__setattr__(self, "als_score", score)
        if self.reachable is not SETS[ALL]:
            try:
                object.__setattr__(self, "reachable", channel_set(self.reachable))
            except (TypeError, ValueError) as error:
                raise_interruption(error)
                faults.append(f"reachable: {error}")
        if faults:
            raise LeadError([f"lead {short_repr(self.id)}: {fault}" for fault in faults])


_new, _set = object.__new__, object.__setattr__


def make_lead(lead_id: str, score: float | None, reachable: frozenset[Channel]) -> Lead:
    """Return a lead of values that were checked already, in a fraction of the time.

    `lead_id` is trimmed and can be kept by every store, `score` is from 0 to 100, and `reachable`
    has channels only.
    """
    lead = _new(Lead)
    _set(lead, "id", lead_id)
    _set(lead, "als_score", score)
    _set(lead, "reachable", reachable)
    return lead


def _id_error(value: object) -> str | None:
    if type(value) is str or is_text(value):
        return text_error(value)
    if type(value) is bool or not issubclass(type(value), (int, UUID)):
        return f"must be text, a whole number or a UUID, not {short_repr(value)}"
    return None


def to_lead_id(value: LeadId) -> LeadId:
    """Return an id as leads have it: trimmed text, an int or a UUID; anything else unchanged."""
    if type(value) is str or is_text(value):
        return trim_id(value)
    return to_uuid(value) if isinstance(value, UUID) else as_int(cast("int", value))


def check_id(lead_id: LeadId) -> LeadId:
    """Return a valid id.

    Raises:
        PlanError: not text, a whole number or a UUID.
    """
    found = to_lead_id(lead_id)
    if type(found) is bool or not issubclass(type(found), (str, int, UUID)):
        fault = f"must be text, a whole number or a UUID, not {short_repr(lead_id)}"
        raise PlanError([f"lead_id {fault}"])
    return found


def read_list(values: Iterable[T], what: str) -> list[T]:
    """Return an iterable as a list.

    Raises:
        PlanError: text, a dataframe, or anything that is not iterable.
    """
    if is_frame(values):
        kind = f"{type(values).__module__}.{type(values).__qualname__}"
        fault = f"must be a list or another iterable, not a dataframe ({kind})"
        instead = (
            "`frames.allocate` plans dataframes, `frames.share_out` shares them out, and "
            "`frames.record` admits their leads"
        )
        raise PlanError([f"{what} {fault}; {instead}"])
    found = to_list(values)
    if found is None:
        kind = "the text " if is_text(values) else ""
        raise PlanError(
            [f"{what} must be a list or another iterable, not {kind}{short_repr(values)}"]
        )
    return found


def get_ids(leads: Iterable[Lead], what: str = "leads") -> list[LeadId]:
    """Return the ids of leads.

    Raises:
        PlanError: a value is not a Lead.
    """
    leads = read_list(leads, what)
    if strangers := [lead for lead in leads if not isinstance(lead, Lead)]:
        raise PlanError([f"{what} must hold values of Lead only, not {name_some(strangers)}"])
    return [lead.id for lead in leads]


def to_text_ids(ids: Iterable[LeadId], what: str = "lead_ids") -> list[str]:
    """Return ids of leads as stores keep them: text trimmed, a UUID in its canonical form.

    Raises:
        PlanError: ids that are neither or too long, or what is not several.
    """
    texts, faults = _read_texts(ids, what)
    if faults:
        raise PlanError(faults)
    return texts


def to_storable_ids(ids: Iterable[LeadId], what: str = "lead_ids") -> list[str]:
    """Return ids that a store can keep, also without a lead: as `to_text_ids`, and not blank.

    Raises:
        PlanError: ids that cannot be stored, or what is not several.
    """
    texts, faults = _read_texts(ids, what)
    short = (text for text in texts if len(text) <= LONGEST_ID)  # the others are told already
    faults += [f"{what}: an id {fault}" for fault in dict.fromkeys(map(text_error, short)) if fault]
    if faults:
        raise PlanError(faults)
    return texts


def _read_texts(ids: Iterable[LeadId], what: str) -> tuple[list[str], list[str]]:
    """Return ids as text, without those that are none, and what is wrong with them.

    Raises:
        PlanError: what is not several.
    """
    ids = read_list(ids, what)
    others: list[LeadId] = []
    if set(map(type, ids)) == {str}:  # the usual ones, in a fraction of the time
        texts = [text.strip() or text for text in cast("list[str]", ids)]
    else:
        others = [one for one in ids if not isinstance(one, str | UUID)]
        texts = [str(to_lead_id(one)) for one in ids if isinstance(one, str | UUID)]
    faults: list[str] = []
    if others:
        faults.append(f"ids of text or UUIDs, not {name_some(others)}")
    if long := [text for text in texts if len(text) > LONGEST_ID]:
        faults.append(f"ids of at most {LONGEST_ID} characters, not {name_some(long)}")
    return texts, [f"{what}: a campaign's leads have {fault}" for fault in faults]


StoredLeads: TypeAlias = Annotated[tuple[Lead, ...], to_text_ids]
"""Leads with ids that a store can keep."""

MOST_NAMED = 5
"""How many of several values are named."""


def name_some(values: Sequence[object], total: int | None = None) -> str:
    """Return the first few values as text, and how many more there are, in `total` if given."""
    shown = [short_repr(value) for value in values[:MOST_NAMED]]
    return join_first(shown, len(values) if total is None else total)

"""Answers of tools: plain data that says what came of a call, each of a declared form.

The `outcome` of an answer is

- `done`: the `result` is what came of it;
- `suggested`: it waits for a user as a `suggestion`; `follow_up` is the call that returns it;
- `refused`: the `reasons` have stable codes; the same call is refused until something changes;
- `invalid`: the arguments must be corrected; the `faults` have their paths, and there are so many
  `more`;
- `unavailable`: the store did not answer; the same call may be repeated later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeAlias

import attrs

from campaignkit.core._decisions import Reason
from campaignkit.core._escaping import escape_text
from campaignkit.domain._suggestions import Suggestion
from campaignkit.errors import (
    CampaignKitError,
    ConflictError,
    CorruptRowError,
    HostRefusedError,
    InvalidError,
    NotFoundError,
    RefusedError,
    StoreUnavailableError,
    TransientConflictError,
)
from campaignkit.serialization._converters import quick_form
from campaignkit.serialization._json_schema import INTEGER, TEXT, Schema, enumeration_of, object_of
from campaignkit.serialization._read_errors import Fault, ReadError, render_path, split_path
from campaignkit.tools._results import ResultForm

Answer: TypeAlias = dict[str, Any]

FOLLOW_UP = "get_suggestion"
"""The tool that returns a suggestion as it is now."""

_CODES: Mapping[type[CampaignKitError], str] = {
    NotFoundError: "not_found",
    ConflictError: "conflict",
    CorruptRowError: "corrupt",
}
"""The codes of refusals that no `Reason` has."""

_HOST_REFUSED = "host_refused"

_UNAVAILABLE = (StoreUnavailableError, TransientConflictError)
_TRY_AGAIN = "the store did not answer; the same call may be repeated later, without harm"

_MOST_FAULTS = 20
"""So many faults are in an answer: of a thousand leads that are wrong, the first ones tell why."""

_HEAD = ("id", "state", "expires_at", "unassigned")
"""The fields of a suggestion that an answer has; the tool `FOLLOW_UP` returns all of them."""

_KINDS = attrs.fields_dict(attrs.resolve_types(Suggestion))
_FORMS = {name: quick_form(_KINDS[name].type) for name in _HEAD}


def make_done(result: ResultForm, outcome: object) -> Answer:
    """Return the answer to a call that was done."""
    return {"outcome": "done", "result": result.write(outcome)}


def make_suggested(suggestion: Suggestion) -> Answer:
    """Return the answer to a command that became a suggestion."""
    head = {name: form.write(getattr(suggestion, name)) for name, form in _FORMS.items()}
    follow_up = {"tool": FOLLOW_UP, "arguments": {"suggestion_id": head["id"]}}
    return {"outcome": "suggested", "suggestion": head, "follow_up": follow_up}


def make_invalid(faults: Iterable[Fault]) -> Answer:
    """Return the answer to arguments that must be corrected."""
    listed = [{"path": render_path(path), "message": str(fault)} for path, fault in faults]
    shown = listed[:_MOST_FAULTS]
    return {"outcome": "invalid", "faults": shown, "more": len(listed) - len(shown)}


def explain_error(error: CampaignKitError | ReadError, names: Collection[str]) -> Answer:
    """Return the answer to a call that failed; `names` are those of its arguments.

    Raises:
        CampaignKitError: an error that neither other arguments nor a later call can avoid.
    """
    if isinstance(error, ReadError):
        return make_invalid(error.faults)
    if isinstance(error, InvalidError):
        faults = [split_path(fault, names) for fault in error.faults]
        # Without an argument at fault, it is a function of the host, such as its oversight.
        if type(error) is InvalidError and not any(path for path, _ in faults):
            raise error
        return make_invalid(faults)
    if isinstance(error, RefusedError):
        reasons = zip(error.decision.reasons, error.decision.messages, strict=True)
        return _make_refused((reason.value, message) for reason, message in reasons)
    if isinstance(error, _UNAVAILABLE):
        return {"outcome": "unavailable", "message": _TRY_AGAIN}
    if isinstance(error, HostRefusedError):
        words = escape_text(repr(error.message))  # the host's, which may quote stored text
        return _make_refused([(_HOST_REFUSED, f"the host's database refused it: {words}")])
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return _make_refused([(code, str(error))])
    raise error


def _make_refused(reasons: Iterable[tuple[str, str]]) -> Answer:
    listed = [{"code": code, "message": message} for code, message in reasons]
    return {"outcome": "refused", "reasons": listed}


# --- their schemas ---------------------------------------------------------------------------


def make_answer_schema(result: ResultForm, *, may_suggest: bool, **more: Schema) -> Schema:
    """Return the schema of the answers of a tool; `more` are parts beside the result."""
    answers = [
        _outcome_schema("done", result=result.schema, **more),
        *([_SUGGESTED_SCHEMA] if may_suggest else []),
        *_FAILED_SCHEMAS,
    ]
    return {"type": "object", "required": ["outcome"], "oneOf": answers}


def _outcome_schema(outcome: str, **parts: Schema) -> Schema:
    return object_of({"outcome": {"const": outcome}, **parts}, ["outcome", *parts])


def _list_of(**parts: Schema) -> Schema:
    return {"type": "array", "items": object_of(parts, [*parts]), "minItems": 1}


_CODES_SCHEMA: Schema = {
    **TEXT,
    "enum": [*enumeration_of(Reason)["enum"], *_CODES.values(), _HOST_REFUSED],
}

_FAILED_SCHEMAS = [
    _outcome_schema("refused", reasons=_list_of(code=_CODES_SCHEMA, message=TEXT)),
    _outcome_schema("invalid", faults=_list_of(path=TEXT, message=TEXT), more=INTEGER),
    _outcome_schema("unavailable", message=TEXT),
]

_FOLLOW_UP_ARGUMENTS = object_of({"suggestion_id": _FORMS["id"].schema}, ["suggestion_id"])

_SUGGESTED_SCHEMA = _outcome_schema(
    "suggested",
    suggestion=object_of({name: form.schema for name, form in _FORMS.items()}, _HEAD),
    follow_up=object_of(
        {"tool": {"const": FOLLOW_UP}, "arguments": _FOLLOW_UP_ARGUMENTS}, ["tool", "arguments"]
    ),
)

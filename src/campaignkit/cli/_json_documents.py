"""The JSON Schemas of the documents that `--json` prints.

`DOCUMENTS` has a row for each command. A value is described by its own schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from campaignkit import (
    Allocation,
    ALSTier,
    ApprovalPreview,
    Assignment,
    Campaign,
    Channel,
    Event,
    Forecast,
    Intake,
    Lead,
    Overflow,
    Progress,
    Reason,
    Release,
    Suggestion,
    SuggestionHead,
    json_schema,
)
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS, Unknown
from campaignkit.clients import (
    ClientEvent,
    ClientPolicy,
    LeadRecord,
    LiveAssignment,
    Suppression,
)
from campaignkit.planning import Bottleneck, ComparedMix
from campaignkit.serialization._json_schema import (
    DIALECT,
    FLAG,
    INTEGER,
    TEXT,
    Schema,
    mapping_of,
    nullable,
    object_of,
    resolve_references,
)

Members: TypeAlias = Mapping[str, tuple[Schema | type, str]]
"""The members of an object, each with its schema, or its class, and what it is.

A member whose name ends in a question mark may be absent.
"""

EXEMPT: Final = frozenset({"completion", "json-schema", "mcp", "schema"})
"""The commands without `--json`: what they print is for programs as it is."""


def _reference(kind: Schema | type) -> Schema:
    return {"$ref": kind} if isinstance(kind, type) else kind


def _list_of(kind: Schema | type) -> Schema:
    return {"type": "array", "items": _reference(kind)}


def _describe_members(members: Members, title: str = "") -> Schema:
    properties = {
        name.removesuffix("?"): {**_reference(kind), "description": description}
        for name, (kind, description) in members.items()
    }
    named = {"title": title} if title else {}
    return {**named, **object_of(properties, [name for name in members if name[-1] != "?"])}


def _extend(kind: type, members: Members, *, is_partial: bool = False) -> Schema:
    """Return the schema of a value with more members; a partial value may lack any of its own."""
    own, more = json_schema(kind), _describe_members(members)
    required: list[str] = [] if is_partial else [*own.get("required", [])]
    required += more.get("required", [])
    return {
        "title": f"{kind.__name__} with {' and '.join(name.removesuffix('?') for name in members)}",
        "$defs": own.get("$defs", {}),
        **object_of({**own["properties"], **more["properties"]}, required),
    }


_TEXTS = _list_of(TEXT)
_PER_CHANNEL = mapping_of({"$ref": Channel}, None, INTEGER)
_PER_REASON = mapping_of({"$ref": Reason}, None, INTEGER)
_NAMES = mapping_of(TEXT, None, TEXT)

_READABLE = _extend(
    Campaign,
    {"faults": (mapping_of(TEXT, None, _TEXTS), "What is wrong with the fields that are absent.")},
    is_partial=True,
)
_PROGRESS = _extend(
    Progress,
    {
        "running?": (FLAG, "Whether the campaign admits leads on the day, limits apart."),
        "reasons?": (_list_of(Reason), "Why it does not run."),
        "capacity?": (INTEGER, "The number of leads that it still admits on the day."),
    },
)
_ROW_FAULT = _describe_members(
    {
        "column": (nullable(TEXT), "The column; null if it is the whole row."),
        "value": (TEXT, "What the cell has, or the beginning of it."),
        "expected": (TEXT, "What is accepted."),
    },
    "RowFault",
)
_BAD_ROWS = _describe_members(
    {
        "count": (INTEGER, "The number of rows."),
        "first": (
            _list_of(
                _describe_members(
                    {
                        "line?": (INTEGER, "The line on which the row begins."),
                        "row?": (INTEGER, "The number of the row, in a file without lines."),
                        "faults": (_list_of(_ROW_FAULT), "All that is wrong with the row."),
                    },
                    "BadRow",
                )
            ),
            "The first thousand of them.",
        ),
    },
    "BadRows",
)
_FORMAT: Members = {
    "format": ({**TEXT, "enum": ["csv", "excel", "parquet"]}, "How the file is written."),
    "delimiter?": (TEXT, "What separates the cells of a text file."),
    "encoding?": (TEXT, "The encoding of a text file."),
    "sheet?": (TEXT, "The sheet of an Excel file."),
    "header_line?": (INTEGER, "The line, or the row of an Excel file, with the header."),
}
_READ_AS = _describe_members(
    {
        **_FORMAT,
        "rows": (INTEGER, "The number of rows below the header."),
        "footer_lines": (INTEGER, "The number of lines below the rows that were left out."),
        "blank_columns": (_TEXTS, "The columns in use that are blank in all rows."),
    },
    "ReadAs",
)
_NEAR_DUPLICATES = _describe_members(
    {
        "count": (INTEGER, "The number of groups."),
        "first": (_list_of(_TEXTS), "The ids of the first thousand groups."),
    },
    "NearDuplicates",
)

_FIELD = {**TEXT, "enum": [*PROSPECT_FIELDS]}
_FITS = {
    "leads": (INTEGER, "The number of leads."),
    "fields": (
        mapping_of(_FIELD, None, INTEGER),
        "The number of them because of each field; a lead may have several.",
    ),
}
_ACTION = {**TEXT, "enum": [*Unknown]}
_TARGETING: Members = {
    "targeting": (
        nullable(
            _describe_members(
                {
                    "applied": (
                        mapping_of(_FIELD, None, _TEXTS),
                        "The fields that were compared with the targeting, and their columns.",
                    ),
                    "not_applied": (
                        _list_of(_FIELD),
                        "The fields that the targeting needs, and no column is mapped for.",
                    ),
                    "fit": (INTEGER, "The number of leads that fit."),
                    "no_fit": (_describe_members(_FITS, "NoFit"), "The leads that do not fit."),
                    "unknown": (
                        _describe_members(
                            {**_FITS, "action": (_ACTION, "What is done with them.")}, "UnknownFit"
                        ),
                        "The leads of whom it is not known whether they fit.",
                    ),
                    "unreadable": (_TEXTS, "The first thousand values that could not be read."),
                },
                "TargetingResult",
            )
        ),
        "How the leads fit the targeting of the campaign; null if it has none.",
    )
}

_ROW_VIEW = _describe_members(
    {
        "line?": (INTEGER, "The line on which the row begins."),
        "row?": (INTEGER, "The number of the row, in a file without lines."),
        "id": (TEXT, "The id of the lead."),
        "score": (TEXT, "The score as the cell has it, and from 0 to 100 if that differs."),
        "tier": (TEXT, "The tier; blank without a score."),
        "closed": (_list_of(Channel), "The channels that are closed to the lead."),
        "prospect": (_NAMES, "What is known of the lead, by the fields of a prospect."),
        "faults": (_TEXTS, "Why the row is refused."),
    },
    "RowView",
)
_USE: Members = {
    "column": (TEXT, "The name of the column."),
    "uses": (_TEXTS, "What it is for."),
}
_CLOSING = _describe_members(
    {
        "channel": (Channel, "The channel that is closed."),
        "column": (TEXT, "The column that closes it."),
        "because": ({**TEXT, "enum": ["blank", "value"]}, "Whether a blank or a value closes it."),
        "leads": (INTEGER, "The number of leads."),
    },
    "Closing",
)

_FRESH_TARGETING: Members = {
    "targeting?": _TARGETING["targeting"],
    "left_out?": (
        mapping_of(TEXT, None, {"$ref": Reason}),
        "Why suggested leads do not fit the targeting and are not approved, by their ids.",
    ),
}

_STORED: Members = {
    "campaign": ({"anyOf": [{"$ref": Campaign}, _READABLE]}, "The campaign as it is stored now.")
}
_CORRUPT: Members = {"corrupt": (_TEXTS, "The ids of what cannot be read in the database.")}
_APPLIED: Members = {
    "applied": (
        nullable({"$ref": Event}),
        "The event that has what was applied of it; null if it was not approved.",
    )
}
_CLIENT: Members = {"client_id": (TEXT, "The id of the client.")}
_WAITING: Members = {"suggestion": (Suggestion, "What waits for a user, since an AI acted.")}

_READ: Members = {
    "input": (TEXT, "The file of leads."),
    "read_as": (_READ_AS, "How the file was read."),
    "rows": (INTEGER, "The number of rows of the file of leads."),
    "leads": (INTEGER, "The number of leads among them."),
}
_FILE: Members = {**_READ, "output": (nullable(TEXT), "The file that was written.")}
_ASSIGNMENT = nullable({"$ref": Assignment})
_COUNTS: Members = {
    "carried": (_PER_CHANNEL, "The leads that each channel had before."),
    "target": (_PER_CHANNEL, "The leads that each channel should get by its share."),
    "counts": (_PER_CHANNEL, "The leads that each channel got."),
    "share": (
        mapping_of({"$ref": Channel}, None, {"type": ["number", "null"]}),
        "The percentage of each channel among all leads so far; null without leads.",
    ),
}
_TIERS = mapping_of(
    {**TEXT, "enum": [*ALSTier, "unscored"]},
    None,
    _describe_members(
        {
            "leads": (INTEGER, "The number of leads."),
            "channels": (_PER_CHANNEL, "The number of them on each channel."),
        },
        "TierCounts",
    ),
)
_WARNINGS: Members = {
    "bottlenecks": (_list_of(Bottleneck), "The channels that could not get their target, and why."),
    "near_duplicates": (_NEAR_DUPLICATES, "Ids that may mean one person."),
    "bad_rows": (_BAD_ROWS, "The rows that are no leads, and were left out."),
    "dropped_rows": (_BAD_ROWS, "The rows of leads of which another row was kept."),
}
_LEFT_OUT: Members = {name: _WARNINGS[name] for name in ("bad_rows", "dropped_rows")}
_SENTENCES: Members = {"sentences": (_TEXTS, "What there is to say about it.")}
_UNASSIGNED: Members = {
    "unassigned": (_PER_REASON, "The number of leads without a channel, for each reason.")
}

_INTAKE: Members = {
    **_FILE,
    "preview": (FLAG, "Whether this only shows what an intake would do."),
    "horizon": (
        {"type": ["integer", "string"]},
        "The number of days that the leads are to last, or end.",
    ),
    "campaign": (Campaign, "The campaign, with these changes."),
    "created": (FLAG, "Whether the intake creates the campaign."),
    "activated": (FLAG, "Whether it activates the campaign."),
    "changes": (_TEXTS, "What --update changes in the stored campaign."),
    "admitted": (INTEGER, "The number of leads that were admitted."),
    "already": (INTEGER, "The number of leads that were in the campaign before."),
    "deferred": (_PER_REASON, "The number of leads kept for later, for each reason."),
    "later_days": (_TEXTS, "What is planned for the days of the horizon."),
    **_UNASSIGNED,
    **_TARGETING,
    **_COUNTS,
    "tiers": (_TIERS, "The leads of each tier that are admitted."),
    **_WARNINGS,
    "progress": (_PROGRESS, "The progress after the intake."),
}

_CHECK: Members = {
    "input": (TEXT, "The file of leads."),
    "read_as": (_READ_AS, "How the file was read."),
    "leads": (INTEGER, "The number of leads."),
    "columns": (
        _list_of(
            _describe_members(
                {**_USE, "blank": (INTEGER, "The number of leads without a value in it.")},
                "CheckedColumn",
            )
        ),
        "The columns that are used.",
    ),
    "unused_columns": (_TEXTS, "The other columns."),
    "first_rows": (_list_of(_ROW_VIEW), "The first ten rows as they are read."),
    "tiers": (
        mapping_of({**TEXT, "enum": [*ALSTier, "unscored"]}, None, INTEGER),
        "The number of leads in each tier.",
    ),
    "closed": (_list_of(_CLOSING), "The channels that are closed, and by what."),
    "values_that_close_nothing": (
        mapping_of(TEXT, None, mapping_of(TEXT, None, INTEGER)),
        "The most frequent values that close nothing, of columns with values that do.",
    ),
    **_TARGETING,
    "near_duplicates": (_NEAR_DUPLICATES, "Ids that may mean one person."),
    "bad_rows": (_BAD_ROWS, "The rows that are no leads."),
    "dropped_rows": (_BAD_ROWS, "The rows of leads of which another row was kept."),
    "error?": (TEXT, "Why a command would refuse the file; then the exit code is 1."),
}

DOCUMENTS: Final[Mapping[str, Sequence[Members]]] = {
    "init": [
        {
            "input": (TEXT, "The file of leads."),
            "read_as": (_describe_members(_FORMAT, "Format"), "How the file is written."),
            "output": (TEXT, "The campaign's file that was written."),
            "campaign?": (Campaign, "The campaign; absent with --update."),
            "columns": (
                _list_of(_describe_members(_USE, "UsedColumn")),
                "The columns that are used.",
            ),
            "first_rows": (_list_of(_ROW_VIEW), "The first ten rows as they are read."),
            "notes": (_TEXTS, "What is not certain."),
            "rows_looked_at": (INTEGER, "The number of rows that were looked at."),
            "refused": (INTEGER, "How many of them a command would refuse."),
        }
    ],
    "check": [_CHECK],
    "allocate": [
        {
            **_FILE,
            **_TARGETING,
            "placed": (INTEGER, "The number of leads that got a channel."),
            "allocation": (Allocation, "The shares of the channels, in percent."),
            "overflow": (Overflow, "What happens to leads above the shares."),
            "at_most": (_PER_CHANNEL, "The caps of channels."),
            **_COUNTS,
            "tiers": (_TIERS, "The leads of each tier."),
            **_UNASSIGNED,
            **_WARNINGS,
        }
    ],
    "intake": [
        _INTAKE,
        {
            "campaign": (Campaign, "The campaign as it is stored now."),
            "created": (FLAG, "Whether this command created the campaign, as a draft."),
            "suggestions": (_list_of(Suggestion), "What waits for a user, since an AI acted."),
            **_TARGETING,
        },
    ],
    "preview": [_INTAKE],
    "compare": [
        {
            **_READ,
            **_TARGETING,
            "mixes": (
                mapping_of(
                    TEXT,
                    None,
                    _extend(
                        ComparedMix,
                        {"shortfall": (_PER_CHANNEL, "The leads that are missing."), **_SENTENCES},
                    ),
                ),
                "The mixes by their names.",
            ),
            **_LEFT_OUT,
        }
    ],
    "forecast": [
        {
            **_READ,
            **_TARGETING,
            "already": (INTEGER, "The number of leads that are in the campaign already."),
            "contacted": (INTEGER, "The number of leads that were released as contacted."),
            "forecasts": (
                mapping_of(TEXT, None, _extend(Forecast, _SENTENCES)),
                "The forecast for each horizon.",
            ),
            **_LEFT_OUT,
        }
    ],
    "explain": [
        {
            "lead": (Lead, "The lead as it was read."),
            "explanation": (TEXT, "Why it gets its channel, or none."),
            "read_as": (_READ_AS, "How the file was read."),
        },
        {
            "assignment": (_ASSIGNMENT, "Its channel in the campaign; null if it is not in it."),
            "explanation": (TEXT, "Whether it is in the campaign."),
            "record": (LeadRecord, "What campaigns have had to do with the lead."),
        },
    ],
    "suggestions": [
        {
            "suggestions": (
                _list_of(
                    _extend(
                        SuggestionHead, {"campaign": (TEXT, "Name of the campaign."), **_APPLIED}
                    )
                ),
                "The suggestions, without their leads.",
            ),
            **_CORRUPT,
        }
    ],
    "suggestion": [
        {"suggestion": (Suggestion, "The suggestion, with its leads."), **_STORED, **_APPLIED},
    ],
    "approve": [
        {
            "preview": (ApprovalPreview, "What an approval would do now; with --preview."),
            "read_as?": (_READ_AS, "How the file of --leads was read."),
            "rows?": (INTEGER, "The number of its rows."),
            "bad_rows?": (_BAD_ROWS, "The rows that are no leads."),
            "strangers?": (_TEXTS, "Its leads that were not suggested."),
            **_FRESH_TARGETING,
        },
        {
            "suggestion": (Suggestion, "The suggestion, decided."),
            "campaign?": (Campaign, "The campaign after a change of it."),
            "intake?": (Intake, "What an approved assignment of leads did."),
            "release?": (Release, "What an approved release of leads did."),
            "read_as?": (_READ_AS, "How the file of --leads was read."),
            "rows?": (INTEGER, "The number of its rows."),
            "bad_rows?": (_BAD_ROWS, "The rows that are no leads."),
            "strangers?": (_TEXTS, "Its leads that were not suggested."),
            **_FRESH_TARGETING,
        },
    ],
    "reject": [{"suggestion": (Suggestion, "The suggestion, or what is left of it.")}],
    "show": [
        {
            **_STORED,
            "client_room?": (
                _PER_CHANNEL,
                "The leads that the client's limits leave on the day of --day.",
            ),
            "progress": (_PROGRESS, "The progress of the campaign."),
        },
        {
            "campaigns": (
                _list_of(
                    _extend(
                        Campaign,
                        {"admitted_total": (INTEGER, "The leads that it admitted.")},
                    )
                ),
                "All campaigns; without CAMPAIGN.",
            ),
            **_CORRUPT,
        },
    ],
    "activate": [_STORED, _WAITING],
    "pause": [_STORED, _WAITING],
    "resume": [_STORED, _WAITING],
    "edit": [{**_STORED, "changes": (_TEXTS, "What has changed, in words.")}, _WAITING],
    "complete": [_STORED, _WAITING],
    "delete": [_STORED, _WAITING],
    "restore": [
        {**_STORED, "released?": (INTEGER, "The number of leads that were released.")},
        _WAITING,
    ],
    "history": [{**_STORED, "events": (_list_of(Event), "The events, in order."), **_CORRUPT}],
    "release": [{"release": (Release, "What was released.")}, _WAITING],
    "policy": [
        {**_CLIENT, "policy": (ClientPolicy, "The rules that the campaigns share.")},
        {
            **_CLIENT,
            "policy": (ClientPolicy, "The rules, as they were set."),
            "doubles": (
                nullable(INTEGER),
                "The leads in several campaigns though rules allow one; null if they allow more.",
            ),
        },
        {"events": (_list_of(ClientEvent), "Who changed what; with --history."), **_CORRUPT},
    ],
    "suppress": [
        {
            "leads": (INTEGER, "The number of leads that are suppressed."),
            "already": (INTEGER, "How many of them were suppressed like that before."),
            "assignments": (_list_of(LiveAssignment), "What was assigned to them before."),
        }
    ],
    "unsuppress": [{"lifted": (_list_of(Suppression), "The suppressions that were lifted.")}],
    "suppressions": [
        {"suppressions": (_list_of(Suppression), "The suppressions of the client."), **_CORRUPT},
        {
            "assignments": (
                _list_of(LiveAssignment),
                "What was assigned to suppressed leads; with --assigned.",
            ),
            **_CORRUPT,
        },
    ],
    "lead": [
        {
            "record": (LeadRecord, "What campaigns have had to do with the lead."),
            "campaigns": (_NAMES, "The names of these campaigns by their ids."),
        }
    ],
    "erase": [{"erased": (INTEGER, "The number of leads that were erased.")}],
    "feed": [
        {
            "events": (_list_of(Event), "The events behind the cursor."),
            "next": (TEXT, "The cursor behind them."),
            **_CORRUPT,
        }
    ],
    "verify": [{"differences": (_TEXTS, "What differs; empty, or the command fails.")}],
}
"""The documents of each command, of which it prints one."""

ERROR: Final[Members] = {
    "error": (TEXT, "What is wrong, in one sentence."),
    "faults?": (_TEXTS, "All that is wrong, one by one."),
    "reasons?": (_list_of(Reason), "The rules that refuse."),
    "differences?": (_TEXTS, "What differs from what is needed."),
    "rows?": (INTEGER, "The number of rows of the file of leads."),
    "bad_rows?": (_BAD_ROWS, "The rows that are no leads."),
    "strangers?": (_TEXTS, "The leads that were not suggested."),
}
"""The document of a command that fails."""

WARNINGS: Final[Members] = {"warnings": (_TEXTS, "What the report warns of.")}
"""What the document of each command that succeeds has as well."""


def make_schema(command: str) -> Schema:
    """Return the JSON Schema of what a command prints with `--json`."""
    definitions: dict[str, Schema] = {}

    def refer(kind: type) -> str:
        definitions[kind.__name__] = _separate(json_schema(kind), definitions)
        return f"#/$defs/{kind.__name__}"

    kinds = [_describe_members({**members, **WARNINGS}) for members in DOCUMENTS[command]]
    error = {"title": "Error", **_describe_members(ERROR)}
    resolved = [resolve_references(kind, refer) for kind in (*kinds, error)]
    return {
        "$schema": DIALECT,
        "title": f"campaignkit {command} --json",
        "anyOf": [_separate(kind, definitions) for kind in resolved],
        "$defs": dict(sorted(definitions.items())),
    }


def _separate(schema: Any, definitions: dict[str, Schema]) -> Any:  # noqa: ANN401  # any node
    """Return a schema without its definitions, and add these to others."""
    if isinstance(schema, list):
        return [_separate(node, definitions) for node in cast("Sequence[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    members = cast("Schema", schema)
    definitions.update(members.get("$defs", {}))
    return {
        name: _separate(node, definitions)
        for name, node in members.items()
        if name not in {"$defs", "$schema"}
    }

"""JSON Schemas accept what `from_dict` accepts, and no more than JSON Schema cannot tell apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import campaignkit as ck
from campaignkit.serialization import ROW_FIELDS
from campaignkit.testing import strategies as values
from tests.test_serialization import (
    A_UUID,
    ANYTHING,
    FLAT,
    KINDS,
    NESTED,
    WITH_FIELDS,
    Json,
    tampered,
)

Kind: TypeAlias = Any

FEWER = settings(max_examples=max(5, settings().max_examples // 20))  # for each of so many kinds

NUMBER = r"-?[\d.]+(e[+-]?\d+)?"
UNSAYABLE = (
    # Numbers, dates and times.
    rf"must be a whole number, not {NUMBER}",
    rf"""must be text, a whole number or a UUID such as {{"uuid": "…"}}, not {NUMBER}""",
    rf"""must be a number of days from 1 to 100,000, or "end", not {NUMBER}""",
    r"must be a number from 0 to 100, not nan",
    r"must be a date such as '2026-11-23', not '\d{4}-\d\d-\d\d'",
    r"must be a date and time with its offset such as .*, not '\d{4}-\d\d-\d\dT.*'",
    r"must lie within the years 1 to 9999 in UTC, not .*",
    # Fields that depend on each other.
    r"shares must add up to 100, not .*",
    r"bounds must fall from hot to cold, not .*",
    r".* is before start_date .*",
    r".* is not later than at .*",
    r".* does not fit decided_by .*",
    r"(updated_at )?must be None where the campaign was not changed",
    r"(company size: )?high must be \d+ or more, not \d+",
    r".* is more than admitted_total .*",
    r"must be None without one_campaign_per_lead, not \d+",
    # Text.
    r"(company_sizes\[\d+\]: )?company size must (be such as|contain a number) .*",
    r"must be text without NUL and lone surrogates, not .*",
    r"((leads|lead_ids): )?a campaign's leads have ids of at most 512 characters, not .*",
)
"""What `from_dict` may refuse although the schema accepts it: what `json_schema` lists."""

COMES_AGAIN = r"\$[^:]*\.(id|channels): .* comes more than once"  # in a list of entries

IS_UNSAYABLE = re.compile(rf"\$[^:]*: ({'|'.join(UNSAYABLE)})|{COMES_AGAIN}", re.DOTALL)


@cache
def validator_of(kind: Kind, *, flat: bool = False, formats: bool = False) -> Any:  # noqa: ANN401  # half typed
    checker = Draft202012Validator.FORMAT_CHECKER if formats else None
    return Draft202012Validator(ck.json_schema(kind, flat=flat), format_checker=checker)


def check_agreement(kind: Kind, plain: Json, *, flat: bool = False) -> None:
    """Check that a schema accepts what can be read, and else only what it cannot tell apart."""
    try:
        ck.from_dict(kind, plain, flat=flat)
    except ck.StructureError as error:
        unsaid = [fault for fault in error.faults if not IS_UNSAYABLE.fullmatch(fault)]
    else:
        validator_of(kind, flat=flat, formats=True).validate(plain)
        return
    assert unsaid == [] or not validator_of(kind, flat=flat).is_valid(plain)


# --- the schemas themselves --------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*KINDS, ck.Command])
def test_each_schema_is_one(kind: Kind) -> None:
    schema = ck.json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema
    assert {*references_in(schema)} <= {f"#/$defs/{name}" for name in schema.get("$defs", ())}
    for part in (schema, *schema.get("$defs", {}).values()):
        assert "oneOf" in part or part["title"].isidentifier()
        assert part.get("additionalProperties", False) is False
        assert not any(mark in part.get("description", "") for mark in (">>>", "\n"))


def references_in(schema: Json) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield str(schema["$ref"])
        for part in schema.values():
            yield from references_in(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from references_in(part)


def test_the_schema_of_a_campaign() -> None:
    schema = ck.json_schema(ck.Campaign)
    assert schema["title"] == "Campaign"
    assert [*schema["properties"]] == [*NESTED]
    assert schema["required"] == ["id", "client_id", "name", "created_at", "updated_at"]
    assert schema["properties"]["total_lead_limit"] == {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": 2**31 - 1,
        "default": None,
    }
    assert schema["properties"]["start_date"]["format"] == "date"
    assert schema["properties"]["created_at"]["format"] == "date-time"
    assert schema["properties"]["status"] == {"$ref": "#/$defs/CampaignStatus", "default": "draft"}
    assert schema["$defs"]["CampaignStatus"]["enum"] == [*ck.CampaignStatus]
    assert [*schema["$defs"]["Allocation"]["properties"]] == [*ck.Channel]


def test_the_schema_of_a_row_has_its_columns() -> None:
    schema = ck.json_schema(ck.Campaign, flat=True)
    assert [*schema["properties"]] == [*ROW_FIELDS]
    assert schema["properties"]["email_allocation"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
    }


def test_commands_are_told_apart_by_their_actions() -> None:
    schema = ck.json_schema(ck.Command)
    mapping = schema["discriminator"]["mapping"]
    assert schema["discriminator"]["propertyName"] == "action"
    assert {*mapping} == {*ck.Action}
    assert [{"$ref": place} for place in mapping.values()] == schema["oneOf"]
    for action, place in mapping.items():
        definition = schema["$defs"][place.removeprefix("#/$defs/")]
        assert definition["properties"]["action"] == {"const": action}
        assert "action" in definition["required"]


def test_a_changed_schema_leaves_the_next_one_as_it_was() -> None:
    first = ck.json_schema(ck.Campaign)
    first["properties"]["targeting"]["default"]["titles"].append("CEO")
    first["$defs"].clear()
    assert ck.json_schema(ck.Campaign) != first
    assert ck.json_schema(ck.Campaign)["properties"]["targeting"]["default"]["titles"] == []


@pytest.mark.parametrize("kind", [int, object, list[int], None, ck.CampaignService])
def test_what_has_no_plain_form_has_no_schema(kind: Any) -> None:  # noqa: ANN401  # any
    with pytest.raises(ck.StructureError, match="plain form"):
        ck.json_schema(kind)


# --- what they accept --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(data=st.data())
def test_every_value_is_valid(kind: type[object], data: st.DataObject) -> None:
    plain = ck.to_dict(data.draw(st.from_type(kind)))
    validator_of(cast("Kind", kind), formats=True).validate(plain)


@given(values.commands())
def test_every_command_is_valid(command: ck.Command) -> None:
    validator_of(ck.Command, formats=True).validate(ck.to_dict(command))


@given(values.campaigns())
def test_every_row_is_valid(campaign: ck.Campaign) -> None:
    validator_of(ck.Campaign, flat=True, formats=True).validate(ck.to_dict(campaign, flat=True))


@given(st.sampled_from(KINDS), ANYTHING)
def test_anything_is_accepted_or_refused_by_both(kind: type[object], plain: Json) -> None:
    check_agreement(kind, plain)


MISFITS: tuple[Any, ...] = (
    *(None, True, "", " ", "\0", "x", "\ufeff", "😀", "\x1f", "fax", "email", "Active", "pause"),
    *(-1, 0, 1, 100, 101, 2**31 - 1, 2**31, 10**12, 40.0, 0.5, 100.5, 1e300),
    *([], [None], ["email", "email"], ["CEO"], [""], {}, {"uuid": "x"}, {"fax": 0}),
    *("2026-11-23", "2026-02-30", "20261123", "2026-11-23\n", "2026-11-23T09:00:00Z"),
    *("2026-11-23T25:00:00Z", "2026-11-23T09:00:00", "9999-12-31T23:59:59-01:00"),
    *("01234567-89ab-4cde-8f01-23456789abcd", "01234567-89AB-4cde-8f01-23456789abcd\n"),
    *("{01234567-89ab-4cde-8f01-23456789abcd}", "0123456789ab4cde8f0123456789abcd"),
    *("x" * 500, "x" * 501, "x" * 512, "x" * 513, "x" * 10_000, "x" * 10_001, "1-10", "😀" * 500),
)


def with_one_misfit(data: st.DataObject, plain: Json) -> Any:  # noqa: ANN401  # any misfit
    """Return the plain form with a piece replaced, taken away or added, somewhere in it."""
    if not isinstance(plain, dict | list) or not plain or data.draw(st.integers(0, 9)) == 0:
        return data.draw(st.sampled_from(MISFITS))
    if isinstance(plain, list):
        place = data.draw(st.integers(0, len(plain) - 1))
        return [*plain[:place], with_one_misfit(data, plain[place]), *plain[place + 1 :]]
    name = data.draw(st.sampled_from([*plain]))
    match data.draw(st.integers(0, 9)):
        case 0:
            return {other: piece for other, piece in plain.items() if other != name}
        case 1:
            return {**plain, "fax": data.draw(st.sampled_from(MISFITS))}
        case _:
            return {**plain, name: with_one_misfit(data, plain[name])}


@pytest.mark.parametrize("kind", WITH_FIELDS)
@FEWER
@given(data=st.data())
def test_what_was_tampered_with_is_accepted_or_refused_by_both(
    kind: type[object], data: st.DataObject
) -> None:
    plain = ck.to_dict(data.draw(st.from_type(kind)))
    change = data.draw(st.sampled_from([with_one_misfit, with_one_misfit, tampered]))
    check_agreement(kind, change(data, plain))


@given(values.commands(), st.data())
def test_a_command_that_was_tampered_with_is_accepted_or_refused_by_both(
    command: ck.Command, data: st.DataObject
) -> None:
    check_agreement(ck.Command, with_one_misfit(data, ck.to_dict(command)))


def each_piece_replaced(plain: Json, depth: int) -> Iterator[Json]:
    """Give the plain form with each of its pieces replaced by each misfit, or taken away."""
    yield from MISFITS
    if isinstance(plain, dict) and depth:
        for name, piece in plain.items():
            yield {other: some for other, some in plain.items() if other != name}
            for changed in each_piece_replaced(piece, depth - 1):
                yield {**plain, name: changed}
    elif isinstance(plain, list) and depth:
        for place, piece in enumerate(plain):
            for changed in each_piece_replaced(piece, depth - 1):
                yield [*plain[:place], changed, *plain[place + 1 :]]


@pytest.mark.parametrize("kind", WITH_FIELDS)
@settings(max_examples=1)  # the plainest
@given(data=st.data())
def test_each_field_with_each_misfit(kind: type[object], data: st.DataObject) -> None:
    for plain in each_piece_replaced(ck.to_dict(data.draw(st.from_type(kind))), depth=1):
        check_agreement(kind, plain)


def test_each_piece_of_a_campaign_with_each_misfit() -> None:
    for plain in each_piece_replaced(dict(NESTED), depth=3):
        check_agreement(ck.Campaign, plain)
    for plain in each_piece_replaced(dict(FLAT), depth=2):
        check_agreement(ck.Campaign, plain, flat=True)


def test_ids_of_leads_in_commands_are_no_numbers() -> None:
    for lead_id in ("a", 7, {"uuid": A_UUID}, " ", "x" * 513, 7.0):
        plain: Any = {"action": "assign", "leads": [{"id": lead_id}], "day": "2026-11-23"}
        check_agreement(ck.AssignLeads, plain)


@FEWER
@given(values.approval_previews(), values.releases(), values.campaigns())
def test_an_outcome_is_one_of_several(
    preview: ck.ApprovalPreview, release: ck.Release, campaign: ck.Campaign
) -> None:
    plain = ck.to_dict(preview)
    both = {"release": ck.to_dict(release), "campaign": ck.to_dict(campaign)}
    for outcome in (both, {}, {"plan": 1}):
        plain["outcome"] = outcome
        check_agreement(ck.ApprovalPreview, plain)

"""pydantic and FastAPI take the values and commands as they are, in their plain form."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated, Any
from uuid import UUID

import attrs
import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

import campaignkit as ck
from campaignkit.domain._campaign import make_campaign
from campaignkit.storage import Page
from campaignkit.testing import strategies as values
from tests.test_json_schema import with_one_misfit
from tests.test_serialization import CAMPAIGN, KINDS, NESTED, WITH_FIELDS, Json, tampered

FEWER = settings(max_examples=max(5, settings().max_examples // 20))  # for each of so many kinds
AnyCommand = Annotated[ck.Command, Field(discriminator="action")]

ADAPTERS = {kind: TypeAdapter[Any](kind) for kind in KINDS}
OF_COMMANDS = TypeAdapter[Any](AnyCommand)


# --- pydantic ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(data=st.data())
def test_every_value_is_validated_and_dumped_in_its_plain_form(
    kind: type[object], data: st.DataObject
) -> None:
    value, adapter = data.draw(st.from_type(kind)), ADAPTERS[kind]
    plain = ck.to_dict(value)
    assert adapter.validate_python(value) is value
    assert adapter.validate_python(plain) == value
    assert adapter.validate_json(ck.to_json(value)) == value
    assert adapter.dump_python(value, mode="json") == plain
    assert ck.from_json(kind, adapter.dump_json(value)) == value


@pytest.mark.parametrize("kind", WITH_FIELDS)
@FEWER
@given(data=st.data())
def test_what_cannot_be_read_is_told_with_the_same_words(
    kind: type[object], data: st.DataObject
) -> None:
    change = data.draw(st.sampled_from([with_one_misfit, tampered]))
    plain = change(data, ck.to_dict(data.draw(st.from_type(kind))))
    try:
        value = ADAPTERS[kind].validate_python(plain)
    except ValidationError as error:
        told = error.errors()
    else:
        assert ck.from_dict(kind, plain) == value
        return
    with pytest.raises(ck.StructureError) as refused:
        ck.from_dict(kind, plain)
    for one, fault in zip(told, refused.value.faults, strict=True):
        assert fault.endswith(f": {one['msg']}")


@pytest.mark.parametrize("kind", WITH_FIELDS)
def test_the_json_schema_is_that_of_the_library(kind: type[object]) -> None:
    expected = ck.json_schema(kind)
    del expected["$schema"]
    for mode in ("validation", "serialization"):
        assert described(ADAPTERS[kind].json_schema(mode=mode)) == described(expected)


def described(schema: Json) -> Json:
    """Return a schema without what pydantic itself says of an enumeration: its whole docstring."""
    if isinstance(schema, list):
        return [described(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    left_out = {"description"} if "enum" in schema else set[str]()
    return {name: described(part) for name, part in schema.items() if name not in left_out}


class Launch(BaseModel):
    """A model of a host."""

    campaign: ck.Campaign
    leads: list[ck.Lead] = []
    commands: list[AnyCommand] = []
    counts: ck.ChannelCounts | None = None


def test_values_are_fields_of_models() -> None:
    launch = Launch.model_validate(
        {"campaign": NESTED, "leads": [{"id": "a"}], "commands": [{"action": "pause"}]}
    )
    assert launch == Launch(campaign=CAMPAIGN, leads=[ck.Lead("a")], commands=[ck.Pause()])
    assert launch.model_dump()["campaign"] == NESTED
    assert Launch.model_validate_json(launch.model_dump_json()) == launch


def test_all_faults_are_told_with_their_paths() -> None:
    wrong = {
        "campaign": {**NESTED, "daily_lead_limit": 0, "targeting": {"titles": ["CEO", 5]}},
        "leads": [{"id": "a"}, {"id": "b", "als_score": 101}],
        "commands": [{"action": "edit", "fields": {"name": " "}}, {"action": "fly"}],
        "counts": {"fax": 1},
    }
    with pytest.raises(ValidationError) as refused:
        Launch.model_validate(wrong)
    told = {one["loc"]: (one["msg"], one["input"]) for one in refused.value.errors()}
    assert told.keys() == {
        ("campaign", "daily_lead_limit"),
        ("campaign", "targeting", "titles", 1),
        ("leads", 1, "als_score"),
        ("commands", 0, "edit", "fields", "name"),
        ("commands", 1),
        ("counts", "fax"),
    }
    assert told["campaign", "targeting", "titles", 1] == ("must be text, not 5", 5)
    assert told["leads", 1, "als_score"] == ("must be a number from 0 to 100, not 101", 101)


def test_what_is_missing_shows_what_it_is_missing_in() -> None:
    with pytest.raises(ValidationError) as refused:
        ADAPTERS[ck.planning.Bottleneck].validate_python({"channels": [], "room": 1})
    (error,) = refused.value.errors()
    assert (error["loc"], error["msg"]) == (("wanted",), "is missing")
    assert error["input"] == {"channels": [], "room": 1}
    assert refused.value.title.endswith("[Bottleneck()]")


@given(values.commands(), st.data())
def test_commands_are_told_apart_by_their_actions(command: ck.Command, data: st.DataObject) -> None:
    plain = ck.to_dict(command)
    assert OF_COMMANDS.validate_python(plain) == command
    assert OF_COMMANDS.validate_python(command) is command
    assert OF_COMMANDS.dump_python(command) == plain
    assert TypeAdapter[Any](ck.Command).validate_python(plain) == command
    wrong = with_one_misfit(data, plain)
    try:
        read = OF_COMMANDS.validate_python(wrong)
    except ValidationError:
        with pytest.raises(ck.StructureError):
            ck.from_dict(ck.Command, wrong)
    else:
        assert ck.from_dict(ck.Command, wrong) == read


def test_what_can_be_read_of_a_corrupt_row_is_a_response_too() -> None:
    partial = make_campaign({**attrs.asdict(CAMPAIGN, recurse=False), "name": " "})
    adapter = ADAPTERS[ck.Campaign]
    assert adapter.validate_python(partial) is partial
    plain = adapter.dump_python(partial)
    assert plain == ck.to_dict(partial)
    assert (plain["id"], [*plain["faults"]]) == (str(CAMPAIGN.id), ["name"])


def test_a_class_without_a_plain_form_is_refused() -> None:
    with pytest.raises(ck.StructureError, match="has no plain form"):
        TypeAdapter(Page[ck.Campaign, UUID])


def test_pydantic_is_loaded_by_hosts_that_use_it_only() -> None:
    program = """
import sys, campaignkit as ck
ck.from_dict(ck.Lead, ck.to_dict(ck.Lead("a"))), ck.json_schema(ck.Campaign)
print([name for name in sys.modules if name.startswith("pydantic")])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


# --- FastAPI -----------------------------------------------------------------------------------

app = FastAPI()


@app.post("/campaigns")
def create(campaign: Annotated[ck.Campaign, Body()]) -> ck.Campaign:
    return campaign


@app.get("/campaigns", response_model=list[ck.Campaign])
def list_campaigns() -> Any:  # noqa: ANN401  # of the response model
    return [CAMPAIGN]


@app.patch("/campaign", response_model=ck.Campaign)
def edit(edit: Annotated[ck.Edit, Body()]) -> ck.Campaign:
    return CAMPAIGN.edit(at=CAMPAIGN.updated_at, **edit.edits)


@app.post("/commands", response_model=ck.Decision)
def submit(command: Annotated[ck.Command, Body(discriminator="action")]) -> ck.Decision:
    return CAMPAIGN.can(command.action, **(command.edits if isinstance(command, ck.Edit) else {}))


@app.get("/channels/{channel}")
def count(channel: ck.Channel, client_id: UUID) -> ck.ChannelCounts:
    assert client_id == CAMPAIGN.client_id
    return ck.ChannelCounts({channel: 1})


CLIENT = TestClient(app)


def test_bodies_and_responses_have_the_plain_form() -> None:
    assert CLIENT.post("/campaigns", json=NESTED).json() == NESTED
    assert CLIENT.get("/campaigns").json() == [NESTED]
    body = {"action": "edit", "fields": {"name": "Zug", "end_date": None}}
    assert CLIENT.patch("/campaign", json=body).json()["name"] == "Zug"
    decided = CLIENT.post("/commands", json={"action": "activate"}).json()
    assert (decided["allowed"], decided["reasons"]) == (False, ["illegal_transition"])
    url = f"/channels/sms?client_id={CAMPAIGN.client_id}"
    assert CLIENT.get(url).json() == ck.to_dict(ck.ChannelCounts({"sms": 1}))


def test_a_wrong_body_is_a_422_with_the_paths() -> None:
    broken = CLIENT.post("/campaigns", json={**NESTED, "name": "", "allocation": {"sms": 101}})
    assert broken.status_code == 422
    assert [(one["loc"], one["msg"]) for one in broken.json()["detail"]] == [
        (["body", "allocation", "sms"], "must be from 0 to 100, not 101"),
        (["body", "name"], "must not be blank, but is ''"),
    ]
    body = {"action": "assign", "leads": [{"id": " "}], "day": "soon"}
    broken = CLIENT.post("/commands", json=body)
    assert broken.status_code == 422
    assert [one["loc"] for one in broken.json()["detail"]] == [
        ["body", "assign", "leads", 0, "id"],
        ["body", "assign", "day"],
    ]


def test_the_openapi_document_has_each_variant_of_a_command() -> None:
    document = CLIENT.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    content = document["paths"]["/commands"]["post"]["requestBody"]["content"]
    body = content["application/json"]["schema"]
    assert {*body["discriminator"]["mapping"]} == {*ck.Action}
    for action, place in body["discriminator"]["mapping"].items():
        assert {"$ref": place} in body["oneOf"]
        variant = schemas[place.removeprefix("#/components/schemas/")]
        assert variant["properties"]["action"] == {"const": action}
    assert schemas["Campaign"]["properties"]["targeting"]["$ref"] == (
        "#/components/schemas/Targeting"
    )
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    # Each class is there once, whether it is a body, a response, or a part of one.
    assert not [name for name in schemas if name.endswith(("-Input", "-Output", "__"))]

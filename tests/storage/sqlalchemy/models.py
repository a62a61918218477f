"""The tables of a host that uses SQLModel, which reads annotations as it defines a class."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Column, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, Relationship, SQLModel

from campaignkit.storage.sqlalchemy import adopt_table


class Model(SQLModel, registry=registry()):
    """The base of the host's classes."""

    metadata = MetaData()


class ModelClient(Model, table=True):
    """A client, in a table of another name."""

    __tablename__ = cast(Any, "accounts")
    id: UUID = Field(primary_key=True)
    name: str
    campaigns: list["ModelCampaign"] = Relationship()


def texts() -> Any:
    """Give a column of texts, as both databases have it."""
    kind = ARRAY(Text()).with_variant(JSON(none_as_null=True), "sqlite")
    return Field(default=None, sa_column=Column(kind))


class ModelCampaign(Model, table=True):
    """A campaign, in a table of another name, without most of the columns."""

    __tablename__ = cast(Any, "outreach")
    id: UUID = Field(primary_key=True)
    client_id: UUID = Field(foreign_key="accounts.id")
    name: str
    status: str = "draft"
    target_industries: list[str] | None = texts()
    target_titles: list[str] | None = texts()
    target_company_sizes: list[str] | None = texts()
    target_locations: list[str] | None = texts()
    email_allocation: int = 100
    daily_lead_limit: int = 50


ADOPTED = adopt_table(cast(Any, ModelCampaign).__table__)

"""The SQL of the tables, for a host that creates or upgrades them by hand."""

from __future__ import annotations

from sqlalchemy import MetaData

from campaignkit import InvalidError
from campaignkit.core._checks import short_repr
from campaignkit.core._escaping import escape_text
from campaignkit.storage.sqlalchemy import Tables, define_tables, schema, upgrade_script
from campaignkit.storage.sqlalchemy._store import default_tables
from campaignkit.storage.sqlalchemy._tables import PREFIX


def write_script(
    dialect: str,
    *,
    clients: str | None,
    own_schema: str | None,
    prefix: str,
    upgrade_from: int | None,
    faults: list[str],
) -> str:
    """Return the SQL that creates the tables, or upgrades those of a version; add what is wrong."""
    if fault := _name_fault("--clients", clients):
        faults.append(fault)
    if upgrade_from is not None and clients is not None:
        faults.append("--clients is for new tables, not for an upgrade")
    tables = read_tables(own_schema, prefix, faults)
    if tables is None:
        own_schema, prefix = None, PREFIX  # so that what else is wrong is found
    try:
        if upgrade_from is None:
            return schema(dialect, clients=clients, schema=own_schema, prefix=prefix)
        return upgrade_script(tables or default_tables(), dialect, upgrade_from)
    except InvalidError as error:
        faults.extend(error.faults)
        return ""


def read_tables(own_schema: str | None, prefix: str, faults: list[str]) -> Tables | None:
    """Return the tables of these names; add what is wrong, and then return None."""
    if fault := _name_fault("--schema", own_schema):
        faults.append(fault)
    try:
        return define_tables(MetaData(), clients=None, schema=own_schema, prefix=prefix)
    except InvalidError as error:
        faults.extend(f"--{fault}" for fault in error.faults)
        return None


def _name_fault(option: str, name: str | None) -> str | None:
    if name is None or escape_text(name) == name:
        return None
    return f"{option} must be printable, not {short_repr(name)}"

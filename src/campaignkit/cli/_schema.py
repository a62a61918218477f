"""The SQL of the tables, for a host that creates or upgrades them by hand."""

from __future__ import annotations

from sqlalchemy import MetaData

from campaignkit import InvalidError
from campaignkit.core._checks import short_repr
from campaignkit.core._escaping import escape_text
from campaignkit.storage.sqlalchemy import define_tables, schema, upgrade_script


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
    for option, name in (("--clients", clients), ("--schema", own_schema)):
        if name is not None and escape_text(name) != name:
            faults.append(f"{option} must be printable, not {short_repr(name)}")
    if upgrade_from is not None and clients is not None:
        faults.append("--clients is for new tables, not for an upgrade")
    try:
        if upgrade_from is None:
            return schema(dialect, clients=clients, schema=own_schema, prefix=prefix)
        tables = define_tables(MetaData(), clients=None, schema=own_schema, prefix=prefix)
        return upgrade_script(tables, dialect, upgrade_from)
    except InvalidError as error:
        faults.extend(error.faults)
        return ""

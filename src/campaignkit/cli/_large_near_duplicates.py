"""Near-duplicate ids in a table of DuckDB."""

# The SQL is composed of names from this package only.
# DuckDB leaves a part of its functions without types:
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import duckdb

from campaignkit.cli._leads_csv import MOST_BAD_ROWS
from campaignkit.cli._plan_summary import NearDuplicates
from campaignkit.domain._lead_ids import fold_id

_FOLD = "campaignkit_fold"


def group_near_duplicates(
    database: duckdb.DuckDBPyConnection, table: str, column: str
) -> NearDuplicates:
    """Return the groups that `find_near_duplicates` would find; the ids are trimmed already.

    If every id is ASCII and lower case, no two different ids fold to the same text. Most files are
    like that, so this is checked first: it needs one pass and no memory, unlike grouping.
    """
    if database.table(table).select(column).types != ["VARCHAR"]:
        return NearDuplicates(0, ())
    is_ascii = f"NOT regexp_matches({column}, '[^\\x00-\\x7f]')"
    folded = f"{is_ascii} AND {column} = lower({column})"
    if not database.execute(f"FROM {table} WHERE NOT ({folded}) LIMIT 1").fetchall():
        return NearDuplicates(0, ())
    database.create_function(_FOLD, fold_id, ["VARCHAR"], "VARCHAR")
    key = f"CASE WHEN {is_ascii} THEN lower({column}) ELSE {_FOLD}({column}) END"
    database.execute(
        f"CREATE TABLE near AS SELECT list({column} ORDER BY {column}) AS ids"
        f" FROM {table} GROUP BY {key} HAVING count(*) > 1"
    )
    ((count,),) = database.execute("SELECT count(*) FROM near").fetchall()
    first = database.execute(f"FROM near ORDER BY ids LIMIT {MOST_BAD_ROWS}").fetchall()
    return NearDuplicates(count, [tuple(ids) for (ids,) in first])

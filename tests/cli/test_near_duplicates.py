"""Near-duplicate ids, of which each command that reads leads warns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignkit.cli._bad_rows import MOST_BAD_ROWS
from campaignkit.domain._lead_ids import find_near_duplicates
from tests.cli.campaigns import intake, write_campaign
from tests.cli.running import run, write_leads

IDS = [
    "Ann@x.com",
    "ann@x.com",
    "bob@x.com",
    "zoe\u0308",
    "Zo\u00eb",
    "\uff42ob@x.com",
    "\u212a",
    "k",
]
GROUPS = [["Ann@x.com", "ann@x.com"], ["Zo\u00eb", "zoe\u0308"], ["bob@x.com", "\uff42ob@x.com"]]
GROUPS.append(["k", "\u212a"])
SAID = "Nearly the same id, but different leads: 4 groups"


def write(folder: Path, ids: list[str]) -> Path:
    return write_leads(folder / "leads.csv", [(one, 90) for one in ids], "lead_id,als_score")


def near(*arguments: str | Path) -> dict[str, Any]:
    ran = run(*arguments, "--json")
    assert ran.code == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)["near_duplicates"]
    return found


def test_every_reader_finds_the_same(tmp_path: Path) -> None:
    leads = write(tmp_path, IDS)
    parquet = tmp_path / "leads.parquet"
    duckdb.read_csv(str(leads)).write_parquet(str(parquet))
    expected = {"count": 4, "first": GROUPS}
    assert near("allocate", leads) == expected
    assert near("allocate", parquet) == expected
    write_campaign(tmp_path)
    document = json.loads(intake(tmp_path, "--json").stdout)
    assert document["near_duplicates"] == expected
    assert document["admitted"] == len(IDS)


def test_the_report_warns_of_near_duplicates(tmp_path: Path) -> None:
    ran = run("allocate", write(tmp_path, IDS))
    assert ran.code == 0
    lines = ran.stdout.split("\n")
    at = lines.index(SAID)
    assert lines[at + 1 : at + 3] == ["  'Ann@x.com', 'ann@x.com'", "  'Zo\u00eb', 'zoe\u0308'"]
    write_campaign(tmp_path)
    assert SAID in intake(tmp_path).stdout


def test_ten_groups_are_printed_and_a_thousand_are_in_the_json(tmp_path: Path) -> None:
    leads = write(tmp_path, [f"{name}{n:04}" for n in range(1_100) for name in ("ann", "Ann")])
    shown = run("allocate", leads).stdout
    assert shown.count("'Ann") == 10
    assert "  and 1,090 more\n" in shown
    found = near("allocate", leads)
    assert (found["count"], len(found["first"])) == (1_100, MOST_BAD_ROWS)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.text(
            st.sampled_from("aA\u00e4\u00c4\u0308\uff41kK\u212a\u1e9e\u00dfs"),
            min_size=1,
            max_size=3,
        ),
        max_size=30,
        unique=True,
    )
)
def test_files_get_the_same_near_duplicates(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    leads = write(tmp_path_factory.mktemp("near"), ids)
    expected = [list(group) for group in find_near_duplicates(ids)]
    assert near("allocate", leads) == {"count": len(expected), "first": expected}

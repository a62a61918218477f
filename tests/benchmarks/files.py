"""What `allocate` and `intake` take for a large CSV file, beside DuckDB's own copy of it.

Fresh processes, turn by turn, and the time of the processor. The file has 25 columns and a fifth
of its cells in quotes; for a million leads it is some 520 MB, in a temporary folder meanwhile.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.harness import Benchmark, Effort, Figures, Within

_COPY = """
import sys, duckdb
with duckdb.connect() as database:
    database.execute("SET memory_limit = '500MB'")
    rows = f"FROM read_csv('{sys.argv[1]}', all_varchar = true)"
    database.execute(f"COPY ({rows}) TO '{sys.argv[2]}'")
"""
_OPTIONS = (
    *("--block", "email=do_not_email", "--block", "voice=do_not_call", "--need", "sms=phone"),
)
_LIMIT = 50
_CAMPAIGN = f"""
id = "5f0f3d5c-43f5-4c1b-9a37-0d1f6a1c7e52"
client_id = "7a1c2f5e-0d8b-4c55-9a53-0f2d7f1f3a10"
name = "Sydney agencies"
daily_lead_limit = {_LIMIT}
"""
_ADDED = ["tier", "channel", "reason"]
_WORDS = (
    *("Sydney", "Consulting, Pty", "Head of Marketing", "agency", "branding", "media buying"),
    *("hello world", "Österreich", "n/a", "2026-01-02", "yes", "no", "+61 400 000 000"),
    "https://example.com/a/very/long/path",
)
_MOST_MEMORY = 500_000_000
_ROUNDS = 5


def write_leads(path: Path, leads: int) -> None:
    """Write leads with a score each, in 25 columns."""
    chance = random.Random(7)
    texts = [" ".join(chance.choices(_WORDS, k=2)) for _ in range(1_000)]
    texts = [f'"{text}"' if "," in text else text for text in texts]
    head = ["lead_id", "als_score", "do_not_email", "do_not_call", "phone"]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*head, *(f"column_{n}" for n in range(20))]) + "\n")
        for number in range(leads):
            score = chance.randrange(1_001) / 10 if chance.random() > 0.1 else ""
            answers = chance.choices(["yes", "no", ""], k=2)
            phone = chance.choice(["", "+61 400 000 000"])
            cells = [
                f"lead-{number:08d}",
                str(score),
                *answers,
                phone,
                *chance.choices(texts, k=20),
            ]
            file.write(",".join(cells) + "\n")


@contextmanager
def _open_folder(leads: int) -> Generator[tuple[list[str], list[str], Path]]:
    """Open a folder with a file of leads; give the command, the peer, and the folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, ours, copy = (str(folder / f"{it}.csv") for it in ("leads", "ours", "copy"))
        write_leads(Path(path), leads)
        python = sys.executable
        yield (
            [python, "-m", "campaignkit", "allocate", path, *_OPTIONS, "--out", ours],
            [python, "-c", _COPY, path, copy],
            folder,
        )


def _run(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of the processor and the most bytes of memory that a process takes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def measure_time(effort: Effort) -> Figures:
    with _open_folder(effort.leads) as (ours, peer, _):
        rounds = [(_run(ours)[0], _run(peer)[0]) for _ in range(min(effort.rounds, _ROUNDS))]
    mine, theirs = zip(*rounds, strict=True)
    return Figures(ours=median(mine), peer=median(theirs))


def measure_memory(effort: Effort) -> Figures:
    with _open_folder(effort.leads) as (ours, _, _):
        return Figures(ours=_run(ours)[1], peer=_MOST_MEMORY)


def _make_intake(folder: Path) -> list[str]:
    """Return the command that admits the best leads of a folder to a new campaign."""
    path = folder / "campaign.toml"
    path.write_text(_CAMPAIGN, encoding="utf-8")
    database = folder / "campaigns.db"
    database.unlink(missing_ok=True)
    return [
        *(sys.executable, "-m", "campaignkit", "intake", str(path), str(folder / "leads.csv")),
        *("--db", f"sqlite:///{database}", "--by", "ann", "--day", "2026-11-23"),
        *("--today", "2026-11-23", *_OPTIONS, "--out", str(folder / "admitted.csv")),
    ]


def measure_intake(effort: Effort) -> Figures:
    with _open_folder(effort.leads) as (peer, _, folder):
        rounds = [
            (_run(_make_intake(folder))[0], _run(peer)[0])
            for _ in range(min(effort.rounds, _ROUNDS))
        ]
    mine, theirs = zip(*rounds, strict=True)
    return Figures(ours=median(mine), peer=median(theirs))


def check_intake() -> None:
    """The intake writes all cells of all rows as well, and admits as many leads as the limit."""
    with _open_folder(100) as (peer, _, folder):
        _run(peer)
        _run(_make_intake(folder))
        allocated, admitted = (
            [*csv.reader((folder / f"{it}.csv").read_text(encoding="utf-8").splitlines())]
            for it in ("ours", "admitted")
        )
    assert [row[:-5] for row in admitted] == [row[:-3] for row in allocated]
    assert [row[-2] for row in admitted].count("new") == _LIMIT


def check_rows() -> None:
    """Both write all cells of all rows, and ours adds its columns."""
    with _open_folder(100) as (ours, peer, folder):
        _run(ours)
        _run(peer)
        files = ("leads", "ours", "copy")
        there, mine, copied = (
            [*csv.reader((folder / f"{it}.csv").read_text(encoding="utf-8").splitlines())]
            for it in files
        )
    assert there == copied
    assert [row[:-3] for row in mine] == there
    assert mine[0][-3:] == _ADDED
    assert {row[-2] for row in mine[1:]} > {"email", "voice"}


def megabytes(amount: float) -> str:
    return f"{amount / 1e6:.0f} MB"


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="files-time",
        what="allocate 1,000,000 rows of 25 columns",
        peer="DuckDB copies the file",
        wanted=Within(3),
        measure=measure_time,
        check=check_rows,
    ),
    Benchmark(
        name="files-intake",
        what="intake of 1,000,000 rows of 25 columns",
        peer="allocate of the file",
        wanted=Within(1.5),
        measure=measure_intake,
        check=check_intake,
    ),
    Benchmark(
        name="files-memory",
        what="allocate 1,000,000 rows of 25 columns",
        peer="the limit",
        wanted=Within(1),
        measure=measure_memory,
        check=check_rows,
        show=megabytes,
    ),
)

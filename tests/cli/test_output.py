"""A file is written completely or not at all."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from campaignkit.cli._added_columns import ALLOCATION_COLUMNS
from campaignkit.cli._command_error import FileError
from campaignkit.cli._leads_file import open_leads
from campaignkit.cli._output import (
    check_new_columns,
    check_target,
    open_output,
)
from tests.cli.running import write_leads

ROWS = [["a", "b"], ["1", 'quo"te'], ["2", "new\nline"], ["3", "é"]]


def write(
    path: Path,
    rows: Iterable[Sequence[str]] = ROWS,
    *,
    encoding: str = "utf-8",
    line_end: str = "\n",
) -> None:
    with open_output(str(path)) as output:
        output.write(rows, encoding=encoding, line_end=line_end)


def test_rows_become_csv(tmp_path: Path) -> None:
    write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (
        'a,b\n1,"quo""te"\n2,"new\nline"\n3,é\n'.encode()
    )


def test_line_ends_and_byte_order_mark_are_written_as_requested(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write(path, ROWS[:2], encoding="utf-8-sig", line_end="\r\n")
    assert path.read_bytes() == b'\xef\xbb\xbfa,b\r\n1,"quo""te"\r\n'


@pytest.mark.parametrize("before", [None, "as it was"])
@pytest.mark.parametrize(
    "fault", [KeyboardInterrupt, BrokenPipeError, FileError, ZeroDivisionError]
)
def test_an_interrupted_write_leaves_the_folder_unchanged(
    tmp_path: Path, before: str | None, fault: type[BaseException]
) -> None:
    path = tmp_path / "out.csv"
    if before:
        path.write_text(before, encoding="utf-8")

    def rows() -> Iterator[Sequence[str]]:
        yield from ROWS
        assert len(list(tmp_path.iterdir())) == (2 if before else 1)  # a file for the time being
        raise fault("stop")

    with pytest.raises(fault):
        write(path, rows())
    left = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert left == ({"out.csv": before} if before else {})


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.touch(0o640)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    write(tmp_path / "out.csv")
    (tmp_path / "other").touch()
    assert (tmp_path / "out.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "folder" / "out.csv", tmp_path / "link.csv"
    target.parent.mkdir()
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes().startswith(b"a,b\n")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join()
    assert pipe.is_fifo()
    assert read[0].startswith(b"a,b\n")


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot write .*out\.csv: No such file or directory"):
        write(tmp_path / "none" / "out.csv")


def test_an_output_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="it is a folder"):
        check_target(str(tmp_path), [])
    with pytest.raises(FileError, match=r"there is no folder .*none"):
        check_target(str(tmp_path / "none" / "out.csv"), [])


def test_columns_that_would_be_added_twice_are_refused(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "leads.csv", [], header="lead_id,als_score,reason, tier ")
    with open_leads(str(leads)) as source, pytest.raises(FileError) as refused:
        check_new_columns(source, ALLOCATION_COLUMNS)
    assert refused.value.message == f"{leads} already has the columns that are added: tier, reason"

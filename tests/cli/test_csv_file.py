"""CSV files in every format are read, and faults are reported with their place."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import MOST_CHARACTERS, iterate_byte_lines
from campaignkit.cli._leads_file import LeadsSource, open_leads


def rows(file: LeadsSource) -> list[tuple[int, list[str]]]:
    return [(start, [*row]) for start, _, row in file.rows(lambda _: None)]


def write_file(folder: Path, content: bytes) -> str:
    path = folder / "leads.csv"
    path.write_bytes(content)
    return str(path)


def refusal(folder: Path, content: bytes) -> FileError:
    with pytest.raises(FileError) as refused, open_leads(write_file(folder, content)) as file:
        rows(file)
    return refused.value


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_byte_order_mark_do_not_matter(
    tmp_path: Path, *, bom: bytes, end: bytes, last: bool
) -> None:
    content = bom + end.join([b" a ,b", b"1,2", b"", b"3,4"]) + (end if last else b"")
    with open_leads(write_file(tmp_path, content)) as file:
        assert file.header == [" a ", "b"]
        assert file.columns == ["a", "b"]
        assert rows(file) == [(2, ["1", "2"]), (4, ["3", "4"])]
        assert file.describe() == ["comma", "UTF-8 with BOM" if bom else "UTF-8"]
        assert file.size == len(content)


def test_a_row_is_named_by_the_line_on_which_it_begins(tmp_path: Path) -> None:
    content = b'a,"b\nb"\n1,"2\r\n\r\n2"\n\n3,4\n'
    with open_leads(write_file(tmp_path, content)) as file:
        assert rows(file) == [(3, ["1", "2\r\n\r\n2"]), (7, ["3", "4"])]


def test_a_file_can_be_read_again_after_a_partial_read(
    tmp_path: Path,
) -> None:
    with open_leads(write_file(tmp_path, b"a\n" + b"1\n" * 100_000)) as file:
        half = file.rows(lambda _: None)
        next(half)
        assert len(rows(file)) == len(rows(file)) == 100_000


def test_progress_is_reported_in_bytes(tmp_path: Path) -> None:
    told: list[int] = []
    with open_leads(write_file(tmp_path, b"a\n" + b"1\n" * 100_000)) as file:
        list(file.rows(told.append))
        assert len(told) > 1
        assert told == sorted(told)
        assert told[-1] <= file.size


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content).message.endswith(
        "leads.csv is empty, expected a header line and then one lead a line"
    )


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot read .*none\.csv: No such file"):
        open_leads(str(tmp_path / "none.csv")).__enter__()
    with pytest.raises(FileError, match=r"cannot read .*: Is a directory"):
        open_leads(str(tmp_path)).__enter__()
    # It opens as any file does, and its first byte cannot be read.
    with pytest.raises(FileError, match=r"cannot read /proc/self/mem: Input/output error"):
        open_leads("/proc/self/mem").__enter__()


GOOD = "lead_id,name,é\n" + "1,Zoë 🙂,\n" * 50


@given(
    st.integers(0, len(GOOD.encode())), st.sampled_from([b"\xff", b"\xe9", b"\xc3", b"\xed\xa0"])
)
@example(20, b"\xff")
@example(len(GOOD.encode()), b"\xc3")
def test_a_byte_that_is_not_utf_8_is_named_by_its_offset(
    tmp_path_factory: pytest.TempPathFactory, at: int, bad: bytes
) -> None:
    content = GOOD.encode()
    at = max(at, 4)  # what the file begins with says what kind it is
    content = content[:at] + bad + content[at:]
    try:
        content.decode()
    except UnicodeDecodeError as error:
        offset, byte = error.start, content[error.start]
    else:
        return  # a lead byte before continuation bytes
    message = refusal(tmp_path_factory.getbasetemp(), content).message
    assert message.endswith(f"is not UTF-8: the byte at offset {offset} is 0x{byte:02x}")


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_the_offset_is_right_far_into_a_file_and_across_chunks(
    tmp_path: Path, before: bytes
) -> None:
    content = before + b"a\n" + f"{'é' * 999}\n".encode() * 1_100
    message = refusal(tmp_path, content + b"\xe9\n").message
    assert message.endswith(f"is not UTF-8: the byte at offset {len(content)} is 0xe9")


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b'a,b\n1,2\n3,"4\n5,6\n', 3, "unexpected end of data"),
        (b'a,b\n1,2\n\n3,"4"5\n', 4, "',' expected after '\"'"),
        (b"a\n" + b"x" * (MOST_CHARACTERS + 1), 2, "field larger than field limit (16777216)"),
        (b'a,b\n1,"2\n3\n4"5\n', 2, "',' expected after '\"'"),
    ],
)
def test_a_file_with_unclear_row_boundaries_is_refused(
    tmp_path: Path, content: bytes, line: int, why: str
) -> None:
    refused = refusal(tmp_path, content)
    assert refused.message.endswith(
        f"leads.csv cannot be read beyond the row that begins on line {line}: {why}"
    )
    assert refused.lines == ("a quote out of place hides where the rows end",)


def test_a_pipe_is_copied_before_it_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"a\n1\n2\n",))
    writer.start()
    with open_leads(str(pipe)) as file:
        writer.join()
        assert rows(file) == rows(file) == [(2, ["1"]), (3, ["2"])]
        assert file.size == 6


@given(st.lists(st.sampled_from(["a", "ä", '"', ",", "\n", "\r", "\r\n", "\x0b", "\x85"])))
def test_lines_of_bytes_are_the_lines_of_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    with tempfile.TemporaryFile(buffering=0) as opened:
        opened.write(text.encode())
        file: Any = opened
        lines = [*iterate_byte_lines(file, "leads.csv", lambda _: None)]
    assert [line.decode() for line in lines] == [*io.StringIO(text, newline="")]

"""Write rows to a file completely or not at all, or to standard output.

The path is checked first, against the files that the command uses.
"""

from __future__ import annotations

import csv
import errno
import os
import secrets
import stat
import sys
import unicodedata
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from attrs import frozen

from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import MOST_CHARACTERS
from campaignkit.cli._dialect import BOM
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._source import STDIN
from campaignkit.display._document import Part, Sentences

STDOUT = "-"

FORMATS: Final[Mapping[str, str]] = {
    ".csv": "csv",
    ".xlsx": "excel",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
}
"""The format of an output by the end of its name."""


def choose_format(path: str) -> str:
    """Return the format of an output; standard output, pipes and devices get CSV."""
    if path == STDOUT or (os.path.exists(path) and not os.path.isfile(path)):  # noqa: PTH110, PTH113
        return "csv"
    return next((kind for end, kind in FORMATS.items() if path.lower().endswith(end)), "csv")


# -- Where rows may be written --------------------------------------------------------------------


@frozen
class FileInUse:
    """A file that the command uses, and for what; it need not exist."""

    path: str
    use: str


def leads_file(leads: str) -> FileInUse:
    """Return the file of the leads; "-" is standard input."""
    return FileInUse(leads, "the leads are read from it")


def check_target(path: str, in_use: Iterable[FileInUse], option: str = "--out") -> None:
    """Check that an option's path can be written to, before anything is read or written.

    Raises:
        FileError: the path is a folder, its folder does not exist, or it leads to a file in use:
            under another spelling, through links, or with letters of another case.
    """
    folder = _resolve_path(path).parent
    if (why := next((file.use for file in in_use if _is_same(path, file.path)), None)) is not None:
        pass
    elif path == STDOUT:
        return
    elif _is_link_in_circle(path):
        why = "it is a symbolic link in a circle"
    elif Path(path).is_dir():
        why = "it is a folder"
    elif not folder.is_dir():
        why = f"there is no folder {folder}"
    else:
        return
    message = f"cannot write {option} {path}: {why}"
    raise FileError(message)


def check_new_columns(source: LeadsSource, added: Iterable[str]) -> None:
    """Check that a file has none of the columns that are added to it.

    Raises:
        FileError: lists the columns that it has.
    """
    if there := [name for name in added if name in source.columns]:
        message = f"{source.name} already has the columns that are added: {', '.join(there)}"
        raise FileError(message, ["rename these columns, or use the file without them"])


def describe_output(out: str | None, nowhere: str) -> list[Part]:
    """Return where the rows were written, or a sentence that they were not."""
    if out == STDOUT:
        return []
    return [Sentences([], nowhere if out is None else f"Wrote {out}")]


def _find_state(path: str, standard: str, stream: TextIO) -> os.stat_result | None:
    """Return the state of the file that a path leads to; `standard` names a standard stream."""
    try:
        return os.stat(stream.fileno() if path == standard else path)  # noqa: PTH116  # or a number
    except (OSError, ValueError):  # missing, or a stream without a descriptor
        return None


def _resolve_path(path: str) -> Path:
    return Path(os.path.realpath(path))  # a Path would not resolve links in a circle


def _is_same(path: str, used: str) -> bool:
    target, file = _find_state(path, STDOUT, sys.stdout), _find_state(used, STDIN, sys.stdin)
    if target is not None and file is not None:
        # Terminals and pipes may be read and written at the same time.
        return stat.S_ISREG(file.st_mode) and os.path.samestat(target, file)
    if target is not None or file is not None:
        return False
    one, other = _resolve_path(path), _resolve_path(used)
    folders = one.parent, other.parent
    return _fold_name(one.name) == _fold_name(other.name) and (
        folders[0] == folders[1]
        or (all(folder.is_dir() for folder in folders) and folders[0].samefile(folders[1]))
    )


def _is_link_in_circle(path: str) -> bool:
    """Return whether links form a circle, or are more than the system follows."""
    try:
        os.stat(path)  # noqa: PTH116  # Path says of such a link that nothing is there
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _fold_name(name: str) -> str:
    """Return a name as a file system that ignores case and Unicode forms sees it."""
    return unicodedata.normalize("NFKC", name).casefold()


# -- Writing --------------------------------------------------------------------------------------


@frozen
class Output:
    """A temporary file, or standard output, that rows are written to.

    `path` is where they get to at the end, and `name` says it in messages.
    """

    name: str
    path: str
    place: Path | None  # None is standard output

    def write(
        self,
        rows: Iterable[Sequence[str]],
        *,
        encoding: str,
        line_end: str,
        delimiter: str = ",",
    ) -> None:
        """Write rows as CSV that reads back cell by cell, and flush them to the disk.

        Raises:
            FileError: the rows cannot be written.
        """
        rows = iter(rows)
        first: Sequence[str] | None = next(rows, ())
        with self.explain_errors(), self.open_text(encoding) as file:
            lines = _Lines(file, line_end, self.name)
            # Marks at the start of a file are not read; one in quotes is.
            if first and first[0].startswith(BOM):
                quoted = csv.writer(
                    lines, lineterminator=_EITHER, delimiter=delimiter, quoting=csv.QUOTE_ALL
                )
                quoted.writerow(first)
                first = None
            writer = csv.writer(lines, lineterminator=_EITHER, delimiter=delimiter)
            writer.writerows(rows if first is None else chain([first], rows))

    @contextmanager
    def open_binary(self) -> Generator[BinaryIO]:
        """Open the file for bytes, and flush it to the disk at the end."""
        with open(self._find_target(), "wb", closefd=self.place is not None) as file:
            yield file
            file.flush()
            _sync(file)

    @contextmanager
    def explain_errors(self) -> Generator[None]:
        """Turn errors of the system into the end of the command."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            message = f"cannot write {self.name}: {error.strerror}"
            raise FileError(message) from error

    @contextmanager
    def open_text(self, encoding: str) -> Generator[TextIO]:
        """Open the file for text, and flush it to the disk at the end."""
        is_named = self.place is not None
        target = self._find_target()
        with open(target, "w", encoding=encoding, newline="", closefd=is_named) as file:
            yield file
            file.flush()
            _sync(file)

    def _find_target(self) -> Path | int:
        """Return the place, or the descriptor of standard output.

        Another file over the same descriptor is opened: Python would try to write again what a
        broken pipe left in the buffer of `sys.stdout`.
        """
        if self.place is not None:
            return self.place
        sys.stdout.flush()
        return sys.stdout.fileno()


_EITHER = "\r\n"


@frozen
class _Lines:
    """Ends lines with `line_end`, unlike the writer.

    Python before 3.11.9 puts a carriage return into quotes only where lines end with one. So the
    writer ends them with both characters that must be quoted.
    """

    file: TextIO
    line_end: str
    name: str

    def write(self, line: str) -> int:
        """Write a line of the writer, which writes them one by one.

        Raises:
            FileError: a cell is too long to be read back.
        """
        if len(line) > MOST_CHARACTERS:
            try:
                next(csv.reader([line]))
            except csv.Error as error:
                message = (
                    f"cannot write {self.name}: a cell has over {MOST_CHARACTERS:,} characters"
                )
                raise FileError(message, ["write Parquet, where a cell may be longer"]) from error
        return self.file.write(line.removesuffix(_EITHER) + self.line_end)


def _sync(file: TextIO | BinaryIO) -> None:
    """Flush a file to the disk, so that a full disk is noticed; skip pipes and devices."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fsync(file.fileno())


@contextmanager
def open_output(path: str) -> Generator[Output]:
    """Open an output whose rows replace the file at the path at the end, completely.

    Until then, and if nothing is written, the path stays as it is. Standard output, pipes and
    devices get the rows at once.

    Raises:
        FileError: the temporary file cannot get the name of the path.
    """
    if path == STDOUT:
        yield Output("to standard output", path, None)
        return
    target = Path(path)
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not stat.S_ISREG(mode):  # a pipe or a device cannot be replaced
        yield Output(path, path, target)
        return
    target = _resolve_path(path)
    new = target.with_name(f".campaignkit-{secrets.token_hex(8)}.tmp")
    output = Output(path, path, new)
    try:
        yield output
        if new.exists():
            with output.explain_errors():
                if mode is not None:
                    new.chmod(stat.S_IMODE(mode))
                new.replace(target)
    except BaseException:  # Ctrl-C as well
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise

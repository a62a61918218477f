"""Writing rows to a file wholly or not at all, or to standard output.

Where a file is to be written is checked first, against the files that the command reads or keeps.
"""

from __future__ import annotations

import csv
import errno
import os
import secrets
import stat
import sys
import unicodedata
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

from attrs import frozen

from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import MOST_CHARACTERS, STDIN, Source
from campaignkit.cli._leads_csv import ADDED
from campaignkit.display._document import Part, Sentences

STDOUT = "-"


# -- Where rows may be written --------------------------------------------------------------------


@frozen
class FileInUse:
    """A file that the command reads or keeps, and `use` says for what; it need not exist."""

    path: str
    use: str


def leads_in_use(leads: str) -> FileInUse:
    """Return the file of the leads as one in use; what "-" names is standard input."""
    return FileInUse(leads, "the leads are read from it")


def check_target(path: str, in_use: Iterable[FileInUse]) -> None:
    """Check that `--out` can be written there, before anything is read or written.

    Raises:
        FileError: the path is a folder, its folder is not there, or it leads to a file in use: by
            whatever spelling, through symbolic and hard links, and where the file system does not
            tell letters of either case apart.
    """
    target = _File.at(path, STDOUT, sys.stdout)
    if (why := next((file.use for file in in_use if _is_same(target, file)), None)) is not None:
        pass
    elif path == STDOUT:
        return
    elif _leads_nowhere(path):
        why = "it is a symbolic link in a circle"
    elif Path(path).is_dir():
        why = "it is a folder"
    elif not target.folder.is_dir():
        why = f"there is no folder {target.folder}"
    else:
        return
    message = f"cannot write --out {path}: {why}"
    raise FileError(message)


def check_added(source: Source, added: Iterable[str] = ADDED) -> None:
    """Check that a file does not have any of the columns that are to be added to its own.

    Raises:
        FileError: it has.
    """
    if taken := [name for name in added if name in source.columns]:
        message = f"{source.name} already has what is to be added: {', '.join(taken)}"
        raise FileError(message, ["rename these columns, or go on from the file without them"])


def describe_output(out: str | None, nowhere: str) -> list[Part]:
    """Return where the rows were written, or a sentence that they were not."""
    if out == STDOUT:
        return []
    return [Sentences([], nowhere if out is None else f"Wrote {out}")]


def is_parquet(path: str) -> bool:
    """Tell whether a file is Parquet, by its name."""
    return path.lower().endswith((".parquet", ".pq"))


@frozen
class _File:
    """What a path leads to, where there is something; and the place where it is or would be."""

    state: os.stat_result | None
    place: Path

    @property
    def folder(self) -> Path:
        return self.place.parent

    @classmethod
    def at(cls, path: str, standard: str, stream: TextIO) -> _File:
        """Follow a path; one of them stands for a standard stream."""
        try:
            state = os.stat(stream.fileno() if path == standard else path)  # noqa: PTH116  # or a number
        except (OSError, ValueError):  # not there, or no stream of the system's
            state = None
        return cls(
            state, Path(os.path.realpath(path))
        )  # a Path would not resolve links in a circle


def _is_same(target: _File, in_use: FileInUse) -> bool:
    file = _File.at(in_use.path, STDIN, sys.stdin)
    if target.state is not None and file.state is not None:
        # Terminals and pipes are read and written at once, and hold nothing.
        return stat.S_ISREG(file.state.st_mode) and os.path.samestat(target.state, file.state)
    if target.state is not None or file.state is not None:
        return False
    return _folded(target.place.name) == _folded(file.place.name) and (
        target.folder == file.folder
        or (target.folder.is_dir() and file.folder.is_dir() and target.folder.samefile(file.folder))
    )


def _leads_nowhere(path: str) -> bool:
    """Tell whether links lead back to one another, or are more than the system follows."""
    try:
        os.stat(path)  # noqa: PTH116  # Path says of such a link that nothing is there
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _folded(name: str) -> str:
    """Return a name as the file systems see it that tell the fewest names apart."""
    return unicodedata.normalize("NFKC", name).casefold()


# -- Writing --------------------------------------------------------------------------------------


@frozen
class Output:
    """Where rows are written for the time being; `name` is for messages."""

    name: str
    place: Path | None  # None is standard output

    def write(self, rows: Iterable[Sequence[str]], *, encoding: str, line_end: str) -> None:
        """Write rows as CSV, so that they are read again as they are, and have them on the disk.

        Raises:
            FileError: they cannot be written.
        """
        rows = iter(rows)
        first = next(rows, ())
        if first and first[0].startswith("\ufeff"):
            encoding = "utf-8-sig"  # else it would be taken for the file's own mark
        with self.in_words(), self._opened(encoding) as file:
            writer = csv.writer(_Lines(file, line_end, self.name), lineterminator=_EITHER)
            writer.writerows(chain([first], rows))
            file.flush()
            _sync(file)

    @contextmanager
    def open_binary(self) -> Generator[BinaryIO]:
        """Give the file itself, and have it on the disk afterwards."""
        with sys.stdout.buffer if self.place is None else self.place.open("wb") as file:
            yield file
            file.flush()
            _sync(file)

    @contextmanager
    def in_words(self) -> Generator[None]:
        """Turn what the system refuses into what ends a command."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            message = f"cannot write {self.name}: {error.strerror}"
            raise FileError(message) from error

    @contextmanager
    def _opened(self, encoding: str) -> Generator[TextIO]:
        if self.place is None:
            sys.stdout.flush()
            # A file of its own over the same descriptor: what a broken pipe left in it is not
            # tried again.
            descriptor = sys.stdout.fileno()
            with open(descriptor, "w", encoding=encoding, newline="", closefd=False) as file:
                yield file
        else:
            with self.place.open("w", encoding=encoding, newline="") as file:
                yield file


_EITHER = "\r\n"


@frozen
class _Lines:
    """Ends lines otherwise than the writer does.

    Python before 3.11.9 puts a carriage return into quotes only where lines end with one. So the
    writer ends them with both characters that must be quoted.
    """

    file: TextIO
    line_end: str
    name: str

    def write(self, line: str) -> int:
        """Write a line of the writer's, which come one by one.

        Raises:
            FileError: a cell is longer than one that is read.
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
    """Have a file on the disk, so that a disk that is full says so; pipes and devices have none."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fsync(file.fileno())


@contextmanager
def open_output(path: str) -> Generator[Output]:
    """Give something to write to: what is written comes to be at the path at the end, wholly.

    Whatever happens meanwhile, the path is as it was before; so it is if nothing is written. What
    is no file (standard output, a pipe, a device) gets the rows at once.

    Raises:
        FileError: what was written cannot be brought there.
    """
    if path == STDOUT:
        yield Output("to standard output", None)
        return
    target = Path(path)
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not stat.S_ISREG(mode):  # a pipe or a device cannot be replaced
        yield Output(path, target)
        return
    target = Path(os.path.realpath(path))
    new = target.with_name(f".campaignkit-{secrets.token_hex(8)}.tmp")
    output = Output(path, new)
    try:
        yield output
        if new.exists():
            with output.in_words():
                if mode is not None:
                    new.chmod(stat.S_IMODE(mode))
                new.replace(target)
    except BaseException:  # Ctrl-C as well
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise

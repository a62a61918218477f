"""The file of leads that a command reads, with all that its options say about it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from attrs import frozen

from campaignkit import Campaign, Targeting
from campaignkit.cli._command_error import FileError
from campaignkit.cli._dialect import FileOptions
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._lead_rows import Batch, Duplicates, check_bad_rows, read_leads
from campaignkit.cli._leads_file import LeadsSource, open_leads
from campaignkit.cli._output import FileInUse, check_target, leads_file, open_output
from campaignkit.cli._terminal import Stage
from campaignkit.cli._write_rows import write_rejects
from campaignkit.core._sentences import format_count

_NO_OPTIONS = FileOptions()


@frozen(kw_only=True)
class LeadsInput:
    """A file of leads, what its columns are, and what to do with bad rows.

    With `strict` warnings end the command; with `skip_bad` bad rows are left out. `rejects` is the
    file for the rows that are refused, and `campaign` the one whose file, at `campaign_path`, says
    what the columns are.
    """

    path: str
    columns: LeadColumns
    file: FileOptions = _NO_OPTIONS
    duplicates: Duplicates = Duplicates.REFUSE
    rejects: str | None = None
    strict: bool = False
    skip_bad: bool = False
    campaign: Campaign | None = None
    campaign_path: str | None = None

    def check_outputs(
        self,
        *,
        out: str | None = None,
        report: str | None = None,
        in_use: Iterable[FileInUse] = (),
    ) -> None:
        """Check that all files can be written, before anything is read or written.

        Raises:
            FileError: one cannot, or it is one in use, or two are the same.
        """
        used = [leads_file(self.path), *in_use]
        if self.campaign_path is not None:
            used.append(FileInUse(self.campaign_path, "the campaign is read from it"))
        targets = (("--out", out), ("--rejects", self.rejects), ("--report", report))
        for option, path in targets:
            if path is not None:
                check_target(path, used, option)
                used.append(FileInUse(path, f"{option} writes it"))

    @property
    def targeting(self) -> Targeting | None:
        """The targeting of the campaign, if there is one."""
        return None if self.campaign is None else self.campaign.targeting

    def require_campaign(self) -> Campaign:
        """Return the campaign of a command that always has one, as its file was read once."""
        assert self.campaign is not None  # noqa: S101  # the command names its file
        return self.campaign

    @contextmanager
    def open(self) -> Generator[LeadsSource]:
        """Open the file.

        Raises:
            CommandError: it cannot be read.
        """
        with open_leads(self.path, self.columns.list_wanted(), self.file) as file:
            yield file

    def read(
        self, file: LeadsSource, stage: Stage, undone: str, targeting: Targeting | None = None
    ) -> Batch:
        """Read the leads of the open file, and write the refused rows.

        With a `targeting` each row is judged: `Batch.targeting` then says how the leads fit.

        Raises:
            FileError: rows are bad and no option leaves them out, or all are; it says what is
                `undone` because of them. Or there are warnings, and the reading is strict.
        """
        tick = stage("reading", file.size)
        batch = read_leads(
            *(file, self.columns, tick, self.duplicates, targeting),
            campaign_path=self.campaign_path,
        )
        if not batch.bad.count:  # else the bad rows come first
            self.check_warnings(file.name, batch.warnings, undone)
        if self.rejects is not None:
            with open_output(self.rejects) as output:
                write_rejects(output, file, self.columns, batch)
        try:
            check_bad_rows(file.name, batch, undone, skip_bad=self.skip_bad)
        except FileError as error:
            if self.rejects is None:
                raise
            lines = [*error.lines, f"the refused rows are in {self.rejects}"]
            raise FileError(error.message, lines, error.details) from error
        return batch

    def check_warnings(self, name: str, warnings: Sequence[str], undone: str) -> None:
        """Check that there are no warnings, if they are to end the command.

        Raises:
            FileError: lists them, and says what is `undone` because of them.
        """
        if self.strict and warnings:
            number = format_count(len(warnings), "warning")
            message = f"{name}: {number} under --strict, so nothing was {undone}"
            raise FileError(message, warnings, {"warnings": list(warnings)})

"""The text of a campaign's file: a new one, and one whose table `[leads]` is replaced."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from campaignkit import Campaign, to_dict
from campaignkit.cli._campaign_toml import load_toml
from campaignkit.cli._cell_words import is_nothing
from campaignkit.cli._command_error import FileError
from campaignkit.cli._leads_table import write_text
from campaignkit.cli._output import open_output
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS, is_company_size
from campaignkit.core._escaping import escape_text

_MOST_TARGETS = 3
_LONGEST_TARGET = 60
_BOM = "\ufeff"

# -- A new file -----------------------------------------------------------------------------------


def create_campaign_file(
    path: str,
    campaign: Campaign,
    table: str,
    targets: Mapping[str, Sequence[str]],
    leads: str,
) -> None:
    """Write the file of a new campaign.

    Args:
        path: The path of the file.
        campaign: The campaign.
        table: The table `[leads]`.
        targets: Values that the targeting may look for, by the field of a prospect.
        leads: The name of the file of leads.

    Raises:
        FileError: the file exists, or cannot be written.
    """
    lines = [*_iterate_toml_lines(campaign, targets, leads)]
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as new, _remove_on_error(path):
            new.write("".join(f"{line}\n" for line in lines) + table)
            new.flush()
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise FileError(message) from error


@contextmanager
def _remove_on_error(path: str) -> Generator[None]:
    """Leave no file with half of a campaign: without its table [leads], an opt-out is forgotten."""
    try:
        yield
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


def _iterate_toml_lines(
    campaign: Campaign, targets: Mapping[str, Sequence[str]], leads: str
) -> Iterator[str]:
    plain = to_dict(campaign)
    text = {name: write_text(value) for name, value in plain.items() if isinstance(value, str)}
    yield f"# A campaign for `campaignkit intake`, made from {escape_text(leads)}."
    yield "# What is not named has its default."
    yield ""
    yield f"id = {text['id']}"
    yield f"client_id = {text['client_id']}  # the same in all campaigns of one client"
    yield f"name = {text['name']}"
    yield f"permission_mode = {text['permission_mode']}  # or autopilot, co_pilot, manual"
    yield ""
    yield f"daily_lead_limit = {plain['daily_lead_limit']}"
    yield _write_optional("total_lead_limit", plain["total_lead_limit"], "200")
    yield _write_optional("start_date", plain["start_date"], "2026-11-23")
    yield _write_optional("end_date", plain["end_date"], "2026-12-18")
    yield ""
    yield "[allocation]  # percentages that add up to 100"
    yield from (f"{channel} = {share}" for channel, share in plain["allocation"].items() if share)
    yield ""
    if any(targets.values()):
        yield "# Whom the campaign looks for; without this, everybody. Remove the # to use it."
        yield "# [targeting]"
        for field, values in targets.items():
            if values:
                yield f"# {PROSPECT_FIELDS[field]} = [{', '.join(map(write_text, values))}]"
        yield ""
    yield "# What the columns of a file of leads are; `campaignkit check` shows how one is read."


def _write_optional(name: str, value: object, example: str) -> str:
    return f"# {name} = {example}" if value is None else f"{name} = {value}"


def find_targets(field: str, cells: Iterable[str]) -> Iterator[str]:
    """Iterate over the most frequent values that a targeting may look for."""
    counts = Counter(cell.strip() for cell in cells)
    values = (cell for cell, _ in counts.most_common() if _is_target(field, cell))
    return islice(values, _MOST_TARGETS)


def _is_target(field: str, text: str) -> bool:
    if not text.isprintable() or len(text) > _LONGEST_TARGET or not any(map(str.isalnum, text)):
        return False
    if is_nothing(text):
        return False
    return field != "company_size" or is_company_size(text)


# -- A file that exists ---------------------------------------------------------------------------

_TABLE = re.compile(r"[ \t]*\[\[?[ \t]*(?P<name>leads|\"leads\"|'leads')?[ \t]*(?(name)[.\]]|)")


def update_campaign_file(path: str, table: str) -> None:
    """Write a campaign's file with another table `[leads]`, and all else as it is.

    Raises:
        FileError: the file cannot be read or written, or has the table in another form.
    """
    before = load_toml(path)
    with Path(path).open(encoding="utf-8", newline="") as file:
        text = file.read()
    end = "\r\n" if "\r\n" in text else "\n"
    new = replace_table(text, table.replace("\n", end))
    wanted = {**before, **tomllib.loads(table)}
    if not _is_toml(new.removeprefix(_BOM), wanted):
        message = f"{path} has its table [leads] in a form that cannot be replaced"
        raise FileError(
            message, ["remove it, and put the new one in its place:", *table.split("\n")]
        )
    with open_output(path) as output, output.explain_errors(), output.open_text("utf-8") as file:
        file.write(new)


def replace_table(text: str, table: str) -> str:
    """Return the text of a campaign's file with another table `[leads]`.

    The new one stands in the place of the old one, or at the end. Comments below the old one stay.
    """
    before: list[str] = []
    old: list[str] = []
    after: list[str] = []
    part = before
    for line in text.splitlines(keepends=True):
        if found := _TABLE.match(line):
            if found["name"]:
                part = old
            elif part is old:
                part = after
        part.append(line)
    if not old:
        gap = "" if not text or text.endswith(("\n\n", "\r\n\r\n")) else "\n"
        return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{gap}{table}"
    below = len(old)
    while below and (not old[below - 1].strip() or old[below - 1].lstrip().startswith("#")):
        below -= 1
    return "".join([*before, table, *old[below:], *after])


def _is_toml(text: str, wanted: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False

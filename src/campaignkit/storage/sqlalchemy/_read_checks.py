"""Checks of what is asked of a database, and of what it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._checks import text_error
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import StorageError
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._codec import Row, parse_uuid
from campaignkit.storage.sqlalchemy._driver_errors import CODELESS, is_unreadable, translate_errors


@contextmanager
def explain_unreadable(backend: Backend, read_one_by_one: Callable[[], None]) -> Generator[None]:
    """Name the row that a driver cannot decode: reading the rows one by one raises its error.

    Raises:
        CorruptRowError: there is such a row.
    """
    with translate_errors(backend.statements.ledger_names):
        try:
            yield
        except (SQLAlchemyError, *CODELESS) as error:
            raise_interruption(error)
            if is_unreadable(error):
                read_one_by_one()
            raise


def check_answer(rows: Sequence[Row], asked: Mapping[int, UUID]) -> None:
    """Refuse rows with other ids than those of the query, `asked` by the positions of columns.

    Two processes that share a connection, as after a fork, read each other's answers.

    Raises:
        StorageError: there is such a row.
    """
    for place, own in asked.items():
        for row in rows:
            if row[place] == own:
                continue
            # A value that is not an id makes a corrupt row, which `read` refuses.
            if isinstance(found := parse_uuid(row[place]), UUID) and found != own:
                refuse_answer(own, found)


def refuse_answer(asked: object, answered: object) -> NoReturn:
    msg = (
        f"the database was asked for {asked} and answered with {answered}: "
        "its connection is shared, perhaps with the process that this one was forked from"
    )
    raise StorageError(msg)


def keep_valid_ids(lead_ids: Collection[str]) -> list[str]:
    """Return each id once, without those that no lead can have."""
    return [lead_id for lead_id in dict.fromkeys(lead_ids) if not text_error(lead_id)]

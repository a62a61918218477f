"""Horizons: for how many days of intake a pool of leads is planned."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, TypeAlias, cast

from campaignkit.core._checks import as_int, integer_error, is_text, short_repr, to_text

Horizon: TypeAlias = int | Literal["end"]
"""A number of days of intake, today among them, or "end" for those to the campaign's end date."""

ForecastHorizon: TypeAlias = Horizon | Literal["pool"]
"""A horizon, or "pool" for the days that the leads of a forecast last."""

END: Final = "end"
POOL: Final = "pool"
LONGEST_HORIZON: Final = 100_000


def to_horizon(value: Horizon) -> Horizon:
    """Return a horizon as a plain int or text; anything else unchanged."""
    return cast("Horizon", to_forecast_horizon(value))


def to_forecast_horizon(value: ForecastHorizon) -> ForecastHorizon:
    """Return a horizon of a forecast as a plain int or text; anything else unchanged."""
    return to_text(value) if is_text(value) else as_int(value)  # type: ignore[return-value, arg-type]


def horizon_error(value: object) -> str | None:
    """Return what is wrong with a horizon, or None."""
    return _find_error(value, f'{_NUMBER_OF_DAYS}, or "{END}"', END)


def forecast_horizon_error(value: object) -> str | None:
    """Return what is wrong with a horizon of a forecast, or None."""
    return _find_error(value, f'{_NUMBER_OF_DAYS}, "{END}" or "{POOL}"', END, POOL)


_NUMBER_OF_DAYS = f"a number of days from 1 to {LONGEST_HORIZON:,}"


def _find_error(value: object, wanted: str, *words: str) -> str | None:
    is_valid = value in words if is_text(value) else not integer_error(value, 1, LONGEST_HORIZON)
    return None if is_valid else f"must be {wanted}, not {short_repr(value)}"


def missing_end_error(value: object, end_date: date | None) -> str | None:
    """Return what is wrong with a valid horizon of a campaign with this end date, or None."""
    if value == END and end_date is None:
        return f'must be a number of days: the campaign has no end date for "{END}"'
    return None


def count_horizon_days(horizon: Horizon, day: date, end_date: date | None) -> int:
    """Return the number of days of a horizon that begins on a day, none of them after the end date.

    It is at least 1. "end" without an end date is 1.
    """
    if end_date is None:
        return horizon if isinstance(horizon, int) else 1
    left = max(1, (end_date - day).days + 1)
    return min(horizon, left) if isinstance(horizon, int) else left


def describe_horizon(horizon: Horizon) -> str:
    """Say for how long leads are planned, as it follows the day; nothing for a single day.

    >>> describe_horizon(20), describe_horizon("end")
    (', planned for 20 days', ', planned to the end of the campaign')
    """
    if horizon == END:
        return ", planned to the end of the campaign"
    return "" if horizon == 1 else f", planned for {horizon:,} days"

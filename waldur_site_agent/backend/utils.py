"""Months, sums and limits: functions that 1.x plugins import from here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.units import exact, unit_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from waldur_site_agent.backend.component_types import Components

SECONDS = "%Y-%m-%dT%H:%M:%S"
MONTHS = 12


def get_current_time_in_timezone(timezone: str | None = None) -> datetime:
    """Tell the time in a zone; in the system's own where none is named or nobody knows it."""
    now = datetime.now(UTC)
    if not timezone:
        return now.astimezone()
    try:
        return now.astimezone(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError):
        # The three that zoneinfo raises for names that are unknown, malformed or folders.
        logger.warning("Unknown time zone %r; the system's own is used", timezone)
        return now.astimezone()


def format_current_month(timezone: str | None = None) -> tuple[str, str]:
    """Write the current month's first and last second, as :func:`format_month_period` does."""
    now = get_current_time_in_timezone(timezone)
    return format_month_period(now.year, now.month)


def format_month_period(year: int, month: int) -> tuple[str, str]:
    """Write a month's first and last second.

    Returns:
        For January 2024, ``("2024-01-01T00:00:00", "2024-01-31T23:59:59")``.

    Raises:
        ValueError: there is no such month.
    """
    first = datetime(year, month, 1)  # noqa: DTZ001 - written without a zone, read in the backend's
    following = datetime(year + month // MONTHS, month % MONTHS + 1, 1)  # noqa: DTZ001 - likewise
    return first.strftime(SECONDS), (following - timedelta(seconds=1)).strftime(SECONDS)


def generate_monthly_periods(
    start_year: int, start_month: int, end_year: int, end_month: int
) -> list[tuple[int, int, str, str]]:
    """List the months from one to another, both included.

    Returns:
        ``(year, month, first second, last second)`` each; empty where the end is before the start.

    Raises:
        ValueError: one of the months does not exist.
    """
    first, last = _index(start_year, start_month), _index(end_year, end_month)
    months = (divmod(index, MONTHS) for index in range(first, last + 1))
    return [(year, rest + 1, *format_month_period(year, rest + 1)) for year, rest in months]


def _index(year: int, month: int) -> int:
    if not 1 <= month <= MONTHS:
        raise ValueError(f"there is no month {month}")
    return year * MONTHS + month - 1


def sum_dicts(dicts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Add up amounts by key."""
    total: dict[str, float] = {}
    for amounts in dicts:
        for key, amount in amounts.items():
            total[key] = total.get(key, 0) + amount
    return total


def get_usage_based_limits(backend_components: Components) -> dict[str, int]:
    """Compute the fixed limits of components that are billed by usage.

    Such components are not ordered in amounts; the operator may cap each with ``limit``.

    Returns:
        ``limit`` times ``unit_factor`` by component, in whole backend units; components without a
        limit are left out.
    """
    return {
        name: int(exact(component["limit"]) * unit_factor(component))
        for name, component in backend_components.items()
        if component.get("accounting_type") == "usage" and component.get("limit") is not None
    }

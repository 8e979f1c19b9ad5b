"""What would be reported, as a table: aligned text, and with lines around it on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from waldur_site_agent.usage.plan import HeldBack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from waldur_site_agent.usage.dry_run import PlannedUsage
    from waldur_site_agent.usage.plan import Change

TITLES = ("resource", "period", "component", "user", "in Waldur", "measured", "")
NUMBERS = ("in Waldur", "measured")
INDENT = "  "


class Row(NamedTuple):
    """One line of the table."""

    resource: str
    period: str
    component: str = ""
    user: str = ""
    before: str = ""
    now: str = ""
    note: str = ""


def usage_lines(planned: Iterable[PlannedUsage]) -> Iterator[str]:
    """A table of what differs, what is held back and what cannot be told, and a last line."""
    rows: list[Row] = []
    total = quiet = 0
    for one in planned:
        mine = list(_rows(one))
        total += 1
        quiet += not mine
        rows += mine
    if rows:
        yield from _drawn(rows) if sys.stdout.isatty() else _aligned(rows)
    yield f"{INDENT}{quiet} of {total} resources and months need nothing"


def _rows(one: PlannedUsage) -> Iterator[Row]:
    period = str(one.month) if one.month else ""
    if one.trouble:
        yield Row(one.resource, period, note=f"nothing is sent: {one.trouble}")
    if one.plan is None:
        return
    for change in (*one.plan.totals, *one.plan.users, *one.plan.held_back):
        yield _row(one.resource, period, change)
    for component in one.plan.left_out:
        why = "left out: not billed by usage or limit in Waldur"
        yield Row(one.resource, period, component, note=why)


def _row(resource: str, period: str, change: Change) -> Row:
    return Row(
        resource,
        period,
        change.component,
        change.username,
        "" if change.before is None else str(change.before),
        str(change.now),
        f"HELD BACK: {change.reason}" if isinstance(change, HeldBack) else "",
    )


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    table = [TITLES, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = zip(row, widths, TITLES, strict=True)
        line = "  ".join(
            cell.rjust(width) if title in NUMBERS else cell.ljust(width)
            for cell, width, title in cells
        )
        yield f"{INDENT}{line}".rstrip()


def _drawn(rows: Sequence[Row]) -> Iterator[str]:
    from rich.console import Console  # noqa: PLC0415 - only for terminals
    from rich.table import Table  # noqa: PLC0415 - the same
    from rich.text import Text  # noqa: PLC0415 - the same

    table = Table()
    for title in TITLES:
        table.add_column(title, justify="right" if title in NUMBERS else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row), style="yellow" if row.note else "")
    console = Console()
    with console.capture() as captured:
        console.print(table)
    yield captured.get().rstrip("\n")

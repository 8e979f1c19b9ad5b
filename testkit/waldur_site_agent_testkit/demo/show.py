"""How the demo talks to whoever watches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waldur_site_agent_testkit.mastermind.state import Order

CONSOLE = Console(highlight=False)
HIDDEN = frozenset({"event", "level", "logger", "timestamp", "exception", "order", "resource"})


def act(number: int, title: str, story: str) -> None:
    """Announce an act."""
    CONSOLE.rule(f"[bold]{number}. {title}")
    CONSOLE.print(story)


def log_line(line: str) -> None:
    """One JSON line of the agent's log, readable."""
    try:
        record = json.loads(line)
    except ValueError:
        CONSOLE.print(f"  {line}", markup=False)
        return
    details = "  ".join(f"{k}={v}" for k, v in record.items() if k not in HIDDEN)
    CONSOLE.print(f"  agent: {record.get('event')}  {details}", markup=False, style="cyan")


def commands(lines: Sequence[str]) -> None:
    """The Slurm commands that a pass caused."""
    CONSOLE.print(f"  {len(lines)} Slurm commands:", style="dim")
    for line in lines:
        CONSOLE.print(f"    $ {line}", markup=False, style="dim")


def orders(rows: Iterable[Order]) -> None:
    """Orders and their resources as Waldur shows them."""
    table = Table("order", "resource", "order state", "resource state", "account", title="Waldur")
    for order in rows:
        resource = order.resource
        table.add_row(
            str(order.type),
            resource.name,
            str(order.state),
            str(resource.state),
            resource.backend_id or "-",
        )
    CONSOLE.print(table)


def accounts(rows: Iterable[tuple[str, str, str, int]]) -> None:
    """Accounts as Slurm shows them."""
    table = Table("account", "parent", "GrpTRESMins", "users", title="Slurm")
    for account, parent, limits, users in rows:
        table.add_row(account, parent, limits or "-", str(users))
    CONSOLE.print(table)

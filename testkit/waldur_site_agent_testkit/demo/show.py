"""How the demo talks to whoever watches."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waldur_site_agent_testkit.mastermind.state import Order, Resource
    from waldur_site_agent_testkit.mastermind.world import World

CONSOLE = Console(highlight=False)
HIDDEN = frozenset(
    {
        *("event", "level", "logger", "timestamp", "exception"),
        *("order", "resource", "look", "object", "broker", "line"),
    }
)
FIRST = ("offering", "order_type")
LONG_FORMAT = re.compile(r"format=[\w,]{30,}")


def act(number: int, title: str, story: str) -> None:
    """Announce an act."""
    CONSOLE.print()
    CONSOLE.rule(f"[bold]{number}. {title}")
    say(story)


def say(text: str) -> None:
    """Tell what is going on."""
    CONSOLE.print(text, markup=False)


def command(words: Sequence[str]) -> None:
    """The command that is started."""
    CONSOLE.print(f"\n$ {shlex.join(words)}", markup=False, style="bold", soft_wrap=True)


def plan(text: str) -> None:
    """What a dry run printed."""
    CONSOLE.print(text.rstrip(), markup=False, soft_wrap=True)


def log_line(line: str) -> None:
    """One JSON line of the agent's log, readable."""
    try:
        record = json.loads(line)
    except ValueError:
        CONSOLE.print(f"  {line}", markup=False, soft_wrap=True)
        return
    keys = [key for key in FIRST if key in record]
    keys += [key for key in record if key not in HIDDEN and key not in keys]
    details = "  ".join(f"{key}={record[key]}" for key in keys)
    text = f"  agent: {record.get('event')}  {details}"
    CONSOLE.print(text, markup=False, style="cyan", soft_wrap=True)


def commands(lines: Sequence[str]) -> None:
    """The Slurm commands that a pass caused, the longest lists of columns cut short."""
    if lines:
        CONSOLE.print(f"  It ran {len(lines)} Slurm commands:", style="dim")
    for line in lines:
        shown = LONG_FORMAT.sub("format=…", line)
        CONSOLE.print(f"    $ {shown}", markup=False, style="dim", soft_wrap=True)


def orders(rows: Iterable[Order]) -> None:
    """Orders and their resources as Waldur shows them."""
    table = Table("order", "state", "resource", "state now", "account", title="Orders in Waldur")
    for order in rows:
        resource = order.resource
        table.add_row(
            str(order.type),
            str(order.state),
            resource.name,
            str(resource.state),
            resource.backend_id or "-",
        )
    CONSOLE.print(table)


def usages(world: World, resource: Resource) -> None:
    """A resource's usage of this month as Waldur shows it."""
    month = world.clock.today().replace(day=1)
    title = f"Usage of {resource.name} in Waldur"
    table = Table("component", "user", Column("used", justify="right"), title=title)
    for component, used in world.usages(resource, month).items():
        table.add_row(component, "", f"{used:,}", style="bold")
        for (user, kind), part in world.user_usages(resource, month).items():
            if kind == component:
                table.add_row("", user, f"{part:,}")
    CONSOLE.print(table)


def accounts(rows: Iterable[tuple[str, str, str, str, int]]) -> None:
    """Accounts as Slurm shows them."""
    table = Table(
        "account",
        "parent",
        Column("GrpTRESMins", overflow="fold"),
        "QOS",
        "users",
        title="Accounts in Slurm",
    )
    for account, parent, limits, qos, users in rows:
        table.add_row(account, parent, limits.replace(",", " ") or "-", qos or "-", str(users))
    CONSOLE.print(table)

"""How the demo ends: what came of it, and what one can do with it if it stays."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo import show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from waldur_site_agent_testkit.mastermind.state import Order, Resource

DONE = {"Create": 4, "Update": 1, "Terminate": 1, "Restore": 1}
"""Orders that should end as done; one more Create is refused on purpose."""
REFUSED = 1

KEPT = """
Everything keeps running, the agent too: it says here what it does. In another terminal, order
something:

    cd {folder}
    curl -H "Authorization: Token $(cat token)" -H "Content-Type: application/json" \\
        -d '{{"limits": {{"cpu": 7, "mem": 8, "gres/gpu": 1}}}}' \\
        {api_url}marketplace-resources/{resource}/update_limits/

and look at what Slurm has a moment later:

    bin/sacctmgr -P show assoc format=account,user,grptresmins

Or change {config_file}, and see the agent take it over.

Press Enter or ^C here to end."""


def sum_up(orders: Sequence[Order], commands: int, requests: int) -> int:
    """Say what came of it; 0 when it is what should come of it."""
    done = Counter(str(order.type) for order in orders if str(order.state) == "done")
    refused = [order for order in orders if str(order.state) == "erred"]
    show.CONSOLE.rule("[bold]In the end")
    show.say("Done: " + ", ".join(f"{number} {kind}" for kind, number in done.items()) + ".")
    for order in refused:
        show.say(f"Refused: {order.type} of {order.resource.name!r}: {order.error_message}")
    show.say(f"The agent ran {commands} Slurm commands and made {requests} requests to Waldur.")
    if dict(done) == DONE and len(refused) == REFUSED:
        return 0
    show.say(f"That is not as it should be: {DONE} done and {REFUSED} refused were expected.")
    return 1


def keep(config_file: Path, api_url: str, resource: Resource) -> None:
    """Wait until whoever watches has played enough."""
    text = KEPT.format(
        folder=config_file.parent,
        api_url=api_url,
        resource=resource.uuid,
        config_file=config_file,
    )
    show.CONSOLE.print(text, markup=False, soft_wrap=True)
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        input()

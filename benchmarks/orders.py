"""What an order costs: requests to Waldur and Slurm commands, by type.

    python benchmarks/orders.py

Each order is carried out in a pass of its own, by the agent's own command. An idle pass is shown
too: what it costs is in each of the others.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import TYPE_CHECKING

from demo_site import demo_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_site import DemoSite

LIMITS = {"cpu": 100, "mem": 200, "gres/gpu": 10}
OFFERING = "HPC cluster"


def main() -> None:
    """Print a table."""
    with demo_site() as site:
        stage, world = site.stage, site.stage.world
        print(f"A team of {len(world.team(stage.project))}; the offering {OFFERING!r} alone.")
        print(f"{'':20}{'requests':>9}{'GET':>5}{'POST':>6}{'Slurm commands':>16}")
        measure(site, "first start, idle", lambda: None)
        resource = world.order_create(stage.project, stage.hpc, "First", limits=LIMITS).resource
        measure(site, "first Create", lambda: None)
        measure(site, "idle", lambda: None)
        second = lambda: world.order_create(stage.project, stage.hpc, "Second", limits=LIMITS)  # noqa: E731 - as the others
        measure(site, "Create", second)
        measure(site, "Update", lambda: world.order_update(resource, {**LIMITS, "cpu": 500}))
        measure(site, "Terminate", lambda: world.order_terminate(resource))
        measure(site, "Restore", lambda: world.order_restore(resource))


def measure(site: DemoSite, what: str, prepare: Callable[[], object]) -> None:
    """Make one pass and print what it took."""
    prepare()
    site.stage.world.calls.clear()
    site.cluster.take_commands()
    argv = site.command("--once", "--offering", OFFERING)
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        raise SystemExit(done.stdout)
    methods = Counter(call.method for call in site.stage.world.calls)
    commands = len(site.cluster.take_commands())
    print(
        f"{what:20}{methods.total():9}{methods['GET']:5}{methods['POST']:6}{commands:16}"
        + "".join(f"  {method}: {n}" for method, n in methods.items() if method not in "GET POST")
    )


if __name__ == "__main__":
    main()

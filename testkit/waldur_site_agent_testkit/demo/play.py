"""The demo's acts."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo import show
from waldur_site_agent_testkit.demo.cluster import EmulatedCluster
from waldur_site_agent_testkit.demo.stage import LIMITS, Stage, configuration, set_up
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.state import Order

AGENT_DEADLINE_SECONDS = 120
EXPECTED = {"Create": 4, "Update": 1, "Terminate": 1, "Restore": 1}
"""Orders that should end as done; one more Create is refused on purpose."""


@dataclass(kw_only=True)
class Play:
    """The stage, the cluster, and what happened so far."""

    stage: Stage
    cluster: EmulatedCluster
    config_file: Path
    commands_run: int = 0
    orders: list[Order] = field(default_factory=list)

    def agent_pass(self) -> None:
        """Run the agent's own command for one pass, and show what it says and does."""
        command = [sys.executable, "-m", "waldur_site_agent", "-c", str(self.config_file), "--once"]
        agent = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        with agent:
            for line in agent.stdout or ():
                show.log_line(line.rstrip())
            agent.wait(AGENT_DEADLINE_SECONDS)
        caused = self.cluster.take_commands()
        self.commands_run += len(caused)
        show.commands(caused)

    def dry_run(self) -> None:
        """Show what a pass would do."""
        command = [
            sys.executable,
            "-m",
            "waldur_site_agent",
            "-c",
            str(self.config_file),
            "--dry-run",
        ]
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            command, capture_output=True, text=True, timeout=AGENT_DEADLINE_SECONDS, check=False
        )
        plan = [line for line in done.stdout.splitlines() if not line.startswith("{")]
        show.CONSOLE.print("\n".join(plan), markup=False)
        self.cluster.take_commands()

    def look(self) -> None:
        """Show both sides."""
        show.orders(self.orders)
        show.accounts(self.cluster.accounts())


def run(*, keep: bool = False) -> int:
    """Play the demo; answers with the exit code."""
    with tempfile.TemporaryDirectory(prefix="waldur-site-agent-demo-") as folder:
        world = World()
        stage = set_up(world)
        with MastermindServer(world) as server:
            play = _prepare(stage, server.api_url, Path(folder))
            _perform(play)
            code = _sum_up(play)
            if keep:
                _keep(play, server.api_url)
    return code


def _prepare(stage: Stage, api_url: str, folder: Path) -> Play:
    cluster = EmulatedCluster(folder)
    cluster.run(
        "sacctmgr",
        "-i",
        "add",
        "account",
        "gpu_projects",
        "description=GPU",
        "organization=uni",
        "parent=root",
    )
    token_file = folder / "token"
    token_file.write_text(stage.agent.token)
    token_file.chmod(0o600)
    config_file = folder / "config.yaml"
    config_file.write_text(
        configuration(
            stage, url=api_url, token_file=str(token_file), bin_path=str(cluster.bin_path)
        )
    )
    return Play(stage=stage, cluster=cluster, config_file=config_file)


def _perform(play: Play) -> None:
    stage, world = play.stage, play.stage.world
    show.act(
        1,
        "Three people order",
        "One allocation each on three offerings: under customer and project, flat under a parent "
        "account, and named after the project. A dry run first:",
    )
    simulation = world.order_create(
        stage.project, stage.hpc, "Simulation", limits=LIMITS, slug="simulation"
    )
    training = world.order_create(
        stage.project, stage.flat, "Training", limits=LIMITS, slug="training"
    )
    course = world.order_create(stage.project, stage.courses, "Course", limits=LIMITS)
    play.orders += [simulation, training, course]
    play.dry_run()
    show.CONSOLE.print("\nNow in earnest:")
    play.agent_pass()
    play.look()

    show.act(
        2,
        "More, and a name that is taken",
        "The simulation needs more; a second course gets the next free name; and somebody orders a "
        "resource whose account name belongs to somebody else. That one is refused, and the others "
        "go on.",
    )
    play.cluster.run(
        "sacctmgr",
        "-i",
        "add",
        "account",
        "hpc_taken",
        "description=x",
        "organization=x",
        "parent=root",
    )
    play.orders.append(world.order_update(simulation.resource, {**LIMITS, "cpu": 500}))
    play.orders.append(world.order_create(stage.project, stage.courses, "Course 2", limits=LIMITS))
    play.orders.append(
        world.order_create(stage.project, stage.hpc, "Taken", limits=LIMITS, slug="taken")
    )
    play.agent_pass()
    play.look()

    show.act(3, "An end, and a change of mind", "The simulation is terminated: its account goes.")
    play.orders.append(world.order_terminate(simulation.resource))
    play.agent_pass()
    play.look()
    show.CONSOLE.print("Then restored: the same account, with its limits and members.")
    play.orders.append(world.order_restore(simulation.resource))
    play.agent_pass()
    play.look()


def _sum_up(play: Play) -> int:
    done = dict.fromkeys(EXPECTED, 0)
    refused = []
    for order in play.orders:
        if str(order.state) == "done":
            done[str(order.type)] += 1
        elif str(order.state) == "erred":
            refused.append(order)
    show.CONSOLE.rule("[bold]In the end")
    counts = ", ".join(f"{number} {kind}" for kind, number in done.items())
    requests = len(play.stage.world.calls)
    show.CONSOLE.print(
        f"Done: {counts}. Refused: {len(refused)}, as "
        f"{', '.join(json.dumps(order.error_message) for order in refused)}."
    )
    show.CONSOLE.print(f"{play.commands_run} Slurm commands and {requests} requests to Waldur.")
    return 0 if done == EXPECTED and len(refused) == 1 else 1


def _keep(play: Play, api_url: str) -> None:
    show.CONSOLE.print(
        f"\nWaldur is at {api_url} (token in {play.config_file.parent / 'token'}),\n"
        f"Slurm's commands in {play.cluster.bin_path},\n"
        f"the agent's configuration in {play.config_file}.\n"
        "Press Enter or ^C to end.",
        soft_wrap=True,
    )
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        input()

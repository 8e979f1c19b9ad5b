"""The demo's acts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo import elsewhere, ending, show
from waldur_site_agent_testkit.demo.agent import Agent, AgentFailedError
from waldur_site_agent_testkit.demo.cluster import EmulatedCluster
from waldur_site_agent_testkit.demo.stage import LIMITS, Stage, configuration, set_up
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from waldur_site_agent_testkit.mastermind.state import Order, Resource

OPENING = """\
Waldur runs in this process, on a loopback port. Slurm is emulated, by commands in a folder of
their own. Between them stands the real agent, started anew for each pass. It takes a minute."""


@dataclass(kw_only=True)
class Play:
    """The stage, the cluster, and what happened so far."""

    stage: Stage
    cluster: EmulatedCluster
    agent: Agent
    config_file: Path
    orders: list[Order] = field(default_factory=list)

    def order(self, *orders: Order) -> Resource:
        """Take note of orders; answers with the last one's resource."""
        self.orders += orders
        return orders[-1].resource

    def look(self) -> None:
        """Show both sides."""
        show.orders(self.orders)
        show.accounts(self.cluster.accounts())


def run(*, keep: bool = False) -> int:
    """Play the demo; answers with the exit code."""
    show.say(OPENING)
    with tempfile.TemporaryDirectory(prefix="waldur-site-agent-demo-") as folder:
        world = World()
        stage = set_up(world)
        with MastermindServer(world) as server:
            play = _prepare(stage, server.api_url, Path(folder))
            try:
                _perform(play)
                is_served = elsewhere.perform(6, Path(folder))
            except AgentFailedError as error:
                show.say(str(error))
                return 1
            code = ending.sum_up(play.orders, play.agent.commands_run, len(world.calls))
            if keep:
                ending.keep(play.config_file, server.api_url, play.orders[0].resource)
    return code if is_served else 1


def _prepare(stage: Stage, api_url: str, folder: Path) -> Play:
    cluster = EmulatedCluster(folder)
    cluster.add_account("gpu_projects")
    cluster.add_qos("paused")
    token_file = folder / "token"
    token_file.write_text(stage.agent.token)
    token_file.chmod(0o600)
    config_file = folder / "config.yaml"
    config_file.write_text(
        configuration(
            stage, url=api_url, token_file=str(token_file), bin_path=str(cluster.bin_path)
        )
    )
    agent = Agent(config_file, cluster)
    return Play(stage=stage, cluster=cluster, agent=agent, config_file=config_file)


def _perform(play: Play) -> None:
    simulation = _three_people_order(play)
    _one_name_is_taken(play, simulation)
    _a_team_changes(play, simulation)
    _jobs_run(play, simulation)
    _an_end_and_a_change_of_mind(play, simulation)


def _three_people_order(play: Play) -> Resource:
    stage, world = play.stage, play.stage.world
    show.act(
        1,
        "Three people order",
        "One allocation on each of three offerings: under customer and project, flat under a "
        "parent account, and named after the project. A dry run first. It plans no members, since "
        "nobody has a username at the site before a first resource is there.",
    )
    training = world.order_create(
        stage.project, stage.flat, "Training", limits=LIMITS, slug="training"
    )
    course = world.order_create(stage.project, stage.courses, "Course", limits=LIMITS)
    simulation = world.order_create(
        stage.project, stage.hpc, "Simulation", limits=LIMITS, slug="simulation"
    )
    resource = play.order(training, course, simulation)
    play.agent.dry_run()
    show.say("\nNow in earnest:")
    play.agent.one_pass()
    play.look()
    return resource


def _one_name_is_taken(play: Play, simulation: Resource) -> None:
    stage, world = play.stage, play.stage.world
    show.act(
        2,
        "More, and a name that is taken",
        "The simulation needs more; a second course gets the next free name; and somebody orders a "
        "resource whose account name belongs to somebody else. That one is refused, and the others "
        "go on.",
    )
    play.cluster.add_account("hpc_taken")
    play.order(
        world.order_update(simulation, {**LIMITS, "cpu": 500}),
        world.order_create(stage.project, stage.courses, "Course 2", limits=LIMITS),
        world.order_create(stage.project, stage.hpc, "Taken", limits=LIMITS, slug="taken"),
    )
    play.agent.one_pass()
    play.look()


def _a_team_changes(play: Play, simulation: Resource) -> None:
    stage, world = play.stage, play.stage.world
    show.act(
        3,
        "A team changes",
        "Katherine joins the project, Tony leaves it, and the simulation is paused. That is the "
        "business of another mode of the agent. (The emulated sacctmgr lacks 'load', and says so.)",
    )
    world.grant(world.add_user("katherine"), stage.project)
    world.revoke(stage.people["tony"], stage.project)
    world.pause(simulation)
    play.agent.one_pass("membership_sync")
    play.look()
    show.say("The pause is over:")
    world.pause(simulation, paused=False)
    play.agent.one_pass("membership_sync")
    play.look()


def _jobs_run(play: Play, simulation: Resource) -> None:
    world = play.stage.world
    show.act(
        4,
        "Jobs run, and the bill grows",
        "Ada and Grace compute. What their jobs held goes to Waldur by user and in all; a second "
        "pass, after one more job, sends what changed and nothing else.",
    )
    play.cluster.run_job("hpc_simulation", "ada", hours=100, cpus=64, gpus=4)
    play.cluster.run_job("hpc_simulation", "grace", hours=10, cpus=128)
    play.agent.one_pass("report", "--offering", "HPC cluster")
    show.usages(world, simulation)
    play.cluster.run_job("hpc_simulation", "grace", hours=24, cpus=256)
    play.agent.one_pass("report", "--offering", "HPC cluster")
    show.usages(world, simulation)


def _an_end_and_a_change_of_mind(play: Play, simulation: Resource) -> None:
    world = play.stage.world
    show.act(5, "An end, and a change of mind", "The simulation is terminated: its account goes.")
    play.order(world.order_terminate(simulation))
    play.agent.one_pass()
    play.look()
    show.say("Then restored: the same account, with its limits and members.")
    play.order(world.order_restore(simulation))
    play.agent.one_pass()
    play.look()

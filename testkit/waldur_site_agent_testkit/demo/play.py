"""The demo's acts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo import elsewhere, ending, show
from waldur_site_agent_testkit.demo.agent import Agent, AgentFailedError
from waldur_site_agent_testkit.demo.cluster import EmulatedCluster
from waldur_site_agent_testkit.demo.stage import LIMITS, Stage, configuration, set_up
from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent_testkit.mastermind.state import Order, Resource

ENDED = ("done", "erred")
FIRST_BILL, SECOND_BILL = Decimal("7.68"), Decimal("13.82")
"""Thousands of CPU hours."""
OPENING = """\
Waldur runs in this process, on a loopback port, with a broker that tells what happens. Slurm is
emulated, by commands in a folder of their own. Between them stands the real agent: one process,
from the first act to the last. It takes a minute."""


@dataclass(kw_only=True)
class Play:
    """The stage, the cluster, and what happened so far."""

    stage: Stage
    cluster: EmulatedCluster
    agent: Agent
    config_file: Path
    configured: Callable[..., str]
    """Writes the settings; see ``stage.configuration``."""
    orders: list[Order] = field(default_factory=list)

    def order(self, *orders: Order) -> Resource:
        """Take note of orders; answers with the last one's resource."""
        self.orders += orders
        return orders[-1].resource

    def wait_for_orders(self) -> None:
        """Wait until every order came to its end."""
        self.agent.wait_until(
            "all orders came to their end",
            lambda: all(str(order.state) in ENDED for order in self.orders),
        )

    def look(self) -> None:
        """Show both sides."""
        show.orders(self.orders)
        show.accounts(self.cluster.accounts())


def run(*, keep: bool = False) -> int:
    """Play the demo; answers with the exit code."""
    show.say(OPENING)
    with tempfile.TemporaryDirectory(prefix="waldur-site-agent-demo-") as folder:
        world, broker = World(), MemoryBroker()
        world.publish_through(broker)
        stage = set_up(world)
        with MastermindServer(world) as server, StompServer(broker) as stomp:
            play = _prepare(stage, server.api_url, stomp.port, Path(folder))
            try:
                return _play_to_the_end(play, server.api_url, keep=keep)
            except AgentFailedError as error:
                show.say(str(error))
                return 1
            finally:
                play.agent.stop()


def _play_to_the_end(play: Play, api_url: str, *, keep: bool) -> int:
    is_served = _perform(play)
    requests = len(play.stage.world.calls)
    code = ending.sum_up(play.orders, play.agent.commands_run, requests)
    if keep:
        ending.keep(play.config_file, api_url, play.orders[0].resource)
    return code if is_served else 1


def _prepare(stage: Stage, api_url: str, stomp_port: int, folder: Path) -> Play:
    cluster = EmulatedCluster(folder)
    cluster.add_account("gpu_projects")
    cluster.add_qos("paused")
    token_file = folder / "token"
    token_file.write_text(stage.agent.token)
    token_file.chmod(0o600)
    config_file = folder / "config.yaml"
    configured = partial(
        configuration,
        stage,
        url=api_url,
        token_file=str(token_file),
        bin_path=str(cluster.bin_path),
        stomp_port=stomp_port,
    )
    config_file.write_text(configured(reporting=()))
    return Play(
        stage=stage,
        cluster=cluster,
        agent=Agent(config_file, cluster),
        config_file=config_file,
        configured=configured,
    )


def _perform(play: Play) -> bool:
    """Play all acts; whether the one with two Waldurs came to its end on both sides."""
    simulation = _three_people_order(play)
    _one_name_is_taken(play, simulation)
    _a_team_changes(play, simulation)
    _an_end_and_a_change_of_mind(play, simulation)
    is_served = elsewhere.perform(5, play.config_file.parent)
    _jobs_run(play, simulation)
    return is_served


def _three_people_order(play: Play) -> Resource:
    stage, world, cluster = play.stage, play.stage.world, play.cluster
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
    play.agent.start()
    made = ("gpu_training", "course_climate", "hpc_simulation")
    play.agent.wait_until(
        "the team is on all accounts",
        lambda: all(cluster.users_of(account) >= stage.people.keys() for account in made),
    )
    play.wait_for_orders()
    play.look()
    return resource


def _one_name_is_taken(play: Play, simulation: Resource) -> None:
    stage, world = play.stage, play.stage.world
    show.act(
        2,
        "More, and a name that is taken",
        "The simulation needs more; a second course gets the next free name; and somebody orders a "
        "resource whose account name belongs to somebody else. That one is refused, and the others "
        "go on. Waldur's broker tells the agent of each, within a blink.",
    )
    play.cluster.add_account("hpc_taken")
    play.order(
        world.order_update(simulation, {**LIMITS, "cpu": 500}),
        world.order_create(stage.project, stage.courses, "Course 2", limits=LIMITS),
        world.order_create(stage.project, stage.hpc, "Taken", limits=LIMITS, slug="taken"),
    )
    play.wait_for_orders()
    play.look()


def _a_team_changes(play: Play, simulation: Resource) -> None:
    stage, world, cluster = play.stage, play.stage.world, play.cluster
    show.act(
        3,
        "A team changes",
        "Katherine joins the project, Tony leaves it, and the simulation is paused. (The emulated "
        "sacctmgr lacks 'load', and says so.)",
    )
    world.grant(world.add_user("katherine"), stage.project)
    world.revoke(stage.people["tony"], stage.project)
    world.pause(simulation)
    play.agent.wait_until(
        "Katherine is there, Tony is not, and nothing runs",
        lambda: (
            "katherine" in (users := cluster.users_of("hpc_simulation"))
            and "tony" not in users
            and cluster.qos_of("hpc_simulation") == "paused"
        ),
    )
    play.look()
    show.say("The pause is over:")
    world.pause(simulation, paused=False)
    play.agent.wait_until(
        "jobs may run again", lambda: cluster.qos_of("hpc_simulation") != "paused"
    )
    play.look()


def _an_end_and_a_change_of_mind(play: Play, simulation: Resource) -> None:
    world = play.stage.world
    show.act(4, "An end, and a change of mind", "The simulation is terminated: its account goes.")
    play.order(world.order_terminate(simulation))
    play.wait_for_orders()
    play.look()
    show.say("Then restored: the same account, with its limits and members.")
    play.order(world.order_restore(simulation))
    play.wait_for_orders()
    play.agent.wait_until(
        "the team is back", lambda: "katherine" in play.cluster.users_of("hpc_simulation")
    )
    play.look()


def _jobs_run(play: Play, simulation: Resource) -> None:
    world = play.stage.world
    show.act(
        6,
        "Jobs run, and the bill grows",
        "Ada and Grace compute. Until now nobody wanted to know: reporting_backend is added to the "
        "settings of one offering, and the agent takes them over while it runs. What the jobs held "
        "goes to Waldur by user and in all; after one more job, what changed and nothing else.",
    )
    play.cluster.run_job("hpc_simulation", "ada", hours=100, cpus=64, gpus=4)
    play.cluster.run_job("hpc_simulation", "grace", hours=10, cpus=128)
    play.config_file.write_text(play.configured(reporting=(play.stage.hpc.name,)))
    play.agent.reload()
    play.agent.wait_until("usage is in Waldur", lambda: _used_cpu(play, simulation) == FIRST_BILL)
    show.usages(world, simulation)
    play.cluster.run_job("hpc_simulation", "grace", hours=24, cpus=256)
    play.agent.wait_until("more is in Waldur", lambda: _used_cpu(play, simulation) == SECOND_BILL)
    show.usages(world, simulation)


def _used_cpu(play: Play, resource: Resource) -> Decimal:
    """What users used of the CPUs this month, as Waldur knows it by now; they are sent last."""
    world = play.stage.world
    month = world.clock.today().replace(day=1)
    users = world.user_usages(resource, month).items()
    return sum((used for (_, component), used in users if component == "cpu"), Decimal())

"""A thousand events on a real RabbitMQ and a real Slurm, while everything fails that can fail."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Stand  # for readers; pytest injects the fixture

    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Order, Resource, User
    from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

PROJECTS = int(os.environ.get("WALDUR_SITE_AGENT_TROUBLE_PROJECTS", "3"))
"""Each with a resource and a team that change, and with an order."""
EVENTS = int(os.environ.get("WALDUR_SITE_AGENT_TROUBLE_EVENTS", "1000"))
SECONDS = 60
RECONCILIATION = "WALDUR_SITE_AGENT_RECONCILIATION_PERIOD_MINUTES"
PERIODS = {
    RECONCILIATION: "600",
    "WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES": "600",
}
"""Nothing is found by them: neither everything again, nor what failed of it."""
TEAM = 3
CALLS = 12
"""So many calls to Waldur let a process get on a little."""


@dataclass
class Trial:
    """The agent's command on events, and what has become true once all is done."""

    stand: Stand
    rabbitmq: RabbitMQ
    broker: RabbitBroker
    log: Path
    people: list[User]
    resources: list[Resource] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @cached_property
    def in_turn(self) -> Iterator[Resource]:
        return itertools.cycle(self.resources)

    # The agent

    def start(self, **variables: str) -> None:
        words, variables = ("-m", "event_process"), {**PERIODS, **variables}
        with self.log.open("a") as output:
            self.processes.append(self.stand.start(*words, output=output, **variables))

    def end(self, how: signal.Signals) -> int:
        process = self.processes[-1]
        process.send_signal(how)
        return process.wait(SECONDS)

    def kill(self) -> None:
        assert self.end(signal.SIGKILL) == -signal.SIGKILL, self.log.read_text()[-3000:]

    def let_it_get_on(self) -> None:
        calls, first = self.stand.world.calls, len(self.stand.world.calls)
        self.wait("calls to Waldur", lambda: len(calls) >= first + CALLS)

    def let_it_begin_a_write(self) -> None:
        """Return while Slurm is carrying out a change."""
        first = len(self.stand.slurm.commands())
        self.wait(
            "a change of the cluster",
            lambda: any("--immediate" in line for line in self.stand.slurm.commands()[first:]),
        )

    def let_it_notice(self, words: str) -> None:
        told = len(self.events("look.failed"))
        self.wait(
            f"a look that fails with {words!r}",
            lambda: any(words in str(one["why"]) for one in self.events("look.failed")[told:]),
        )

    def wait_until_all_is_done(self) -> None:
        self.wait("all that was asked for", self.is_done)
        self.wait("an empty queue", lambda: self.waiting == 0)

    def events(self, name: str) -> list[dict[str, object]]:
        """What all processes told under a name; a killed one may have left half a line."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if f'"{name}"' in line and line.endswith("}")]

    def wait(self, what: str, is_so: Callable[[], bool]) -> None:
        assert self.processes[-1].poll() is None, self.log.read_text()[-3000:]
        wait_until(what, is_so, seconds=SECONDS)

    # What is in the queue

    @property
    def queue(self) -> tuple[str, str]:
        """Vhost and name."""
        (consumer,) = self.stand.world.state.event_consumers.values()
        return consumer.user.uuid, consumer.queue

    @property
    def waiting(self) -> int:
        return self.rabbitmq.management.waiting(*self.queue)

    # What happens in Waldur

    def change_everything(self, round_number: int, *, resources: list[Resource]) -> None:
        """For each of some resources: somebody comes, somebody goes, its state, and an order."""
        world = self.stand.world
        for number, resource in enumerate(resources):
            leaver, joiner = self.people[round_number], self.people[round_number + TEAM]
            world.revoke(leaver, resource.project)
            world.grant(joiner, resource.project)
            world.pause(resource, paused=not resource.paused)
            slug = f"trial-{round_number}{number}"
            order = world.order_create(
                resource.project, self.stand.offering, slug, limits={"cpu": 1}, slug=slug
            )
            self.orders.append(order)

    def change_a_state(self) -> None:
        """Something small, lest a fast cluster leave nothing to do when the next trouble comes."""
        resource = next(self.in_turn)
        self.stand.world.pause(resource, paused=not resource.paused)
        self.broker.flush()

    def come_and_go(self, times: int) -> None:
        """Let somebody join teams and leave them again, two events each time."""
        for number in range(times):
            project = self.resources[number % len(self.resources)].project
            self.stand.world.grant(self.people[-1], project)
            self.stand.world.revoke(self.people[-1], project)

    # What has to become of it

    def wanted(self) -> dict[str, set[str]]:
        """Who belongs on which account."""
        world = self.stand.world
        everything = [*self.resources, *(order.resource for order in self.orders)]
        return {
            resource.backend_id: {grant.user.username for grant in world.team(resource.project)}
            for resource in everything
        }

    def found(self) -> dict[str, set[str]]:
        """Who is on which account of a resource."""
        found: dict[str, set[str]] = {}
        for row in self.stand.slurm.associations():
            if row.account.startswith("hpc_trial"):
                found.setdefault(row.account, set()).update(filter(None, [row.user]))
        return found

    def is_done(self) -> bool:
        states = {order.state for order in self.orders}
        return states == {"done"} and self.found() == self.wanted() and self.is_paused_as_wanted()

    def is_paused_as_wanted(self) -> bool:
        qos = {row.account: row.qos for row in self.stand.slurm.associations() if not row.user}
        return all((qos[one.backend_id] == "paused") == one.paused for one in self.resources)

    def additions(self) -> Counter[tuple[str, str]]:
        """How often each account was made, and each user put on it, as slurmdbd has noted it."""
        counts: Counter[tuple[str, str]] = Counter()
        words = ("-nP", "list", "transactions", "format=action,where,info")
        for line in self.stand.slurm.run("sacctmgr", *words).splitlines():
            action, where, info = line.split("|", 2)
            user = re.search(r"acct='(hpc_trial[^']*)'.* user='([^']+)'", info)
            if action == "Add Accounts" and where.startswith("hpc_trial"):
                counts[where, ""] += 1
            elif action == "Add Associations" and user:
                counts[user[1], user[2]] += 1
        return counts


@pytest.fixture
def trial(
    stand: Stand, rabbitmq: RabbitMQ, people: tuple[str, ...], tmp_path: Path
) -> Iterator[Trial]:
    """Projects with a paid resource and a team each; their queue is there, and no agent."""
    stand.listen(rabbitmq.port)
    stand.set(qos_paused="paused")
    stand.slurm.sacctmgr("add", "qos", "paused")
    users = {user.username: user for user in stand.world.state.users.values()}
    with closing(RabbitBroker(rabbitmq)) as broker:
        log, team = tmp_path / "agent.log", [users[name] for name in people[:20]]
        trial = Trial(stand, rabbitmq, broker, log, team)
        trial.resources += [add_resource(trial, number) for number in range(PROJECTS)]
        add_accounts(trial)
        stand.world.publish_through(broker)
        trial.start()
        trial.wait("a queue", lambda: bool(trial.events("events.connected")))
        assert trial.end(signal.SIGTERM) == 0
        yield trial
        if trial.processes[-1].poll() is None:
            trial.kill()


def add_resource(trial: Trial, number: int) -> Resource:
    world, name = trial.stand.world, f"trial{number}"
    project = world.add_project(trial.stand.project.customer, name, slug=name)
    for user in trial.people[:TEAM]:
        world.grant(user, project)
    return world.add_resource(
        project, trial.stand.offering, name, backend_id=f"hpc_{name}", limits={"cpu": 1}
    )


def add_accounts(trial: Trial) -> None:
    """The resources' accounts as they came to be long ago, with their teams."""
    lines = [f"Cluster - '{trial.stand.slurm.name}'", "Parent - 'root'", "Account - 'c_uni'"]
    for resource in trial.resources:
        project = f"p_{resource.slug}"
        lines += ["Parent - 'c_uni'", f"Account - '{project}'", f"Parent - '{project}'"]
        lines += [f"Account - '{resource.backend_id}':GrpTRESMins=cpu=60000"]
        lines += [f"Parent - '{resource.backend_id}'"]
        team = trial.stand.world.team(resource.project)
        lines += [f"User - '{grant.user.username}':Fairshare=parent" for grant in team]
    trial.stand.slurm.load("\n".join(lines) + "\n")


def test_every_effect_is_there_exactly_once(trial: Trial) -> None:
    fill_the_queue(trial)
    fail_a_tenth_of_the_calls(trial)
    kill_it_three_times_and_restart_the_broker(trial)
    kill_it_twice_while_slurm_is_away(trial)
    end_it_in_the_middle_of_a_change(trial)
    trial.start()
    trial.wait_until_all_is_done()

    trial.stand.world.faults.clear()
    let_only_messages_tell(trial)
    trial.wait_until_all_is_done()
    assert trial.end(signal.SIGTERM) == 0

    assert [what for what, times in trial.additions().items() if times > 1] == []
    assert trial.stand.world.violations == []
    assert "Traceback" not in trial.log.read_text()


def fill_the_queue(trial: Trial) -> None:
    trial.change_everything(0, resources=trial.resources)
    trial.come_and_go(EVENTS // 2)
    trial.broker.flush()
    assert trial.waiting > EVENTS


def fail_a_tenth_of_the_calls(trial: Trial) -> None:
    """Half of them before they have an effect, half of them after it."""
    for after, before in ((3, True), (13, False)):
        action = Status(502, before=before)
        trial.stand.world.faults.add(match="api", action=action, times=None, after=after, every=20)


def kill_it_three_times_and_restart_the_broker(trial: Trial) -> None:
    trial.start()
    trial.let_it_get_on()
    trial.kill()

    trial.change_a_state()
    trial.start()
    trial.let_it_begin_a_write()
    trial.kill()

    trial.start()
    trial.let_it_get_on()
    trial.rabbitmq.restart()
    trial.change_a_state()
    trial.let_it_get_on()
    trial.kill()


def kill_it_twice_while_slurm_is_away(trial: Trial) -> None:
    trial.change_a_state()
    trial.stand.slurm.stop_slurmdbd()
    trial.start()
    trial.let_it_notice("Connection refused")
    trial.kill()

    trial.start()
    trial.let_it_get_on()
    trial.stand.slurm.start_slurmdbd()
    trial.change_a_state()
    trial.let_it_begin_a_write()
    trial.kill()


def end_it_in_the_middle_of_a_change(trial: Trial) -> None:
    trial.change_a_state()
    trial.start()
    trial.let_it_begin_a_write()
    assert trial.end(signal.SIGTERM) == 0


def let_only_messages_tell(trial: Trial) -> None:
    """Kill it, and let neither its start nor reconciliation find anything from now on."""
    trial.stand.world.on_call(refuse_to_list_everything)
    trial.kill()
    trial.change_everything(1, resources=trial.resources[:2])
    trial.broker.flush()
    trial.start()
    trial.let_it_begin_a_write()
    trial.kill()
    trial.start()
    trial.let_it_get_on()
    trial.rabbitmq.restart()


def refuse_to_list_everything(call: Call, phase: str) -> None:
    """Fail where all orders are listed, or all resources."""
    listings = ("/api/marketplace-orders/", "/api/marketplace-provider-resources/")
    of_all = not parse_qs(call.query).keys() & {"project_uuid", "backend_id"}
    if phase == "before" and call.method == "GET" and call.path in listings and of_all:
        raise RuntimeError("Waldur does not list everything")


def test_a_broker_that_is_off_is_done_without_and_found_when_it_comes(trial: Trial) -> None:
    connections = len(trial.events("events.connected"))
    trial.rabbitmq.stop()
    try:
        trial.start(**{RECONCILIATION: "0.1"})
        trial.wait("it to notice", lambda: bool(trial.events("events.down")))
        trial.change_everything(0, resources=trial.resources[:1])
        trial.wait("all that was asked for", trial.is_done)
    finally:
        trial.rabbitmq.start()
    trial.wait("a connection", lambda: len(trial.events("events.connected")) > connections)
    assert trial.end(signal.SIGTERM) == 0

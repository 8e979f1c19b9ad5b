"""From a message on a real RabbitMQ to an account on a real Slurm, by the agent's own command."""

from __future__ import annotations

import signal
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from conftest import Stand  # for readers; pytest injects the fixture

    from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

SECONDS = 60


@pytest.fixture
def at_work(stand: Stand, rabbitmq: RabbitMQ) -> Iterator[Stand]:
    """The agent runs on events; what it was told at its start is done."""
    stand.listen(rabbitmq.port)
    with closing(RabbitBroker(rabbitmq)) as broker:
        stand.world.publish_through(broker)
        process = stand.start("-m", "event_process")
        connections = rabbitmq.management.connections
        wait_until("a connection to the broker", lambda: connections() > 0, seconds=SECONDS)
        yield stand
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output
    assert "Traceback" not in output


def test_an_order_and_a_team_on_events(at_work: Stand, people: tuple[str, ...]) -> None:
    order = at_work.create("Alpha", cpu=2)
    wait_until("the order to be done", lambda: order.state == "done", seconds=SECONDS)
    wait_until(
        "the team, whose accounts Waldur makes now, to be on it",
        lambda: at_work.slurm.users_of("hpc_alpha") == set(people[:20]),
        seconds=SECONDS,
    )
    assert at_work.slurm.accepts(people[0], "hpc_alpha")

    joiner = at_work.world.add_user(people[22])
    at_work.world.grant(joiner, at_work.project)
    wait_until(
        "the joiner to be on the account",
        lambda: people[22] in at_work.slurm.users_of("hpc_alpha"),
        seconds=SECONDS,
    )
    at_work.world.revoke(joiner, at_work.project)
    wait_until(
        "the joiner to be off it",
        lambda: people[22] not in at_work.slurm.users_of("hpc_alpha"),
        seconds=SECONDS,
    )

    at_work.world.order_terminate(order.resource)
    wait_until("the resource to end", lambda: order.resource.state == "Terminated", seconds=SECONDS)
    assert at_work.slurm.account("hpc_alpha") is None
    assert at_work.world.violations == []

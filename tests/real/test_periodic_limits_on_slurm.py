"""From a policy's message on a real RabbitMQ to a real Slurm, and its verdict in Waldur."""

from __future__ import annotations

import signal
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from waldur_site_agent_testkit.events.rabbit import RabbitBroker
from waldur_site_agent_testkit.mastermind.faults import Status
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from conftest import Stand  # for readers; pytest injects the fixture

    from waldur_site_agent_testkit.mastermind.state import PeriodicVerdict, Resource
    from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ

SECONDS = 60
ACCOUNT = "hpc_alpha"
POLICY = uuid4().hex
EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    stomp_ws_path: /ws
    websocket_use_tls: false
"""
SETTINGS = {
    "fairshare": 641,
    "limit_type": "GrpTRESMins",
    "grp_tres_mins": {"billing": 115500},
    "reset_raw_usage": True,
}


@pytest.fixture
def resource(stand: Stand, rabbitmq: RabbitMQ) -> Iterator[Resource]:
    """A resource on the cluster, of an offering with periodic limits; messages reach a queue."""
    text = stand.config_file.read_text()
    role = "    order_processing_backend: slurm\n"
    events = role + EVENTS.format(port=rabbitmq.port)
    stand.config_file.write_text(text.replace(role, events))
    stand.set(periodic_limits="{enabled: true}")
    with closing(RabbitBroker(rabbitmq)) as broker:
        stand.world.publish_through(broker)
        order = stand.create("Alpha", cpu=2)
        code, output = stand.agent("-m", "event_process", "--once")
        assert (code, order.state) == (0, "done"), output
        yield order.resource


@pytest.fixture
def at_work(stand: Stand, rabbitmq: RabbitMQ, resource: Resource) -> Iterator[Stand]:
    """The agent runs on events."""
    del resource
    process = start(stand, rabbitmq)
    yield stand
    end(process)


def start(stand: Stand, rabbitmq: RabbitMQ) -> subprocess.Popen[str]:
    connections = rabbitmq.management.connections
    process = stand.start("-m", "event_process")
    wait_until("a connection to the broker", lambda: connections() > 0, seconds=SECONDS)
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output
    assert "Traceback" not in output


def verdicts(stand: Stand, number: int) -> list[PeriodicVerdict]:
    """The policy's verdicts, once there are so many."""
    found = stand.world.state.periodic_verdicts
    wait_until(f"{number} verdicts", lambda: len(found) >= number, seconds=SECONDS)
    return found


def on_account(stand: Stand) -> list[str]:
    which = ["show", "assoc", "where", f"account={ACCOUNT}", "format=User,Fairshare,GrpTRESMins"]
    rows = [line.split("|") for line in stand.slurm.run("sacctmgr", "-nP", *which).splitlines()]
    (own,) = [row[1:] for row in rows if not row[0]]
    return own


def usage(stand: Stand) -> int:
    said = stand.slurm.run("sshare", "-nP", "-A", ACCOUNT, "-o", "Account,User,RawUsage")
    (own,) = [row for row in said.splitlines() if row.strip().startswith(f"{ACCOUNT}||")]
    return int(own.split("|")[2])


def use(stand: Stand, person: str) -> int:
    before = usage(stand)
    job = stand.slurm.submit(person, ACCOUNT, seconds=2, options=["-n4"])
    stand.slurm.wait_for_job(job, "")
    stand.slurm.wait_until("the usage to be counted", lambda: usage(stand) > before)
    return usage(stand)


def test_a_policys_settings_reach_the_cluster_and_it_gets_its_verdict(
    at_work: Stand, resource: Resource, people: tuple[str, ...]
) -> None:
    assert use(at_work, people[0]) > 0
    at_work.world.apply_periodic_limits(resource, POLICY, SETTINGS)
    (verdict,) = verdicts(at_work, 1)
    assert (verdict.policy_uuid, verdict.success, verdict.error_message) == (POLICY, True, "")
    assert [command.split(" set ")[1].split("=")[0] for command in verdict.commands_executed] == [
        "Fairshare",
        "RawUsage",
        "'description",
    ]
    assert on_account(at_work) == ["641", "billing=115500,cpu=120000"]
    assert usage(at_work) == 0

    at_work.world.apply_periodic_limits(resource, POLICY, {"grp_tres_mins": {"licences": 5}})
    refused = verdicts(at_work, 2)[1]
    assert not refused.success
    assert "licences" in refused.error_message
    assert on_account(at_work) == ["641", "billing=115500,cpu=120000"]
    assert at_work.world.violations == []


def test_killed_before_the_verdict_the_message_comes_again_and_zeroes_nothing(
    stand: Stand, rabbitmq: RabbitMQ, resource: Resource, people: tuple[str, ...]
) -> None:
    """The broker has it until the verdict is out; the account says that its usage was zeroed."""
    stand.world.faults.add(match="report-command-result", action=Status(503), times=None)
    process = start(stand, rabbitmq)
    stand.world.apply_periodic_limits(resource, POLICY, SETTINGS)
    noted = "usage zeroed on"
    described = ["show", "account", "where", f"account={ACCOUNT}", "format=Description"]
    stand.slurm.wait_until(
        "the settings to be applied",
        lambda: noted in stand.slurm.run("sacctmgr", "-n", "-P", *described),
    )
    process.kill()
    process.communicate(timeout=SECONDS)
    assert verdicts(stand, 0) == []

    used = use(stand, people[0])
    connections = rabbitmq.management.connections
    wait_until("the broker to notice", lambda: connections() == 0, seconds=SECONDS)
    stand.world.faults.clear()
    process = start(stand, rabbitmq)
    (verdict,) = verdicts(stand, 1)
    end(process)
    assert (verdict.success, list(verdict.commands_executed)) == (True, [])
    assert usage(stand) == used

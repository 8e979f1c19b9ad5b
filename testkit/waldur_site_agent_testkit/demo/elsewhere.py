"""The act with two Waldurs: an offering of one is served by the other."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from rich.table import Table

from waldur_site_agent_testkit.demo import show
from waldur_site_agent_testkit.demo.agent import AgentFailedError
from waldur_site_agent_testkit.federation import SOURCE, federation

if TYPE_CHECKING:
    from pathlib import Path

    from waldur_site_agent_testkit.federation import Federation, Side
    from waldur_site_agent_testkit.mastermind.state import Order

DEADLINE_SECONDS = 120
STORY = """\
A second Waldur, of a national centre, serves an offering of the university's: one node hour here is
five GPU hours and ten GB hours of storage there. The agent orders there, as a customer, and reads
back what came of it. (These are other Waldurs than before, with an agent of their own.)"""
CONFIGURATION = """\
offerings:
  - name: National centre
    waldur_api_url: {a_url}
    waldur_api_token: !file {folder}/token-a
    waldur_offering_uuid: {a_offering}
    backend_type: waldur
    order_processing_backend: waldur
    membership_sync_backend: waldur
    reporting_backend: waldur
    username_management_backend: waldur-identity-bridge
    backend_settings:
      target_api_url: {b_url}
      target_api_token: !file {folder}/token-b
      target_offering_uuid: {b_offering}
      target_customer_uuid: {b_customer}
      identity_bridge_source: {source}
    backend_components:
      node_hours:
        measured_unit: hours
        accounting_type: limit
        label: Node hours
        target_components:
          gpu_hours: {{factor: 5}}
          storage_gb_hours: {{factor: 10}}
"""


def perform(number: int, folder: Path) -> bool:
    """Play the act; whether the order came to its end on both sides.

    Args:
        number: the act's.
        folder: where the configuration goes.

    Raises:
        AgentFailedError: the agent could not start, or did not end.
    """
    show.act(number, "An offering that another Waldur serves", STORY)
    stage = federation()
    with stage.served() as (a, b):
        config_file = _configure(stage, folder, a.api_url, b.api_url)
        order = stage.a.world.order_create(
            stage.project, stage.a.offering, "Ice cores", limits={"node_hours": 100}
        )
        _one_pass(config_file)
        show.say("\nThe centre's own people carry the order out, and a job runs:")
        stage.carry_out_all()
        _use(stage)
        _one_pass(config_file)
        _show(stage, order)
    return str(order.state) == "done"


def _configure(stage: Federation, folder: Path, a_url: str, b_url: str) -> Path:
    for name, side in (("a", stage.a), ("b", stage.b)):
        _write_token(folder / f"token-{name}", side)
    path = folder / "federated.yaml"
    path.write_text(
        CONFIGURATION.format(
            folder=folder,
            a_url=a_url,
            b_url=b_url,
            a_offering=stage.a.offering.uuid,
            b_offering=stage.b.offering.uuid,
            b_customer=stage.b.customer.uuid,
            source=SOURCE,
        )
    )
    return path


def _write_token(path: Path, side: Side) -> None:
    path.write_text(side.token)
    path.chmod(0o600)


def _one_pass(config_file: Path) -> None:
    """One of everything, in one process."""
    words = ["run", "-c", str(config_file), "--once"]
    show.command(["waldur_site_agent", "run", "-c", config_file.name, "--once"])
    ended = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-m", "waldur_site_agent", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    for line in ended.stdout.splitlines():
        show.log_line(line)
    if ended.returncode:
        raise AgentFailedError(f"The agent ended with {ended.returncode}: see above")


def _use(stage: Federation) -> None:
    world = stage.b.world
    for resource in list(world.state.resources.values()):
        world.use(resource, "gpu_hours", "35", world.clock.now())


def _show(stage: Federation, order: Order) -> None:
    show.orders([order])
    show.usages(stage.a.world, order.resource)
    table = Table("resource", "state", "project", "limits", "members", title="At the centre")
    for resource in stage.b.world.state.resources.values():
        team = stage.b.world.team(resource.project)
        table.add_row(
            resource.name,
            str(resource.state),
            resource.project.name,
            " ".join(f"{name}={amount:g}" for name, amount in resource.limits.items()),
            ", ".join(f"{one.user.username} ({one.role})" for one in team),
        )
    show.CONSOLE.print(table)

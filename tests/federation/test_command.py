"""The agent's own commands between two Masterminds that listen on ports."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from waldur_site_agent_testkit.federation import SOURCE, federation
from waldur_site_agent_testkit.mastermind.faults import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(sys.executable).parent
SECONDS = 120
ADA = "ada@idp.test"


class Played:
    """A federation whose agent is run by its commands."""

    def __init__(self, folder: Path, a_url: str, b_url: str, stage: object) -> None:
        self.stage = stage
        self.path = folder / "config.yaml"
        a, b = stage.a, stage.b
        offering = {
            "name": "Federated",
            "waldur_api_url": a_url,
            "waldur_api_token": a.token,
            "waldur_offering_uuid": str(a.offering.uuid),
            "backend_type": "waldur",
            "order_processing_backend": "waldur",
            "membership_sync_backend": "waldur",
            "reporting_backend": "waldur",
            "username_management_backend": "waldur-identity-bridge",
            "backend_settings": {
                "target_api_url": b_url,
                "target_api_token": b.token,
                "target_offering_uuid": str(b.offering.uuid),
                "target_customer_uuid": str(b.customer.uuid),
                "identity_bridge_source": SOURCE,
            },
            "backend_components": {
                "node_hours": {
                    "measured_unit": "h",
                    "accounting_type": "limit",
                    "label": "Node hours",
                    "target_components": {
                        "gpu_hours": {"factor": 5},
                        "storage_gb_hours": {"factor": 10},
                    },
                }
            },
        }
        self.path.write_text(yaml.safe_dump({"offerings": [offering]}), encoding="utf-8")

    def run(self, *words: str, code: int = 0) -> str:
        command, *arguments = words
        ended = subprocess.run(  # noqa: S603 - our own commands
            [COMMANDS / command, *arguments, "-c", self.path],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        for secret in (self.stage.a.token, self.stage.b.token, ADA, "ada@example.org"):
            assert secret not in ended.stdout + ended.stderr
        return ended.stdout

    def mode(self, mode: str, *more: str, code: int = 0) -> str:
        return self.run("waldur_site_agent", "-m", mode, "--once", *more, code=code)


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    stage = federation()
    with stage.served() as (a, b):
        yield Played(tmp_path, a.api_url, b.api_url, stage)
    assert stage.a.world.violations == stage.b.world.violations == []


def test_a_whole_life_by_polling(played: Played) -> None:
    stage = played.stage
    a, b = stage.a.world, stage.b.world
    order = a.order_create(
        stage.project, stage.a.offering, "Simulations", limits={"node_hours": 100}
    )
    played.mode("order_process")
    stage.carry_out_all()
    played.mode("order_process")
    assert (order.state, order.resource.state) == ("done", "OK")
    (target,) = b.state.resources.values()
    assert target.limits == {"gpu_hours": 500, "storage_gb_hours": 1000}
    team = {grant.user.username for grant in b.state.grants_in[target.project.uuid]}
    assert team == {ADA}

    played.mode("membership_sync")
    assert order.resource.limits == {"node_hours": 100}
    b.use(target, "gpu_hours", "500", b.clock.now())
    played.mode("report")
    now = a.clock.now()
    used = a.usages(order.resource, date(now.year, now.month, 1))
    assert used == {"node_hours": Decimal("100.00")}

    a.order_terminate(order.resource)
    played.mode("order_process")
    stage.carry_out_all()
    played.mode("order_process")
    assert (order.resource.state, target.state) == ("Terminated", "Terminated")


def test_a_dry_run_changes_nothing_anywhere(played: Played) -> None:
    stage = played.stage
    stage.a.world.order_create(stage.project, stage.a.offering, "One", limits={"node_hours": 1})
    said = played.mode("order_process", "--dry-run")
    assert "create" in said.lower()
    assert not [call for call in stage.b.world.calls if call.method != "GET"]
    assert stage.b.world.state.orders == {}


@pytest.mark.parametrize("mode", ["order_process", "membership_sync", "report"])
@pytest.mark.parametrize("status", [401, 503])
def test_a_b_that_is_away_is_told_and_errs_nothing(played: Played, mode: str, status: int) -> None:
    stage = played.stage
    order = stage.a.world.order_create(
        stage.project, stage.a.offering, "One", limits={"node_hours": 1}
    )
    played.mode("order_process")
    stage.carry_out_all()
    played.mode("order_process")
    other = stage.a.world.order_create(
        stage.project, stage.a.offering, "Two", limits={"node_hours": 1}
    )
    stage.b.world.faults.add(match="", action=Status(status), times=None)
    played.mode(mode, code=1)
    assert (order.resource.state, order.state) == ("OK", "done")
    assert other.state in ("pending-provider", "executing")


def test_why_orders_wait_for_b_is_told(played: Played) -> None:
    stage = played.stage
    stage.a.world.order_create(stage.project, stage.a.offering, "One", limits={"node_hours": 1})
    stage.b.world.faults.add(match="", action=Status(403), times=None)
    said = played.mode("order_process", code=1)
    assert "server.current_user (status 403)" in said


def test_diagnostics_say_what_an_administrator_can_do(played: Played) -> None:
    stage = played.stage
    assert "is of version" in played.run("waldur_site_diagnostics")
    b = stage.b
    mark = f"{stage.a.customer.uuid}_{stage.project.uuid}"
    for _ in range(2):
        b.world.add_project(b.customer, "Twice", backend_id=mark)
    said = played.run("waldur_site_diagnostics", code=1)
    assert "the oldest" in said
    b.world.revoke(b.user, b.customer)
    said = played.run("waldur_site_diagnostics", code=1)
    assert "target_customer_uuid" in said

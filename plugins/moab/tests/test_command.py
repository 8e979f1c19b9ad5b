"""The agent's own commands between a Waldur on a loopback port and ``mam-*`` executables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(sys.executable).parent
SECONDS = 60
CONFIGURATION = """\
timezone: Europe/Tallinn
offerings:
  - name: MOAB
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: moab
    order_processing_backend: moab
    membership_sync_backend: moab
    reporting_backend: moab
    limits_owner: {owner}
    backend_settings:
      project_prefix: p_
      customer_prefix: c_
      allocation_prefix: a_
      mam_bin_path: {folder}
      mam_timezone: UTC
      command_timeout_seconds: {seconds}
    backend_components:
      deposit: {{measured_unit: EUR, accounting_type: limit, label: Deposit}}
"""


@dataclass
class Stand:
    """A Waldur with an offering on MAM, the executables, and the agent's commands."""

    small: SmallWorld
    offering: Any
    server: MastermindServer
    folder: Path
    standin: Any

    def configure(self, *, owner: str = "backend", seconds: float = 30) -> None:
        text = CONFIGURATION.format(
            url=self.server.api_url,
            token=self.small.token,
            uuid=self.offering.uuid,
            folder=self.folder,
            owner=owner,
            seconds=seconds,
        )
        self.config_file.write_text(text)
        self.config_file.chmod(0o600)

    @property
    def config_file(self) -> Path:
        return self.folder / "config.yaml"

    def run(self, command: str, *words: str) -> tuple[int, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith("WALDUR_")}
        heartbeat = {"WALDUR_SITE_AGENT_HEARTBEAT_FILE": str(self.folder / "heartbeat")}
        ended = subprocess.run(  # noqa: S603 - our own commands and our own words
            [COMMANDS / command, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            env={**own, **heartbeat},
            cwd=self.folder,
        )
        said = ended.stdout + ended.stderr
        assert "Traceback" not in said, said
        return ended.returncode, said

    def agent(self, *words: str, mode: str = "order_process") -> tuple[int, str]:
        config = ("-c", str(self.config_file), "-m", mode)
        return self.run("waldur_site_agent", *config, *(words or ("--once",)))

    # Both sides

    @property
    def mam(self) -> Any:
        """What MAM has now; it is kept when ``keep`` is called."""
        return self.standin.Mam(self.standin.load(self.folder))

    def keep(self, mam: Any) -> None:
        self.standin.save(self.folder, mam.state)

    def trouble(self, program: str, kind: str, *, after: int = 0, times: int = 1) -> None:
        mam = self.mam
        mam.state["troubles"] = [{"program": program, "kind": kind, "after": after, "times": times}]
        self.keep(mam)

    def forget_calls(self) -> None:
        mam = self.mam
        mam.state["calls"] = []
        self.keep(mam)

    def order(self, name: str = "One", amount: int = 150) -> Any:
        return self.small.world.order_create(
            self.small.project,
            self.offering,
            name,
            limits={"deposit": amount},
            slug=name.lower(),
        )

    def join(self, name: str) -> Any:
        user = self.small.world.add_user(name)
        self.small.world.grant(user, self.small.project)
        self.small.world.set_username(user, self.offering, name)
        return user


@pytest.fixture
def stand(tmp_path: Path, standin: Any) -> Iterator[Stand]:
    small = small_world()
    deposit = {"deposit": ComponentSpec(name="Deposit", measured_unit="EUR")}
    offering = small.world.add_offering(small.customer, "MOAB", components=deposit)
    small.world.add_plan(offering)
    small.world.set_username(small.member, offering, "ada")
    standin.install(tmp_path)
    with MastermindServer(small.world) as server:
        made = Stand(small, offering, server, tmp_path, standin)
        made.configure()
        yield made


def events(said: str, name: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in said.splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == name]


def test_a_resource_from_its_order_to_its_end(stand: Stand) -> None:
    world = stand.small.world
    order = stand.order()
    code, said = stand.agent()
    assert (code, order.state, order.resource.backend_id) == (0, "done", "a_one"), said
    mam = stand.mam
    assert mam.given("a_one") == 150
    assert mam.state["accounts"]["a_one"]["organization"].startswith("p_")

    world.order_update(order.resource, {"deposit": 400})
    assert stand.agent()[0] == 0
    assert stand.mam.given("a_one") == 400
    world.order_update(order.resource, {"deposit": 90})
    assert stand.agent()[0] == 0
    assert stand.mam.given("a_one") == 90

    world.order_terminate(order.resource)
    assert stand.agent()[0] == 0
    assert order.resource.state == "Terminated"
    assert (stand.mam.state["accounts"], stand.mam.state["funds"]) == ({}, {})
    assert world.violations == []


def test_an_order_below_what_is_spent_is_refused_in_words(stand: Stand) -> None:
    order = stand.order()
    stand.agent()
    mam = stand.mam
    mam.charge("a_one", "ada", "120")
    stand.keep(mam)
    update = stand.small.world.order_update(order.resource, {"deposit": 100})

    stand.agent()

    assert update.state == "erred"
    assert update.error_message == (
        "the deposit of 'a_one' cannot be 100: 120 of it are spent already"
    )
    assert stand.mam.given("a_one") == 150


@pytest.mark.parametrize(
    "program",
    ["mam-create-account", "mam-create-fund", "mam-deposit", "mam-modify-account"],
)
def test_killed_right_after_any_write_nothing_is_done_twice(stand: Stand, program: str) -> None:
    order = stand.order()
    stand.trouble(program, "killed")

    code, _ = stand.agent()
    assert code == -signal.SIGKILL
    for _ in range(2):
        assert stand.agent()[0] == 0

    mam = stand.mam
    assert (order.state, mam.given("a_one"), mam.users("a_one")) == ("done", 150, ["ada"])
    assert len(mam.state["funds"]) == 1


@pytest.mark.parametrize(("amount", "program"), [(400, "mam-deposit"), (90, "mam-withdraw")])
def test_killed_right_after_the_money_moved_it_does_not_move_again(
    stand: Stand, amount: int, program: str
) -> None:
    order = stand.order()
    stand.agent()
    update = stand.small.world.order_update(order.resource, {"deposit": amount})
    stand.trouble(program, "killed")

    assert stand.agent()[0] == -signal.SIGKILL
    assert stand.agent()[0] == 0

    assert (update.state, stand.mam.given("a_one")) == ("done", amount)


@pytest.mark.parametrize("kind", ["down", "hang"])
def test_an_order_waits_for_a_mam_that_does_not_answer(stand: Stand, kind: str) -> None:
    stand.configure(seconds=1)
    order = stand.order()
    stand.trouble("*", kind, times=99)

    code, said = stand.agent()

    assert (code, order.state) == (1, "pending-provider"), said
    stand.trouble("*", kind, times=0)
    assert stand.agent()[0] == 0
    assert (order.state, stand.mam.given("a_one")) == ("done", 150)


@pytest.mark.parametrize("program", ["mam-create-fund", "mam-deposit"])
def test_a_mam_that_goes_down_in_the_middle_errs_nothing(stand: Stand, program: str) -> None:
    order = stand.order()
    stand.trouble(program, "down")

    assert stand.agent()[0] == 1
    assert order.state == "executing"
    assert stand.agent()[0] == 0
    assert (order.state, stand.mam.given("a_one")) == ("done", 150)


def test_members_come_and_go(stand: Stand) -> None:
    stand.order()
    stand.agent()
    stand.join("mary")
    mam = stand.mam
    mam.state["accounts"]["a_one"]["users"]["grace"] = ""
    stand.keep(mam)

    code, said = stand.agent(mode="membership_sync")

    assert code == 0, said
    assert stand.mam.users("a_one") == ["ada", "mary"]
    assert "mary" not in said
    assert "grace" not in said


def test_a_team_stays_as_it_is_while_mam_is_down(stand: Stand) -> None:
    order = stand.order()
    stand.agent()
    stand.join("mary")
    stand.trouble("*", "down", times=99)

    assert stand.agent(mode="membership_sync")[0] == 1

    assert stand.mam.users("a_one") == ["ada"]
    assert order.resource.state == "OK"


def test_warnings_do_not_get_into_what_is_read(stand: Stand) -> None:
    order = stand.order()
    stand.agent()
    account = order.resource.backend_id
    stand.trouble("*", "warns", times=100)
    stand.forget_calls()

    code, said = stand.agent(mode="membership_sync")

    assert code == 0, said
    assert stand.mam.users(account) == ["ada"]
    assert stand.mam.writes() == []


def test_an_unchanged_pass_over_many_resources_is_two_commands(stand: Stand) -> None:
    for number in range(20):
        stand.order(f"R{number}")
    assert stand.agent()[0] == 0
    stand.agent(mode="membership_sync")
    stand.forget_calls()

    code, said = stand.agent(mode="membership_sync")

    assert code == 0, said
    assert stand.mam.commands() == ["mam-list-accounts", "mam-list-funds"]


def test_what_mam_cannot_do_is_said(stand: Stand) -> None:
    order = stand.order()
    stand.agent()
    stand.small.world.pause(order.resource)

    _, plan = stand.agent("--dry-run", mode="membership_sync")
    assert "moab cannot pause it" in plan
    code, said = stand.agent(mode="membership_sync")

    assert code == 0
    (told,) = events(said, "state.unsupported")
    assert (told["resource"], told["wanted"]) == ("a_one", "paused")
    assert order.resource.state == "OK"


@pytest.mark.parametrize(("owner", "given"), [("backend", 300), ("waldur", 150)])
def test_a_deposit_that_was_not_ordered(stand: Stand, owner: str, given: int) -> None:
    """What an older agent deposited twice stays, and is told, until Waldur is to be right."""
    order = stand.order()
    stand.agent()
    mam = stand.mam
    (fund,) = mam.funds_of("a_one")
    fund["allocated"] = fund["balance"] = "300"
    stand.keep(mam)
    stand.configure(owner=owner)

    code, said = stand.agent(mode="membership_sync")

    assert code == 0, said
    assert stand.mam.given("a_one") == given
    assert order.resource.limits == {"deposit": 150}
    assert ("a_one (300 instead of 150)" in said) == (owner == "backend")


def test_a_months_charges_reach_waldur(stand: Stand) -> None:
    begins = datetime.now(ZoneInfo("Europe/Tallinn")).replace(day=1, hour=0, minute=0, second=0)
    one, two = stand.order("One").resource, stand.order("Two").resource
    stand.agent()
    mam = stand.mam
    mam.charge("a_one", "ada", "10.505", at=_in_utc(begins))
    mam.charge("a_one", "", "2", at=_in_utc(begins))
    mam.charge("a_one", "ada", "7", at=_in_utc(begins - timedelta(seconds=1)))
    mam.state["calls"] = []
    stand.keep(mam)

    code, said = stand.agent("--once", "--period", f"{begins:%Y-%m}", mode="report")

    assert code == 0, said
    assert stand.mam.commands().count("mam-list-usagerecords") == 1
    month, world = begins.date(), stand.small.world
    assert world.usages(one, month) == {"deposit": Decimal("12.51")}
    assert world.user_usages(one, month) == {("ada", "deposit"): Decimal("10.51")}
    assert world.usages(two, month).get("deposit", 0) == 0
    assert world.violations == []


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def test_usage_that_could_not_be_read_is_not_reported(stand: Stand) -> None:
    resource = stand.order().resource
    stand.agent()
    stand.trouble("mam-list-usagerecords", "down", times=99)

    assert stand.agent("--once", mode="report")[0] == 1
    assert not stand.small.world.state.usages_of[resource.uuid]

    stand.trouble("*", "down", times=0)
    assert stand.agent("--once", mode="report")[0] == 0
    assert stand.small.world.state.usages_of[resource.uuid]


def test_a_dry_run_asks_and_changes_nothing(stand: Stand) -> None:
    order = stand.order()

    code, said = stand.agent("--dry-run")

    assert code == 0, said
    assert stand.mam.writes() == []
    assert order.state == "pending-provider"


def test_an_offering_without_a_deposit_is_told_what_it_lacks(stand: Stand) -> None:
    text = stand.config_file.read_text().replace("deposit:", "cpu:")
    stand.config_file.write_text(text.replace(stand.offering.uuid, stand.small.offering.uuid))
    small = stand.small
    order = small.world.order_create(small.project, small.offering, "A", limits={"cpu": 1})

    for command in ("waldur_site_agent", "waldur_site_diagnostics"):
        words = ("--once",) if command == "waldur_site_agent" else ()
        code, said = stand.run(command, "-c", str(stand.config_file), *words)

        assert code == 1, said
        assert "the offering has no component 'deposit'" in said
    assert order.state == "pending-provider"


def test_diagnostics(stand: Stand) -> None:
    code, said = stand.run("waldur_site_diagnostics", "-c", str(stand.config_file))
    assert (code, "backend moab: fine" in said) == (0, True), said
    stand.trouble("*", "down", times=99)
    code, said = stand.run("waldur_site_diagnostics", "-c", str(stand.config_file))
    assert code == 1
    assert "Connection refused" in said


def test_config_check_says_what_mam_cannot_do_and_is_content(stand: Stand) -> None:
    code, said = stand.run("waldur_site_agent", "config", "check", "-c", str(stand.config_file))

    assert code == 0, said
    assert '"moab", by which no resource can be downscaled or paused' in said

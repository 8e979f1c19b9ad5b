"""The agent's commands as processes of their own, beside a Waldur on a loopback port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent_testkit.mastermind.state import Offering, Order

SECONDS = 60
COMMANDS = Path(sys.executable).parent
CONFIGURATION = """\
offerings:
"""
OFFERING = """\
  - name: {name}
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: memory
    {role}_backend: {plugin}
    username_management_backend: {usernames}
    backend_settings: {{allocation_prefix: hpc_}}
    backend_components:
      cpu: {{measured_unit: h, accounting_type: limit, label: CPU, unit_factor: 60}}
"""
ENTRY_POINTS = """\
[waldur_site_agent.backends]
memory = waldur_site_agent_testkit.backends.memory:MemoryBackend
broken = plugin_with_a_defect:Nowhere
grumpy = odd_plugins:Grumpy
elsewhere = odd_plugins:Elsewhere
lasting = odd_plugins:Lasting

[waldur_site_agent.username_management_backends]
initials = odd_plugins:Initials
"""
ODD_PLUGINS = '''\
"""Plugins: one that refuses, one for another cluster, one that outlives its process."""

import json
import pathlib

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.backends.memory import MemoryAccount, MemoryBackend

STATE = pathlib.Path("cluster.json")


class Grumpy(MemoryBackend):
    def begin_pass(self):
        raise BackendError("the licence of the cluster has run out")

    def diagnostics(self):
        raise BackendError("the licence of the cluster has run out")


class Elsewhere(MemoryBackend):
    cluster_name = "here"


class Lasting(MemoryBackend):
    """Accounts are read from a file when a pass begins, and written when it ends."""

    def begin_pass(self):
        for name, kept in json.loads(STATE.read_text()).items():
            account = MemoryAccount(name=name, organization="", owner="", **kept)
            account.users = set(account.users)
            self.system.accounts[name] = account

    def end_pass(self):
        accounts = self.system.accounts.items()
        kept = {n: {"users": sorted(a.users), "limits": a.limits} for n, a in accounts}
        STATE.write_text(json.dumps({**kept, "homes": {"users": sorted(self.system.homes)}}))


class Initials(AbstractUsernameManagementBackend):
    def get_username(self, offering_user):
        return None

    def generate_username(self, offering_user):
        return offering_user.user_username[:1]
'''


@dataclass
class Ended:
    """A command that ended: its exit code and what it said. It never showed a traceback."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err, self.out + self.err

    @property
    def said(self) -> str:
        return self.out + self.err

    def events(self) -> list[dict[str, object]]:
        """The lines of the log, each of which is a JSON object."""
        return [json.loads(line) for line in self.out.splitlines()]

    def event(self, name: str) -> dict[str, object]:
        return next(event for event in self.events() if event["event"] == name)


@dataclass
class Stand:
    """A Waldur, a folder with a configuration and plugins, and the agent's commands."""

    small: SmallWorld
    server: MastermindServer
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def config_file(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def heartbeat(self) -> Path:
        return self.folder / "heartbeat"

    def configure(self, *offerings: str, before: str = "") -> None:
        self.config_file.write_text(before + CONFIGURATION + "".join(offerings))
        self.config_file.chmod(0o600)

    def offering(self, name: str = "Cluster", **changes: str) -> str:
        values = {
            "name": name,
            "url": self.server.api_url,
            "token": self.small.token,
            "uuid": self.small.offering.uuid,
            "plugin": "memory",
            "role": "order_processing",
            "usernames": "base",
            **changes,
        }
        return OFFERING.format(**values)

    def another(self, name: str) -> Offering:
        """One more offering of the same provider."""
        world = self.small.world
        offering = world.add_offering(self.small.customer, name, components=("cpu",))
        world.add_plan(offering)
        return offering

    def order(self, name: str = "A", offering: Offering | None = None) -> Order:
        return self.small.world.order_create(
            self.small.project,
            offering or self.small.offering,
            name,
            limits={"cpu": 10},
            slug=name.lower(),
        )

    def start(self, command: str, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own commands and our own words
            [COMMANDS / command, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
            cwd=self.folder,
        )

    def environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith("WALDUR_")}
        path = os.pathsep.join(filter(None, [str(self.folder), own.get("PYTHONPATH")]))
        heartbeat = {"WALDUR_SITE_AGENT_HEARTBEAT_FILE": str(self.heartbeat)}
        return {**own, "PYTHONPATH": path, **heartbeat, **self.variables}

    def run(self, command: str, *words: str) -> Ended:
        with self.start(command, *words) as process:
            try:
                out, err = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Ended(process.returncode, out, err)

    def agent(self, *words: str) -> Ended:
        return self.run("waldur_site_agent", "-c", str(self.config_file), *words)

    def writes(self) -> list[str]:
        """The paths of all calls that may change something."""
        return [call.path for call in self.small.world.calls if call.method != "GET"]


def install_plugins(folder: Path) -> None:
    """Lay plugins out as an installation does, so that they are found by their entry points."""
    record = folder / "plugins_for_tests-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: plugins-for-tests\nVersion: 1.0\n"
    )
    (record / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "plugin_with_a_defect.py").write_text("import a_library_that_is_not_there\n")
    (folder / "odd_plugins.py").write_text(ODD_PLUGINS)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    small = small_world()
    install_plugins(tmp_path)
    with MastermindServer(small.world) as server:
        stand = Stand(small, server, tmp_path)
        stand.configure(stand.offering())
        yield stand

"""The agent's commands as processes of their own, beside a Waldur on a loopback port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waldur_site_agent_testkit.events.memory import MemoryBroker
from waldur_site_agent_testkit.events.stomp_server import StompServer
from waldur_site_agent_testkit.mastermind.example import SmallWorld, small_world
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.waiting import wait_until

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
EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    websocket_use_tls: false
"""
ENTRY_POINTS = """\
[waldur_site_agent.backends]
memory = waldur_site_agent_testkit.backends.memory:MemoryBackend
broken = plugin_with_a_defect:Nowhere
grumpy = odd_plugins:Grumpy
leaving = odd_plugins:Leaving
elsewhere = odd_plugins:Elsewhere
lasting = odd_plugins:Lasting
gated = odd_plugins:Gated
diary = odd_plugins:Diary

[waldur_site_agent.username_management_backends]
initials = odd_plugins:Initials
"""
ODD_PLUGINS = '''\
"""Plugins: one that refuses, one for another cluster, one that outlives its process."""

import json
import pathlib
import sys

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_testkit.backends.memory import MemoryAccount, MemoryBackend

STATE = pathlib.Path("cluster.json")


class Grumpy(MemoryBackend):
    def begin_pass(self):
        raise BackendError("the licence of the cluster has run out")

    def diagnostics(self):
        raise BackendError("the licence of the cluster has run out")


class Leaving(MemoryBackend):
    """Was once a script, and ends as scripts do."""

    def begin_pass(self):
        sys.exit(0)


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


class Gated(MemoryBackend):
    """Stops before a creation, until somebody writes into a pipe."""

    def _pre_create_resource(self, waldur_resource, user_context=None):
        waiting = pathlib.Path("waiting")
        waiting.touch()
        pathlib.Path("gate").read_text()
        waiting.unlink()


class Diary(MemoryBackend):
    """Writes down what it does, before and after."""

    def __init__(self, backend_settings, backend_components):
        super().__init__(backend_settings, backend_components)
        self.system.on_effect = self._note

    def _note(self, phase, what):
        with open("diary.txt", "a") as diary:
            diary.write(f"{phase} {what}\\n")


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


class Log:
    """What the agent says, read as it comes: a process whose output nobody reads stands still."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, object]] = []
        self._reader = threading.Thread(target=self._read, args=(process.stdout,))
        self._reader.start()

    def _read(self, stdout: Iterator[str]) -> None:
        self.lines.extend(json.loads(line) for line in stdout)

    def end(self) -> None:
        self._reader.join()

    @property
    def text(self) -> str:
        return "\n".join(map(str, self.lines))

    def all(self, event: str, **fields: object) -> list[dict[str, object]]:
        wanted = {"event": event, **fields}
        return [line for line in list(self.lines) if wanted.items() <= line.items()]

    def has(self, event: str, **fields: object) -> bool:
        return bool(self.all(event, **fields))

    def wait_for(self, event: str, *, times: int = 1, **fields: object) -> None:
        """Wait until something was told so often in all."""
        told = partial(self.all, event, **fields)
        wait_until(f"{event} {fields}", lambda: len(told()) >= times, seconds=30)

    def wait_for_more(self, event: str, **fields: object) -> None:
        """Wait until something is told once more than now."""
        self.wait_for(event, times=len(self.all(event, **fields)) + 1, **fields)

    def hang_up(self) -> None:
        """Ask for new settings."""
        self.process.send_signal(signal.SIGHUP)


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

    def on_events(self, server: StompServer, **changes: str) -> str:
        """An offering whose orders come by the broker."""
        return self.offering(**changes) + EVENTS.format(port=server.port)

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

    @contextmanager
    def running(self, *words: str) -> Iterator[Log]:
        """The agent, by default everything in one process, until the block ends; then in order."""
        words = words or ("run",)
        with self.start("waldur_site_agent", *words, "-c", str(self.config_file)) as process:
            log = Log(process)
            try:
                yield log
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(SECONDS)
                log.end()
            err = process.stderr.read()
        assert process.returncode == 0, log.text + err
        assert "Traceback" not in log.text + err

    def wait_for_gate(self) -> None:
        """Wait until the gated backend is at its gate."""
        wait_until("somebody is at the gate", (self.folder / "waiting").exists)

    def open_gate(self) -> None:
        """Let the gated backend go on once."""
        self.wait_for_gate()
        with (self.folder / "gate").open("w") as gate:
            gate.write("go on")

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

    def code_with_a_defect(self, *words: str) -> int:
        """The exit code of an agent in whose log a plugin's defect may be told in full."""
        with self.start("waldur_site_agent", *words, "-c", str(self.config_file)) as process:
            process.communicate(timeout=SECONDS)
        return process.returncode

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
    os.mkfifo(folder / "gate")


@pytest.fixture
def broker(stand: Stand) -> Iterator[StompServer]:
    """A broker that hears of everything; ``stand.on_events`` puts an offering on it."""
    broker = MemoryBroker()
    with StompServer(broker) as server:
        stand.small.world.publish_through(broker)
        stand.small.world.set_username(stand.small.member, stand.small.offering, "ada")
        yield server


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    small = small_world()
    install_plugins(tmp_path)
    with MastermindServer(small.world) as server:
        stand = Stand(small, server, tmp_path)
        stand.configure(stand.offering())
        yield stand

"""Real services for these tests: required where the environment says so, else skipped without."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

import pytest

from waldur_site_agent_slurm.backend import SlurmBackend
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World
from waldur_site_agent_testkit.rabbitmq.install import RABBITMQ
from waldur_site_agent_testkit.rabbitmq.server import RabbitMQ
from waldur_site_agent_testkit.slurm.cluster import SlurmCluster, ensure_unix_users
from waldur_site_agent_testkit.slurm.install import missing_programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from waldur_site_agent_testkit.mastermind.state import Offering, Order, Project

PEOPLE = tuple(f"wsa{number:02}" for number in range(1, 26))


def _do_without(reason: str) -> None:
    if os.environ.get("WALDUR_SITE_AGENT_REAL") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """A broker; tests leave it running, each with a vhost of its own."""
    missing = RABBITMQ.missing_programs()
    if missing:
        _do_without(f"a real RabbitMQ needs {', '.join(missing)}")
    with RabbitMQ() as server:
        yield server


@pytest.fixture(scope="session")
def slurm_cluster() -> Iterator[SlurmCluster]:
    missing = missing_programs()
    if missing or os.geteuid() != 0:
        _do_without(f"a real Slurm needs root and {', '.join(missing) or 'nothing else'}")
    ensure_unix_users(PEOPLE)
    with SlurmCluster() as cluster:
        yield cluster


@pytest.fixture
def slurm(slurm_cluster: SlurmCluster) -> SlurmCluster:
    slurm_cluster.reset()
    return slurm_cluster


@pytest.fixture
def people() -> tuple[str, ...]:
    """Names that have a Unix account."""
    return PEOPLE


COMPONENTS = {
    "cpu": {"unit_factor": 60000, "accounting_type": "limit"},
    "mem": {"unit_factor": 61440, "accounting_type": "limit"},
}


@pytest.fixture
def make_backend(slurm: SlurmCluster) -> Callable[..., SlurmBackend]:
    """The plugin on the cluster, without the rest of the agent."""

    def make(components: dict[str, Any] | None = None, **settings: Any) -> SlurmBackend:
        common = {
            "slurm_bin_path": slurm.bin_path,
            "cluster_name": slurm.name,
            "default_account": "root",
            "customer_prefix": "c_",
            "project_prefix": "p_",
            "allocation_prefix": "a_",
            "enable_user_homedir_account_creation": False,
        }
        return SlurmBackend({**common, **settings}, components or COMPONENTS)

    return make


@pytest.fixture
def make_resource() -> Callable[..., Any]:
    """A resource as Waldur has it; its id on the backend is ``a_`` and its slug."""

    def make(slug: str = "x1", **changes: Any) -> Any:
        fields: dict[str, Any] = {
            "uuid": uuid.uuid4(),
            "name": "My allocation",
            "slug": slug,
            "backend_id": f"a_{slug}",
            "limits": {"cpu": 2, "mem": 3},
            "attributes": {},
            "project_slug": "proj",
            "project_name": "Project",
            "customer_slug": "cust",
            "customer_name": "Customer",
            "created": None,
            "end_date": None,
        }
        return SimpleNamespace(**{**fields, **changes})

    return make


AGENT_SECONDS = 120
EVENTS = """\
    membership_sync_backend: slurm
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    stomp_ws_path: /ws
    websocket_use_tls: false
"""
CONFIGURATION = """\
offerings:
  - name: Cluster
    waldur_api_url: {url}
    waldur_api_token: {token}
    waldur_offering_uuid: {uuid}
    backend_type: slurm
    order_processing_backend: slurm
    backend_settings:
      slurm_bin_path: {bin_path}
      cluster_name: {cluster}
      default_account: root
      customer_prefix: c_
      project_prefix: p_
      allocation_prefix: hpc_
    backend_components:
      cpu: {{measured_unit: k-Hours, unit_factor: 60000, accounting_type: limit, label: CPU}}
      mem: {{measured_unit: GB-Hours, unit_factor: 61440, accounting_type: limit, label: RAM}}
      gres/gpu: {{measured_unit: Hours, unit_factor: 60, accounting_type: limit, label: GPU}}
"""


@dataclass
class Stand:
    """Waldur, a real Slurm, and the agent's own command between them."""

    world: World
    offering: Offering
    project: Project
    slurm: SlurmCluster
    config_file: Path

    def start(
        self, *words: str, output: IO[str] | int = subprocess.PIPE, **variables: str
    ) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "waldur_site_agent", "-c", str(self.config_file), *words]
        return subprocess.Popen(  # noqa: S603 - our own words
            argv,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **variables},
        )

    def agent(self, *words: str) -> tuple[int, str]:
        """Run the agent's command to its end: exit code and output."""
        with self.start(*words or ("--once",)) as process:
            try:
                output, _ = process.communicate(timeout=AGENT_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                raise
        return process.returncode, output

    def set(self, **settings: object) -> None:
        """Change ``backend_settings`` in the configuration file."""
        text = self.config_file.read_text()
        lines = "".join(f"      {name}: {value}\n" for name, value in settings.items())
        for name in settings:
            text = re.sub(rf"^      {name}: .*\n", "", text, flags=re.MULTILINE)
        self.config_file.write_text(
            text.replace("backend_settings:\n", f"backend_settings:\n{lines}")
        )

    def listen(self, port: int) -> None:
        """Configure events of a broker on this port, for orders and members."""
        role = "    order_processing_backend: slurm\n"
        text = self.config_file.read_text()
        self.config_file.write_text(text.replace(role, role + EVENTS.format(port=port)))

    def create(self, name: str, **limits: int) -> Order:
        return self.world.order_create(
            self.project, self.offering, name, limits=limits or {"cpu": 1}, slug=name.lower()
        )


@pytest.fixture
def stand(slurm: SlurmCluster, people: tuple[str, ...], tmp_path: Path) -> Iterator[Stand]:
    """A project with a team of twenty."""
    world = World()
    provider = world.add_customer("University", slug="Uni")
    agent = world.add_user("agent", is_staff=True)
    project = world.add_project(provider, "Climate", slug="climate")
    for name in people[:20]:
        world.grant(world.add_user(name), project)
    offering = world.add_offering(
        provider,
        "Cluster",
        components=("cpu", "mem", "gres/gpu"),
        plugin_options={
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": "waldur_username",
        },
    )
    world.add_plan(offering)
    config_file = tmp_path / "config.yaml"
    with MastermindServer(world) as server:
        config_file.write_text(
            CONFIGURATION.format(
                url=server.api_url,
                token=agent.token,
                uuid=offering.uuid,
                bin_path=slurm.bin_path,
                cluster=slurm.name,
            )
        )
        config_file.chmod(0o600)
        yield Stand(world, offering, project, slurm, config_file)

"""A site for one test: a Waldur, a configuration file, and the agent's own commands.

with AgentSite(folder=tmp_path, components={"storage": ComponentSpec()}) as site:
    site.configure(order_processing_backend="mine", backend_settings={"api_url": remote.url})
    order = site.order("data", limits={"storage": 10})
    ended = site.agent("-m", "order_process", "--once")
    assert order.state == "done"
    assert ended.hooks["mine", "create_resource_with_id"]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import yaml

from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from types import TracebackType

    from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
    from waldur_site_agent_testkit.mastermind.state import Order, Resource, User

COMMANDS = Path(sys.executable).parent
SECONDS = 120
"""A command that takes longer hangs."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A command that ended.

    Attributes:
        code: its exit code.
        out: its standard output: the log, a JSON object a line.
        err: its standard error.
    """

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def hooks(self) -> Counter[tuple[str, str]]:
        """How often each hook of each plugin ran the plugin's own code: by (plugin, hook)."""
        return Counter(
            (event["plugin"], event["hook"])
            for event in self.events
            if event["event"] == "hook.called" and event["own"]
        )


@dataclass(kw_only=True)
class AgentSite:
    """One provider with one offering and one project, and the agent beside it.

    Attributes:
        folder: where the configuration is written and commands run.
        components: of the offering, by type.
        plugin_options: of the offering in Waldur; by default the agent names its users.
        variables: of the environment of commands, beside those of this process.
    """

    folder: Path
    components: Mapping[str, ComponentSpec] = field(default_factory=dict)
    plugin_options: Mapping[str, Any] | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the world; nothing is served yet."""
        self.world = World()
        self.customer = self.world.add_customer("Example Provider")
        self.project = self.world.add_project(self.customer, "Example project")
        self.offering = self.world.add_offering(
            self.customer,
            "Example offering",
            components=dict(self.components),
            plugin_options=self.plugin_options,
        )
        self.plan = self.world.add_plan(self.offering)
        self.operator = self.world.add_user("agent", last_name="Site")
        self.world.grant(self.operator, self.customer, Role.CUSTOMER_OWNER)
        self.server = MastermindServer(self.world)

    @property
    def config_file(self) -> Path:
        """The agent's configuration."""
        return self.folder / "config.yaml"

    def configure(self, **offering: Any) -> None:
        """Write a configuration with one offering.

        Args:
            **offering: its keys, beside its name and how its Waldur is reached; backend
                components are those of the offering unless they are given.
        """
        block = {
            "name": "Example",
            "waldur_api_url": self.server.api_url,
            "waldur_api_token": self.operator.token,
            "waldur_offering_uuid": self.offering.uuid,
            "backend_type": "custom",
            "backend_components": self._components(),
            **offering,
        }
        self.config_file.write_text(yaml.safe_dump({"offerings": [block]}, sort_keys=False))
        self.config_file.chmod(0o600)

    def member(self, name: str, *, username: str = "", **profile: Any) -> User:
        """Add somebody to the project's team; with a username at the offering, if one is given."""
        user = self.world.add_user(name, **profile)
        self.world.grant(user, self.project)
        if username:
            self.world.set_username(user, self.offering, username)
        return user

    def leave(self, user: User) -> None:
        """Take somebody off the project's team."""
        self.world.revoke(user, self.project)

    def order(self, name: str, **order: Any) -> Order:
        """Order a resource; keywords are those of ``World.order_create``."""
        return self.world.order_create(
            self.project, self.offering, name, **{"slug": name.lower(), **order}
        )

    def used(self, resource: Resource) -> dict[str, Decimal]:
        """Tell what Waldur knows that a resource used this month, by component."""
        return self.world.usages(resource, self.world.clock.today().replace(day=1))

    def agent(self, *words: str) -> Ended:
        """Run ``waldur_site_agent`` with the configuration, and every call of a hook told."""
        return self.run("waldur_site_agent", "-c", str(self.config_file), *words)

    def run(self, command: str, *words: str) -> Ended:
        """Run a command of the agent in the folder, until it ends.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        ended = subprocess.run(  # noqa: S603 - the agent's own commands
            [COMMANDS / command, *words],
            capture_output=True,
            text=True,
            env=self._environment(),
            cwd=self.folder,
            timeout=SECONDS,
            check=False,
        )
        return Ended(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("WALDUR_")},
            "WALDUR_SITE_AGENT_HEARTBEAT_FILE": str(self.folder / "heartbeat"),
            "WALDUR_SITE_AGENT_TRACE_HOOKS": "1",
            **self.variables,
        }

    def _components(self) -> dict[str, dict[str, Any]]:
        return {
            kind: {
                "label": spec.name or kind,
                "measured_unit": spec.measured_unit,
                "unit_factor": spec.unit_factor,
                "accounting_type": spec.billing_type,
            }
            for kind, spec in self.components.items()
        }

    def __enter__(self) -> Self:
        """Serve the world inside of the block."""
        self.server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.server.stop()

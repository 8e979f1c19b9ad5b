"""What starting costs with published plugins of the 1.x agent, in wall time, CPU time and memory.

    scripts/test-third-party --collect-only  # makes the environment
    .venv-third-party/bin/python benchmarks/startup_third_party.py

All of them are installed throughout. At first none is configured, then each alone, then all, with
an offering each. A start ends with ``agent.ready``, when all plugins that are configured are
loaded. The figures are medians; on a busy machine CPU time tells more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from memory_plugin import install
from startup import COMMANDS, HEARTBEAT, TIMES, command, show, tell, until_ready
from third_party_settings import KUBECONFIG, LDAP, SETTINGS, write_kubeconfig

from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "waldur_site_agent.backends"
OURS = "waldur_site_agent_testkit"
ROLES = ("order_processing_backend", "membership_sync_backend", "reporting_backend")
Offering = dict[str, object]


def main() -> None:
    """Print a table."""
    with stage() as (folder, offerings):
        print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
        tell("waldur_site_agent --help", command("waldur_site_agent", "--help"))
        probe = command("waldur_site_healthz", "--liveness-only")
        tell("waldur_site_healthz --liveness-only", probe)
        measure("agent.ready, none configured", folder, [offerings.pop("memory")])
        for name, offering in offerings.items():
            measure(f"agent.ready, {name}", folder, [offering])
        measure("agent.ready, all of them", folder, offerings.values())


def measure(what: str, folder: Path, offerings: Iterable[Offering]) -> None:
    """Print what starts with some offerings take."""
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"offerings": list(offerings)}))
    config.chmod(0o600)
    argv = [str(COMMANDS / "waldur_site_agent"), "run", "-c", str(config)]
    show(what, [until_ready(argv) for _ in range(TIMES + 1)][1:])


@contextmanager
def stage() -> Iterator[tuple[Path, dict[str, Offering]]]:
    """A folder, and an offering in Waldur for each plugin, by the plugin's name."""
    with tempfile.TemporaryDirectory(prefix="waldur-site-agent-benchmark-") as name:
        folder, world = Path(name), World()
        names = measured()
        install(folder)
        write_kubeconfig(folder / KUBECONFIG)
        os.environ["PYTHONPATH"] = name
        os.environ[HEARTBEAT] = str(folder / "heartbeat")
        (folder / "heartbeat").touch()
        os.chdir(folder)
        with MastermindServer(world) as server:
            yield folder, offerings_in(world, server.api_url, names)


def measured() -> list[str]:
    """The backends that are installed; one without settings here ends the program."""
    found = entry_points(group=GROUP)
    installed = {one.name for one in found if not one.module.startswith(OURS)}
    if unknown := installed - set(SETTINGS):
        sys.exit(f"third_party_settings.py has none for {', '.join(sorted(unknown))}")
    return [name for name in SETTINGS if name in installed]


def offerings_in(world: World, api_url: str, names: Iterable[str]) -> dict[str, Offering]:
    """Make the offerings; nothing was ordered of them."""
    customer, agent = world.add_customer("Provider"), world.add_user("agent")
    world.grant(agent, customer, Role.CUSTOMER_OWNER)

    def offering(name: str, backend: str, **keys: object) -> Offering:
        uuid = world.add_offering(customer, name, components=("cpu",)).uuid
        known = {"waldur_api_token": agent.token, "waldur_offering_uuid": uuid}
        cpu = {"measured_unit": "hours", "accounting_type": "limit", "label": "CPU"}
        return {
            "name": name,
            "waldur_api_url": api_url,
            **known,
            "backend_type": "custom",
            **dict.fromkeys(ROLES, backend),
            "backend_components": {"cpu": cpu},
            **keys,
        }

    ldap = {"username_management_backend": "ldap", "backend_settings": LDAP}
    return {
        "memory": offering("memory", "memory", backend_settings={}),
        **{name: offering(name, name, backend_settings=SETTINGS[name]) for name in names},
        "ldap": offering("ldap", "memory", **ldap),
    }


if __name__ == "__main__":
    main()

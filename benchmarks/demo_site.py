"""The demo's Waldur, emulated Slurm and configuration, for counting and timing."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo.cluster import EmulatedCluster
from waldur_site_agent_testkit.demo.stage import Stage, configuration, set_up
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class DemoSite:
    """Where the agent is measured."""

    stage: Stage
    cluster: EmulatedCluster
    config_file: Path

    def command(self, *words: str) -> list[str]:
        """The agent's command with this site's configuration."""
        command, options = ((), words) if words[:1] != ("run",) else (("run",), words[1:])
        program = str(COMMANDS / "waldur_site_agent")
        return [program, *command, "-c", str(self.config_file), *options]


@contextmanager
def demo_site() -> Iterator[DemoSite]:
    """Three offerings, a team of six, no orders yet."""
    with tempfile.TemporaryDirectory(prefix="waldur-site-agent-benchmark-") as name:
        folder, world = Path(name), World()
        stage = set_up(world)
        cluster = EmulatedCluster(folder)
        token = folder / "token"
        token.write_text(stage.agent.token)
        token.chmod(0o600)
        config_file = folder / "config.yaml"
        with MastermindServer(world) as server:
            config_file.write_text(
                configuration(
                    stage,
                    url=server.api_url,
                    token_file=str(token),
                    bin_path=str(cluster.bin_path),
                )
            )
            yield DemoSite(stage=stage, cluster=cluster, config_file=config_file)

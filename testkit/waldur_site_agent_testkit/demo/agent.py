"""The agent's own command, run as an administrator runs it."""

from __future__ import annotations

import subprocess
import sys
from threading import Timer
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo import show

if TYPE_CHECKING:
    from pathlib import Path

    from waldur_site_agent_testkit.demo.cluster import EmulatedCluster

DEADLINE_SECONDS = 120
CANNOT_START = 2


class AgentFailedError(Exception):
    """The agent did not even start; the text is what it said."""


class Agent:
    """The agent with the demo's configuration, pass by pass."""

    def __init__(self, config_file: Path, cluster: EmulatedCluster) -> None:
        """Start nothing yet."""
        self._config_file = config_file
        self._cluster = cluster
        self.commands_run = 0

    def one_pass(self, mode: str = "order_process", *words: str) -> None:
        """Make one pass, and show what the agent says while it does, and which commands it ran.

        Raises:
            AgentFailedError: it could not start, or did not end.
        """
        command = self._command(mode, "--once", *words)
        agent = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        deadline = Timer(DEADLINE_SECONDS, agent.kill)
        deadline.start()
        with agent:
            for line in agent.stdout or ():
                show.log_line(line.rstrip())
        deadline.cancel()
        _require_end(agent.returncode, "see above")
        self._show_commands()

    def dry_run(self) -> None:
        """Show what a pass would do.

        Raises:
            AgentFailedError: it could not start.
        """
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            self._command("order_process", "--dry-run"),
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
        _require_end(done.returncode, done.stderr)
        show.plan(done.stdout)
        self._cluster.take_commands()

    def _command(self, mode: str, *words: str) -> list[str]:
        program = [sys.executable, "-m", "waldur_site_agent"]
        command = [*program, "-m", mode, "-c", str(self._config_file), *words]
        show.command(["waldur_site_agent", "-m", mode, "-c", self._config_file.name, *words])
        return command

    def _show_commands(self) -> None:
        caused = self._cluster.take_commands()
        self.commands_run += len(caused)
        show.commands(caused)


def _require_end(code: int, said: str) -> None:
    if code < 0 or code >= CANNOT_START:
        raise AgentFailedError(f"The agent ended with {code}: {said}")

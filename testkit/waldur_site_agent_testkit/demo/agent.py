"""The agent's own command, run as an administrator runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.demo import show
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from waldur_site_agent_testkit.demo.cluster import EmulatedCluster

DEADLINE_SECONDS = 120
OFTEN_SECONDS = 0.5
END_SECONDS = 40
OFTEN = "0.1"
"""Minutes between two reports, so that nobody has to wait for half an hour."""
ENVIRONMENT = {"WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES": OFTEN}


class AgentFailedError(Exception):
    """The agent did not do what it should; the text says what was waited for."""


class Agent:
    """One process with the demo's configuration, from the first act to the last."""

    def __init__(self, config_file: Path, cluster: EmulatedCluster) -> None:
        """Start nothing yet."""
        self._config_file = config_file
        self._cluster = cluster
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.commands_run = 0

    def dry_run(self) -> None:
        """Show what the agent would do.

        Raises:
            AgentFailedError: it could not tell.
        """
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            self._command("--dry-run"),
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
            env=self._environment(),
        )
        if done.returncode:
            raise AgentFailedError(f"The dry run ended with {done.returncode}: {done.stderr}")
        show.plan(done.stdout)
        self._cluster.take_commands()

    def start(self) -> None:
        """Start the agent; what it says is shown as it comes."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            self._command(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment(),
        )
        self._reader = threading.Thread(target=_show, args=(self._process.stdout or (),))
        self._reader.start()

    def reload(self) -> None:
        """Have it take over new settings."""
        if self._process is not None:
            show.command(["kill", "-HUP", str(self._process.pid)])
        self._signal(signal.SIGHUP)

    def wait_until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait for an effect, and show the commands that it took.

        Raises:
            AgentFailedError: it did not come.
        """
        try:
            wait_until(
                what,
                lambda: self._has_ended or is_so(),
                seconds=DEADLINE_SECONDS,
                often=OFTEN_SECONDS,
            )
        except TimeoutError as error:
            raise AgentFailedError(str(error)) from None
        if self._has_ended:
            raise AgentFailedError(f"The agent ended, and so in vain was waited for: {what}")
        self._show_commands()

    def stop(self) -> None:
        """End it, as systemd would."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        if self._reader is not None:
            self._reader.join()

    @property
    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and not self._has_ended:
            self._process.send_signal(number)

    def _command(self, *words: str) -> list[str]:
        words = ("run", "-c", str(self._config_file), *words)
        show.command(["waldur_site_agent", "run", "-c", self._config_file.name, *words[3:]])
        return [sys.executable, "-m", "waldur_site_agent", *words]

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, **ENVIRONMENT}

    def _show_commands(self) -> None:
        caused = self._cluster.take_commands()
        self.commands_run += len(caused)
        show.commands(caused)


def _show(lines: Iterable[str]) -> None:
    for line in lines:
        show.log_line(line.rstrip())

"""RabbitMQ in the foreground, in a session of its own, and nothing left behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from waldur_site_agent_testkit.rabbitmq.layout import LOOPBACK, lay_out
from waldur_site_agent_testkit.rabbitmq.management import Management, ManagementError

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
START_SECONDS = 60.0
STOP_SECONDS = 15.0


class BrokerError(Exception):
    """The broker did not come up; the message has the end of what it printed."""


class RabbitMQ:
    """A broker of our own, from nothing in a few seconds; a context manager.

    ``management`` is its management API, with the rights that Mastermind's own account has.
    """

    def __init__(self) -> None:
        """Lay out the broker's files; nothing runs yet."""
        self._folder = Path(tempfile.mkdtemp(prefix="waldur-site-agent-rabbitmq-"))
        self.layout = lay_out(self._folder / "broker")
        self.management = Management(
            host=LOOPBACK, port=self.layout.ports.management, password=self.layout.password
        )
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        atexit.register(self.stop)

    @property
    def port(self) -> int:
        """Where STOMP over WebSocket is spoken, at the path ``/ws``."""
        return self.layout.ports.web_stomp

    def start(self) -> None:
        """Start it, with all that it kept of an earlier run.

        Raises:
            BrokerError: it did not come up in time.
        """
        self._spawn("epmd", "/usr/bin/epmd", "-port", str(self.layout.ports.epmd))
        self._spawn("broker", SERVER)
        self._wait_until(self._is_up)

    def stop(self) -> None:
        """Stop it, as an administrator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it and remove its files."""
        self.kill()
        atexit.unregister(self.stop)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self, name: str, *argv: str) -> None:
        with self.layout.output.open("ab") as output:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own words
                argv,
                env=self.layout.environment(),
                cwd=self.layout.top,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _is_up(self) -> bool:
        try:
            return self.management.is_listening("http/web-stomp")
        except ManagementError:
            return False

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_so():
            if self._running["broker"].poll() is not None or time.monotonic() > deadline:
                printed = self.layout.output.read_text(errors="replace")
                raise BrokerError(f"RabbitMQ did not come up: {printed[-800:]}")
            time.sleep(0.05)

    def _end(self, how: signal.Signals) -> None:
        """End the broker, then the port mapper."""
        for name in ("broker", "epmd"):
            process = self._running.pop(name, None)
            if process is not None:
                _end(process, how)


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End a process and its whole session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)

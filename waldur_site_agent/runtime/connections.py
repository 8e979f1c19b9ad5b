"""The connections of a process: one for each Mastermind and credential, whoever uses it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.connection import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur


class Connections:
    """Gateways that are shared by all who reach the same Waldur in the same way."""

    def __init__(self, connect: Callable[[ConnectionSettings], Waldur] = connect) -> None:
        """Connect to nothing yet."""
        self._connect = connect
        self._lock = threading.Lock()
        self._open: dict[ConnectionSettings, Waldur] = {}
        self._users: dict[ConnectionSettings, int] = {}

    def take(self, settings: ConnectionSettings) -> Waldur:
        """The gateway for these settings; nothing is asked. Whoever takes it gives it back."""
        with self._lock:
            if settings not in self._open:
                self._open[settings] = self._connect(settings)
            self._users[settings] = self._users.get(settings, 0) + 1
            return self._open[settings]

    def in_use(self) -> Sequence[Waldur]:
        """Those that somebody has taken, by their address."""
        with self._lock:
            return [self._open[one] for one in sorted(self._open, key=lambda one: one.api_url)]

    def give_back(self, settings: ConnectionSettings) -> None:
        """Have no more use for it; the last one closes it."""
        with self._lock:
            self._users[settings] -= 1
            if self._users[settings]:
                return
            del self._users[settings]
            waldur = self._open.pop(settings)
        waldur.close()

"""Telling Waldur which agent works on an offering, with what, and that it is alive.

A Waldur that lacks these endpoints, or refuses them, still has its orders worked on.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.plugins.discovery import agent_packages
from waldur_site_agent.waldur.errors import RefusedError, WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur

logger = structlog.get_logger(__name__)

STARTED = datetime.now(UTC)
"""When this process started, near enough: whoever registers, and however late, says the same."""
REFRESH_SECONDS = 240.0
"""Mastermind marks a service idle when none of its processors ran for ten minutes. Less than five,
lest who comes every five minutes be too early by the time that the last registration took, and then
be silent for ten."""


@dataclass(frozen=True, kw_only=True)
class Processor:
    """What works in a service: the names that Mastermind shows."""

    name: str
    backend_type: str
    """Dotted path of the backend class."""
    backend_version: str


class Identity:
    """One offering's agent in Waldur, registered once a process. Any thread may ask."""

    def __init__(self, waldur: Waldur, offering_uuid: str, *, version: str, name: str = "") -> None:
        """Register nothing yet; by default, the name is the offering's."""
        self._waldur = waldur
        self._name = name or f"agent-{offering_uuid}"
        self._offering_uuid = offering_uuid
        self._version = version
        self._lock = threading.Lock()
        self._uuid: UUID | None = None

    def __call__(self) -> UUID:
        """The identity's UUID.

        Raises:
            WaldurError: it could not be registered.
        """
        with self._lock:
            self._uuid = self._uuid or self._register()
            return self._uuid

    def forget(self) -> None:
        """Register anew next time: somebody may have deleted it."""
        with self._lock:
            self._uuid = None

    def _register(self) -> UUID:
        identity = self._waldur.agents.register_identity(
            offering_uuid=self._offering_uuid,
            name=self._name,
            version=self._version,
            dependencies=agent_packages(),
            last_restarted=STARTED,
        )
        return identity.uuid


class Registration:
    """A service of one offering's agent, and what works in it, as registered in Waldur."""

    def __init__(
        self,
        waldur: Waldur,
        offering_uuid: str,
        *,
        mode: str,
        version: str,
        identity: Identity | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Register nothing yet.

        Args:
            waldur: where.
            offering_uuid: whose agent.
            mode: what the service is called.
            version: the agent's.
            identity: shared with others; by default, one of its own.
            clock: seconds that never go back.
        """
        self._waldur = waldur
        self._identity = identity or Identity(waldur, offering_uuid, version=version)
        self._mode = mode
        self._clock = clock
        self._service: UUID | None = None
        self._refusal_told = False
        self._last_run: float | None = None

    def ran(self, processor: Processor) -> None:
        """Say that a processor ran, at most once in four minutes. Never raises."""
        if not self._is_due():
            return
        try:
            service = self._service or self._register()
            self._waldur.agents.register_processor(
                service,
                name=processor.name,
                backend_type=processor.backend_type,
                backend_version=processor.backend_version,
            )
        except RefusedError as error:
            self._begin_anew(error)
        except WaldurError as error:
            self._service = None
            self._identity.forget()
            logger.warning("registration.failed", error=str(error), consequence="tried again")
        else:
            self._last_run = self._clock()

    def _begin_anew(self, error: RefusedError) -> None:
        """Try all of it again in four minutes: somebody may have deleted what was registered.

        Told once, as a server without these endpoints refuses every time.
        """
        self._service, self._last_run = None, self._clock()
        self._identity.forget()
        if not self._refusal_told:
            logger.warning("registration.refused", error=str(error), consequence="the work goes on")
        self._refusal_told = True

    def _is_due(self) -> bool:
        return self._last_run is None or self._clock() - self._last_run >= REFRESH_SECONDS

    def _register(self) -> UUID:
        """Register the identity and the service, once a process."""
        service = self._waldur.agents.register_service(
            self._identity(), name=self._mode, mode=self._mode
        )
        self._service = service.uuid
        return service.uuid

"""What every backend is: its settings, its client, what it can do, and its sign of life."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend import BackendType
from waldur_site_agent.backend.clients import BaseClient, UnknownClient
from waldur_site_agent.backend.exceptions import BackendNotReadyError
from waldur_site_agent.backend.hooks.capabilities import Capabilities

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_types import Components


class Foundation(Capabilities, ABC):
    """Settings, components, client, and whether the backend answers."""

    backend_type: str
    """The plugin's own word for its kind; set by its constructor. The agent refuses to work with
    ``"unknown"``."""

    backend_settings: dict[str, Any]
    """The offering's ``backend_settings`` as the operator wrote them; defaults are the plugin's."""

    backend_components: Components
    """The offering's ``backend_components`` by name, as plain values."""

    client: BaseClient
    """How the backend is spoken to. A plugin's constructor sets its own, of whatever class."""

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Take an offering's settings.

        The agent calls a plugin with these two arguments, once for every pass. So a constructor
        should be cheap and ask the backend nothing.

        Args:
            backend_settings: the offering's ``backend_settings``.
            backend_components: the offering's ``backend_components`` by name.
        """
        self.backend_type = BackendType.UNKNOWN.value
        self.backend_settings = backend_settings
        self.backend_components = backend_components
        self.client = UnknownClient()
        self.offering_partitions: list[str] = []

    @abstractmethod
    def ping(self, raise_exception: bool = False) -> bool:
        """Say whether the backend answers; cheap, and without effect.

        The agent asks after a failure, to tell the backend's "no" from its silence, and before it
        believes a plugin that answered "not there" without having been able to say "unknown".

        Args:
            raise_exception: raise BackendError instead of answering False.
        """

    @abstractmethod
    def diagnostics(self) -> bool:
        """Log what helps an operator, and say whether all is well. For the diagnostics command."""

    @abstractmethod
    def list_components(self) -> list[str]:
        """List the backend's own names of what can be limited or used. For diagnostics."""

    def run_preflight(self) -> None:
        """Say whether this pass makes sense; before orders, if ``supports_cycle_preflight``.

        Raises:
            BackendNotReadyError: it does not; the pass is left out. By default, when ``ping()``
                is false.
        """
        if not self.ping():
            raise BackendNotReadyError("the backend does not answer its ping")

    def begin_pass(self) -> None:
        """Prepare for a pass over many resources; a place to read one snapshot for all of it.

        Called before each pass. Nothing by default. A failure here ends the pass; orders stay.
        """

    def end_pass(self) -> None:
        """Let go of what ``begin_pass`` kept. Called after each pass, also a failed one."""

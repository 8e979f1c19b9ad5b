"""What every mode does for one offering, pass after pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Protocol

from waldur_site_agent.runtime.registration import Processor, Registration
from waldur_site_agent.sites.opening import connection_settings, open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.connections import Connections
    from waldur_site_agent.sites.site import Site


class Report(Protocol):
    """What came of a pass."""

    @property
    def failed(self) -> bool:
        """Whether a script should be told of it."""

    @property
    def given_up(self) -> str:
        """Why the pass ended before its last object, where it did."""


class OfferingWork(ABC):
    """One mode's work on one offering."""

    mode: ClassVar[str]
    role: ClassVar[Role]
    processor: ClassVar[str]
    """The name under which Waldur shows who works."""

    def __init__(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        plugin: LoadedPlugin,
        *,
        version: str,
        connections: Connections,
    ) -> None:
        """Prepare to work; nothing is asked yet."""
        self.offering = offering
        self._configuration = configuration
        self._plugin = plugin
        user_agent = f"waldur-site-agent-{self.mode}/{version}"
        self._connection = connection_settings(offering, configuration, user_agent=user_agent)
        self._connections = connections
        self._waldur = connections.take(self._connection)
        self._registration = Registration(
            self._waldur, offering.waldur_offering_uuid, mode=self.mode, version=version
        )

    @abstractmethod
    def work(self, *, check_stop: Callable[[], None], beat: Callable[[], None]) -> Report:
        """Make one pass.

        Raises:
            StoppedError: the process was asked to end.
            WaldurError: Waldur did not tell what there is to do.
            BackendError: the backend does not answer at all; BackendNotReadyError likewise.
            PluginError: the backend refuses its settings.
        """

    def close(self) -> None:
        """Let go of the connection to Waldur."""
        self._connections.give_back(self._connection)

    def _register(self) -> None:
        """Tell Waldur that a pass is made. Never raises."""
        cls = self._plugin.cls
        self._registration.ran(
            Processor(
                name=self.processor,
                backend_type=f"{cls.__module__}.{cls.__qualname__}",
                backend_version=self._plugin.version,
            )
        )

    @contextmanager
    def _site(self) -> Iterator[Site]:
        """The offering at work; the backend is told where a pass begins and ends."""
        site = open_site(
            self.offering,
            self._configuration,
            role=self.role,
            waldur=self._waldur,
            connection=self._connection,
        )
        site.backend.begin_pass()
        try:
            yield site
        finally:
            site.backend.end_pass()

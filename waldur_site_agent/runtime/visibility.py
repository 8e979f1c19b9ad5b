"""What the world sees of a running agent: pages over HTTP, log lines in Waldur, errors reported."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.error_reporting import report_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.runtime.connections import Connections


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """A process that is to be seen.

    Attributes:
        mode: what it does.
        version: the agent's.
        connections: of the process.
        http_port: where pages are served; None for nowhere.
    """

    mode: str
    version: str
    connections: Connections
    http_port: int | None = None
    _shipping: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    @contextmanager
    def shown(
        self, configuration: AgentConfiguration, offerings: Sequence[Offering]
    ) -> Iterator[None]:
        """Show the process for as long as the block lasts. What is not configured costs nothing.

        Args:
            configuration: of the agent.
            offerings: that the process works on.

        Raises:
            CannotListenError: the port for pages is not to be had.
        """
        with ExitStack() as shown:
            report_errors(configuration, version=self.version, mode=self.mode)
            if self.http_port is not None:
                shown.enter_context(self._served(configuration, self.http_port))
            shown.enter_context(self._shipping)
            self.ship(configuration, offerings)
            yield

    def ship(self, configuration: AgentConfiguration, offerings: Sequence[Offering]) -> None:
        """Send log lines of these offerings from now on, in place of those before.

        The lines that wait are sent first, as far as Waldur takes them.
        """
        before = self._shipping.pop_all()
        if configuration.log_shipping.enabled:
            self._shipping.enter_context(self._shipped(configuration, offerings))
        before.close()

    def _served(self, configuration: AgentConfiguration, port: int) -> AbstractContextManager[None]:
        from waldur_site_agent.runtime.serving import served  # noqa: PLC0415 - only who wants it pays

        return served(
            configuration, self.connections, port=port, mode=self.mode, version=self.version
        )

    def _shipped(
        self, configuration: AgentConfiguration, offerings: Sequence[Offering]
    ) -> AbstractContextManager[object]:
        from waldur_site_agent.runtime.log_shipping import log_shipping  # noqa: PLC0415 - the same

        return log_shipping(
            configuration, offerings, self.connections, mode=self.mode, version=self.version
        )

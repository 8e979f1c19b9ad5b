"""What the world sees of a running agent: pages over HTTP, log lines in Waldur, errors reported."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.runtime.error_reporting import report_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from waldur_site_agent.config.models import AgentConfiguration, Offering


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """A process that is to be seen.

    Attributes:
        configuration: of the agent.
        offerings: that the process works on.
        mode: what it does.
        version: the agent's.
        http_port: where pages are served; None for nowhere.
    """

    configuration: AgentConfiguration
    offerings: Sequence[Offering]
    mode: str
    version: str
    http_port: int | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the process for as long as the block lasts. What is not configured costs nothing.

        Raises:
            CannotListenError: the port for pages is not to be had.
        """
        with ExitStack() as shown:
            report_errors(self.configuration, version=self.version, mode=self.mode)
            if self.http_port is not None:
                shown.enter_context(self._served(self.http_port))
            if self.configuration.log_shipping.enabled:
                shown.enter_context(self._shipped())
            yield

    def _served(self, port: int) -> AbstractContextManager[None]:
        from waldur_site_agent.runtime.serving import served  # noqa: PLC0415 - only who wants it pays

        return served(
            self.configuration, self.offerings, port=port, mode=self.mode, version=self.version
        )

    def _shipped(self) -> AbstractContextManager[object]:
        from waldur_site_agent.runtime.log_shipping import log_shipping  # noqa: PLC0415 - the same

        return log_shipping(
            self.configuration, self.offerings, mode=self.mode, version=self.version
        )

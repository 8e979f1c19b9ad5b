"""The agent in one mode: all its offerings, in passes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.runtime import heartbeat
from waldur_site_agent.runtime.polling import poll
from waldur_site_agent.sites.choosing import UnknownResourceError
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.runtime.offering_work import OfferingWork
    from waldur_site_agent.runtime.stop import Stop

logger = structlog.get_logger(__name__)

OF_THE_SITE = (
    WaldurError,
    PluginError,
    BackendError,
    BackendNotReadyError,
    UnknownResourceError,
)
"""Failures whose cause is the site's or Waldur's: a traceback would say nothing more."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Offerings worked on one after the other; one that fails never stops the others."""

    offerings: Sequence[OfferingWork]
    stop: Stop

    def once(self) -> bool:
        """Make one pass over every offering; True when nothing failed or was left."""
        well = [self._work_on(offering) for offering in self.offerings if not self.stop.requested]
        return all(well) and not self.stop.requested

    def forever(self, *, period_seconds: float) -> None:
        """Make passes until the end is asked for."""
        try:
            poll(self.once, period_seconds=period_seconds, stop=self.stop, beat=_beat())
        finally:
            self.close()
        logger.info("agent.stopped")

    def close(self) -> None:
        """Let go of all connections."""
        for offering in self.offerings:
            offering.close()

    def _work_on(self, offering: OfferingWork) -> bool:
        beat = _beat()
        beat()
        with structlog.contextvars.bound_contextvars(offering=offering.offering.name):
            try:
                report = offering.work(check_stop=self.stop.check, beat=beat)
            except StoppedError:
                logger.info("pass.stopped", why="the process was asked to end")
                return False
            except OF_THE_SITE as error:
                logger.error("pass.failed", why=str(error))  # noqa: TRY400 - see OF_THE_SITE
                return False
            except Exception:
                # A defect of ours or of a plugin in one offering must not stop the others.
                logger.exception("pass.crashed")
                return False
        return not report.failed


def _beat() -> partial[None]:
    return partial(heartbeat.beat, heartbeat.path())

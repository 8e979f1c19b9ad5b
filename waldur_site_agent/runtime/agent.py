"""The agent in one mode: all its offerings, in passes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.metrics.counting import pass_ended
from waldur_site_agent.plugins.errors import PluginError
from waldur_site_agent.runtime import heartbeat
from waldur_site_agent.runtime.polling import poll
from waldur_site_agent.runtime.tracing import traced
from waldur_site_agent.sites.choosing import UnknownResourceError
from waldur_site_agent.sites.stopping import StoppedError
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.runtime.offering_work import OfferingWork, Report
    from waldur_site_agent.runtime.stop import Stop

logger = structlog.get_logger(__name__)

DONE = "done"
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
        started, name = time.monotonic(), offering.offering.name
        bound = structlog.contextvars.bound_contextvars(offering=name)
        with bound, traced(offering.mode, offering=name):
            outcome = self._pass_over(offering)
        seconds = time.monotonic() - started
        pass_ended(offering=name, mode=offering.mode, outcome=outcome, seconds=seconds)
        return outcome == DONE

    def _pass_over(self, offering: OfferingWork) -> str:
        """Make one pass; answers with how it ended, as ``counting.pass_ended`` wants it."""
        beat = _beat()
        beat()
        try:
            return _outcome_of(offering.work(check_stop=self.stop.check, beat=beat))
        except StoppedError:
            logger.info("pass.stopped", why="the process was asked to end")
            return "stopped"
        except OF_THE_SITE as error:
            logger.error("pass.failed", why=str(error))  # noqa: TRY400 - see OF_THE_SITE
            return "failed"
        except Exception:
            # A defect of ours or of a plugin in one offering must not stop the others.
            logger.exception("pass.crashed")
            return "crashed"


def _outcome_of(report: Report) -> str:
    if report.given_up:
        return "failed"
    return "left" if report.failed else DONE


def _beat() -> partial[None]:
    return partial(heartbeat.beat, heartbeat.path())

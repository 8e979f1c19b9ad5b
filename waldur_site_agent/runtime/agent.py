"""The agent in one mode: all its offerings, in passes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
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
    from collections.abc import Iterable

    from waldur_site_agent.runtime.offering_work import OfferingWork, Report
    from waldur_site_agent.runtime.renewal import Renewal, Turn
    from waldur_site_agent.runtime.stop import Stop

logger = structlog.get_logger(__name__)

DONE = "done"
TICK_SECONDS = 60.0
"""The heartbeat is renewed at least this often, however long the period."""
OF_THE_SITE = (
    WaldurError,
    PluginError,
    BackendError,
    BackendNotReadyError,
    UnknownResourceError,
)
"""Failures whose cause is the site's or Waldur's: a traceback would say nothing more."""


@dataclass(kw_only=True)
class Agent:
    """Offerings worked on one after the other; one that fails never stops the others.

    Attributes:
        offerings: what is worked on.
        stop: the wish to end.
        renewal: brings new settings; None where they stay as they are.
    """

    offerings: list[OfferingWork]
    stop: Stop
    renewal: Renewal[OfferingWork] | None = None
    _due: list[OfferingWork] = field(default_factory=list)

    def once(self) -> bool:
        """Make one pass over every offering; True when nothing failed or was left."""
        self._due = list(self.offerings)
        return self._work_off()

    def forever(self, *, period_seconds: float) -> None:
        """Make passes until the end is asked for."""
        try:
            poll(self.once, period_seconds=period_seconds, stop=self.stop, tick=self._tick)
        finally:
            self.close()
        logger.info("agent.stopped")

    def close(self) -> None:
        """Let go of all connections."""
        for offering in self.offerings:
            offering.close()

    def _tick(self) -> float:
        """Use a pause: show that the process is alive, and work on what new settings bring."""
        _beat()()
        self._renew()
        self._work_off()
        return TICK_SECONDS if self.renewal is None else self.renewal.wait_seconds

    def _work_off(self) -> bool:
        """Make the passes that are due; new settings are taken over between two of them."""
        well = True
        while self._due and not self.stop.requested:
            well &= self._work_on(self._due.pop(0))
            self._renew()
        return well and not self.stop.requested

    def _renew(self) -> None:
        turn = None if self.renewal is None else self.renewal.look()
        if turn is None:
            return
        for offering in self.offerings:
            if turn.ends(offering.offering):
                offering.close()
        self.offerings = [*_kept(self.offerings, turn), *turn.begun]
        self._due = [*_kept(self._due, turn), *turn.begun]

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
        except (Exception, SystemExit):
            # A defect of ours or of a plugin in one offering, such as a call of sys.exit(), must
            # not stop the others.
            logger.exception("pass.crashed")
            return "crashed"


def _kept(offerings: Iterable[OfferingWork], turn: Turn[OfferingWork]) -> list[OfferingWork]:
    return [one for one in offerings if not turn.ends(one.offering)]


def _outcome_of(report: Report) -> str:
    if report.given_up:
        return "failed"
    return "left" if report.failed else DONE


def _beat() -> partial[None]:
    return partial(heartbeat.beat, heartbeat.path())

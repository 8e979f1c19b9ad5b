"""An offering's events: the door of this room."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from waldur_site_agent.events.agent import Agent
from waldur_site_agent.events.line import Line
from waldur_site_agent.events.pace import Pace
from waldur_site_agent.events.session import Wishes
from waldur_site_agent.events.subscribing import CommonQueue, TypedQueue
from waldur_site_agent.events.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from waldur_site_agent.events.broker import Broker
    from waldur_site_agent.events.delivery import Deliver
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.events.subject import Subject
    from waldur_site_agent.waldur.gateway import Waldur

LAST_SECONDS = 1.0
USUAL_WISHES = Wishes()
USUAL_PACE = Pace()


class Consumer:
    """Hands over what an offering's events say to look at, for as long as it is not stopped.

    Where Waldur has one queue for each agent, there is one connection; where it is older, one for
    each object type, as each has its own user at the broker.
    """

    def __init__(
        self,
        *,
        subject: Subject,
        waldur: Waldur,
        identity: Callable[[], UUID],
        broker: Broker,
        deliver: Deliver,
        wishes: Wishes = USUAL_WISHES,
        pace: Pace = USUAL_PACE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect to nothing yet.

        Args:
            subject: which events are wanted.
            waldur: whose.
            identity: tells the agent's identity in Waldur, registering it if need be; may raise
                ``WaldurError``, and is asked again then.
            broker: where to connect, see ``broker_of``.
            deliver: takes a message over and returns at once. It is called by the threads that
                read; what it raises costs the connection, and the message comes again.
            wishes: heart-beats and prefetch.
            pace: how patiently it is tried again.
            clock: seconds, growing.
        """
        self._agent = Agent(waldur=waldur, offering=subject.offering, identity=identity)
        self._types = subject.object_types
        self._terms = Terms(
            offering_name=subject.name,
            read=subject.read,
            broker=broker,
            deliver=deliver,
            without_common_queue=self._start_typed_lines,
            wishes=wishes,
            pace=pace,
            clock=clock,
        )
        self._lock = threading.Lock()
        self._paused = self._stopped = False
        common = CommonQueue(agent=self._agent, object_types=self._types)
        # An empty list of types would mean all of them.
        self._lines = [Line(self._terms, common)] if self._types else []

    def start(self) -> None:
        """Begin to connect; returns at once, whether there is a broker or not.

        An offering that asks for no events has no connection.
        """
        for line in self._lines:
            line.start()

    def pause(self) -> None:
        """Hand over nothing more. What was handed over may still be acknowledged."""
        with self._lock:
            self._paused = True
            for line in self._lines:
                line.pause()

    def stop(self, *, seconds: float) -> bool:
        """End all connections; True when that went in order within this time.

        Otherwise they are cut, which takes a second at most. What is
        acknowledged before is off the queue; the rest comes again to the next consumer.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            self._stopped, lines = True, list(self._lines)
        for line in lines:
            line.begin_to_stop()
        if _all_stopped(lines, deadline):
            return True
        for line in lines:
            line.abort()
        _all_stopped(lines, time.monotonic() + LAST_SECONDS)
        return False

    def health(self) -> tuple[Health, ...]:
        """Tell how each connection is."""
        with self._lock:
            return tuple(line.health() for line in self._lines)

    def _start_typed_lines(self) -> None:
        """Do it the older way, from now on."""
        with self._lock:
            if self._stopped or self._paused:
                return
            self._lines = [
                Line(self._terms, TypedQueue(agent=self._agent, object_type=kind), name=kind)
                for kind in self._types
            ]
            for line in self._lines:
                line.start()


def _all_stopped(lines: list[Line], deadline: float) -> bool:
    """Wait for all lines to end, until the deadline."""
    for line in lines:
        line.wait_until_stopped(seconds=deadline - time.monotonic())
    return not any(line.health().working for line in lines)

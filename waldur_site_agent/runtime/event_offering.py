"""One offering at work by events: its connection, its queue, its worker, its timers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from waldur_site_agent.config.periods import ORDER_PROCESS
from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.looks.adding import WorkKey, addition
from waldur_site_agent.looks.desk import Desk
from waldur_site_agent.looks.looker import Looker
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.liveness import Condition
from waldur_site_agent.runtime.measured_looks import MeasuredLook, watch
from waldur_site_agent.runtime.registration import Identity, Processor, Registration
from waldur_site_agent.runtime.timers import Every
from waldur_site_agent.sites.opening import connection_settings
from waldur_site_agent.waldur.connection import connect
from waldur_site_agent.work.acks import SharedAck
from waldur_site_agent.work.queue import WorkQueue
from waldur_site_agent.work.settlements import Again, Ended, Settlement
from waldur_site_agent.work.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.events.delivery import Deliver, Delivery
    from waldur_site_agent.events.health import Health
    from waldur_site_agent.plugins.loading import LoadedPlugin
    from waldur_site_agent.runtime.stop import Stop
    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.work.entries import Entry

logger = structlog.get_logger(__name__)

MODE = "event_process"
SIGN_OF_LIFE_SECONDS = 300.0
HEALTH_CHECK_SECONDS = 1800.0
"""How often pending orders are listed, by which Waldur sees that the offering is served."""
PROCESSORS = {
    Role.ORDER_PROCESSING: "OfferingOrderProcessor",
    Role.MEMBERSHIP_SYNC: "OfferingMembershipProcessor",
}


class Listening(Protocol):
    """The connection by which messages come; ``events.consumer.Consumer`` is one."""

    def start(self) -> None:
        """Begin to connect; returns at once."""

    def pause(self) -> None:
        """Hand over nothing more."""

    def stop(self, *, seconds: float) -> bool:
        """End within this time; whether that went in order."""

    def health(self) -> Sequence[Health]:
        """How each line is."""


@dataclass(frozen=True, kw_only=True)
class Ears:
    """What a connection is made of."""

    offering: Offering
    waldur: Waldur
    identity: Callable[[], UUID]
    connection: ConnectionSettings
    deliver: Deliver


class OfferingEvents:
    """One offering, worked on by one thread, whatever asks for it."""

    def __init__(
        self,
        offering: Offering,
        configuration: AgentConfiguration,
        plugins: Mapping[Role, LoadedPlugin],
        *,
        version: str,
        stop: Stop,
        reconciliation_seconds: float,
        listen: Callable[[Ears], Listening],
        waldur: Waldur | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to work; nothing is asked yet.

        Args:
            offering: what is worked on.
            configuration: of the agent.
            plugins: the backends of the roles that are filled by events.
            version: the agent's.
            stop: the wish to end.
            reconciliation_seconds: how often everything is looked at.
            listen: makes the connection.
            waldur: the offering's; by default, as configured.
            clock: seconds that never go back.
        """
        self.offering = offering
        self._plugins = plugins
        self._stop = stop
        connection = connection_settings(
            offering, configuration, user_agent=f"waldur-site-agent-{MODE}/{version}"
        )
        self._waldur = waldur or connect(connection)
        identity = Identity(self._waldur, offering.waldur_offering_uuid, version=version)
        self._registrations = {
            role: Registration(
                self._waldur,
                offering.waldur_offering_uuid,
                mode=MODE,
                version=version,
                identity=identity,
            )
            for role in plugins
        }
        self._queue: WorkQueue[WorkKey] = WorkQueue(clock=clock)
        self._worker = Worker(self._queue, self._look, name=f"work-{offering.name}", clock=clock)
        desk = Desk(
            offering,
            configuration,
            waldur=self._waldur,
            connection=connection,
            roles=plugins.keys(),
            waiting_seconds=60 * ORDER_PROCESS.minutes(),
            check_stop=stop.check,
            beat=self._worker.progress,
            clock=clock,
        )
        self._uuid = desk.uuid
        looker = Looker(desk, sign_of_life=self._give_sign_of_life)
        self._look_at = MeasuredLook(looker.look, offering=offering.name)
        self._listening = listen(
            Ears(
                offering=offering,
                waldur=self._waldur,
                identity=identity,
                connection=connection,
                deliver=self.deliver,
            )
        )
        self._signs = Every(SIGN_OF_LIFE_SECONDS)
        self._health_checks = Every(HEALTH_CHECK_SECONDS)
        self._reconciliations = Every(reconciliation_seconds)
        self._failures = 0

    def start(self) -> None:
        """Begin to work and to listen; neither waits for anything."""
        watch(self.offering.name, self._queue, self._listening.health)
        self._worker.start()
        self._listening.start()

    def tick(self, now: float) -> None:
        """Add what is due by the clock. The first tick adds everything."""
        if self._signs.is_due(now):
            self._add(Kind.SIGN_OF_LIFE)
        if self._health_checks.is_due(now) and Role.ORDER_PROCESSING in self._plugins:
            self._add(Kind.ORDERS)
        if self._reconciliations.is_due(now):
            self.reconcile()

    def reconcile(self) -> None:
        """Have all looked at that events tell of."""
        if Role.ORDER_PROCESSING in self._plugins:
            self._add(Kind.ORDERS)
        if Role.MEMBERSHIP_SYNC in self._plugins:
            self._add(Kind.MEMBERS)

    def deliver(self, delivery: Delivery) -> None:
        """Take a message over; it is acknowledged once all that it names was looked at."""
        ack = SharedAck(delivery.ack, keys=len(delivery.hints))
        for hint in delivery.hints:
            self._queue.add(addition(hint, ack=ack))

    def once(self) -> bool:
        """Reconcile in the caller's thread; True when nothing failed or was left."""
        self._failures = 0
        self._add(Kind.SIGN_OF_LIFE)
        self.reconcile()
        self.work_off()
        return not self._failures and not self._stop.requested

    def work_off(self) -> None:
        """Work on all that is due now, in the caller's thread."""
        self._worker.work_off()

    @property
    def waiting(self) -> int:
        """How many keys wait, be it for their turn, for a delay or for something else."""
        return self._queue.depth

    def condition(self) -> Condition:
        """How its threads are."""
        return Condition(
            name=self.offering.name,
            worker_alive=self._worker.is_alive,
            stuck_seconds=self._worker.stuck_seconds,
            lines=tuple(self._listening.health()),
        )

    def begin_to_stop(self) -> None:
        """Take on nothing more."""
        self._listening.pause()
        self._queue.close()

    def finish(self, *, work_seconds: float, goodbye_seconds: float) -> bool:
        """Wait for the step in hand, then leave the broker; whether that went in order."""
        worked = self._worker.join(work_seconds)
        left = self._listening.stop(seconds=goodbye_seconds)
        if not worked:
            logger.error("work.not_finished", offering=self.offering.name)
        return worked and left

    def close(self) -> None:
        """Let go of the connection to Waldur."""
        self._waldur.close()

    def _add(self, kind: Kind) -> None:
        self._queue.add(addition(Hint(Key(self._uuid, kind, ""))))

    def _look(self, entry: Entry[WorkKey]) -> Settlement:
        outcome = self._look_at(entry)
        for hint in outcome.then:
            self._queue.add(addition(hint))
        self._failures += isinstance(outcome.settlement, Again | Ended)
        return outcome.settlement

    def _give_sign_of_life(self) -> None:
        for role, plugin in self._plugins.items():
            self._registrations[role].ran(
                Processor(
                    name=PROCESSORS[role],
                    backend_type=f"{plugin.cls.__module__}.{plugin.cls.__qualname__}",
                    backend_version=plugin.version,
                )
            )

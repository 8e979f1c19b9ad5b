"""Putting together what works on an offering."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.events.broker import broker_of, broker_of_remote
from waldur_site_agent.events.keys import Kind
from waldur_site_agent.events.subject import remote_subject_of, subject_of
from waldur_site_agent.looks.desk import Desk
from waldur_site_agent.looks.looker import Looker
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.runtime.lane import Lane
from waldur_site_agent.runtime.listening import Ears, Listening, Unwatched
from waldur_site_agent.runtime.measured_looks import MeasuredLook
from waldur_site_agent.runtime.registration import Identity
from waldur_site_agent.runtime.remote_ears import remote_connection, remote_waldurs
from waldur_site_agent.runtime.running_offering import RunningOffering
from waldur_site_agent.runtime.signs_of_life import SignsOfLife
from waldur_site_agent.sites.opening import connection_settings
from waldur_site_agent.waldur.call import hex_of
from waldur_site_agent.work.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from waldur_site_agent.backend.structures import RemoteWaldur
    from waldur_site_agent.config.models import AgentConfiguration
    from waldur_site_agent.runtime.connections import Connections
    from waldur_site_agent.runtime.stop import Stop
    from waldur_site_agent.runtime.tasks import Assignment, Task
    from waldur_site_agent.waldur.connection import ConnectionSettings
    from waldur_site_agent.waldur.gateway import Waldur

Listen: TypeAlias = Callable[[Ears], Listening]

WRITING, READING = "orders and members", "usage"
LANES = {
    WRITING: frozenset({Role.ORDER_PROCESSING, Role.MEMBERSHIP_SYNC}),
    READING: frozenset({Role.REPORTING}),
}
"""A backend has one writer, so orders and members take turns. Usage is only read, for which nobody
has to wait."""
REGULAR = {
    Role.ORDER_PROCESSING: Kind.ORDERS,
    Role.MEMBERSHIP_SYNC: Kind.MEMBERS,
    Role.REPORTING: Kind.USAGE,
}
SIGN_OF_LIFE_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Premises:
    """What all offerings of a process have in common.

    Attributes:
        configuration: of the agent.
        mode: what the process does, as others are told.
        version: the agent's.
        stop: the wish that the process should end.
        connections: of the process.
        listen: makes the connection by which messages come.
        clock: seconds that never go back.
    """

    configuration: AgentConfiguration
    mode: str
    version: str
    stop: Stop
    connections: Connections
    listen: Listen
    clock: Callable[[], float] = time.monotonic


def set_up(assignment: Assignment, premises: Premises) -> RunningOffering:
    """Make what works on an offering. Nothing is asked yet, and no thread runs."""
    making = _Making(assignment, premises)
    lanes = making.lanes()
    return RunningOffering(
        assignment.offering,
        lanes=list(lanes.values()),
        listening=list(making.listening(lanes)),
        stop=making.stop,
        release=making.release,
    )


class _Making:
    """What the parts of one offering share while they are made."""

    def __init__(self, assignment: Assignment, premises: Premises) -> None:
        self.assignment, self.premises = assignment, premises
        self.stop = premises.stop.part()
        self.connection = connection_settings(
            assignment.offering,
            premises.configuration,
            user_agent=f"waldur-site-agent-{premises.mode}/{premises.version}",
        )
        self._taken: list[ConnectionSettings] = []
        self.waldur = self._take(self.connection)
        self.identity = Identity(
            self.waldur, assignment.offering.waldur_offering_uuid, version=premises.version
        )

    def lanes(self) -> Mapping[str, Lane]:
        tasks = {
            subject: [task for task in self.assignment.tasks if task.role in roles]
            for subject, roles in LANES.items()
        }
        return {subject: self._lane(subject, some) for subject, some in tasks.items() if some}

    def release(self) -> None:
        """Give back all connections that were taken."""
        while self._taken:
            self.premises.connections.give_back(self._taken.pop())

    def _take(self, connection: ConnectionSettings) -> Waldur:
        waldur = self.premises.connections.take(connection)
        self._taken.append(connection)
        return waldur

    def listening(self, lanes: Mapping[str, Lane]) -> Iterator[Listening]:
        offering = self.assignment.offering
        if self.assignment.listens:
            yield self.premises.listen(
                Ears(
                    subject=subject_of(offering),
                    waldur=self.waldur,
                    identity=self.identity,
                    broker=broker_of(offering, self.connection),
                    deliver=lanes[WRITING].deliver,
                )
            )
        if WRITING in lanes:
            for remote in remote_waldurs(self.assignment):
                yield Unwatched(self.premises.listen(self._ears_for(remote, lanes[WRITING])))

    def _ears_for(self, remote: RemoteWaldur, lane: Lane) -> Ears:
        """Whoever serves the other Waldur's offering is registered there, too: ours is another."""
        offering, there = self.assignment.offering, str(remote.offering_uuid)
        connection = remote_connection(remote, user_agent=self.connection.user_agent)
        waldur = self._take(connection)
        return Ears(
            subject=remote_subject_of(offering, remote.offering_uuid),
            waldur=waldur,
            identity=Identity(
                waldur,
                there,
                version=self.premises.version,
                name=f"federation-{hex_of(offering.waldur_offering_uuid)}",
            ),
            broker=broker_of_remote(remote, offering, connection),
            deliver=lane.deliver,
        )

    def _lane(self, subject: str, tasks: Sequence[Task]) -> Lane:
        progress = Progress(clock=self.premises.clock)
        desk = self._desk(tasks, progress)
        looker = Looker(desk, sign_of_life=self._signs_of_life(tasks).give)
        return Lane(
            subject,
            offering=desk.offering,
            regular=regular_looks(tasks),
            look=MeasuredLook(looker.look, offering=desk.offering.name, mode=self.premises.mode),
            progress=progress,
            clock=self.premises.clock,
        )

    def _desk(self, tasks: Sequence[Task], progress: Progress) -> Desk:
        return Desk(
            self.assignment.offering,
            self.premises.configuration,
            waldur=self.waldur,
            connection=self.connection,
            roles=[task.role for task in tasks],
            waiting_seconds=tasks[0].waiting_seconds,
            check_stop=self.stop.check,
            beat=progress.made,
            clock=self.premises.clock,
        )

    def _signs_of_life(self, tasks: Sequence[Task]) -> SignsOfLife:
        return SignsOfLife(
            self.assignment,
            tasks,
            waldur=self.waldur,
            identity=self.identity,
            version=self.premises.version,
        )


def regular_looks(tasks: Iterable[Task]) -> Mapping[Kind, float]:
    """What is looked at whether or not anybody tells of it, and how often, in seconds."""
    return {
        Kind.SIGN_OF_LIFE: SIGN_OF_LIFE_SECONDS,
        **{REGULAR[task.role]: task.seconds for task in tasks},
    }

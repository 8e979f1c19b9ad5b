"""Registering for events, in both generations of the protocol.

A server of 2026 has one queue for each agent (``CommonQueue``). Older ones have a subscription, a
user of the broker and a queue for each object type (``TypedQueue``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from waldur_site_agent.events.subscription import Subscription
from waldur_site_agent.waldur.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.events.agent import Agent
    from waldur_site_agent.events.object_types import ObjectType
    from waldur_site_agent.waldur.models.events import ConsumerQueue

logger = structlog.get_logger(__name__)

BAD_REQUEST = 400


class NoCommonQueueError(Exception):
    """This Waldur has a queue for each object type instead."""


class Registration(Protocol):
    """A way to a queue."""

    @property
    def agent(self) -> Agent:
        """Who registers."""

    def register(self) -> Subscription:
        """Make the queue, or find it.

        Raises:
            WaldurError: Waldur did not do it.
            NoCommonQueueError: this Waldur is of the older generation.
        """


@dataclass(frozen=True, kw_only=True)
class CommonQueue:
    """The queue for all of an agent's events."""

    agent: Agent
    object_types: tuple[ObjectType, ...]

    def register(self) -> Subscription:
        """See ``Registration``."""
        identity = self.agent.identity()
        try:
            queue = self._queue_of(identity)
        except NotFoundError as error:
            if error.unrouted:
                raise NoCommonQueueError from None
            raise
        return Subscription(
            vhost=queue.vhost,
            username=queue.rmq_username,
            passcode=self.agent.passcode(),
            queue=queue.queue_name,
        )

    def _queue_of(self, identity: UUID) -> ConsumerQueue:
        """Ask for all types; a server that does not know some gets asked for the others."""
        events = self.agent.waldur.events
        try:
            return events.register_queue(identity, self.object_types)
        except RefusedError as error:
            known = tuple(name for name in self.object_types if f'"{name}"' not in error.detail)
            if error.status != BAD_REQUEST or known in ((), self.object_types):
                raise
            unknown = [name.value for name in self.object_types if name not in known]
            logger.warning("events.types_unknown", object_types=unknown, consequence="left out")
            return events.register_queue(identity, known)


@dataclass(frozen=True, kw_only=True)
class TypedQueue:
    """The queue for one object type, as older servers have it."""

    agent: Agent
    object_type: ObjectType

    def register(self) -> Subscription:
        """See ``Registration``."""
        offering, events = self.agent.offering, self.agent.waldur.events
        subscription = events.register_event_subscription(
            self.agent.identity(),
            object_type=self.object_type,
            description=f"Site agent of offering {offering}: {self.object_type}",
        )
        queue = events.create_queue(
            subscription.uuid, offering_uuid=offering, object_type=self.object_type
        )
        own_name = f"subscription_{subscription.uuid.hex}_offering_{offering}_{self.object_type}"
        return Subscription(
            vhost=queue.vhost or subscription.user_uuid.hex,
            username=subscription.uuid.hex,
            passcode=self.agent.passcode(),
            queue=queue.queue_name or own_name,
            object_type=self.object_type,
        )

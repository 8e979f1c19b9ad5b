"""Where events wait for an agent."""

from uuid import UUID

from msgspec import Struct


class ConsumerQueue(Struct, frozen=True, kw_only=True):
    """The one queue of an agent, and the broker's user that may read it."""

    rmq_username: str
    queue_name: str
    vhost: str


class EventSubscription(Struct, frozen=True, kw_only=True):
    """A subscription to one object type; its UUID is the broker's user (older servers)."""

    uuid: UUID
    user_uuid: UUID
    """The owner of the token; the broker's vhost."""


class SubscriptionQueue(Struct, frozen=True, kw_only=True):
    """The queue of a subscription; old servers do not tell its name."""

    queue_name: str = ""
    vhost: str = ""

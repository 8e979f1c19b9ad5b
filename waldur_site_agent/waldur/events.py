"""Asking for events: where they will wait, and who may fetch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.agents import IDENTITIES
from waldur_site_agent.waldur.call import Call, hex_of
from waldur_site_agent.waldur.models.events import (
    ConsumerQueue,
    EventSubscription,
    SubscriptionQueue,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

SUBSCRIPTIONS = "event-subscriptions/"


class Events:
    """The broker's side of an agent's registration. Raises ``WaldurError``."""

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def register_queue(
        self, identity_uuid: UUID | str, object_types: Sequence[str]
    ) -> ConsumerQueue:
        """Make or renew an agent's queue; the token of this call becomes its user's password.

        Servers before 2026 lack it (``NotFoundError.unrouted``).
        """
        path = f"{IDENTITIES}{hex_of(identity_uuid)}/register_queue/"
        body = {"object_types": list(object_types)}
        return self._rest.read(Call.post("events.register_queue", path, body), ConsumerQueue)

    def register_event_subscription(
        self, identity_uuid: UUID | str, *, object_type: str, description: str
    ) -> EventSubscription:
        """Subscribe to one object type, as older servers have it."""
        path = f"{IDENTITIES}{hex_of(identity_uuid)}/register_event_subscription/"
        body = {"observable_object_type": object_type, "description": description}
        call = Call.post("events.register_event_subscription", path, body, repeatable=False)
        return self._rest.read(call, EventSubscription)

    def create_queue(
        self, subscription_uuid: UUID | str, *, offering_uuid: UUID | str, object_type: str
    ) -> SubscriptionQueue:
        """Have a subscription's queue made."""
        path = f"{SUBSCRIPTIONS}{hex_of(subscription_uuid)}/create_queue/"
        body = {"offering_uuid": hex_of(offering_uuid), "object_type": object_type}
        return self._rest.read(Call.post("events.create_queue", path, body), SubscriptionQueue)

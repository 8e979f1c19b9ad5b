"""From an address to a session. What this needs is imported when the first one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.events.channel import Channel
from waldur_site_agent.events.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.events.broker import Broker
    from waldur_site_agent.events.session import Wishes
    from waldur_site_agent.events.subscription import Subscription


def open_session(
    broker: Broker, subscription: Subscription, wishes: Wishes, *, clock: Callable[[], float]
) -> Session:
    """Connect, log in and subscribe.

    Raises:
        BrokerError: one of its kinds, if anything of it fails.
    """
    from waldur_site_agent.events.websocket import open_websocket  # noqa: PLC0415 - costs 70 ms

    session = Session(Channel(open_websocket(broker), clock=clock))
    try:
        session.begin(subscription, wishes)
    except BaseException:
        session.close()
        raise
    return session

"""Events of a remote system that a backend federates with."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.hooks.foundation import Foundation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import RemoteWaldur
    from waldur_site_agent.config.models import Offering


class EventHooks(Foundation):
    """Listening to a remote system beside our own Waldur. Nothing by default."""

    def remote_events(self) -> RemoteWaldur | None:
        """Name another Waldur that serves the offering, and whose events are to be heard.

        Called once, when a process that works on queues is set up; asks nobody. The agent connects,
        and takes a message for a hint: the order or resource of our own Waldur whose
        ``backend_id`` the message names is looked at again, by the same hooks as ever; a name that
        somebody got there makes it call ``sync_offering_user_usernames``. So nothing depends on
        messages. None, the default: there is none.
        """
        return None

    def setup_target_event_subscriptions(
        self, source_offering: Offering, user_agent: str = "", global_proxy: str = ""
    ) -> Sequence[object]:
        """Start listening; called by the 1.x agent. This one asks ``remote_events``.

        Args:
            source_offering: the offering whose backend this is.
            user_agent: how the agent calls itself over HTTP.
            global_proxy: the configured proxy, or "".

        Returns:
            The consumers that were started, for the agent to stop. Never raises: without events,
            polling goes on.
        """
        return []

    def expects_target_event_subscriptions(self) -> bool:
        """Say whether listening without any consumer is a fault."""
        return False

    def remote_waldur_base_urls(self) -> list[str]:
        """List the other Waldurs that this backend speaks to, whose failures are not our own's."""
        return []

"""The target's events: what to listen to. Nothing depends on them but how soon things happen."""

from __future__ import annotations

from waldur_site_agent.backend.structures import RemoteWaldur
from waldur_site_agent_waldur.hooks.foundation import Foundation


class EventHooks(Foundation):
    """Orders that came to their end, end dates that moved, names that were given."""

    def remote_events(self) -> RemoteWaldur | None:
        """Name the target, where ``target_stomp_enabled``."""
        if not self.settings.hears_target:
            return None
        target, broker = self.settings.target, self.settings.broker
        return RemoteWaldur(
            api_url=target.api_url,
            token=target.token,
            offering_uuid=self.settings.offering_uuid,
            verify_ssl=target.verify_ssl,
            ca_bundle=target.ca_bundle,
            proxy=target.proxy,
            timeout_seconds=target.timeout_seconds,
            broker_host=broker.host,
            broker_port=broker.port,
            broker_path=broker.path,
            broker_tls=broker.tls,
        )

    def expects_target_event_subscriptions(self) -> bool:
        """Say whether the target's events are wanted."""
        return self.settings.hears_target

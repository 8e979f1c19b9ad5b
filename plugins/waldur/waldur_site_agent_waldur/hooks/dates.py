"""A resource's end date, and the id that the target's provider gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_waldur.end_dates import EndDate, Follower, follower
from waldur_site_agent_waldur.hooks.foundation import Foundation, source_of

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource
    from waldur_site_agent.waldur.models import ConsumerResource


class DateHooks(Foundation):
    """Called for each resource in a membership pass; they write only what differs."""

    def sync_resource_end_date(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Let the older end date of a resource follow the newer one."""
        found = self.target.reads.resource(waldur_resource.backend_id)
        source = EndDate(waldur_resource.end_date, waldur_resource.end_date_updated_at)
        target = EndDate(found.end_date, found.end_date_updated_at)
        match follower(self.settings.end_dates, source=source, target=target):
            case Follower.TARGET:
                self.target.waldur.consumer_resources.set_end_date(found.uuid, source.day)
            case Follower.SOURCE:
                resources = source_of(waldur_rest_client).resources
                resources.set_end_date(waldur_resource.uuid, target.day)

    def sync_resource_effective_id(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell the source the id by which the target's provider knows a resource.

        Where the source has not learnt yet which resource of the target it is, because the agent
        was killed when it was about to say so, that is told first.
        """
        source = source_of(waldur_rest_client)
        # A resource that is restored still bears the id of its former life.
        found = self._living(waldur_resource.backend_id) or self._lost(waldur_resource)
        if str(found.uuid) != waldur_resource.backend_id:
            source.resources.set_backend_id(waldur_resource.uuid, str(found.uuid))
            waldur_resource.backend_id = str(found.uuid)
        if found.backend_id and found.backend_id != waldur_resource.effective_id:
            source.resources.set_effective_id(waldur_resource.uuid, found.backend_id)

    def _lost(self, waldur_resource: WaldurResource) -> ConsumerResource:
        uuid = self.target.orders.resource_for(waldur_resource.uuid)
        return self.target.reads.resource(str(uuid))

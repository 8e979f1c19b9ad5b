"""Limits: ordered on the target, and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import ResourceState
from waldur_site_agent_waldur.door import NotOnTargetError
from waldur_site_agent_waldur.hooks.foundation import Foundation, source_of
from waldur_site_agent_waldur.reads import uuid_of
from waldur_site_agent_waldur.settings import LimitSync

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource


class LimitHooks(Foundation):
    """One unit of a component is so many of the target's; see :mod:`..limit_rules`."""

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """The target's limits, and the source's as ordered."""
        limits = {name: int(amount) for name, amount in waldur_resource.limits.items()}
        return self.limit_rules.ordered(waldur_resource.limits), limits

    def _setup_resource_limits(
        self,
        resource_backend_id: str,
        waldur_resource: WaldurResource,
    ) -> dict[str, int]:
        """Order the limits that a resource is to have; part of its creation otherwise."""
        self.set_resource_limits(resource_backend_id, waldur_resource.limits)
        return {name: int(amount) for name, amount in waldur_resource.limits.items()}

    def set_resource_limits(
        self, resource_backend_id: str, limits: Mapping[str, float]
    ) -> str | None:
        """Order other limits on the target.

        Returns:
            The target's order; None when the target has these limits already.

        Raises:
            BackendNotReadyError: another order about the resource is under way.
            BackendError: the target refused, or has no such resource.
        """
        found = self.target.reads.resource_now(uuid_of(resource_backend_id))
        if found is None or found.state == ResourceState.TERMINATED:
            raise NotOnTargetError(
                f"The target Waldur has no resource {resource_backend_id!r} that lives."
            )
        wanted = self.limit_rules.updated(limits, found.limits)
        return str(self.target.orders.change_limits(found, wanted)) if wanted else None

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """The source's limits that led to the target's; see :meth:`LimitRules.read_back`."""
        return self.limit_rules.read_back(self.target.reads.resource(resource_backend_id).limits)

    def sync_resource_limits(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell the source where the target's limits are others than were ordered."""
        if self.settings.limit_sync is LimitSync.DISABLED:
            return
        found = self.target.reads.resource(waldur_resource.backend_id)
        limits = self.limit_rules.followed(waldur_resource.limits, found.limits)
        if limits != dict(waldur_resource.limits):
            source_of(waldur_rest_client).resources.set_limits(waldur_resource.uuid, limits)

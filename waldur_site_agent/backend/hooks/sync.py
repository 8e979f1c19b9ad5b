"""Keeping a resource in line with Waldur beside its members: limits, dates, projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.hooks.limits import LimitHooks

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource


class SyncHooks(LimitHooks):
    """Called for each resource in a membership pass. They do nothing by default, but for limits."""

    def sync_resource_limits(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell Waldur a resource's limits where the backend's differ: the backend is right.

        A plugin whose ``get_resource_limits`` does not answer in Waldur units overrides this.

        Raises:
            BackendError: the limits could not be read.
        """
        limits = self.get_resource_limits(waldur_resource.backend_id)
        if limits and dict(limits) != dict(waldur_resource.limits or {}):
            waldur_rest_client.gateway.resources.set_limits(waldur_resource.uuid, limits)

    def sync_resource_end_date(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Bring a resource's end date in line, or what depends on it."""

    def sync_resource_effective_id(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell Waldur the id that a remote system gave to a resource.

        Also called when a remote order for a new resource is done.
        """

    def sync_project_end_date(
        self,
        waldur_resource: WaldurResource,
        waldur_rest_client: PluginClient,
        source_project: object | None = None,
    ) -> None:
        """Bring the end date of a resource's project in line.

        Args:
            waldur_resource: one of the project's resources.
            waldur_rest_client: for writing to Waldur.
            source_project: the project as Waldur has it, where ``requires_source_project``.
        """

    def sync_resource_project(
        self, waldur_resource: WaldurResource, source_project: object | None = None
    ) -> None:
        """Follow a project that was moved or renamed.

        Args:
            waldur_resource: one of the project's resources.
            source_project: the project as Waldur has it, where ``requires_source_project``.
        """

    def reconcile_offering(self, *args: object, **kwargs: object) -> None:
        """Bring in line what belongs to the offering as a whole; came with 1.0.8.

        Called by no part of this version yet. Override it with the parameters that you need.
        """

    def reconcile_project_groups(self, *args: object, **kwargs: object) -> None:
        """Bring projects' groups in line, where ``reconciles_project_groups``; came with 1.0.8.

        Called by no part of this version yet. Override it with the parameters that you need.
        """

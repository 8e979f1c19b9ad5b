"""What a resource may use at most."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.hooks.foundation import Foundation
from waldur_site_agent.backend.units import to_backend_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.structures import PeriodicSettingsResult
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class LimitHooks(Foundation):
    """Reading and writing limits. Waldur units on the agent's side, backend units at the client."""

    @abstractmethod
    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Compute a resource's limits from what was ordered; asks the backend nothing if possible.

        Returns:
            First the limits in backend units, by the backend's names: what the client sets. Then
            those in Waldur units by component: what Waldur is told. Empty where there are none.
        """

    def has_prepaid_components(self) -> bool:
        """Say whether limits depend on a resource's end date, so that updates recompute them."""
        return False

    def _setup_resource_limits(
        self, resource_backend_id: str, waldur_resource: WaldurResource
    ) -> dict[str, int]:
        """Set a resource's limits as ordered; called when creating, adopting and prepaying.

        Returns:
            The limits in Waldur units, for Waldur to be told; empty where there are none.

        Raises:
            BackendError: the backend refused.
        """
        backend_limits, waldur_limits = self._collect_resource_limits(waldur_resource)
        if not backend_limits:
            return {}
        self.client.set_resource_limits(resource_backend_id, backend_limits)
        return waldur_limits

    def set_resource_limits(
        self, resource_backend_id: str, limits: Mapping[str, float]
    ) -> str | None:
        """Set new limits; called for update orders and when a resource is retired.

        Args:
            resource_backend_id: the resource.
            limits: by component, in Waldur units. By default each is multiplied by its
                ``unit_factor``, and what is no component of the offering is left out.

        Returns:
            A remote order's id from a backend with ``supports_async_orders``, else None or a text
            that nobody reads.

        Raises:
            BackendError: the backend refused.
        """
        unknown = sorted(set(limits) - set(self.backend_components))
        if unknown:
            logger.warning("No components of this offering, so not limited: %s", ", ".join(unknown))
        native = to_backend_units(limits, self.backend_components)
        return self.client.set_resource_limits(resource_backend_id, native)

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Read a resource's limits **in Waldur units**; empty where none are set.

        The default hands on what the client says, which is right only where both units are the
        same: ``sync_resource_limits`` writes the answer to Waldur.
        """
        return self.client.get_resource_limits(resource_backend_id)

    def get_resource_user_limits(self, resource_backend_id: str) -> dict[str, dict[str, int]]:
        """Read the limits of single users by name; only users who have some.

        In the units that ``set_resource_user_limits`` takes, since the agent compares the two. The
        default hands on what the client says, which is right where that sets them unconverted.
        """
        return self.client.get_resource_user_limits(resource_backend_id)

    def set_resource_user_limits(
        self, resource_backend_id: str, username: str, limits: dict[str, int]
    ) -> str:
        """Set one user's limits; an empty mapping clears them.

        Args:
            resource_backend_id: the resource.
            username: the user.
            limits: by component as Waldur has them. The default hands them on unconverted.
        """
        return self.client.set_resource_user_limits(resource_backend_id, username, limits)

    def set_limits_of_users(
        self, resource_backend_id: str, limits: Mapping[str, dict[str, int]]
    ) -> None:
        """Set the limits of several users of a resource; by default one after the other.

        Args:
            resource_backend_id: the resource.
            limits: by user, then by component as Waldur has them; an empty mapping clears a
                user's.

        Raises:
            BackendError: the backend refused.
        """
        for username, wanted in limits.items():
            self.set_resource_user_limits(resource_backend_id, username, wanted)

    def apply_periodic_settings(
        self,
        resource_id: str,
        settings: Mapping[str, object],
        config: Mapping[str, object] | None = None,
    ) -> PeriodicSettingsResult:
        """Apply what a policy in Waldur computed for a period; called when Waldur says so.

        Args:
            resource_id: the resource's id on the backend.
            settings: ``fairshare``, ``limit_type``, ``grp_tres_mins`` or ``max_tres_mins``,
                ``reset_raw_usage``; and the message's ``timestamp``, if it has one: a message
                that comes again has the same.
            config: overrides of ``backend_settings.periodic_limits``.

        Returns:
            What came of it; reported to the policy. By default: not supported.
        """
        error = f"{type(self).__name__} does not support periodic settings"
        return {"success": False, "error": error, "commands_executed": []}

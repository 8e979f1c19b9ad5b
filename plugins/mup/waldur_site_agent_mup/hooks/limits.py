"""Sizes of allocations: Waldur units on the agent's side, MUP's on the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_mup.components import amounts
from waldur_site_agent_mup.hooks.creation import CreationHooks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource
    from waldur_site_agent_mup.holdings import Holding
    from waldur_site_agent_mup.portal.records import Allocation


class LimitHooks(CreationHooks):
    """Limits of resources. MUP has none for single users."""

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        ordered = waldur_resource.limits or {}
        sizes = self._sizes(ordered)
        return sizes, {name: cast("int", ordered[name]) for name in sizes}

    def set_resource_limits(
        self, resource_backend_id: str, limits: Mapping[str, float]
    ) -> str | None:
        """Set allocations' sizes, where they differ; those not named stay.

        A component that has no allocation yet is given one.

        Raises:
            BackendError: MUP refused, or has no such resource.
        """
        unknown = sorted(set(limits) - set(self.components))
        if unknown:
            logger.warning("Without an allocation on MUP, so not limited: %s", ", ".join(unknown))
        wanted = {name: amount for name, amount in limits.items() if name in self.components}
        with self._one_view() as view:
            holding = self._existing(view, resource_backend_id)
            _require_names(holding, wanted)
            for name, amount in wanted.items():
                size = self.components[name].size(amount)
                found = holding.parts.get(name)
                if found is None:
                    self._ensure_part(view, holding, name, size, holding.stem)
                else:
                    view.edit_allocation(found, size=size, active=found.is_active)
        return None

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Read limits in Waldur units, of active allocations."""
        with self._one_view() as view:
            holding = self._existing(view, resource_backend_id)
        sizes = {name: one.size for name, one in holding.parts.items() if one.is_active}
        return amounts(self.components, sizes)

    def sync_resource_limits(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell Waldur where somebody changed sizes on MUP.

        Compared in MUP's units, so that rounding is no change.
        """
        ordered = dict(waldur_resource.limits or {})
        with self._one_view() as view:
            holding = self._existing(view, waldur_resource.backend_id)
        changed = {
            name: self.components[name].amount(one.size)
            for name, one in holding.parts.items()
            if one.is_active and self._differs(one, name, ordered.get(name))
        }
        if changed:
            waldur_rest_client.gateway.resources.set_limits(
                waldur_resource.uuid, {**ordered, **changed}
            )

    def _differs(self, allocation: Allocation, name: str, amount: float | None) -> bool:
        return amount is None or self.components[name].size(amount) != allocation.size


def _require_names(holding: Holding, wanted: Mapping[str, object]) -> None:
    """Make sure that what has to be made can be found again."""
    missing = [name for name in wanted if name not in holding.parts]
    if missing and not holding.stem:
        names = ",".join(one.identifier for one in holding.all)
        raise BackendError(
            f"{names!r} has no allocation for {', '.join(missing)}, and MUP names allocations "
            f"itself: make one there, and add its name to the backend id in Waldur ({names},…)"
        )

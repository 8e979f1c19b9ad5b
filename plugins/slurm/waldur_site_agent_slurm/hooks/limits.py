"""Limits of resources and of their users: Waldur units outside, TRES-minutes on the cluster."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_slurm.commands import CLEARED
from waldur_site_agent_slurm.hooks.foundation import Foundation
from waldur_site_agent_slurm.limits import (
    EVERYWHERE,
    known_limits,
    left_by_retirement,
    months_between,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.waldur_objects import PluginClient, WaldurResource


class LimitHooks(Foundation):
    """Setting limits where they differ, reading them, and telling Waldur of changes."""

    def has_prepaid_components(self) -> bool:
        """Whether limits depend on a resource's end date."""
        return self.rules.has_prepaid

    def _collect_resource_limits(
        self, waldur_resource: WaldurResource
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Compute limits in TRES-minutes, and in Waldur units what Waldur is told.

        A component that the cluster cannot limit is only in the second, with a warning.
        """
        ordered = self.rules.ordered(waldur_resource.limits or {})
        fixed = self.rules.fixed()
        months = 1
        if self.rules.has_prepaid:
            months = months_between(_day(waldur_resource.created), _day(waldur_resource.end_date))
        native = self._known({**self.rules.to_slurm({**ordered, **fixed}, months=months)})
        return native, _whole({**ordered, **fixed})

    def _known(self, limits: dict[str, int]) -> dict[str, int]:
        """Leave out what the cluster cannot limit, and say so once."""
        if limits.keys() <= EVERYWHERE:
            return limits
        known = known_limits(limits, self.client.list_tres())
        new = known.unknown - self._told
        if new:
            self._told |= new
            logger.warning(
                "The components %s are not limited: the cluster has no TRES %s",
                ", ".join(self.rules.components_of(new)),
                ", ".join(sorted(new)),
            )
        return known.limits

    def _setup_resource_limits(
        self, resource_backend_id: str, waldur_resource: WaldurResource
    ) -> dict[str, int]:
        self._own(resource_backend_id)
        with self.client.one_view():
            native, waldur = self._collect_resource_limits(waldur_resource)
            current = self.client.get_resource_limits(resource_backend_id)
            ours = {name: v for name, v in current.items() if name in self.rules.tres}
            cleared = dict.fromkeys(left_by_retirement(ours, native), CLEARED)
            self.client.set_resource_limits(resource_backend_id, {**native, **cleared})
        return waldur

    def set_resource_limits(
        self, resource_backend_id: str, limits: Mapping[str, float]
    ) -> str | None:
        """Set limits given in Waldur units, where they differ; those not named stay."""
        self._own(resource_backend_id)
        with self.client.one_view():
            native = self._known(self.rules.to_slurm(limits))
            return self.client.set_resource_limits(resource_backend_id, native)

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """Read limits in Waldur units, cut to whole numbers; prepaid ones are left out."""
        return self.rules.to_waldur(self.client.get_resource_limits(resource_backend_id))

    def sync_resource_limits(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Tell Waldur where somebody changed limits on the cluster.

        Compared in TRES-minutes, so that rounding is no change. What the cluster cannot limit
        keeps its limit in Waldur, and so does what is as it was ordered.
        """
        ordered = dict(waldur_resource.limits or {})
        with self.client.one_view():
            current = self.client.get_resource_limits(waldur_resource.backend_id)
        changed = {**ordered, **self.rules.changed_on_slurm(ordered, current)}
        if changed != ordered:
            waldur_rest_client.gateway.resources.set_limits(waldur_resource.uuid, changed)

    def sync_resource_end_date(
        self, waldur_resource: WaldurResource, waldur_rest_client: PluginClient
    ) -> None:
        """Bring prepaid limits in line with a resource's end date."""
        del waldur_rest_client
        if self.rules.has_prepaid:
            self._setup_resource_limits(waldur_resource.backend_id, waldur_resource)

    # A user's

    def set_resource_user_limits(
        self, resource_backend_id: str, username: str, limits: dict[str, int]
    ) -> str:
        """Make one user's limits (Waldur units) exactly these; an empty mapping clears them."""
        self.set_limits_of_users(resource_backend_id, {username: limits})
        return ""

    def set_limits_of_users(
        self, resource_backend_id: str, limits: Mapping[str, dict[str, int]]
    ) -> None:
        """Make users' limits (Waldur units) exactly these, by one command for each amount."""
        self._own(resource_backend_id)
        with self.client.one_view():
            native = {user: self._known(self.rules.to_slurm(its)) for user, its in limits.items()}
            self.client.set_limits_of_users(resource_backend_id, native)

    def get_resource_user_limits(self, resource_backend_id: str) -> dict[str, dict[str, int]]:
        """Read users' limits in Waldur units; users without any are left out."""
        found = self.client.get_resource_user_limits(resource_backend_id)
        return {user: self.rules.user_to_waldur(limits) for user, limits in found.items()}


def _day(moment: date | datetime | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _whole(limits: Mapping[str, float]) -> dict[str, int]:
    """Numbers as Waldur takes them: whole where they are whole."""
    return {name: int(v) if v == int(v) else v for name, v in limits.items()}  # type: ignore[misc]

"""Ending a resource: its allocations, and the project when they were its last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent_mup.hooks.foundation import Foundation

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_mup.holdings import Holding
    from waldur_site_agent_mup.view import View


class DeletionHooks(Foundation):
    """Going. MUP removes nothing: what has ended is inactive there, with its usage."""

    def delete_resource(self, waldur_resource: WaldurResource, **kwargs: object) -> str | None:
        """End a resource's allocations; with ``soft_delete``, they stay active with a size of 0.

        Raises:
            BackendUnavailableError: MUP could not be asked.
            BackendError: MUP refused.
        """
        del kwargs
        backend_id = (waldur_resource.backend_id or "").strip()
        if not backend_id:
            logger.warning("A resource without an id needs no deletion on MUP")
            return None
        with self._one_view() as view:
            holding = self._find_anew(view, backend_id)
            if holding is None:
                logger.warning("MUP has no allocation %r, so there is nothing to end", backend_id)
            elif self._soft_delete:
                self._empty(view, holding)
            else:
                self._end(view, holding)
        return None

    def _find_anew(self, view: View, backend_id: str) -> Holding | None:
        """Find it as it is now: what is read here decides about others' project."""
        known = self._find(view, backend_id)
        if known is None:
            return None
        view.forget(known.project)
        return self._find(view, backend_id)

    def _empty(self, view: View, holding: Holding) -> None:
        for one in holding.all:
            view.edit_allocation(one, size=0, active=one.is_active)

    def _end(self, view: View, holding: Holding) -> None:
        for one in holding.all:
            view.edit_allocation(one, size=int(one.size), active=False)
        if any(one.is_active for one in view.allocations(holding.project).values()):
            return
        project = view.project(holding.project)
        if project is not None and project.is_active:
            view.switch_project(project, active=False)
            logger.info("The project %r has no allocation left and was ended on MUP", project.grant)

"""What becomes of the target's orders, and a resource's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import ResourceState
from waldur_site_agent_waldur.hooks.foundation import Foundation
from waldur_site_agent_waldur.reads import uuid_of

if TYPE_CHECKING:
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class OrderHooks(Foundation):
    """An order of the source is done when the target's is."""

    def check_pending_order(self, order_backend_id: str) -> bool:
        """Say whether the target's order is done.

        Raises:
            BackendError: it failed, with the target's words.
            BackendUnavailableError: that could not be told.
        """
        return self.target.orders.is_done(uuid_of(order_backend_id))

    def delete_resource(self, waldur_resource: WaldurResource, **kwargs: object) -> str | None:  # noqa: ARG002 - the contract's parameter
        """Order a resource's end on the target, or find the order for it.

        Returns:
            The target's order; None when the target says that the resource has ended, or shows no
            such resource to a token that sees the organization.

        Raises:
            BackendNotReadyError: something else is under way there.
            BackendError: the target refused.
            BackendUnavailableError: it could not be asked.
        """
        backend_id = waldur_resource.backend_id.strip()
        if not backend_id:
            return None
        found = self.target.reads.resource_now(uuid_of(backend_id))
        if found is None or found.state == ResourceState.TERMINATED:
            return None
        return str(self.target.orders.terminate(found))

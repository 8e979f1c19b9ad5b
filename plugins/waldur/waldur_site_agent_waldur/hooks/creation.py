"""A resource's coming: its project on the target, and its order there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_waldur.hooks.foundation import Foundation
from waldur_site_agent_waldur.reads import uuid_of
from waldur_site_agent_waldur.wishes import wish_for

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource

TARGET_RESOURCE = "waldur_b_resource_uuid"
"""What Waldur shows of a resource's other side; the name is the 1.x agent's."""


class CreationHooks(Foundation):
    """Creating is ordering: the resource is there when the target's order is done."""

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,  # noqa: ARG002 - the target gives the id
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Order the resource on the target, or find the order that was placed before.

        Returns:
            The target's resource as ``backend_id``, and its order as ``pending_order_id``.

        Raises:
            BackendError: the target refused.
            BackendUnavailableError: it could not be asked.
        """
        project = self.target.projects.ensure(waldur_resource)
        wish = wish_for(
            waldur_resource,
            order_uuid=_order_of(user_context),
            limits=self.limit_rules.ordered(waldur_resource.limits),
            passthrough=self.settings.passthrough_attributes,
        )
        order = self.target.orders.create(wish, project.uuid)
        resource_uuid = order.marketplace_resource_uuid
        if resource_uuid is None:
            raise BackendError("The target Waldur did not say which resource its order is about.")
        return _told(resource_uuid, pending=order.uuid)

    def adopt_resource(
        self,
        resource: WaldurResource,  # noqa: ARG002 - the contract's parameter
        backend_id: str,
        user_context: UserContext | None = None,  # noqa: ARG002 - likewise
    ) -> BackendResourceInfo:
        """Find the order by which a resource came to be, to wait for its end.

        Waldur has the resource's id, but perhaps not its order's: the agent was killed between
        the two. A resource without an order, which somebody imported, is there.
        """
        found = self.target.reads.resource(backend_id)
        order = self.target.orders.creation_of(found)
        return _told(found.uuid, pending=order.uuid if order else None)

    def recreate_missing_resource(self, waldur_resource: WaldurResource) -> bool:
        """Refuse to make again what ended on the target: only an order can, which is followed.

        Raises:
            BackendError: the target does not have it.
        """
        if not waldur_resource.backend_id.strip():
            return False
        self.target.reads.resource(waldur_resource.backend_id)
        return False

    def _pre_create_resource(
        self,
        waldur_resource: WaldurResource,
        user_context: UserContext | None = None,  # noqa: ARG002 - the contract's parameter
    ) -> None:
        """Make the project."""
        self.target.projects.ensure(waldur_resource)

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Tell which resource of the target it is."""
        return {TARGET_RESOURCE: str(uuid_of(resource_backend_id))}


def _told(resource_uuid: UUID, *, pending: UUID | None) -> BackendResourceInfo:
    return BackendResourceInfo(
        backend_id=str(resource_uuid),
        pending_order_id=str(pending) if pending else "",
        backend_metadata={TARGET_RESOURCE: str(resource_uuid)},
    )


def _order_of(context: UserContext | None) -> UUID | None:
    """The source's order, as the agent tells it with the people."""
    found = (context or {}).get("order_uuid")
    return found if isinstance(found, UUID) else None

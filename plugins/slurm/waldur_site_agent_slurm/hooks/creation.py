"""Making a resource's account, with its parents, limits, QoS and directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import DuplicateResourceError
from waldur_site_agent_slurm import qos
from waldur_site_agent_slurm.hooks.foundation import Foundation

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import BackendResourceInfo, UserContext
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class CreationHooks(Foundation):
    """Coming: a new account, or one that is completed."""

    def _pre_create_resource(
        self, waldur_resource: WaldurResource, user_context: UserContext | None = None
    ) -> None:
        """Make the customer's and the project's accounts."""
        del user_context
        self._hierarchy.ensure(self._place(waldur_resource))

    def create_resource_with_id(
        self,
        waldur_resource: WaldurResource,
        resource_backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Make an account with all that belongs to it; see the base class."""
        self._own(resource_backend_id)
        with self.client.one_view():
            self._pre_create_resource(waldur_resource, user_context)
            self._create_account(waldur_resource, resource_backend_id)
            return self._complete(waldur_resource, resource_backend_id, user_context)

    def _create_account(self, waldur_resource: WaldurResource, backend_id: str) -> None:
        """Make the account with its limits, by one command: each takes half a second."""
        if self._account(backend_id) is not None:
            raise DuplicateResourceError(f"the cluster already has the account {backend_id!r}")
        project = self._place(waldur_resource).project
        limits, _ = self._collect_resource_limits(waldur_resource)
        self.client.create_resource(
            backend_id, waldur_resource.name, project, project, limits=limits
        )

    def adopt_resource(
        self,
        resource: WaldurResource,
        backend_id: str,
        user_context: UserContext | None = None,
    ) -> BackendResourceInfo:
        """Complete an account that exists: parents, limits, QoS and directories.

        What is as it should be is left alone.
        """
        self._own(backend_id)
        with self.client.one_view():
            self.client.existing(backend_id)
            place = self._place(resource)
            self._hierarchy.ensure(place)
            self._hierarchy.move(backend_id, place.project)
            return super().adopt_resource(resource, backend_id, user_context)

    def post_create_resource(
        self,
        resource: BackendResourceInfo,
        waldur_resource: WaldurResource,
        user_context: UserContext | None = None,
    ) -> None:
        """Attach the account's QoS, and make the project's directory."""
        del user_context
        with self.client.one_view():
            self._attach_qos(resource.backend_id)
            self._directories.ensure(self._place(waldur_resource).project)
            resource.backend_metadata = self.get_resource_metadata(resource.backend_id)

    def _attach_qos(self, backend_id: str) -> None:
        managed = self.settings.account_qos
        change = qos.attached(self.client.existing(backend_id), self.settings)
        if change is None:
            return
        self.client.add_qos(change.default, flags=managed.flags, limits=managed.limits)
        self.client.set_qos(backend_id, change.names, change.default)

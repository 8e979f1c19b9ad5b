"""Reading what the target has."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent_waldur.hooks.foundation import Foundation
from waldur_site_agent_waldur.people import key_on_target
from waldur_site_agent_waldur.reads import uuid_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import ResourceUsage
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent.waldur.models import ConsumerResource

R = TypeVar("R", bound="WaldurResource")

FEW = 3
"""So many resources are read one by one; for more, the offering's are listed."""


class ReadingHooks(Foundation):
    """Resources and their members, by a few listings for however many."""

    def pull_resources(
        self,
        resources: Sequence[R],
        include_usage: bool = True,
        strict: bool = False,
    ) -> dict[str, tuple[R, BackendResourceInfo]]:
        """Read many resources; see the contract.

        Raises:
            BackendError: ``strict``, and the target could not be asked, or does not show all that
                it has.
        """
        try:
            found = self._found(resources)
            self.target.reads.members.expect(
                {one.project_uuid for _, one in found if one.project_uuid}
            )
            return {
                resource.backend_id: (resource, self._info(one, include_usage=include_usage))
                for resource, one in found
            }
        except BackendError:
            if strict:
                raise
            return {}

    def _found(self, resources: Sequence[R]) -> list[tuple[R, ConsumerResource]]:
        named = [one for one in resources if one.backend_id and one.backend_id.strip()]
        if len(named) > FEW and len(self.target.reads.resources) < len(named):
            self.target.reads.require_sight()
        pairs = ((one, self._living(one.backend_id)) for one in named)
        return [(one, found) for one, found in pairs if found is not None]

    def _pull_backend_resource(self, resource_backend_id: str) -> BackendResourceInfo | None:
        """Read one resource by its id."""
        found = self._living(resource_backend_id)
        return self._info(found, include_usage=True) if found else None

    def _info(self, found: ConsumerResource, *, include_usage: bool) -> BackendResourceInfo:
        backend_id = str(found.uuid)
        return BackendResourceInfo(
            backend_id=backend_id,
            parent_id=str(found.project_uuid or ""),
            effective_id=found.backend_id,
            users=self._users_of(found),
            usage=self._usage_of(backend_id) if include_usage else {},
        )

    def _users_of(self, found: ConsumerResource) -> list[str]:
        """Whoever has a role in the resource's project, but for the agent itself.

        Somebody whose key the target does not tell is nobody whom the source could know.
        """
        if found.project_uuid is None:
            return []
        team = self.target.reads.members.of(found.project_uuid)
        own = self.target.reads.own_user.uuid
        keys = {key_on_target(self.settings, one) for one in team.values() if one.uuid != own}
        return sorted(keys - {""})

    def list_resources(self) -> list[BackendResourceInfo]:
        """List what the organization has of the target's offering."""
        return [
            BackendResourceInfo(backend_id=str(one.uuid), parent_id=str(one.project_uuid or ""))
            for one in self.target.reads.resources.values()
        ]

    def list_components(self) -> list[str]:
        """List the components of the target's offering."""
        offering = self.target.waldur.public_offerings.get(self.settings.offering_uuid)
        return sorted(component.type for component in offering.components)

    def _usage_of(self, resource_backend_id: str) -> ResourceUsage:
        return self._get_usage_report([str(uuid_of(resource_backend_id))]).get(
            resource_backend_id, {}
        )

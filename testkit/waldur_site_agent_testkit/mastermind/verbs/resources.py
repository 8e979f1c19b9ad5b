"""What becomes of resources."""

from datetime import date

from waldur_site_agent_testkit.mastermind import announcing, ending, membership, ordering
from waldur_site_agent_testkit.mastermind.shapes import Limits
from waldur_site_agent_testkit.mastermind.state import Project, Resource, ResourceState
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class ResourceVerbs(Verbs):
    """Changes of resources without an order."""

    @locked
    def set_limits(self, resource: Resource, limits: Limits) -> None:
        """Change a resource's limits without an order."""
        resource.limits = dict(limits)
        self._store.touch(resource)

    @locked
    def set_backend_id(self, resource: Resource, backend_id: str) -> None:
        """Change a resource's id at the backend."""
        ordering.set_backend_id(self._store, resource, backend_id)

    @locked
    def pause(self, resource: Resource, *, paused: bool = True) -> None:
        """Pause a resource, or let it go on."""
        resource.paused = paused
        self._changed(resource)

    @locked
    def downscale(self, resource: Resource, *, downscaled: bool = True) -> None:
        """Downscale a resource, or give it its full size back."""
        resource.downscaled = downscaled
        self._changed(resource)

    @locked
    def restrict_members(self, resource: Resource, *, restricted: bool = True) -> None:
        """Keep the members of the project out of a resource, or let them in again."""
        resource.restrict_member_access = restricted
        self._changed(resource)

    @locked
    def set_end_date(self, resource: Resource, end_date: date | None) -> None:
        """Set the day on which a resource ends, or take it away."""
        ending.end_resource(self._store, resource, end_date, requested_by=None)

    @locked
    def set_effective_id(self, resource: Resource, effective_id: str) -> None:
        """Set the id that a remote system gave to a resource."""
        resource.effective_id = effective_id
        self._store.touch(resource)

    @locked
    def fail_resource(self, resource: Resource, message: str = "") -> None:
        """Let a resource be Erred, with what somebody, not the agent under test, said of it."""
        resource.state = ResourceState.ERRED
        resource.error_message = message
        self._store.touch(resource)

    @locked
    def move_resource(self, resource: Resource, project: Project) -> None:
        """Give a resource to another project, whose members get accounts; nobody loses one."""
        with self.state.resources.regrouped(resource):
            resource.project = project
        self._changed(resource)
        membership.open_accounts_on(self._store, resource)

    def _changed(self, resource: Resource) -> None:
        """Agents hear of these changes, unlike of limits."""
        self._store.touch(resource)
        announcing.resource(self._store, resource)

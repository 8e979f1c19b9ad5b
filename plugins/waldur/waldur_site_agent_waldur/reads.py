"""What a pass asks of the target once, however many resources it looks at.

Every reader is lazy. What the agent writes is put right here, so that what follows sees it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.waldur.models.states import ResourceState
from waldur_site_agent_waldur.door import LackedByTargetError, NotOnTargetError
from waldur_site_agent_waldur.memberships import Memberships

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import ConsumerResource, CurrentUser, Plan, Project
    from waldur_site_agent_waldur.settings import FederationSettings


class TargetReads:
    """The target as one pass sees it. Readers raise BackendUnavailableError and BackendError."""

    def __init__(self, waldur: Waldur, settings: FederationSettings) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._settings = settings
        self.members = Memberships(waldur, settings.customer_uuid)
        self._read: dict[UUID, ConsumerResource] = {}

    # Resources

    @cached_property
    def resources(self) -> Mapping[UUID, ConsumerResource]:
        """All resources of the offering in the organization that are not terminated."""
        listed = self._waldur.consumer_resources.list(
            offering_uuid=self._settings.offering_uuid, customer_uuid=self._settings.customer_uuid
        )
        living = {one.uuid: one for one in listed if one.state != ResourceState.TERMINATED}
        self._read.update(living)
        return living

    def resource(self, backend_id: str) -> ConsumerResource:
        """A resource by its id on the backend, as a listing showed it, or read by itself.

        Raises:
            NotOnTargetError: the target has none that lives.
            BackendUnavailableError: it could not be asked, or does not show what it has.
        """
        uuid = uuid_of(backend_id)
        found = self._read.get(uuid) or self.resource_now(uuid)
        if found is None or found.state == ResourceState.TERMINATED:
            raise NotOnTargetError(f"The target Waldur has no resource {backend_id!r} that lives.")
        self._read[uuid] = found
        return found

    def resource_now(self, uuid: UUID) -> ConsumerResource | None:
        """Read a resource as it is at this moment, in any state; None when it is surely gone.

        Raises:
            BackendUnavailableError: it could not be asked, or does not show what it has.
        """
        try:
            return self._waldur.consumer_resources.get(uuid)
        except NotOnTargetError:
            self.require_sight()
            return None

    # Rights

    @cached_property
    def own_user(self) -> CurrentUser:
        """The owner of the token."""
        return self._waldur.server.current_user()

    def require_sight(self) -> None:
        """Make sure that what is not shown is not there.

        A token that lost its role in the organization is answered with "there is none", too.

        Raises:
            BackendUnavailableError: the token does not see the organization.
        """
        if not self.sees_customer:
            raise BackendUnavailableError(
                f"the token does not see the organization {self._settings.customer_uuid} on the "
                "target Waldur, so what is there is unknown: give its owner the role of an owner "
                "there, or correct target_customer_uuid"
            )

    @property
    def sees_customer(self) -> bool:
        """Whether the token's owner has a say in the organization."""
        user = self.own_user
        scopes = {permission.scope_uuid for permission in user.permissions}
        return user.is_staff or user.is_support or self._settings.customer_uuid in scopes

    # Projects

    @cached_property
    def projects(self) -> dict[UUID, Project]:
        """The organization's projects."""
        listed = self._waldur.projects.list(self._settings.customer_uuid)
        return {project.uuid: project for project in listed if not project.is_removed}

    def forget_projects(self) -> None:
        """Ask again next time: somebody may have made one."""
        self.__dict__.pop("projects", None)

    # What rarely changes

    @cached_property
    def plans(self) -> Sequence[Plan]:
        """The plans of the offering that can be ordered."""
        listed = self._waldur.public_offerings.plans(self._settings.offering_uuid)
        return [plan for plan in listed if plan.is_active and not plan.archived]

    @cached_property
    def roles(self) -> Mapping[str, UUID]:
        """The target's roles by name."""
        return {role.name: role.uuid for role in self._waldur.roles.list()}

    def role(self, name: str) -> UUID:
        """A role by its name.

        Raises:
            BackendError: the target has none of this name.
        """
        if name not in self.roles:
            raise BackendError(
                f"The target Waldur has no role {name!r}; map it to another one in role_mapping."
            )
        return self.roles[name]

    def science_sub_domain(self, code: str) -> UUID | None:
        """The target's sub-domain of science with a code; None where it has none."""
        return self._science_sub_domains.get(code)

    @cached_property
    def _science_sub_domains(self) -> Mapping[str, UUID]:
        """By code; none on a server that does not know them."""
        try:
            return {one.code: one.uuid for one in self._waldur.science_sub_domains.list()}
        except LackedByTargetError:
            return {}


def uuid_of(backend_id: str) -> UUID:
    """The target's resource, or order, that an id on the backend names, dashed or not.

    Raises:
        NotOnTargetError: it is no UUID, so nothing on the target can have it.
    """
    try:
        return UUID(backend_id.strip())
    except ValueError:
        raise NotOnTargetError(f"{backend_id!r} is no id of the target Waldur.") from None

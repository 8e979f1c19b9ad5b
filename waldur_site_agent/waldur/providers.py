"""Service providers: the organisations that have offerings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.waldur.call import Call, filters, hex_of
from waldur_site_agent.waldur.models.accounts import CourseAccount, ServiceAccount
from waldur_site_agent.waldur.models.projects import Project
from waldur_site_agent.waldur.models.providers import (
    ProjectPermission,
    ServiceProvider,
    SshKey,
)
from waldur_site_agent.waldur.sifting import is_of
from waldur_site_agent.waldur.wire import fields_of

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.waldur.rest import Rest

PROVIDERS = "marketplace-service-providers/"


class Providers:
    """What is read of providers. Raises ``WaldurError`` when Waldur did not tell.

    A token for one offering may not be allowed to read any of it.
    """

    def __init__(self, rest: Rest) -> None:
        """Speak over REST."""
        self._rest = rest

    def uuid_of_customer(self, customer_uuid: UUID | str) -> UUID | None:
        """Find the provider that an organisation is, if it is one."""
        query = filters(customer_uuid=hex_of(customer_uuid), field=fields_of(ServiceProvider))
        call = Call.get("providers.uuid_of_customer", PROVIDERS, query)
        for provider in self._rest.list(call, ServiceProvider):
            if is_of(provider.customer_uuid, customer_uuid):
                return provider.uuid
        return None

    def ssh_keys(self, provider_uuid: UUID | str) -> list[SshKey]:
        """List the public keys of the people who use the provider's resources."""
        path = f"{PROVIDERS}{hex_of(provider_uuid)}/keys/"
        query = filters(field=fields_of(SshKey))
        return self._rest.list(Call.get("providers.ssh_keys", path, query), SshKey)

    def projects(self, provider_uuid: UUID | str, query: str | None = None) -> list[Project]:
        """List the projects that have resources at the provider.

        Args:
            provider_uuid: whose.
            query: a name or a UUID, of which the server matches parts; None stands for all.
        """
        path = f"{PROVIDERS}{hex_of(provider_uuid)}/projects/"
        call = Call.get("providers.projects", path, filters(query=query, field=fields_of(Project)))
        return self._rest.list(call, Project)

    def project_permissions(
        self, provider_uuid: UUID | str, *, user_uuid: UUID | str | None = None
    ) -> list[ProjectPermission]:
        """List who holds which role in the projects that have resources at the provider.

        A person's consent to an offering plays no part in it: ``resources.team`` stays the
        authority on who may enter a resource.

        Args:
            provider_uuid: whose projects.
            user_uuid: this person's roles only.
        """
        path = f"{PROVIDERS}{hex_of(provider_uuid)}/project_permissions/"
        user = hex_of(user_uuid) if user_uuid else None
        query = filters(user=user, field=fields_of(ProjectPermission))
        call = Call.get("providers.project_permissions", path, query)
        return [
            permission
            for permission in self._rest.list(call, ProjectPermission)
            if is_of(permission.user_uuid, user_uuid)
        ]

    def service_accounts(self, provider_uuid: UUID | str) -> list[ServiceAccount]:
        """List the machines' accounts of all projects that have resources at the provider."""
        path = f"{PROVIDERS}{hex_of(provider_uuid)}/project_service_accounts/"
        return self._rest.list(Call.get("providers.service_accounts", path), ServiceAccount)

    def course_accounts(self, provider_uuid: UUID | str) -> list[CourseAccount]:
        """List the course accounts of all projects that have resources at the provider."""
        path = f"{PROVIDERS}{hex_of(provider_uuid)}/course_accounts/"
        return self._rest.list(Call.get("providers.course_accounts", path), CourseAccount)

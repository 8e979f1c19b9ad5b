"""What all hooks share: an offering's settings, the client, and which account is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend import BackendType, logger
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.bulk import BulkMembers
from waldur_site_agent_slurm.client import SlurmClient
from waldur_site_agent_slurm.directories import ProjectDirectories
from waldur_site_agent_slurm.grants import enforces_qos
from waldur_site_agent_slurm.hierarchy import Hierarchy, place_of
from waldur_site_agent_slurm.limits import LimitRules
from waldur_site_agent_slurm.members import Members
from waldur_site_agent_slurm.names import account_name
from waldur_site_agent_slurm.settings import SlurmSettings
from waldur_site_agent_slurm.usage_rules import UsageRules

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent.backend.waldur_objects import WaldurResource
    from waldur_site_agent_slurm.hierarchy import Place
    from waldur_site_agent_slurm.settings import MappedUsage
    from waldur_site_agent_slurm.snapshot import Account


class Foundation(BaseBackend):
    """One offering's settings, its rules, and what works on its cluster."""

    client: SlurmClient

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Take an offering's settings; Slurm is not asked.

        Raises:
            BackendError: a setting or a component that cannot be worked with.
        """
        super().__init__(backend_settings, backend_components)
        self.backend_type = BackendType.SLURM.value
        self.settings = SlurmSettings.from_dict(backend_settings)
        self.rules, self._usage_rules = _rules(backend_components, self.settings.mapped_usage)
        self.client = self.make_client(self.settings)
        self.cluster_name = self.settings.cluster_name
        self.partition_enforcement_enabled = self.settings.enforce_offering_partitions
        self._hierarchy = Hierarchy(self.client)
        self._members = Members(self.client, self.settings)
        self._bulk = BulkMembers(self.client, self.settings)
        self._directories = ProjectDirectories(self.client, self.settings.project_directory)
        self._told: set[str] = set()
        if self.settings.wants_ldap:
            logger.warning("backend_settings.ldap: this version keeps no project groups in LDAP")

    def make_client(self, settings: SlurmSettings) -> SlurmClient:
        """Choose how Slurm is spoken to: the place for another client of the same interface."""
        return SlurmClient(settings)

    def _account(self, backend_id: str) -> Account | None:
        return self.client.snapshot().account(account_name(backend_id))

    def _own(self, backend_id: str) -> str:
        """Fold a resource's id into the name of an account that is the resource's own.

        Raises:
            BackendError: it is no name, or one of the site's own accounts, which no order may
                touch whatever Waldur says.
        """
        name = account_name(backend_id)
        if name in self.settings.site_accounts:
            raise BackendError(
                f"{backend_id!r} is an account of the site itself (see backend_settings), so it "
                "cannot be a resource's: give the resource another id in Waldur"
            )
        return name

    def _account_of(self, resource: WaldurResource) -> str:
        backend_id = (resource.backend_id or "").strip()
        if not backend_id:
            raise BackendError("the resource has no id on the backend, so it can have no members")
        return self._own(backend_id)

    def _place(self, resource: WaldurResource) -> Place:
        return place_of(
            resource,
            project=self._get_project_backend_id(resource.project_slug),
            customer=self._get_customer_backend_id(resource.customer_slug),
            settings=self.settings,
        )

    @property
    def _enforces_qos(self) -> bool:
        return enforces_qos(self.settings, offering=self.offering_enforce_qos)


def _rules(components: Components, mapped: MappedUsage) -> tuple[LimitRules, UsageRules]:
    try:
        limits = LimitRules(components)
        return limits, UsageRules(components, limits, mapped=mapped)
    except ValueError as error:
        raise BackendError(str(error)) from error

"""What all hooks share: an offering's settings and the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend import BackendType
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_moab.client import MoabClient
from waldur_site_agent_moab.deposits import DEPOSIT
from waldur_site_agent_moab.names import account_name
from waldur_site_agent_moab.settings import MoabSettings
from waldur_site_agent_moab.unordered import UnorderedDeposits

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_types import Component, Components
    from waldur_site_agent.backend.waldur_objects import WaldurResource


class Foundation(BaseBackend):
    """One offering's settings, and its way to MAM."""

    client: MoabClient

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Take an offering's settings; MAM is not asked.

        Raises:
            BackendError: a setting that cannot be worked with, or no ``deposit`` to count.
        """
        super().__init__(backend_settings, backend_components)
        self.backend_type = BackendType.MOAB.value
        self.settings = MoabSettings.from_dict(backend_settings)
        if DEPOSIT not in backend_components:
            raise BackendError(
                f"backend_components: MAM counts one thing, credits, and the offering has no "
                f"component {DEPOSIT!r} for them"
            )
        self.client = self.make_client(self.settings)
        self._unordered = UnorderedDeposits()

    def make_client(self, settings: MoabSettings) -> MoabClient:
        """Choose how MAM is spoken to: the place for another client of the same interface."""
        return MoabClient(settings)

    @property
    def _deposit(self) -> Component:
        return self.backend_components[DEPOSIT]

    def _account_of(self, resource: WaldurResource) -> str:
        """A resource's account, by its checked name.

        Raises:
            BackendError: it has no id, or one that is no name.
        """
        backend_id = (resource.backend_id or "").strip()
        if not backend_id:
            raise BackendError("the resource has no id on the backend, so it can have no members")
        return account_name(backend_id)

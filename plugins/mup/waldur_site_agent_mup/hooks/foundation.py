"""What all hooks share: an offering's settings and components, the portal, and the pass's view."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from waldur_site_agent.backend import BackendType, logger
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.clients import BaseClient
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_mup.accounts import Accounts
from waldur_site_agent_mup.components import read_components
from waldur_site_agent_mup.holdings import find
from waldur_site_agent_mup.portal.portal import Portal
from waldur_site_agent_mup.settings import MupSettings
from waldur_site_agent_mup.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.backend.component_types import Components
    from waldur_site_agent_mup.holdings import Holding
    from waldur_site_agent_mup.portal.rest import Carrier


class MupClient(BaseClient):
    """Nothing: what the contract asks of clients is done by hooks, or MUP does not have it."""


class Foundation(BaseBackend):
    """One offering's settings, and what was read of its portal in this pass."""

    def __init__(self, backend_settings: dict[str, Any], backend_components: Components) -> None:
        """Take an offering's settings; MUP is not asked.

        Raises:
            BackendError: a setting or a component that cannot be worked with.
        """
        super().__init__(backend_settings, backend_components)
        self.backend_type = BackendType.MUP.value
        self.client = MupClient()
        self.settings = MupSettings.from_dict(backend_settings)
        self.components = read_components(backend_components)
        self._view: View | None = None

    def make_carrier(self, settings: MupSettings) -> Carrier:
        """Choose how the portal is reached: the place for a stand-in."""
        from waldur_site_agent_mup.portal.transport import Transport  # noqa: PLC0415 - dear to import, and not needed to be made

        return Transport(settings)

    @cached_property
    def carrier(self) -> Carrier:
        """The way to the portal; nothing is opened before the first request."""
        return self.make_carrier(self.settings)

    @cached_property
    def portal(self) -> Portal:
        """The portal, by area."""
        return Portal(self.carrier)

    def begin_pass(self) -> None:
        """Begin to remember what is read."""
        self._view = View(self.portal)

    def end_pass(self) -> None:
        """Forget what was read, and hang up."""
        self._view = None
        self.carrier.close()

    @contextmanager
    def _one_view(self) -> Iterator[View]:
        """The pass's view, or one for as long as a hook takes that is called outside of a pass."""
        outer = self._view
        self._view = outer or View(self.portal)
        try:
            yield self._view
        finally:
            self._view = outer
            if outer is None:
                self.carrier.close()

    @cached_property
    def _accounts(self) -> Accounts:
        return Accounts(self.portal, self.settings)

    def _find(self, view: View, backend_id: str) -> Holding | None:
        return find(view, backend_id.strip(), self.components)

    def _existing(self, view: View, backend_id: str) -> Holding:
        """Find what has to be there.

        Raises:
            BackendError: MUP has none of it.
        """
        found = self._find(view, backend_id) if backend_id and backend_id.strip() else None
        if found is None:
            raise BackendError(f"MUP has no allocation {backend_id!r}")
        return found

    def ping(self, raise_exception: bool = False) -> bool:
        """Read the research fields, which are few."""
        try:
            self.portal.projects.research_fields()
        except BackendError as error:
            if raise_exception:
                raise
            logger.warning("MUP does not answer its ping: %s", error)
            return False
        return True

    def list_components(self) -> list[str]:
        """List the types of allocations that the components stand for."""
        return sorted({component.type for component in self.components.values()})

"""States: a customer of the target cannot pause what the target's provider runs."""

from __future__ import annotations

from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_waldur.hooks.foundation import Foundation


class StateHooks(Foundation):
    """Nothing can be paused or slowed down; the agent says so where Waldur asks for it."""

    unsupported_states = frozenset({ResourceStatus.PAUSED, ResourceStatus.DOWNSCALED})

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus:  # noqa: ARG002 - the contract's parameter
        """Whatever the target's provider does, it is not the source's to undo."""
        return ResourceStatus.NORMAL

    def downscale_resource(self, resource_backend_id: str) -> bool:  # noqa: ARG002 - likewise
        """Do nothing."""
        return False

    def pause_resource(self, resource_backend_id: str) -> bool:  # noqa: ARG002 - likewise
        """Do nothing."""
        return False

    def restore_resource(self, resource_backend_id: str) -> bool:  # noqa: ARG002 - likewise
        """Do nothing."""
        return False

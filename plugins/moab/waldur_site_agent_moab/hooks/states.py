"""States: MAM knows one only, and ``unsupported_states`` of the backend says so."""

from __future__ import annotations

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_moab.hooks.foundation import Foundation


class StateHooks(Foundation):
    """Nothing can be paused or downscaled, and nothing needs to be restored."""

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus:
        """Every account is as it always is."""
        del resource_backend_id
        return ResourceStatus.NORMAL

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Say that it cannot be done."""
        return _impossible("downscaled", resource_backend_id)

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Say that it cannot be done."""
        return _impossible("paused", resource_backend_id)

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Change nothing, as nothing was changed before."""
        del resource_backend_id
        return False

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Have nothing to show beside what Waldur knows."""
        del resource_backend_id
        return {}


def _impossible(what: str, backend_id: str) -> bool:
    logger.error("%r is not %s: MAM knows no such state", backend_id, what)
    return False

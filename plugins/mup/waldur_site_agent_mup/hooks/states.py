"""A resource's state: MUP knows none but that an allocation has ended."""

from __future__ import annotations

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.structures import ResourceStatus
from waldur_site_agent_mup.hooks.foundation import Foundation

CANNOT = "MUP can neither pause nor downscale: %r goes on as before"


class StateHooks(Foundation):
    """What MUP cannot do is said: by ``unsupported_states``, and by whoever asks all the same."""

    unsupported_states = frozenset({ResourceStatus.PAUSED, ResourceStatus.DOWNSCALED})

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus:
        """Tell that nothing is restricted, which is always so."""
        del resource_backend_id
        return ResourceStatus.NORMAL

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Say that MUP cannot."""
        logger.warning(CANNOT, resource_backend_id)
        return False

    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Say that MUP cannot."""
        logger.warning(CANNOT, resource_backend_id)
        return False

    def restore_resource(self, resource_backend_id: str) -> bool:
        """Do nothing: there is nothing to undo."""
        del resource_backend_id
        return False

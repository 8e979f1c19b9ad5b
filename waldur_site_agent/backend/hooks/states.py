"""A resource's state, as Waldur's flags ask for it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from waldur_site_agent.backend.hooks.foundation import Foundation

if TYPE_CHECKING:
    from waldur_site_agent.backend.structures import ResourceStatus


class StateHooks(Foundation):
    """Pausing, slowing down and restoring. All are safe to repeat.

    Membership sync calls one of them for every resource, by Waldur's ``paused`` and ``downscaled``
    flags. Where the backend knows no such state, answer True: nothing is wrong.
    """

    def get_resource_status(self, resource_backend_id: str) -> ResourceStatus | None:  # noqa: ARG002 - the contract's parameter
        """Tell how a resource stands; None, the default, where that cannot be told.

        Where it can, the three below are called only on a difference, and a dry run shows it.
        """
        return None

    @abstractmethod
    def downscale_resource(self, resource_backend_id: str) -> bool:
        """Slow a resource down; say whether it is so now."""

    @abstractmethod
    def pause_resource(self, resource_backend_id: str) -> bool:
        """Keep a resource from starting anything new; say whether it is so now."""

    @abstractmethod
    def restore_resource(self, resource_backend_id: str) -> bool:
        """Undo the other two; say whether something was changed."""

    @abstractmethod
    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, object]:
        """Read what Waldur shows as the resource's backend metadata; plain JSON values."""

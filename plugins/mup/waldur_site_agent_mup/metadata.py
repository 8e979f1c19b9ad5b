"""What Waldur shows of a resource's allocations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent_mup.holdings import Holding


def metadata_of(holding: Holding) -> dict[str, object]:
    """Tell what seldom changes: usage has a place of its own in Waldur."""
    return {
        "mup_project_id": holding.project,
        "mup_allocations": {
            name: {
                "id": one.id,
                "identifier": one.identifier,
                "type": one.type,
                "size": one.size,
                "active": one.is_active,
            }
            for name, one in holding.parts.items()
        },
    }

"""Import path of the 1.x agent for the component mapper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.common._lazy import from_elsewhere

if TYPE_CHECKING:
    from waldur_site_agent.backend.component_mapping import (
        ComponentMapper,
        ReverseMapping,
        TargetMapping,
    )

__all__ = [
    "ComponentMapper",
    "ReverseMapping",
    "TargetMapping",
]

__getattr__ = from_elsewhere(
    __name__, dict.fromkeys(__all__, "waldur_site_agent.backend.component_mapping")
)

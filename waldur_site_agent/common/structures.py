"""Import path of the 1.x agent for offerings and their components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.common._lazy import from_elsewhere

if TYPE_CHECKING:
    from waldur_site_agent.config.models import (
        BackendComponent,
        Offering,
        normalize_backend_components,
    )

__all__ = [
    "BackendComponent",
    "Offering",
    "normalize_backend_components",
]

__getattr__ = from_elsewhere(__name__, dict.fromkeys(__all__, "waldur_site_agent.config.models"))

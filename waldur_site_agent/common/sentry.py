"""Import path of the 1.x agent for hiding secrets in URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.common._lazy import from_elsewhere

if TYPE_CHECKING:
    from waldur_site_agent.backend.redaction import (
        scrub_secret_query_params,
    )

__all__ = [
    "scrub_secret_query_params",
]

__getattr__ = from_elsewhere(
    __name__, dict.fromkeys(__all__, "waldur_site_agent.backend.redaction")
)

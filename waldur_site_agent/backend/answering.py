"""Whether a backend gives a sign of life."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.backend.hooks.foundation import Foundation


def is_answering(backend: Foundation) -> bool:
    """Ask a backend for a sign of life; a ping that fails in any way is none."""
    try:
        return bool(backend.ping())
    except Exception:  # noqa: BLE001 - any failure of a plugin's ping means that it does not answer
        return False

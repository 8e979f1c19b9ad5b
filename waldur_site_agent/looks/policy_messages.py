"""Several messages of one policy about one resource, as one (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.work.entries import Payload

RESET = "reset_raw_usage"


def gathered(earlier: Payload, later: Payload) -> Payload:
    """The later message, which says all that is wanted now, with a reset that is still due.

    A reset of usage begins a period, and only one message of the period asks for it. It keeps the
    time of that message, by which a backend knows whether it was done.
    """
    settings = _settings(later)
    if not later or settings.get(RESET) or not _settings(earlier).get(RESET):
        return later or earlier
    due = {**settings, RESET: _settings(earlier)[RESET]}
    return {**later, "settings": due, "timestamp": earlier.get("timestamp")}


def _settings(payload: Payload) -> Mapping[str, object]:
    settings = payload.get("settings")
    return settings if isinstance(settings, Mapping) else {}

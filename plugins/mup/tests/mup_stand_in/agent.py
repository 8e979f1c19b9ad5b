"""The plugin on a portal in memory."""

from __future__ import annotations

from typing import Any

from mup_stand_in.doors import BASE, Direct
from mup_stand_in.portal import AGENT, PASSWORD, MupStandIn
from waldur_site_agent_mup.backend import MupBackend
from waldur_site_agent_mup.portal.transport import Transport

COMPONENTS: dict[str, dict[str, Any]] = {
    "cpu": {
        "measured_unit": "h",
        "accounting_type": "limit",
        "label": "CPU",
        "unit_factor": 60,
        "mup_allocation_type": "Deucalion x86_64",
    },
    "gpu": {
        "measured_unit": "h",
        "accounting_type": "limit",
        "label": "GPU",
        "mup_allocation_type": "Deucalion GPU",
    },
}
SETTINGS: dict[str, Any] = {
    "api_url": f"https://mup.example.org{BASE}/api/",
    "username": AGENT,
    "password": PASSWORD,
    "retry_wait_seconds": 0,
}


def backend_on(mup: MupStandIn, **settings: Any) -> MupBackend:
    """A backend as a process of the agent makes it, on a portal in memory."""

    class Local(MupBackend):
        def make_carrier(self, settings: Any) -> Transport:
            return Transport(settings, network=Direct(mup))

    return Local({**SETTINGS, **settings}, COMPONENTS)

"""Making and removing QoS, which all clusters of a slurmdbd share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_slurm.commands.lines import WRITE, Lines
from waldur_site_agent_slurm.names import qos_name

if TYPE_CHECKING:
    from collections.abc import Mapping


class QosCommands(Lines):
    """Writes about QoS."""

    def add_qos(self, name: str, *, flags: str, limits: Mapping[str, str]) -> list[str]:
        """Make a QoS."""
        return self._line(
            *WRITE,
            "add",
            "qos",
            f"name={qos_name(name)}",
            *((f"flags={flags}",) if flags else ()),
            *(f"{key}={value}" for key, value in limits.items()),
        )

    def remove_qos(self, name: str) -> list[str]:
        """Remove a QoS."""
        return self._line(*WRITE, "remove", "qos", "where", f"name={qos_name(name)}")

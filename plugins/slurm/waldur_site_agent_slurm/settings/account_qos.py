"""``qos_management``: a QoS of its own for each account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.names import qos_flags, qos_name, qos_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent_slurm.settings.raw import RawSettings

QOS_LIMITS = {
    "grp_tres": "GrpTRES",
    "max_jobs": "MaxJobs",
    "max_submit": "MaxSubmit",
    "max_wall": "MaxWall",
    "min_tres_per_job": "MinTRESPerJob",
}
"""Keys of ``qos_management``, and what sacctmgr calls them."""


@dataclass(frozen=True, kw_only=True)
class AccountQos:
    """A QoS of its own for each account (``qos_management``)."""

    enabled: bool = False
    flags: str = "DenyOnLimit,NoDecay"
    limits: Mapping[str, str] = field(default_factory=dict)
    """By sacctmgr's names."""
    additional: tuple[str, ...] = ()

    @classmethod
    def from_raw(cls, raw: RawSettings) -> AccountQos:
        """Read the block; raises BackendError, as all settings."""
        flags = raw.text("flags", "DenyOnLimit,NoDecay")
        return cls(
            enabled=raw.flag("enabled", default=False),
            flags=qos_flags(flags) if flags else "",
            limits=_limits(raw),
            additional=tuple(qos_name(str(name)) for name in raw.items("additional_qos")),
        )


def _limits(raw: RawSettings) -> dict[str, str]:
    found = {name: raw.text(key) for key, name in QOS_LIMITS.items()}
    return {name: qos_value(value) for name, value in found.items() if value}

"""``periodic_limits``: what policies in Waldur set for each period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_slurm.limit_types import LimitType

if TYPE_CHECKING:
    from waldur_site_agent_slurm.settings.raw import RawSettings

EMULATOR = "http://localhost:8080"


@dataclass(frozen=True, kw_only=True)
class PeriodicLimits:
    """Whether and how a policy's settings are applied."""

    enabled: bool = False
    limit_type: LimitType = LimitType.GRP_TRES_MINS
    """What ``grp_tres_mins`` means in a message that does not say so."""
    emulator_mode: bool = False
    emulator_base_url: str = EMULATOR

    @classmethod
    def from_raw(cls, raw: RawSettings) -> PeriodicLimits:
        """Read the block; raises BackendError, as all settings."""
        url = raw.text("emulator_base_url") or EMULATOR
        if not url.startswith(("http://", "https://")):
            raise raw.bad("emulator_base_url", f"{url!r} does not begin with http:// or https://")
        return cls(
            enabled=raw.flag("enabled", default=False),
            limit_type=raw.choice("limit_type", LimitType.GRP_TRES_MINS),
            emulator_mode=raw.flag("emulator_mode", default=False),
            emulator_base_url=url,
        )

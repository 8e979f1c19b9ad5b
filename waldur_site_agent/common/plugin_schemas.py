"""Import path of the 1.x agent for the base classes of plugins' settings schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.common._lazy import from_elsewhere

if TYPE_CHECKING:
    from waldur_site_agent.config.plugin_schemas import (
        SECRET,
        HomedirSettingsSchema,
        PluginBackendSettingsSchema,
        PluginComponentSchema,
        TargetComponentConfig,
    )

__all__ = [
    "SECRET",
    "HomedirSettingsSchema",
    "PluginBackendSettingsSchema",
    "PluginComponentSchema",
    "TargetComponentConfig",
]

__getattr__ = from_elsewhere(
    __name__, dict.fromkeys(__all__, "waldur_site_agent.config.plugin_schemas")
)

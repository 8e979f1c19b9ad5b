"""The settings of the plugin. The agent checks them before it starts, and fills in the defaults."""

from typing import Annotated

from pydantic import Field

from waldur_site_agent.common.plugin_schemas import (
    PluginBackendSettingsSchema,
    PluginComponentSchema,
)


class AcmeSettings(PluginBackendSettingsSchema):
    """An offering's ``backend_settings``."""

    api_url: Annotated[str, Field(pattern=r"^https?://")]
    """Acme's address."""
    api_token: Annotated[str, Field(min_length=1, json_schema_extra={"secret": True})]
    """For Acme."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How long Acme may take to answer."""
    allocation_prefix: str = ""
    """Before the names of shares."""


class AcmeComponent(PluginComponentSchema):
    """What a component has beside the agent's own keys."""

    acme_name: str | None = None
    """What Acme calls it; without it, the component's name."""

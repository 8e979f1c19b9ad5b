"""What the plugin takes in ``backend_components`` and ``backend_settings``.

Defaults stand in :mod:`waldur_site_agent_moab.settings`; what is left out here is left to them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from waldur_site_agent.config.plugin_schemas import (
    PluginBackendSettingsSchema,
    PluginComponentSchema,
)
from waldur_site_agent_moab.settings import is_zone


def _known_zone(name: str) -> str:
    if not name or is_zone(name):
        return name
    raise PydanticCustomError("expected", "a time zone such as Europe/Tallinn")


Name = Annotated[str, Field(pattern=r"^$|^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$", max_length=128)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class MoabComponentSchema(PluginComponentSchema):
    """A component: the core's keys are all there are."""


class MoabBackendSettingsSchema(PluginBackendSettingsSchema):
    """The ``backend_settings`` of an offering on MAM."""

    default_account: Name | None = None
    customer_prefix: Name | None = None
    project_prefix: Name | None = None
    allocation_prefix: Name | None = None
    soft_delete: bool | None = None
    mam_bin_path: Annotated[str, Field(pattern=r"^$|^/")] | None = None
    mam_timezone: Zone | None = None
    command_timeout_seconds: Annotated[float, Field(gt=0)] | None = None

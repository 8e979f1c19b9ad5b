"""Base classes of plugins' settings schemas.

A plugin registers a subclass under its ``backend_type`` in the entry-point groups
``waldur_site_agent.component_schemas`` and ``waldur_site_agent.backend_settings_schemas``. The
schema is enforced, and its defaults reach the plugin, except ``None``. Mark a field as secret with
``Field(json_schema_extra=SECRET)`` where its name does not tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from pydantic.config import JsonDict

SECRET: Final[JsonDict] = {"secret": True}
"""Marks a field whose value is never shown."""

HIGHEST_UMASK = 0o777


class PluginComponentSchema(BaseModel):
    """Keys that a plugin adds to a component.

    The core's own keys are not shown to it, but for those that it declares, to say what they have
    to be: ``accounting_type: Literal["limit"]``. They reach the plugin as the core reads them.

    Unknown keys are warned about. A subclass may allow them with
    ``model_config = ConfigDict(extra="allow")``.
    """

    model_config = ConfigDict(extra="forbid")


class PluginBackendSettingsSchema(BaseModel):
    """The ``backend_settings`` of a plugin. Keys that the core reads are always allowed.

    Unknown keys are warned about. A subclass may allow them with
    ``model_config = ConfigDict(extra="allow")``.
    """

    model_config = ConfigDict(extra="forbid")


class TargetComponentConfig(BaseModel):
    """One entry of a component's ``target_components``."""

    factor: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """How many units of the target one unit of the component is."""


def _octal_umask(value: str) -> str:
    """Refuse what is no octal number from 0 to 0777."""
    digits = value.removeprefix("0o")
    if digits and set(digits) <= set("01234567") and int(digits, 8) <= HIGHEST_UMASK:
        return value
    raise PydanticCustomError("expected", 'an octal umask from "0000" to "0777"')


OctalUmask = Annotated[str, AfterValidator(_octal_umask)]
"""Text such as ``"0077"``. Without its quotes YAML reads ``0077`` as the number 63."""


class HomedirSettingsSchema(PluginBackendSettingsSchema):
    """Settings about home directories: the base of the schemas of plugins that make them."""

    enable_user_homedir_account_creation: bool | None = True
    """Whether home directories are made."""
    default_homedir_umask: OctalUmask | None = "0077"
    """The mask that a new home directory's permissions are cut with."""
    homedir_base_path: str | None = None
    """The folder they are in; without it, what the system says of each user."""
    homedir_quota: dict[str, Any] | None = None
    """A quota; see the reference of the core's backend settings."""

"""The ``backend_settings`` that the core itself reads, whatever the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from waldur_site_agent.config.plugin_schemas import OctalUmask  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Mapping


class PeriodicLimits(BaseModel):
    """The core's part of ``periodic_limits``; the rest is the plugin's."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    enabled: bool = Field(default=False, description="Apply limits that Waldur sets by period.")


class CoreBackendSettings(BaseModel):
    """Typed, with defaults. Keys of the plugin are left out; a key without a value counts as unset.

    A plugin's schema may say more about any of these, but cannot forbid them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    allocation_prefix: str = Field(default="", description="What names of resources begin with.")
    project_prefix: str = Field(default="", description="What names of projects begin with.")
    customer_prefix: str = Field(default="", description="What names of organisations begin with.")
    default_account: str = Field(
        default="root", description="The account that members have by default."
    )
    check_backend_id_uniqueness: bool = Field(
        default=False, description="Ask Waldur whether a name was ever used before taking it."
    )
    check_all_offerings: bool = Field(
        default=False, description="Ask so for all the provider's offerings, not just this one."
    )
    backend_id_max_retries: int = Field(
        default=50, ge=1, description="How many names are tried when names are taken."
    )
    soft_delete: bool = Field(
        default=False, description="Terminating sets limits to zero and keeps the account."
    )
    default_homedir_umask: OctalUmask = Field(
        default="0077", description="The mask for new home directories, octal, in quotes."
    )
    enable_user_homedir_account_creation: bool = Field(
        default=True, description="Whether home directories are made."
    )
    homedir_base_path: str | None = Field(
        default=None, description="The folder that home directories are in."
    )
    homedir_quota: dict[str, Any] | None = Field(
        default=None, description="How much a home directory may hold; see below."
    )
    periodic_limits: PeriodicLimits = Field(
        default=PeriodicLimits(),
        description="Limits by period; enabled is the core's part (false).",
    )
    target_api_url: str | None = Field(
        default=None, description="The other Waldur's API, for the backend type waldur."
    )
    target_api_token: str | None = Field(
        default=None,
        repr=False,
        description="The token for it.",
        json_schema_extra={"secret": True},
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, data: object) -> object:
        """Take a key without a value as one that is not there."""
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


CORE_KEYS = frozenset(CoreBackendSettings.model_fields)


def core_settings(backend_settings: Mapping[str, Any]) -> CoreBackendSettings:
    """Read the core's keys out of an offering's ``backend_settings``.

    Raises:
        pydantic.ValidationError: a key has a value that it cannot have.
    """
    return CoreBackendSettings.model_validate(dict(backend_settings))

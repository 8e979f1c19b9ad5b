"""What the plugin takes in ``backend_components`` and ``backend_settings``.

Defaults stand in :mod:`waldur_site_agent_slurm.settings`; what is left out here is left to them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from waldur_site_agent.config.plugin_schemas import (
    HomedirSettingsSchema,
    PluginBackendSettingsSchema,
    PluginComponentSchema,
    TargetComponentConfig,
)

Name = Annotated[str, Field(pattern=r"^$|^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$", max_length=128)]
Size = str | int | None


class Block(BaseModel):
    """A group of settings. Unknown keys are refused, so that a misspelt one is seen."""

    model_config = ConfigDict(extra="forbid")


class SlurmComponentSchema(PluginComponentSchema):
    """A component. Its name is the TRES it limits, unless it has targets."""

    model_config = ConfigDict(extra="allow")

    target_components: dict[str, TargetComponentConfig] | None = None
    """TRES that the component stands for."""


class RestApiSchema(Block):
    """How slurmrestd is reached. Known from the 1.x agent; see ``execution_mode``."""

    url: str
    api_version: str = "v0.0.43"
    username: str | None = None
    token_file: str | None = None
    token_env: str | None = None
    verify_ssl: bool = True
    timeout: float = Field(default=30.0, gt=0)

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if value.startswith(("http://", "https://", "unix:///")):
            return value
        raise _expected("a URL that begins with http://, https:// or unix:///")

    @model_validator(mode="after")
    def _has_token(self) -> RestApiSchema:
        if self.token_file or self.token_env:
            return self
        raise _expected("token_file or token_env, where the token comes from")


class QosManagementSchema(Block):
    """A QoS of its own for each account."""

    enabled: bool | None = None
    flags: str | None = None
    grp_tres: str | None = None
    max_jobs: int | str | None = None
    max_submit: int | str | None = None
    max_wall: str | None = None
    min_tres_per_job: str | None = None
    additional_qos: list[Name] | None = None


class LustreQuotaSchema(Block):
    """A quota on a project's directory."""

    mount_point: str | None = None
    block_softlimit: Size = None
    block_hardlimit: Size = None
    inode_softlimit: Size = None
    inode_hardlimit: Size = None


class ProjectDirectorySchema(Block):
    """A directory for each project."""

    enabled: bool | None = None
    base_path: Annotated[str, Field(pattern=r"^/")] | None = None
    owner: Name | None = None
    permissions: Annotated[str, Field(pattern=r"^[0-7]{3,4}$")] | None = None
    set_gid: bool | None = None
    set_acl: bool | None = None
    group_owner_source: Literal["project_id"] | None = None
    group_name: Name | None = None
    lustre_quota: LustreQuotaSchema | None = None


class PeriodicLimitsSchema(Block):
    """Limits that a policy in Waldur computes for each period."""

    enabled: bool | None = None
    emulator_mode: bool | None = None
    emulator_base_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    limit_type: Literal["GrpTRESMins", "MaxTRESMins", "GrpTRES"] | None = None


class SlurmBackendSettingsSchema(HomedirSettingsSchema, PluginBackendSettingsSchema):
    """The ``backend_settings`` of an offering on Slurm."""

    default_account: Name | None = None
    default_account_policy: Literal["common", "individual", "none"] | None = None
    root_account: Name | None = None
    parent_account: Name | None = None
    customer_prefix: Name | None = None
    project_prefix: Name | None = None
    allocation_prefix: Name | None = None
    cluster_name: Name | None = None
    slurm_bin_path: str | None = None
    execution_mode: Literal["cli", "rest"] | None = None
    rest_api: RestApiSchema | None = None
    default_partition: Name | None = None
    enforce_offering_partitions: bool | None = None
    qos_default: Name | None = None
    qos_downscaled: Name | None = None
    qos_paused: Name | None = None
    qos_enforcement_enabled: bool | None = None
    enforce_offering_qos: bool | None = None
    qos_management: QosManagementSchema | None = None
    project_directory: ProjectDirectorySchema | None = None
    periodic_limits: PeriodicLimitsSchema | None = None
    ldap: dict[str, object] | None = None
    soft_delete: bool | None = None
    require_unix_accounts: bool | None = None
    usage_tres: Literal["allocated", "requested"] | None = None
    mapped_usage: Literal["sum", "max", "mean"] | None = None
    command_timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    job_wait_seconds: Annotated[float, Field(gt=0)] | None = None
    lock_directory: Annotated[str, Field(pattern=r"^/")] | None = None

    @field_validator("execution_mode")
    @classmethod
    def _commands_only(cls, value: str | None) -> str | None:
        if value == "rest":
            raise _expected("'cli': this version speaks to Slurm by its commands only")
        return value

    @model_validator(mode="after")
    def _one_way_to_pause(self) -> SlurmBackendSettingsSchema:
        forced = self.qos_enforcement_enabled and self.enforce_offering_qos
        if forced and (self.qos_paused or self.qos_downscaled):
            raise _expected(
                "no qos_paused and qos_downscaled beside enforce_offering_qos: members with a QoS "
                "of their own are paused by GrpSubmitJobs"
            )
        return self


def _expected(what: str) -> PydanticCustomError:
    return PydanticCustomError("expected", "{what}", {"what": what})

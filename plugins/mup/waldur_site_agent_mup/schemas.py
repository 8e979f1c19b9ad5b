"""What the plugin takes in ``backend_components`` and ``backend_settings``.

Defaults of settings stand in :mod:`waldur_site_agent_mup.settings`; what is left out is left to
them. The default of a component's type stands here alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.config.plugin_schemas import (
    SECRET,
    PluginBackendSettingsSchema,
    PluginComponentSchema,
)
from waldur_site_agent_mup.settings import portal_root

DEFAULT_TYPE = "Deucalion x86_64"

Filled = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0, strict=True)]


class MupComponentSchema(PluginComponentSchema):
    """A component: one allocation for each resource, of a size."""

    accounting_type: Literal["limit"]
    unit_factor: Annotated[float, Field(gt=0)] = 1.0
    mup_allocation_type: Filled = DEFAULT_TYPE
    """MUP's name of the kind of allocation."""


class MupBackendSettingsSchema(PluginBackendSettingsSchema):
    """The ``backend_settings`` of an offering on MUP."""

    api_url: Filled
    username: Filled
    password: Annotated[Filled, Field(json_schema_extra=SECRET)]
    allocation_prefix: str | None = None
    project_prefix: str | None = None
    soft_delete: bool | None = None
    default_research_field: Count | None = None
    research_fields: dict[Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")], Count] | None = None
    default_agency: str | None = None
    agencies: dict[str, Filled] | None = None
    default_storage_limit: Count | None = None
    default_project_days: Annotated[int, Field(gt=0)] | None = None
    default_allocation_type: str | None = None
    user_funding_agency_prefix: str | None = None
    users_accept_terms: bool | None = None
    default_user_salutation: str | None = None
    default_user_gender: str | None = None
    default_user_birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    default_user_country: str | None = None
    default_user_institution_type: str | None = None
    default_user_institution: str | None = None
    default_user_biography: str | None = None
    ca_bundle: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    retries: Annotated[int, Field(ge=0, le=10)] | None = None
    retry_wait_seconds: Annotated[float, Field(ge=0)] | None = None

    @field_validator("api_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        try:
            portal_root(value)
        except BackendError as error:
            what = str(error).partition(": ")[2]
            raise PydanticCustomError("expected", "{what}", {"what": what}) from None
        return value

"""What the plugin takes in ``backend_components`` and ``backend_settings``.

Defaults stand in :mod:`waldur_site_agent_waldur.settings`; what is left out here is left to them.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from waldur_site_agent.config.plugin_schemas import (
    SECRET,
    PluginBackendSettingsSchema,
    PluginComponentSchema,
    TargetComponentConfig,
)


def _expected(what: str) -> PydanticCustomError:
    return PydanticCustomError("expected", "{what}", {"what": what})


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme in ("http", "https") and parts.hostname:
        return value
    raise _expected("the address of a Waldur, such as https://waldur.example.org/api/")


def _uuid(value: str) -> str:
    try:
        UUID(value)
    except ValueError:
        raise _expected("a UUID") from None
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Uuid = Annotated[str, AfterValidator(_uuid)]


class WaldurComponentSchema(PluginComponentSchema):
    """A component. Its name is that of the target's component, unless it has targets."""

    target_components: dict[str, TargetComponentConfig] | None = None
    """Components of the target's offering that the component stands for."""


class WaldurBackendSettingsSchema(PluginBackendSettingsSchema):
    """The ``backend_settings`` of a federated offering."""

    target_api_url: Annotated[str, AfterValidator(_api_url)]
    target_api_token: Annotated[Text, Field(json_schema_extra=SECRET)]
    target_offering_uuid: Uuid
    target_customer_uuid: Uuid
    target_verify_ssl: bool | None = None
    target_ca_bundle: str | None = None
    target_proxy: Annotated[str | None, Field(json_schema_extra=SECRET)] = None
    target_timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    user_resolve_method: Literal["identity_bridge", "remote_eduteams", "user_field"] | None = None
    user_match_field: Literal["cuid", "email", "username"] | None = None
    identity_bridge_source: str | None = None
    user_not_found_action: Literal["warn", "fail"] | None = None
    role_mapping: dict[Text, Text] | None = None
    fetch_consented_users_only: bool | None = None
    end_date_sync_direction: Literal["bidirectional", "a_to_b", "b_to_a", "disabled"] | None = None
    limit_sync_direction: Literal["b_to_a", "disabled"] | None = None
    passthrough_attributes: list[Text] | None = None
    plan_mapping: dict[Text, Text] | None = None
    mapped_usage: Literal["sum", "max", "mean"] | None = None
    target_stomp_enabled: bool | None = None
    target_stomp_ws_host: str | None = None
    target_stomp_ws_port: Annotated[int, Field(gt=0, le=65535)] | None = None
    target_stomp_ws_path: str | None = None
    target_websocket_use_tls: bool | None = None
    order_poll_timeout: Annotated[float, Field(gt=0)] | None = None
    order_poll_interval: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _bridge_has_source(self) -> WaldurBackendSettingsSchema:
        bridges = self.user_resolve_method in (None, "identity_bridge")
        if bridges and not (self.identity_bridge_source or "").strip():
            raise _expected(
                "identity_bridge_source, such as isd:example, which user_resolve_method "
                "'identity_bridge' (the default) needs"
            )
        return self

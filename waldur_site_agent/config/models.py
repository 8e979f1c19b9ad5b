"""The settings: immutable once they are read."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from waldur_site_agent.config.components import (
    AccountingType,
    BackendComponent,
    normalize_backend_components,
)
from waldur_site_agent.config.credentials import credentials_mistake
from waldur_site_agent.config.membership import LimitsOwner, RemovalLimits
from waldur_site_agent.config.values import (
    ApiAddress,
    LevelName,
    LowerCase,
    OptionalAddress,
    OptionalHost,
    OptionalText,
    Port,
    Proxy,
    RequiredText,
    Settings,
    Text,
    TimeZone,
    Token,
    expected,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AccountingType",
    "AgentConfiguration",
    "BackendComponent",
    "LimitsOwner",
    "LogShipping",
    "Offering",
    "RemovalLimits",
    "normalize_backend_components",
]


class Offering(Settings):
    """One offering: where its Waldur is, and which plugins work on it with what settings.

    Username plugins receive this object. Nothing in it can be changed: ``backend_settings`` and
    ``backend_components`` are fresh copies each time they are read.
    """

    name: RequiredText = Field(description="What logs and messages call the offering.")
    waldur_api_url: ApiAddress = Field(
        description="The API's root, such as https://waldur.example.org/api/."
    )
    waldur_api_token: Token = Field(
        default="", repr=False, description="A token. Without it, the three OIDC keys are used."
    )
    oidc_token_url: OptionalAddress = Field(
        default=None, description="Where a bearer token comes from (client credentials)."
    )
    oidc_client_id: OptionalText = Field(default=None, description="The client there.")
    oidc_client_secret: OptionalText = Field(
        default=None, repr=False, description="The client's secret."
    )
    waldur_offering_uuid: RequiredText = Field(
        description="The offering's UUID in Waldur, with or without dashes."
    )
    backend_type: LowerCase = Field(
        description="Whose settings schemas apply. Lower-cased. It chooses no backend."
    )
    stored_backend_settings: dict[str, Any] = Field(
        default_factory=dict,
        alias="backend_settings",
        repr=False,
        description="Settings of the plugin, and those that the core reads (below).",
    )
    stored_backend_components: dict[str, BackendComponent] = Field(
        default_factory=dict,
        alias="backend_components",
        repr=False,
        description="What is counted, by the backend's name for it (below).",
    )
    order_processing_backend: Text = Field(
        default="", description="The plugin that orders go to. Blank: orders are left alone."
    )
    membership_sync_backend: Text = Field(
        default="", description="The plugin that members are synchronised with. Blank: none."
    )
    reporting_backend: Text = Field(
        default="", description="The plugin that usage is read from. Blank: none."
    )
    username_management_backend: Text = Field(
        default="base", description="The plugin that names users. base: Waldur names them."
    )
    stomp_enabled: bool = Field(
        default=False,
        description="Orders and members come by events, to event_process or run; "
        "order_process leaves it alone.",
    )
    stomp_membership_sync_enabled: bool | None = Field(
        default=None, description="The same for members. Unset: as stomp_enabled."
    )
    websocket_use_tls: bool = Field(default=True, description="TLS on the events' connection.")
    stomp_ws_host: OptionalHost = Field(
        default=None, description="The events' host. Unset: that of the API."
    )
    stomp_ws_port: Port | None = Field(default=None, description="Its port.")
    stomp_ws_path: OptionalText = Field(default=None, description="Its path. Unset: /rmqws-stomp.")
    resource_import_enabled: bool = Field(
        default=False, description="Answer to requests for what can be imported."
    )
    username_reconciliation_enabled: bool = Field(
        default=False, description="Let the backend correct usernames in Waldur."
    )
    preserve_unmanaged_backend_users: bool = Field(
        default=False,
        description="Keep backend users whom Waldur never knew as users of this offering.",
    )
    protected_users: tuple[RequiredText, ...] = Field(
        default=("root",),
        description="Backend users who are never removed: names, or patterns such as svc-*.",
    )
    removal_limits: RemovalLimits = Field(
        default=RemovalLimits(), description="How many members one pass may remove (below)."
    )
    limits_owner: LimitsOwner = Field(
        default=LimitsOwner.BACKEND,
        description="Which side is right where limits differ: backend or waldur.",
    )
    omit_anomalous_usage_components: bool = Field(
        default=False,
        description="Leave out a component whose usage went down, not the whole report.",
    )
    verify_ssl: bool = Field(
        default=True, description="Check the certificates of Waldur and of the token's issuer."
    )
    ca_bundle: OptionalText = Field(
        default=None,
        description="A file or folder of certificate authorities. Unset: the root key of the "
        "same name, then the system's.",
    )

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        mistake = credentials_mistake(
            token=self.waldur_api_token,
            oidc={
                "oidc_token_url": self.oidc_token_url,
                "oidc_client_id": self.oidc_client_id,
                "oidc_client_secret": self.oidc_client_secret,
            },
        )
        if mistake:
            raise expected(mistake)
        return self

    @property
    def backend_settings(self) -> dict[str, Any]:
        """What the plugin is given; a copy."""
        return copy.deepcopy(self.stored_backend_settings)

    @property
    def backend_components(self) -> dict[str, BackendComponent]:
        """Components by name; copies."""
        return {
            name: component.model_copy(deep=True)
            for name, component in self.stored_backend_components.items()
        }

    @property
    def backend_components_dict(self) -> dict[str, dict[str, Any]]:
        """Components by name as plain values, only what was set; a copy."""
        return normalize_backend_components(self.stored_backend_components)

    @property
    def api_url(self) -> str:
        """The 1.x agent's other name for ``waldur_api_url``."""
        return self.waldur_api_url

    @property
    def api_token(self) -> str:
        """The 1.x agent's other name for ``waldur_api_token``."""
        return self.waldur_api_token

    @property
    def uuid(self) -> str:
        """The 1.x agent's other name for ``waldur_offering_uuid``."""
        return self.waldur_offering_uuid

    def with_effective(
        self, *, settings: Mapping[str, Any], components: Mapping[str, BackendComponent]
    ) -> Offering:
        """The same offering with other plugin settings, which are taken as valid."""
        return self.model_copy(
            update={
                "stored_backend_settings": copy.deepcopy(dict(settings)),
                "stored_backend_components": dict(components),
            }
        )


class LogShipping(Settings):
    """Sending log lines to Waldur, where the offering's page shows them."""

    enabled: bool = Field(default=False, description="Send log lines to Waldur.")
    ship_interval_seconds: int = Field(default=60, ge=10, description="How often, in seconds.")
    buffer_size_mb: int = Field(
        default=1, ge=1, description="How much is kept while Waldur is away, in MB."
    )
    log_level: LevelName = Field(default="WARNING", description="What is sent: this and worse.")


class AgentConfiguration(Settings):
    """The whole file."""

    offerings: tuple[Offering, ...] = Field(description="What the agent works on (below).")
    sentry_dsn: OptionalAddress = Field(
        default=None,
        repr=False,
        description="Where errors are reported.",
        json_schema_extra={"secret": True},
    )
    elastic_apm_server_url: OptionalAddress = Field(
        default=None, description="Where performance is traced."
    )
    timezone: TimeZone = Field(
        default="UTC", description="The time zone in which months begin and end."
    )
    global_proxy: Proxy = Field(
        default="",
        repr=False,
        description="A proxy for every connection to Waldur: http, https or socks5.",
    )
    ca_bundle: OptionalText = Field(
        default=None,
        description="A file or folder of certificate authorities. Unset: the system's.",
    )
    waldur_timeout_seconds: float = Field(
        default=60.0,
        gt=0,
        allow_inf_nan=False,
        description="How long one request to Waldur may take, repetitions included, in seconds.",
    )
    log_level: LevelName = Field(default="INFO", description="What is logged: this and worse.")
    reporting_periods: int = Field(
        default=2, ge=1, le=12, description="How many months are reported, this one included."
    )
    api_key_final_report_days: int = Field(
        default=3,
        ge=0,
        le=28,
        description="Days into a month on which keys' last month is reported once more.",
    )
    expose_backend_error_details: bool = Field(
        default=True, description="Show a plugin's exceptions and tracebacks in Waldur."
    )
    http_host: RequiredText = Field(
        default="127.0.0.1", description="The address that health and metrics are served on."
    )
    http_port: Port | None = Field(
        default=None, description="The port of /healthz, /readyz and /metrics. Unset: none."
    )
    log_shipping: LogShipping = Field(
        default=LogShipping(), description="Sending log lines to Waldur (below)."
    )

    @property
    def waldur_offerings(self) -> tuple[Offering, ...]:
        """The 1.x agent's other name for ``offerings``."""
        return self.offerings

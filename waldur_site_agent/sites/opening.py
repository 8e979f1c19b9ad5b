"""Building a site for one pass: its backend, told what Waldur knows of the offering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.config.components import merge_remote_components
from waldur_site_agent.plugins.building import build_backend, build_username_backend
from waldur_site_agent.sites.reads import PassReads
from waldur_site_agent.sites.site import Site
from waldur_site_agent.waldur.connection import ConnectionSettings, OidcSettings
from waldur_site_agent.waldur.plugin_client import PluginClient

if TYPE_CHECKING:
    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.config.models import AgentConfiguration, Offering
    from waldur_site_agent.plugins.groups import Role
    from waldur_site_agent.waldur.gateway import Waldur


def connection_settings(
    offering: Offering, configuration: AgentConfiguration, *, user_agent: str
) -> ConnectionSettings:
    """How to reach an offering's Waldur; proxy, CA bundle, TLS and OIDC apply in every mode."""
    oidc = None
    if not offering.waldur_api_token and offering.oidc_token_url:
        oidc = OidcSettings(
            token_url=offering.oidc_token_url,
            client_id=offering.oidc_client_id or "",
            client_secret=offering.oidc_client_secret or "",
        )
    return ConnectionSettings(
        api_url=offering.waldur_api_url,
        token=offering.waldur_api_token,
        oidc=oidc,
        verify_ssl=offering.verify_ssl,
        ca_bundle=offering.ca_bundle or configuration.ca_bundle,
        proxy=configuration.global_proxy,
        timeout_seconds=configuration.waldur_timeout_seconds,
        user_agent=user_agent,
    )


def open_site(
    offering: Offering,
    configuration: AgentConfiguration,
    *,
    role: Role,
    waldur: Waldur,
    connection: ConnectionSettings,
    reads: PassReads | None = None,
) -> Site:
    """Build an offering's plugins for one pass.

    Args:
        offering: what is worked on.
        configuration: of the agent.
        role: whose backend is built.
        waldur: the offering's.
        connection: how it is reached.
        reads: what is known of the offering already; by default, nothing.

    Components that exist on the offering in Waldur but not in the settings are added for the
    backend; partitions, the provider and the QoS policy are injected, as plugins of the 1.x agent
    expect.

    Raises:
        PluginError: a plugin does not load or refuses its settings.
        WaldurError: Waldur did not tell about the offering.
    """
    reads = reads or PassReads(waldur, offering.waldur_offering_uuid)
    components = merge_remote_components(
        offering.backend_components_dict, reads.offering.components
    )
    backend = build_backend(offering, role, components)
    _inject(backend, reads, configuration)
    return Site(
        offering=offering,
        waldur=waldur,
        client=PluginClient(connection, waldur),
        backend=backend,
        username_backend=build_username_backend(offering),
        reads=reads,
        expose_error_details=configuration.expose_backend_error_details,
    )


def _inject(backend: BaseBackend, reads: PassReads, configuration: AgentConfiguration) -> None:
    details = reads.offering
    backend.timezone = configuration.timezone
    backend.service_provider_uuid = reads.provider_uuid.hex if reads.provider_uuid else ""
    backend.offering_partitions = sorted(partition.name for partition in details.partitions)
    backend.offering_enforce_qos = bool(details.plugin_options.get("enforce_qos"))

"""What a capability needs to work on one offering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.backend.backends import (
        AbstractUsernameManagementBackend,
        BaseBackend,
    )
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent.sites.reads import PassReads
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.plugin_client import PluginClient


@dataclass(frozen=True, kw_only=True)
class Site:
    """One offering, its Waldur and its plugins, for the length of one pass.

    ``backend`` was built for this pass and has been told what Waldur knows of the offering.
    ``client`` is what plugin hooks receive as their Waldur client.
    """

    offering: Offering
    waldur: Waldur
    client: PluginClient
    backend: BaseBackend
    username_backend: AbstractUsernameManagementBackend
    reads: PassReads
    expose_error_details: bool

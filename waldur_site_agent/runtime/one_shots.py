"""Work on an offering that is done once, by a command of its own; each tells what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.config.core_settings import core_settings
from waldur_site_agent.usernames.sync import name_everybody
from waldur_site_agent.waldur.errors import WaldurError
from waldur_site_agent.waldur.models.states import OfferingUserState, ResourceState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource


class PartlyFailedError(Exception):
    """Some of the work could not be done; the rest was. The message tells both."""


def sync_offering_users(site: Site) -> str:
    """Carry the offering's users as far as they go."""
    naming = name_everybody(site)
    return f"{naming.named} users were named, {naming.nameless} stay without a name"


def sync_resource_limits(site: Site) -> str:
    """Tell Waldur the limits of all resources that the backend has changed.

    Raises:
        PartlyFailedError: the limits of some resources could not be synchronised.
    """
    resources = site.waldur.resources.list(
        site.offering.waldur_offering_uuid, states=(ResourceState.OK, ResourceState.ERRED)
    )
    named = [one for one in resources if one.backend_id.strip()]
    failures = [why for one in named for why in _sync_limits(site, one)]
    done = f"the limits of {len(named) - len(failures)} of {len(named)} resources are in line"
    if failures:
        raise PartlyFailedError("; ".join([done, *failures]))
    return done


def _sync_limits(site: Site, resource: Resource) -> Iterator[str]:
    """Synchronise one resource; yields why it failed, if it did."""
    try:
        site.backend.sync_resource_limits(resource, site.client)
    except (BackendError, WaldurError) as error:
        yield f"{resource.backend_id}: {error}"


def create_homedirs(site: Site) -> str:
    """Give all of the offering's users that are OK and not restricted a home directory.

    Does nothing for a backend that makes none, or where the settings forbid it.
    """
    settings = core_settings(site.backend.backend_settings)
    if not site.backend.supports_user_homedirs:
        return f"the backend {site.offering.order_processing_backend} makes no home directories"
    if not settings.enable_user_homedir_account_creation:
        return "enable_user_homedir_account_creation is off"
    names = {
        user.username
        for user in site.reads.brief_users
        if user.state == OfferingUserState.OK and user.username and not user.is_restricted
    }
    site.backend.create_user_homedirs(names, umask=settings.default_homedir_umask)
    return f"{len(names)} users have been looked after"

"""What is looked after on each resource, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.upkeep.limits import limits_step
from waldur_site_agent.upkeep.metadata import metadata_step
from waldur_site_agent.upkeep.projects import date_steps
from waldur_site_agent.upkeep.status import status_step
from waldur_site_agent.upkeep.steps import always
from waldur_site_agent.upkeep.user_limits import user_limits_step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.upkeep.steps import Duty
    from waldur_site_agent.upkeep.user_limits import LimitsOfUsers
    from waldur_site_agent.waldur.models import Resource


def duties(
    site: Site, resource: Resource, members: Collection[str], limits_of_users: LimitsOfUsers
) -> Iterator[Duty]:
    """Each says, when it is called, what there is to do; it reads what the one before left."""
    yield lambda: status_step(site, resource)
    for step in date_steps(site, resource):
        yield always(step)
    yield lambda: limits_step(site, resource)
    yield lambda: user_limits_step(site, resource, members, limits_of_users)
    yield lambda: metadata_step(site, resource)

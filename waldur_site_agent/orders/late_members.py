"""Members whose usernames appear only after a resource was completed.

Mastermind makes offering users when a resource becomes OK, so a team may have no usernames while
its first resource is created. And a process that is killed right after it completed an order has
not looked at them. Both are made good here, by adding who is missing; nobody is ever removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.lookup import look_up
from waldur_site_agent.membership.adding import add_members, tell
from waldur_site_agent.orders.failures import OrderLeftError, judge
from waldur_site_agent.orders.people import read_team, roster_for
from waldur_site_agent.usernames.sync import name_users
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models.states import OrderState, OrderType, ResourceState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from uuid import UUID

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)

SYNC_ADDS_THEM = "membership sync adds them"
CREATING = (OrderType.CREATE, OrderType.RESTORE)
IN_USE = (ResourceState.OK, ResourceState.UPDATING, ResourceState.ERRED)


def completed_since(waldur: Waldur, offering_uuid: str, since: datetime) -> list[UUID]:
    """Resources that were created or restored lately: their members may not have been looked at.

    Raises:
        WaldurError: Waldur did not tell.
    """
    orders = waldur.orders.list(
        offering_uuid, states=(OrderState.DONE,), types=CREATING, modified_after=since
    )
    resources = (order.marketplace_resource_uuid for order in orders)
    return [uuid for uuid in resources if uuid is not None]


def add_late_members(
    site: Site,
    resources: Iterable[UUID],
    *,
    check_stop: Callable[[], None],
    beat: Callable[[], None],
) -> set[UUID]:
    """Add who is on the team and not on the resource.

    Returns:
        The resources that could not be looked at and should be looked at again.
    """
    again = set()
    for uuid in resources:
        check_stop()
        beat()
        with structlog.contextvars.bound_contextvars(resource=uuid.hex):
            if not _look_after(site, uuid):
                again.add(uuid)
    return again


def _look_after(site: Site, uuid: UUID) -> bool:
    """Whether that is settled: done, or not to be had by asking again."""
    try:
        _add_missing(site, site.waldur.resources.get(uuid))
    except RefusedError as error:
        logger.warning("late_members.refused", why=str(error), consequence=SYNC_ADDS_THEM)
    except Exception as error:
        # Whatever a plugin raises about one resource must not stop the others.
        verdict = judge(error, site.backend)
        if isinstance(verdict, OrderLeftError):
            logger.warning("late_members.left", why=str(verdict))
            return False
        logger.exception("late_members.failed", consequence=SYNC_ADDS_THEM)
    return True


def _add_missing(site: Site, resource: Resource) -> None:
    if resource.state not in IN_USE or resource.restrict_member_access:
        return
    team = read_team(site, resource)
    if not team:
        return
    site.reads.forget_offering_users()
    if name_users(site, {person.uuid for person in team}):
        site.reads.forget_offering_users()
    found = look_up(site.backend, resource)
    if found is None:
        return
    missing = roster_for(site, resource, team).without(found.users)
    tell(resource, add_members(site.backend, resource, missing))

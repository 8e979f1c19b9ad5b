"""Looks at members: of a resource, of a project, of a person, of the whole offering."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from waldur_site_agent.events.keys import Hint, Key, Kind
from waldur_site_agent.looks.outcome import Outcome
from waldur_site_agent.membership.departures import UNDER_WAY
from waldur_site_agent.membership.narrow_pass import NarrowPass
from waldur_site_agent.membership.observing import LIVING
from waldur_site_agent.membership.sync_pass import MembershipPass
from waldur_site_agent.orders.late_members import add_late_members
from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.sites.reads import RARELY_CHANGING, USERS
from waldur_site_agent.usernames.sync import name_accounts
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.work.settlements import Again, Done, Later, Settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.looks.desk import Desk
    from waldur_site_agent.membership.report import SyncReport
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import OfferingUser, Resource

logger = structlog.get_logger(__name__)


def look_at_resource(desk: Desk, uuid: str) -> Outcome:
    """Bring one resource in line with Waldur.

    Raises:
        WaldurError: Waldur did not tell; NotFoundError where it has no such resource.
        BackendError: the backend did not answer at all.
        StoppedError: the process is to end.
    """
    resource = desk.waldur.resources.get(uuid)
    if resource.offering_uuid is not None and resource.offering_uuid.hex != desk.uuid:
        return Outcome(settlement=Done())
    if Role.MEMBERSHIP_SYNC in desk.roles:
        return look_over(desk, [resource])
    return _add_late_members(desk, resource)


def look_at_project(desk: Desk, uuid: str) -> Outcome:
    """Bring a project's resources at the offering in line; raises as :func:`look_at_resource`."""
    resources = desk.waldur.resources.list(desk.uuid, states=LIVING, project_uuid=uuid)
    return look_over(desk, resources)


def look_over(desk: Desk, resources: Sequence[Resource]) -> Outcome:
    """Bring some resources in line; raises as :func:`look_at_resource`."""
    on_backend = [one for one in resources if one.backend_id.strip() and one.state in LIVING]
    if not on_backend:
        return Outcome(settlement=Done())
    with desk.site(Role.MEMBERSHIP_SYNC, keep=(*RARELY_CHANGING, *USERS)) as site:
        looking = NarrowPass(
            site, statuses=desk.statuses, check_stop=desk.check_stop, beat=desk.beat
        )
        report = looking.over(on_backend)
    return Outcome(settlement=_of_some(report, desk.waiting_seconds), left=report.failed)


def _of_some(report: SyncReport, waiting_seconds: float) -> Settlement:
    """What the backend refused was told, and is not asked for again before the next whole pass."""
    if report.given_up:
        return Again(report.given_up)
    if report.counts["left"] or report.counts["unknown"]:
        return Again("not everything could be looked at")
    if report.counts["waiting"]:
        return Later(waiting_seconds, "members are not provisioned yet")
    return Done()


def _add_late_members(desk: Desk, resource: Resource) -> Outcome:
    """Complete what an order left open, where nobody else's events look after members."""
    with desk.site(Role.ORDER_PROCESSING, keep=RARELY_CHANGING) as site:
        left = add_late_members(site, [resource.uuid], check_stop=desk.check_stop, beat=desk.beat)
    return Outcome(settlement=Again("its members could not be looked at") if left else Done())


def look_at_user(desk: Desk, uuid: str) -> Outcome:
    """Name a person if that is ours, and have the projects looked at that the person is on.

    Raises:
        WaldurError: Waldur did not tell.
    """
    with desk.site(Role.MEMBERSHIP_SYNC, keep=(*RARELY_CHANGING, *USERS)) as site:
        accounts = _accounts_of(site, UUID(uuid))
        is_leaving = any(account.state in UNDER_WAY for account in accounts)
        projects = None if is_leaving else _projects_of(site, uuid)
    if projects is None:
        return Outcome(settlement=Done(), then=(Hint(Key(desk.uuid, Kind.MEMBERS, "")),))
    then = tuple(Hint(Key(desk.uuid, Kind.PROJECT, project.hex)) for project in projects)
    return Outcome(settlement=Done(), then=then)


def _accounts_of(site: Site, user_uuid: UUID) -> Sequence[OfferingUser]:
    """A person's accounts, named where that is ours; the looks that follow know them too."""
    accounts = site.reads.users_of_person(user_uuid)
    if name_accounts(site, accounts):
        accounts = site.reads.users_of_person(user_uuid)
    site.reads.take_in(user_uuid, accounts)
    return accounts


def _projects_of(site: Site, user_uuid: str) -> set[UUID] | None:
    """Projects in which a person has a role; None where the token may not ask."""
    try:
        provider = site.reads.provider_uuid
        if provider is None:
            return None
        roles = site.waldur.providers.project_permissions(provider, user_uuid=user_uuid)
    except RefusedError as error:
        logger.info("roles.unreadable", error=str(error), consequence="all members are looked at")
        return None
    return {role.project_uuid for role in roles}


def look_at_members(desk: Desk) -> Outcome:
    """Make a pass over all members and what else keeps the offering in line.

    What is left of a single resource is left to the next pass.

    Raises:
        WaldurError: Waldur did not list resources or users.
        BackendError: the backend did not answer at all.
        StoppedError: the process is to end.
    """
    return _pass(desk, recreate=False)


def look_at_everything(desk: Desk) -> Outcome:
    """Do what a person in Waldur asked for: all members, with recreation, then all orders."""
    then = (Hint(Key(desk.uuid, Kind.ORDERS, "")),) if Role.ORDER_PROCESSING in desk.roles else ()
    return replace(_pass(desk, recreate=True), then=then)


def _pass(desk: Desk, *, recreate: bool) -> Outcome:
    with desk.site(Role.MEMBERSHIP_SYNC, keep=()) as site:
        report = MembershipPass(
            site,
            recreate=recreate,
            statuses=desk.statuses,
            check_stop=desk.check_stop,
            beat=desk.beat,
        ).run()
    desk.forget()
    logger.info("members.pass", **{name: count for name, count in report.counts.items() if count})
    settlement = Again(report.given_up) if report.given_up else Done()
    return Outcome(settlement=settlement, left=report.failed)

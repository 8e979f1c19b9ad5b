"""The people of a resource, as an order needs them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.membership.members import known_by, user_context
from waldur_site_agent.membership.people import People
from waldur_site_agent.membership.roster import Roster, by_team
from waldur_site_agent.waldur.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import OfferingUser, Order, Project, Resource, TeamMember

logger = structlog.get_logger(__name__)


def read_team(site: Site, resource: Resource) -> Sequence[TeamMember]:
    """Read a resource's team; empty when Waldur refuses to tell.

    A new resource's event can overtake the row that makes its orderer a member, so plugins may ask
    for more than one attempt while the team is *empty*.

    Raises:
        TransientError: Waldur could not be asked.
    """
    consent = True if site.backend.fetch_consented_users_only else None
    attempts = max(1, site.backend.team_fetch_attempts)
    for attempt in range(1, attempts + 1):
        try:
            team = site.waldur.resources.team(resource.uuid, has_consent=consent)
        except RefusedError as error:
            logger.warning("team.refused", error=str(error), consequence="members come later")
            return ()
        if team or attempt == attempts:
            return team
        time.sleep(site.backend.team_fetch_delay)
    return ()


def roster_for(site: Site, resource: Resource, team: Sequence[TeamMember]) -> Roster:
    """Who of a team belongs on the resource now, with the project's accounts.

    A resource with restricted access keeps its accounts only.

    Raises:
        TransientError: Waldur could not be asked for the offering's users.
    """
    return by_team(
        () if resource.restrict_member_access else team,
        People(_users_of(site, team), normalize=site.backend.normalize_username),
        accounts=site.reads.open_accounts(resource.project_uuid),
        known_by=known_by(site.backend),
        exposed_fields=site.reads.exposed_fields,
    )


def context_for(
    site: Site, resource: Resource, team: Sequence[TeamMember], order: Order
) -> Mapping[str, object]:
    """Build the ``user_context`` of creating hooks.

    Raises:
        TransientError: Waldur could not be asked.
    """
    return user_context(
        team,
        _users_of(site, team) if team else (),
        plan_quotas=_plan_quotas(site, resource),
        ssh_keys=site.reads.ssh_keys,
        order_uuid=order.uuid,
        source_project=_source_project(site, resource),
    )


def _source_project(site: Site, resource: Resource) -> Project | None:
    """The project as Waldur has it, where the backend wants it and the token may read it.

    Raises:
        TransientError: Waldur could not be asked: what is made without it would stay so.
    """
    uuid, provider = resource.project_uuid, None
    try:
        if uuid is not None and site.backend.requires_source_project:
            provider = site.reads.provider_uuid
        found = site.waldur.providers.projects(provider, uuid.hex) if provider and uuid else ()
    except RefusedError as error:
        logger.warning("project.refused", error=str(error), consequence="nothing is known of it")
        return None
    return next((project for project in found if project.uuid == uuid), None)


def _users_of(site: Site, team: Sequence[TeamMember]) -> Sequence[OfferingUser]:
    try:
        return site.reads.users_among([person.uuid for person in team])
    except RefusedError as error:
        logger.warning("offering_users.refused", error=str(error), consequence="members come later")
        return ()


def _plan_quotas(site: Site, resource: Resource) -> dict[str, int]:
    """Fixed amounts of the resource's plan in whole Waldur units; zeros are dropped."""
    if resource.plan_uuid is None:
        return {}
    try:
        quotas = site.reads.plan(resource.plan_uuid).quotas
    except RefusedError as error:
        logger.warning("plan.refused", error=str(error), consequence="no plan quotas")
        return {}
    return {name: int(amount) for name, amount in quotas.items() if amount}

"""All roles in a provider's projects by one listing, where the token may read it.

Good enough to see whether anything differs; who may enter a resource is ``team/``'s to say.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent.membership.members import known_by
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from uuid import UUID

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.sites.site import Site

logger = structlog.get_logger(__name__)

RolesByProject = dict["UUID | None", set["UUID"]]
"""Persons with a live role, by project."""


def read_roles(site: Site) -> RolesByProject | None:
    """Read who holds a role in which project; None where that cannot be known by a listing."""
    if needs_teams(site.backend):
        return None
    try:
        provider = site.reads.provider_uuid
        if provider is None:
            return None
        permissions = site.waldur.providers.project_permissions(provider)
    except WaldurError as error:
        logger.info("roles.unreadable", error=str(error), consequence="teams are read one by one")
        return None
    now = datetime.now(UTC)
    roles: RolesByProject = {}
    for one in permissions:
        if one.expiration_time is None or one.expiration_time > now:
            roles.setdefault(one.project_uuid, set()).add(one.user_uuid)
    return roles


def needs_teams(backend: BaseBackend) -> bool:
    """Whether a backend needs what only teams tell: identities, consent, each member's role."""
    return (
        known_by(backend) is not MemberKey.USERNAME
        or backend.fetch_consented_users_only
        or overrides(backend, "reconcile_existing_user_roles")
    )


def confirms_nobody(roles: RolesByProject | None, project: UUID | None) -> bool:
    """Whether the listing agrees that a project has no members.

    A listing that names nobody at all confirms nothing.
    """
    return bool(roles) and project is not None and not (roles or {}).get(project)

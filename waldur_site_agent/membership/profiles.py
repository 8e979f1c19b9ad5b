"""The personal fields of members who are to be added, for backends that want them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.membership.members import attributes
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.membership.members import Member
    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import OfferingUser

logger = structlog.get_logger(__name__)

ONE_BY_ONE = 20
"""For no more persons than these, each is asked for; for more, the whole listing is read."""


def with_attributes(site: Site, plans: Sequence[MembersPlan]) -> Iterator[MembersPlan]:
    """Give who is to be added the personal fields that the offering exposes."""
    wanted = {m.user_uuid for plan in plans for m in plan.add.values() if m.user_uuid}
    exposed = site.reads.exposed_fields if wanted and site.backend.wants_user_attributes else None
    users = _users(site, wanted) if exposed else {}
    for plan in plans:
        add = {name: _filled(m, users, exposed or frozenset()) for name, m in plan.add.items()}
        yield replace(plan, add=add)


def _users(site: Site, persons: set[UUID]) -> Mapping[UUID | None, OfferingUser]:
    try:
        if len(persons) > ONE_BY_ONE:
            return {user.user_uuid: user for user in site.reads.offering_users}
        return {person: user for person in persons for user in site.reads.users_of_person(person)}
    except WaldurError as error:
        logger.warning("profiles.unreadable", error=str(error), consequence="none are handed on")
        return {}


def _filled(
    member: Member, users: Mapping[UUID | None, OfferingUser], exposed: frozenset[str]
) -> Member:
    user = users.get(member.user_uuid) if member.user_uuid else None
    return replace(member, attributes=attributes(user, exposed)) if user else member

"""Adding members to a resource on the backend, in one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.hooks.members import told_added

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.membership.members import Member
    from waldur_site_agent.membership.roster import Roster
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)

DEFAULT_HOMEDIR_UMASK = "0077"


@dataclass(frozen=True, kw_only=True)
class Added:
    """What came of adding: names that are on the resource now, and causes by name for the rest."""

    names: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)


def add_members(backend: BaseBackend, resource: Resource, roster: Roster) -> Added:
    """Ask the backend to put all members of a roster on a resource.

    1.x plugins answer with a plain set of the names that are on the resource; newer ones say
    why others are not.

    Raises:
        BackendError: the backend refused or could not be asked; BackendNotReadyError likewise.
    """
    if not roster.members:
        return Added()
    names = set(roster.members)
    result = backend.add_users_to_resource(resource, names, **arguments(backend, roster.members))
    told = told_added(result, names)
    return Added(names=frozenset(told), failed={**told.waiting, **told.failed})


def tell(resource: Resource, added: Added) -> None:
    """Log what came of adding, counted rather than named: usernames are personal data."""
    if added.names:
        logger.info("members.added", backend_id=resource.backend_id, count=len(added.names))
    if added.failed:
        causes = sorted(set(added.failed.values()))
        logger.warning(
            "members.not_added",
            backend_id=resource.backend_id,
            count=len(added.failed),
            causes=causes[:3],
        )


def arguments(backend: BaseBackend, members: Mapping[str, Member]) -> dict[str, object]:
    """The keyword arguments of ``add_users_to_resource``, the same on every path."""
    people = {name: member for name, member in members.items() if member.cuid}
    return {
        "homedir_umask": backend.backend_settings.get(
            "default_homedir_umask", DEFAULT_HOMEDIR_UMASK
        ),
        "user_roles": {name: member.role for name, member in people.items()},
        "user_emails": {name: member.email for name, member in people.items() if member.email},
        "user_cuids": {name: member.cuid for name, member in people.items()},
        "user_attributes": {name: dict(member.attributes) for name, member in people.items()},
        "offering_user_states": {name: member.state for name, member in people.items()},
    }

"""Who belongs on a resource, under which name, and what a backend is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent.waldur.models.offering_users import PREFIX, personal_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.membership.people import Account
    from waldur_site_agent.waldur.models import OfferingUser, Project, TeamMember

IDENTITY_BRIDGE = "identity_bridge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One person or account that belongs on a resource.

    ``name`` is the key under which the backend knows the member: the offering's username, the
    stable identity (CUID) or the e-mail address, see ``known_by``. Service and course accounts have
    a name only.
    """

    name: str
    user_uuid: UUID | None = None
    cuid: str = ""
    role: str = ""
    email: str = ""
    state: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)


def known_by(backend: BaseBackend) -> MemberKey:
    """By which of their names a backend knows its members."""
    if backend.members_known_by is not None:
        return backend.members_known_by
    bridges = backend.user_resolve_method == IDENTITY_BRIDGE
    return MemberKey.CUID if bridges else MemberKey.USERNAME


def attributes(user: Account, exposed: frozenset[str]) -> dict[str, object]:
    """Exposed personal fields under their plain names (``email``, not ``user_email``)."""
    values = {name: getattr(user, name, None) for name in sorted(personal_fields(exposed))}
    return {name.removeprefix(PREFIX): v for name, v in values.items() if v is not None}


def user_context(
    team: Sequence[TeamMember],
    offering_users: Sequence[OfferingUser],
    *,
    plan_quotas: Mapping[str, int],
    ssh_keys: Mapping[str, str],
    order_uuid: UUID,
    source_project: Project | None = None,
) -> dict[str, object]:
    """Build the ``user_context`` that creating hooks receive.

    Returns:
        ``team``, ``offering_users`` (those of the team), ``user_mappings`` and
        ``offering_user_mappings`` (both by the user's UUID), ``plan_quotas`` (component → whole
        Waldur units, zeros dropped), ``ssh_keys`` (dashed UUID → public key; read when looked at),
        ``order_uuid``, ``source_project`` (the project, where the backend wants it and it could be
        read).
    """
    in_team: set[UUID | None] = {person.uuid for person in team}
    users = [
        user for user in offering_users if user.user_uuid in in_team and not user.is_restricted
    ]
    return {
        "team": list(team),
        "offering_users": users,
        "user_mappings": {person.uuid: person for person in team},
        "offering_user_mappings": {user.user_uuid: user for user in users},
        "plan_quotas": dict(plan_quotas),
        "ssh_keys": ssh_keys,
        "source_project": source_project,
        "order_uuid": order_uuid,
    }

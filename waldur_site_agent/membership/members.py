"""Who belongs on a resource, under which name, and what a backend is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.models.states import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.waldur.models import OfferingUser, TeamMember

IDENTITY_BRIDGE = "identity_bridge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One person or account that belongs on a resource.

    ``name`` is the key under which the backend knows the member: the offering's username, or the
    stable identity (CUID) for backends that bridge identities. Service and course accounts have
    a name only.
    """

    name: str
    user_uuid: UUID | None = None
    cuid: str = ""
    role: str = ""
    email: str = ""
    state: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The members of a resource by name, and how many of the team have no name yet."""

    members: Mapping[str, Member]
    unnamed: int = 0

    def without(self, names: Iterable[str]) -> Roster:
        """The same roster less some names."""
        left = {name: m for name, m in self.members.items() if name not in frozenset(names)}
        return Roster(members=left, unnamed=self.unnamed)


def roster(
    team: Sequence[TeamMember],
    offering_users: Sequence[OfferingUser],
    *,
    accounts: Iterable[str] = (),
    by_cuid: bool = False,
    exposed_fields: frozenset[str] = frozenset(),
) -> Roster:
    """Put a team, its offering users and a project's accounts into one roster.

    Args:
        team: the project's members with access to the resource.
        offering_users: the offering's users; a team member whose offering user is restricted is
            left out.
        accounts: names of service and course accounts in use.
        by_cuid: members are known to the backend by CUID rather than by username.
        exposed_fields: personal fields that the provider may see.
    """
    by_user = {user.user_uuid: user for user in offering_users}
    members: dict[str, Member] = {name: Member(name=name) for name in accounts}
    unnamed = 0
    for person in team:
        user = by_user.get(person.uuid)
        if user and user.is_restricted:
            continue
        member = _member(person, user, by_cuid, exposed_fields)
        if member.name:
            members[member.name] = member
        else:
            unnamed += 1
    return Roster(members=members, unnamed=unnamed)


def by_cuid(backend: BaseBackend) -> bool:
    """Whether a backend knows its members by CUID."""
    return backend.user_resolve_method == IDENTITY_BRIDGE


def _member(
    person: TeamMember, user: OfferingUser | None, use_cuid: bool, exposed: frozenset[str]
) -> Member:
    return Member(
        name=person.username if use_cuid else _username(user),
        user_uuid=person.uuid,
        cuid=person.username,
        role=person.role,
        email=person.email if "email" in exposed else "",
        state=str(user.state) if user else "",
        attributes=attributes(user, exposed) if user else {},
    )


def _username(user: OfferingUser | None) -> str:
    """The name of a user who may be used; servers before 2025 tell no state."""
    usable = user is not None and user.state in (OfferingUserState.OK, "")
    return user.username if user and usable else ""


def attributes(user: OfferingUser, exposed: frozenset[str]) -> dict[str, object]:
    """Exposed personal fields under their plain names (``email``, not ``user_email``)."""
    values = {name: getattr(user, f"user_{name}", None) for name in sorted(exposed)}
    return {name: value for name, value in values.items() if value is not None}


def user_context(
    team: Sequence[TeamMember],
    offering_users: Sequence[OfferingUser],
    *,
    plan_quotas: Mapping[str, int],
    ssh_keys: Mapping[str, str],
) -> dict[str, object]:
    """Build the ``user_context`` that creating hooks receive.

    Returns:
        ``team``, ``offering_users`` (those of the team), ``user_mappings`` and
        ``offering_user_mappings`` (both by the user's UUID), ``plan_quotas`` (component → whole
        Waldur units, zeros dropped), ``ssh_keys`` (dashed UUID → public key).
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
        "ssh_keys": dict(ssh_keys),
    }

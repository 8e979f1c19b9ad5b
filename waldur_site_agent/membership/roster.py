"""Who belongs on one resource, by what Waldur says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.structures import MemberKey
from waldur_site_agent.membership.members import Member, attributes
from waldur_site_agent.membership.people import GOING
from waldur_site_agent.waldur.models.states import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from waldur_site_agent.membership.people import Account, People
    from waldur_site_agent.waldur.models import TeamMember

USABLE = (OfferingUserState.OK, "")
"""States in which a name may be used; servers before 2025 tell none."""


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Who belongs on a resource.

    Attributes:
        members: who is to be on it, by the name that the backend is given.
        tolerated: names that are neither added nor removed: their account is not well for the
            moment.
        unnamed: how many of the team have no name yet.
        addresses: by e-mail address in small letters, the names of both; as far as the provider may
            see addresses.
    """

    members: Mapping[str, Member] = field(default_factory=dict)
    tolerated: frozenset[str] = frozenset()
    unnamed: int = 0
    addresses: Mapping[str, str] = field(default_factory=dict)

    def without(self, names: Iterable[str]) -> Roster:
        """The same roster less some members."""
        left = set(names)
        return replace(self, members={k: m for k, m in self.members.items() if k not in left})


def by_team(
    team: Iterable[TeamMember],
    people: People,
    *,
    accounts: Iterable[str],
    known_by: MemberKey = MemberKey.USERNAME,
    exposed_fields: frozenset[str] = frozenset(),
) -> Roster:
    """Judge by a resource's team, which is the authority.

    Args:
        team: each person once.
        people: the offering's users.
        accounts: names of the project's accounts that are in use.
        known_by: by which of their names the backend knows its members.
        exposed_fields: personal fields that the provider may see.
    """
    members = {name: Member(name=name) for name in accounts}
    tolerated = set()
    addresses = {}
    unnamed = 0
    for person in team:
        user = people.of_person(person.uuid)
        if user is not None and (user.is_restricted or user.state in GOING):
            continue
        name, usable = _name_of(person, user, known_by=known_by, exposed_fields=exposed_fields)
        email = person.email if "email" in exposed_fields else ""
        if name and email:
            addresses[email.casefold()] = name
        if not name:
            unnamed += 1
        elif usable:
            members[name] = Member(
                name=name,
                user_uuid=person.uuid,
                cuid=person.username,
                role=person.role,
                email=email,
                state=user.state if user else person.offering_user_state,
                attributes=attributes(user, exposed_fields) if user else {},
            )
        else:
            tolerated.add(name)
    return Roster(
        members=members, tolerated=frozenset(tolerated), unnamed=unnamed, addresses=addresses
    )


def by_roles(persons: Iterable[UUID], people: People, *, accounts: Iterable[str]) -> Roster:
    """Judge by the roles in a resource's project: good enough to see whether anything differs."""
    members = {name: Member(name=name) for name in accounts}
    tolerated = set()
    unnamed = 0
    for person in persons:
        user = people.of_person(person)
        if user is not None and (user.is_restricted or user.state in GOING):
            continue
        if user is None or not user.username:
            unnamed += 1
        elif user.state in USABLE:
            members[user.username] = Member(name=user.username)
        else:
            tolerated.add(user.username)
    return Roster(members=members, tolerated=frozenset(tolerated), unnamed=unnamed)


def _name_of(
    person: TeamMember,
    user: Account | None,
    *,
    known_by: MemberKey,
    exposed_fields: frozenset[str],
) -> tuple[str, bool]:
    """A member's name at the backend, and whether it may be used now.

    A user whom the listing lacks goes by what the team says.
    """
    if known_by is MemberKey.CUID:
        return person.username, True
    if known_by is MemberKey.EMAIL:
        return person.email if "email" in exposed_fields else "", True
    if user is not None:
        return user.username, user.state in USABLE
    return person.offering_user_username, person.offering_user_state in USABLE

"""Who has which roles in the target's projects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_waldur.door import RefusedByTargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import CustomerUser, ProjectMember

Team = dict["UUID", "Person"]
"""By the person's UUID on the target."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person on the target, with all roles that the person has in one project.

    Attributes:
        username: the stable identity (CUID).
    """

    uuid: UUID
    username: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    roles: frozenset[str] = frozenset()


class Memberships:
    """The teams of projects: of all by one listing, or of single ones, each read once."""

    def __init__(self, waldur: Waldur, customer_uuid: UUID) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._customer_uuid = customer_uuid
        self._teams: dict[UUID, Team] = {}

    def expect(self, project_uuids: Iterable[UUID]) -> None:
        """Read the teams of many projects ahead, by one listing where the target allows that.

        What it does not tell is read project by project, when it is asked for.
        """
        wanted = set(project_uuids) - self._teams.keys()
        if len(wanted) > 1:
            listed = self._listed()
            self._teams.update({one: listed.get(one, {}) for one in wanted} if listed else {})

    def of(self, project_uuid: UUID) -> Team:
        """The team of a project; changing it is up to :meth:`keep`."""
        if project_uuid not in self._teams:
            rows = self._waldur.projects.members(project_uuid)
            self._teams[project_uuid] = _team_of(rows)
        return self._teams[project_uuid]

    def keep(self, project_uuid: UUID, person: Person) -> None:
        """Take in what was written: who has no role any more is off the team."""
        team = self.of(project_uuid)
        if person.roles:
            team[person.uuid] = person
        else:
            team.pop(person.uuid, None)

    def _listed(self) -> Mapping[UUID, Team] | None:
        """All teams of the organization; None where the listing does not tell them."""
        try:
            users = self._waldur.customers.users(self._customer_uuid)
        except BackendUnavailableError:
            raise
        except RefusedByTargetError as error:
            logger.info("Teams are read project by project: %s", error)
            return None
        return _teams_of(users)


def _teams_of(users: Iterable[CustomerUser]) -> Mapping[UUID, Team] | None:
    """Group the listing by project; None from a server that does not name the roles."""
    teams: dict[UUID, Team] = {}
    for user in users:
        for held in user.projects:
            if not held.role_name:
                return None
            _add(teams.setdefault(held.uuid, {}), _person(user), held.role_name)
    return teams


def _team_of(rows: Iterable[ProjectMember]) -> Team:
    team: Team = {}
    for row in rows:
        person = Person(uuid=row.user_uuid, username=row.user_username, email=row.user_email)
        _add(team, person, row.role_name)
    return team


def _person(user: CustomerUser) -> Person:
    return Person(uuid=user.uuid, username=user.username, email=user.email)


def _add(team: Team, person: Person, role: str) -> None:
    known = team.get(person.uuid, person)
    team[person.uuid] = Person(
        uuid=person.uuid,
        username=person.username,
        email=person.email,
        roles=known.roles | {str(role)},
    )

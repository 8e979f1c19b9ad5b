"""Giving and taking roles in the target's projects, no more than is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendNotReadyError
from waldur_site_agent_waldur.door import RefusedByTargetError
from waldur_site_agent_waldur.role_rules import role_change

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent_waldur.memberships import Person
    from waldur_site_agent_waldur.reads import TargetReads


class Granting:
    """Roles of people. Raises BackendError where the target refuses a change that is needed."""

    def __init__(self, waldur: Waldur, reads: TargetReads) -> None:
        """Ask nothing yet."""
        self._waldur = waldur
        self._reads = reads

    def let_in(self, project: UUID, newcomer: Person, role: str, *, is_told: bool) -> None:
        """Let a person have a role, and no other one.

        Args:
            project: where.
            newcomer: who, as far as that is known without the project.
            role: which.
            is_told: it is the source's word; otherwise a role that the person has is as good.
        """
        person = self._reads.members.of(project).get(newcomer.uuid, newcomer)
        if is_told or not person.roles:
            self.bring_to(project, person, {role})

    def take_all(self, project: UUID, person: Person) -> None:
        """Take all roles from a person."""
        self.bring_to(project, person, ())

    def bring_to(self, project: UUID, person: Person, wanted: Collection[str]) -> None:
        """Let a person have just these roles; what is missing comes before what goes."""
        change = role_change(wanted, person.roles)
        for role in sorted(change.grant):
            person = self._grant(project, person, role)
        for role in sorted(change.revoke):
            person = self._revoke(project, person, role)

    def _grant(self, project: UUID, person: Person, role: str) -> Person:
        role_uuid = self._reads.role(role)
        try:
            self._waldur.projects.add_user(project, user_uuid=person.uuid, role_uuid=role_uuid)
        except (RefusedByTargetError, BackendNotReadyError):
            if not self._has(project, person, role):
                raise
        return self._keep(project, replace(person, roles=person.roles | {role}))

    def _revoke(self, project: UUID, person: Person, role: str) -> Person:
        role_uuid = self._reads.role(role)
        try:
            self._waldur.projects.delete_user(project, user_uuid=person.uuid, role_uuid=role_uuid)
        except (RefusedByTargetError, BackendNotReadyError):
            if self._has(project, person, role):
                raise
        return self._keep(project, replace(person, roles=person.roles - {role}))

    def _has(self, project: UUID, person: Person, role: str) -> bool:
        """Whether a person has a role by now: somebody else may have been faster."""
        rows = self._waldur.projects.members(project)
        return any(row.user_uuid == person.uuid and row.role_name == role for row in rows)

    def _keep(self, project: UUID, person: Person) -> Person:
        self._reads.members.keep(project, person)
        return person

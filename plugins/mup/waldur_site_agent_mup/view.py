"""What was read of the portal in one pass, each thing once; writes go through here and keep it so.

Where a write fails, what it was about is forgotten: it may have had its effect all the same.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from waldur_site_agent_mup.portal.calls import Body
    from waldur_site_agent_mup.portal.portal import Portal
    from waldur_site_agent_mup.portal.records import Allocation, Id, Member, Project, User


class View:
    """Projects, their allocations and their members."""

    def __init__(self, portal: Portal) -> None:
        """Read nothing yet."""
        self.portal = portal
        self._by_grant: dict[str, Project] | None = None
        self._projects: dict[Id, Project] = {}
        self._allocations: dict[Id, dict[str, Allocation]] = {}
        self._members: dict[Id, list[Member]] = {}
        self._users_of: dict[Id, set[UUID | None]] = {}

    # Projects

    def project_listed(self, grant: str) -> Project | None:
        """Find a project by the listing of all: one request for however many grants."""
        if self._by_grant is None:
            listed = self.portal.projects.list()
            self._by_grant = {one.grant: one for one in listed}
            self._projects |= {one.id: one for one in listed}
        return self._by_grant.get(grant)

    def project_of_grant(self, grant: str) -> Project | None:
        """Find a project by its grant number; what the listing lacks is asked for."""
        known = (self._by_grant or {}).get(grant)
        found = known or self.portal.projects.of_grant(grant)
        return self._keep(found) if found else None

    def project(self, project: Id) -> Project | None:
        """Find a project by its id."""
        found = self._projects.get(project) or self.portal.projects.get(project)
        return self._keep(found) if found else None

    def projects(self) -> list[Project]:
        """All projects."""
        self.project_listed("")
        return list((self._by_grant or {}).values())

    def add_project(self, body: Body) -> Project:
        """Make a project."""
        return self._keep(self.portal.projects.add(body))

    def switch_project(self, project: Project, *, active: bool) -> Project:
        """Activate or deactivate a project, unless it is so."""
        if project.is_active is active:
            return project
        self.portal.projects.switch(project.id, active=active)
        return self._keep(replace(project, is_active=active))

    def _keep(self, project: Project) -> Project:
        self._projects[project.id] = project
        if self._by_grant is not None:
            self._by_grant[project.grant] = project
        return project

    def note_user(self, project: Id, waldur_project: UUID | None) -> None:
        """Remember that a Waldur project has a resource in a project."""
        self._users_of.setdefault(project, set()).add(waldur_project)

    def is_shared(self, project: Id) -> bool:
        """Whether several Waldur projects were seen to have resources in a project."""
        return len(self._users_of.get(project, ())) > 1

    # Allocations

    def allocations(self, project: Id) -> dict[str, Allocation]:
        """A project's allocations by name."""
        if project not in self._allocations:
            listed = self.portal.allocations.list(project)
            self._allocations[project] = {one.identifier: one for one in listed}
        return self._allocations[project]

    def allocation(self, identifier: str) -> Allocation | None:
        """Find an allocation by name; None only where MUP has none."""
        for known in self._allocations.values():
            if identifier in known:
                return known[identifier]
        found = self.portal.allocations.named(identifier)
        # MUP may find it by more than its name; what it is called is what counts.
        return self.allocations(found.project).get(found.identifier, found) if found else None

    def add_allocation(self, project: Id, body: Body) -> Allocation:
        """Make an allocation."""
        with self._forgetting(project):
            made = self.portal.allocations.add(project, body)
        return self._take_in(made)

    def edit_allocation(self, allocation: Allocation, *, size: int, active: bool) -> Allocation:
        """Set an allocation's size and whether it is active, unless both are so."""
        if (allocation.size, allocation.is_active) == (size, active):
            return allocation
        changes = {"size": size, "active": active}
        with self._forgetting(allocation.project):
            self.portal.allocations.edit(allocation, changes)
        row = {**allocation.row, **changes}
        return self._take_in(replace(allocation, size=size, is_active=active, row=row))

    def _take_in(self, allocation: Allocation) -> Allocation:
        if allocation.project in self._allocations:
            self._allocations[allocation.project][allocation.identifier] = allocation
        return allocation

    # Members

    def members(self, project: Id) -> list[Member]:
        """A project's members, the inactive included."""
        if project not in self._members:
            self._members[project] = self.portal.members.list(project)
        return self._members[project]

    def add_member(self, project: Id, user: User) -> None:
        """Put a user into a project; the members are read again when they are next asked for."""
        try:
            self.portal.members.add(project, user)
        finally:
            self.forget(project)

    def switch_member(self, project: Id, member: Member, *, active: bool) -> None:
        """Switch a member on or off, unless it is so."""
        if member.is_active is active:
            return
        with self._forgetting(project):
            self.portal.members.switch(project, member, active=active)
        changed = replace(member, is_active=active)
        known = self._members.get(project, [])
        self._members[project] = [changed if one.id == member.id else one for one in known]

    # Forgetting

    def forget(self, project: Id) -> None:
        """Read a project anew when it is next asked for."""
        self._allocations.pop(project, None)
        self._members.pop(project, None)
        gone = self._projects.pop(project, None)
        if gone and self._by_grant:
            self._by_grant.pop(gone.grant, None)

    @contextmanager
    def _forgetting(self, project: Id) -> Iterator[None]:
        try:
            yield
        except BackendError:
            self.forget(project)
            raise

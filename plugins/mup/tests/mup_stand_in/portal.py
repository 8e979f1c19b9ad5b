"""The portal's state, and the verbs by which tests move it."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from waldur_site_agent_testkit.mastermind.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "s3cret-pass"
AGENT = "waldur-agent"
TYPES = ("Deucalion x86_64", "Deucalion GPU", "Deucalion ARM")


@dataclass
class Project:
    id: int
    title: str
    grant_number: str
    pi: str
    start_date: str
    end_date: str
    science_field: int = 1
    description: str = ""
    co_pi: str = ""
    agency: str = "FCT"
    max_storage: int = 1000
    ai_included: bool = False
    is_active: bool = True


@dataclass
class Allocation:
    id: int
    project: int
    type: str
    identifier: str
    size: int
    used: int = 0
    active: bool = True


@dataclass
class Member:
    id: int
    project: int
    user: int
    active: bool = True


@dataclass
class User:
    id: int
    username: str
    email: str
    is_approved: bool = True
    keys: list[str] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class MupStandIn:
    """One portal.

    Attributes:
        gives_names: allocations are called as the portal likes (``NN-1``), not as was asked.
        page_size: listings come in pages; None for plain lists.
        shows_keys: users' listings tell their keys.
        nests_members: members are told as objects of their own.
        refused: ids of users whom no project takes.
        unheard: requests that had their effect, and whose answers were lost.
        violations: what a client must never do, as it was done.
    """

    gives_names: bool = False
    page_size: int | None = None
    shows_keys: bool = True
    nests_members: bool = False
    research_fields: tuple[int, ...] = (1, 2, 3, 17)
    projects: dict[int, Project] = field(default_factory=dict)
    allocations: dict[int, Allocation] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    used: dict[int, dict[str, Any]] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    unheard: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    observers: list[Callable[[Asked, str], None]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # What tests set up

    def add_user(self, username: str, email: str = "", **more: Any) -> User:
        user = User(id=next(self.numbers), username=username, email=email or _email(username))
        vars(user).update(more)
        self.users[user.id] = user
        return user

    def add_project(self, grant: str, **more: Any) -> Project:
        project = Project(
            id=next(self.numbers),
            title=grant,
            grant_number=grant,
            pi="pi@example.org",
            start_date="2026-01-01",
            end_date="2027-01-01",
        )
        vars(project).update(more)
        self.projects[project.id] = project
        return project

    def add_allocation(self, project: Project, identifier: str, **more: Any) -> Allocation:
        allocation = Allocation(
            id=next(self.numbers), project=project.id, type=TYPES[0], identifier=identifier, size=0
        )
        vars(allocation).update(more)
        self.allocations[allocation.id] = allocation
        return allocation

    def add_member(self, project: Project, user: User, *, active: bool = True) -> Member:
        member = Member(id=next(self.numbers), project=project.id, user=user.id, active=active)
        self.members[member.id] = member
        return member

    def use(self, identifier: str, **users: Any) -> None:
        """Tell what users used of an allocation so far."""
        self.used.setdefault(self.named(identifier).id, {}).update(users)

    def approve(self, username: str) -> None:
        self.user(username).is_approved = True

    # What tests look at

    def named(self, identifier: str) -> Allocation:
        return next(one for one in self.allocations.values() if one.identifier == identifier)

    def user(self, username: str) -> User:
        return next(one for one in self.users.values() if one.username == username)

    def of_grant(self, grant: str) -> Project | None:
        found = (one for one in self.projects.values() if one.grant_number == grant)
        return next(found, None)

    def active_members(self, grant: str) -> set[str]:
        project = self.of_grant(grant)
        return {
            self.users[one.user].username
            for one in self.members.values()
            if project and one.project == project.id and one.active
        }

    def sizes(self, *, active: bool = True) -> dict[str, int]:
        """Sizes by identifier."""
        return {
            one.identifier: one.size for one in self.allocations.values() if one.active is active
        }

    def writes(self) -> list[str]:
        return [str(call) for call in self.asked if call.method != "GET"]

    def reads(self) -> list[str]:
        return [str(call) for call in self.asked if call.method == "GET"]

    def state(self) -> dict[str, Any]:
        kinds = ("projects", "allocations", "members", "users")
        return {kind: {k: asdict(v) for k, v in getattr(self, kind).items()} for kind in kinds}


def _email(username: str) -> str:
    return f"{username}@example.org"

"""The scene: a subject, a Mastermind with an offering, a project with a team, and the agent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent_testkit.conformance.agent import Agent
from waldur_site_agent_testkit.conformance.killing import Executioner
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend, BaseBackend
    from waldur_site_agent.config.models import Offering
    from waldur_site_agent_testkit.conformance.subject import Subject
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Customer, Project, User
    from waldur_site_agent_testkit.mastermind.state import Offering as OfferingInWaldur

TEAM = ("ada", "barbara", "grace")
NEWCOMER = "dorothy"


class Scene:
    """A world with one offering, whose backend is the subject's. Nothing is ordered yet."""

    username_policy: ClassVar[str] = "waldur_username"
    """How people get their usernames: by default, Waldur gives them."""
    may_create_users: ClassVar[bool] = True

    def __init__(self, make_subject: Callable[[], Subject]) -> None:
        """Set everything up."""
        self._make_subject = make_subject
        self.subject = make_subject()
        self.executioner = Executioner()
        self.world = World()
        self._people: dict[str, User] = {}
        self._set_up(self.subject.backend())
        if self.subject.on_effect:
            self.subject.on_effect(self.executioner.tick)
        self.world.on_call(self._on_call)

    def _set_up(self, backend: BaseBackend) -> None:
        self.components = backend.backend_components
        self._backend_type = backend.backend_type
        provider = self.world.add_customer("Provider", slug="provider")
        self._token = self._add_agent(provider)
        climate, ocean = self.subject.project_names
        self.project = self.world.add_project(provider, climate, slug="climate")
        self.other_project = self.world.add_project(provider, ocean, slug="ocean")
        self.offering = self._add_offering(provider)
        for project in (self.project, self.other_project):
            self.world.grant(self.person(TEAM[0]), project, Role.PROJECT_MANAGER)
        self.join(*TEAM[1:])

    def _add_agent(self, provider: Customer) -> str:
        agent = self.world.add_user("agent", is_staff=True)
        self.world.grant(agent, provider, Role.CUSTOMER_OWNER)
        return agent.token

    def _add_offering(self, provider: Customer) -> OfferingInWaldur:
        offering = self.world.add_offering(
            provider,
            "Cluster",
            components={name: _spec(name, c) for name, c in self.components.items()},
            plugin_options={
                "service_provider_can_create_offering_user": self.may_create_users,
                "username_generation_policy": self.username_policy,
                **self.subject.plugin_options,
            },
        )
        self.world.add_plan(offering)
        return offering

    def _on_call(self, call: Call, _phase: str) -> None:
        if call.method != "GET":
            self.executioner.tick_if_deadly()

    def close(self) -> None:
        """Let go of the subject."""
        if self.subject.close:
            self.subject.close()

    @property
    def limits(self) -> dict[str, float]:
        """What is ordered, in Waldur units; empty where nothing is billed by limits."""
        if self.subject.limits is not None:
            return dict(self.subject.limits)
        by_limit = [n for n, c in self.components.items() if c.get("accounting_type") != "usage"]
        return dict.fromkeys(by_limit, 10)

    # People

    def join(self, *names: str, project: Project | None = None) -> None:
        """Put people on a project's team."""
        for name in names:
            self.world.grant(self.person(name), project or self.project)

    def leave(self, *names: str) -> None:
        """Take people off the team."""
        for name in names:
            self.world.revoke(self.person(name), self.project)

    def introduce(self, *names: str) -> None:
        """Make sure that people exist, in Waldur and on the system."""
        for name in names:
            self.person(name)

    def person(self, name: str) -> User:
        """Somebody, who is made known to the system at the first time."""
        if name not in self._people:
            self._people[name] = self.world.add_user(name)
            if self.subject.know:
                self.subject.know(name)
        return self._people[name]

    def arguments(self, names: Collection[str]) -> dict[str, object]:
        """The keyword arguments with which the agent adds members."""
        held = {grant.user.username: str(grant.role) for grant in self.world.team(self.project)}
        return {
            "homedir_umask": "0077",
            "user_roles": {name: held.get(name, "PROJECT.MEMBER") for name in names},
            "user_emails": {name: self.person(name).email for name in names},
            "user_cuids": {name: name for name in names},
            "user_attributes": {name: {"username": name} for name in names},
            "offering_user_states": dict.fromkeys(names, "OK"),
        }

    def normal(self, names: Collection[str]) -> frozenset[str]:
        """Names in the form in which the backend lists them."""
        backend = self.subject.backend()
        return frozenset(map(backend.normalize_username, names))

    # The agent

    def agent(self) -> Agent:
        """Start a process of the agent."""
        return Agent(
            self.world,
            token=self._token,
            offering={
                "name": "cluster",
                "waldur_offering_uuid": str(self.offering.uuid),
                "backend_type": self._backend_type,
                "backend_components": {
                    name: {"measured_unit": "h", "label": name, "accounting_type": "limit", **c}
                    for name, c in self.components.items()
                },
                **self.subject.offering,
            },
            make_backend=self.subject.backend,
            make_usernames=self.usernames,
        )

    def usernames(self, offering: Offering) -> AbstractUsernameManagementBackend:
        """Make the backend that names the offering's users: by default, one that names nobody."""
        return UnknownUsernameManagementBackend(offering=offering)

    @contextmanager
    def passing(self) -> Iterator[BaseBackend]:
        """A backend in the middle of a pass of a process of its own."""
        with self.agent().site() as site:
            yield site.backend


def _spec(name: str, component: Mapping[str, object]) -> ComponentSpec:
    return ComponentSpec(
        billing_type=str(component.get("accounting_type", "limit")),
        measured_unit=str(component.get("measured_unit", "h")),
        name=str(component.get("label", name)),
    )

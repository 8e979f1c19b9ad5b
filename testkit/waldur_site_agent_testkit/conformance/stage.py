"""The stage on which a rule is tried: a subject, a Mastermind with an offering, and people."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from waldur_site_agent.backend.lookup import look_up
from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.agent import Agent
from waldur_site_agent_testkit.conformance.capabilities import IMPORTS, LIMITS
from waldur_site_agent_testkit.conformance.killing import Executioner
from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import Role
from waldur_site_agent_testkit.mastermind.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.conformance.subject import Subject
    from waldur_site_agent_testkit.mastermind.calls import Call
    from waldur_site_agent_testkit.mastermind.state import Customer, Order, Project, User
    from waldur_site_agent_testkit.mastermind.state import Resource as Record

TEAM = ("ada", "barbara", "grace")
NEWCOMER = "dorothy"
PASSES = 4
"""How many passes an order may take: a remote one is placed, seen to be done, and completed."""
ROUTINE = "/refresh_last_sync/"
"""Waldur is told now and then that a resource was looked at, changed or not."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What another process sees of a resource.

    Attributes:
        users: in the backend's form of their names.
        limits: in Waldur units; empty where limits cannot be read.
    """

    users: frozenset[str]
    limits: Mapping[str, float]


class Stage:
    """A world with one offering, whose backend is the subject's."""

    def __init__(self, make_subject: Callable[[], Subject]) -> None:
        """Set everything up; nothing is ordered yet."""
        self._make_subject = make_subject
        self._others: list[Stage] = []
        self.subject = make_subject()
        self.executioner = Executioner()
        self.world = World()
        self._people: dict[str, User] = {}
        self._set_up_waldur(self.subject.backend())
        if self.subject.on_effect:
            self.subject.on_effect(self.executioner.tick)
        self.world.on_call(self._on_call)

    def _set_up_waldur(self, backend: BaseBackend) -> None:
        world = self.world
        provider = world.add_customer("Provider", slug="provider")
        self._token = self._add_agent(provider)
        climate, ocean = self.subject.project_names
        self.project = world.add_project(provider, climate, slug="climate")
        self.other_project = world.add_project(provider, ocean, slug="ocean")
        self.components = backend.backend_components
        self.offering = world.add_offering(
            provider,
            "Cluster",
            components={name: _spec(name, c) for name, c in self.components.items()},
            plugin_options={
                "service_provider_can_create_offering_user": True,
                "username_generation_policy": "waldur_username",
                **self.subject.plugin_options,
            },
        )
        world.add_plan(self.offering)
        self._backend_type = backend.backend_type
        for project in (self.project, self.other_project):
            self.world.grant(self._person(TEAM[0]), project, Role.PROJECT_MANAGER)
        self.join(*TEAM[1:])

    def _add_agent(self, provider: Customer) -> str:
        agent = self.world.add_user("agent", is_staff=True)
        self.world.grant(agent, provider, Role.CUSTOMER_OWNER)
        return agent.token

    def _on_call(self, call: Call, _phase: str) -> None:
        if call.method != "GET":
            self.executioner.tick_if_deadly()

    def close(self) -> None:
        """Let go of the subject, and of those of other stages."""
        for other in self._others:
            other.close()
        if self.subject.close:
            self.subject.close()

    @contextmanager
    def another(self) -> Iterator[Stage]:
        """A stage of its own, with a subject that nobody has used yet."""
        other = Stage(self._make_subject)
        try:
            yield other
        finally:
            other.close()

    # People

    def join(self, *names: str, project: Project | None = None) -> None:
        """Put people on a project's team."""
        for name in names:
            self.world.grant(self._person(name), project or self.project)

    def leave(self, *names: str) -> None:
        """Take people off the team."""
        for name in names:
            self.world.revoke(self._person(name), self.project)

    def _person(self, name: str) -> User:
        if name not in self._people:
            self._people[name] = self.world.add_user(name)
            if self.subject.know:
                self.subject.know(name)
        return self._people[name]

    def introduce(self, *names: str) -> None:
        """Make sure that people exist, in Waldur and on the system."""
        for name in names:
            self._person(name)

    def arguments(self, names: Collection[str]) -> dict[str, object]:
        """The keyword arguments with which the agent adds members."""
        return {
            "homedir_umask": "0077",
            "user_roles": dict.fromkeys(names, "PROJECT.MEMBER"),
            "user_emails": {name: self._person(name).email for name in names},
            "user_cuids": {name: name for name in names},
            "user_attributes": {name: {"username": name} for name in names},
            "offering_user_states": dict.fromkeys(names, "OK"),
        }

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
        )

    @contextmanager
    def passing(self) -> Iterator[BaseBackend]:
        """A backend in the middle of a pass of a process of its own."""
        with self.agent().site() as site:
            yield site.backend

    def settle(self) -> None:
        """Let remote orders come to their end."""
        if self.subject.settle:
            self.subject.settle()

    # Months

    @property
    def this_month(self) -> tuple[int, int]:
        """The current year and month."""
        now = datetime.now(UTC)
        return now.year, now.month

    @property
    def last_month(self) -> tuple[int, int]:
        """The year and month before."""
        before = datetime.now(UTC).replace(day=1) - timedelta(days=1)
        return before.year, before.month

    def used(self, amount: float) -> dict[str, float]:
        """So much of every component."""
        return dict.fromkeys(self.components, amount)

    # Orders

    @property
    def limits(self) -> dict[str, float]:
        """What is ordered, in Waldur units."""
        if self.subject.limits is not None:
            return dict(self.subject.limits)
        by_limit = [n for n, c in self.components.items() if c.get("accounting_type") != "usage"]
        return dict.fromkeys(by_limit, 10)

    @property
    def more(self) -> dict[str, float]:
        """Twice of what is ordered."""
        return {name: 2 * amount for name, amount in self.limits.items()}

    def order(self, name: str = "Simulations", *, project: Project | None = None) -> Order:
        """Order a resource; nobody has worked on it yet."""
        return self.world.order_create(
            project or self.project,
            self.offering,
            name,
            limits=self.limits,
            attributes=self.subject.attributes,
        )

    def finish(self, order: Order) -> None:
        """Have the agent carry out an order, in as many passes as that takes."""
        for _ in range(PASSES):
            self.agent().orders()
            self.settle()
            if order.state == "done":
                return
        why = f": {order.error_message}" if order.error_message else ""
        expect.fail(f"the {order.type} order is {order.state} after {PASSES} passes{why}")

    def created(self, name: str = "Simulations", *, project: Project | None = None) -> Resource:
        """Order a resource and have it made."""
        order = self.order(name, project=project)
        self.finish(order)
        return self.in_waldur(order)

    def in_waldur(self, order: Order) -> Resource:
        """An order's resource as plugins get it."""
        return self.agent().waldur.resources.get(order.resource.uuid)

    def again(self, resource: Resource) -> Resource:
        """A resource, read from Waldur again."""
        return self.agent().waldur.resources.get(resource.uuid)

    def record(self, resource: Resource) -> Record:
        """What the Mastermind keeps of a resource, for its verbs."""
        return self.world.state.resources[resource.uuid.hex]

    # Looking

    def seen(self, resource: Resource) -> Seen:
        """What another process sees of a resource that has to be there."""
        with self.passing() as backend:
            info = look_up(backend, resource)
            if info is None:
                expect.fail(f"the backend does not have {resource.backend_id!r}")
            limits = (
                dict(backend.get_resource_limits(resource.backend_id))
                if LIMITS.is_declared(backend)
                else {}
            )
        return Seen(users=frozenset(info.users), limits=limits)

    def is_there(self, resource: Resource) -> bool:
        """Whether another process sees a resource."""
        with self.passing() as backend:
            return look_up(backend, resource) is not None

    def users_of(self, resource: Resource) -> frozenset[str]:
        """Who is on a resource, in the backend's form of their names."""
        return self.seen(resource).users

    def normal(self, names: Collection[str]) -> frozenset[str]:
        """Names in the form in which the backend lists them."""
        backend = self.subject.backend()
        return frozenset(map(backend.normalize_username, names))

    def tally(self) -> int | None:
        """How many resources the backend lists; None where it lists none."""
        with self.passing() as backend:
            return len(backend.list_resources()) if IMPORTS.is_declared(backend) else None

    # Disturbing

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Cut the system off for a while."""
        set_reachable = self.subject.set_reachable
        if set_reachable is None:
            raise LookupError("a rule with outages needs the facet set_reachable")
        set_reachable(False)
        try:
            yield
        finally:
            set_reachable(True)

    def effects(self) -> Sequence[object]:
        """What was written to the system so far."""
        return tuple(self.subject.effects()) if self.subject.effects else ()

    @contextmanager
    def writing_nothing(self, what: str) -> Iterator[None]:
        """Expect that nothing is written, neither to the system nor to Waldur."""
        before, calls = len(self.effects()), len(self.world.calls)
        yield
        expect.equal(list(self.effects()[before:]), [], f"{what} wrote to the system")
        told = [c.path for c in self.world.calls[calls:] if c.method != "GET"]
        expect.equal([path for path in told if ROUTINE not in path], [], f"{what} wrote to Waldur")


def _spec(name: str, component: Mapping[str, object]) -> ComponentSpec:
    return ComponentSpec(
        billing_type=str(component.get("accounting_type", "limit")),
        measured_unit=str(component.get("measured_unit", "h")),
        name=str(component.get("label", name)),
    )

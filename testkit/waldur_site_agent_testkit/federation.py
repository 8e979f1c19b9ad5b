"""Two Masterminds: what is ordered at A's offering is to be had at B's.

`federation` sets the stage, with users of ordinary rights. A plugin that federates reads and writes
A with the token of A's agent, and acts at B with the token of B's customer; B's own provider is
somebody else, whose part the test plays.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.direct import SeveralTransport
from waldur_site_agent_testkit.mastermind.server import MastermindServer
from waldur_site_agent_testkit.mastermind.state import (
    Customer,
    Offering,
    Order,
    OrderState,
    Plan,
    Project,
    Role,
    User,
)
from waldur_site_agent_testkit.mastermind.world import World

A_HOST, B_HOST = "a.test", "b.test"
A_URL, B_URL = f"http://{A_HOST}/api/", f"http://{B_HOST}/api/"
"""Addresses of the API, for clients that speak through `Federation.network`."""
SOURCE = "isd:test"
"""The source of identities for which B's customer may speak."""
COMPONENTS = {"node_hours": ComponentSpec(name="Node hours")}
TARGET_COMPONENTS = {
    "gpu_hours": ComponentSpec(name="GPU hours"),
    "storage_gb_hours": ComponentSpec(name="Storage", measured_unit="gb-hours"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two Masterminds.

    Attributes:
        world: Its Mastermind.
        provider: The organization that has the offering.
        offering: What can be ordered.
        plan: By which it is paid.
        customer: The organization that orders; another than the provider.
        user: Whose token the agent has: at A a manager of the offering, at B an owner of the
            customer.
    """

    world: World
    provider: Customer
    offering: Offering
    plan: Plan
    customer: Customer
    user: User

    @property
    def token(self) -> str:
        """The API token that the agent has here."""
        return self.user.token


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """A, where people order and which the agent serves, and B, where the agent orders.

    Attributes:
        a: The Mastermind whose offering the agent serves.
        b: The Mastermind at which it is a customer.
        project: A project of A's customer.
        member: A person in it, whom B does not know.
    """

    a: Side
    b: Side
    project: Project
    member: User

    def waiting(self) -> list[Order]:
        """Return B's orders that wait for B's provider, or are in its hands."""
        states = (OrderState.PENDING_PROVIDER, OrderState.EXECUTING)
        with self.b.world.lock:
            return [o for o in self.b.world.state.orders.values() if o.state in states]

    def carry_out_all(self) -> list[Order]:
        """Play B's provider: do all that waits, and return it. Resources are named by slugs."""
        waiting = self.waiting()
        for order in waiting:
            resource = order.resource
            name = resource.backend_id or f"b_{resource.slug}"
            self.b.world.carry_out(order, backend_id=name)
        return waiting

    def network(self) -> httpx2.BaseTransport:
        """Return one transport without sockets to both: `A_URL` and `B_URL` are their addresses."""
        return SeveralTransport({A_HOST: self.a.world, B_HOST: self.b.world})

    @contextmanager
    def served(self) -> Iterator[tuple[MastermindServer, MastermindServer]]:
        """Have A and B listen on loopback ports, each of its own."""
        with MastermindServer(self.a.world) as a, MastermindServer(self.b.world) as b:
            yield a, b


def federation(
    *,
    seed: int = 1,
    components: Mapping[str, ComponentSpec] | None = None,
    target_components: Mapping[str, ComponentSpec] | None = None,
    target_lacks: Collection[str] = (),
    target_refuses: Collection[str] = (),
    manages_target: bool = False,
) -> Federation:
    """Set the stage.

    Args:
        seed: Determines all uuids; those of A and B differ.
        components: Of A's offering.
        target_components: Of B's offering.
        target_lacks: What an older B does not have, as `World` takes it.
        target_refuses: What B refuses to everybody, as `World` takes it.
        manages_target: B's user also manages B's offering, and hears of its accounts by events.
    """
    a = _side(World(seed=2 * seed), "A", components or COMPONENTS)
    a.world.grant(a.user, a.offering, Role.OFFERING_MANAGER)
    project = a.world.add_project(a.customer, "Ice cores", description="What the ice remembers")
    member = a.world.add_user("ada@idp.test", first_name="Ada", email="ada@example.org")
    a.world.grant(member, project)

    target = World(seed=2 * seed + 1, lacks=target_lacks, refuses=target_refuses)
    b = _side(target, "B", target_components or TARGET_COMPONENTS)
    b.world.grant(b.user, b.customer, Role.CUSTOMER_OWNER)
    b.world.let_vouch(b.user, SOURCE)
    if manages_target:
        b.world.grant(b.user, b.offering, Role.OFFERING_MANAGER)
    return Federation(a=a, b=b, project=project, member=member)


def _side(world: World, name: str, components: Mapping[str, ComponentSpec]) -> Side:
    provider = world.add_customer(f"Provider of {name}")
    offering = world.add_offering(provider, f"Cluster of {name}", components=components)
    return Side(
        world=world,
        provider=provider,
        offering=offering,
        plan=world.add_plan(offering),
        customer=world.add_customer(f"Customer of {name}"),
        user=world.add_user(f"agent-{name.lower()}"),
    )

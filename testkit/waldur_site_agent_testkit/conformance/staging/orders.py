"""Ordering resources, and having the agent carry that out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent_testkit.conformance import expecting as expect
from waldur_site_agent_testkit.conformance.staging.scene import Scene

if TYPE_CHECKING:
    from waldur_site_agent.waldur.models import Resource
    from waldur_site_agent_testkit.mastermind.state import Order, Project
    from waldur_site_agent_testkit.mastermind.state import Resource as Record

PASSES = 4
"""How many passes an order may take: a remote one is placed, seen to be done, and completed."""


class Ordering(Scene):
    """What people do to resources by orders."""

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

    def settle(self) -> None:
        """Let remote orders come to their end."""
        if self.subject.settle:
            self.subject.settle()

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

"""A small world that is ready to use."""

from collections.abc import Collection
from dataclasses import dataclass

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import Customer, Offering, Plan, Project, Role, User
from waldur_site_agent_testkit.mastermind.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallWorld:
    """One organization, provider and consumer at once, with a project and an offering.

    `agent` manages the offering and may order; `member` is on the project's team.
    """

    world: World
    customer: Customer
    project: Project
    offering: Offering
    plan: Plan
    agent: User
    member: User

    @property
    def token(self) -> str:
        """The agent's API token."""
        return self.agent.token


COMPONENTS = {
    "cpu": ComponentSpec(name="CPU", unit_factor=60),
    "mem": ComponentSpec(name="RAM", measured_unit="gb-hours", unit_factor=61440),
    "gres/gpu": ComponentSpec(name="GPU", unit_factor=60),
}


def small_world(
    *, seed: int = 1, lacks: Collection[str] = (), refuses: Collection[str] = ()
) -> SmallWorld:
    """Build the small world; the arguments are those of `World`."""
    world = World(seed=seed, lacks=lacks, refuses=refuses)
    customer = world.add_customer("Example Provider")
    project = world.add_project(customer, "Example project")
    offering = world.add_offering(customer, "Example cluster", components=COMPONENTS)
    agent = world.add_user("agent", last_name="Site")
    member = world.add_user("ada", last_name="Lovelace")
    world.grant(agent, customer, Role.CUSTOMER_OWNER)
    world.grant(member, project)
    return SmallWorld(
        world=world,
        customer=customer,
        project=project,
        offering=offering,
        plan=world.add_plan(offering),
        agent=agent,
        member=member,
    )

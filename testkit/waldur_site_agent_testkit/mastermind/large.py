"""A world of a national site's size, for benchmarks."""

from collections.abc import Collection
from dataclasses import dataclass

from waldur_site_agent_testkit.mastermind.catalogue import ComponentSpec
from waldur_site_agent_testkit.mastermind.state import Offering, Project, Role, User
from waldur_site_agent_testkit.mastermind.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a world is. Users and resources are spread evenly over the projects."""

    resources: int = 10_000
    users: int = 100_000
    projects: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeWorld:
    """One provider whose offering everybody uses; `agent` may act for all of it.

    The first resource is `hpc_00000` at the backend, the first user's name there `user00000`; of n
    projects, the first has every n-th of both.
    """

    world: World
    offering: Offering
    agent: User
    projects: list[Project]
    users: list[User]


def large_world(size: Size, *, refuses: Collection[str] = ()) -> LargeWorld:
    """Build a world in which every resource is OK and every user has a name.

    `refuses` is as in `World`.
    """
    world = World(refuses=refuses)
    customer = world.add_customer("National site")
    offering = world.add_offering(
        customer, "Supercomputer", components={"cpu": ComponentSpec(unit_factor=60)}
    )
    world.add_plan(offering)
    agent = world.add_user("agent")
    world.grant(agent, customer, Role.CUSTOMER_OWNER)
    projects = [world.add_project(customer, f"Project {n:05}") for n in range(size.projects)]
    users = [_join(world, n, projects[n % size.projects]) for n in range(size.users)]
    for number in range(size.resources):
        _add_resource(world, number, projects[number % size.projects], offering)
    for number, user in enumerate(users):
        world.set_username(user, offering, f"user{number:05}")
    return LargeWorld(world=world, offering=offering, agent=agent, projects=projects, users=users)


def _join(world: World, number: int, project: Project) -> User:
    user = world.add_user(f"person{number:05}", last_name="Example")
    world.grant(user, project)
    return user


def _add_resource(world: World, number: int, project: Project, offering: Offering) -> None:
    world.add_resource(
        project,
        offering,
        f"Resource {number:05}",
        backend_id=f"hpc_{number:05}",
        limits={"cpu": 1000},
    )

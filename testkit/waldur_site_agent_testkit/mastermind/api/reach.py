"""Which objects a request's user sees. What is out of sight is a 404, never a 403."""

from collections.abc import Iterator

from waldur_site_agent_testkit.mastermind import rights
from waldur_site_agent_testkit.mastermind.api.answers import Forbidden, Missing
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.identifiers import hex_of
from waldur_site_agent_testkit.mastermind.state import (
    ComponentUsage,
    Offering,
    OfferingUser,
    Order,
    Project,
    Resource,
    ServiceProvider,
    UsageLimit,
    User,
    UserUsage,
)


def manages(request: Request, offering: Offering) -> bool:
    """Tell whether the user acts for the offering's provider."""
    return rights.manages(request.store, request.user, offering)


def offerings(request: Request) -> list[Offering]:
    """Return the offerings that the user manages."""
    return [o for o in request.store.state.offerings.values() if manages(request, o)]


def resources(request: Request) -> Iterator[Resource]:
    """Yield the resources of the offerings that the user manages."""
    mine = set(offerings(request))
    yield from (r for r in request.store.state.resources.values() if r.offering in mine)


def orders(request: Request) -> list[Order]:
    """Return the orders that the user sees as provider or as consumer."""
    mine = set(offerings(request))
    every = request.store.state.orders.values()
    return [o for o in every if o.resource.offering in mine or consumes(request, o.resource)]


def offering_users(request: Request) -> Iterator[OfferingUser]:
    """Yield the accounts at the offerings that the user manages, and those of the user's people."""
    mine, people = set(offerings(request)), acquaintances(request)
    every = request.store.state.offering_users.values()
    yield from (a for a in every if a.offering in mine or a.user in people)


def acquaintances(request: Request) -> set[User]:
    """Return the people in the organizations that the user owns, and the user; staff know all."""
    store, user = request.store, request.user
    if user.is_staff:
        return set(store.state.users.values())
    own = [c for c in store.state.customers.values() if rights.owns(store, user, c)]
    return {user} | {grant.user for c in own for grant in rights.people_of(store, c)}


def users(request: Request) -> list[User]:
    """Return the people whom the user sees: all of them as staff or support."""
    every = list(request.store.state.users.values())
    if request.user.is_staff or request.user.is_support:
        return every
    known = acquaintances(request)
    return [user for user in every if user in known]


def projects(request: Request) -> list[Project]:
    """Return the projects that the user sees, in which people use the user's offerings too."""
    return [p for p in request.store.state.projects.values() if sees(request, p)]


def sees(request: Request, project: Project) -> bool:
    """Tell whether the user sees a project, from the consumer's side or from the provider's."""
    if rights.may_read(request.store, request.user, project):
        return True
    using = request.store.state.resources_in[project.uuid]
    return any(manages(request, resource.offering) for resource in using)


def project(request: Request) -> Project:
    """Return the project in the path, which the user must see."""
    found = request.addressed(request.store.state.projects, "Project")
    if not sees(request, found):
        raise Missing("Project")
    return found


def watches(request: Request, offering: Offering) -> bool:
    """Tell whether the user may have an agent at an offering: who provides, or may order it."""
    return manages(request, offering) or rights.orders_somewhere(request.store, request.user)


def usage_limits(request: Request) -> Iterator[UsageLimit]:
    """Yield the limits of users on the resources of the offerings that the user manages."""
    mine = set(offerings(request))
    every = request.store.state.usage_limits.values()
    yield from (limit for limit in every if limit.resource.offering in mine)


def component_usages(request: Request) -> Iterator[ComponentUsage]:
    """Yield the usages of the resources that the user sees as provider or as consumer."""
    seen = _resources_seen(request)
    every = request.store.state.component_usages.values()
    yield from (usage for usage in every if usage.resource in seen)


def user_usages(request: Request) -> Iterator[UserUsage]:
    """Yield what single users used of the resources that the user sees."""
    seen = _resources_seen(request)
    every = request.store.state.user_usages.values()
    yield from (usage for usage in every if usage.component_usage.resource in seen)


def _resources_seen(request: Request) -> set[Resource]:
    mine = set(offerings(request))
    readable = {
        project.uuid
        for project in request.store.state.projects.values()
        if rights.may_read(request.store, request.user, project)
    }
    every = request.store.state.resources.values()
    return {r for r in every if r.offering in mine or r.project.uuid in readable}


def consumes(request: Request, resource: Resource) -> bool:
    """Tell whether the user sees a resource from the consumer's side."""
    return rights.may_read(request.store, request.user, resource.project)


def offering(request: Request) -> Offering:
    """Return the offering in the path, which the user must manage."""
    found = request.addressed(request.store.state.offerings, "Offering")
    if not manages(request, found):
        raise Missing("Offering")
    return found


def resource(request: Request) -> Resource:
    """Return the resource in the path, whose offering the user must manage."""
    found = request.addressed(request.store.state.resources, "Resource")
    if not manages(request, found.offering):
        raise Missing("Resource")
    return found


def offering_user(request: Request) -> OfferingUser:
    """Return the account in the path, whose offering the user must manage."""
    found = request.addressed(request.store.state.offering_users, "OfferingUser")
    if not manages(request, found.offering):
        raise Missing("OfferingUser")
    return found


def provider(request: Request) -> ServiceProvider:
    """Return the provider in the path, for whom, or for one of whose offerings, the user works."""
    found = request.addressed(request.store.state.providers, "ServiceProvider")
    works = any(offering.customer is found.customer for offering in offerings(request))
    if not (works or rights.owns(request.store, request.user, found.customer)):
        raise Missing("ServiceProvider")
    return found


def provider_as_owner(request: Request) -> ServiceProvider:
    """Return the provider in the path for what goes beyond single offerings.

    Raises:
        Forbidden: The user manages offerings of it only.
    """
    found = provider(request)
    if not rights.owns(request.store, request.user, found.customer):
        raise Forbidden
    return found


def order(request: Request) -> Order:
    """Return the order in the path, seen as provider or as consumer."""
    found = request.addressed(request.store.state.orders, "Order")
    if not (manages(request, found.resource.offering) or consumes(request, found.resource)):
        raise Missing("Order")
    return found


def order_as_provider(request: Request) -> Order:
    """Return the order in the path for an action of the provider.

    Raises:
        Forbidden: The user sees it as a consumer only.
    """
    found = order(request)
    if not manages(request, found.resource.offering):
        raise Forbidden
    return found


def may_order(request: Request, project: Project) -> None:
    """Let only those pass who may order in a project.

    Raises:
        Forbidden: The user may not.
    """
    if not rights.may_order(request.store, request.user, project):
        raise Forbidden


def linked_uuid(url: str, collection: str) -> str:
    """Return the uuid at the end of an object's URL, or nothing when it is another kind's."""
    head, _, uuid = url.rstrip("/").rpartition("/")
    return (hex_of(uuid) or "") if head.endswith(f"/api/{collection}") else ""

"""`marketplace-service-providers/`: the provider, its users' keys and its projects."""

from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind import membership
from waldur_site_agent_testkit.mastermind.api import listing, reach
from waldur_site_agent_testkit.mastermind.api.answers import Missing, json_answer
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso, iso_day
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    Project,
    ResourceState,
    ServiceProvider,
    SshKey,
)

BASE = "marketplace-service-providers"
FILTERS: Mapping[str, listing.Filter[ServiceProvider]] = {
    "customer_uuid": listing.uuid(lambda provider: provider.customer.uuid)
}


def _render(request: Request, provider: ServiceProvider) -> Object:
    customer = provider.customer
    return {
        "url": request.url(BASE, provider.uuid),
        "uuid": provider.uuid,
        "created": iso(provider.created),
        "customer": request.url("customers", customer.uuid),
        "customer_uuid": customer.uuid,
        "customer_name": customer.name,
        "customer_slug": customer.slug,
        "customer_abbreviation": customer.abbreviation,
    }


def list_all(request: Request) -> Answer:
    """Answer all providers, in full whatever `field` says."""
    return listing.answer(
        request,
        request.store.state.providers.values(),
        lambda provider: _render(request, provider),
        filters=FILTERS,
        selects_fields=False,
    )


def _addressed(request: Request) -> ServiceProvider:
    """Return the provider in the path, for whom the user must work."""
    provider = request.addressed(request.store.state.providers, "ServiceProvider")
    works = any(o.customer is provider.customer for o in reach.offerings(request))
    if not (works or request.user.is_staff):
        raise Missing("ServiceProvider")
    return provider


def retrieve(request: Request) -> Answer:
    """Answer one provider."""
    return json_answer(200, _render(request, _addressed(request)))


def _projects(request: Request, provider: ServiceProvider) -> list[Project]:
    """Return the projects that have resources of the provider's offerings."""
    using = {
        resource.project
        for resource in request.store.state.resources.values()
        if resource.offering.customer is provider.customer
        and resource.state is not ResourceState.TERMINATED
    }
    return [project for project in request.store.state.projects.values() if project in using]


def projects(request: Request) -> Answer:
    """Answer the provider's projects; `query` is part of a name, or a uuid."""
    return listing.answer(
        request,
        _projects(request, _addressed(request)),
        lambda project: _project(request, project),
        filters={
            "query": listing.contains(
                lambda project: project.name,
                lambda project: project.uuid,
                lambda project: project.slug,
            ),
            "name": listing.contains(lambda project: project.name),
            "name_exact": listing.exact(lambda project: project.name),
            "slug": listing.exact(lambda project: project.slug),
        },
    )


def _project(request: Request, project: Project) -> Object:
    resources = [r for r in request.store.state.resources.values() if r.project is project]
    return {
        "uuid": project.uuid,
        "name": project.name,
        "slug": project.slug,
        "description": project.description,
        "end_date": iso_day(project.end_date),
        "customer_uuid": project.customer.uuid,
        "customer_name": project.customer.name,
        "resources_count": len(resources),
        "users_count": len(membership.team(request.store, project)),
    }


def keys(request: Request) -> Answer:
    """Answer the public keys of the people in the provider's projects."""
    mine = _projects(request, _addressed(request))
    people = {m.user for project in mine for m in membership.team(request.store, project)}
    return listing.answer(
        request,
        [key for key in request.store.state.ssh_keys.values() if key.user in people],
        lambda key: _key(request, key),
        filters={
            "user_uuid": listing.uuid(lambda key: key.user.uuid),
            "name": listing.contains(lambda key: key.name),
        },
    )


def _key(request: Request, key: SshKey) -> Object:
    return {
        "url": request.url("keys", key.uuid),
        "uuid": key.uuid,
        "name": key.name,
        "public_key": key.public_key,
        "user_uuid": key.user.uuid,
        "is_shared": False,
        "type": key.public_key.partition(" ")[0],
    }


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("GET", f"{BASE}/{{uuid}}/projects/", projects),
    Route("GET", f"{BASE}/{{uuid}}/keys/", keys),
)

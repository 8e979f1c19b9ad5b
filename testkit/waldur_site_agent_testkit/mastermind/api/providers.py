"""`marketplace-service-providers/`: the provider, its projects, and who is in them."""

from collections.abc import Iterator, Mapping

from waldur_site_agent_testkit.mastermind import membership, rights
from waldur_site_agent_testkit.mastermind.api import accounts, listing, reach
from waldur_site_agent_testkit.mastermind.api import projects as project_api
from waldur_site_agent_testkit.mastermind.api.answers import json_answer
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.clock import iso
from waldur_site_agent_testkit.mastermind.shapes import Object
from waldur_site_agent_testkit.mastermind.state import (
    Grant,
    Project,
    ResourceState,
    ServiceProvider,
    SshKey,
)

BASE = "marketplace-service-providers"
FILTERS: Mapping[str, listing.Filter[ServiceProvider]] = {
    "customer_uuid": listing.uuid(lambda provider: provider.customer.uuid)
}
ROLE_FILTERS: Mapping[str, listing.Filter[Grant]] = {
    "scope_uuid": listing.uuid(lambda grant: grant.scope.uuid),
    "user": listing.uuid(lambda grant: grant.user.uuid),
    "username": listing.exact(lambda grant: grant.user.username),
    "role_name": listing.exact(lambda grant: str(grant.role)),
    "modified": listing.since(lambda grant: grant.modified),
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


def retrieve(request: Request) -> Answer:
    """Answer one provider."""
    return json_answer(200, _render(request, reach.provider(request)))


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
        _projects(request, reach.provider(request)),
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
    people = len(membership.team(request.store, project))
    return {**project_api.render(request, project), "users_count": people}


def keys(request: Request) -> Answer:
    """Answer the public keys of the people in the provider's projects."""
    mine = _projects(request, reach.provider(request))
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


def project_permissions(request: Request) -> Answer:
    """Answer every role that somebody holds in the provider's projects."""
    provider = reach.provider_as_owner(request)
    return listing.answer(
        request,
        _roles(request, provider),
        lambda grant: _role(request, grant),
        filters=ROLE_FILTERS,
    )


def _roles(request: Request, provider: ServiceProvider) -> Iterator[Grant]:
    for project in _projects(request, provider):
        yield from rights.live_grants(request.store, project)


def _role(request: Request, grant: Grant) -> Object:
    """Return a role as this listing does: without a uuid of its own."""
    user, project = grant.user, grant.scope
    return {
        "created": iso(grant.created),
        "expiration_time": iso(grant.expires),
        "project": request.url("projects", project.uuid),
        "project_uuid": project.uuid,
        "project_name": project.name,
        "role_name": str(grant.role),
        "user": request.url("users", user.uuid),
        "user_uuid": user.uuid,
        "user_username": user.username,
        "user_full_name": user.full_name,
        "user_email": user.email,
    }


def project_service_accounts(request: Request) -> Answer:
    """Answer the service accounts of the provider's projects."""
    provider = reach.provider_as_owner(request)
    return accounts.list_service_accounts(request, set(_projects(request, provider)))


def course_accounts(request: Request) -> Answer:
    """Answer the course accounts of the provider's projects."""
    provider = reach.provider_as_owner(request)
    return accounts.list_course_accounts(request, set(_projects(request, provider)))


ROUTES = (
    Route("GET", f"{BASE}/", list_all),
    Route("GET", f"{BASE}/{{uuid}}/", retrieve),
    Route("GET", f"{BASE}/{{uuid}}/projects/", projects),
    Route("GET", f"{BASE}/{{uuid}}/keys/", keys),
    Route("GET", f"{BASE}/{{uuid}}/project_permissions/", project_permissions),
    Route("GET", f"{BASE}/{{uuid}}/project_service_accounts/", project_service_accounts),
    Route("GET", f"{BASE}/{{uuid}}/course_accounts/", course_accounts),
)

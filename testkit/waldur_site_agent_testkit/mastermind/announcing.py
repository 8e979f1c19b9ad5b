"""Telling agents what happened: who hears of it, and in which words.

The bodies are those that Mastermind's own handlers write; what older servers leave out of them is
kept apart as `more`.
"""

import json
from collections.abc import Mapping

from waldur_site_agent_testkit.mastermind import rights
from waldur_site_agent_testkit.mastermind.clock import iso_day
from waldur_site_agent_testkit.mastermind.shapes import JSON, Object
from waldur_site_agent_testkit.mastermind.state import (
    CourseAccount,
    EventConsumer,
    EventSubscription,
    Offering,
    OfferingUser,
    Order,
    Project,
    Resource,
    ResourceState,
    ServiceAccount,
    User,
)
from waldur_site_agent_testkit.mastermind.store import Store

OFFERING_USER_STATES = {"Requested": 1, "Creating": 2, "OK": 5}


def announce(
    store: Store,
    offering: Offering,
    object_type: str,
    body: Mapping[str, JSON],
    more: Mapping[str, JSON] | None = None,
    *,
    project: Project | None = None,
) -> None:
    """Tell all agents of an offering who asked for this type and may still know it.

    What happens to a `project`'s resources is told to those as well who watch the offering with
    a role in the project, or in its organization.
    """
    envelope: Object = {
        **body,
        **(more or {}),
        "offering_uuid": offering.uuid,
        "object_type": object_type,
        "schema_version": 1,
    }
    for consumer in store.state.event_consumers.values():
        if _wants(consumer, offering, object_type) and _may_know(
            store, consumer.user, offering, project
        ):
            _publish(store, consumer.user, consumer.queue, envelope)
    for subscription in store.state.event_subscriptions.values():
        queue = subscription.queues.get((offering.uuid, object_type))
        if queue is not None and _may_know(store, subscription.user, offering, project):
            _publish(store, subscription.user, queue, dict(body))


def _wants(consumer: EventConsumer, offering: Offering, object_type: str) -> bool:
    wanted = not consumer.object_types or object_type in consumer.object_types
    return wanted and consumer.identity.offering is offering


def _may_know(store: Store, user: User, offering: Offering, project: Project | None) -> bool:
    if rights.manages(store, user, offering):
        return True
    return project is not None and rights.may_read(store, user, project)


def _publish(store: Store, user: User, queue: str, body: Object) -> None:
    if store.broker is not None:
        store.broker.publish(user.uuid, queue, json.dumps(body).encode())


def provision(store: Store, consumer: EventConsumer | EventSubscription, queue: str) -> None:
    """Make a queue and the broker's user for it, whose password is the user's token."""
    if store.broker is not None:
        store.broker.provision(
            vhost=consumer.user.uuid,
            user=consumer.rmq_username,
            password=consumer.password,
            queue=queue,
        )


def order(store: Store, changed: Order) -> None:
    """Tell that an order came to wait, or is done."""
    resource = changed.resource
    body: Object = {"order_uuid": changed.uuid, "order_state": str(changed.state)}
    more: Object = {
        "order_type": str(changed.type),
        "resource_uuid": resource.uuid,
        "resource_backend_id": resource.backend_id,
        "resource_name": resource.name,
        "project_uuid": resource.project.uuid,
        "project_name": resource.project.name,
        "attributes": dict(changed.attributes),
        "limits": dict(changed.limits),
    }
    announce(store, resource.offering, "order", body, more, project=resource.project)


def resource(store: Store, changed: Resource) -> None:
    """Tell that a resource was paused, downscaled, closed to members, moved, or freed of it."""
    _of_resource(store, changed)


def end_date(store: Store, changed: Resource) -> None:
    """Tell that a resource will end on another day, or never."""
    _of_resource(store, changed, action="end_date_updated", end_date=iso_day(changed.end_date))


def _of_resource(store: Store, changed: Resource, **said: JSON) -> None:
    body: Object = {
        "resource_uuid": changed.uuid,
        "resource_backend_id": changed.backend_id,
        "downscaled": changed.downscaled,
        "restrict_member_access": changed.restrict_member_access,
        "paused": changed.paused,
        "limits": dict(changed.limits),
        **said,
    }
    more: Object = {
        "resource_name": changed.name,
        "resource_state": str(changed.state),
        "project_uuid": changed.project.uuid,
        "project_name": changed.project.name,
    }
    announce(store, changed.offering, "resource", body, more, project=changed.project)


def role(store: Store, project: Project, user: User, role_name: str, *, granted: bool) -> None:
    """Tell that somebody got or lost a role in a project."""
    body: Object = {
        "user_uuid": user.uuid,
        "user_username": user.username,
        "project_uuid": project.uuid,
        "project_name": project.name,
        "role_name": role_name,
        "granted": granted,
    }
    more: Object = {"user_email": user.email, "user_full_name": user.full_name}
    for offering in offerings_of(store, project):
        announce(store, offering, "user_role", body, more, project=project)


def offering_user(store: Store, account: OfferingUser, action: str, **more: JSON) -> None:
    """Tell what became of an account."""
    body: Object = {
        "offering_user_uuid": account.uuid,
        "user_uuid": account.user.uuid,
        "username": account.username,
        "state": str(account.state),
        "runtime_state": account.runtime_state,
        "action": action,
        **more,
    }
    announce(store, account.offering, "offering_user", body)


def exposed(account: OfferingUser) -> Object:
    """Return what an offering sees of a user's profile."""
    user = account.user
    profile: Object = {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "username": user.username,
    }
    shown = account.offering.exposed_fields
    return {name: value for name, value in profile.items() if name in shown}


def username(store: Store, account: OfferingUser) -> None:
    """Tell that an account has a name, and on which resources it belongs."""
    projects = {
        grant.scope.uuid for grant in store.state.grants.values() if grant.user is account.user
    }
    resources = store.state.resources_of(account.offering)
    ids: list[JSON] = [
        one.backend_id for one in resources if one.project.uuid in projects and one.backend_id
    ]
    body: Object = {
        "username": account.username,
        "offering_user_uuid": account.uuid,
        "user_uuid": account.user.uuid,
        "state": OFFERING_USER_STATES.get(account.state, 5),
        "action": "username_set",
        "resource_backend_ids": ids,
    }
    announce(store, account.offering, "offering_user", body)


def project_account(store: Store, account: ServiceAccount | CourseAccount, action: str) -> None:
    """Tell that a service or course account was made, or closed."""
    of_service = isinstance(account, ServiceAccount)
    name = account.username if isinstance(account, ServiceAccount) else account.user.username
    body: Object = {
        "account_uuid": account.uuid,
        "account_username": name,
        "scope_type": "project",
        "project_uuid": account.project.uuid,
        "project_name": account.project.name,
        "action": action,
    }
    for offering in offerings_of(store, account.project):
        announce(store, offering, "service_account" if of_service else "course_account", body)


def offerings_of(store: Store, project: Project) -> list[Offering]:
    """Return the offerings of which a project has a resource that is not terminated."""
    found = {
        one.offering.uuid: one.offering
        for one in store.state.resources_in[project.uuid]
        if one.state is not ResourceState.TERMINATED
    }
    return list(found.values())

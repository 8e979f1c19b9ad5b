"""Limits of single users."""

from waldur_site_agent_testkit.mastermind.state import Component, OfferingUser, Resource, UsageLimit
from waldur_site_agent_testkit.mastermind.store import Store


def limit_user(
    store: Store, *, account: OfferingUser, resource: Resource, component: str, limit: float
) -> UsageLimit:
    """Set how much of a component, by its type, a user may use of a resource.

    Raises:
        LookupError: The offering has no such component.
    """
    known = usage_limit(store, account, resource, component)
    if known is not None:
        known.limit = limit
        store.touch(known)
        return known
    made = UsageLimit(
        **store.birth(),
        account=account,
        resource=resource,
        component=_component(resource, component),
        limit=limit,
    )
    return store.keep(store.state.usage_limits, made)


def free_user(store: Store, *, account: OfferingUser, resource: Resource, component: str) -> None:
    """Take a user's limit away, if there is one."""
    known = usage_limit(store, account, resource, component)
    if known is not None:
        del store.state.usage_limits[known.uuid]


def usage_limit(
    store: Store, account: OfferingUser, resource: Resource, component: str
) -> UsageLimit | None:
    """Return a user's limit, if there is one."""
    mine = store.state.usage_limits_of[account.uuid]
    here = (limit for limit in mine if limit.resource is resource)
    return next((limit for limit in here if limit.component.type == component), None)


def _component(resource: Resource, kind: str) -> Component:
    for component in resource.offering.components:
        if component.type == kind:
            return component
    raise LookupError(f"The offering {resource.offering.name!r} has no component {kind!r}.")

"""Who may do what: rights that follow from roles."""

from collections.abc import Iterator

from waldur_site_agent_testkit.mastermind.state import (
    Customer,
    Grant,
    Offering,
    Project,
    Role,
    User,
)
from waldur_site_agent_testkit.mastermind.store import Store


def live_grants(store: Store, scope: Customer | Project | Offering) -> Iterator[Grant]:
    """Yield the scope's roles that have not expired."""
    now = store.clock.now()
    for grant in store.state.grants_in[scope.uuid]:
        if grant.expires is None or grant.expires > now:
            yield grant


def people_of(store: Store, customer: Customer) -> Iterator[Grant]:
    """Yield the roles that people hold in an organization, and in its projects."""
    yield from live_grants(store, customer)
    for project in store.state.projects.values():
        if project.customer is customer:
            yield from live_grants(store, project)


def manages(store: Store, user: User, offering: Offering) -> bool:
    """Tell whether a user may act for the provider of an offering."""
    if user.is_staff:
        return True
    scopes = (offering, offering.customer)
    return any(
        grant.user is user and grant.role in (Role.OFFERING_MANAGER, Role.CUSTOMER_OWNER)
        for scope in scopes
        for grant in live_grants(store, scope)
    )


def owns(store: Store, user: User, customer: Customer) -> bool:
    """Tell whether a user may act for all of an organization."""
    if user.is_staff:
        return True
    return any(
        grant.user is user and grant.role is Role.CUSTOMER_OWNER
        for grant in live_grants(store, customer)
    )


def orders_somewhere(store: Store, user: User) -> bool:
    """Tell whether a user may order for any organization at all."""
    return any(
        grant.user is user and grant.role is Role.CUSTOMER_OWNER
        for customer in store.state.customers.values()
        for grant in live_grants(store, customer)
    )


def may_staff(store: Store, user: User, project: Project) -> bool:
    """Tell whether a user may give and take roles in a project."""
    managing = any(
        grant.user is user and grant.role is Role.PROJECT_MANAGER
        for grant in live_grants(store, project)
    )
    return managing or owns(store, user, project.customer)


def may_order(store: Store, user: User, project: Project) -> bool:
    """Tell whether a user may order, and approve orders, in a project."""
    if user.is_staff:
        return True
    return any(
        grant.user is user and grant.role is not Role.PROJECT_MEMBER
        for scope in (project, project.customer)
        for grant in live_grants(store, scope)
    )


def may_read(store: Store, user: User, project: Project) -> bool:
    """Tell whether a user sees a project from the consumer's side."""
    if user.is_staff or user.is_support:
        return True
    scopes = (project, project.customer)
    return any(grant.user is user for scope in scopes for grant in live_grants(store, scope))

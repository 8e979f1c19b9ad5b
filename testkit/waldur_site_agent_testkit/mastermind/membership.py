"""Who belongs to a project, who may see what, and the accounts that follow from roles."""

from collections.abc import Iterator

from waldur_site_agent_testkit.mastermind.state import (
    Customer,
    Grant,
    Offering,
    OfferingUser,
    OfferingUserState,
    Project,
    Resource,
    ResourceState,
    Role,
    User,
    UsernamePolicy,
)
from waldur_site_agent_testkit.mastermind.store import Store
from waldur_site_agent_testkit.mastermind.transitions import UNNAMED

RANKS = (Role.PROJECT_MANAGER, Role.PROJECT_ADMIN, Role.PROJECT_MEMBER)
"""A project's roles, the highest first."""
INHABITED = (ResourceState.OK, ResourceState.ERRED, ResourceState.UPDATING)
"""In these states a resource gives the members of its project accounts."""


def live_grants(store: Store, scope: Customer | Project | Offering) -> Iterator[Grant]:
    """Yield the scope's roles that have not expired."""
    now = store.clock.now()
    for grant in store.state.grants_in[scope.uuid]:
        if grant.expires is None or grant.expires > now:
            yield grant


def team(store: Store, project: Project) -> list[Grant]:
    """Return one role for each member of a project: the highest that the member holds."""
    highest: dict[str, Grant] = {}
    for grant in live_grants(store, project):
        held = highest.get(grant.user.uuid)
        if held is None or RANKS.index(grant.role) < RANKS.index(held.role):
            highest[grant.user.uuid] = grant
    return list(highest.values())


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
    if user.is_staff:
        return True
    scopes = (project, project.customer)
    return any(grant.user is user for scope in scopes for grant in live_grants(store, scope))


def offering_user(store: Store, user: User, offering: Offering) -> OfferingUser | None:
    """Return a user's account at an offering, in any state."""
    return next(iter(store.state.accounts_of[user.uuid, offering.uuid]), None)


def has_consent(store: Store, user: User, offering: Offering) -> bool:
    """Tell whether a user agreed to the terms of an offering, and still does."""
    return (user.uuid, offering.uuid) in store.state.consents


def open_account(store: Store, user: User, offering: Offering) -> OfferingUser:
    """Make a user's account at an offering, or return the one that is there.

    With the policy `waldur_username` it is named and OK at once, otherwise requested and blank.
    """
    known = offering_user(store, user, offering)
    if known is not None:
        return known
    account = OfferingUser(**store.birth(), user=user, offering=offering)
    if offering.username_policy is UsernamePolicy.WALDUR_USERNAME:
        name_account(store, account, user.username)
    return store.keep(store.state.offering_users, account)


def name_account(store: Store, account: OfferingUser, username: str) -> None:
    """Set an account's username; a new, non-empty one makes an unfinished account OK."""
    changed = username != account.username
    account.username = username
    if changed and username and account.state in UNNAMED:
        account.state = OfferingUserState.OK
    store.touch(account)


def open_accounts_on(store: Store, resource: Resource) -> None:
    """Make the accounts of a resource's team, where the offering leaves that to Mastermind."""
    if resource.offering.makes_offering_users:
        for grant in team(store, resource.project):
            open_account(store, grant.user, resource.offering)


def open_accounts_in(store: Store, project: Project, user: User) -> None:
    """Make a new member's accounts at the offerings that the project has resources of."""
    for resource in store.state.resources_in[project.uuid]:
        if resource.state in INHABITED and resource.offering.makes_offering_users:
            open_account(store, user, resource.offering)


def forget_account(store: Store, account: OfferingUser) -> None:
    """Let an account be gone, with the limits that were its own."""
    for limit in list(store.state.usage_limits_of[account.uuid]):
        del store.state.usage_limits[limit.uuid]
    del store.state.offering_users[account.uuid]

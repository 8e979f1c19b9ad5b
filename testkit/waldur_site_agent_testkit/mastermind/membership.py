"""Who belongs to a project, who may see what, and the accounts that follow from roles."""

from datetime import datetime

from waldur_site_agent_testkit.mastermind import announcing
from waldur_site_agent_testkit.mastermind.rights import live_grants
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


def grant(
    store: Store,
    user: User,
    scope: Project | Customer | Offering,
    role: Role,
    expires: datetime | None = None,
) -> Grant:
    """Give a user a role; in a project with resources that opens the user's accounts."""
    given = Grant(**store.birth(), user=user, role=role, scope=scope, expires=expires)
    store.keep(store.state.grants, given)
    if isinstance(scope, Project):
        open_accounts_in(store, scope, user)
        announcing.role(store, scope, user, str(role), granted=True)
    return given


def revoke(store: Store, taken: Grant) -> None:
    """Take a role away. Accounts stay as they are."""
    del store.state.grants[taken.uuid]
    if isinstance(taken.scope, Project):
        announcing.role(store, taken.scope, taken.user, str(taken.role), granted=False)


def team(store: Store, project: Project) -> list[Grant]:
    """Return one role for each member of a project: the highest that the member holds."""
    highest: dict[str, Grant] = {}
    for grant in live_grants(store, project):
        held = highest.get(grant.user.uuid)
        if held is None or RANKS.index(grant.role) < RANKS.index(held.role):
            highest[grant.user.uuid] = grant
    return list(highest.values())


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
    store.keep(store.state.offering_users, account)
    announcing.offering_user(store, account, "create", attributes=announcing.exposed(account))
    if offering.username_policy is UsernamePolicy.WALDUR_USERNAME:
        name_account(store, account, user.username)
    return account


def name_account(store: Store, account: OfferingUser, username: str) -> None:
    """Set an account's username; a new, non-empty one makes an unfinished account OK."""
    changed = username != account.username
    account.username = username
    if changed and username and account.state in UNNAMED:
        account.state = OfferingUserState.OK
    store.touch(account)
    if changed:
        announcing.offering_user(store, account, "update", changed_fields=["username", "modified"])
        announcing.username(store, account)


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
    announcing.offering_user(store, account, "delete")

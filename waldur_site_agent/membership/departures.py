"""Users who leave the offering: their accounts are handed to the username plugin, then closed.

What is left to do is seen in Waldur (accounts whose deletion is asked for) and on the backend
(names that are still on some resource), so no memory of the agent's own is needed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.membership.members import known_by
from waldur_site_agent.membership.people import accounts_by_key, key_of
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models.states import OfferingUserState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waldur_site_agent.membership.people import Account
    from waldur_site_agent.membership.plan import MembersPlan
    from waldur_site_agent.membership.planning import Row
    from waldur_site_agent.sites.site import Site

logger = structlog.get_logger(__name__)

REQUESTED = OfferingUserState.REQUESTED_DELETION
FAILED = OfferingUserState.ERROR_DELETING
UNDER_WAY = (REQUESTED, FAILED, OfferingUserState.DELETING)


def leaving(site: Site, plans: Sequence[MembersPlan], rows: Iterable[Row]) -> set[str]:
    """Names that are on their last resource and are to leave it; only users whom Waldur knows.

    Args:
        site: the offering at work.
        plans: of the pass.
        rows: every resource of the offering that is not terminated, with its names on the backend.
    """
    normalize = site.backend.normalize_username
    left = Counter(normalize(name) for _, names in rows for name in names)
    for plan in plans:
        left.subtract(normalize(removal.name) for removal in plan.remove)
        left.update(normalize(name) for name in plan.add)
    known = {normalize(user.username) for user in site.reads.brief_users if user.username}
    removed = {removal.name for plan in plans for removal in plan.remove}
    return {name for name in removed if left[normalize(name)] <= 0 and normalize(name) in known}


def cares_for_leavers(site: Site) -> bool:
    """Whether a plugin wants to be told of users who leave the offering."""
    return overrides(site.username_backend, "deactivate_users") or overrides(
        site.backend, "release_users"
    )


def deactivate(site: Site, names: set[str]) -> bool:
    """Hand users to the username plugin, before they are removed; False when it failed.

    Killed in between, the next pass sees them on the backend still, and comes here again.
    """
    if not names:
        return True
    try:
        site.username_backend.deactivate_users(names)
        site.backend.release_users(names)
    except Exception:
        # Whatever a plugin does here must not keep anybody's access alive.
        logger.exception("usernames.not_deactivated", count=len(names))
        return False
    logger.info("usernames.deactivated", count=len(names))
    return True


def begin_deletions(site: Site) -> None:
    """Tell Waldur that the deletions it asks for have begun."""
    for user in site.reads.brief_users:
        if user.state == REQUESTED:
            _tell(site, user, OfferingUserState.DELETING)


def finish_deletions(site: Site, rows: Iterable[Row]) -> None:
    """Close the accounts that are on no resource any more.

    Args:
        site: the offering at work.
        rows: every resource that is not terminated, with the names that are on it *now*.
    """
    normalize, key = site.backend.normalize_username, known_by(site.backend)
    present = {normalize(name) for _, names in rows for name in names}
    if not any(user.state in UNDER_WAY for user in site.reads.brief_users):
        return
    for user in accounts_by_key(site):
        if user.state not in UNDER_WAY or normalize(key_of(user, key)) in present:
            continue
        _close(site, user)


def _close(site: Site, user: Account) -> None:
    try:
        _close_at_plugins(site, user)
    except BackendError as error:
        logger.warning("username.not_closed", offering_user=user.uuid.hex, error=str(error))
        if user.state != FAILED:
            _tell(site, user, FAILED)
    except Exception:
        # A defect of the plugin: the account stays in deletion, and is tried again.
        logger.exception("username.crashed", offering_user=user.uuid.hex)
    else:
        if user.state == FAILED:
            _tell(site, user, OfferingUserState.DELETING)
        _tell(site, user, OfferingUserState.DELETED)


def _close_at_plugins(site: Site, user: Account) -> None:
    """Let the plugins go of a user; who overrides ``close_account`` gets the whole account."""
    backend = site.username_backend
    if overrides(backend, "close_account") and user.user_uuid is not None:
        for account in site.reads.users_of_person(user.user_uuid):
            backend.close_account(account)
    elif user.username:
        backend.deactivate_users({user.username})
    if user.username:
        site.backend.release_users({user.username})


def _tell(site: Site, user: Account, state: OfferingUserState) -> None:
    users = site.waldur.offering_users
    write = {
        OfferingUserState.DELETING: users.set_deleting,
        OfferingUserState.DELETED: users.set_deleted,
        FAILED: users.set_error_deleting,
    }[state]
    try:
        write(user.uuid)
    except RefusedError as error:
        logger.warning("username.refused", offering_user=user.uuid.hex, error=str(error))

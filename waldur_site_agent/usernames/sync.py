"""Finding names for offering users that have none, and telling Waldur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.backends import UnknownUsernameManagementBackend
from waldur_site_agent.backend.exceptions import (
    BackendError,
    OfferingUserAccountLinkingRequiredError,
    OfferingUserAdditionalValidationRequiredError,
)
from waldur_site_agent.usernames.machine import (
    ACTIONABLE,
    LINKING,
    VALIDATION,
    Action,
    Answer,
    BeginCreating,
    CompleteValidation,
    Failed,
    Named,
    Nameless,
    Requires,
    SetError,
    SetRequirement,
    SetUsername,
    plan_user,
)
from waldur_site_agent.waldur.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.gateway import Waldur
    from waldur_site_agent.waldur.models import OfferingUser

logger = structlog.get_logger(__name__)

AGENT_NAMES_USERS = "service_provider"
"""The offering's ``username_generation_policy`` under which names are the agent's to give."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How many users were named, and how many still have no name."""

    named: int = 0
    nameless: int = 0


def name_users(site: Site, user_uuids: Iterable[UUID]) -> bool:
    """Carry the offering users of these people as far as they go.

    Returns:
        Whether any username was written, so that what was read before is out of date.

    Raises:
        TransientError: Waldur could not be asked.
    """
    if not _names_are_ours(site):
        return False
    wanted = frozenset(user_uuids)
    named = False
    for user in site.reads.offering_users:
        if user.user_uuid in wanted and user.state in ACTIONABLE and not user.is_restricted:
            named |= _name_user(site, user)
    return named


def name_accounts(site: Site, accounts: Iterable[OfferingUser]) -> bool:
    """Carry some accounts that were read just now as far as they go; whether a name was written.

    Raises:
        WaldurError: Waldur did not tell, or take it.
    """
    waiting = [one for one in accounts if one.state in ACTIONABLE and not one.is_restricted]
    if not waiting or not _names_are_ours(site):
        return False
    return bool(sum(_name_user(site, one) for one in waiting))


def name_everybody(site: Site) -> Naming:
    """Carry all of an offering's users that have no name yet as far as they go.

    Raises:
        WaldurError: Waldur did not list the offering's users.
    """
    if not _names_are_ours(site):
        return Naming()
    waiting = [user for user in site.reads.brief_users if user.state in ACTIONABLE]
    if not any(not user.is_restricted for user in waiting):
        return Naming()
    users = site.waldur.offering_users.list(
        site.offering.waldur_offering_uuid,
        states=ACTIONABLE,
        is_restricted=False,
        exposed_fields=site.reads.exposed_fields,
    )
    named = sum(_name_user(site, user) for user in users)
    return Naming(named=named, nameless=len(users) - named)


def _names_are_ours(site: Site) -> bool:
    """Whether Waldur's policy for the offering leaves naming to the agent, and a plugin does it."""
    if isinstance(site.username_backend, UnknownUsernameManagementBackend):
        return False
    options = site.reads.offering.plugin_options
    if options.get("username_generation_policy") != AGENT_NAMES_USERS:
        return False
    if options.get("service_provider_can_create_offering_user"):
        return True
    logger.error(
        "usernames.forbidden",
        why="the offering's username policy is 'service_provider', but the provider may not "
        "create offering users",
        remedy="set service_provider_can_create_offering_user on the offering in Waldur",
    )
    return False


def _name_user(site: Site, user: OfferingUser) -> bool:
    """Do what one user needs; a refusal by Waldur concerns this user alone."""
    answer = _ask(site.username_backend, user)
    try:
        for action in plan_user(user.state, answer):
            _carry_out(site.waldur, user, action)
    except RefusedError as error:
        logger.warning("username.refused", offering_user=user.uuid.hex, error=str(error))
        return False
    return isinstance(answer, Named)


def _ask(backend: AbstractUsernameManagementBackend, user: OfferingUser) -> Answer:
    try:
        username = backend.get_or_create_username(user)
    except OfferingUserAccountLinkingRequiredError as error:
        return Requires(LINKING, str(error), getattr(error, "comment_url", "") or "")
    except OfferingUserAdditionalValidationRequiredError as error:
        return Requires(VALIDATION, str(error), getattr(error, "comment_url", "") or "")
    except BackendError as error:
        logger.warning("username.failed", offering_user=user.uuid.hex, error=str(error))
        return Failed()
    except Exception:
        # A defect of the plugin: logged, the user's state stays as it is (1.x does the same).
        logger.exception("username.crashed", offering_user=user.uuid.hex)
        return Nameless()
    return Named(username) if username else Nameless()


def _carry_out(waldur: Waldur, user: OfferingUser, action: Action) -> None:
    users, uuid = waldur.offering_users, user.uuid
    match action:
        case BeginCreating():
            users.begin_creating(uuid)
        case CompleteValidation():
            users.set_validation_complete(uuid)
        case SetUsername(username):
            users.set_username(uuid, username)
        case SetRequirement(state, comment, url) if state == LINKING:
            users.set_pending_account_linking(uuid, comment, url)
        case SetRequirement(_, comment, url):
            users.set_pending_additional_validation(uuid, comment, url)
        case SetError():
            users.set_error_creating(uuid)

"""Marking a resource in Waldur as failed, and as sound again.

The mark is kept in the message, so that the agent takes back only what it said itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.sites.failures import words_for_waldur
from waldur_site_agent.waldur.errors import RefusedError
from waldur_site_agent.waldur.models.states import ResourceState

if TYPE_CHECKING:
    from waldur_site_agent.sites.site import Site
    from waldur_site_agent.waldur.models import Resource

logger = structlog.get_logger(__name__)

MARK = "Membership sync: "
SETTLED = (ResourceState.OK, ResourceState.ERRED)
"""States in which no order has a resource in hand; plugins may have others looked after, too."""


def is_ours(resource: Resource) -> bool:
    """Whether a resource is erred by this agent's membership sync."""
    return resource.state == ResourceState.ERRED and resource.error_message.startswith(MARK)


def mark_erred(site: Site, resource: Resource, cause: Exception) -> None:
    """Tell Waldur the backend's no, unless it stands there already.

    An error that somebody else reported is left standing. A resource that an order has taken on
    meanwhile is the order's business: what the backend refused may be gone by its doing.

    Raises:
        TransientError: Waldur could not be told.
    """
    words = words_for_waldur(cause, expose=site.expose_error_details)
    message = f"{MARK}{words.message}"
    if resource.state == ResourceState.ERRED and not _is_news(resource, message):
        return
    if resource.state not in SETTLED:
        logger.info("resource.not_marked", why=f"it is {resource.state}: an order has it in hand")
        return
    try:
        if site.waldur.resources.get(resource.uuid).state != resource.state:
            logger.info("resource.not_marked", why="it has another state by now")
            return
        site.waldur.resources.set_as_erred(resource.uuid, message, words.traceback)
    except RefusedError as error:
        logger.warning("resource.not_marked", resource=resource.uuid.hex, error=str(error))


def _is_news(resource: Resource, message: str) -> bool:
    """Whether an erred resource's error is ours and other than this; Waldur may have cut it."""
    return is_ours(resource) and not message.startswith(resource.error_message)


def mark_sound(site: Site, resource: Resource) -> None:
    """Take back an error of ours.

    Raises:
        TransientError: Waldur could not be told.
    """
    if not is_ours(resource):
        return
    try:
        site.waldur.resources.set_as_ok(resource.uuid)
    except RefusedError as error:
        logger.warning("resource.not_marked", resource=resource.uuid.hex, error=str(error))
    else:
        logger.info("resource.recovered", resource=resource.uuid.hex)

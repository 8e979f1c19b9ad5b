"""One request for what could be imported, from its start to its end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.config.core_settings import core_settings
from waldur_site_agent.imports.plan import candidates
from waldur_site_agent.sites.failures import Meaning, meaning_of, words_for_waldur
from waldur_site_agent.waldur.errors import ConflictError, RefusedError, WaldurError
from waldur_site_agent.waldur.models.states import ImportRequestState, ResourceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.imports.plan import Candidate
    from waldur_site_agent.sites.site import Site

logger = structlog.get_logger(__name__)

OPEN = (ImportRequestState.SENT, ImportRequestState.PROCESSING)
KNOWN = tuple(state for state in ResourceState if state != ResourceState.TERMINATED)


def answer_request(site: Site, uuid: str, *, check_stop: Callable[[], None]) -> None:
    """Tell Waldur what can be imported; a request that is answered is left alone.

    Killed in between, the request is processed again: what was told before is not told twice.

    Raises:
        WaldurError: Waldur did not take it; the request stays open.
        BackendError: the backend did not answer; the request stays open.
        StoppedError: the process is to end.
    """
    if site.waldur.imports.request(uuid).state not in OPEN:
        return
    # A conflict means that an earlier process began.
    with suppress(ConflictError):
        site.waldur.imports.start_processing(uuid)
    try:
        told = _tell_all(site, check_stop)
    except WaldurError:
        raise
    except Exception as error:
        if meaning_of(error, site.backend) is not Meaning.REFUSAL:
            raise BackendError(str(error) or type(error).__name__) from error
        _refuse(site, uuid, error)
        return
    site.waldur.imports.set_done(uuid)
    logger.info("import.done", told=told)


def _refuse(site: Site, uuid: str, error: Exception) -> None:
    logger.error("import.refused", error=str(error), exc_info=error)
    words = words_for_waldur(error, expose=site.expose_error_details)
    site.waldur.imports.set_erred(uuid, words.message, words.traceback)


def _tell_all(site: Site, check_stop: Callable[[], None]) -> int:
    """How many were told."""
    offering = site.offering.waldur_offering_uuid
    resources = site.waldur.resources.list(offering, states=KNOWN)
    found = candidates(
        site.backend.list_resources(),
        known={resource.backend_id for resource in resources},
        project_prefix=core_settings(site.backend.backend_settings).project_prefix,
    )
    told = 0
    for candidate in found:
        check_stop()
        told += _tell(site, candidate)
    return told


def _tell(site: Site, candidate: Candidate) -> bool:
    """Whether it was told now; a refusal concerns this one alone."""
    try:
        return _tell_one(site, candidate)
    except RefusedError as error:
        logger.warning("import.left", backend_id=candidate.backend_id, why=str(error))
        return False


def _tell_one(site: Site, candidate: Candidate) -> bool:
    imports, offering = site.waldur.imports, site.offering.waldur_offering_uuid
    backend_id = candidate.backend_id
    project = imports.project_by_slug(candidate.project_slug)
    if project is None:
        return False
    if imports.is_told(offering, project_uuid=project.uuid, backend_id=backend_id):
        return False
    limits = site.backend.get_resource_limits(backend_id)
    metadata = {"limits": dict(limits)}
    imports.tell(offering, project_uuid=project.uuid, backend_id=backend_id, metadata=metadata)
    return True

"""What the agent asks of a plugin, whatever the version it was written for.

The one place where 1.x overrides, which cannot tell *absent* from *unknown*, are adapted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.answering import is_answering
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent.backend.overriding import overrides, takes
from waldur_site_agent.backend.pulling import pulling
from waldur_site_agent.backend.redaction import scrub_secrets
from waldur_site_agent.backend.statuses import says_gone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.backend.structures import BackendResourceInfo
    from waldur_site_agent.backend.waldur_objects import WaldurResource

__all__ = ["Found", "look_up", "look_up_many", "overrides"]

SAYS_ALL = (BackendError, BackendNotReadyError, OSError)
"""Failures whose words are enough; of any other, somebody wants to see where it came from."""


def look_up(backend: BaseBackend, resource: WaldurResource) -> BackendResourceInfo | None:
    """Read what a backend has under a resource's id, without its usage.

    A plugin whose bulk read takes ``strict`` is asked so. From others, "not there" is believed only
    while the backend answers its ping, and so is an error of a plugin's library that says it.

    Returns:
        What it has, or None when it surely has nothing.

    Raises:
        BackendUnavailableError: that could not be told.
    """
    backend_id = resource.backend_id
    if not (backend_id and backend_id.strip()):
        return None
    try:
        return _ask(backend, resource)
    except BackendUnavailableError:
        raise
    except Exception as error:
        if _is_gone(backend, error):
            return None
        if not isinstance(error, SAYS_ALL):
            logger.warning("A plugin failed while reading %r", backend_id, exc_info=True)
        raise _unknown(repr(backend_id), error) from error


def _is_gone(backend: BaseBackend, error: Exception) -> bool:
    """Whether a plugin that reads one by one let its library say that there is nothing."""
    return not overrides(backend, "pull_resources") and says_gone(error) and is_answering(backend)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a backend has of many resources, by their ids.

    Attributes:
        there: what it has; ids that are in neither are surely not there.
        unknown: why others could not be read.
    """

    there: Mapping[str, BackendResourceInfo]
    unknown: Mapping[str, str] = field(default_factory=dict)


def look_up_many(backend: BaseBackend, resources: Sequence[WaldurResource]) -> Found:
    """Read what a backend has of many resources, without usage: in bulk where it can.

    Raises:
        BackendUnavailableError: the backend does not answer.
    """
    named = [one for one in resources if one.backend_id and one.backend_id.strip()]
    if not overrides(backend, "pull_resources"):
        return _one_after_the_other(backend, named)
    try:
        return Found(there=_pull(backend, named))
    except BackendUnavailableError:
        raise
    except Exception as error:
        if not isinstance(error, SAYS_ALL):
            logger.warning("A plugin failed while reading resources in bulk", exc_info=True)
        raise _unknown(f"{len(named)} resources", error) from error


def _one_after_the_other(backend: BaseBackend, resources: Sequence[WaldurResource]) -> Found:
    """Read one by one; a failure concerns one resource, unless the backend does not answer."""
    there: dict[str, BackendResourceInfo] = {}
    unknown: dict[str, str] = {}
    for resource in resources:
        try:
            info = look_up(backend, resource)
        except BackendUnavailableError as error:
            if not is_answering(backend):
                raise
            unknown[resource.backend_id] = str(error)
        else:
            if info is not None:
                there[resource.backend_id] = info
    return Found(there=there, unknown=unknown)


def _ask(backend: BaseBackend, resource: WaldurResource) -> BackendResourceInfo | None:
    return _pull(backend, [resource]).get(resource.backend_id)


def _pull(
    backend: BaseBackend, resources: Sequence[WaldurResource]
) -> dict[str, BackendResourceInfo]:
    """Pull strictly; what a 1.x plugin leaves out is believed only while the backend answers."""
    wanted = {"include_usage": False, "strict": True}
    taken = {name: wanted[name] for name in wanted if takes(backend.pull_resources, name)}
    with pulling(include_usage=False, strict=True):
        pulled = backend.pull_resources(resources, **taken)
    found = {backend_id: info for backend_id, (_, info) in pulled.items()}
    missing = [one.backend_id for one in resources if one.backend_id not in found]
    if missing and "strict" not in taken and not is_answering(backend):
        raise BackendUnavailableError(
            f"the backend does not answer, so whether it has {missing[0]!r} is unknown"
        )
    return found


def _unknown(what: str, error: Exception) -> BackendUnavailableError:
    why = scrub_secrets(str(error)) or type(error).__name__
    return BackendUnavailableError(f"whether the backend has {what} is unknown: {why}")

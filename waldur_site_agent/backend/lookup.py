"""What the agent asks of a plugin, whatever the version it was written for.

The one place where 1.x overrides, which cannot tell *absent* from *unknown*, are adapted.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import (
    BackendError,
    BackendNotReadyError,
    BackendUnavailableError,
)
from waldur_site_agent.backend.hooks.reading import pulling
from waldur_site_agent.backend.overriding import overrides
from waldur_site_agent.backend.redaction import scrub_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from waldur_site_agent.backend.backends import BaseBackend
    from waldur_site_agent.backend.structures import BackendResourceInfo
    from waldur_site_agent.backend.waldur_objects import WaldurResource

__all__ = ["look_up", "overrides"]


def look_up(backend: BaseBackend, resource: WaldurResource) -> BackendResourceInfo | None:
    """Read what a backend has under a resource's id, without its usage.

    A plugin whose bulk read takes ``strict`` is asked so. From others, "not there" is believed only
    while the backend answers its ping.

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
    except (BackendError, BackendNotReadyError, OSError) as error:
        raise _unknown(backend_id, error) from error
    except Exception as error:
        logger.warning("A plugin failed while reading %r", backend_id, exc_info=True)
        raise _unknown(backend_id, error) from error


def _ask(backend: BaseBackend, resource: WaldurResource) -> BackendResourceInfo | None:
    wanted = {"include_usage": False, "strict": True}
    taken = {name: wanted[name] for name in wanted if _takes(backend.pull_resources, name)}
    with pulling(include_usage=False, strict=True):
        found = backend.pull_resources([resource], **taken)
    if resource.backend_id in found:
        return found[resource.backend_id][1]
    if "strict" not in taken and not backend.ping():
        raise BackendUnavailableError(
            f"the backend does not answer, so whether it has {resource.backend_id!r} is unknown"
        )
    return None


def _takes(hook: Callable[..., object], parameter: str) -> bool:
    """Whether a hook, perhaps with a 1.x signature, has a parameter."""
    parameters = inspect.signature(hook).parameters
    any_keyword = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return any_keyword or parameter in parameters


def _unknown(backend_id: str, error: Exception) -> BackendUnavailableError:
    why = scrub_secrets(str(error)) or type(error).__name__
    return BackendUnavailableError(f"whether the backend has {backend_id!r} is unknown: {why}")

"""Whether a plugin made a hook its own, and with which parameters."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACT = "waldur_site_agent.backend."


def overrides(plugin: object, hook: str) -> bool:
    """Tell whether a plugin overrides a hook of the contract.

    Args:
        plugin: an instance of a backend, a client or a username backend.
        hook: the hook's name.

    Raises:
        AttributeError: there is no such hook.
    """
    own = getattr(plugin, "__dict__", {}).get(hook)
    if own is not None and not getattr(own, "stands_before", False):
        return True
    for cls in type(plugin).__mro__:
        if hook in cls.__dict__:
            return not f"{cls.__module__}.".startswith(CONTRACT)
    raise AttributeError(f"the plugin contract has no {hook!r}")


def takes(hook: Callable[..., object], parameter: str) -> bool:
    """Whether a hook, perhaps with a 1.x signature, has a parameter."""
    parameters = inspect.signature(hook).parameters
    any_keyword = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return any_keyword or parameter in parameters

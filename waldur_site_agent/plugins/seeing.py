"""The switch that has every call of a plugin's hooks told in the log."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waldur_site_agent.backend.hook_calls import HookCall

SWITCH = "WALDUR_SITE_AGENT_TRACE_HOOKS"
"""The environment variable; anything but nothing, 0, false and no switches it on."""


def trace_hooks() -> bool:
    """Whether it is on."""
    return os.environ.get(SWITCH, "").strip().lower() not in {"", "0", "false", "no"}


def watch_hooks(plugin: object, name: str) -> None:
    """Tell each call in the log, as ``hook.called``.

    Args:
        plugin: a backend or a username backend.
        name: of its entry point.
    """
    from waldur_site_agent.backend.hook_calls import watch  # noqa: PLC0415 - only who traces pays

    watch(plugin, partial(_tell, name))


def _tell(name: str, call: HookCall) -> None:
    import structlog  # noqa: PLC0415 - likewise

    structlog.get_logger(__name__).info(
        "hook.called",
        plugin=name,
        hook=call.hook,
        depth=call.depth,
        own=call.overridden,
        **{"raised" if call.failed else "result": call.result},
        seconds=round(call.seconds, 4),
        arguments=dict(call.arguments),
    )

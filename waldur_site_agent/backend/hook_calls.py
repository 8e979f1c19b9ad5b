"""Seeing which hooks of a plugin are called, with what, to what end and how long.

A call is told in short: ids, numbers and amounts as they are, everything else by its kind and
size. What may be a secret or say who somebody is, such as a username, is never shown.
"""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from waldur_site_agent.backend.overriding import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IN_PART_OF = frozenset(
    {
        "_collect_resource_limits",
        "_create_backend_resource",
        "_get_customer_backend_id",
        "_get_project_backend_id",
        "_get_resource_backend_id",
        "_get_usage_report",
        "_on_backend_resource_created",
        "_pre_create_resource",
        "_pre_delete_resource",
        "_pre_delete_user_actions",
        "_pull_backend_resource",
        "_setup_resource_limits",
    }
)
"""Hooks that other hooks of the contract call, and plugins override."""

SHOWN = frozenset({"resource_backend_id", "backend_id", "resource_slug", "project_slug"})
"""Parameters whose text names a resource, not a person."""

FEW = 6
"""As many are shown one by one."""


@dataclass(frozen=True, kw_only=True)
class HookCall:
    """One call of a hook, told when it has ended.

    Attributes:
        hook: its name.
        depth: 0 when the agent called; 1 when a hook of depth 0 did, and so on.
        overridden: whether the plugin's own code ran, or the contract's default.
        arguments: by parameter, in short.
        result: in short; of an exception, its class.
        failed: whether it ended with an exception.
        seconds: how long it took.
    """

    hook: str
    depth: int
    overridden: bool
    arguments: Mapping[str, str]
    result: str
    failed: bool
    seconds: float


class Tell(Protocol):
    """Takes note of a call. Must not raise."""

    def __call__(self, call: HookCall, /) -> None:
        """Take note of one call."""


class WatchedHook:
    """Stands before a hook on one instance; ``overrides`` looks through it."""

    stands_before = True
    _depth = threading.local()

    def __init__(self, hook: str, function: Callable[..., Any], tell: Tell) -> None:
        """Watch a bound method."""
        functools.update_wrapper(self, function)
        self._hook = hook
        self._function = function
        self._signature = inspect.signature(function)
        self._tell = tell

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it, and tell."""
        depth = getattr(self._depth, "now", 0)
        self._depth.now = depth + 1
        begun = time.perf_counter()
        result, failed = "", True
        try:
            answer = self._function(*args, **kwargs)
            result, failed = in_short(answer), False
        except BaseException as error:
            result = type(error).__name__
            raise
        finally:
            self._depth.now = depth
            self._tell(
                HookCall(
                    hook=self._hook,
                    depth=depth,
                    overridden=is_own(self._function),
                    arguments=self._arguments(args, kwargs),
                    result=result,
                    failed=failed,
                    seconds=time.perf_counter() - begun,
                )
            )
        return answer

    def _arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, str]:
        try:
            given = self._signature.bind(*args, **kwargs).arguments
        except TypeError:
            return {"arguments": "do not fit the hook's parameters"}
        return {name: argument_in_short(name, value) for name, value in given.items()}


def watch(plugin: object, tell: Tell) -> None:
    """Have every call of an instance's hooks told from now on.

    Args:
        plugin: a backend or a username backend.
        tell: called after each.
    """
    for hook in hooks_of(type(plugin)):
        function = getattr(plugin, hook)
        if inspect.ismethod(function):
            setattr(plugin, hook, WatchedHook(hook, function, tell))


def hooks_of(cls: type) -> Iterator[str]:
    """List the hooks that the contract has for a class of plugin, in the contract's order."""
    seen: set[str] = set()
    for base in reversed(cls.__mro__):
        if not f"{base.__module__}.".startswith(CONTRACT):
            continue
        for name, member in vars(base).items():
            is_hook = not name.startswith("_") or name in IN_PART_OF
            if is_hook and inspect.isfunction(member) and name not in seen:
                seen.add(name)
                yield name


def is_own(function: Callable[..., Any]) -> bool:
    """Whether a method is of the plugin itself, not the contract's default."""
    return not f"{function.__module__}.".startswith(CONTRACT)


def argument_in_short(parameter: str, value: object) -> str:
    """Show an argument: text only where the parameter names a resource."""
    return repr(value) if parameter in SHOWN and isinstance(value, str) else in_short(value)


def in_short(value: object) -> str:
    """Show a value: numbers and amounts as they are, everything else by its kind and size."""
    match value:
        case None | bool() | int() | float() | UUID() | date():
            return str(value)
        case str():
            return f"text of {len(value)}" if value else "''"
        case Mapping():
            return _mapping(value)
        case tuple() if len(value) <= FEW:
            return f"({', '.join(in_short(one) for one in value)})"
        case Collection():
            return f"{type(value).__name__} of {len(value)}"
        case _:
            return _thing(value)


def _mapping(value: Mapping[Any, Any]) -> str:
    """Show amounts by component; what the contract keys by people holds no bare numbers."""
    are_amounts = all(isinstance(one, int | float) for one in value.values())
    if len(value) <= FEW and are_amounts:
        return str(dict(value))
    return f"{type(value).__name__} of {len(value)}"


def _thing(value: object) -> str:
    has_id = hasattr(type(value), "backend_id") or "backend_id" in getattr(value, "__dict__", {})
    # Nothing else is asked: the client for plugins builds Waldur's when it is asked for anything.
    backend_id = getattr(value, "backend_id", None) if has_id else None
    named = f" {backend_id!r}" if isinstance(backend_id, str) and backend_id else ""
    return f"{type(value).__name__}{named}"

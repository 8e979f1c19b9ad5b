"""Module attributes that are loaded from elsewhere when they are asked for (PEP 562)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def from_elsewhere(module: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Make a module's ``__getattr__``.

    Args:
        module: its ``__name__``.
        homes: by name, the module in which it lives.
    """

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return load

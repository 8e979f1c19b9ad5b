"""Taking down which hooks are called, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, auto
from functools import partial
from typing import TYPE_CHECKING

from waldur_site_agent.backend.hook_calls import HookCall, watch

if TYPE_CHECKING:
    from collections.abc import Mapping


class Caller(Flag):
    """Who called a hook, one time or another."""

    NOBODY = 0
    AGENT = auto()
    HOOK = auto()
    """Another hook; so one that a plugin makes its own may leave it out."""


@dataclass
class Recording:
    """What was called of each kind of plugin, by hook."""

    calls: dict[tuple[str, str], Caller] = field(default_factory=dict)

    def watch(self, plugin: object, kind: str) -> None:
        """Take down what is called of an instance from now on."""
        watch(plugin, partial(self._note, kind))

    def _note(self, kind: str, call: HookCall) -> None:
        caller = Caller.HOOK if call.depth else Caller.AGENT
        self.calls[kind, call.hook] = self.calls.get((kind, call.hook), Caller.NOBODY) | caller

    def take(self) -> Mapping[tuple[str, str], Caller]:
        """What was taken down since it was asked for last."""
        taken, self.calls = self.calls, {}
        return taken


RECORDINGS: dict[str, Recording] = {}
"""By the name of the system that is worked on: plugins know no more than their settings."""

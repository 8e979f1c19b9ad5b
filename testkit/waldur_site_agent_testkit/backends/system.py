"""The system behind the fake backends: accounts, limits, members, states, homes, and trouble."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent.backend.structures import ResourceStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.backend.structures import UsageReport

Trouble: TypeAlias = "Exception | threading.Event"
HANGS_AT_MOST = 30.0
"""Seconds after which what hangs goes on, so that a defect does not hold a test run."""


@dataclass
class MemoryAccount:
    """An account on the fake system. Tests may note more on it."""

    name: str
    organization: str
    owner: str
    """Description given at creation; tells whose account it is."""
    limits: dict[str, int] = field(default_factory=dict)
    """In backend units."""
    users: set[str] = field(default_factory=set)
    user_limits: dict[str, dict[str, int]] = field(default_factory=dict)
    """By user; in Waldur units, as they are handed on unconverted."""
    status: ResourceStatus = ResourceStatus.NORMAL


@dataclass(slots=True)
class Planned:
    """Trouble that was asked for, with how often it still strikes; ``None`` for always."""

    match: str
    trouble: Trouble
    times: int | None

    def strikes(self, name: str) -> bool:
        """Tell whether a call meets it, and count that."""
        if self.times == 0 or not fnmatchcase(name, self.match):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class MemorySystem:
    """The fake system: state, an outage switch, trouble on request, a hook around every effect.

    ``on_effect`` is called with ``"before"`` and ``"after"`` and the effect's name, and may raise:
    a BaseException there is the process being killed.
    """

    accounts: dict[str, MemoryAccount] = field(default_factory=dict)
    homes: set[str] = field(default_factory=set)
    """Users who have a home directory."""
    strangers: set[str] = field(default_factory=set)
    """Users whom the system does not know yet, and so does not take."""
    unwanted: set[str] = field(default_factory=set)
    """Users to whom the system says a definite no."""
    usage: dict[tuple[int, int], UsageReport] = field(default_factory=dict)
    """By year and month, what accounts and their users used; an account that is missing is idle."""
    unmeasured: dict[str, str] = field(default_factory=dict)
    """Accounts whose usage cannot be read, with the reason."""
    is_up: bool = True
    refuses: set[str] = field(default_factory=set)
    """Effects to which the system says a definite no, by their first word."""
    effects: list[str] = field(default_factory=list)
    """What changed, in order: ``"add hpc_1"``. What was so already is no effect."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often the system was spoken to, by the first word of what was said."""
    on_effect: Callable[[str, str], None] = lambda _phase, _name: None
    _planned: list[Planned] = field(default_factory=list)

    def trouble(self, match: str, trouble: Trouble, *, times: int | None = 1) -> None:
        """Ask for trouble.

        Args:
            match: which calls meet it, by their name with shell wildcards: ``"add hpc_*"``.
            trouble: what is raised; or, of an event, hang until it is set.
            times: how many calls meet it; None for all.
        """
        self._planned.append(Planned(match, trouble, times))

    def calm(self) -> None:
        """Forget all trouble that was asked for."""
        self._planned.clear()

    def used(self, names: Sequence[str], year: int, month: int) -> UsageReport:
        """Tell what some accounts used in a month, in one call.

        Raises:
            BackendError: the usage of one of them cannot be read.
        """
        self.ask("usage")
        for name in names:
            if name in self.unmeasured:
                raise BackendError(self.unmeasured[name])
        known = self.usage.get((year, month), {})
        return {name: known[name] for name in names if name in known}

    def effect(self, name: str, change: Callable[[], object]) -> None:
        """Let a change take place, as a call of its own."""
        self.ask(name)
        self.change(name, change)

    def change(self, name: str, change: Callable[[], object]) -> None:
        """Let a change take place, as a part of a call that was answered.

        Raises:
            BackendError: the system refuses.
        """
        if name.partition(" ")[0] in self.refuses:
            raise BackendError(f"the system refuses to {name}")
        self.on_effect("before", name)
        change()
        self.effects.append(name)
        self.on_effect("after", name)

    def ask(self, name: str = "ping") -> None:
        """Answer, unless the system is down or trouble was asked for.

        Raises:
            BackendUnavailableError: it is down.
            Exception: whatever was asked for.
        """
        self.calls[name.partition(" ")[0]] += 1
        if not self.is_up:
            raise BackendUnavailableError("the system does not answer")
        for planned in self._planned:
            if planned.strikes(name):
                _meet(planned.trouble)


def _meet(trouble: Trouble) -> None:
    if isinstance(trouble, threading.Event):
        trouble.wait(HANGS_AT_MOST)
    else:
        raise trouble


SYSTEMS: dict[str, MemorySystem] = {}
"""By the name that ``backend_settings["system"]`` gives."""

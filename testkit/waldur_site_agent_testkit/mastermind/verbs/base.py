"""What verbs work on, and how they keep the server out meanwhile."""

import functools
import threading
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from waldur_site_agent_testkit.mastermind.clock import Clock
from waldur_site_agent_testkit.mastermind.state import State
from waldur_site_agent_testkit.mastermind.store import Store

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V", bound="Verbs")


class Verbs:
    """The objects that verbs change, and the lock that they hold while they do."""

    def __init__(self, *, seed: int) -> None:
        """Begin with an empty Mastermind; `seed` determines all uuids."""
        self.lock = threading.RLock()
        self._store = Store(seed=seed)

    @property
    def clock(self) -> Clock:
        """The server's clock."""
        return self._store.clock

    @property
    def state(self) -> State:
        """All objects, to read; change them by the verbs.

        Hold `lock` while going through a table that the server may be adding to.
        """
        return self._store.state


def locked(verb: Callable[Concatenate[V, P], R]) -> Callable[Concatenate[V, P], R]:
    """Keep the server out while a verb changes the world."""

    @functools.wraps(verb)
    def held(world: V, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with world.lock:
            world._store.listed.forget()  # noqa: SLF001 - a part of the class, written only once
            return verb(world, *args, **kwargs)

    return held

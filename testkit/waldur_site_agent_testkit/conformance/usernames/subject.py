"""What the author of a username backend gives to be tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
    from waldur_site_agent.config.models import Offering


@dataclass(frozen=True, kw_only=True)
class UsernameSubject:
    """A username backend on a system of its own, which nobody has used yet.

    Attributes:
        backend: make a backend for an offering as a process of the agent does. Each call is
            another process; all of them are on the same system.
        names_users: whether it has a name for everybody, as it is set up here.
        know: make a person known to the system, by the identity in Waldur, before a name is asked
            for. Nothing where that is not needed.
        set_reachable: cut the system off (False), or make it reachable again (True).
        effects: what was written to the system so far.
        close: called at the end.
    """

    backend: Callable[[Offering], AbstractUsernameManagementBackend]
    names_users: bool = True
    know: Callable[[str], object] | None = None
    set_reachable: Callable[[bool], object] | None = None
    effects: Callable[[], Sequence[object]] | None = None
    close: Callable[[], object] | None = None

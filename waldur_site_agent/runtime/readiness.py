"""Whether a configured Waldur lets the agent in: asked when somebody wants to know."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent.waldur.connection import RetryPolicy
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waldur_site_agent.waldur.gateway import Waldur

GOOD_SECONDS = 60.0
"""How long a yes is believed."""
BAD_SECONDS = 10.0
"""How long a no is: neither probes nor many of them shall burden a Waldur in trouble."""
REQUEST_SECONDS = 5.0
ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found: ready, or why not, a sentence for each Waldur."""

    is_ready: bool
    why: Sequence[str] = ()


class Readiness:
    """Asks for the token's own user, which no Waldur tells without accepting the token."""

    def __init__(
        self,
        waldurs: Callable[[], Sequence[Waldur]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nothing yet.

        Args:
            waldurs: those that the process uses at the moment, each with its credential.
            clock: seconds that never go back.
        """
        self._waldurs = waldurs
        self._clock = clock
        self._lock = threading.Lock()
        self._last = Answer(is_ready=False)
        self._good_until = float("-inf")

    def __call__(self) -> Answer:
        """Answer from memory, or ask; one asks at a time."""
        with self._lock:
            if self._clock() >= self._good_until:
                self._last = self._asked()
                keeps = GOOD_SECONDS if self._last.is_ready else BAD_SECONDS
                self._good_until = self._clock() + keeps
            return self._last

    def _asked(self) -> Answer:
        """One Waldur that answers is enough: the others' offerings wait, this agent works."""
        why = []
        for waldur in self._waldurs():
            try:
                _in_a_hurry(waldur).server.current_user()
            except WaldurError as error:
                why.append(str(error))
            else:
                return Answer(is_ready=True)
        return Answer(is_ready=False, why=why)


def _in_a_hurry(waldur: Waldur) -> Waldur:
    return waldur.with_patience(timeout_seconds=REQUEST_SECONDS, retries=ONCE)

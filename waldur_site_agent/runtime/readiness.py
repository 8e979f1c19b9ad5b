"""Whether a configured Waldur lets the agent in: asked when somebody wants to know."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waldur_site_agent.sites.opening import connection_settings
from waldur_site_agent.waldur.connection import RetryPolicy, connect
from waldur_site_agent.waldur.errors import WaldurError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from waldur_site_agent.config.models import AgentConfiguration, Offering
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
        self, waldurs: Sequence[Waldur], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask nothing yet."""
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

    def close(self) -> None:
        """Let go of the connections."""
        for waldur in self._waldurs:
            waldur.close()

    def _asked(self) -> Answer:
        """One Waldur that answers is enough: the others' offerings wait, this agent works."""
        why = []
        for waldur in self._waldurs:
            try:
                waldur.server.current_user()
            except WaldurError as error:
                why.append(str(error))
            else:
                return Answer(is_ready=True)
        return Answer(is_ready=False, why=why)


def readiness(
    configuration: AgentConfiguration, offerings: Iterable[Offering], *, user_agent: str
) -> Readiness:
    """Ask each Waldur, with each credential, that these offerings are at."""
    settings = {
        replace(
            connection_settings(one, configuration, user_agent=user_agent),
            timeout_seconds=min(REQUEST_SECONDS, configuration.waldur_timeout_seconds),
            retries=ONCE,
        )
        for one in offerings
    }
    return Readiness([connect(one) for one in sorted(settings, key=lambda one: one.api_url)])

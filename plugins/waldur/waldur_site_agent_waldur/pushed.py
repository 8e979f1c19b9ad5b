"""Which profiles this process has handed to a target, so that it sends what is news.

Only digests are kept. Losing them costs nothing but sending again: what has to happen to people
who leave is seen in Waldur, never here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waldur_site_agent_waldur.settings import TargetAddress

SENT_AGAIN_AFTER = 24 * 3600.0
"""Seconds after which a profile is sent though nothing changed: the target may have lost it."""
KEPT_TARGETS = 32


@dataclass
class PushedProfiles:
    """Digests of what was sent of each person, by digests of their CUIDs.

    Attributes:
        clock: seconds that never go back.
    """

    clock: Callable[[], float] = time.monotonic
    _sent: dict[bytes, tuple[bytes, float]] = field(default_factory=dict)

    def is_news(self, cuid: str, profile: Mapping[str, object]) -> bool:
        """Whether a profile is another than the one that was sent, or that was long ago."""
        digest, when = self._sent.get(_digest(cuid), (b"", 0.0))
        return digest != _digest(_text(profile)) or self.clock() - when > SENT_AGAIN_AFTER

    def keep(self, cuid: str, profile: Mapping[str, object]) -> None:
        """Remember that a profile was sent."""
        self._sent[_digest(cuid)] = (_digest(_text(profile)), self.clock())

    def forget(self, cuid: str) -> None:
        """Forget somebody who left."""
        self._sent.pop(_digest(cuid), None)


@lru_cache(maxsize=KEPT_TARGETS)
def pushed_to(address: TargetAddress, source: str) -> PushedProfiles:  # noqa: ARG001 - they are the key
    """What was sent to a target by a source: one memory for all passes of the process."""
    return PushedProfiles()


def _text(profile: Mapping[str, object]) -> str:
    return repr(sorted(profile.items()))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()

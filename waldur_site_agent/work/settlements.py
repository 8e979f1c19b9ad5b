"""What came of working on a key, as far as the queue has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Done:
    """The effect is there, or there was nothing to do. Messages are acknowledged."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A definite failure, which asking again would not mend. Messages are acknowledged."""

    why: str


@dataclass(frozen=True, slots=True)
class Again:
    """A failure that may pass: tried again with growing delay, and no sooner than said."""

    why: str
    at_least_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is wrong: something else has to happen first. Looked at again at its own pace."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The process is to end. The key stays as it is, and its messages stay unacknowledged."""


Settlement: TypeAlias = Done | Ended | Again | Later | Interrupted
